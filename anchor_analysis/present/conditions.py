"""Conditions of the place in a section of their own: official statistics, as they were published."""

from __future__ import annotations

from typing import Any

import pandas as pd

from anchor_analysis.present import wording
from anchor_analysis.present.markup import Html, element
from anchor_analysis.present.released import Facts
from anchor_analysis.present.shown import Shown, nothing

#: Columns of the figures, one row per condition, area and period.
COLUMNS = [
    "condition", "title", "unit", "period", "area", "name", "value", "lower", "upper", "mark", "shown", "interval",
    "source", "released",
]  # fmt: skip

#: How a value is written, by its unit: what stands before it, its decimals, what stands after it.
_UNITS = {"percent": ("", 1, "%"), "gbp_per_week": ("£", 0, ""), "gbp_per_hour": ("£", 2, ""), "number": ("", 0, "")}

#: What stands for a value that the source keeps back, and beside one that it is not sure of.
_MARKS = {"withheld": "withheld by the source", "unreliable": "unreliable", "provisional": "provisional"}

APART = "Official statistics of the place. They are no result of what members did, and in no total of theirs."


def conditions(facts: Facts) -> Shown:
    """One table for each condition: the place and what it is compared with, by period, the newest first.

    The table of the result has one row per condition, area and period, with COLUMNS. Empty where there are none.
    """
    told = facts.get("conditions") or []
    if not told:
        return nothing("The network tells no conditions of the place beside what members did.")
    html = element("div", element("p", APART), [_table(one) for one in told], class_="conditions")
    frame = as_frame(facts)
    return Shown(html, "\n".join([APART, frame[["title", "name", "period", "shown"]].to_string(index=False)]), frame)


def as_frame(facts: Facts) -> pd.DataFrame:
    """All values as a frame, one row per condition, area and period, with COLUMNS; a missing number is missing."""
    rows = [
        [one["id"], one["title"], one["unit"], *(value[name] for name in COLUMNS[3:])]
        for one in facts.get("conditions") or [] for value in one["values"]
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=COLUMNS)


def condition_id(condition: str, area: str, period: str) -> str:
    """The id of a condition of the place, in one area and period."""
    return "|".join(["conditions", condition, area, period.replace("/", "-")])


def _table(about: dict[str, Any]) -> Html:
    values = about["values"]
    periods = sorted({value["period"] for value in values}, reverse=True)
    areas = {value["area"]: value["name"] for value in values}
    found = {(value["area"], value["period"]): value for value in values}
    head = element("thead", element("tr", [element("th", name, scope="col") for name in ("Area", *periods)]))
    rows = [
        element(
            "tr", element("th", _fact(name), scope="row"),
            [_cell(found.get((area, period)), condition_id(about["id"], area, period)) for period in periods],
        )
        for area, name in areas.items()
    ]  # fmt: skip
    caption = element(
        "caption", element("strong", about["title"]), element("span", f" {about['question']} "), _fact(_source(about))
    )
    table = element("table", caption, head, element("tbody", rows))
    return element("div", table, class_="scroll", role="region", aria_label=about["title"], tabindex="0")


def _cell(value: dict[str, Any] | None, claim: str) -> Html:
    if value is None:
        return element("td", "–")
    shown = element("span", value["shown"], data_fact="conditions", data_claim=claim)
    if value["value"] is None or not value["interval"]:
        return element("td", shown)
    return element("td", shown, element("small", _fact(value["interval"])))


def _source(about: dict[str, Any]) -> str:
    tables = wording.listing(list(dict.fromkeys(value["source"] for value in about["values"])))
    newest = wording.day(max(value["released"] for value in about["values"]))
    return f"Source: {tables}; released up to {newest}. {' '.join(about['caveats'])}"


def _fact(text: str) -> Html:
    return element("span", text, data_fact="conditions")


def shown(value: float | None, lower: float | None, upper: float | None, mark: str, unit: str) -> tuple[str, str]:
    """A value as pages have it, with what its source says of it; and its interval, where it has one."""
    remark = _MARKS.get(mark, "")
    if value is None:
        return remark, ""
    interval = "" if lower is None or upper is None else f"{_written(lower, unit)} to {_written(upper, unit)}"
    return f"{_written(value, unit)}{f' ({remark})' if remark else ''}", interval


def _written(value: float, unit: str) -> str:
    before, decimals, after = _UNITS[unit]
    return f"{'−' if value < 0 else ''}{before}{abs(value):,.{decimals}f}{after}"
