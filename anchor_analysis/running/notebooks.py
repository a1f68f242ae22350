"""The notebooks of a workspace: what each is run for, for whom, how much it may take, and with which parameters."""

from __future__ import annotations

import keyword
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, model_validator

from anchor_analysis import storage
from anchor_analysis.declared import parse_year
from anchor_analysis.declared.ids import WRITTEN, id_fault
from anchor_analysis.declared.model import Declared, read_declared
from anchor_analysis.problems import Problem, UserError, unknown
from anchor_analysis.signs import unseen

#: The longest that a cell and a whole notebook may take, in seconds, where a notebook does not say otherwise.
CELL_SECONDS, NOTEBOOK_SECONDS = 300, 900

#: The longest that a notebook may ask for: a day.
LONGEST = 86_400

#: What a notebook may take of memory beyond what its kernel starts with, where it does not say otherwise.
MEMORY_MEGABYTES = 4_000


class Parameter(Declared):
    """A parameter of a notebook: its type, its default, and what it is for."""

    type: Literal["text", "year", "network", "revision", "metric", "member"]
    default: str = ""
    description: str


def _parameter_name(name: str) -> str:
    if keyword.iskeyword(name) or not re.fullmatch("[a-z][a-z0-9_]{0,39}", name):
        raise ValueError("a parameter is named by small letters, figures and _, and by no word of Python")
    return name


#: The name of a parameter, which becomes the name of a variable: Papermill writes it into a cell as it is.
ParameterName = Annotated[str, AfterValidator(_parameter_name)]


class NotebookSchema(Declared):
    """What stands in `<notebook>.parameters.yaml`.

    A notebook is run once, or `for_each` metric with a released figure, or each member with figures of its own; then
    it has a parameter of that name and type. A public one's pages stand in the edition, in the folder `pages` where it
    has many; a member's goes to that member alone, so it is run for each member.
    """

    title: str
    audience: Literal["public", "member", "internal"]
    for_each: Literal["once", "metric", "member"] = "once"
    pages: str = Field(default="", pattern="^([a-z][a-z0-9_]{0,39})?$")
    cell_seconds: int = Field(default=CELL_SECONDS, ge=1, le=LONGEST)
    notebook_seconds: int = Field(default=NOTEBOOK_SECONDS, ge=1, le=LONGEST)
    memory_megabytes: int = Field(default=MEMORY_MEGABYTES, ge=100, le=10_000_000)
    parameters: dict[ParameterName, Parameter] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _is_run_for_what_it_takes(self) -> NotebookSchema:
        if (self.audience == "member") != (self.for_each == "member"):
            raise ValueError("a notebook for_each member has the audience member, and no other has")
        taken = self.parameters.get(self.for_each)
        if self.for_each != "once" and (taken is None or taken.type != self.for_each):
            raise ValueError(f"a notebook for_each {self.for_each} has a parameter {self.for_each} of that type")
        return self


def find_notebooks(workspace: storage.Workspace) -> dict[str, tuple[Path, NotebookSchema]]:
    """The notebooks of a workspace that have a parameter schema beside them, by name.

    Raises UserError (AN007) for schemas that are not valid, names that cannot name a page, and pages in each other's
    place.
    """
    found = {}
    for path in sorted(workspace.notebooks.glob("[!.]*.parameters.yaml")):
        name = path.name.removesuffix(".parameters.yaml")
        if fault := id_fault(name) or ("an edition has a page of that name" if name in _PAGES else ""):
            what = f'"{name}" cannot be the name of a notebook: {fault}.'
            raise UserError(Problem("AN007", storage.told(path), what, WRITTEN))
        found[name] = (path.with_name(f"{name}.ipynb"), read_declared(NotebookSchema, path))
    _must_not_meet({name: schema for name, (_, schema) in found.items()})
    return found


#: Pages that each edition has, whatever its notebooks.
_PAGES = ("index", "signoff")


def _must_not_meet(schemas: Mapping[str, NotebookSchema]) -> None:
    """Two notebooks that are run for each metric write their pages into two folders."""
    whose: dict[tuple[str, str], str] = {}
    for name, schema in schemas.items():
        if schema.for_each == "metric":
            first = whose.setdefault((schema.audience, schema.pages or name), name)
            if first != name:
                what = f"its pages would take the places of those of {first}."
                remedy = "Name another folder under pages."
                raise UserError(Problem("AN007", f"notebooks/{name}.parameters.yaml", what, remedy))


def checked_parameters(name: str, schema: NotebookSchema, given: Mapping[str, str]) -> dict[str, str]:
    """The parameters that a notebook is run with; raises UserError (AN005) for every one that it does not take."""
    problems = []
    defaults = {parameter: declared.default for parameter, declared in schema.parameters.items()}
    filled_in = {parameter: value for parameter, value in defaults.items() if value}
    for parameter, value in (filled_in | dict(given)).items():
        if parameter not in schema.parameters:
            problems += unknown("AN005", "parameter", parameter, schema.parameters, name).problems
        else:
            problems += _value_problems(name, parameter, schema.parameters[parameter].type, value)
    if problems:
        raise UserError(problems)
    return defaults | dict(given)


_ID = "[a-z0-9][a-z0-9_-]{0,99}"
_FORMS = {
    "network": "[a-z0-9][a-z0-9_-]{0,63}", "revision": "(r[0-9]{1,4})?", "text": "[^\\x00-\\x1f]{0,200}",
    "metric": _ID, "member": _ID,
}  # fmt: skip


def _value_problems(name: str, parameter: str, kind: str, value: Any) -> list[Problem]:
    where = f"{name}, parameter {parameter}"
    if not isinstance(value, str):
        return [Problem("AN005", where, f"a {type(value).__name__} is not text.", "Give it as text.")]
    if kind == "year":
        try:
            parse_year(value, where)
        except UserError as error:
            return error.problems
    elif not re.fullmatch(_FORMS[kind], value) or unseen(value):
        return [Problem("AN005", where, f"this is not a {kind}.", f"Write it as {_FORMS[kind]} allows.")]
    return []
