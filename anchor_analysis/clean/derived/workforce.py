"""What the rows of a staff extract tell of one another: who is employed, and which post stands for a person."""

from __future__ import annotations

import narwhals as nw

from anchor_analysis.clean.derived.employment import with_leavers, with_pay, with_recruits
from anchor_analysis.declared import Network
from anchor_analysis.engine.base import LazyFrame

#: Contracts whose posts count as staff; bank posts are offers of work, not posts.
STAFF_CONTRACTS = ["permanent", "fixed_term"]

#: What a person may leave unsaid.
CHARACTERISTICS = ["sex", "ethnicity", "disability", "age_band"]


def workforce(frame: LazyFrame, network: Network) -> LazyFrame:
    """Posts with the derived columns of the schema."""
    frame = _with_person(_with_employed(frame))
    frame = with_pay(with_leavers(with_recruits(frame)), network).drop("_staff_post", "_begun", "_stands")
    return frame.with_columns(*(nw.col(name).fill_null("unknown").alias(name) for name in CHARACTERISTICS))


def _with_employed(frame: LazyFrame) -> LazyFrame:
    began = nw.col("start_date").is_null() | (nw.col("start_date") <= nw.col("period_end"))
    goes_on = nw.col("leave_date").is_null() | (nw.col("leave_date") >= nw.col("period_end"))
    staff = nw.col("contract").is_in(STAFF_CONTRACTS)
    return frame.with_columns(
        staff.alias("_staff_post"),
        nw.when(staff).then(nw.col("contract")).alias("staff_contract"),
        (staff & began).alias("_begun"),
        nw.when(staff & began & goes_on).then(1).otherwise(0).cast(nw.Int64).alias("employed"),
        nw.col("primary").fill_null(0).alias("primary"),
    )


def _with_person(frame: LazyFrame) -> LazyFrame:
    """Posts with `person`, and `_stands` for the post that stands for a person, employed or not."""
    before, end, last_day = nw.col("period_start").dt.offset_by("-1d"), nw.col("period_end"), nw.col("leave_date")
    ended = (nw.col("_begun") & (last_day >= before) & (last_day < end)).fill_null(False)
    # One order for all engines: employed, ended in the year, main post, most hours, the assignment's number as text.
    order = {
        "_gone": 1 - nw.col("employed"), "_older": nw.when(ended).then(0).otherwise(1),
        "_main": 0 - nw.col("primary"), "_hours": 0 - nw.col("fte_e5"),
    }  # fmt: skip
    frame = frame.with_columns(**order)
    by = ["part", "employee_id", "_staff_post"]
    place = nw.col("source_row").cum_count().over(*by, order_by=[*order, "assignment_id"])
    stands = nw.col("_staff_post") & (place == 1)
    person = nw.when(stands & (nw.col("employed") == 1)).then(1).otherwise(0).cast(nw.Int64)
    return frame.with_columns(stands.alias("_stands"), person.alias("person")).drop(*order)
