"""How a declared file is read: strictly, and with every fault of it told at once."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from anchor_analysis import storage
from anchor_analysis.problems import Problem, UserError


class Declared(BaseModel):
    """Base of everything declared: unknown fields are faults, values cannot change afterwards."""

    model_config = ConfigDict(extra="forbid", frozen=True)


Kind = TypeVar("Kind", bound=Declared)


def read_data(path: Path) -> Any:
    """The content of a YAML or TOML file as plain data."""
    text = storage.read_text(path)
    try:
        return tomllib.loads(text) if path.suffix == ".toml" else yaml.safe_load(text)
    except (tomllib.TOMLDecodeError, yaml.YAMLError, UnicodeDecodeError) as error:
        detail = " ".join(str(error).split())
        problem = Problem("AN007", path.name, f"the file cannot be read: {detail}.", "Mend it at that place.")
        raise UserError(problem) from None


def build(kind: type[Kind], data: Any, where: str, path: Path | None = None) -> Kind:
    """The declared object; raises UserError (AN007) with every field of it that is not as it must be.

    Where `path` is the YAML file that the data are from, each comes with its line.
    """
    if not isinstance(data, dict):
        raise UserError(
            Problem("AN007", where, "holds no fields.", f"Write it like the shipped ones ({kind.__name__}).")
        )
    try:
        return kind.model_validate(data)
    except ValidationError as error:
        raise UserError(_problem(fault, where, path) for fault in error.errors()) from None


def _problem(fault: Any, where: str, path: Path | None) -> Problem:
    said = fault["msg"].removeprefix("Value error, ").rstrip(".")
    remedy = "Mend this field; docs/reference lists what each may hold."
    return Problem("AN007", located(where, path, fault["loc"]), f"{said}.", remedy)


def located(where: str, path: Path | None, place: Sequence[str | int]) -> str:
    """Where a fault is: the file, its line where the file is YAML, and the fields that lead there."""
    line = f", line {_line(path, place)}" if path else ""
    return f"{where}{line}, {'.'.join(map(str, place)) or 'the whole'}"


def _line(path: Path, place: Sequence[str | int]) -> int:
    """The line of a place in a YAML file, or of the last that leads to it and is there."""
    node: Any = yaml.compose(storage.read_text(path), yaml.SafeLoader)
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


def read_declared(kind: type[Kind], path: Path) -> Kind:
    """Read one declared file, which is YAML."""
    return build(kind, read_data(path), path.name, path)
