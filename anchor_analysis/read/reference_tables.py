"""Reference files to sorted Parquet, streamed through DuckDB, after their codes have been checked."""

from __future__ import annotations

import re
from pathlib import Path

import duckdb

from anchor_analysis.problems import Problem, UserError

_POSTCODE = "(?:GIR0AA|[A-Z]{1,2}[0-9][0-9A-Z]?[0-9][A-Z]{2})"
# nine-character codes of all four nations and the islands; Northern Ireland's old areas have eight
_AREA = "(?:[A-Z][0-9]{8}|[0-9]{2}[A-Z]{2}[0-9]{2}[A-Z][0-9])"
_NO_CODE = "[A-Z]9{8}"
_MONTH = "(?:19|20)[0-9]{2}(?:0[1-9]|1[0-2])"

#: A national directory of a gigabyte goes through this; every further thread would want a buffer of its own.
_MODEST: dict[str, str | int] = {"memory_limit": "1GB", "threads": 4}

_REMEDY = "Take the publisher's own file again, unchanged."

#: How each column is made from its source text, the form that it must have, and its type.
_COLUMNS = {
    "postcodes": {
        "postcode": ("upper(replace({}, ' ', ''))", _POSTCODE, "VARCHAR"),
        "lad": ("trim({})", _AREA, "VARCHAR"),
        "ward": ("trim({})", _AREA, "VARCHAR"),
        "lsoa11": ("trim({})", _AREA, "VARCHAR"),
        "lsoa21": ("trim({})", _AREA, "VARCHAR"),
        "terminated": ("trim({})", _MONTH, "INTEGER"),
    },
    "deprivation": {
        "lsoa": ("trim({})", "[A-Z][0-9]{8}", "VARCHAR"),
        "rank": ("replace(trim({}), ',', '')", "[1-9][0-9]{0,8}", "INTEGER"),
        "decile": ("trim({})", "[1-9]|10", "INTEGER"),
    },
}
_NEEDED = {"postcode", "lsoa", "rank", "decile"}


def write_table(file: Path, kind: str, columns: dict[str, int], width: int, encoding: str, target: Path) -> int:
    """Write a recognised file as Parquet sorted by its first column, and give the number of rows.

    `columns` gives the position of each column among `width`; one that the file lacks is missing throughout.
    Raises UserError (AN031) for rows of another width, codes not in their form, repeated keys, and ranks that
    do not run from 1 on.
    """
    with duckdb.connect(config={**_MODEST, "temp_directory": str(target.parent)}) as connection:
        connection.execute("SET enable_progress_bar = false")
        _load(connection, file, columns, width, encoding)
        problems = _form_faults(connection, kind, columns, file.name)
        if not problems:
            _convert(connection, kind, columns)
            problems = [
                *_no_rows(connection, file.name),
                *_repeated(connection, kind, file.name),
                *_rank_faults(connection, kind, file.name),
            ]
        if problems:
            raise UserError(problems)
        connection.sql("FROM converted ORDER BY 1").write_parquet(str(target), compression="zstd")
        return _value(connection, "SELECT count(*) FROM converted")


def _load(
    connection: duckdb.DuckDBPyConnection, file: Path, columns: dict[str, int], width: int, encoding: str
) -> None:
    """The columns that are taken, as text, in a table `source`; text is trimmed nowhere yet."""
    types = ", ".join(f"c{place}: 'VARCHAR'" for place in range(width))
    taken = ", ".join(f"c{place} AS {column}" for column, place in columns.items())
    name = re.sub(r"([*?\[])", r"[\1]", str(file))  # a file's own * or [ is no pattern
    settings = (
        "auto_detect = false, header = true, delim = ',', quote = '\"', escape = '\"', nullstr = '', "
        f"encoding = '{'utf-8' if encoding == 'utf-8' else 'latin-1'}', columns = {{{types}}}"
    )
    try:
        connection.execute(f"CREATE TABLE source AS SELECT {taken} FROM read_csv(?, {settings})", [name])
    except duckdb.InvalidInputException as error:
        line = re.search(r"Line: (\d+)", str(error))
        where = f"{file.name}, line {line[1]}" if line else file.name
        what = f"the row cannot be read as one of the {width} columns that the headers name."
        raise UserError(Problem("AN031", where, what, _REMEDY)) from None


def _form_faults(connection: duckdb.DuckDBPyConnection, kind: str, columns: dict[str, int], file: str) -> list[Problem]:
    faults = []
    for column in columns:
        text, form, _ = _COLUMNS[kind][column]
        if_blank = "true" if column in _NEEDED else "false"
        wrong = f"coalesce(NOT regexp_full_match(nullif({text.format(column)}, ''), '{form}'), {if_blank})"
        count = _value(connection, f"SELECT count(*) FROM source WHERE {wrong}")
        if count:
            # reference data are public, so the values may be shown
            shown = _examples(connection, f"SELECT DISTINCT {column} FROM source WHERE {wrong}")
            rows = "row does" if count == 1 else "rows do"
            what = f"{count:,} {rows} not hold what this column must: {shown}."
            faults.append(Problem("AN031", f"{file}, {column}", what, _REMEDY))
    return faults


def _convert(connection: duckdb.DuckDBPyConnection, kind: str, columns: dict[str, int]) -> None:
    made = []
    for column, (text, _, kind_of) in _COLUMNS[kind].items():
        value = f"nullif({text.format(column)}, '')" if column in columns else "NULL"
        if kind == "postcodes" and kind_of == "VARCHAR":
            value = f"CASE WHEN NOT regexp_full_match({value}, '{_NO_CODE}') THEN {value} END"
        made.append(f"CAST({value} AS {kind_of}) AS {column}")
    connection.execute(f"CREATE TABLE converted AS SELECT {', '.join(made)} FROM source")
    connection.execute("DROP TABLE source")


def _no_rows(connection: duckdb.DuckDBPyConnection, file: str) -> list[Problem]:
    if _value(connection, "SELECT count(*) FROM converted"):
        return []
    return [Problem("AN031", file, "the file holds headers and no rows.", _REMEDY)]


def _repeated(connection: duckdb.DuckDBPyConnection, kind: str, file: str) -> list[Problem]:
    key = next(iter(_COLUMNS[kind]))
    repeated = f"SELECT {key} FROM converted GROUP BY {key} HAVING count(*) > 1"
    count = _value(connection, f"SELECT count(*) FROM ({repeated})")
    if not count:
        return []
    stand = "stands" if count == 1 else "stand"
    what = f"{count:,} {stand} there more than once: {_examples(connection, repeated)}."
    return [Problem("AN031", f"{file}, {key}", what, _REMEDY)]


def _rank_faults(connection: duckdb.DuckDBPyConnection, kind: str, file: str) -> list[Problem]:
    if kind != "deprivation":
        return []
    faults = []
    # LSOAs of equal score share a rank and the next one is left out: 2019 has 26 such pairs
    counted = "SELECT rank <> rank() OVER (ORDER BY rank) AS wrong FROM converted"
    if _value(connection, f"SELECT count(*) FROM ({counted}) WHERE wrong"):
        what = "the ranks do not run from 1 on without a gap, save where LSOAs share one."
        faults.append(Problem("AN031", f"{file}, rank", what, f"{_REMEDY} It must hold all of England."))
    above = "max(decile) OVER (ORDER BY rank, decile ROWS UNBOUNDED PRECEDING)"
    if _value(connection, f"SELECT count(*) FROM (SELECT decile < {above} AS wrong FROM converted) WHERE wrong"):
        what = "a lower rank has a higher decile than a higher rank has."
        faults.append(Problem("AN031", f"{file}, decile", what, _REMEDY))
    return faults


def _examples(connection: duckdb.DuckDBPyConnection, query: str) -> str:
    values = [row[0] for row in connection.cursor().execute(f"FROM ({query}) ORDER BY 1").fetchmany(3)]
    return ", ".join("blank" if value is None else f'"{value}"' for value in values)


def _value(connection: duckdb.DuckDBPyConnection, query: str) -> int:
    found = connection.cursor().execute(query).fetchmany(1)
    return int(found[0][0])
