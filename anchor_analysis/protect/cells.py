"""The cells of an edition's declared tables, protected together with one another and with what was released before."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import pandas as pd

from anchor_analysis.declared import Metric, Network, NetworkYear, Profile, TableDefinition
from anchor_analysis.declared.units import COUNTED, UNITS
from anchor_analysis.protect.benchmarks import ITEMS, benchmark_figures
from anchor_analysis.protect.blocks import FINDINGS
from anchor_analysis.protect.controlled import rounded_jointly
from anchor_analysis.protect.differences import add_differences
from anchor_analysis.protect.figures import fewer_than
from anchor_analysis.protect.gaps import gap_rows
from anchor_analysis.protect.jointly import Decided, decide
from anchor_analysis.protect.numbers import Numbers
from anchor_analysis.protect.prices import price_cells
from anchor_analysis.protect.primary import Primary
from anchor_analysis.protect.relations import relate
from anchor_analysis.protect.restated import BY_FEW, Released, Revision, may_have_moved, revised_by_few, revision_of
from anchor_analysis.protect.rows import CellRows, Row
from anchor_analysis.protect.standing import Standing, moved_by_few
from anchor_analysis.protect.targets import target_cells

CELL_COLUMNS = [
    "cell_id", "table", "kind", "metric", "period", "since", "since_period", "panel", "member", "group", "item",
    "unit", "value", "lower", "upper", "shown", "status", "rule", "note", "source_id", "members_counted",
    "members_expected", "quality",
]  # fmt: skip

_DIMENSIONS = ["table", "metric", "period", "since", "panel", "member", "group", "item"]

#: What a reader is told of a figure that is withheld; it does not say which were by themselves, and which for others.
TOO_SMALL = "too small, or would give away what is"
OF_FEW = "one's or a few's own, or would give away what is"
SMALL_OR_OF_FEW = "too small, one's or a few's own, or would give away what is"

#: Why a figure is withheld that an earlier release withheld too.
WITHHELD_BEFORE = "withheld in an earlier release, of which other figures were revised since"


@dataclass(frozen=True)
class Protected:
    """The cells of an edition, and why each that is withheld is, for the analyst alone.

    `cells` has one row per cell, columns as CELL_COLUMNS. `why` has one row per cell that is withheld, `cell_id, why`.
    `decided` has what became of the figures that these cells tell.
    """

    cells: pd.DataFrame
    why: pd.DataFrame
    decided: Decided


def protect(
    network: Network, observations: pd.DataFrame, findings: pd.DataFrame, year: NetworkYear,
    contributors: pd.DataFrame | None = None, released: Sequence[Released] = (),
) -> Protected:  # fmt: skip
    """The released cells of all public tables of an edition.

    A cell's `status` is `shown`, `withheld` (with the `rule`), `no_value` (only bounds are known) or the
    observation's own status where there is nothing to show. Only what is here may reach a page. `contributors` says how
    much of money single suppliers make, as `measure.contributors` has it; `released` are the releases of before, whose
    figures can no longer be withheld.
    """
    numbers, released = Numbers.of(network, observations), list(released)
    making = CellRows(network, observations, findings, year, numbers)
    public = _public_tables(network)
    rows = [row for table in public if not table.of for row in making.table(table)]
    gaps = [table for table in public if table.kind == "pay_gaps"]
    rows += [row for table in gaps for row in gap_rows(network, table, findings, year, numbers)]
    back = _withheld_by_themselves(rows, numbers)
    before, again, revisions = set[str](), dict[str, str](), list[Revision]()
    for one in released:
        told, withheld, revised = _told_before(network, observations, one, numbers)
        before |= told
        again |= dict.fromkeys(withheld, WITHHELD_BEFORE)
        revisions += revised
    numbers.marked |= numbers.marked_before
    relate(numbers, lambda metric: counts_members(network, metric))
    numbers.rounded |= rounded_jointly(numbers)
    if numbers.rounded:
        others = [row for row in rows if row["kind"] == "pay_gaps"]
        rows = [*(row for table in public if not table.of for row in making.table(table)), *others]
    add_differences(numbers)
    primary = Primary(numbers, contributors, before)
    by_few = revised_by_few(numbers, revisions)
    again |= dict.fromkeys(by_few, BY_FEW)
    again = {name: why for name, why in again.items() if name not in before and numbers.known[name].figure == name}
    kept = primary.kept() | {name: by_few[name] for name in again.keys() & by_few.keys()}
    decided = decide(numbers, again | primary.hidden(), kept, before, primary.insiders(), primary.makers())
    decided.withheld = back | decided.withheld  # of what no cell tells none says that there is nothing either
    why: dict[str, str] = {}
    rows = [_as_decided(row, decided, numbers, why) for row in rows]
    levels = Standing.of(network, observations, findings, year, [one.cells for one in released])
    standing = _standing(levels, public, making)
    if few := moved_by_few(standing, network, released):
        standing = _standing(replace(levels, few=few), public, making)
    cells = _as_cells([*rows, *standing])
    held = list(_held_against(network, public, findings, cells, year))
    cells = pd.concat([cells, _as_cells(held)], ignore_index=True) if held else cells
    cells = cells.astype({name: "Int64" for name in ("members_counted", "members_expected")})
    return Protected(cells, _reasons(cells, why), decided)


def _standing(levels: Standing, public: Iterable[TableDefinition], making: CellRows) -> list[Row]:
    """The counts of members by level, of all tables that have such."""
    return [
        row
        for table in public if table.kind in FINDINGS
        for name in table.metrics if name in making.measured
        for row in levels.cells(table, levels.network.catalogue.metric(name))
    ]  # fmt: skip


def counts_members(network: Network, metric: Metric) -> bool:
    """Whether it matters for a metric which members make a total: they keep it, or its profile looks at that."""
    rule = network.profile(metric.protect).dominance
    closed = getattr(network.confidentiality, metric.protect) == "confidential"
    return closed or bool(rule and "member" in rule.by)


def _public_tables(network: Network) -> list[TableDefinition]:
    """The public tables, last those that repeat others' figures to stand beside what is no headline."""
    metrics = network.catalogue.metrics
    public = [table for table in network.catalogue.tables.values() if table.audience == "public"]
    return sorted(public, key=lambda table: not all(metrics[name].headline for name in table.metrics))


def _as_cells(rows: Iterable[Row]) -> pd.DataFrame:
    cells = pd.DataFrame(rows, columns=CELL_COLUMNS)
    keys = cells[_DIMENSIONS].to_numpy()
    return cells.assign(cell_id=[cell_id(key) for key in keys])


def cell_id(parts: Iterable[object]) -> str:
    """The id of a cell: what it is of, in the order of its dimensions."""
    return "|".join(str(part).replace("/", "-") for part in parts if part)


def _withheld_by_themselves(rows: Iterable[Row], numbers: Numbers) -> dict[str, str]:
    """Why a number is withheld that a row holds back by itself, before any other is looked at, by its name.

    `numbers` learns what the rows tell, which numbers a mark says to be small, of which ones reasons say that they are
    few, and which are noughts. A change tells the numbers of two years, so that its being withheld is no reason for
    either.
    """
    back: dict[str, str] = {}
    for row in rows:
        numbers.tell(row["tells"] if _tells(row) else [])
        numbers.marked |= set(_marked(numbers.network, row, row["shown"]))
        if row["status"] != "withheld" or row["item"] in ("change", "percent", "verdict"):
            continue
        if _may_say_its_base(row, numbers.network):
            _note_base(row, row["rule"], numbers, numbers.fewer)
        if row["rule"].startswith(("zero", "below")):
            back |= dict.fromkeys(row["tells"][:1], row["rule"])
            numbers.small |= set(row["tells"] if len(row["tells"]) == 1 and row["rule"] != "zero" else [])
        if row["rule"] == "zero":
            numbers.noughts |= set(row["tells"][:1])
    return back


def _told_before(
    network: Network, observations: pd.DataFrame, one: Released, numbers: Numbers
) -> tuple[set[str], set[str], list[Revision]]:
    """The numbers that a release tells and that are today what they were then, those to withhold again, the revised.

    Withheld again is what it withheld of a table and year of which anything was revised since: beside the old figures,
    new ones of the same would tell what both withhold. What a cell tells otherwise by itself is not told.
    """
    making = CellRows(network, observations, one.findings, one.year, numbers)
    then = one.cells.set_index("cell_id")[["status", "shown", "value", "rule"]]
    told, kept, revised = set[str](), dict[str, tuple[str, str, str]](), set[tuple[str, str, str]]()
    revisions: list[Revision] = []
    for table in _public_tables(network):
        for row in making.table(table) if not table.of else ():
            name = cell_id(row[part] for part in _DIMENSIONS)
            if name not in then.index:
                continue
            status, shown = then.loc[name, "status"], then.loc[name, "shown"]
            place = (row["table"], row["metric"], row["period"])
            if status == "withheld":
                kept |= dict.fromkeys(row["tells"][:1], place)
                numbers.withheld_before |= set(row["tells"] if len(row["tells"]) == 1 else [])
                numbers.marked_before |= set(_marked(network, row, shown))
                _note_base(row, then.loc[name, "rule"], numbers, numbers.fewer_before)
            elif status == "shown" and shown == row["shown"] and may_have_moved(row, network, one.moved):
                continue
            elif status == "shown" and shown == row["shown"]:
                numbers.tell(row["tells"])
                told |= set(row["tells"])
            elif status == "shown":
                revised.add(place)
                revisions += revision_of(row, then.loc[name, "value"], numbers, one.moved)
    told -= {revision.name for revision in revisions if not revision.by_share}
    return told, {name for name, place in kept.items() if place in revised}, revisions


def _marked(network: Network, row: Row, shown: str) -> list[str]:
    """The numbers of which a cell says in words, as it is `shown`, that they are below the threshold."""
    mark = network.profile(_kind(network, row)).small
    return row["tells"] if row["status"] == "withheld" and mark and shown == mark else []


def _note_base(row: Row, rule: str, numbers: Numbers, fewer: dict[str, int]) -> None:
    """Note in `fewer` what the reason says by which a ratio is withheld: below what the number is that it is of.

    It says so of none that is too small to be told; of a change nobody knows which of its ends is meant.
    """
    if not (count := fewer_than(rule)) or len(row["bases"]) > 1:
        return
    for number in (numbers.known[name] for name in row["bases"]):
        most = count * UNITS[number.metric.unit].scale
        if numbers.threshold(number) <= number.value < most:
            fewer[number.name] = min(most, fewer.get(number.name, most))


def _tells(row: Row) -> bool:
    """Whether a reader has something from a cell: a figure, or its bounds."""
    return row["status"] == "shown" or (row["status"] == "no_value" and not pd.isna(row["upper"]))


def _as_decided(row: Row, decided: Decided, numbers: Numbers, why: dict[str, str]) -> Row:
    """A row as it may be shown: withheld if a number that it tells is."""
    told = row["tells"] if row["status"] in ("shown", "no_value", "withheld") else []
    reasons = [decided.withheld[name] for name in told if name in decided.withheld]
    if row["status"] == "withheld":
        reasons.append(row["rule"])
    if not reasons:
        return row
    why[cell_id(row[name] for name in _DIMENSIONS)] = reasons[0]
    network = numbers.network
    metric = network.catalogue.metric(row["metric"])
    profile = network.profile(metric.protect)
    rule = _rule(network, metric)
    if reasons == [row["rule"]] and _says_its_base(row, numbers):
        rule = row["rule"]
    nan = float("nan")
    return row | {
        "value": nan, "lower": nan, "upper": nan, "status": "withheld", "rule": rule, "note": row["note_withheld"],
        "shown": _mark(row, profile, numbers),
    }  # fmt: skip


def _says_its_base(row: Row, numbers: Numbers) -> bool:
    """Whether a ratio may say that it stands on few: where that tells no more of them than may be known.

    A change does as one of its ends does; a gap in pay, unless the people beside are too few to be told.
    """
    if not _may_say_its_base(row, numbers.network):
        return False
    if fewer_than(row["rule"]):
        return any(name in numbers.fewer for name in row["bases"])
    beside = [numbers.known[name] for name in row["tells"][-1:]]
    few = any(0 < abs(number.value) < numbers.threshold(number) for number in beside)
    return row["rule"].startswith("fewer than") and not few


def _may_say_its_base(row: Row, network: Network) -> bool:
    """Whether few, as the profile of a ratio has it, are more than too few to be told."""
    profile = network.profile(_kind(network, row))
    return profile.percentages.smallest_base > profile.threshold


def _rule(network: Network, metric: Metric) -> str:
    """What is told of all that is withheld of a metric: of counts, of amounts, of counts that members keep."""
    counts = network.catalogue.parts(metric)[0].unit in COUNTED
    closed = getattr(network.confidentiality, metric.protect) == "confidential"
    return (SMALL_OR_OF_FEW if closed else TOO_SMALL) if counts else OF_FEW


def _kind(network: Network, row: Row) -> str:
    return network.catalogue.metric(row["metric"]).protect


def _mark(row: Row, profile: Profile, numbers: Numbers) -> str:
    """What is shown of a withheld cell: words for a small count only where these leave enough of it unknown."""
    if row["status"] == "withheld" and (row["shown"] != profile.small or set(row["tells"]) <= numbers.marked):
        return str(row["shown"])
    return "too few" if row["item"] == "verdict" else profile.withheld


def _reasons(cells: pd.DataFrame, why: Mapping[str, str]) -> pd.DataFrame:
    hidden = cells[cells["status"] == "withheld"]
    reasons = [why.get(name, rule) for name, rule in zip(hidden["cell_id"], hidden["rule"], strict=True)]
    return pd.DataFrame({"cell_id": hidden["cell_id"].to_numpy(), "why": reasons}, dtype="str")


def _held_against(
    network: Network, public: list[TableDefinition], findings: pd.DataFrame, cells: pd.DataFrame, year: NetworkYear
) -> Iterator[Row]:
    """The rows of tables that hold the figures of another table against something."""
    for table in public:
        if table.kind in ("benchmark", "population"):
            yield from _against_benchmark(network, table, findings, cells, year)
    for table in public:
        if table.kind == "targets":
            yield from target_cells(network, table, findings, cells)
    for table in public:
        if table.kind == "real_terms":
            yield from price_cells(network, table, findings, cells)


def _against_benchmark(
    network: Network, table: TableDefinition, findings: pd.DataFrame, cells: pd.DataFrame, year: NetworkYear
) -> Iterator[Row]:
    """The figures of a benchmark or population table, from the cells that another table shows."""
    disadvantaged = network.disadvantaged
    groups = {"most_disadvantaged": disadvantaged.wards} if disadvantaged else {}
    by = f":{network.catalogue.tables[table.of].breakdown}="
    for name in table.metrics:
        chosen = (findings["kind"] == table.kind) & (findings["metric"] == name)
        chosen &= findings["observation_ids"].str.contains(by, regex=False)
        found = findings[chosen]
        metric, shown = network.catalogue.metric(name), cells[cells["table"] == table.of]
        shown = shown[(shown["metric"] == name) & (shown["period"] == str(year)) & (shown["group"] != "")]
        ids = found.set_index("group")["finding_id"]
        profile = network.profile(metric.protect)
        for group, figures in benchmark_figures(shown, found, groups, metric.unit, profile):
            for item, figure in zip(ITEMS, figures, strict=True):
                unit = "times" if item == "quotient" else metric.unit
                row = shown.iloc[0]
                yield {
                    "table": table.id, "kind": table.kind, "metric": name, "period": str(year), "since": "",
                    "since_period": "", "panel": "all", "member": "", "group": group, "item": item, "unit": unit,
                    **figure.as_cell(), "note": "", "source_id": ids[group], "quality": row["quality"],
                    "members_counted": row["members_counted"], "members_expected": row["members_expected"],
                                    }  # fmt: skip
