"""How a network is read from its folder: every file of it, with every fault of all of them told at once."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar

from anchor_analysis import storage
from anchor_analysis.declared.agreements import AGREEMENTS, Agreements
from anchor_analysis.declared.answers import Answers
from anchor_analysis.declared.areas import Mapping
from anchor_analysis.declared.catalogue import Catalogue, catalogue_as_told
from anchor_analysis.declared.community import Actions
from anchor_analysis.declared.conditions import CONDITIONS_FILE, ConditionValue, read_conditions
from anchor_analysis.declared.model import (
    Declared,
    Fault,
    FaultyField,
    Kind,
    as_told,
    problem,
    read_data,
    read_declared,
)
from anchor_analysis.declared.network import Network
from anchor_analysis.declared.populations import Populations
from anchor_analysis.declared.spending import SpendCategories
from anchor_analysis.declared.suppliers import SupplierDecisions, check_decisions
from anchor_analysis.problems import Problem, UserError, unknown

Result = TypeVar("Result")

#: Where a network keeps what was decided about suppliers.
SUPPLIER_DECISIONS = "supplier_decisions.toml"


def network_names(workspace: storage.Workspace) -> list[str]:
    """The ids of the networks of a workspace."""
    return [path.name for path in storage.inside(workspace.networks) if _is_network(path)]


def _is_network(folder: Path) -> bool:
    """Whether a folder holds a network's settings, or may not be looked into, which whoever loads it is told."""
    try:
        return not folder.name.startswith(".") and (folder / "network.toml").stat() is not None
    except PermissionError:
        return True
    except OSError:
        return False


def load_network(workspace: storage.Workspace, name: str) -> Network:
    """Read `networks/<name>/network.toml`, and what stands beside it: mappings, answers, actions, categories and more.

    Raises UserError: AN002 for a network that is not there, AN007 for every field that is not valid, AN014 where its
    folders lead out of the workspace, AN080 for decisions about suppliers that contradict one another.
    """
    if name not in network_names(workspace):
        raise unknown("AN002", "network", name, network_names(workspace))
    for folder in _folders_of(workspace, name):
        must_stay_inside(workspace, folder)
    return _Folder(workspace.network(name)).network()


def _folders_of(workspace: storage.Workspace, name: str) -> list[Path]:
    """The folders of a network that are written into."""
    return [workspace.network(name), workspace.processed(name), workspace.editions(name), workspace.exploring()]


def must_write_inside(workspace: storage.Workspace, name: str) -> None:
    """Raise UserError (AN014) where what stands in a network's own folders leads out of the workspace by a link.

    It is for what is about to write there; a workspace that is made to verify an edition points at what is only read.
    Below what stands directly in them only folders matter: a file that is written takes the place of a link to another.
    Of the copies of notebooks that people work in, nothing below is written.
    """
    for folder in _folders_of(workspace, name):
        for place, folders, files in os.walk(folder):
            direct = Path(place) == folder
            for path in (Path(place, one) for one in (*folders, *(files if direct else ()))):
                if path.is_symlink():
                    must_stay_inside(workspace, path)
            if folder == workspace.exploring():
                break


def must_stay_inside(workspace: storage.Workspace, folder: Path) -> None:
    """Raise UserError (AN014) where a folder of the workspace leads out of it by a link.

    Whoever can put a link there would otherwise have figures written, and old ones removed, wherever it leads.
    """
    if not folder.resolve().is_relative_to(workspace.root.resolve()):
        remedy = "Put the folder itself there, or the whole workspace where there is room."
        what = "it leads out of the workspace by a link, and is written into."
        raise UserError(Problem("AN014", folder.relative_to(workspace.root).as_posix(), what, remedy))


class _Folder:
    """The folder of a network: what its files hold, as far as it can be told, and what is wrong with them."""

    def __init__(self, folder: Path):
        self._folder = folder
        self._problems: list[Problem] = []

    def network(self) -> Network:
        definitions = self._folder / "definitions"
        catalogue, of_definitions = catalogue_as_told(definitions)
        self._problems += of_definitions
        main = self._folder / "network.toml"
        beside = self._beside(catalogue)
        data = self._tried(lambda: read_data(main), None)
        if data is None:
            raise UserError(self._problems)
        network, faults = as_told(Network, {**data, **beside, "folder": self._folder, "definitions": definitions})
        with suppress(FaultyField):
            if network.id != self._folder.name:
                what = f'the id is "{network.id}", and the folder is "{self._folder.name}"'
                faults.append(Fault(("network", "id"), what, "Make the two the same."))
        self._problems = [*(self._problem(fault) for fault in faults), *self._problems]
        if self._problems:
            raise UserError(dict.fromkeys(self._problems))
        return network

    def _beside(self, known: Catalogue) -> dict[str, Any]:
        """What stands beside network.toml, by the field of the network that it fills."""
        decisions = self._read(SUPPLIER_DECISIONS, SupplierDecisions)
        with suppress(FaultyField):
            self._tried(lambda: check_decisions(decisions, storage.told(self._folder / SUPPLIER_DECISIONS)), None)
        found: dict[str, Any] = {
            "mappings": [
                mapping
                for path in sorted((self._folder / "mappings").glob("[!.]*.yaml"))
                if (mapping := self._tried(lambda path=path: read_declared(Mapping, path), None))  # type: ignore[misc]
            ],
            "answered": self._read(_ANSWERS, Answers),
            "suppliers_decided": decisions,
        }
        for field, (name, kind) in _LISTS.items():
            if self._is_given(name):
                with suppress(FaultyField):
                    found[field] = getattr(self._read(name, kind), field)
        conditions = self._folder / CONDITIONS_FILE
        if self._is_given(CONDITIONS_FILE):
            told = storage.told(conditions)
            none: list[ConditionValue] = []
            found["conditions"] = self._tried(lambda: read_conditions(conditions, known.conditions, told), none)
        return found

    def _read(self, name: str, kind: type[Kind]) -> Kind:
        """What a file holds, as far as it can be told; what an empty one would, where it is not there."""
        path = self._folder / name
        data: Any = self._tried(lambda: read_data(path), {}) if self._is_given(name) else {}
        told, faults = as_told(kind, data)
        self._problems += [problem(path, fault) for fault in faults]
        return told

    def _is_given(self, name: str) -> bool:
        return self._tried(lambda: storage.is_given(self._folder / name), False)

    def _tried(self, read: Callable[[], Result], otherwise: Result) -> Result:
        """What is read, or something else where that has faults, which are noted."""
        try:
            return read()
        except UserError as error:
            self._problems += error.problems
            return otherwise

    def _problem(self, fault: Fault) -> Problem:
        """A fault of the network, in the file that has what is at fault."""
        field = fault.place[0] if fault.place else ""
        if field == "answered":
            return problem(self._folder / _ANSWERS, fault._replace(place=fault.place[1:]))
        name, _ = _LISTS.get(str(field), ("network.toml", None))
        return problem(self._folder / name, fault)


_ANSWERS = "answers.toml"

#: The lists of a network that have a file of their own beside network.toml, by the field that has them.
_LISTS: dict[str, tuple[str, type[Declared]]] = {
    "actions": ("actions.toml", Actions),
    "agreements": (AGREEMENTS, Agreements),
    "categories": ("categories.toml", SpendCategories),
    "populations": ("populations.toml", Populations),
}
