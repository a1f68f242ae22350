"""Reading one return, in whichever process it falls to; such a process imports this and little else."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from anchor_analysis import storage, telling
from anchor_analysis.declared import Network, NetworkYear
from anchor_analysis.read import PartlyRead, SourceTable, read_return


@dataclass(frozen=True)
class Sent:
    """What a member sent of a year: its folder, and the hash of that by which it is known."""

    member: str
    year: NetworkYear
    folder: Path
    inputs: str


def read_one(network: Network, sent: Sent, rows: Path) -> list[SourceTable]:
    """Read what was sent into a folder for its rows; raises as `read_return` does, with member and year."""
    place = f"{sent.member} {sent.year}"
    try:
        left_out = [one.file for one in network.answered.about(sent.member, sent.year).left_out]
        with telling.at(place), _unchanged(sent):
            return read_return(sent.folder, network, network.member(sent.member), rows, left_out)
    except PartlyRead as error:
        problems = [replace(problem, where=f"{place}, {problem.where}") for problem in error.problems]
        raise PartlyRead(problems, error.sources) from None


@contextmanager
def _unchanged(sent: Sent) -> Iterator[None]:
    """Raise OSError (ESTALE) where a return is another afterwards, whatever came of reading it.

    Its rows would be taken for what was sent before, and its faults for the member's.
    """
    try:
        yield
    finally:
        if storage.folder_hash(sent.folder) != sent.inputs:
            raise OSError(errno.ESTALE, os.strerror(errno.ESTALE), str(sent.folder))
