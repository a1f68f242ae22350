"""Codes of areas brought to those of one directory, along what took the place of what; never by name."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from anchor_analysis.declared.references import Recode


@dataclass(frozen=True)
class Recoded:
    """A code of an area, the one that the directory has for it, and the recodes that lead there, from first to last."""

    code: str
    to: str
    steps: tuple[Recode, ...]

    @property
    def changed(self) -> bool | None:
        """Whether the area itself changed on the way; missing where that is not known."""
        told = [step.geometry_changed for step in self.steps]
        return True if True in told else None if None in told else False


def recoded(codes: Iterable[str], known: Collection[str], recodes: Sequence[Recode]) -> dict[str, Recoded]:
    """How the directory calls the areas of codes that it does not have; a code that nothing leads to is left out.

    Codes are followed forward in time, or backward for a directory that is older. A code that was divided among
    several leads nowhere, and one that several were joined to leads nowhere back.
    """
    found = {}
    for code in codes:
        if code in known:
            continue
        for back in (False, True):
            steps = _way(code, known, recodes, back)
            if steps:
                to = steps[-1].from_code if back else steps[-1].to_code
                found[code] = Recoded(code, to, tuple(reversed(steps)) if back else tuple(steps))
                break
    return found


def successors(code: str, recodes: Sequence[Recode]) -> list[str]:
    """The codes that took the place of one, each once."""
    return sorted({recode.to_code for recode in recodes if recode.from_code == code})


def _way(code: str, known: Collection[str], recodes: Sequence[Recode], back: bool) -> list[Recode]:
    """The recodes from a code to a known one; none where the way ends or parts."""
    steps: list[Recode] = []
    seen = {code}
    while code not in known:
        following = [recode for recode in recodes if (recode.to_code if back else recode.from_code) == code]
        codes = {recode.from_code if back else recode.to_code for recode in following}
        if len(codes) != 1 or codes & seen:
            return []
        steps.append(following[0])
        code = codes.pop()
        seen.add(code)
    return steps
