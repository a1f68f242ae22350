"""Released cells and facts of an invented network, as protection hands them on, for the tests of what is shown.

`example()` is a whole network of six years; `spend_only()` is one council's ledger of two months whose suppliers
nobody could place; `one_year()` has nothing to compare with. The figures are made up here; no library code made them.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import pandas as pd
import yaml

from anchor_analysis import storage

YEARS = ["2018/19", "2019/20", "2020/21", "2021/22", "2022/23", "2023/24"]
COLUMNS = [
    "cell_id", "table", "kind", "metric", "period", "since", "since_period", "panel", "member", "group", "item",
    "unit", "value", "lower", "upper", "shown", "status", "rule", "note", "source_id", "members_counted",
    "members_expected", "quality",
]  # fmt: skip

# id, name, sector, first year as a member, staff at first, yearly growth, £m a year, share of both that is local
MEMBERS = [
    ("city_council", "Aire City Council", "local government", 0, 14200, -0.012, 212, 0.71),
    ("hospitals", "St Oswin Hospitals", "health", 0, 17900, 0.016, 118, 0.62),
    ("community_care", "Calder Community Care", "health", 0, 3100, 0.011, 21, 0.66),
    ("university", "Kirkgate University", "education", 0, 8650, 0.004, 74, 0.58),
    ("second_university", "Airedale University", "education", 0, 2980, 0.006, 31, 0.60),
    ("college", "City Technical College", "education", 0, 1440, 0.0, 12, 0.69),
    ("water", "Northern Vale Water", "utilities", 0, 2310, -0.006, 44, 0.35),
    ("housing", "Wharfe Homes", "housing", 0, 890, 0.02, 18, 0.74),
    ("theatre", "Playhouse on the Aire", "culture", 0, 210, 0.01, 3, 0.77),
    ("arts_university", "Meadow Arts University", "education", 1, 640, 0.01, 8, 0.55),
    ("police", "Vale Police", "local government", 2, 3350, 0.01, 26, 0.57),
    ("opera", "Grand Opera of the Vale", "culture", 3, 190, 0.0, 2, 0.63),
    ("department", "Department for Works", "central government", 5, 3480, 0.0, 9, 0.61),
    ("college_of_music", "Vale College of Music", "education", 4, 205, 0.0, 1, 0.6),
]
NOT_REPORTED = {("opera", "2021/22"): "missing", ("college_of_music", "2023/24"): "refused"}

METRICS = {
    "staff": None,
    "staff_living_in_area": None,
    "staff_living_in_area_share": ("staff_living_in_area", "staff"),
    "staff_most_disadvantaged_wards": None,
    "staff_most_disadvantaged_wards_share": ("staff_most_disadvantaged_wards", "staff"),
    "staff_most_deprived_tenth": None,
    "staff_most_deprived_tenth_share": ("staff_most_deprived_tenth", "staff"),
    "net_spend": None,
    "local_spend": None,
    "local_spend_share": ("local_spend", "net_spend"),
}


def definitions() -> dict[str, Any]:
    """The shipped definitions, in the form in which an edition's facts hold them."""
    wanted = [
        "title", "question", "noun", "unit", "better", "caveats", "source", "checker", "version", "kind", "lever",
        "protect", "numerator",
    ]  # fmt: skip
    parts = "denominator", "unknown", "table"
    return {
        name: {key: _read("metrics", name)[key] for key in wanted}
        | {key: _read("metrics", name).get(key) for key in parts}
        for name in METRICS
    }


def tables() -> dict[str, Any]:
    """The shipped declarations of tables, in the form in which an edition's facts hold them."""
    names = ["headlines", "parts_of_change", "series", "staff_by_ward", "members", "coverage"]
    return {name: {key: _read("tables", name)[key] for key in ("title", "kind", "audience")} for name in names}


@cache
def _read(folder: str, name: str) -> dict[str, Any]:
    return yaml.safe_load((storage.PACKAGE / "definitions" / folder / f"{name}.yaml").read_text("utf-8"))


def cell(table: str, kind: str, metric: str, period: str, **more: Any) -> dict[str, Any]:
    """One released cell; what is not given is empty, and the id is made of what it stands for."""
    row = dict.fromkeys(COLUMNS, "") | {
        "table": table, "kind": kind, "metric": metric, "period": period, "panel": "all", "item": "value",
        "value": float("nan"), "lower": float("nan"), "upper": float("nan"), "status": "shown",
        "members_counted": 1, "members_expected": 1, "quality": "rows",
    } | more  # fmt: skip
    where = [row["since"], row["panel"], row["member"], row["group"]]
    row["cell_id"] = "|".join(filter(None, [table, metric, period.replace("/", "-"), *where, row["item"]]))
    row["source_id"] = row["source_id"] or f"{metric}:{period.replace('/', '-')}:{row['member'] or 'network'}"
    return row


def shown(value: float, unit: str, *, signed: bool = False) -> str:
    """A figure as protection prints it."""
    sign = ("−" if value < 0 else "+" if value > 0 else "") if signed else ""
    size = abs(value) if signed else value
    if unit == "gbp":
        return f"{sign}£{size / 1e6:,.3f}m"
    if unit in ("share", "percent"):
        return f"{sign}{size * 100:.1f}%"
    return f"{sign}{f'{size * 100:.1f} points' if unit == 'points' else f'{size:,.0f}'}"


class Network:
    """The invented members' figures: known and unknown of each metric, by member and year."""

    def __init__(self, years: list[str] = YEARS, members: list[tuple[Any, ...]] = MEMBERS):
        self.years, self.members = years, members

    def joined(self, member: tuple[Any, ...], year: str) -> bool:
        return member[3] <= YEARS.index(year)

    def reporting(self, year: str, metric: str = "staff") -> list[tuple[Any, ...]]:
        told = [member for member in self.members if self.joined(member, year)]
        return [member for member in told if (member[0], year) not in NOT_REPORTED]

    def expected(self, year: str) -> int:
        return sum(self.joined(member, year) for member in self.members)

    def figure(self, metric: str, member: tuple[Any, ...], year: str) -> tuple[float, float]:
        """What is known to belong to an additive metric, and what is unknown."""
        passed = YEARS.index(year)
        staff = round(member[4] * (1 + member[5]) ** passed)
        spend = round(member[6] * 1e6 * (1 - 0.008 * passed))
        unknown = round(staff * 0.039)
        local = member[7] - (0.004 if metric == "local_spend" else -0.001) * passed
        parts = {
            "staff": (staff, 0), "net_spend": (spend, 0),
            "staff_living_in_area": (round(staff * 0.961 * local), unknown),
            "staff_most_disadvantaged_wards": (round(staff * (0.17 + 0.004 * passed)), unknown),
            "staff_most_deprived_tenth": (round(staff * (0.15 + 0.0005 * passed)), unknown),
            "local_spend": (round(spend * 0.94 * local), round(spend * 0.06)),
        }  # fmt: skip
        return parts[metric]

    def value(self, metric: str, members: list[tuple[Any, ...]], year: str) -> tuple[float, float, float]:
        """Value, lower and upper bound over some members, rounded as released."""
        ratio = METRICS[metric]
        if ratio:
            known, low, high = self.value(ratio[0], members, year)
            whole = self.value(ratio[1], members, year)[0]
            unknown = high - low
            return tuple(round(part, 3) for part in (known / (whole - unknown), low / whole, high / whole))
        known = sum(self.figure(metric, member, year)[0] for member in members)
        unknown = sum(self.figure(metric, member, year)[1] for member in members)
        step = 1000 if metric in ("net_spend", "local_spend") else 5
        return tuple(float(step * round(part / step)) for part in (known, known, known + unknown))


def unit_of(metric: str) -> str:
    return str(_read("metrics", metric)["unit"])


def level(network: Network, table: str, metric: str, year: str, **where: Any) -> dict[str, Any]:
    """A level of the network, or of the member named in `where`."""
    members = [one for one in network.reporting(year) if where.get("member", one[0]) == one[0]]
    counts = {"members_counted": len(members), "members_expected": 1 if where else network.expected(year)}
    if not members:
        status = NOT_REPORTED.get((where.get("member", ""), year), "missing")
        return cell(table, "levels", metric, year, shown=status.replace("_", " "), status=status, **counts, **where)
    value, lower, upper = network.value(metric, members, year)
    figures = {"value": value, "lower": lower, "upper": upper, "shown": shown(value, unit_of(metric))}
    return cell(table, "levels", metric, year, unit=unit_of(metric), **figures, **counts, **where)


def changes(network: Network, metric: str, year: str, since: str, panel: str) -> list[dict[str, Any]]:
    """From, to, change, percent and verdict since the year before or the baseline."""
    before = network.years[0] if since == "baseline" else YEARS[YEARS.index(year) - 1]
    now, then = network.reporting(year), network.reporting(before)
    if panel == "like_for_like":
        now = then = [member for member in now if member in then]
    unit = unit_of(metric)
    first, last = network.value(metric, then, before), network.value(metric, now, year)
    change = round(last[0] - first[0], 3)
    percent = change / first[0]
    still = abs(change) < 0.002 if unit == "share" else abs(percent) < 0.005
    verdict = "no clear change" if still else "rose" if change > 0 else "fell"
    certain = metric in ("staff", "net_spend") or abs(change) > last[2] - last[1]
    note = (
        "holds whatever the unknown are"
        if certain
        else "holds if the unknown resemble the known, or moved by no more than 5 points"
    )
    items = {
        "from": (first[0], shown(first[0], unit), ""), "to": (last[0], shown(last[0], unit), ""),
        "change": (change, shown(change, "points" if unit == "share" else unit, signed=True), ""),
        "percent": (percent, shown(percent, "percent", signed=True), ""),
        "verdict": (float("nan"), verdict, "smaller than the smallest change worth calling one" if still else note),
    }  # fmt: skip
    if unit == "share":
        del items["percent"]
    same = {"since": since, "since_period": before, "panel": panel, "members_counted": len(now)}
    same |= {"members_expected": network.expected(year)}
    return [
        cell("headlines", "changes", metric, year, item=item, value=value, shown=text, note=words, **same,
             unit={"percent": "percent", "verdict": "words"}.get(item, unit))
        for item, (value, text, words) in items.items()
    ]  # fmt: skip


def parts(network: Network, metric: str, year: str, since: str) -> list[dict[str, Any]]:
    """Where a change came from."""
    before = network.years[0] if since == "baseline" else YEARS[YEARS.index(year) - 1]
    now, then = network.reporting(year), network.reporting(before)
    both = [member for member in now if member in then]
    joined = [member for member in now if not network.joined(member, before)]
    other = (
        [member for member in now if member not in both + joined],
        [one for one in then if one not in both],
    )
    found = {
        "continuing": (
            network.value(metric, both, year)[0] - network.value(metric, both, before)[0],
            len(both),
        ),
        "joiners": (network.value(metric, joined, year)[0], len(joined)),
        "leavers": (0.0, 0),
        "non_response": (
            network.value(metric, other[0], year)[0] - network.value(metric, other[1], before)[0],
            0,
        ),
    }
    found["change"] = (sum(value for value, _ in found.values()), len(now))
    return [
        cell("parts_of_change", "parts", metric, year, since=since, since_period=before, item=item, value=value,
             unit=unit_of(metric), shown=shown(value, unit_of(metric), signed=True), members_counted=count,
             members_expected=network.expected(year))
        for item, (value, count) in found.items()
    ]  # fmt: skip


def wards(network: Network, codes: list[str]) -> list[dict[str, Any]]:
    """Staff by ward of the latest year; two wards are withheld."""
    year = network.years[-1]
    total = network.value("staff", network.reporting(year), year)[0]
    weights = {code: 3 + (place * 7) % 19 for place, code in enumerate(codes)} | {codes[0]: 0}
    cells = []
    for code, weight in weights.items():
        value = 5.0 * round(total * 0.62 * weight / sum(weights.values()) / 5)
        withheld = {"shown": "[c]", "status": "withheld", "rule": "below 10"}
        if code == codes[-1]:
            withheld["rule"] = "would give away a withheld cell"
        figures = withheld if code in (codes[0], codes[-1]) else {"value": value, "shown": shown(value, "persons")}
        cells.append((code, figures))
    cells += [
        ("elsewhere", {"value": 19980.0, "shown": "19,980"}),
        ("unknown", {"value": 2420.0, "shown": "2,420"}),
    ]
    cells += [("", {"value": total, "shown": shown(total, "persons")})]
    same = {"unit": "persons", "members_expected": network.expected(year)}
    same |= {"members_counted": len(network.reporting(year))}
    return [cell("staff_by_ward", "levels", "staff", year, group=code, **same, **figures) for code, figures in cells]


def coverage(network: Network) -> list[dict[str, Any]]:
    """Every member's status by year."""
    cells = []
    for metric in ("staff", "net_spend"):
        for member in network.members:
            for year in network.years:
                status = NOT_REPORTED.get((member[0], year), "reported")
                if not network.joined(member, year):
                    status = "not_yet_member"
                standing = "shown" if status == "reported" else status
                more = {"member": member[0], "item": "status", "unit": "words", "status": standing}
                cells.append(cell("coverage", "coverage", metric, year, shown=status.replace("_", " "), **more))
    return cells


def facts(network: Network, **more: Any) -> dict[str, Any]:
    """The facts of the invented network's latest edition."""
    areas = _read("areas", "leeds_wards")["wards"]
    disadvantaged = _read("areas", "leeds_most_disadvantaged_wards_v1")
    year = network.years[-1]
    begins = int(year[:4])
    return {
        "network": "vale", "name": "Vale Anchor Network", "place": "Leeds", "synthetic": True,
        "contact": "analyst@example.org", "licence": "Open Government Licence v3.0", "year": year,
        "previous": network.years[-2] if len(network.years) > 1 else "", "baseline": network.years[0],
        "revision": "r1", "status": "draft", "period_start": f"{begins}-04-01", "period_end": f"{begins + 1}-03-31",
        "members_total": network.expected(year),
        "members_reporting": {lever: len(network.reporting(year)) for lever in ("employer", "spender")},
        "members": [
            {"id": one[0], "name": one[1], "sector": one[2], "joined": f"{2018 + one[3]}-04-01"}
            for one in network.members
        ],
        "references": [
            {"id": "example_postcodes", "kind": "postcodes", "role": "postcodes", "vintage": "August 2026",
             "sha256": "0" * 64, "source": "invented for the example"},
        ],
        "disadvantaged": {"name": "leeds_most_disadvantaged_wards@1", **{
            key: disadvantaged[key] for key in ("title", "source", "source_status", "wards")}},
        "profiles": {"people": "People, threshold 10, rounded to 5", "spend": "Spend, rounded to £1,000"},
        "profile_status": {"people": "unverified", "spend": "own choice"},
        "confidentiality": {"people": "shared", "spend": "shared"}, "unknowns_delta": 0.05, "wards": areas,
        "coverage_notes": [
            {"member": "college_of_music", "year": year, "tables": ["workforce", "ledger"], "status": "refused",
             "reason": "The file was protected by a password and no other came."},
        ],
        "withheld": 2, "definitions": definitions(), "tables": tables(),
    } | more  # fmt: skip


def frame(cells: list[dict[str, Any]]) -> pd.DataFrame:
    return pd.DataFrame(cells, columns=COLUMNS)


@cache
def _example() -> tuple[pd.DataFrame, dict[str, Any]]:
    network, said = Network(), facts(Network())
    metrics, cells = list(METRICS), []
    for metric in metrics:
        for year in YEARS[1:]:
            for since in ("previous", "baseline"):
                for panel in ("all", "like_for_like"):
                    cells += changes(network, metric, year, since, panel)
    additive = [metric for metric in metrics if not METRICS[metric]]
    cells += [
        row for m in additive for since in ("previous", "baseline") for row in parts(network, m, YEARS[-1], since)
    ]
    cells += [level(network, "series", metric, year) for metric in metrics for year in YEARS]
    cells += wards(network, list(said["wards"]))
    shown_by_member = ["staff", "staff_living_in_area_share", "net_spend", "local_spend_share"]
    for metric in shown_by_member:
        cells += [level(network, "members", metric, YEARS[-1], member=one[0]) for one in network.members]
        cells += [level(network, "members", metric, YEARS[-1])]
    return frame([*cells, *coverage(network)]), said


def example() -> tuple[pd.DataFrame, dict[str, Any]]:
    """A network of 14 members (9 at first) over six years; one return of the latest year was refused."""
    cells, said = _example()
    return cells.copy(), dict(said)


def one_year() -> tuple[pd.DataFrame, dict[str, Any]]:
    """The same network in its first year."""
    network = Network(YEARS[:1])
    cells = [level(network, "series", metric, YEARS[0]) for metric in METRICS]
    return frame([*cells, *wards(network, list(facts(network)["wards"])), *coverage(network)]), facts(
        network, coverage_notes=[]
    )


def spend_only() -> tuple[pd.DataFrame, dict[str, Any]]:
    """One council's ledger of two months; no supplier could be placed, and no staff were reported."""
    network = Network(YEARS[:1], MEMBERS[:1])
    note = {"note": "part of the year only", "status": "shown", "unit": "gbp"}
    nothing = {"shown": "between £0 and £83.412m", "status": "no_value"}
    share = {"shown": "between 0.0% and 100.0%", "status": "no_value"}
    year = YEARS[0]
    cells = [
        cell("series", "levels", "net_spend", year, value=83412000.0, lower=83412000.0, upper=83412000.0,
             shown="£83.412m", **note),
        cell("series", "levels", "local_spend", year, lower=0.0, upper=83412000.0, **{**note, **nothing}),
        cell("series", "levels", "local_spend_share", year, lower=0.0, upper=1.0, unit="share", **share),
        cell("coverage", "coverage", "net_spend", year, member="city_council", item="status", unit="words",
             shown="partial"),
        cell("series", "levels", "staff", year, shown="missing", status="missing", members_counted=0, unit="persons"),
        cell("coverage", "coverage", "staff", year, member="city_council", item="status", unit="words", shown="missing",
             status="missing"),
    ]  # fmt: skip
    said = facts(network, withheld=0, synthetic=False, members_reporting={"spender": 1}, disadvantaged=None, wards={})
    said["coverage_notes"] = [
        {
            "member": "city_council",
            "year": year,
            "tables": ["ledger"],
            "status": "partial",
            "reason": "April and May only.",
        },
    ]
    said["definitions"] = {
        name: said["definitions"][name] for name in ("staff", "net_spend", "local_spend", "local_spend_share")
    }
    return frame(cells), said
