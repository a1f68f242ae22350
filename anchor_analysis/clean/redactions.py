"""Suppliers whose names a publisher took out: of persons, for commercial reasons, or without a word why."""

from __future__ import annotations

import narwhals as nw
import pandas as pd

from anchor_analysis.clean.accounts import FILE
from anchor_analysis.engine import Engine
from anchor_analysis.engine.base import LazyFrame
from anchor_analysis.engine.letters import small_letters

#: "Redacted" as it is written, and as it is mistyped; whole words, so that Redactive Publishing is a supplier.
_TAKEN_OUT = (
    r"\b(?:redacted|redact|redaction|redcated|redacetd|redactd|redactted|redaced|redated|readacted|redacated|rdacted|"
    r"redaacted|redatced|redaceted|reddacted|redacte|redactedd|withheld)\b"
)
_TAKEN_OUT_WHOLE = r"^(?:reacted )?personal (?:data|information|details)$"

#: The end of a firm's name: Redaction Software Ltd is paid for redactions.
_FIRM = r"\b(?:limited|ltd|plc|llp|cic)[.]?$"
_COMMERCIAL = r"comm?erc|contract"
_PERSONAL = r"person|individual|\bname|client|data protection|gdpr|foster|carer"


def redaction(name: nw.Expr) -> nw.Expr:
    """`personal`, `commercial` or `unspecified` where a name was taken out; missing for a supplier that has one."""
    low = small_letters(name)
    why = (
        nw.when(low.str.contains(_COMMERCIAL))
        .then(nw.lit("commercial"))
        .otherwise(nw.when(low.str.contains(_PERSONAL)).then(nw.lit("personal")).otherwise(nw.lit("unspecified")))
    )
    taken_out = (low.str.contains(_TAKEN_OUT) & ~low.str.contains(_FIRM)) | low.str.contains(_TAKEN_OUT_WHOLE)
    return nw.when(taken_out).then(why)


def redaction_counts(ledger: LazyFrame, engine: Engine) -> pd.DataFrame:
    """One row per file, sheet and class: rows whose supplier's name was taken out, and their value in pence."""
    taken_out = ledger.filter(~nw.col("redaction").is_null()).group_by(*FILE, "redaction")
    sums = [nw.len().alias("rows"), nw.col("net_pence").sum().cast(nw.Int64).alias("value_pence")]
    return engine.observe(taken_out.agg(*sums).sort(*FILE, "redaction"))
