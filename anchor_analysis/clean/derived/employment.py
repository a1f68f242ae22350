"""Who came and who left in the twelve months of a return, who is an apprentice, and who is paid a living wage."""

from __future__ import annotations

import narwhals as nw

from anchor_analysis.declared import Network
from anchor_analysis.declared.rates import Rate, RateDay
from anchor_analysis.engine.base import LazyFrame
from anchor_analysis.engine.letters import small_letters

_PERSON = ["part", "employee_id"]

#: The rates by which the living wage is told, and the columns that tell it, by the day that a rate is looked up by.
WAGES = "real_living_wage"
LIVING_WAGE: dict[str, RateDay] = {
    "living_wage": "starts",
    "living_wage_announced": "announced",
}


def with_recruits(frame: LazyFrame) -> LazyFrame:
    """Posts with `recruit` and `recruit_unknown`."""
    start, day = nw.col("start_date"), nw.col("period_start")
    staff, person = nw.col("_staff_post"), nw.col("person") == 1
    frame = frame.with_columns(
        nw.when(staff).then(start).min().over(*_PERSON).alias("_first"),
        nw.when(staff & start.is_null()).then(1).otherwise(0).sum().over(*_PERSON).alias("_undated"),
    )
    earlier = (nw.col("_first") < day).fill_null(False)
    undated = nw.col("_undated") > 0
    frame = frame.with_columns(
        _one(person & ~undated & ~earlier).alias("recruit"), _one(person & undated & ~earlier).alias("recruit_unknown")
    )
    return frame.drop("_first", "_undated")


def with_leavers(frame: LazyFrame) -> LazyFrame:
    """Posts with `at_start` and `leaver`, missing where the extract does not reach back."""
    before, last_day, started = nw.col("period_start").dt.offset_by("-1d"), nw.col("leave_date"), nw.col("start_date")
    began = nw.col("_staff_post") & ((started <= before) | started.is_null())
    in_post = began & ((last_day >= before) | last_day.is_null())
    frame = frame.with_columns(
        _one(in_post).max().over(*_PERSON).alias("_then"),
        nw.col("employed").max().over(*_PERSON).alias("_now"),
        nw.when(in_post).then(last_day).max().over(*_PERSON).alias("_last"),
    )
    at_start = nw.col("_stands") & (nw.col("_then") == 1)
    leaver = at_start & (nw.col("_now") == 0)
    early = leaver & (nw.col("_last") <= before.dt.offset_by("1mo")).fill_null(False)
    frame = frame.with_columns(
        _one(early).max().over("part").alias("_reaches"), _one(at_start).alias("at_start"), _one(leaver).alias("leaver")
    )
    reaches = nw.when(nw.col("_reaches") == 1)
    told = [reaches.then(nw.col(name)).alias(name) for name in ("at_start", "leaver")]
    return frame.with_columns(*told).drop("_then", "_now", "_last", "_reaches")


def with_pay(frame: LazyFrame, network: Network) -> LazyFrame:
    """Posts with `apprentice_in_post`, `living_wage` and `living_wage_announced`."""
    frame = frame.with_columns(_apprentice().alias("apprentice_in_post"))
    return frame.with_columns(*(_paid(network, by).alias(name) for name, by in LIVING_WAGE.items()))


def _apprentice() -> nw.Expr:
    flag, scale = nw.col("apprentice"), nw.col("pay_scale")
    named = small_letters(scale).str.contains("apprentice", literal=True)
    told = nw.when(flag.is_null() & scale.is_null()).then(nw.lit("unknown")).otherwise(nw.lit("no"))
    is_one = (flag == 1).fill_null(False) | named.fill_null(False)
    return nw.when(is_one).then(nw.lit("yes")).otherwise(told)


def _paid(network: Network, by: RateDay) -> nw.Expr:
    rates, in_london = network.catalogue.rates[WAGES], (nw.col("works_in_london") == 1).fill_null(False)
    rate = nw.when(in_london).then(_rate(rates.of("london", by), by)).otherwise(_rate(rates.of("uk", by), by))
    pay = nw.col("hourly_rate_pence")
    unpaid = pay.is_null() | (pay <= 0).fill_null(False)
    held = nw.when(pay >= rate).then(nw.lit("at_least")).otherwise(nw.lit("below"))
    known = nw.when(unpaid).then(nw.lit("unknown")).otherwise(held)
    return nw.when(rate.is_null()).then(nw.lit("no_rate")).otherwise(known)


def _rate(rates: list[Rate], by: RateDay) -> nw.Expr:
    """The rate in pence on the snapshot date; missing before the first."""
    found = nw.lit(None).cast(nw.Int64)
    for rate in rates:
        found = (
            nw.when(nw.col("period_end") >= nw.lit(rate.day(by))).then(nw.lit(int(rate.value * 100))).otherwise(found)
        )
    return found


def _one(condition: nw.Expr) -> nw.Expr:
    return nw.when(condition).then(1).otherwise(0).cast(nw.Int64)
