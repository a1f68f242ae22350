"""What a command prints beside its own words: nothing that may hold a value of a row.

Our own words go to the streams through `screen`. What libraries write is of other makers: their log records and
warnings lose their texts, and what they write past Python, to the process's own stderr, is thrown away, also by the
processes and kernels that a command starts.
"""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from anchor_analysis.problems import Problem, UserError
from anchor_analysis.signs import unseen, visible
from anchor_analysis.telling import SHOW_VALUES, account, shows_values
from anchor_analysis.telling.records import silence, silent_records

#: Commands whose pages are read by others, so that no setting of one machine may change what goes into them.
WRITE_EDITIONS = {"demo", "run", "edition"}

#: So many files a command lets itself have open at once where it may, and so many it has to.
OPEN_FILES, LEAST_FILES = 1024, 128

_LOUDLY = f"""\
{SHOW_VALUES}=1: whatever goes wrong is told with everything it says, values of rows and of people included.
Keep what this command prints to yourself, and unset the variable afterwards.
"""

_A_BUG = f"""
This is a bug of anchor_analysis and no mistake of yours. Please report it as CONTRIBUTING.md says, with all of the
above: it holds no value of any row, since what an error says in words is left out. To read that, on a machine of your
own: {SHOW_VALUES}=1, with another command than {", ".join(sorted(WRITE_EDITIONS))}.
"""


@contextmanager
def guarded(arguments: Sequence[str]) -> Iterator[None]:
    """What a command with these arguments prints holds no value of a row, unless its user has asked for that.

    Raises UserError: AN005 for an argument that holds a sign which nobody sees, AN007 where it is asked for values and
    they are refused, AN059 where too few files may be open at once.
    """
    _must_be_seen(arguments)
    refuse_to_show(arguments)
    allow_files()
    if shows_values():
        print(_LOUDLY, file=sys.stderr)
        yield
        return
    with silent_records(), own_stderr():
        yield


def _must_be_seen(arguments: Sequence[str]) -> None:
    """Raise UserError (AN005) for every argument that reads otherwise than it is, or is no text."""
    problems = [
        Problem("AN005", f"argument {place}", f'"{word}" holds the sign {sign}, which nobody sees.', "Type it anew.")
        for place, word in enumerate(arguments, 1)
        if (sign := unseen(word))
    ]
    if problems:
        raise UserError(problems)


def refuse_to_show(arguments: Sequence[str]) -> None:
    """Raise UserError (AN007) where values are to be shown and others would see them."""
    if os.environ.get(SHOW_VALUES) != "1":
        return
    command = next((word for word in arguments if not word.startswith("-")), "")
    if os.environ.get("CI"):
        what = "values of rows are not shown where CI keeps what is printed."
    elif command in WRITE_EDITIONS:
        what = f"values of rows are not shown by `{command}`, which writes editions."
    else:
        return
    remedy = "Unset it. `check` and `return` show values, and Python in JupyterLab always does."
    raise UserError(Problem("AN007", SHOW_VALUES, what, remedy))


@contextmanager
def own_stderr() -> Iterator[None]:
    """Keep stderr for what Python prints; what is written to the file descriptor itself goes nowhere."""
    if _descriptor() != 2:  # Python's stderr is elsewhere, as under a test, or there is none
        yield
        return
    before, kept = sys.stderr, os.dup(2)
    sys.stderr = io.TextIOWrapper(
        io.FileIO(kept, "w"), before.encoding, errors="backslashreplace", line_buffering=True, write_through=True
    )
    _close_to_others()
    try:
        yield
    finally:
        sys.stderr.flush()
        os.dup2(kept, 2)
        sys.stderr = before


def _close_to_others(stream: int = 2) -> None:
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, stream)
    os.close(nowhere)


def guard_the_end() -> None:
    """From now until the process ends nothing is told with values, such as errors of what is cleared away."""
    try:
        sys.stdout.flush()
    except OSError:  # as has been told: there is no room for what is printed, or nobody reads it
        _close_to_others(sys.stdout.fileno())
    if not shows_values():
        silence()
        if _descriptor() == 2:
            sys.stderr.flush()
            _close_to_others()


def _descriptor() -> int | None:
    try:
        return sys.stderr.fileno()
    except (AttributeError, OSError, ValueError):
        return None


def allow_files() -> None:
    """Have as many files open at once as a run may need; raise UserError (AN059) where the system allows too few.

    Sockets are files too, and the library that kernels talk through ends the whole process where it gets none.
    """
    if os.name == "nt":  # which has no such limit
        return
    import resource

    allowed, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    if allowed == resource.RLIM_INFINITY or allowed >= OPEN_FILES:
        return
    allowed = OPEN_FILES if most == resource.RLIM_INFINITY else max(allowed, min(OPEN_FILES, most))
    resource.setrlimit(resource.RLIMIT_NOFILE, (allowed, most))
    if allowed < LEAST_FILES:
        what = f"{allowed} files may be open at once, and a run may need {LEAST_FILES}."
        raise UserError(Problem("AN059", "", what, "Allow more, as `ulimit -n 4096` does, and run it again."))


def show_bug(error: BaseException) -> None:
    """Print the account of a bug of our own, and what to do about it."""
    print(visible(account(error)), file=sys.stderr)
    print(_A_BUG, file=sys.stderr)
