"""Files that hold rows of many organisations, of which a return counts those of its own member."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import narwhals as nw

from anchor_analysis.clean.stage import PART
from anchor_analysis.declared import TableSchema
from anchor_analysis.engine import Engine
from anchor_analysis.engine.base import LazyFrame
from anchor_analysis.problems import Problem

#: The column that says whose a row is, in tables that have it.
CODE = "organisation_code"

#: Why a row of somebody else is set aside.
OTHERS = "row of another organisation"


def own_rows(staged: LazyFrame, schema: TableSchema, codes: Mapping[str, Sequence[str]]) -> LazyFrame:
    """The rows, those set aside whose code is none of their member's; a member without codes keeps all of its rows."""
    if CODE not in schema.columns:
        return staged
    reason, code = nw.col("set_aside"), nw.col(CODE)
    for member, own in codes.items():
        if own:
            another = reason.is_null() & (nw.col("member") == member) & ~code.is_null() & ~code.is_in(list(own))
            reason = nw.when(another).then(nw.lit(OTHERS)).otherwise(reason)
    return staged.with_columns(reason.alias("set_aside"))


def not_told(
    staged: LazyFrame, schema: TableSchema, engine: Engine, places: Mapping[str, str]
) -> Iterator[tuple[str, Problem]]:
    """The problem (AN046) of each part whose rows are of several organisations, or none of them of its member."""
    if CODE not in schema.columns:
        return
    kept = nw.col("set_aside").is_null()
    own = nw.when(kept).then(nw.col(CODE))
    others = nw.when(nw.col("set_aside") == OTHERS).then(1)
    coded = staged.filter(~nw.col(CODE).is_null()).group_by(PART)
    counts = coded.agg(
        own.min().alias("first"), own.max().alias("last"), others.sum().fill_null(0).cast(nw.Int64).alias("others")
    )
    for row in engine.observe(counts.sort(PART)).fillna({"first": "", "last": ""}).itertuples():
        where = f"{places[row.part]}, {schema.title}"
        remedy = 'Write the member\'s own into network.toml: `organisation_codes = ["CODE"]`.'
        if not row.first:
            what = "none of its rows is of an organisation that network.toml names for the member."
            yield row.part, Problem("AN046", where, what, remedy)
        elif row.first != row.last and not row.others:
            what = "it has rows of several organisations, and network.toml does not say which are the member's."
            yield row.part, Problem("AN046", where, what, remedy)
