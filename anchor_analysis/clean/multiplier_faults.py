"""What cannot be in the rounds of the local multiplier: a basis without amounts, a round above the one before."""

from __future__ import annotations

import narwhals as nw

from anchor_analysis.clean.faults import Found, Wrong, problems_of_rows
from anchor_analysis.clean.stage import PART
from anchor_analysis.declared import TableSchema
from anchor_analysis.engine import Engine
from anchor_analysis.engine.base import LazyFrame
from anchor_analysis.problems import MOST_CELLS, Problem

_PAIRS = (("first", "second"), ("second", "third"))


def multiplier_faults(staged: LazyFrame, schema: TableSchema, engine: Engine, places: dict[str, str]) -> Found:
    """Problems by part (AN085, AN086) of rows that each can be read, and that cannot all be so."""
    kept = staged.filter(nw.col("set_aside").is_null())
    found: Found = {}
    for holds, wrong in _wrong_rows():
        for part, problem in problems_of_rows(kept.filter(holds), schema, wrong._replace(code="AN085"), engine, places):
            found.setdefault(part, []).append(problem)
    for part, problem in _growing_rounds(kept, engine, places):
        found.setdefault(part, []).append(problem)
    return found


def _wrong_rows() -> list[tuple[nw.Expr, Wrong]]:
    """What a row of a basis has to have, and may not."""
    amount, least, most = (nw.col(f"{name}_pence") for name in ("amount", "least", "most"))
    assumed, first = nw.col("basis") == "assumed", nw.col("round") == "first"
    everybody = nw.col("paid_to") == "everybody"
    range_too = ~least.is_null() | ~most.is_null()
    no_range = least.is_null() | most.is_null()
    below = [(nw.col(name) < 0).fill_null(False) for name in ("amount_pence", "least_pence", "covered_pence")]
    survey = (nw.col("basis") == "surveyed") & (nw.col("round") == "third")
    answered = (nw.col("responses") > nw.col("asked")).fill_null(False)
    return [
        (assumed & no_range, Wrong("least_pence", "what is assumed has no range.", "the least and the most it can be",
                                   "Write both. Nobody knows it to the pound, and the page tells the range.")),
        (assumed & (least > most).fill_null(False), Wrong("most_pence", "the most is below the least.",
         "the least and the most it can be", "Correct the two.")),
        (assumed & ~amount.is_null(), Wrong("amount_pence", "what is assumed has an amount.", "a blank",
         "Write the least and the most that it can be instead.")),
        (~assumed & amount.is_null(), Wrong("amount_pence", "what is known has no amount.", "an amount in pounds",
         "Fill it in; if nobody knows it, take the row out, and the round counts as missing.")),
        (~assumed & range_too, Wrong("least_pence", "what is known has a range.", "a blank",
         "Leave the least and the most blank, or say that it is assumed.")),
        (below[0] | below[1] | below[2], Wrong("amount_pence", "an amount below zero.", "0 or more",
         "Write what was spent, less what came back.")),
        (first & assumed, Wrong("basis", "the first round is assumed.", "measured or surveyed",
         "Take what the member spent from its books.")),
        (first != everybody, Wrong("paid_to", "the first round is that of everybody, and no other is.",
         "everybody in the first round, suppliers or staff in others", "Correct the round or whom it was paid to.")),
        (~nw.col("covered_pence").is_null() & ~survey, Wrong("covered_pence",
         "how much a survey covers stands beside what is no surveyed third round.", "a blank", "Leave it blank.")),
        (answered, Wrong("responses", "more answered than were asked.", "at most as many as were asked",
         "Count again, and correct the numbers.")),
    ]  # fmt: skip


def _growing_rounds(kept: LazyFrame, engine: Engine, places: dict[str, str]) -> list[tuple[str, Problem]]:
    """Returns in which more was spent in a round than in the one before it; the third among those it was paid to."""
    amount = nw.coalesce(nw.col("least_pence"), nw.col("amount_pence"))
    most = nw.coalesce(nw.col("most_pence"), nw.col("amount_pence"))
    found = []
    for before, later in _PAIRS:
        by = [PART] if before == "first" else [PART, "paid_to"]
        sums = kept.group_by(*by).agg(
            nw.when(nw.col("round") == before).then(most).sum().fill_null(0).alias("before"),
            nw.when(nw.col("round") == later).then(amount).sum().fill_null(0).alias("later"),
            nw.when(nw.col("round") == before).then(1).otherwise(0).max().alias("told"),
        )
        above = (nw.col("later") > nw.col("before")) & ((nw.col("told") == 1) | (before == "second"))
        rows = engine.few(sums.filter(above & (nw.col("later") > 0)).sort(*by), MOST_CELLS)
        what = f"more was spent in the {later} round than in the {before} one."
        remedy = "Each round is a part of the one before it. Correct the amounts, or add the row of the round before."
        for part in dict.fromkeys(rows[PART]):
            found.append((str(part), Problem("AN086", f"{places[str(part)]}, Local multiplier", what, remedy)))
    return found
