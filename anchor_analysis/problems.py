"""What is wrong with an input, said so that the person who has to mend it can.

A `Problem` names the place, what was found there, and the remedy. A step collects all of them before it
raises one `UserError`, so that a return is sent back once. Values of personal columns never enter a message.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import NamedTuple

from anchor_analysis.codes import CODES as CODES
from anchor_analysis.signs import on_one_line

#: So many cells and rows at fault are listed one by one; of more, it is told how many.
MOST_CELLS = 50_000


class Cell(NamedTuple):
    """A cell at fault, or a row where no column is named; `what` is wrong with it, if not the same as with all."""

    file: str
    sheet: str
    row: int
    column: str = ""
    what: str = ""


@dataclass(frozen=True)
class Problem:
    """One thing to mend: where it is, what is wrong and was expected, what to do.

    `where` names the first places; `cells` lists each, up to MOST_CELLS, and `count` says how many there are. A problem
    of a whole file has no cells.
    """

    code: str
    where: str
    what: str
    remedy: str
    expected: str = ""
    cells: Sequence[Cell] = field(default=(), compare=False, repr=False)
    count: int = field(default=1, compare=False)

    def __str__(self) -> str:
        place = f"{self.where}: " if self.where else ""
        said = on_one_line(f"{place}{self.what}")
        return f"{said}\n{on_one_line(self.remedy)} ({self.code}, docs/errors.md#{self.code.lower()})"


class UserError(Exception):
    """Problems that a person has to mend; the command line prints them without a traceback and exits with 2."""

    exit_code = 2

    def __init__(self, problems: Problem | Iterable[Problem]):
        self.problems = [problems] if isinstance(problems, Problem) else list(problems)
        super().__init__("\n\n".join(str(problem) for problem in self.problems))

    def __reduce__(self) -> tuple[type[UserError], tuple[list[Problem]]]:
        return type(self), (self.problems,)


class HeldError(UserError):
    """Problems that wait for somebody's answer and are no mistake yet; exit code 3."""

    exit_code = 3


class BusyError(UserError):
    """Somebody else is at work on the same just now, which is nobody's mistake; exit code 4."""

    exit_code = 4


def did_you_mean(name: str, known: Iterable[str], kind: str) -> str:
    """What to do about a name that is not known: take one of the nearest, or of those there are."""
    names = sorted(known)
    if near := get_close_matches(name, names, n=3, cutoff=0.5):
        return f"Did you mean {' or '.join(near)}?"
    return f"There is {', '.join(names[:12])}." if names else f"There is no {kind} yet."


def unknown(code: str, kind: str, name: str, known: Iterable[str], where: str = "") -> UserError:
    """The error for a name that is not among the known ones, with the nearest of them."""
    remedy = did_you_mean(name, known, kind)
    article = "an" if kind.startswith(("a", "e", "i", "o")) else "a"
    return UserError(Problem(code, where, f'"{name}" is not {article} {kind} that is known here.', remedy))
