"""One member's return: every file of it, brought to rows with their origin."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import chain, islice
from pathlib import Path
from typing import Any, TypeVar

from xlsxwriter.utility import xl_col_to_name

from anchor_analysis import storage, telling
from anchor_analysis.declared.network import Member, Network
from anchor_analysis.problems import Problem, UserError
from anchor_analysis.read.archives import open_parquet, unpacked
from anchor_analysis.read.cells import Columns, Row, as_text, in_columns
from anchor_analysis.read.faulty_cells import UNCALCULATED, Faults
from anchor_analysis.read.headers import (
    DEEPEST,
    Headers,
    Layout,
    find_headers,
    holds_a_table,
    is_header_row,
    mistaken_for,
    no_header_row,
)
from anchor_analysis.read.kinds import Kind, kind_of
from anchor_analysis.read.plain_text import text_columns
from anchor_analysis.read.plans import (
    Plan,
    file_plans,
    how_to_map,
    normalise,
    sheet_plans,
    template_table,
    unknown_file,
    unknown_sheets,
)
from anchor_analysis.read.rows import Origin, Places, write_rows
from anchor_analysis.read.text_files import delimiter_of, encoding_of, open_csv
from anchor_analysis.read.totals import SHEET as TOTALS
from anchor_analysis.read.totals import Stated, stated_totals
from anchor_analysis.read.workbooks import Workbook

T = TypeVar("T")

_LEFT_BEHIND = frozenset({"thumbs.db", "desktop.ini"})


@dataclass(frozen=True)
class SourceTable:
    """One sheet or CSV file as read: its canonical table, where its rows now are, and how many.

    `sha256` is of the file as it came; `encoding` is that of text, and empty for others; `read_by` is the plan that
    knew its headers: the template, a crosswalk or a mapping. `stated` is what the member says it sends, on the
    template's sheet Totals: how many rows, and their sum in pence. `last_full` is the last row that is more than a
    note, missing where all rows are narrow.
    """

    table: str
    file: str
    sheet: str
    path: Path
    rows: int
    sha256: str
    encoding: str = ""
    read_by: str = ""
    stated: Stated = (None, None)
    last_full: int | None = None


class PartlyRead(UserError):
    """Everything that is wrong with a return, and the tables of it that could be read all the same."""

    def __init__(self, problems: Iterable[Problem], sources: Sequence[SourceTable]):
        super().__init__(problems)
        self.sources = sources

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.problems, self.sources)


def read_return(
    folder: Path, network: Network, member: Member, into: Path, left_out: Collection[str] = ()
) -> list[SourceTable]:
    """Read every file of a member's return, and write one Parquet file for each sheet or CSV into `into`.

    One row per source row, blank ones too, in the columns that `rows.write_rows` names. Hidden files, lock
    files and README files are passed over; a folder without files gives an empty list. Raises one PartlyRead
    with all problems of the return: a file that cannot be opened (AN020), cells that cannot be read (AN021),
    headers that are missing (AN022) or not known (AN023), files and sheets that nobody knows (AN024). Files
    that are `left_out` are not opened; one that is not there is a problem too (AN035).
    """
    into.mkdir(parents=True, exist_ok=True)
    reading = _Reading(network, member, into)
    files = {path.relative_to(folder).as_posix(): path for path in _files(folder)}
    absent = [_not_there(file) for file in sorted(set(left_out) - files.keys())]
    tasks = [
        partial(reading.file, path, file, f"{number:03d}")
        for number, (file, path) in enumerate(files.items(), 1)
        if file not in left_out
    ]
    try:
        return list(chain.from_iterable(_all_of(tasks, absent)))
    except UserError as error:
        raise PartlyRead(error.problems, reading.found) from None


def _not_there(file: str) -> Problem:
    what = "answers.toml leaves the file out, and the return has no such file."
    return Problem("AN035", file, what, "Correct its name in answers.toml, or take the entry out.")


def _files(folder: Path) -> list[Path]:
    """The files of a return by name, without what file systems and open programs leave behind."""
    found = storage.files_of(folder)
    kept = [path for path in found if not any(left_behind(part) for part in path.relative_to(folder).parts)]
    return sorted(kept, key=lambda path: path.relative_to(folder).as_posix())


def left_behind(name: str) -> bool:
    """Whether a file's name is of what is not read: left behind by systems and programs, or for people to read."""
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


@dataclass(frozen=True)
class _Source:
    """One table of cells in a file: where it is from, how its rows are had, and what stands in unreadable cells.

    `foreign` are the cells whose number is shown in another currency than pounds. `columns` gives the rows from one on,
    counted from 0, where they are had more quickly so.
    """

    origin: Origin
    sha256: str
    open: Callable[[], AbstractContextManager[Iterator[Row]]]
    encoding: str = ""
    faults: Faults = field(default_factory=dict)
    foreign: Faults = field(default_factory=dict)
    columns: Callable[[int], Iterator[Columns]] | None = None


class _Reading:
    """Reading the files of one return into a folder; `found` are the tables of which every needed column was read."""

    def __init__(self, network: Network, member: Member, into: Path):
        self.network, self.member, self.into = network, member, into
        self.found: list[SourceTable] = []

    def file(self, path: Path, file: str, number: str) -> list[SourceTable]:
        """Every table of a file; `number` begins the names of what is written."""
        try:
            with telling.at(file):
                return self._tables(path, file, number)
        except PermissionError as error:
            if error.filename not in (None, str(path)):  # what is read may not be written
                raise
            remedy = "Close it in other programs, and see that you may read it."
            raise UserError(Problem("AN020", file, "the file may not be read.", remedy)) from None

    def _tables(self, path: Path, file: str, number: str) -> list[SourceTable]:
        kind = kind_of(path, file)
        if kind == "zip":
            return self._archive(path, file, number)
        if kind in ("text", "parquet"):
            return [self._text(path, file, number) if kind == "text" else self._parquet(path, file, number)]
        return self._workbook(path, file, kind, number)

    def _archive(self, path: Path, file: str, number: str) -> list[SourceTable]:
        sha256 = storage.file_hash(path)
        with storage.scratch(self.into) as folder, unpacked(path, file, folder) as inside:
            tasks = [
                partial(self.file, one, f"{file}/{name}", f"{number}-{place:02d}")
                for place, (name, one) in enumerate(inside, 1)
            ]
            return [replace(source, sha256=sha256) for source in chain.from_iterable(_all_of(tasks))]

    def _text(self, path: Path, file: str, number: str) -> SourceTable:
        plans = file_plans(self.network, self.member, Path(file).name, file)
        encoding = encoding_of(path, file)
        delimiter = delimiter_of(path, encoding, lambda row: any(is_header_row(row, plan) for plan in plans))
        rows = partial(open_csv, path, encoding, file, delimiter)
        columns = partial(text_columns, path, encoding, file, delimiter)
        source = _Source(Origin(file), storage.file_hash(path), rows, encoding, columns=columns)
        return self._table(source, plans, number)

    def _parquet(self, path: Path, file: str, number: str) -> SourceTable:
        plans = file_plans(self.network, self.member, Path(file).name, file)
        return self._table(
            _Source(Origin(file), storage.file_hash(path), partial(open_parquet, path, file)), plans, number
        )

    def _workbook(self, path: Path, file: str, kind: Kind, number: str) -> list[SourceTable]:
        book, sha256 = Workbook(path, kind, file), storage.file_hash(path)
        plans, problems = sheet_plans(self.network, self.member, Path(file).name, book.sheets, file)
        tasks, strange = [], []
        for place, sheet in enumerate(book.sheets, 1):
            rows, columns = partial(_opened, book, sheet), partial(book.columns, sheet)
            source = _Source(
                Origin(file, sheet), sha256, rows, faults=book.faults(sheet), foreign=book.foreign.get(sheet, {}),
                columns=columns,
            )  # fmt: skip
            if sheet in plans and (template_table(self.network, sheet) or _is_known(source, plans[sheet])):
                tasks.append(partial(self._table, source, plans[sheet], f"{number}-{place:02d}"))
                problems += [_hidden(source)] if sheet in book.hidden else []
            elif sheet in plans and sheet not in book.hidden and _holds_a_table(source):
                strange.append(sheet)
        if not problems and (strange or not tasks):
            problems.append(unknown_sheets(self.network, strange, bool(tasks), file))
        stated: dict[str, Stated] = {}
        try:
            for sheet in book.sheets:
                stated |= stated_totals(book.rows(sheet), file) if normalise(sheet) == normalise(TOTALS) else {}
        except UserError as error:
            problems += error.problems
        found = _all_of(tasks, problems)
        return [replace(source, stated=stated.get(source.table, source.stated)) for source in found]

    def _table(self, source: _Source, plans: list[Plan], number: str) -> SourceTable:
        """Read one table of cells; raises UserError with all its problems."""
        with source.open() as rows:
            headers = self._headers(source, plans)
            above = list(islice(rows, headers.above))
            problems = [*headers.problems, *_records_above(above, headers, source.origin)]
            deque(islice(rows, len(headers.lines)), maxlen=0)
            below = headers.above + len(headers.lines)
            batches = source.columns(below) if source.columns else in_columns(rows)
            schema, layout = headers.plan.schema, headers.layout
            target = self.into / f"{number}-{schema.table}.parquet"
            try:
                written = write_rows(batches, headers, above, source.origin, target)
            except UserError as error:
                raise UserError([*problems, *error.problems]) from None
        where = source.origin
        wrong = [*_faulty(source.faults, layout, where, below), *_foreign(source, headers, below)]
        read = SourceTable(
            schema.table, where.file, where.sheet, target, written.count, source.sha256, source.encoding,
            headers.plan.name, last_full=written.last_full,
        )  # fmt: skip
        if not wrong and headers.plan.required <= layout.positions.keys():
            self.found.append(read)
        if problems := [*problems, *_outside(written.outside, layout), *wrong]:
            raise UserError(problems)
        return read

    def _headers(self, source: _Source, plans: list[Plan]) -> Headers:
        first_rows, broken = _first_rows(source)
        where = source.origin.where
        headers = find_headers(first_rows, plans, where)
        if broken and headers is None:
            raise broken
        other = mistaken_for(first_rows, self.network.catalogue.other_files.values())
        if other and (headers is None or headers.problems):
            raise UserError(Problem("AN024", where, f"by its headers this is {other.title}.", other.remedy))
        if headers is None and len({plan.schema.table for plan in plans}) > 1:
            raise UserError(unknown_file(self.network, where))
        if headers is None:
            plan = plans[0]
            raise UserError(no_header_row(plan, where, how_to_map(self.network, plan.schema.table)))
        return headers


def _records_above(above: list[Row], headers: Headers, origin: Origin) -> Iterator[Problem]:
    """Rows above the headers that look like records: every column that may not be blank is filled, with a figure."""
    places = [
        headers.layout.positions[column] for column in headers.plan.required if column in headers.layout.positions
    ]
    records = Places(origin, "row")
    for number, row in enumerate(above, 1):
        cells = [as_text(row[place]) if place < len(row) else "" for place in places]
        if places and all(cell.strip() for cell in cells) and any(map(str.isdigit, "".join(cells))):
            records.add(number)
    if records.count:
        what = "what stands above the headers looks like records, and records stand below them."
        yield records.problem("AN022", what, "Put the headers above all rows of the table.", "a title or a note")


@contextmanager
def _opened(book: Workbook, sheet: str) -> Iterator[Iterator[Row]]:
    yield book.rows(sheet)


def _first_rows(source: _Source) -> tuple[list[list[str]], UserError | None]:
    """The rows among which the headers are, and what broke off their reading."""
    found: list[list[str]] = []
    with source.open() as rows:
        try:
            found.extend([as_text(cell) for cell in row] for row in islice(rows, DEEPEST))
        except UserError as error:
            return found, error
    return found, None


def _is_known(source: _Source, plans: list[Plan]) -> bool:
    """Whether the headers of a sheet say what it is, though its name does not, or a mapping says so."""
    return len(plans) == 1 or find_headers(_first_rows(source)[0], plans, source.origin.where) is not None


def _holds_a_table(source: _Source) -> bool:
    with source.open() as rows:
        return holds_a_table([as_text(cell) for cell in row] for row in rows)


def _hidden(source: _Source) -> Problem:
    what = "the sheet is hidden and holds a table, so nobody knows whether it is meant."
    return Problem("AN024", source.origin.where, what, "Show the sheet if it is to be read, or delete it.")


def _outside(outside: Places, layout: Layout) -> Iterator[Problem]:
    if outside.count:
        what = f"there are values beyond the {layout.width - len(layout.unheaded)} columns that have a header."
        remedy = "Put a cell that holds a comma in quotation marks, or give the column its header."
        yield outside.problem("AN021", what, remedy, "nothing beyond the columns with a header")


def _faulty(faults: Faults, layout: Layout, origin: Origin, below: int) -> Iterator[Problem]:
    for said, cells in _told(faults, set(layout.positions.values()), origin, below):
        what = f"holds {said}." if said == UNCALCULATED else f"shows the error {said}."
        remedy = "Write the value that is meant, or leave the cell blank."
        if said == UNCALCULATED:
            remedy = "Open the workbook in a spreadsheet program, save it, and send it again."
        yield cells.problem("AN021", what, remedy, "a value")


def _foreign(source: _Source, headers: Headers, below: int) -> Iterator[Problem]:
    positions, columns = headers.layout.positions, headers.plan.schema.columns
    amounts = {place for name, place in positions.items() if columns[name].type in ("money", "figure")}
    for said, cells in _told(source.foreign, amounts, source.origin, below):
        remedy = (
            "Send it in pounds, as your own ledger has it. If it is in pounds, give the cell a format that says so."
        )
        yield cells.problem("AN021", f"shows an amount in {said}.", remedy, "an amount in pounds")


def _told(there: Faults, columns: set[int], origin: Origin, below: int) -> Iterator[tuple[str, Places]]:
    """What is said of cells of some columns below the headers, each saying with all its cells."""
    mine = {place: said for place, said in there.items() if place[0] >= below and place[1] in columns}
    for said in sorted(set(mine.values())):
        cells = Places(origin, "cell")
        for row, column in sorted(place for place, text in mine.items() if text == said):
            cells.add(row + 1, xl_col_to_name(column))
        yield said, cells
