"""An exception as it may be told: its type, where it went through, which rows were at hand; never what it says.

The allow-list is short, since a deny-list of what looks personal would have to know every name: identifiers of code
that stands in a file or a loaded module, line numbers, the texts of `UserError`, which are safe by how problems are
made, and places noted by our own steps. Messages, notes, reprs, source lines and local variables are left out whole.
"""

from __future__ import annotations

import errno
import os
import re
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import groupby
from pathlib import Path
from types import CodeType
from typing import Any, TypeVar

from anchor_analysis.problems import UserError
from anchor_analysis.telling.refusals import Refused, refusal

T = TypeVar("T")

#: Set to 1 by a developer on a machine of their own, it lets tracebacks say everything.
SHOW_VALUES = "ANCHOR_SHOW_VALUES"

#: So many frames are told from either end, and so many exceptions of one chain or group.
MOST_FRAMES, MOST_ERRORS = 40, 20

#: What a few types always mean, in words of our own.
_MEANS = {
    "MemoryError": "there was not enough memory",
    "BrokenProcessPool": "a process of this command died, perhaps for want of memory",
    "RecursionError": "something refers to itself without end",
}

_CELL = re.compile(r"ipykernel_[0-9]+[/\\][0-9]+\.py$|^<ipython-input")
_QUOTED = re.compile(r"'([^'\n]{1,200})'|\"([^\"\n]{1,200})\"")


class Place(str):
    """A place in the rows or files that a step was working on, noted on an exception; it holds no value of a row."""


class Broken(Exception):
    """A bug of our own that happened in another process, as `account` told it there."""

    def __init__(self, told: str):
        self.told = told
        super().__init__(told)


def shows_values() -> bool:
    """Whether a developer has asked for everything on a machine of their own; never where CI keeps what is printed."""
    return os.environ.get(SHOW_VALUES) == "1" and not os.environ.get("CI")


def told_safely(function: Callable[..., T], *arguments: Any) -> T:
    """What the function gives; a bug in it is raised as Broken, so that a process hands on no value with it.

    What the machine refused is raised as Refused.
    """
    try:
        return function(*arguments)
    except UserError as error:
        raise _without_causes(error) from None
    except (Exception, SystemExit) as error:
        if refused := refusal(error):
            told: Exception = Refused(refused.problems[0])
        elif shows_values():
            raise
        else:
            told = Broken(account(error))
    raise told


def _without_causes(error: UserError) -> UserError:
    """The error without the one that it came of: concurrent.futures writes out the texts of both."""
    error.__cause__ = error.__context__ = None
    return error


@contextmanager
def at(place: str | Callable[[], str]) -> Iterator[None]:
    """Note on whatever goes wrong inside where that was; a place that is a function is asked only then."""
    try:
        yield
    except UserError:
        raise
    except Exception as error:
        note(error, place() if callable(place) else place)
        raise


def note(error: BaseException, place: str) -> None:
    """Note a place on an exception, which must hold no value of a row."""
    error.add_note(Place(place))


def brief(error: BaseException) -> str:
    """One line on an exception: its type, the last place of ours that it came through, the places that were noted.

    A problem, and what the machine refused, is told as such.
    """
    if problem := error if isinstance(error, UserError) else refusal(error):
        return str(problem)
    parts = [type_name(error), *([f"at {ours}"] if (ours := _last_of_ours(error)) else [])]
    return "; ".join([" ".join(parts), *_places(error)])


def account(error: BaseException) -> str:
    """Everything that may be told of an exception and of those that it came of, the first cause first."""
    told: list[str] = []
    seen: set[int] = set()
    for number, (one, how) in enumerate(_chain(error)):
        told += ["", how, ""] if number else []
        told += _of_one(one, seen, 0)
    return "\n".join(told)


def quoted(error: BaseException) -> set[str]:
    """What the texts of an exception and its causes quote, to look for it in the rows; not to be told."""
    found: set[str] = set()
    for one, _ in _chain(error):
        found |= {text for pair in _QUOTED.findall(_said(one)) for text in pair if text.strip()}
        found |= {part for part in one.args if isinstance(part, str) and 0 < len(part.strip()) <= 200}
    return found


def _said(error: BaseException) -> str:
    try:
        return str(error)
    except Exception:  # what it says comes from another library, and may itself be what is broken
        return ""


def _chain(error: BaseException) -> list[tuple[BaseException, str]]:
    """An exception after those that it came of, each with how it follows from the one before it."""
    found: list[tuple[BaseException, str]] = []
    seen: set[int] = set()
    one: BaseException | None = error
    while one is not None and id(one) not in seen and len(found) < MOST_ERRORS:
        seen.add(id(one))
        cause = one.__cause__ or (None if one.__suppress_context__ else one.__context__)
        cause = None if isinstance(one, Broken) else cause  # whatever it came of is in its account
        found.append((one, "That was the cause of:" if one.__cause__ else "While that was handled came:"))
        one = cause
    return found[::-1]


def _of_one(error: BaseException, seen: set[int], depth: int) -> list[str]:
    seen.add(id(error))
    if isinstance(error, Broken):
        lines = ["In another process:", *(f"  {line}" for line in error.told.splitlines()), "Handed on here:"]
    else:
        lines = [_headline(error)]
    lines += [f"  {frame}" for frame in _frames(error)]
    lines += [f"  While at work on: {place}" for place in _places(error)]
    if isinstance(error, BaseExceptionGroup) and depth < MOST_ERRORS:
        for number, one in enumerate(error.exceptions[:MOST_ERRORS], 1):
            within = [] if id(one) in seen else _of_one(one, seen, depth + 1)
            lines += [f"  {number} of {len(error.exceptions)}:", *(f"    {line}" for line in within)]
    return lines


def _headline(error: BaseException) -> str:
    if isinstance(error, UserError):
        return f"{type_name(error)}: {error}"
    means = _MEANS.get(type(error).__name__)
    if isinstance(error, OSError):
        means = errno.errorcode.get(error.errno or 0)
    return f"{type_name(error)}{f' ({means})' if means else ''}"


def type_name(error: BaseException) -> str:
    """An exception's type with its module; of one that was made up at run time, that of the type it was made from."""
    for one in type(error).__mro__:
        found: Any = sys.modules.get(one.__module__)
        for part in one.__qualname__.split("."):
            found = getattr(found, part, None)
        if found is one or _within_a_function(one):
            plain = one.__module__ in ("builtins", "__main__")
            return one.__qualname__ if plain else f"{one.__module__}.{one.__qualname__}"
    return "Exception"


def _within_a_function(kind: type) -> bool:
    """Whether a class stands in the body of a function of a loaded module, so that its name is a name of code."""
    code = kind.__module__ in sys.modules and kind.__module__ not in ("builtins", "__main__")
    return code and "<locals>" in kind.__qualname__ and kind.__name__.isidentifier()


def _places(error: BaseException) -> list[str]:
    return [str(one) for one in getattr(error, "__notes__", ()) if isinstance(one, Place)]


def _frames(error: BaseException) -> list[str]:
    """Every frame that an exception came through, outermost first; repeated ones once, and of very many the ends."""
    walked = [_frame(frame.f_code, line) for frame, line in traceback.walk_tb(error.__traceback__)]
    runs = [(frame, len(list(same))) for frame, same in groupby(walked)]
    told = [f"{frame} ({times} times)" if times > 1 else frame for frame, times in runs]
    if len(told) <= 2 * MOST_FRAMES:
        return told
    left_out = f"({len(told) - 2 * MOST_FRAMES} more)"
    return [*told[:MOST_FRAMES], left_out, *told[-MOST_FRAMES:]]


def _frame(code: CodeType, line: int) -> str:
    if _CELL.search(code.co_filename):
        return f"a cell of the notebook, line {line}"
    file = _relative(code.co_filename)
    return f"{file}, line {line}, in {code.co_name}" if file else "code that stands in no file"


def _relative(name: str) -> str:
    """A file of code as it stands below its place on the path: no machine's folders, and nothing that is no file."""
    path = Path(name)
    if path.suffix != ".py" or not path.is_file():
        return ""
    above = [Path(entry) for entry in sys.path if entry and path.is_relative_to(entry)]
    nearest = max(above, key=lambda entry: len(entry.parts), default=path.parent)
    return path.relative_to(nearest).as_posix()


def _last_of_ours(error: BaseException) -> str:
    ours = [frame for frame in _frames(error) if frame.startswith("anchor_analysis/")]
    return ours[-1] if ours else ""
