"""Makes the demonstration: draws everything, writes returns and reference files, and the answers last."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import Any

from anchor_analysis.demonstration import answers
from anchor_analysis.demonstration.employment import measure_employment
from anchor_analysis.demonstration.files import HEADERS, write_csv
from anchor_analysis.demonstration.geography import Geography, Places, make_geography
from anchor_analysis.demonstration.lever import Part
from anchor_analysis.demonstration.levers import LEVER_OF, draw_levers
from anchor_analysis.demonstration.people import draw_workforces
from anchor_analysis.demonstration.plan import LATEST, MEMBERS, YEARS, Member, label, period, size_of
from anchor_analysis.demonstration.prices import DEFLATOR_FILES, make_prices
from anchor_analysis.demonstration.purchases import draw_purchases
from anchor_analysis.demonstration.returns import Drawn, write_return
from anchor_analysis.demonstration.sent_back import write_sent_back
from anchor_analysis.demonstration.trades import by_category, by_sector, measure_buying

DIRECTORY_FILE = "nspl_demonstration_2024-05.csv"
DEPRIVATION_FILE, DEPRIVATION_OTHER_FILE = "imd2019_demonstration.csv", "imd2025_demonstration.csv"
RESIDENTS_FILE = "residents_demonstration_2021.csv"

YearAnswer = tuple[int, dict[str, Any], dict[str, int]]

_METHODS = {
    "staff": "Count of people in post in the HR system on the last day of our year",
    "staff_fte": "Contracted FTE in the HR system on the last day of our year",
    "net_spend": "Sum of the payment ledger, credits taken off, without payments to other members",
    "spend_with_members": "Sum of the ledger's payments to other members, credits taken off",
    "local_spend": "Payment ledger matched to our supplier master by hand",
}
_DECIMALS = {"staff_fte": 5, "net_spend": 2, "spend_with_members": 2, "local_spend": 2}


def make_demonstration(
    raw_folder: Path, reference_folder: Path, answers_file: Path, *, scale: float = 1.0, seed: int = 2018,
    each: Callable[..., Iterable[list[YearAnswer]]] = map,
) -> None:  # fmt: skip
    """Write the demonstration network's returns, its reference files, and the right answers.

    `raw_folder` gets a folder per year and member, `reference_folder` a postcode directory, the deprivation files of
    two releases, residents by ward and a deflator of two vintages as publishers give them out, `answers_file` one JSON
    file, and beside it `sent_back/` a folder for each return that must be refused. `scale` makes staff, payments and
    lines more or fewer; nothing that is planted gets lost. The same seed and scale give the same bytes, whichever way
    members are gone through by `each`, which is called as `map` is.
    """
    geography = make_geography(seed)
    _write_reference(geography, reference_folder)
    years: dict[str, Any] = {label(year): {"members": {}, "staff_by_ward": {}} for year in YEARS}
    make = partial(_member, raw_folder, places=geography.places, seed=seed, scale=scale)
    for member, returns in zip(MEMBERS, each(make, MEMBERS), strict=True):
        for year, answer, wards in returns:
            years[label(year)]["members"][member.id] = answer
            _add(years[label(year)]["staff_by_ward"], wards)
    for year in years.values():
        year["network"] = answers.network_totals(year["members"])
    found = {"about": _about(seed, scale), "years": years, "changes": _changes(years)}
    found["against_residents"] = answers.against_residents(
        years[label(LATEST)]["staff_by_ward"], geography.residents_by_ward
    )
    found["sent_back"] = write_sent_back(answers_file.parent / "sent_back")
    answers_file.parent.mkdir(parents=True, exist_ok=True)
    answers_file.write_text(json.dumps(found, ensure_ascii=False, indent=1, sort_keys=True) + "\n", encoding="utf-8")


def _about(seed: int, scale: float) -> dict[str, Any]:
    units = {"staff": "persons", "staff_fte": "hundred-thousandths of an FTE", "net_spend": "pence"}
    wards = "Staff by ward are those of members that sent rows; figures as told have no wards."
    return {"seed": seed, "scale": scale, "units": units, "staff_by_ward": wards}


def _write_reference(geography: Geography, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    files = {
        DIRECTORY_FILE: geography.directory, DEPRIVATION_FILE: geography.deprivation,
        DEPRIVATION_OTHER_FILE: geography.deprivation_other,
        RESIDENTS_FILE: geography.residents, **{name: make_prices(grew) for name, grew in DEFLATOR_FILES.items()},
    }  # fmt: skip
    for name, frame in files.items():
        (folder / name).write_bytes(frame.to_csv(index=False, lineterminator="\n").encode("utf-8"))


def _member(raw_folder: Path, member: Member, places: Places, seed: int, scale: float) -> list[YearAnswer]:
    """Write a member's returns of all years; each year with its answer and its staff by ward."""
    made = []
    scale = size_of(member, scale)
    purchases = dict(draw_purchases(member, places, seed, scale))
    workforces = dict(draw_workforces(member, places, seed, scale))
    levers = draw_levers(member, places, seed)
    for year in YEARS:
        answer: dict[str, Any] = _standing(member, year)
        wards: dict[str, int] = {}
        if year in workforces and year not in member.absent:
            drawn = Drawn(member, year, places, workforces[year], purchases.get(year))
            folder = raw_folder / label(year) / member.id
            answer["metrics"] = _metrics(drawn)
            if member.tells_figures(year):
                _write_figures(folder / "figures.csv", answer["metrics"], member.slips.get(year, ""))
            else:
                answer["planted"] = _planted(drawn, write_return(folder, drawn, seed))
                answer["shared_suppliers"] = answers.shared_suppliers(member, drawn.purchases)
                wards = answers.staff_by_ward(drawn.workforce, places) if answer["metrics"] else {}
            _add_levers(folder, levers.get(year, []), answer)
        made.append((year, answer, wards))
    return made


def _add_levers(folder: Path, parts: list[Part], answer: dict[str, Any]) -> None:
    """Write the tables of the other levers beside the return; they come as rows, whatever else is told as figures."""
    for part in parts:
        for sheet in part.sheets:
            write_csv(folder / f"{sheet.name}.csv", sheet, delimiter=part.delimiter)
        answer["planted"] |= part.planted
        if "refused" not in answer["status"].values():
            answer["metrics"] |= part.metrics
            answer["from_rows"] += list(part.metrics)


def _standing(member: Member, year: int) -> dict[str, Any]:
    start, end = period(member, year)
    status = {table: member.status(table, year) for table in ("workforce", "ledger")}
    status |= {table: member.status(table, year, lever) for table, lever in LEVER_OF.items()}
    quality = "reported_total" if member.tells_figures(year) else "rows"
    return {"status": status, "quality": quality, "period": [str(start), str(end)], "metrics": {}, "planted": {},
            "from_rows": []}  # fmt: skip


def _metrics(drawn: Drawn) -> answers.Metrics:
    if drawn.year in drawn.member.refused:
        return {}
    wrong = drawn.year in drawn.member.wrong_file
    alone = drawn.member.tells_figures(drawn.year)
    spend = answers.measure_spend(drawn.purchases.ledger, alone=alone) if drawn.purchases and not wrong else {}
    metrics = answers.measure_staff(drawn.workforce, drawn.places) | spend
    if drawn.member.tells_figures(drawn.year):
        return metrics
    if spend and drawn.purchases:
        metrics |= measure_buying(drawn.purchases, drawn.places)
    return metrics | measure_employment(drawn.workforce, drawn.member, drawn.year)


def _planted(drawn: Drawn, written: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """What writing made untidy, and beside it what was drawn so."""
    counted = {"workforce": answers.count_workforce(drawn.member, drawn.year, drawn.workforce, drawn.places)}
    if drawn.purchases:
        counted["ledger"] = answers.count_ledger(drawn.purchases, drawn.places)
        counted["ledger"] |= {"by_category": by_category(drawn.purchases), "by_sector": by_sector(drawn.purchases)}
        counted["suppliers"] = answers.count_suppliers(drawn.purchases, drawn.places)
    return {table: {**of_table, **counted.get(table, {})} for table, of_table in written.items()}


def _write_figures(path: Path, metrics: answers.Metrics, slip: str) -> None:
    """Write what a member tells that sends totals and no rows; one of them may be ten times too large."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(HEADERS["figures"])
    for metric, parts in metrics.items():
        unknown = _figure(metric, parts["unknown"]) if "unknown" in parts else ""
        method = _METHODS.get(metric, "Home postcodes in the HR system matched to areas by our own analyst")
        value = parts["value"] * (10 if metric == slip else 1)
        writer.writerow([metric, _figure(metric, value), unknown, method])
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.getvalue().encode("utf-8"))


def _figure(metric: str, amount: int) -> str:
    """A figure in the metric's unit: persons, FTE, pounds."""
    decimals = _DECIMALS.get(metric, 0)
    whole, rest = divmod(amount, 10**decimals)
    return f"{whole}.{rest:0{decimals}d}" if decimals else str(whole)


def _add(total: dict[str, int], more: dict[str, int]) -> None:
    for name, amount in more.items():
        total[name] = total.get(name, 0) + amount


def _changes(years: dict[str, Any]) -> dict[str, Any]:
    """The split of the changes since the year before and since the first year, by metric."""
    return {
        metric: {label(before): answers.split_change(years, metric, before) for before in (LATEST - 1, YEARS[0])}
        for metric in years[label(LATEST)]["network"]
    }
