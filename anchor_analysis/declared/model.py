"""How a declared file is read: strictly, and with every fault of it told at once.

A fault in one field hides no fault in another. What has faults is still read as far as it goes, and checked against
everything else; only what depends on a field with a fault of its own is not told, since nobody knows.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Self, TypeVar, cast, get_args, get_origin

import yaml
from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError, model_validator

from anchor_analysis import storage
from anchor_analysis.declared.lines import Place, line_of
from anchor_analysis.declared.plain import TOO_MUCH, not_plain, plain_yaml
from anchor_analysis.problems import Problem, UserError, did_you_mean

_MEND = "Mend this field; docs/reference lists what each may hold."


class Fault(NamedTuple):
    """What is wrong at a place of a declared file, given by the fields that lead there."""

    place: Place
    what: str
    remedy: str = _MEND

    def below(self, place: Place) -> Fault:
        """The same fault, of something that stands at a place of something larger."""
        return self._replace(place=(*place, *self.place))


class FaultyField(Exception):
    """A field that has a fault of its own was looked at."""


class _Faults(ValueError):
    """The faults between the fields of one declared thing."""

    def __init__(self, faults: list[Fault]):
        self.faults = faults
        super().__init__("; ".join(fault.what for fault in faults))


class Declared(BaseModel):
    """Base of everything declared: unknown fields are faults, values cannot change afterwards."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    def faults(self) -> Iterator[Fault]:
        """What its fields say of one another and is not so."""
        yield from ()

    @model_validator(mode="after")
    def _agrees(self) -> Self:
        if faults := list(as_far_as_known(self.faults())):  # it may be what was read of a file with faults
            raise _Faults(faults)
        return self

    if not TYPE_CHECKING:  # a type checker would take any name for a field

        def __getattr__(self, name: str) -> Any:
            if name in type(self).model_fields:
                raise FaultyField(name)
            return super().__getattr__(name)


Kind = TypeVar("Kind", bound=Declared)


def as_far_as_known(faults: Iterable[Fault]) -> Iterator[Fault]:
    """The faults up to where one depends on a field that has a fault of its own."""
    with suppress(FaultyField):
        yield from faults


def not_there(place: Place, kind: str, name: str, known: Iterable[str]) -> Fault:
    """The fault of a name that is not among the known ones, with the nearest of them."""
    names = list(known)
    return Fault(place, f'there is no {kind} "{name}"', did_you_mean(name, names, kind))


def read_data(path: Path) -> Any:
    """The content of a YAML or TOML file as plain data; raises UserError (AN007) where it is neither."""
    try:
        text = storage.read_text(path)
        data = tomllib.loads(text) if path.suffix == ".toml" else plain_yaml(text)
    except (ValueError, yaml.YAMLError, RecursionError) as error:
        detail = TOO_MUCH if isinstance(error, RecursionError) else " ".join(str(error).split())
        line = (re.findall(r"line (\d+)", detail) or ["1"])[-1]
        where = f"{storage.told(path)}, line {line}"
        raise UserError(
            Problem("AN007", where, f"the file cannot be read: {detail}.", "Mend it at that place.")
        ) from None
    if found := not_plain(data):
        raise UserError(problem(path, Fault(*found)))
    return data


def as_told(kind: type[Kind], data: Any) -> tuple[Kind, list[Fault]]:
    """The declared object, as far as its data go, and every fault of it.

    To look at a field that has a fault raises FaultyField.
    """
    try:
        return kind.model_validate(data), []
    except ValidationError as error:
        if not isinstance(data, dict):
            data, said = {}, [Fault((), "holds no fields", f"Write it like the shipped ones ({kind.__name__}).")]
            return _Rest().of(kind, data, [()], ()), said
        errors = error.errors()
        rest = _Rest()
        told = rest.of(kind, data, [one["loc"] for one in errors], ())
        return told, [*(fault for one in errors for fault in _faults(one)), *rest.faults]


def build(kind: type[Kind], data: Any, path: Path) -> Kind:
    """The declared object of a file; raises UserError (AN007) with every field of it that is not as it must be."""
    told, faults = as_told(kind, data)
    if faults:
        raise UserError(problem(path, fault) for fault in faults)
    return told


def read_declared(kind: type[Kind], path: Path) -> Kind:
    """Read one declared file."""
    return build(kind, read_data(path), path)


def problem(path: Path, fault: Fault) -> Problem:
    """A fault of a file, with the line and the fields that lead there."""
    where = f"{storage.told(path)}, line {line_of(path, fault.place)}, {'.'.join(map(str, fault.place)) or 'the whole'}"
    return Problem("AN007", where, f"{fault.what.rstrip('.')}.", fault.remedy)


def _faults(error: Any) -> list[Fault]:
    """What pydantic found, as faults."""
    cause = error.get("ctx", {}).get("error")
    if isinstance(cause, _Faults):
        return [fault.below(error["loc"]) for fault in cause.faults]
    said = error["msg"].removeprefix("Value error, ").rstrip(".")
    if error["type"] == "literal_error" and isinstance(error["input"], str):
        known = re.findall(r"'([^']*)'", error["ctx"]["expected"])
        return [Fault(error["loc"], said, did_you_mean(error["input"], known, "choice"))]
    return [Fault(error["loc"], said)]


class _Rest:
    """What is told beside fields with faults, and the faults that it has with them left aside."""

    def __init__(self) -> None:
        self.faults: list[Fault] = []

    def of(self, kind: type[Kind], data: dict[Any, Any], faulty: list[Place], place: Place) -> Kind:
        """What can be told of an object, of which the places `faulty` cannot."""
        told = cast(Kind, kind.model_construct())
        for name, field in kind.model_fields.items():
            key = field.alias or name
            below = _below(faulty, key)
            told.__dict__.pop(name, None) if below else None
            if key in data:
                with suppress(FaultyField):
                    told.__dict__[name] = self._value(field.annotation, data[key], below, (*place, key))
        if () not in faulty:  # else the fields agreed on their own, and what they say of one another is told already
            self.faults += [fault.below(place) for fault in as_far_as_known(told.faults())]
        return told

    def _value(self, kind: Any, value: Any, faulty: list[Place], place: Place) -> Any:
        if not faulty:
            try:
                return TypeAdapter(kind).validate_python(value)
            except ValidationError:  # a part of what has been told to be no such thing as a whole
                raise FaultyField from None
        declared = _declared_in(kind)
        if declared is None:
            raise FaultyField
        if isinstance(value, dict) and kind in (declared, declared | None):
            return self.of(declared, value, faulty, place)
        if isinstance(value, list) and _holds(kind, list):
            return [self._value(declared, one, _below(faulty, at), (*place, at)) for at, one in enumerate(value)]
        if isinstance(value, dict) and _holds(kind, dict):
            return {key: self._value(declared, one, _below(faulty, key), (*place, key)) for key, one in value.items()}
        raise FaultyField


def _declared_in(kind: Any) -> type[Declared] | None:
    """The declared kind that a field holds, or holds a list or mapping of."""
    kinds = [one for one in (kind, *get_args(kind)) if isinstance(one, type) and issubclass(one, Declared)]
    return kinds[0] if kinds else None


def _holds(kind: Any, container: type) -> bool:
    """Whether a field is of a list, or of a mapping, or may be."""
    return any(get_origin(one) is container for one in (kind, *get_args(kind)))


def _below(places: list[Place], part: str | int) -> list[Place]:
    return [place[1:] for place in places if place[:1] == (part,)]
