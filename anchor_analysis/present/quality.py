"""The analyst's own view of a year's returns: unprotected, for internal pages only.

Everything takes what `open_network` gives and the year, and shows what somebody might have to ask a member about.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Protocol

import pandas as pd

from anchor_analysis.measure import ledgers_without_credits
from anchor_analysis.present import wording
from anchor_analysis.present.markup import element
from anchor_analysis.present.shown import Shown
from anchor_analysis.present.tables import grid
from anchor_analysis.rounding import nearest

#: A change of a member's own figure from which on it is worth a question, in per cent.
WORTH_A_QUESTION = 20.0


class Results(Protocol):
    """What of a network's results is looked at: frames as `open_network` gives them."""

    @property
    def observations(self) -> pd.DataFrame: ...
    @property
    def accounts(self) -> pd.DataFrame: ...
    @property
    def set_aside(self) -> pd.DataFrame: ...
    @property
    def edits(self) -> pd.DataFrame: ...
    @property
    def redactions(self) -> pd.DataFrame: ...
    @property
    def answers(self) -> pd.DataFrame: ...
    @property
    def places(self) -> pd.DataFrame: ...
    @property
    def supplier_places(self) -> pd.DataFrame: ...
    @property
    def linkage(self) -> dict[str, Any]: ...
    @property
    def assessor_agreement(self) -> pd.DataFrame: ...
    @property
    def coverage(self) -> pd.DataFrame: ...


def answer(net: Results, year: str) -> Shown:
    """In a few sentences: who is missing, whether the money reconciles, how much could not be placed."""
    said = [*_who_is_missing(net, year), _reconciled(net, year), *_placed(net, year), _to_ask(net, year)]
    said += _without_credits(net, year)
    html = element("ul", [element("li", text) for text in said], class_="limits")
    return Shown(html, "\n".join(said))


def _of(frame: pd.DataFrame, year: str) -> pd.DataFrame:
    return frame[frame["network_year"] == year] if len(frame) else frame


def _who_is_missing(net: Results, year: str) -> list[str]:
    if year not in net.coverage:
        return [f"Nothing was measured for {year}."]
    statuses = net.coverage[["member", "metric", year]]
    absent = statuses[statuses[year].isin(["missing", "refused", "partial"])]
    if absent.empty:
        return [f"Every return that was to come for {year} is in the figures whole."]
    return [
        f"{member}: {wording.STATUSES[status]} ({len(metrics)} measures)."
        for (member, status), metrics in absent.groupby(["member", year])
    ]


def _reconciled(net: Results, year: str) -> str:
    found = _of(net.accounts, year)
    if found.empty:
        return f"No file was read for {year}."
    own = found["difference_pence"].dropna()
    aside = int(found["rows_set_aside"].sum())
    differ = int((own != 0).sum())
    totals = f"{len(own)} of them with a total of their own, {differ or 'none'} of which differs from the rows"
    return (
        f"{len(found)} sheets were read, {totals}; {aside:,} of {int(found['rows_read'].sum()):,} rows were set aside."
    )


def _placed(net: Results, year: str) -> list[str]:
    found = _of(net.places, year)
    said = []
    for table, rows in found.groupby("table"):
        unknown = rows.loc[rows["place"] == "unknown", "rows"].sum()
        said.append(f"Of {table}, {unknown:,} of {rows['rows'].sum():,} rows could not be placed.")
    return said


def _to_ask(net: Results, year: str) -> str:
    count = len(_jumps(net, year))
    moved = f"moved by {WORTH_A_QUESTION:g} per cent or more since the year before"
    return f"{count} figures of members {moved}." if count else f"No member's figure {moved}."


def statuses(net: Results) -> Shown:
    """The status of every member and year, the newest first; measures that are alike share a row."""
    years = [name for name in net.coverage.columns if name not in ("member", "metric")][::-1]
    if not years:
        return grid(net.coverage, "Statuses")
    every = net.coverage["metric"].nunique()
    grouped = net.coverage.groupby(["member", *years], sort=True)["metric"]
    alike = grouped.agg(lambda names: "all" if len(names) == every else ", ".join(names)).reset_index()
    alike[years] = alike[years].replace("_", " ", regex=True)
    return grid(alike.rename(columns={"metric": "measures"})[["member", "measures", *years]], "Statuses", headings=2)


def accounts(net: Results, year: str) -> Shown:
    """Every sheet of the year: rows read, kept and set aside, the same in pounds, and its own total.

    What a total differs by is to the penny, the rest in whole pounds.
    """
    found = _of(net.accounts, year)
    columns = ["member", "source_file", "source_sheet", "table", "rows_read", "rows_kept", "rows_set_aside"]
    pence = ["value_read_pence", "value_kept_pence", "value_set_aside_pence", "control_total_pence"]
    shown = _in_pounds(found[[*columns, *pence]], pence)
    shown["difference £"] = found["difference_pence"].astype("Float64") / 100
    return grid(shown, f"Accounts of {year}", headings=2)


def set_aside(net: Results, year: str) -> Shown:
    """Why rows of the year were set aside, by table and reason."""
    return _rows_and_pounds(_of(net.set_aside, year), ["table", "reason"], f"Rows set aside in {year}")


def answers(net: Results, year: str) -> Shown:
    """What was answered about returns of the year: accepted in spite of a doubt, corrected, or left out, and why."""
    found = _of(net.answers, year)
    return grid(found.drop(columns="network_year"), f"Answers about returns of {year}", headings=1)


def redactions(net: Results, year: str) -> Shown:
    """By member and class, the payments of the year whose supplier's name was taken out."""
    return _rows_and_pounds(_of(net.redactions, year), ["member", "redaction"], f"Suppliers taken out in {year}")


def _rows_and_pounds(found: pd.DataFrame, by: list[str], title: str) -> Shown:
    if found.empty:
        return grid(found, title)
    sums = found.groupby(by, as_index=False)[["rows", "value_pence"]].sum()
    return grid(_in_pounds(sums, ["value_pence"]), title, headings=2)


def _without_credits(net: Results, year: str) -> list[str]:
    found = _of(ledgers_without_credits(net.accounts), year)
    if found.empty:
        return []
    return [
        f"{len(found)} ledgers have no credits, though those beside them have: their signs may be lost, with about "
        f"£{found['at_stake_pence'].sum() / 100:,.0f} at stake."
    ]


def signs(net: Results, year: str) -> Shown:
    """Ledgers of the year that have no credits though their neighbours have: perhaps their minus signs were lost.

    Neighbours are the member's other years, or where it has none the other members' ledgers of the year. At stake
    is twice what the credits would be at the neighbours' share of value, since a lost sign counts twice.
    """
    pence = ["value_kept_pence", "at_stake_pence"]
    found = _of(ledgers_without_credits(net.accounts), year)[["member", "rows_kept", *pence]]
    return grid(_in_pounds(found, pence), f"Ledgers without credits in {year}", headings=1)


def edits(net: Results, year: str) -> Shown:
    """In how many cells of the year only the form was changed, by table, column and rule."""
    found = _of(net.edits, year)
    if found.empty:
        return grid(found, f"Cells brought into form in {year}")
    sums = found.groupby(["table", "column", "rule"], as_index=False)["cells"].sum()
    return grid(sums, f"Cells brought into form in {year}", headings=3)


def places(net: Results, year: str) -> Shown:
    """Rows of the year by class of postcode, table and member, and of how many the place is unknown."""
    found, title = _of(net.places, year), f"Postcodes of {year} by class"
    if found.empty:
        return grid(found, title)
    by = ["postcode_class", "table"]
    rows = found.pivot_table(index=by, columns="member", values="rows", aggfunc="sum", fill_value=0)
    unknown = found[found["place"] == "unknown"].groupby(by)["rows"].sum()
    rows.insert(0, "place unknown", unknown.reindex(rows.index, fill_value=0))
    rows.insert(0, "rows", rows.drop(columns="place unknown").sum(axis=1))
    table = rows.rename_axis(columns=None).reset_index()
    table["postcode_class"] = table["postcode_class"].str.replace("_", " ")
    return grid(table.rename(columns={"postcode_class": "class"}), title, headings=2)


def assessors(net: Results, year: str) -> Shown:
    """Of scores of the year by two assessors: how many, how many alike, and weighted kappa, by dimension."""
    found = _of(net.assessor_agreement, year).drop(columns="network_year")
    found["dimension"] = [str(name).replace("_", " ") or "all" for name in found["dimension"]]
    return grid(found, f"Scores of {year} by two assessors")


def not_placed(net: Results, year: str) -> Shown:
    """By member and table, of how many rows of the year the place is unknown."""
    found, title = _of(net.places, year), f"Rows whose place is unknown in {year}"
    if found.empty:
        return grid(found, title)
    sums = found.assign(unknown=found["rows"].where(found["place"] == "unknown", 0))
    table = sums.groupby(["member", "table"], as_index=False)[["rows", "unknown"]].sum()
    table["per cent"] = (100 * table["unknown"] / table["rows"]).astype(float).round(1)
    return grid(table, title, headings=2)


#: How a payment's supplier was placed, in words, in the order of the table.
_PLACED_BY = {
    "line": "by the line",
    "own_master": "by its own master",
    "linked_by_id": "by a number",
    "reviewed": "by a decision",
    "linked_by_name": "by its name",
    "none": "not at all",
}


def suppliers(net: Results, year: str) -> Shown:
    """By member, the payments of the year in whole pounds by how their supplier was placed, with what to decide."""
    found, title = _of(net.supplier_places, year), f"How suppliers were placed in {year}, £"
    table = grid(found, title)
    if len(found):
        pence = found.pivot_table(
            index="member", columns="supplier_place_from", values="value_pence", aggfunc="sum", fill_value=0
        ).reindex(columns=list(_PLACED_BY), fill_value=0)
        pounds = _pounds(pence)
        table = grid(pounds.rename(columns=_PLACED_BY).rename_axis(columns=None).reset_index(), title, headings=1)
    said = list(_linked(net.linkage))
    html = element("ul", [element("li", text) for text in said], class_="limits")
    return Shown(element("div", [html, table.html]), "\n".join([*said, table.text]))


def _linked(linkage: dict[str, Any]) -> Iterator[str]:
    if not linkage:
        return
    yield f"{linkage['records']:,} entries in members' books are {linkage['entities']:,} suppliers."
    if not linkage["splink"]:
        yield "Only numbers, decisions and equal names were used: Splink, which finds like names, is not installed."
    if waiting := linkage["pairs"].get("review", 0):
        yield f"{waiting:,} pairs may be the same supplier and wait for a decision: `anchor-analysis suppliers review`."
    if missing := linkage["missing"]:
        yield f"{len(missing):,} records that decisions name are in no return."


def jumps(net: Results, year: str) -> Shown:
    """The figures of members that moved most since the year before, the largest first."""
    return grid(_jumps(net, year), f"Figures to ask about in {year}", headings=2)


def _jumps(net: Results, year: str) -> pd.DataFrame:
    """One row per member and amount: both years' values and the change in per cent, from WORTH_A_QUESTION on."""
    whole = net.observations[(net.observations["scope"] == "member") & (net.observations["breakdown"] == "")]
    table = whole.pivot(index=["member", "metric"], columns="network_year", values="value")
    earlier = [name for name in table.columns if name < year]
    if year not in table or not earlier:
        return pd.DataFrame()
    both = table[[earlier[-1], year]].astype(float).dropna()
    change = 100 * (both[year] / both[earlier[-1]].where(both[earlier[-1]] != 0) - 1)
    found = both.assign(**{"change in per cent": change.round(1)})
    found = found[change.abs() >= WORTH_A_QUESTION].sort_values("change in per cent", key=abs, ascending=False)
    return found.rename_axis(columns=None).reset_index()


def told(net: Results, year: str) -> Shown:
    """The figures of the year that were told as totals, and are not counted from rows."""
    found = net.observations[(net.observations["scope"] == "member") & (net.observations["network_year"] == year)]
    found = found[(found["quality"] == "reported_total") & (found["breakdown"] == "")]
    columns = ["member", "metric", "value", "lower", "upper"]
    return grid(found[columns], f"Figures as told in {year}", headings=2)


def _in_pounds(frame: pd.DataFrame, columns: list[str]) -> pd.DataFrame:
    """Columns of pence in whole pounds, for reading; the frames themselves keep the pence."""
    return frame.assign(**_pounds(frame[columns])).rename(
        columns={name: name.replace("_pence", " £") for name in columns}
    )


def _pounds(pence: pd.DataFrame) -> pd.DataFrame:
    """Whole pounds; missing where there are no pence."""
    return pence.map(lambda amount: nearest(int(amount), 100) // 100, na_action="ignore").astype("Int64")
