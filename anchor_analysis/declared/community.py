"""What communities said and what was done about it, as declared: codebooks of themes, and actions by theme."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import suppress
from datetime import date
from typing import TYPE_CHECKING, Literal

from pydantic import Field

from anchor_analysis.declared.ids import Id
from anchor_analysis.declared.model import Declared, Fault, FaultyField, not_there

if TYPE_CHECKING:
    from anchor_analysis.declared.catalogue import Catalogue


class Theme(Declared):
    """What items may be about; `spellings` are read as it, beside its id and title."""

    title: str
    description: str = Field(min_length=1)
    spellings: list[str] = []

    @property
    def words(self) -> list[str]:
        return [self.title, *self.spellings]


class Codebook(Declared):
    """The themes by which items of listening projects are coded, one file of `definitions/codebooks`, by id."""

    id: Id
    title: str
    version: int = Field(ge=1)
    source: str = Field(min_length=1)
    source_status: str
    themes: dict[str, Theme] = Field(min_length=1)

    @property
    def categories(self) -> dict[str, list[str]]:
        """The spellings of each theme, the first as people should write it."""
        return {name: theme.words for name, theme in self.themes.items()}

    def faults(self) -> Iterator[Fault]:
        meant: dict[str, str] = {}
        for name, theme in self.themes.items():
            with suppress(FaultyField):
                for word in sorted({name.lower(), *map(str.lower, theme.words)}):
                    if meant.setdefault(word, name) != name:
                        yield Fault(("themes", name), f"a spelling of two themes: {word}")


class Listening(Declared):
    """How the network codes what its listening projects hear: `codebook` is an id, blank for the shipped one."""

    codebook: str = ""


class Action(Declared):
    """What a member did, or will do, about a theme; `metric` is what would show it, `since` the day it began."""

    theme: str
    action: str = Field(min_length=1)
    member: str
    status: Literal["planned", "under_way", "done", "stopped"]
    metric: str
    since: date


class Actions(Declared):
    """actions.toml, checked."""

    actions: list[Action] = []


def community_faults(
    actions: Sequence[Action], codebook: Codebook, members: Sequence[str], catalogue: Catalogue
) -> Iterator[Fault]:
    """What actions.toml names that is not there: members, metrics, themes of the codebook."""
    known: dict[str, tuple[str, Callable[[], Collection[str]]]] = {
        "theme": ("theme of the codebook", lambda: codebook.themes),
        "member": ("member", lambda: members),
        "metric": ("metric", lambda: [*catalogue.metrics, *catalogue.unread]),
    }
    for at, action in enumerate(actions):
        for field, (kind, names) in known.items():
            with suppress(FaultyField):
                if (name := getattr(action, field)) not in names():
                    yield not_there(("actions", at, field), kind, name, names())
