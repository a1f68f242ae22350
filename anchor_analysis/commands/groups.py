"""The command groups: networks, returns, references, editions."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from anchor_analysis import storage


def _group(words: str) -> typer.Typer:
    return typer.Typer(help=words, no_args_is_help=True, rich_markup_mode=None)


network = _group("Set up and show networks.")
returns = _group("Templates for members, checks of returns, and counts at a member's own site.")
reference = _group("Postcode directories and deprivation files.")
edition = _group("List, audit and release editions.")

Year = Annotated[str, typer.Option(help="Network year, such as 2023/24; the latest if not given.")]
Revision = Annotated[str, typer.Option(help="Revision, such as r1; the newest if not given.")]


@network.command("init")
def network_init(
    name: Annotated[str, typer.Argument(help="Id of a new network: small letters, figures, - and _.")] = "",
) -> None:
    """Make this folder a workspace with its notebooks, and a new network in it if one is named."""
    from anchor_analysis.commands.demonstration import init_workspace
    from anchor_analysis.commands.new_network import write_network
    from anchor_analysis.commands.screen import out

    workspace = init_workspace(Path.cwd())
    out.print(f"Workspace: {workspace.root}", markup=False)
    if name:
        path = write_network(workspace, name)
        out.print(
            f"Wrote {path.relative_to(workspace.root)}: fill in its members and years, then add references.",
            markup=False,
        )


@network.command("show")
def network_show(name: str) -> None:
    """Show a network's members, years, references and what was decided about its returns."""
    from anchor_analysis.commands.screen import out
    from anchor_analysis.declared import load_network

    found = load_network(storage.find_workspace(), name)
    out.print(f"{found.about.name}: {found.first} to {found.latest}, baseline {found.baseline}", markup=False)
    for member in found.members:
        left = f", left {member.left}" if member.left else ""
        out.print(f"  {member.id:<28} {member.name} ({member.sector}), joined {member.joined}{left}", markup=False)
    for note in found.coverage:
        out.print(f"  {note.member} {note.year}: {note.status}: {note.reason}", markup=False)


@returns.command("template")
def return_template(
    network_name: Annotated[str, typer.Argument(metavar="NETWORK")], member: str, year: str,
    to: Annotated[Path | None, typer.Option(help="File to write; a name is made if not given.")] = None,
) -> None:  # fmt: skip
    """Write the blank workbook in which a member sends its return."""
    from anchor_analysis.commands.screen import out
    from anchor_analysis.declared import load_network
    from anchor_analysis.read import write_template
    from anchor_analysis.running.last_year import own_figures

    workspace = storage.find_workspace()
    found = load_network(workspace, network_name)
    chosen, who = found.year(year), found.member(member)
    path = to or Path(f"{who.id}_{chosen.folder}.xlsx")
    write_template(path, found, who, chosen, own_figures(workspace, found, who, chosen.previous))
    out.print(f"Wrote {path}", markup=False)


@returns.command("aggregate")
def return_aggregate(
    network_name: Annotated[str, typer.Argument(metavar="NETWORK")], member: str, year: str,
    extract: Annotated[Path, typer.Argument(help="Staff extract with the template's headers: .csv or .xlsx.")],
    to: Annotated[Path, typer.Option(help="Workbook (.xlsx) to write.")],
) -> None:  # fmt: skip
    """Count a staff extract at the member's own site, so that only figures leave and no row of anybody."""
    from anchor_analysis.commands.screen import out
    from anchor_analysis.running.aggregating import aggregate_return

    counted = aggregate_return(storage.find_workspace(), network_name, member, year, extract, to)
    for figure in counted.figures:
        unknown = f", and {figure.unknown:,.10g} that may be" if figure.unknown else ""
        out.print(f"  {figure.metric:<34} {figure.value:>14,.10g}{unknown}", markup=False)
    out.print(f"Wrote {to}. Look at it before you send it; {extract.name} stays with you.", markup=False)


@reference.command("add")
def reference_add(
    file: Path,
    name: Annotated[str, typer.Option(help="What the network calls it; made from the file if not given.")] = "",
    vintage: Annotated[str, typer.Option(help="When it is as at, such as 2025-05.")] = "",
) -> None:
    """Add a postcode directory (NSPL or ONSPD form) or File 7 of the Index of Multiple Deprivation."""
    from anchor_analysis.commands.screen import out
    from anchor_analysis.read import add_reference

    about = add_reference(file, storage.find_workspace(), name or None, vintage or None)
    out.print(
        f"{about['id']}: {about['rows']:,} rows. Name it under [reference] {about['kind']} in network.toml.",
        markup=False,
    )


@reference.command("list")
def reference_list() -> None:
    """List the references of this workspace."""
    from anchor_analysis.commands.screen import out
    from anchor_analysis.read import list_references

    for about in list_references(storage.find_workspace()):
        known = f"{about['id']:<28} {about['kind']:<12} {about['vintage']:<10} {about['rows']:>10,} rows"
        out.print(f"{known}  {about['sha256'][:12]}", markup=False)


@edition.command("list")
def edition_list(name: Annotated[str, typer.Argument(metavar="NETWORK")]) -> None:
    """List the editions of a network with their status."""
    from anchor_analysis.commands.screen import out
    from anchor_analysis.declared import load_network
    from anchor_analysis.publish.editions import list_editions

    workspace = storage.find_workspace()
    load_network(workspace, name)
    for row in list_editions(workspace, name).itertuples():
        out.print(f"{row.year}  {row.revision:<5} {row.status:<9} {row.edition_hash[:12]}  {row.folder}", markup=False)


@edition.command("audit")
def edition_audit(
    name: Annotated[str, typer.Argument(metavar="NETWORK")], year: Year = "", revision: Revision = ""
) -> None:
    """Read a finished edition and fail on anything that must not be in it."""
    from anchor_analysis.commands.screen import out
    from anchor_analysis.running.releasing import audit_again

    found = audit_again(storage.find_workspace(), name, year, revision)
    out.print(f"{found.name}: nothing found.", markup=False)


@edition.command("release")
def edition_release(
    name: Annotated[str, typer.Argument(metavar="NETWORK")], year: Year = "", revision: Revision = ""
) -> None:
    """Release an audited draft; from then on it never changes."""
    from anchor_analysis.commands.screen import out
    from anchor_analysis.running.releasing import release

    found = release(storage.find_workspace(), name, year, revision)
    out.print(f"{found.name} is released and entered in networks/{name}/editions.toml.", markup=False)
