"""What was answered about returns: held files and figures accepted, cells corrected, files left out."""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import Field

from anchor_analysis.declared.model import Declared, Fault
from anchor_analysis.declared.years import NetworkYear, YearLabel, parse_year

#: What is answered about a figure, and not about a file.
_OF_FIGURES = ("AN034", "AN047")


class AboutReturn(Declared):
    """Whose return of which year is meant, and why it was decided so."""

    member: str
    year: YearLabel
    reason: str

    @property
    def network_year(self) -> NetworkYear:
        return parse_year(self.year)


class Answer(AboutReturn):
    """A file, or a figure, that was held or asked about is accepted in spite of a code.

    Of a figure that jumped (AN034) or of leavers that cannot be told (AN047) it names the metric, of all else the file.
    """

    code: str
    file: str = ""
    metric: str = ""

    def faults(self) -> Iterator[Fault]:
        held = "metric" if self.code in _OF_FIGURES else "file"
        if not getattr(self, held):
            yield Fault((held,), f"an answer to {self.code} names the {held}")


class Correction(AboutReturn):
    """The member said what one cell should have held; `was` is what it holds, so that no other cell is changed."""

    file: str
    sheet: str = ""
    row: int = Field(ge=1)
    column: str
    was: str
    now: str


class LeftOut(AboutReturn):
    """A file of a return that is not read: sent twice, out of date, or something else than was asked for."""

    file: str


class Answers(Declared):
    """answers.toml, checked."""

    answers: list[Answer] = []
    corrections: list[Correction] = []
    left_out: list[LeftOut] = []

    def about(self, member: str, year: NetworkYear) -> Answers:
        """Those about one return, without answers to figures, which change nothing in how files are read."""
        return Answers(
            answers=[one for one in self.answers if one.file and _concerns(one, member, year)],
            corrections=[one for one in self.corrections if _concerns(one, member, year)],
            left_out=[one for one in self.left_out if _concerns(one, member, year)],
        )


def _concerns(one: AboutReturn, member: str, year: NetworkYear) -> bool:
    return one.member == member and one.network_year == year
