"""What members buy, as the network calls it: categories by the members' own words, what can be chosen, targets."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress

from pydantic import Field

from anchor_analysis.declared.model import Declared, Fault, FaultyField
from anchor_analysis.declared.names import name_key

#: What a line is in where no category has its words, and where it has none.
NO_CATEGORY, UNKNOWN = "no_category", "unknown"


class SpendCategory(Declared):
    """A category of the network: the `words` by which members' ledgers call it, and whether it is `influenceable`.

    What is not influenceable comes with the `reason`. `local_share` is the share of it that the network wants to buy
    from suppliers based in the area, if it has set a target, and `target_source` is where it was decided.
    """

    id: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    title: str
    words: list[str] = Field(min_length=1)
    influenceable: bool = True
    reason: str = ""
    local_share: float | None = Field(None, gt=0, le=1)
    target_source: str = ""

    def faults(self) -> Iterator[Fault]:
        if not self.influenceable and not self.reason:
            yield Fault(("influenceable",), "what is not influenceable comes with a reason")
        if self.local_share is not None and not self.target_source:
            yield Fault(("local_share",), "a target says in target_source where it was decided")

    @property
    def keys(self) -> list[str]:
        """Its words as they are compared."""
        return [name_key(word) for word in self.words]


class SpendCategories(Declared):
    """categories.toml, checked."""

    categories: list[SpendCategory] = []

    def faults(self) -> Iterator[Fault]:
        names: list[str] = []
        keys: list[str] = []
        for at, one in enumerate(self.categories):
            with suppress(FaultyField):
                place = ("categories", at)
                if one.id in names:
                    yield Fault((*place, "id"), f'two categories are called "{one.id}"')
                if one.id in _TAKEN:
                    yield Fault((*place, "id"), f'"{one.id}" is what lines without a category are called')
                names.append(one.id)
                words = set(one.keys)
                if "" in words:
                    yield Fault((*place, "words"), "a word has a letter or a figure")
                for key in sorted(words & set(keys)):
                    yield Fault((*place, "words"), f'"{key}" is a word of two categories')
                keys += words


_TAKEN = (NO_CATEGORY, UNKNOWN)
