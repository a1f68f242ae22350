"""One member's return: every file of it, brought to rows with their origin."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import chain, islice
from pathlib import Path
from typing import TypeVar

from xlsxwriter.utility import xl_rowcol_to_cell

from anchor_analysis import storage
from anchor_analysis.declared.network import Member, Network
from anchor_analysis.problems import Problem, UserError
from anchor_analysis.read.csv_files import encoding_of, open_csv
from anchor_analysis.read.faulty_cells import UNCALCULATED
from anchor_analysis.read.headers import Layout, is_header_row, match_headers, no_header_row
from anchor_analysis.read.plans import Plan, csv_plan, how_to_map, sheet_names, sheet_plans
from anchor_analysis.read.rows import Origin, Places, write_rows
from anchor_analysis.read.workbooks import Workbook

T = TypeVar("T")

#: So many rows are looked at for the headers, when the first row does not hold them.
_PREAMBLE = 20

_LEFT_BEHIND = frozenset({"thumbs.db", "desktop.ini"})
_AS_XLSX = "Save it as an Excel workbook (.xlsx) or as CSV UTF-8."
_OTHER_KINDS = {
    ".xls": ("the old Excel format", _AS_XLSX),
    ".xlsb": ("Excel's binary format", _AS_XLSX),
    ".xlsm": ("an Excel workbook with macros", _AS_XLSX),
    ".ods": ("an OpenDocument spreadsheet", _AS_XLSX),
    ".numbers": ("a Numbers spreadsheet", _AS_XLSX),
    ".tsv": ("text parted by tabs", _AS_XLSX),
    ".txt": ("plain text", _AS_XLSX),
    ".pdf": ("a PDF", "Send the data themselves as an Excel workbook (.xlsx) or as CSV UTF-8."),
    ".zip": ("an archive", "Unpack it and send the files that it holds."),
}


@dataclass(frozen=True)
class SourceTable:
    """One sheet or CSV file as read: its canonical table, where its rows now are, and how many.

    `sha256` is of the file as it came; `encoding` is `utf-8` or `cp1252`, and empty for a workbook.
    """

    table: str
    file: str
    sheet: str
    path: Path
    rows: int
    sha256: str
    encoding: str = ""


def read_return(folder: Path, network: Network, member: Member, into: Path) -> list[SourceTable]:
    """Read every file of a member's return, and write one Parquet file for each sheet or CSV into `into`.

    One row per source row, blank ones too, in the columns that `rows.write_rows` names. Hidden files, lock
    files and README files are passed over; a folder without files gives an empty list. Raises one UserError
    with all problems of the return: a file that cannot be opened (AN020), cells that cannot be read (AN021),
    headers that are missing (AN022) or not known (AN023), files and sheets that nobody knows (AN024).
    """
    into.mkdir(parents=True, exist_ok=True)
    tasks = [
        partial(_read_file, path, path.relative_to(folder).as_posix(), network, member, into / f"{number:03d}")
        for number, path in enumerate(_files(folder), 1)
    ]
    return list(chain.from_iterable(_all_of(tasks)))


def _files(folder: Path) -> list[Path]:
    """The files of a return by name, without what file systems and open programs leave behind."""
    found = [path for path in folder.rglob("*") if path.is_file()]
    kept = [path for path in found if not any(_passed_over(part) for part in path.relative_to(folder).parts)]
    return sorted(kept, key=lambda path: path.relative_to(folder).as_posix())


def _passed_over(name: str) -> bool:
    return name.startswith((".", "~$", "__MACOSX")) or name.lower().startswith("readme") or name.lower() in _LEFT_BEHIND


def _all_of(tasks: Iterable[Callable[[], T]], known: Iterable[Problem] = ()) -> list[T]:
    """The results of all tasks, or one UserError with the known problems and those of all: a return goes back once."""
    results, problems = [], list(known)
    for task in tasks:
        try:
            results.append(task())
        except UserError as error:
            problems += error.problems
    if problems:
        raise UserError(problems)
    return results


def _read_file(path: Path, file: str, network: Network, member: Member, into: Path) -> list[SourceTable]:
    kind = path.suffix.lower()
    try:
        if kind == ".csv":
            return [_read_csv(path, file, network, member, into)]
        if kind == ".xlsx":
            return _read_workbook(path, file, network, member, into)
    except PermissionError:
        remedy = "Close it in other programs, and see that you may read it."
        raise UserError(Problem("AN020", file, "the file may not be read.", remedy)) from None
    if kind in _OTHER_KINDS:
        what, remedy = _OTHER_KINDS[kind]
        raise UserError(Problem("AN020", file, f"the file is {what}, which is not read.", remedy))
    expected = ", ".join(sheet_names(network))
    kinds = f"a workbook (.xlsx) with sheets {expected}, or CSV files of these names"
    remedy = f"A return is {kinds}. Notes go in README.txt."
    raise UserError(Problem("AN024", file, "nobody has said what this file is.", remedy))


def _read_csv(path: Path, file: str, network: Network, member: Member, into: Path) -> SourceTable:
    plan = csv_plan(network, member, path.name, file)
    encoding = encoding_of(path, file)
    target = into.with_name(f"{into.name}-{plan.schema.table}.parquet")
    with open_csv(path, encoding, file) as rows:
        count = _read_rows(rows, plan, Origin(file), target, {}, how_to_map(network, plan.schema.table))
    return SourceTable(plan.schema.table, file, "", target, count, storage.file_hash(path), encoding)


def _read_workbook(path: Path, file: str, network: Network, member: Member, into: Path) -> list[SourceTable]:
    book = Workbook(path, file)
    sha256 = storage.file_hash(path)

    def read_sheet(sheet: str, plan: Plan) -> SourceTable:
        target = into.with_name(f"{into.name}-{book.sheets.index(sheet) + 1:02d}-{plan.schema.table}.parquet")
        faults = book.faults(sheet)
        rows = book.rows(sheet, faults)
        count = _read_rows(rows, plan, Origin(file, sheet), target, faults, how_to_map(network, plan.schema.table))
        return SourceTable(plan.schema.table, file, sheet, target, count, sha256)

    plans, faults = sheet_plans(network, member, path.name, book.sheets, file)
    return _all_of([partial(read_sheet, sheet, plan) for sheet, plan in plans.items()], faults)


def _read_rows(
    rows: Iterator[list[str]],
    plan: Plan,
    origin: Origin,
    target: Path,
    faults: dict[tuple[int, int], str],
    remedy: str,
) -> int:
    """Write the rows of one source and give their number; raises UserError with all its problems."""
    header = next(rows, [])
    if not is_header_row(header, plan):
        first_rows = [header, *islice(rows, _PREAMBLE)]
        raise UserError(no_header_row(first_rows, plan, origin.where, remedy))
    layout, problems = match_headers(header, plan, origin.where)
    try:
        count, outside = write_rows(rows, layout, plan.schema, origin, target)
    except UserError as error:
        raise UserError([*problems, *error.problems]) from None
    problems += [*_outside(outside, layout, origin), *_faulty(faults, layout, origin)]
    if problems:
        raise UserError(problems)
    return count


def _outside(outside: Places, layout: Layout, origin: Origin) -> Iterator[Problem]:
    if outside.count:
        what = f"there are values beyond the {layout.width - len(layout.unheaded)} columns that have a header."
        remedy = "Put a cell that holds a comma in quotation marks, or give the column its header."
        yield Problem("AN021", f"{origin.where}, {outside}", what, remedy)


def _faulty(faults: dict[tuple[int, int], str], layout: Layout, origin: Origin) -> Iterator[Problem]:
    read = set(layout.positions.values())
    for said in sorted(set(faults.values())):
        cells = Places("cell")
        for row, column in sorted(place for place, text in faults.items() if text == said and place[1] in read):
            cells.add(xl_rowcol_to_cell(row, column))
        if cells.count:
            what = f"holds {said}." if said == UNCALCULATED else f"shows the error {said}."
            remedy = "Write the value that is meant, or leave the cell blank."
            if said == UNCALCULATED:
                remedy = "Open the workbook in a spreadsheet program, save it, and send it again."
            yield Problem("AN021", f"{origin.where}, {cells}", what, remedy)
