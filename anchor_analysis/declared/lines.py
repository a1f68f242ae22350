"""In which line of a declared file a field stands."""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from anchor_analysis import storage
from anchor_analysis.declared.plain import nodes_of

#: What a statement of TOML is divided by: texts of all four kinds and remarks, whole; brackets; ends of lines.
_TOKEN = re.compile(
    r'"""(?:\\.|[^\\])*?"{3,5}|' r"'''.*?'{3,5}|" r'"(?:\\.|[^"\\\n])*"|' r"'[^'\n]*'|" r"#[^\n]*|[][{}]|\n", re.DOTALL
)

#: The fields, and places in lists, that lead to something in a declared file.
Place = tuple[str | int, ...]


def line_of(path: Path, place: Place) -> int:
    """The line of a place in a YAML or TOML file, or of the last that leads to it and is there; 1 without a file."""
    if not place:
        return 1
    text = storage.read_text(path) if path.is_file() else ""
    return _toml_line(text, place) if path.suffix == ".toml" else _yaml_line(text, place)


def _yaml_line(text: str, place: Place) -> int:
    node = _composed(text)
    line = 1
    for part in place:
        if isinstance(node, yaml.MappingNode):
            found = {str(key.value): (key, value) for key, value in node.value}
            if str(part) not in found:
                break
            key, node = found[str(part)]
            line = key.start_mark.line + 1
        elif isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
            node = node.value[part]
            line = node.start_mark.line + 1
    return line


@lru_cache(maxsize=4)
def _composed(text: str) -> Any:
    """The nodes of YAML with their lines; a file with a thousand faults is read once for all of them."""
    return nodes_of(text)


def _toml_line(text: str, place: Place) -> int:
    lines = _toml_lines(text)
    leading = (place[:length] for length in range(len(place), 0, -1))
    return next((lines[start] for start in leading if start in lines), 1)


@lru_cache(maxsize=4)
def _toml_lines(text: str) -> dict[Place, int]:
    """The line of every place of a TOML file; the first of a place counts."""
    return dict(reversed(list(_toml_places(text))))


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
    start, open_brackets = 0, 0
    line = begun = 1
    for found in _TOKEN.finditer(f"{text}\n"):
        token = found.group()
        open_brackets += (token in ("[", "{")) - (token in ("]", "}"))
        line += token.count("\n")
        if token == "\n" and open_brackets == 0:
            yield begun, text[start : found.end()]
            start, begun = found.end(), line
