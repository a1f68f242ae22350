"""What a YAML file holds, as plain data and nothing else, with the line of whatever cannot be read."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

import yaml

from anchor_analysis.signs import unseen

if TYPE_CHECKING:
    from anchor_analysis.declared.lines import Place

#: Nothing that is declared is nested so deeply, or holds so many values: what does is made to do harm.
DEEPEST, MOST_VALUES = 40, 500_000

#: A text in which fewer of these stand cannot be nested so deeply that the quick reader, which is C, breaks down.
_NESTING, _HARMLESS = "[{-?", 1_000

TOO_MUCH = "it is nested too deeply, or refers to itself again and again"

_FLATTER = "Write it without aliases of aliases, and without lists in lists."
_TAKE_OUT = "Take it out, or type the text anew: such signs come along when text is copied from elsewhere."


def plain_yaml(text: str) -> Any:
    """The content of YAML, nine times as fast where libyaml is there; what is wrong, in the slower's words.

    Raises yaml.YAMLError, also for a day that does not exist and for a value that is not of its tag; ValueError for
    what is nested too deeply.
    """
    if sum(map(text.count, _NESTING)) > _HARMLESS:
        _must_be_shallow(text)
    if yaml.__with_libyaml__:
        with suppress(yaml.YAMLError):
            return _read(_Quick(text))
    return _read(_Slow(text))


def nodes_of(text: str) -> Any:
    """The nodes of YAML that has been read, with their lines; the two readers do not take quite the same."""
    if yaml.__with_libyaml__:
        with suppress(yaml.YAMLError):
            return yaml.compose(text, _Quick)
    return yaml.compose(text, _Slow)


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
        elif isinstance(value, list | tuple | set):
            todo += [((*place, at), one) for at, one in reversed(list(enumerate(value)))]
            texts = []
        else:
            texts = [value] if isinstance(value, str) else []
        if not hidden and (sign := next(filter(None, map(unseen, texts)), "")):
            hidden = place, f"it holds the sign {sign}, which nobody sees"
    return (*hidden, _TAKE_OUT) if hidden else None


def _must_be_shallow(text: str) -> None:
    """Look through the events, which are read one after the other, before anything is built of them."""
    depth = 0
    for event in yaml.parse(text, Loader=_Quick):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > DEEPEST:
            raise ValueError(TOO_MUCH)


def _read(loader: Any) -> Any:
    try:
        return loader.get_single_data()
    finally:
        loader.dispose()


class _Located:
    """Says where a value stands that cannot be what it says it is, such as 2024-02-30."""

    def construct_object(self, node: Any, deep: bool = False) -> Any:
        try:
            return super().construct_object(node, deep)  # type: ignore[misc]
        except ValueError as error:
            raise yaml.constructor.ConstructorError(None, None, str(error), node.start_mark) from None
        except (LookupError, AttributeError):
            what = f"this is no {node.tag.rpartition(':')[2]}"
            raise yaml.constructor.ConstructorError(None, None, what, node.start_mark) from None


class _Slow(_Located, yaml.SafeLoader):
    pass


class _Quick(_Located, yaml.CSafeLoader if yaml.__with_libyaml__ else yaml.SafeLoader):  # type: ignore[misc]
    pass
