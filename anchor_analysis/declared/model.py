"""How a declared file is read: strictly, and with every fault of it told at once."""

from __future__ import annotations

import tomllib
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


def build(kind: type[Kind], data: Any, where: str) -> Kind:
    """The declared object, or every field of it that is not as it must be."""
    if not isinstance(data, dict):
        raise UserError(
            Problem("AN007", where, "holds no fields.", f"Write it like the shipped ones ({kind.__name__}).")
        )
    try:
        return kind.model_validate(data)
    except ValidationError as error:
        raise UserError(_problem(fault, where) for fault in error.errors()) from None


def _problem(fault: Any, where: str) -> Problem:
    field = ".".join(str(part) for part in fault["loc"]) or "the whole"
    said = fault["msg"].removeprefix("Value error, ").rstrip(".")
    return Problem(
        "AN007", f"{where}, {field}", f"{said}.", "Mend this field; docs/reference lists what each may hold."
    )


def read_declared(kind: type[Kind], path: Path) -> Kind:
    """Read one declared file."""
    return build(kind, read_data(path), path.name)
