"""Counting at the member's own site: an extract with rows goes in, and only counts that protect people come out."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pandas as pd

from anchor_analysis import storage
from anchor_analysis.clean import SentReturn, clean_returns
from anchor_analysis.declared import Member, Network, NetworkYear, load_network
from anchor_analysis.engine import open_engine
from anchor_analysis.locate import locate_returns
from anchor_analysis.measure import combined, sums_from_rows
from anchor_analysis.measure.observing import offered_metrics
from anchor_analysis.problems import Problem, UserError
from anchor_analysis.read import SourceTable, read_return
from anchor_analysis.read.counted_workbook import Counted, write_counted_workbook
from anchor_analysis.read.plans import mappings_for
from anchor_analysis.running.areas import in_one_geography
from anchor_analysis.running.counting import THE_EXTRACT, Sums, counted_staff
from anchor_analysis.running.holding import hold
from anchor_analysis.running.references import geography_of, named_references

TABLE = "workforce"
_BREAKDOWNS = ("place", "ward", "decile", "decile_other")


def aggregate_return(
    workspace: storage.Workspace, name: str, member: str, year: str, extract: Path, to: Path
) -> Counted:
    """Count a member's staff extract, and write the counts as a return that holds no row of anybody.

    The extract is read, cleaned, located and summed by the steps of a run, in a folder that is removed again.
    Counts that the network's profile for people withholds are left out; by how much that may move a figure is in
    its `unknown`. Raises UserError with everything that is to be mended in the extract, and where there are too few
    people to tell anything of them (AN050).
    """
    network = in_one_geography(load_network(workspace, name), workspace)
    who, chosen = network.member(member), network.year(year)
    _check(network, who, chosen, extract, to)
    processed = workspace.processed(name)
    with hold(workspace, network, "an aggregation"), storage.scratch(processed) as scratch:
        file = _copied(network, who, extract, scratch / "raw")
        try:
            rows = _rows(network, who, scratch)
            counted = counted_staff(network, _sums(network, workspace, SentReturn(who, chosen, rows), scratch))
            counted = replace(counted, notes=[*counted.notes, ("Placed by", _placed_by(network, workspace))])
        except UserError as error:
            raise _named(error, file, extract.name) from None
    write_counted_workbook(to, network, who, chosen, counted)
    return counted


def _check(network: Network, member: Member, year: NetworkYear, extract: Path, to: Path) -> None:
    problems = []
    if network.standing(member, year) != "member":
        remedy = "Name another year, or correct its dates in network.toml."
        problems.append(Problem("AN029", member.id, f"{member.name} was not a member in {year}.", remedy))
    if "employer" not in member.levers:
        remedy = 'Add "employer" to its levers in network.toml.'
        problems.append(Problem("AN007", "network.toml", f"{member.name} does not report on staff.", remedy))
    if not extract.is_file():
        what = "it is a folder or a device, and no file." if extract.exists() else "there is no such file."
        problems.append(Problem("AN020", str(extract), what, "Name the extract: a .csv or .xlsx."))
    elif extract.resolve() == to.resolve():
        problems.append(Problem("AN014", str(to), "this is the extract itself.", "Name another file after --to."))
    if problems:
        raise UserError(problems)


def _copied(network: Network, member: Member, extract: Path, folder: Path) -> str:
    """Copy the extract into a return of its own; one that no mapping names is taken for the template's."""
    known = extract.suffix.lower() != ".csv" or mappings_for(network, member, extract.name)
    file = extract.name if known else f"{TABLE}.csv"
    shutil.copyfile(extract, storage.made(folder) / file)
    return file


def _rows(network: Network, member: Member, scratch: Path) -> list[SourceTable]:
    sources = [source for source in read_return(scratch / "raw", network, member, scratch / "rows") if source.rows]
    rows = [source for source in sources if source.table == TABLE]
    if len(rows) == len(sources) > 0:
        return rows
    others = " and ".join(sorted({source.table for source in sources} - {TABLE}))
    what = f"it holds rows of {others}." if others else "it holds no rows of staff."
    remedy = "Give an extract of the workforce alone, and send other tables as they are."
    raise UserError(Problem("AN024", THE_EXTRACT, what, remedy))


def _named(error: UserError, file: str, name: str) -> UserError:
    """The error, with the extract called as the person calls it."""

    def where(said: str) -> str:
        return name if said == THE_EXTRACT else said.replace(file, name, 1)

    return UserError(replace(problem, where=where(problem.where)) for problem in error.problems)


def _placed_by(network: Network, workspace: storage.Workspace) -> str:
    """The reference files and lists behind the figures; the sheet Figures tells them by the beginning of their hash."""
    said = [f"{one['role']} {one['id']}, {one['vintage']}" for one in named_references(network, workspace)]
    named = {"wards": network.disadvantaged, "wards_other": network.disadvantaged_other}
    said += [f"{kind} {found.name}" for kind, found in named.items() if found and found.wards]
    return "; ".join(said) or "no reference file"


def _sums(network: Network, workspace: storage.Workspace, sent: SentReturn, scratch: Path) -> Sums:
    engine = open_engine()
    for error in clean_returns([sent], network, engine, storage.made(scratch / "cleaned")).values():
        raise error
    folders = {sent.part: scratch / "cleaned" / sent.part}
    geography = geography_of(network, workspace)
    locate_returns(folders, network, geography, engine, storage.made(scratch / "located"))
    paths = storage.table_files(scratch / "located" / sent.part, TABLE)
    metrics = [metric for metric in offered_metrics(network) if metric.table == TABLE]
    schema, staff = network.catalogue.schema[TABLE], [network.catalogue.metric("staff")]
    columns = [f"home_{name}" for name in _BREAKDOWNS]
    rows = combined(paths, metrics, schema, engine, scratch / "combined.parquet", columns)
    totals = _numbers(sums_from_rows(rows, metrics, schema, engine), "metric")
    by = (_numbers(sums_from_rows(rows, staff, schema, engine, column), "group") for column in columns)
    return Sums(geography.basis, metrics, totals, *by)


def _numbers(sums: pd.DataFrame, by: str) -> dict[str, int]:
    return {str(name): int(number) for name, number in zip(sums[by], sums["numerator"], strict=True)}
