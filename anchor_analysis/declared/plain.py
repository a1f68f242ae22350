"""What a YAML file holds, as plain data and nothing else, with the line of whatever cannot be read."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import yaml

#: Nothing that is declared is nested so deeply, or holds so many values: what does is made to do harm.
DEEPEST, MOST_VALUES = 40, 500_000

#: A text in which fewer of these stand cannot be nested so deeply that the quick reader, which is C, breaks down.
_NESTING, _HARMLESS = "[{-?", 1_000

TOO_MUCH = "it is nested too deeply, or refers to itself again and again"


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


def must_be_plain(data: Any) -> None:
    """Raises ValueError for data that are nested too deeply, repeat one another without end, or cannot be written.

    A file of a few lines can refer to its own parts so often that they come to billions of values; half a pair of
    signs (a surrogate) is text that no file and no console takes.
    """
    for seen, value in enumerate(_values([(data, 0)])):
        if seen == MOST_VALUES:
            raise ValueError(TOO_MUCH)
        if isinstance(value, str) and not value.isascii() and any("\ud800" <= sign <= "\udfff" for sign in value):
            raise ValueError("it holds a sign that is none (a surrogate)")


def _values(waiting: list[tuple[Any, int]]) -> Iterator[Any]:
    while waiting:
        value, depth = waiting.pop()
        yield value
        inner = [*value, *value.values()] if isinstance(value, dict) else value
        if isinstance(inner, list | tuple | set):
            if depth == DEEPEST:
                raise ValueError(TOO_MUCH)
            waiting += [(one, depth + 1) for one in inner]


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
