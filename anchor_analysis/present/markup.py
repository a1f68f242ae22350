"""HTML made of elements, so that every text is escaped unless an element of ours made it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from html import escape, unescape
from typing import TypeAlias


class Html(str):
    """Text that is HTML already and is not escaped again."""

    __slots__ = ()

    @property
    def text(self) -> str:
        """What a reader sees of it: without tags, and with a space where small print begins."""
        return " ".join(unescape(re.sub(r"<[^>]*>", "", self.replace("<small", " <small"))).split(" "))


Content: TypeAlias = "str | Html | Iterable[Content] | None"

_VOID = frozenset({"br", "hr", "img", "meta"})


def element(name: str, *content: Content, **attributes: str | int | bool | None) -> Html:
    """An element: `class_` and `data_cell` become class and data-cell; None and False leave an attribute out.

    >>> element("td", "1 < 2", data_cell="staff|2023-24")
    '<td data-cell="staff|2023-24">1 &lt; 2</td>'
    """
    opening = "".join([name, *(_attribute(key, value) for key, value in attributes.items())])
    if name in _VOID:
        return Html(f"<{opening}>")
    return Html(f"<{opening}>{join(content)}</{name}>")


def join(content: Content, between: str = "") -> Html:
    """Contents one after the other: texts escaped, elements as they are, None left out."""
    if content is None:
        return Html("")
    if isinstance(content, Html):
        return content
    if isinstance(content, str):
        return Html(escape(content, quote=False))
    return Html(between.join(join(part) for part in content))


def _attribute(key: str, value: str | int | bool | None) -> str:
    if value is None or value is False:
        return ""
    name = key.rstrip("_").replace("_", "-")
    return f" {name}" if value is True else f' {name}="{escape(str(value))}"'
