"""In which line of a declared file a field stands."""

from __future__ import annotations

import tomllib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from anchor_analysis import storage

#: The fields, and places in lists, that lead to something in a declared file.
Place = tuple[str | int, ...]


def line_of(path: Path, place: Place) -> int:
    """The line of a place in a YAML or TOML file, or of the last that leads to it and is there; 1 without a file."""
    if not place:
        return 1
    text = storage.read_text(path) if path.is_file() else ""
    return _toml_line(text, place) if path.suffix == ".toml" else _yaml_line(text, place)


def _yaml_line(text: str, place: Place) -> int:
    node: Any = yaml.compose(text, yaml.SafeLoader)
    line = 1
    for part in place:
        if isinstance(node, yaml.MappingNode):
            found = {key.value: (key, value) for key, value in node.value}
            if str(part) not in found:
                break
            key, node = found[str(part)]
            line = key.start_mark.line + 1
        elif isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
            node = node.value[part]
            line = node.start_mark.line + 1
    return line


def _toml_line(text: str, place: Place) -> int:
    lines = dict(reversed(list(_toml_places(text))))  # the first of a place counts
    leading = (place[:length] for length in range(len(place), 0, -1))
    return next((lines[start] for start in leading if start in lines), 1)


def _toml_places(text: str) -> Iterator[tuple[Place, int]]:
    """Every place of a TOML file with the first line of the statement that has it."""
    table: Place = ()
    many: Counter[Place] = Counter()
    for line, statement in _statements(text):
        held = tomllib.loads(statement)
        if statement.lstrip().startswith("["):
            table = ()
            while held:
                ((name, held),) = held.items()
                table = (*table, name)
                if isinstance(held, list):
                    many[table] += 1
                    held = held[0]
                yield table, line
                table = (*table, many[table] - 1) if table in many else table
            yield table, line
        else:
            yield from ((place, line) for place in _within(table, held))


def _within(place: Place, held: object) -> Iterator[Place]:
    """The places below one."""
    items: dict[Any, Any] = held if isinstance(held, dict) else {}
    for part, inner in enumerate(held) if isinstance(held, list) else items.items():
        yield (*place, part)
        yield from _within((*place, part), inner)


def _statements(text: str) -> Iterator[tuple[int, str]]:
    """The statements of a TOML file, each with its first line; a list or a text may go over many lines."""
    begun, held = 1, ""
    for number, line in enumerate(text.splitlines(), 1):
        held += f"{line}\n"
        try:
            tomllib.loads(held)
        except tomllib.TOMLDecodeError:
            continue
        yield begun, held
        begun, held = number + 1, ""
