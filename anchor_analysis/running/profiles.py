"""A member's profile, from what was measured and from the newest edition."""

from __future__ import annotations

from pathlib import Path

from anchor_analysis import storage
from anchor_analysis.declared import load_network
from anchor_analysis.declared.network import Member
from anchor_analysis.publish.editions import read_content, sealed_edition
from anchor_analysis.running.areas import in_one_geography
from anchor_analysis.running.earlier import results_folder
from anchor_analysis.running.handing_out import handed_out


def profile_of(workspace: storage.Workspace, name: str, member: str, to: Path, year: str = "") -> Member:
    """Write a member's profile of a year (the latest edition's, if not given) to a workbook; the member.

    Raises UserError: AN029 for no member, AN008 where nothing was run, AN014 where the file cannot be written.
    """
    from anchor_analysis.publish.profile import write_profile  # takes a while

    network = in_one_geography(load_network(workspace, name), workspace)
    who = network.member(member, "MEMBER")
    edition = sealed_edition(workspace, name, year)
    content = read_content(edition.folder)
    results = results_folder(workspace, network, edition.year)
    observations = storage.read_frame(results / "observations.parquet")
    with handed_out(to):
        write_profile(network, observations, content.cells, content.facts, who, to)
    return who
