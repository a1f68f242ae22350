"""What members buy, as the network calls it: categories by the members' own words, what can be chosen, targets."""

from __future__ import annotations

from typing import Self

from pydantic import Field, model_validator

from anchor_analysis.declared.model import Declared
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

    @model_validator(mode="after")
    def _says_why(self) -> Self:
        if not self.influenceable and not self.reason:
            raise ValueError("what is not influenceable comes with a reason")
        if self.local_share is not None and not self.target_source:
            raise ValueError("a target says in target_source where it was decided")
        return self

    @property
    def keys(self) -> list[str]:
        """Its words as they are compared."""
        return [name_key(word) for word in self.words]


class SpendCategories(Declared):
    """categories.toml, checked."""

    categories: list[SpendCategory] = []

    @model_validator(mode="after")
    def _means_one_category(self) -> Self:
        names = [one.id for one in self.categories]
        keys = [key for one in self.categories for key in set(one.keys)]
        faults = [f'two categories are called "{name}"' for name in sorted({n for n in names if names.count(n) > 1})]
        faults += [f'"{name}" is what lines without a category are called' for name in names if name in _TAKEN]
        faults += [f'"{key}" is a word of two categories' for key in sorted({k for k in keys if keys.count(k) > 1})]
        if "" in keys:
            faults.append("a word has a letter or a figure")
        if faults:
            raise ValueError("; ".join(faults))
        return self


_TAKEN = (NO_CATEGORY, UNKNOWN)
