"""Whether what was read of a declared file is plain: text that can be seen, and no more of it than the file has."""

from __future__ import annotations

from typing import Any

from anchor_analysis.declared.lines import Place
from anchor_analysis.signs import unseen

#: So many values a declared file may stand for. A few lines of YAML, whose aliases name what has aliases, stand for
#: thousands of millions, or for themselves without end.
MOST_VALUES = 250_000

#: So deep its fields may stand in one another.
DEEPEST = 50


def not_plain(data: Any) -> tuple[Place, str, str] | None:
    """The first place that is not plain, what is wrong there, and what to do; nothing where all is plain."""
    todo: list[tuple[Place, Any]] = [((), data)]
    hidden: tuple[Place, str] | None = None
    count = 0
    while todo:
        place, value = todo.pop()
        count += 1
        if len(place) > DEEPEST:
            return (), f"its fields stand more than {DEEPEST} deep in one another", _FLATTER
        if count + len(todo) > MOST_VALUES:
            return (), f"it stands for more than {MOST_VALUES:,} values", _FLATTER
        if isinstance(value, dict):
            todo += [((*place, name), one) for name, one in reversed(value.items())]
            texts = [name for name in value if isinstance(name, str)]
        elif isinstance(value, list):
            todo += [((*place, at), one) for at, one in reversed(list(enumerate(value)))]
            texts = []
        else:
            texts = [value] if isinstance(value, str) else []
        if not hidden and (sign := next(filter(None, map(unseen, texts)), "")):
            hidden = place, f"it holds the sign {sign}, which nobody sees"
    return (*hidden, _TAKE_OUT) if hidden else None


_FLATTER = "Write it without aliases of aliases, and without lists in lists."
_TAKE_OUT = "Take it out, or type the text anew: such signs come along when text is copied from elsewhere."
