"""Ways of failing, or of speaking out loud, each with a value in what it says; they raise as libraries do.

Used by `tests.injections` in processes of the command line and in the kernels of notebooks, so that nothing heavy is
imported here before it is needed.
"""

from __future__ import annotations

import gc
import importlib
import logging
import os
import subprocess
import sys
import threading
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn


def database(value: str) -> None:
    """A conversion that DuckDB cannot do."""
    import duckdb

    duckdb.sql(f"SELECT CAST('{value}' AS INTEGER)").fetchall()


def frames(value: str) -> None:
    """Two frames of pandas that are not equal."""
    import pandas as pd

    pd.testing.assert_frame_equal(pd.DataFrame({"a": [value]}), pd.DataFrame({"a": ["other"]}))


def numbers(value: str) -> None:
    """A text that pandas takes for no number."""
    import pandas as pd

    pd.to_numeric(pd.Series([value]))


def arrow(value: str) -> None:
    """A text that Arrow takes for no number."""
    import pyarrow as pa

    pa.array([value]).cast(pa.int64())


def checked(value: str) -> None:
    """A value that pydantic does not take, and gives with its error."""
    from pydantic import TypeAdapter

    TypeAdapter(int).validate_python(value)


def column(value: str) -> None:
    """A column that Narwhals does not find."""
    import narwhals as nw
    import pandas as pd

    nw.from_native(pd.DataFrame({"a": [1]})).select(nw.col(value))


def key(value: str) -> None:
    """A key that is in no dictionary."""
    dict[str, int]()[value]


def chain(value: str) -> None:
    """An error that came of another."""
    try:
        key(value)
    except KeyError as error:
        raise ValueError(f"not placed: {value}") from error


def while_handling(value: str) -> None:
    """An error that came while another was handled."""
    try:
        key(value)
    except KeyError:
        int(value)


def group(value: str) -> None:
    """Errors together, one of them deep inside."""
    raise ExceptionGroup(f"rows with {value}", [ValueError(value), ExceptionGroup("inner", [KeyError(value)])])


def noted(value: str) -> None:
    """An error with a note."""
    error = RuntimeError("a row")
    error.add_note(f"the row is {value}")
    raise error


def shown(value: str) -> None:
    """An error whose text and repr are made when they are shown, and whose very type is named after the value."""

    def said(self: object) -> str:
        return f"<row {value}>"

    raise type(value, (Exception,), {"__str__": said, "__repr__": said})


def undecodable(value: str) -> None:
    """Bytes that are no text, with which the error comes."""
    (value.encode() + b"\xff").decode()


def no_python(value: str) -> None:
    """A text that is no Python, which the error quotes."""
    compile(f"place = {value} is it", value, "exec")


def run_as_code(value: str) -> None:
    """Code made at run time, whose file and function are named after the value."""
    exec(compile(f"def {value.replace(' ', '_')}():\n    raise ValueError\n{value.replace(' ', '_')}()", value, "exec"))


def no_memory(value: str) -> None:
    """An allocation that failed."""
    raise MemoryError(value)


def no_file(value: str) -> None:
    """A file that is not there, named after the value."""
    Path(f"{value}.parquet").read_bytes()


def leaving(value: str) -> None:
    """A library that ends the process with a text."""
    raise SystemExit(f"gave up at {value}")


def out_loud(value: str) -> None:
    """No failure: a warning, log records with and without an error, and what C code would write."""
    warnings.warn(f"odd postcode {value}", stacklevel=1)
    logging.getLogger("papermill").error("row %s", value)
    logging.getLogger().warning(value)
    try:
        key(value)
    except KeyError:
        logging.getLogger("duckdb").exception("row %s", value)
    os.write(2, value.encode())


def aside(value: str) -> None:
    """No failure of the command: errors in a thread and in what is cleared away."""
    thread = threading.Thread(target=key, args=(value,), name=value)
    thread.start()
    thread.join()
    _Broken(value)
    gc.collect()


def by_another_program(value: str) -> None:
    """No failure: what is written to stderr, and by a program that was started."""
    print(value, file=sys.stderr)
    subprocess.run([sys.executable, "-Sc", "import sys; print(sys.argv[1], file=sys.stderr)", value], check=True)


class _Broken:
    def __init__(self, value: str):
        self.value = value

    def __repr__(self) -> str:
        return self.value

    def __del__(self) -> None:
        raise ValueError(self.value)


def fails_elsewhere(*_: object) -> NoReturn:
    """What a worker process runs in the place of reading a return: it fails with a cause."""
    chain(os.environ["INJECTED"])
    raise AssertionError("it was to fail")


def dies_elsewhere(*_: object) -> NoReturn:
    """What a worker process runs in the place of reading a return: it says something and is gone."""
    os.write(2, os.environ["INJECTED"].encode())
    print(os.environ["INJECTED"], file=sys.stderr, flush=True)
    os._exit(9)


def put(point: str, how: Callable[[str], None], value: str, after: bool = False) -> None:
    """Replace a function, as `module:name`, by one that says a value when it is called, or after its work."""
    holder, name = found(point)
    original = holder[name] if isinstance(holder, dict) else getattr(holder, name)

    def failing(*arguments: Any, **named: Any) -> Any:
        given = original(*arguments, **named) if after else None
        how(value)
        return given

    instead(point, failing)


def instead(point: str, function: Callable[..., Any]) -> None:
    """Replace a function, as `module:name`, by another."""
    holder, name = found(point)
    holder.__setitem__(name, function) if isinstance(holder, dict) else setattr(holder, name, function)


def found(point: str) -> tuple[Any, str]:
    """What holds a function that is written `module:name` or `module:holder.name`, and its name there."""
    module, _, path = point.partition(":")
    *within, name = path.split(".")
    holder: Any = importlib.import_module(module)
    for part in within:
        holder = getattr(holder, part)
    return holder, name
