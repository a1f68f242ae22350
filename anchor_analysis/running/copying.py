"""Copies of an edition's pages to hand on, looked through before anybody gets them."""

from __future__ import annotations

from pathlib import Path

from anchor_analysis import storage
from anchor_analysis.audit.egress import findings
from anchor_analysis.declared import load_network
from anchor_analysis.problems import Problem, UserError
from anchor_analysis.publish.copies import write_copies
from anchor_analysis.publish.editions import sealed_edition
from anchor_analysis.running.handing_out import handed_out


def copy_pages(
    workspace: storage.Workspace, name: str, to: Path, year: str = "", revision: str = "", *, with_code: bool = False,
    pdf: bool = False,
) -> list[Path]:  # fmt: skip
    """Write an edition's pages into a folder, with their code or as PDF; the files.

    They are made in the workspace and looked through there; only then do they take the place of earlier copies. Raises
    UserError: AN008 where there is no such edition, AN053 where no browser prints, AN040 where the edition is not as it
    was sealed, or a copy holds what names a person or a machine, AN014 where the folder cannot be written to.
    """
    network = load_network(workspace, name)
    edition = sealed_edition(workspace, name, year, revision)
    with storage.scratch(storage.made(workspace.processed(name)), held=False) as scratch:
        paths = write_copies(edition, scratch, with_code=with_code, pdf=pdf)
        found = [one for path in paths for one in findings(path, path.name, [network.about.contact])]
        if found:
            remedy = "Nothing was copied; mend the notebook, or the page, that holds it."
            raise UserError([Problem("AN040", one.place, f"holds {one.kind}.", remedy) for one in found])
        for path in paths:
            with handed_out(to / path.name):
                storage.copy_file(path, storage.made(to) / path.name)
    return [to / path.name for path in paths]
