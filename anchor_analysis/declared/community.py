"""What communities said and what was done about it, as declared: codebooks of themes, and actions by theme."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import TYPE_CHECKING, Literal, Self

from pydantic import Field, model_validator

from anchor_analysis.declared.model import Declared

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

    id: str
    title: str
    version: int = Field(ge=1)
    source: str = Field(min_length=1)
    source_status: str
    themes: dict[str, Theme] = Field(min_length=1)

    @property
    def categories(self) -> dict[str, list[str]]:
        """The spellings of each theme, the first as people should write it."""
        return {name: theme.words for name, theme in self.themes.items()}

    @model_validator(mode="after")
    def _means_one_theme(self) -> Self:
        words = [word.lower() for name, theme in self.themes.items() for word in {name, *map(str.lower, theme.words)}]
        if twice := sorted({word for word in words if words.count(word) > 1}):
            raise ValueError(f"a spelling of two themes: {', '.join(twice)}")
        return self


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
    listening: Listening, actions: Sequence[Action], members: Sequence[str], catalogue: Catalogue
) -> Iterator[str]:
    """What actions.toml names that is not there: members, metrics, themes of the codebook."""
    themes = list(catalogue.codebook(listening.codebook).themes)
    known = {"theme": (themes, "theme of the codebook"), "member": (members, "member"),
             "metric": (catalogue.metrics, "metric")}  # fmt: skip
    for action in actions:
        for field, (names, kind) in known.items():
            if (name := getattr(action, field)) not in names:
                yield f'actions.toml names "{name}", which is no {kind}'
