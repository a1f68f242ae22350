"""What a chart is: a picture that cannot be made without its finding in words."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from anchor_analysis.present.markup import element


@dataclass(frozen=True, repr=False)
class Chart:
    """A picture with the sentence that says what it shows, and the figures that it was drawn from.

    Raises ValueError without that sentence. In plain text, and in a notebook's stored output, the chart *is* the
    sentence, so a comparison of outputs compares findings and not pixels.
    """

    alt: str
    png: bytes = b""
    table: pd.DataFrame = field(default_factory=pd.DataFrame)
    caption: str = ""

    def __post_init__(self) -> None:
        if not self.alt.strip():
            raise ValueError("a chart cannot be made without alt text that states its finding")

    @property
    def empty(self) -> bool:
        """Whether there was nothing to draw."""
        return not self.png

    def __repr__(self) -> str:
        return self.alt

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> tuple[dict[str, str], dict[str, Any]]:
        if self.empty:
            html = element("p", self.alt, class_="missing")
            return {"text/html": str(html), "text/plain": self.alt}, {"text/html": {"empty": True}}
        picture = b64encode(self.png).decode("ascii")
        return {"image/png": picture, "text/plain": self.alt}, {}
