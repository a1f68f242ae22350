"""Supplier records: every supplier that a network's ledgers and supplier masters name, once for each member."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from pathlib import Path

import narwhals as nw
import pandas as pd

from anchor_analysis import storage
from anchor_analysis.clean.redactions import redaction
from anchor_analysis.declared import Network
from anchor_analysis.declared.names import name_key
from anchor_analysis.engine import Engine
from anchor_analysis.engine.base import LazyFrame
from anchor_analysis.link.names import core_and_form, identifiers, is_generic, may_be_a_person

#: What of a master tells which organisation a supplier is.
IDENTIFIERS = ["company_number", "charity_number", "org_id"]

_FROM_LEDGER = ["member", "network_year", "supplier_id", "supplier_name", "supplier_postcode"]
_TEXTS = [*_FROM_LEDGER, *IDENTIFIERS]

#: A postcode that can lie somewhere: not one that stands for abroad or for none.
_POSTCODE = re.compile(r"(?!ZZ99)[A-Z]{1,2}[0-9][0-9A-Z]?[0-9][A-Z]{2}")


def supplier_key(supplier_id: nw.Expr, supplier_name: nw.Expr) -> nw.Expr:
    """By what a ledger line finds its supplier again: its number at the member, or without one its name as written."""
    by_id = nw.concat_str(nw.lit("id:"), supplier_id)
    return nw.when(supplier_id.is_null()).then(nw.concat_str(nw.lit("name:"), supplier_name)).otherwise(by_id)


def named_suppliers(cleaned: Mapping[str, Path], network: Network, engine: Engine) -> pd.DataFrame:
    """What ledgers and masters call their suppliers: one row per return, source, number, name, postcode, identifiers.

    `cleaned` gives the folder of each return's canonical tables by part. `source` is ledger or master, `lines` how many
    rows say so. Names that were taken out count as none; of lines without number and name there is no row.
    """
    found = []
    for source, table in (("ledger", "ledger"), ("master", "suppliers")):
        if paths := [path for folder in cleaned.values() for path in storage.table_files(folder, table)]:
            rows = _named(engine.scan(paths), source)
            by = [name for name in rows.collect_schema().names() if name != "one"]
            counted = rows.group_by(*by).agg(nw.col("one").sum().cast(nw.Int64).alias("lines"))
            found.append(engine.observe(counted).assign(source=source))
    rows = pd.concat([_NONE, *found], ignore_index=True) if found else _NONE
    texts = rows[_TEXTS].astype("object").where(rows[_TEXTS].notna(), None)
    part = rows["member"].astype("object") + "." + rows["network_year"].astype("object").str.replace("/", "-")
    return rows.assign(**texts, part=part)


_NONE = pd.DataFrame({name: pd.Series(dtype="object") for name in (*_TEXTS, "part", "source")} | {
    "lines": pd.Series(dtype="Int64")
})  # fmt: skip


def _named(frame: LazyFrame, source: str) -> LazyFrame:
    known = nw.when(redaction(nw.col("supplier_name")).is_null()).then(nw.col("supplier_name"))
    frame = frame.with_columns(known.alias("supplier_name"))
    kept = [*_FROM_LEDGER, *(IDENTIFIERS if source == "master" else ())]
    somebody = ~(nw.col("supplier_id").is_null() & nw.col("supplier_name").is_null())
    return frame.filter(somebody).select(*kept, one=nw.lit(1).cast(nw.Int64))


def as_records(named: pd.DataFrame, network: Network) -> pd.DataFrame:
    """One row per member and supplier: a number of its own, or where it has none the name without its spelling.

    `record` is the hash by which decisions name it. `name` is that of the newest master, else the commonest in the
    newest ledger; `core` and `form` are what is compared of it, `generic` whether other bodies bear it too, `person`
    whether it may be a private person's. `postcode` is that of the newest master that has one of a postcode's form,
    else the commonest of the newest ledger; `company`, `charity` and `other` are numbers of registers. What is not
    known is blank. Sorted by record.
    """
    rows = named.assign(key=_own_keys(named))
    rows = rows[rows["key"] != "name:"].copy()
    order = rows.sort_values(
        ["network_year", "source", "lines", *_TEXTS[2:]], ascending=[False, False, False, *[True] * (len(_TEXTS) - 2)],
        kind="stable",
    )  # fmt: skip
    masters_first = order.sort_values("source", ascending=False, kind="stable")
    written = masters_first["supplier_postcode"].dropna().unique()
    usable = {code: code for code in written if _POSTCODE.fullmatch(code)}
    masters_first["postcode"] = masters_first["supplier_postcode"].map(usable)
    first = masters_first.groupby(["member", "key"], sort=True)[["supplier_name", "postcode", *IDENTIFIERS]].first()
    return _compared(first.reset_index().rename(columns={"supplier_name": "name"}), network)


def _own_keys(named: pd.DataFrame) -> pd.Series:
    keys = [_own_key(*pair) for pair in zip(named["supplier_id"], named["supplier_name"], strict=True)]
    return pd.Series(keys, index=named.index, dtype="object")  # text, even where there are none


def _own_key(supplier_id: str | None, name: str | None) -> str:
    return f"id:{supplier_id}" if supplier_id else f"name:{name_key(name or '')}"


def _compared(first: pd.DataFrame, network: Network) -> pd.DataFrame:
    told = first.astype("object").where(first.notna(), "")
    parts = [core_and_form(name) for name in told["name"]]
    ours = {core_and_form(name)[0] for member in network.members for name in member.names}
    numbers = [identifiers(*row) for row in told[IDENTIFIERS].itertuples(index=False)]
    records = told.drop(columns=IDENTIFIERS).assign(
        record=[record_of(network.id, *pair) for pair in zip(told["member"], told["key"], strict=True)],
        core=[core for core, _ in parts], form=[form for _, form in parts],
        generic=[is_generic(*part, ours) for part in parts], person=[may_be_a_person(*part) for part in parts],
        district=[code[:-3] for code in told["postcode"]],
        **{kind: [found.get(kind, "") for found in numbers] for kind in ("company", "charity", "other")},
    )  # fmt: skip
    return records.sort_values("record", ignore_index=True)


def record_of(network: str, member: str, key: str) -> str:
    """The hash by which decisions name a record, the same in every year; it tells neither name nor number."""
    return hashlib.sha256("\0".join((network, member, key)).encode("utf-8")).hexdigest()[:16]


def ledger_keys(named: pd.DataFrame) -> pd.DataFrame:
    """One row per return and supplier as its ledger's lines have it: `part`, `supplier_key`, `member`, `key`."""
    lines = named[named["source"] == "ledger"]
    written = ("id:" + lines["supplier_id"]).fillna("name:" + lines["supplier_name"])
    return (
        lines[["part", "member"]].assign(supplier_key=written, key=_own_keys(lines)).drop_duplicates(ignore_index=True)
    )
