"""Log records, warnings and what Python itself says of errors, without their texts."""

from __future__ import annotations

import logging
import sys
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO

from anchor_analysis.telling.accounts import account, brief

#: What stands in the place of a text that may hold a value of a row.
WITHHELD = "what it says is withheld, since it may hold a value of a row"

_make_record = logging.getLogRecordFactory()


def silent_record(*arguments: Any, **named: Any) -> logging.LogRecord:
    """A log record with its logger, level and place in the code, and of what it says only the type of its error."""
    record = _make_record(*arguments, **named)
    error = record.exc_info[1] if record.exc_info else None
    record.msg, record.args = f"{brief(error)} ({WITHHELD})" if error else WITHHELD, ()
    record.exc_info = record.exc_text = record.stack_info = None
    record.pathname = record.filename
    return record


def silent_warning(
    message: Warning | str, category: type[Warning], filename: str, lineno: int,
    file: TextIO | None = None, line: str | None = None,
) -> None:  # fmt: skip
    """Tell of a warning by its type and place only."""
    print(f"{category.__name__} at {Path(filename).name}, line {lineno} ({WITHHELD})", file=file or sys.stderr)


def _of_a_thread(about: threading.ExceptHookArgs) -> None:
    if about.exc_value is not None and about.exc_type is not SystemExit:
        print(account(about.exc_value), file=sys.stderr)


def _of_no_caller(about: Any) -> None:
    print(account(about.exc_value) if about.exc_value else "An error without a caller", file=sys.stderr)


def _of_nobody(kind: type[BaseException], error: BaseException, trace: Any) -> None:
    print(account(error), file=sys.stderr)


def silence() -> None:
    """Log records, warnings and uncaught errors are told without their texts from now on."""
    sys.excepthook, threading.excepthook, sys.unraisablehook = _of_nobody, _of_a_thread, _of_no_caller
    warnings.showwarning = silent_warning
    logging.setLogRecordFactory(silent_record)


@contextmanager
def silent_records() -> Iterator[None]:
    """As `silence`, as long as this is open."""
    before = sys.excepthook, threading.excepthook, sys.unraisablehook, warnings.showwarning
    made = logging.getLogRecordFactory()
    silence()
    try:
        yield
    finally:
        sys.excepthook, threading.excepthook, sys.unraisablehook, warnings.showwarning = before
        logging.setLogRecordFactory(made)
