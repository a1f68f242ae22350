"""Reference files to sorted Parquet, streamed through DuckDB, after their values have been checked."""

from __future__ import annotations

import re
from pathlib import Path

import duckdb

from anchor_analysis.problems import Problem, UserError
from anchor_analysis.read.reference_kinds import Recognised, refused

#: A national directory of a gigabyte goes through this; every further thread would want a buffer of its own.
_MODEST: dict[str, str | int] = {"memory_limit": "1GB", "threads": 4}

_REMEDY = "Take the publisher's own file again, unchanged."


def write_table(file: Path, found: Recognised, encoding: str, target: Path, name: str) -> dict[str, int]:
    """Write a recognised file as Parquet sorted by its key; `rows`, and how many were `left_out` of those it has.

    A column that the file lacks is missing throughout. Raises UserError (AN031, naming the file by `name`) for rows of
    another width, values not in their form, repeated keys, and ranks that do not run from 1 on.
    """
    with duckdb.connect(config={**_MODEST, "temp_directory": str(target.parent)}) as connection:
        connection.execute("SET enable_progress_bar = false")
        _load(connection, file, found, encoding, name)
        problems = _faults(connection, found, name)
        if not problems:
            _define(connection, found)
            problems = [
                *_no_rows(connection, name),
                *_repeated(connection, found, name),
                *_rank_faults(connection, found, name),
                *_missing_years(connection, found, name),
            ]
        if problems:
            raise UserError(problems)
        order = ", ".join(found.form.key)
        connection.sql(f"FROM made ORDER BY {order}").write_parquet(str(target), compression="zstd")
        rows, of = (_value(connection, f"SELECT count(*) FROM {table}") for table in ("made", "source"))
        return {"rows": rows, "left_out": of - rows}


def _load(connection: duckdb.DuckDBPyConnection, file: Path, found: Recognised, encoding: str, name: str) -> None:
    """The text of the columns that are taken, blank where it says nothing, in a table `source`."""
    width, columns = len(found.headers), found.form.columns
    types = ", ".join(f"c{place}: 'VARCHAR'" for place in range(width))
    taken = ", ".join(
        f"nullif({columns[column].text.replace('{}', f'c{place}')}, '') AS {column}"
        for column, place in found.columns.items()
    )
    pattern = re.sub(r"([*?\[])", r"[\1]", str(file))  # a file's own * or [ is no pattern
    settings = (
        "auto_detect = false, header = true, delim = ',', quote = '\"', escape = '\"', nullstr = '', "
        f"encoding = '{'utf-8' if encoding == 'utf-8' else 'latin-1'}', columns = {{{types}}}"
    )
    try:
        connection.execute(f"CREATE TABLE source AS SELECT {taken} FROM read_csv(?, {settings})", [pattern])
    except duckdb.InvalidInputException as error:
        line = re.search(r"Line: (\d+)", str(error))
        where = f"{name}, line {line[1]}" if line else name
        what = f"the row cannot be read as one of the {width} columns that the headers name."
        raise UserError(Problem("AN031", where, what, _REMEDY)) from None


def _faults(connection: duckdb.DuckDBPyConnection, found: Recognised, file: str) -> list[Problem]:
    """The values that are not as they must be; each is looked at once, since codes repeat."""
    faults = []
    for name in found.columns:
        column = found.form.columns[name]
        wrong = f"coalesce(NOT {column.valid.replace('{}', name)}, {'true' if column.filled else 'false'})"
        found_wrong = f"SELECT {name}, count(*) AS rows FROM source GROUP BY {name} HAVING {wrong}"
        if count := _value(connection, f"SELECT coalesce(sum(rows), 0) FROM ({found_wrong})"):
            # reference data are public, so the values may be shown
            shown = _examples(connection, f"SELECT {name} FROM ({found_wrong})")
            rows = "row does" if count == 1 else "rows do"
            what = f"{count:,} {rows} not hold what this column must: {shown}."
            faults.append(refused(f"{file}, {name}", what, _REMEDY))
    return faults


def _define(connection: duckdb.DuckDBPyConnection, found: Recognised) -> None:
    """The view `made`: the table as it is written. A view, since the text alone fills half of the memory."""
    form = found.form
    values = [
        f"CAST({column.value.replace('{}', name) if name in found.columns else 'NULL'} AS {column.type}) AS {name}"
        for name, column in form.columns.items()
    ]
    derived = [f"{form.derived.get(name, name)} AS {name}" for name in form.table]
    connection.execute(f"CREATE VIEW typed AS SELECT {', '.join(values)} FROM source")
    connection.execute(f"CREATE VIEW whole AS SELECT {', '.join(derived)} FROM typed")
    distinct = "DISTINCT" if form.distinct else ""
    connection.execute(f"CREATE VIEW made AS SELECT {distinct} * FROM whole WHERE {form.kept}")


def _no_rows(connection: duckdb.DuckDBPyConnection, file: str) -> list[Problem]:
    if _value(connection, "SELECT count(*) FROM made"):
        return []
    return [refused(file, "the file holds headers and no rows.", _REMEDY)]


def _repeated(connection: duckdb.DuckDBPyConnection, found: Recognised, file: str) -> list[Problem]:
    key = ", ".join(found.form.key)
    repeated = f"SELECT {key} FROM made GROUP BY {key} HAVING count(*) > 1"
    count = _value(connection, f"SELECT count(*) FROM ({repeated})")
    if not count:
        return []
    stand = "stands" if count == 1 else "stand"
    what = f"{count:,} {stand} there more than once: {_examples(connection, repeated)}."
    return [refused(f"{file}, {key}", what, _REMEDY)]


def _rank_faults(connection: duckdb.DuckDBPyConnection, found: Recognised, file: str) -> list[Problem]:
    if found.form.kind != "deprivation":
        return []
    faults = []
    # LSOAs of equal score share a rank and the next one is left out: 2019 has 26 such pairs
    counted = "SELECT rank <> rank() OVER (ORDER BY rank) AS wrong FROM made"
    if _value(connection, f"SELECT count(*) FROM ({counted}) WHERE wrong"):
        what = "the ranks do not run from 1 on without a gap, save where LSOAs share one."
        faults.append(refused(f"{file}, rank", what, f"{_REMEDY} It must hold all of England."))
    above = "max(decile) OVER (ORDER BY rank, decile ROWS UNBOUNDED PRECEDING)"
    if _value(connection, f"SELECT count(*) FROM (SELECT decile < {above} AS wrong FROM made) WHERE wrong"):
        what = "a lower rank has a higher decile than a higher rank has."
        faults.append(refused(f"{file}, decile", what, _REMEDY))
    return faults


def _missing_years(connection: duckdb.DuckDBPyConnection, found: Recognised, file: str) -> list[Problem]:
    """The growth of prices over a year that is not there is not known."""
    if found.form.kind != "deflator":
        return []
    if _value(connection, "SELECT max(year) - min(year) + 1 - count(*) FROM made") == 0:
        return []
    return [refused(f"{file}, year", "the financial years have a gap.", _REMEDY)]


def _examples(connection: duckdb.DuckDBPyConnection, query: str) -> str:
    rows = connection.cursor().execute(f"FROM ({query}) ORDER BY ALL").fetchmany(3)
    return ", ".join(" with ".join(_quoted(value) for value in row) for row in rows)


def _quoted(value: object) -> str:
    return "blank" if value is None else f'"{value}"'


def _value(connection: duckdb.DuckDBPyConnection, query: str) -> int:
    found = connection.cursor().execute(query).fetchmany(1)
    return int(found[0][0])
