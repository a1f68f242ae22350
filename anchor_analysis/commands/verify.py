"""The command that verifies an edition."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from anchor_analysis import storage
from anchor_analysis.commands.groups import Revision, Year
from anchor_analysis.problems import UserError

if TYPE_CHECKING:
    from anchor_analysis.running import Progress


@contextmanager
def _inputs_of(name: str, against: Path | None, scale: float, progress: Progress) -> Iterator[storage.Workspace]:
    """The workspace, or one made for an edition from elsewhere: with the demonstration, or with nothing in it."""
    from anchor_analysis.commands.demonstration import NETWORK, demonstration_anew

    if against and name == NETWORK:
        with demonstration_anew(scale, progress) as workspace:
            yield workspace
        return
    try:
        found = storage.find_workspace()
    except UserError:
        if not against:
            raise
        with tempfile.TemporaryDirectory(prefix="anchor-") as folder:
            yield storage.Workspace(Path(folder).resolve())
        return
    yield found


def edition_verify(
    name: Annotated[str, typer.Argument(metavar="NETWORK")], year: Year = "", revision: Revision = "",
    against: Annotated[
        Path | None, typer.Option(help="Folder of an edition from elsewhere. The demonstration is made anew for it.")
    ] = None,
    scale: Annotated[
        float, typer.Option(min=0.01, max=1.0, help="With --against: of a demonstration that was made smaller.")
    ] = 1.0,
    csv: Annotated[Path | None, typer.Option(help="File (.csv) for all that differs.")] = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Show no progress.")] = False,
) -> None:  # fmt: skip
    """Make an edition again from what is here, and compare every figure, claim, table, notebook and page."""
    from anchor_analysis.commands.screen import out, progress_shown
    from anchor_analysis.commands.verified import show_verified, write_differences
    from anchor_analysis.running.handing_out import file_must_stand_apart
    from anchor_analysis.running.verifying import verify_edition

    if against and (year or revision):
        raise typer.BadParameter("the folder says of which year and revision it is", param_hint="--against")
    if csv:
        file_must_stand_apart(csv, "--csv", ".csv")
    with progress_shown(quiet) as progress, _inputs_of(name, against, scale, progress) as workspace:
        found = verify_edition(workspace, name, year, revision, progress, against=against)
    show_verified(found)
    if csv:
        out.print(f"Wrote {csv}: {write_differences(found, csv):,} differences.", markup=False)
    raise typer.Exit(0 if found.holds else 1)
