"""The object that a notebook shows: HTML for a page, plain text for everything else."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from anchor_analysis.present.markup import Html, element


@dataclass(frozen=True, repr=False)
class Shown:
    """Something to look at; `table` holds its figures where it has any.

    An empty one says in a sentence what is missing. A section of a page in which everything is empty is left out.
    """

    html: Html
    text: str
    table: pd.DataFrame = field(default_factory=pd.DataFrame)
    empty: bool = False

    def __repr__(self) -> str:
        return self.text

    def _repr_html_(self) -> str:
        return self.html

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> tuple[dict[str, str], dict[str, Any]]:
        data = {"text/html": str(self.html), "text/plain": self.text}
        return data, {"text/html": {"empty": True}} if self.empty else {}


def nothing(sentence: str) -> Shown:
    """What stands where there is nothing to show."""
    return Shown(element("p", sentence, class_="missing"), sentence, empty=True)
