"""What cannot be in the rows of contracts: amounts below none, and a weighting of more than the whole score."""

from __future__ import annotations

import narwhals as nw

from anchor_analysis.clean.faults import Found, Wrong, problems_of_rows
from anchor_analysis.declared import TableSchema
from anchor_analysis.engine import Engine
from anchor_analysis.engine.base import LazyFrame

_WHOLE_SCORE = 100_000  # thousandths of a percent


def contract_faults(staged: LazyFrame, schema: TableSchema, engine: Engine, places: dict[str, str]) -> Found:
    """Problems by part (AN087) of rows that each can be read, and that cannot be so."""
    kept = staged.filter(nw.col("set_aside").is_null())
    found: Found = {}
    for holds, wrong in _wrong_rows():
        for part, problem in problems_of_rows(kept.filter(holds), schema, wrong._replace(code="AN087"), engine, places):
            found.setdefault(part, []).append(problem)
    return found


def _wrong_rows() -> list[tuple[nw.Expr, Wrong]]:
    weighting = nw.col("weighting_e3")
    below = [
        (nw.col(name) < 0, Wrong(name, "an amount below zero.", "0 or more", "Write it without a minus; a contract "
                                 "that was taken back is no award, so take its row out."))
        for name in ("value_pence", "committed_pence", "delivered_pence")
    ]  # fmt: skip
    beyond = (weighting < 0) | (weighting > _WHOLE_SCORE)
    said = "a weighting of less than none or more than the whole."
    return [
        *below,
        (beyond, Wrong("weighting_e3", said, "percent of the score, from 0 to 100", "Write 10 where it is a tenth.")),
    ]
