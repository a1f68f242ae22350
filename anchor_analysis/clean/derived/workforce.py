"""What the rows of a staff extract tell of one another: who is employed, and which post stands for a person."""

from __future__ import annotations

import narwhals as nw

from anchor_analysis.clean.derived.employment import with_pay, with_recruits
from anchor_analysis.declared import Network
from anchor_analysis.engine.base import LazyFrame

#: Contracts whose posts count as staff; bank posts are offers of work, not posts.
STAFF_CONTRACTS = ["permanent", "fixed_term"]


def workforce(frame: LazyFrame, network: Network) -> LazyFrame:
    """Posts with the derived columns of the schema."""
    frame = _with_person(_with_employed(frame))
    return with_pay(with_recruits(frame), network).drop("_staff_post")


def _with_employed(frame: LazyFrame) -> LazyFrame:
    began = nw.col("start_date").is_null() | (nw.col("start_date") <= nw.col("period_end"))
    goes_on = nw.col("leave_date").is_null() | (nw.col("leave_date") >= nw.col("period_end"))
    staff = nw.col("contract").is_in(STAFF_CONTRACTS)
    return frame.with_columns(
        staff.alias("_staff_post"),
        nw.when(staff & began & goes_on).then(1).otherwise(0).cast(nw.Int64).alias("employed"),
        nw.col("primary").fill_null(0).alias("primary"),
    )


def _with_person(frame: LazyFrame) -> LazyFrame:
    # One order for all engines: main post first, then most hours, then the assignment's number as text.
    frame = frame.with_columns((0 - nw.col("primary")).alias("_main"), (0 - nw.col("fte_e5")).alias("_hours"))
    place = (
        nw.col("source_row")
        .cum_count()
        .over("part", "employee_id", "employed", order_by=["_main", "_hours", "assignment_id"])
    )
    stands = (nw.col("employed") == 1) & (place == 1)
    return frame.with_columns(nw.when(stands).then(1).otherwise(0).cast(nw.Int64).alias("person")).drop(
        "_main", "_hours"
    )
