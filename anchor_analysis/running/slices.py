"""What each notebook is given: no more than it is about, in a folder whose content decides whether it runs again.

A page about a metric, or for a member, is made from what an edition tells of that alone. So a changed return runs only
the notebooks to which it makes a difference; and a notebook for one member cannot show what another one reported, since
that is not there.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from anchor_analysis import storage
from anchor_analysis.present import about
from anchor_analysis.publish.profile import beside_member, facts_for_member, own_observations

#: The code that slices are made by.
SLICES_CODE = ("present", "publish", "running/slices.py")


@dataclass(frozen=True)
class Slices:
    """The slices of one year's results: for what there are any, and a hash of what each holds."""

    folder: Path
    hashes: dict[str, dict[str, str]]

    def of(self, kind: str) -> list[str]:
        """The metrics or the members that there is a slice for, in the order of tables or by name."""
        return list(self.hashes[kind])

    def path(self, kind: str, of: str) -> Path:
        """The folder of a slice; the kind `once` has one, of everything that is public."""
        return self.folder / kind / of


def make_slices(results: Path, folder: Path) -> Slices:
    """The slices of a folder of results, in `folder`, made only where they are not there."""
    made = storage.step(folder, _key(results), lambda into: _make(results, into))
    storage.keep_only(folder, [made])
    return _read(made)


def slices_before(results: Path, folder: Path) -> Slices | None:
    """The slices of a folder of results, where an earlier run has made them."""
    made = storage.step_folder(folder, _key(results))
    return _read(made) if storage.is_there(made) else None


def _key(results: Path) -> str:
    return storage.text_hash(results.name, storage.code_hash(*SLICES_CODE), storage.to_json(storage.environment()))


def _read(made: Path) -> Slices:
    return Slices(made, storage.read_json(made / "slices.json"))


def _make(results: Path, into: Path) -> None:
    cells, register = storage.read_frame(results / "cells.parquet"), storage.read_json(results / "claims.json")
    facts = storage.read_json(results / "edition.json")
    public = into / "once" / "edition"
    for name in ("cells.parquet", "claims.json", "edition.json"):
        storage.write_bytes(public / name, (results / name).read_bytes())
    metrics = about.told_metrics(cells)
    for metric in metrics:
        frames = {"cells": about.cells_about(cells, facts, metric)}
        told = {"claims": about.register_about(register, metric), "edition": about.facts_about(facts, metric)}
        _write(into / "metric" / metric, frames, told)
    members = _for_members(results, into, cells, facts)
    kinds = {"once": ["edition"], "metric": metrics, "member": members}
    hashes = {kind: {name: storage.folder_hash(into / kind / name) for name in names} for kind, names in kinds.items()}
    storage.write_text(into / "slices.json", _in_order(hashes))


def _for_members(results: Path, into: Path, cells: pd.DataFrame, facts: dict[str, Any]) -> list[str]:
    """Write the slice of each member that reported a figure in any year; who they are."""
    observations = storage.read_frame(results / "observations.parquet")
    members = []
    for name in [str(member["id"]) for member in facts["members"]]:
        own = own_observations(observations, name)
        if own.empty:
            continue
        members.append(name)
        frames = {"observations": own, "cells": beside_member(cells, own)}
        _write(into / "member" / name, frames, {"edition": facts_for_member(facts, own, name)})
    return members


def _write(folder: Path, frames: dict[str, pd.DataFrame], told: dict[str, Any]) -> None:
    storage.made(folder)
    for name, frame in frames.items():
        storage.write_frame(frame, folder / f"{name}.parquet")
    for name, content in told.items():
        (folder / f"{name}.json").write_text(storage.to_json(content), encoding="utf-8")  # the step is whole or absent


def _in_order(hashes: dict[str, dict[str, str]]) -> str:
    return json.dumps(hashes, indent=1)  # in the order of tables, which `to_json` would sort away
