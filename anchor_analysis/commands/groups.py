"""The command groups: networks, returns, references, editions, suppliers."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from anchor_analysis import storage


def _group(words: str) -> typer.Typer:
    return typer.Typer(help=words, no_args_is_help=True, rich_markup_mode=None)


network = _group("Set up and show networks.")
returns = _group("Templates for members, and counts at a member's own site.")
reference = _group("Postcode directories, deprivation files and other reference data.")
edition = _group("List, compare, verify, audit, release and withdraw editions.")
suppliers = _group("Decide which suppliers of several ledgers are the same.")

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


@network.command("agreements")
def network_agreements(name: Annotated[str, typer.Argument(metavar="NETWORK")]) -> None:
    """List what members agreed to have shown, whether it is in force, and which released editions relied on it."""
    from anchor_analysis.commands.screen import out
    from anchor_analysis.declared import load_network
    from anchor_analysis.publish.agreements import agreement_said, agreement_states
    from anchor_analysis.publish.ledger import ledger_of

    workspace = storage.find_workspace()
    found = load_network(workspace, name)
    states = agreement_states(found, ledger_of(workspace, name))
    for state in states:
        out.print(agreement_said(state), markup=False, soft_wrap=True)
    if not states:
        out.print(f"{found.about.name} has no agreements; docs/agreements.md says what they are.", markup=False)


@returns.command("template")
def return_template(
    network_name: Annotated[str, typer.Argument(metavar="NETWORK")], member: str, year: str,
    to: Annotated[Path | None, typer.Option(help="File to write; a name is made if not given.")] = None,
) -> None:  # fmt: skip
    """Write the blank workbook in which a member sends its return."""
    from anchor_analysis.commands.screen import out
    from anchor_analysis.declared import load_network
    from anchor_analysis.read import write_template
    from anchor_analysis.running.handing_out import file_must_stand_apart
    from anchor_analysis.running.last_year import own_figures

    workspace = storage.find_workspace()
    found = load_network(workspace, network_name)
    chosen, who = found.year(year), found.member(member)
    path = to or Path(f"{who.id}_{chosen.folder}.xlsx")
    file_must_stand_apart(path, "--to", ".xlsx", new=True)  # the same name may be that of the one that was filled in
    write_template(path, found, who, chosen, own_figures(workspace, found, who, chosen.previous))
    out.print(f"Wrote {path}", markup=False)


@returns.command("profile")
def return_profile(
    network_name: Annotated[str, typer.Argument(metavar="NETWORK")], member: str,
    to: Annotated[Path, typer.Option(help="Workbook (.xlsx) to write. It goes to that member and to nobody else.")],
    year: Year = "",
) -> None:  # fmt: skip
    """Write a member's own figures beside what the network tells, for that member alone."""
    from anchor_analysis.commands.screen import out
    from anchor_analysis.running.handing_out import file_must_stand_apart
    from anchor_analysis.running.profiles import profile_of

    file_must_stand_apart(to, "--to", ".xlsx")
    who = profile_of(storage.find_workspace(), network_name, member, to, year)
    out.print(f"Wrote {to}: for {who.name} alone. It is exact and unprotected.", markup=False)


@returns.command("aggregate")
def return_aggregate(
    network_name: Annotated[str, typer.Argument(metavar="NETWORK")], member: str, year: str,
    extract: Annotated[Path, typer.Argument(help="Staff extract with the template's headers: .csv or .xlsx.")],
    to: Annotated[Path, typer.Option(help="Workbook (.xlsx) to write.")],
) -> None:  # fmt: skip
    """Count a staff extract at the member's own site, so that only figures leave and no row of anybody."""
    from anchor_analysis.commands.screen import out
    from anchor_analysis.running.aggregating import aggregate_return
    from anchor_analysis.running.handing_out import file_must_stand_apart

    file_must_stand_apart(to, "--to", ".xlsx")
    counted = aggregate_return(storage.find_workspace(), network_name, member, year, extract, to)
    for figure in counted.figures:
        unknown = f", and {figure.unknown:,.10g} that may be" if figure.unknown else ""
        out.print(f"  {figure.metric:<34} {figure.value:>14,.10g}{unknown}", markup=False)
    out.print(f"Wrote {to}. Look at it before you send it; {extract.name} stays with you.", markup=False)


@reference.command("add")
def reference_add(
    file: Annotated[str, typer.Argument(help="A file, a zip file as it is published, or an https address.")],
    name: Annotated[str, typer.Option(help="What the network calls it; made from the file if not given.")] = "",
    vintage: Annotated[str, typer.Option(help="When it is as at, such as 2025-05.")] = "",
) -> None:
    """Add reference data: a postcode directory, File 7, recodes, a lookup, a benchmark, boundaries or a deflator."""
    from anchor_analysis.commands.screen import download_shown
    from anchor_analysis.read import add_reference

    with download_shown() as report:
        about = add_reference(file, storage.find_workspace(), name or None, vintage or None, report)
    _show_added(about)


@reference.command("fetch")
def reference_fetch(
    name: Annotated[
        str, typer.Argument(metavar="ID", help="Which one; without it the official addresses are listed.")
    ] = "",
) -> None:
    """Download reference data from its official address, and hold it to the hash of the first time."""
    from anchor_analysis.commands.screen import download_shown, out
    from anchor_analysis.declared import load_catalogue
    from anchor_analysis.read import fetched_hashes
    from anchor_analysis.running.fetching import fetch_reference

    workspace = storage.find_workspace()
    if name:
        with download_shown() as report:
            about = fetch_reference(workspace, name, report)
        _show_added(about)
        return
    held = fetched_hashes(workspace)
    for source in load_catalogue().references.values():
        how = (source.sha256 or held.get(source.id, ""))[:8] or ("not yet fetched" if source.url else "by hand")
        issue = f", {source.issue}" if source.issue else ""
        out.print(f"{source.id:<24} {how:<16} {source.title}{issue} ({source.publisher})", markup=False)


def _show_added(about: dict[str, Any]) -> None:
    from anchor_analysis.commands.screen import out

    known = f"It is {about['issue']} by its hash." if about["issue"] else "Its hash is not among those known."
    beside = f", {about['left_out']:,} left out" if about["left_out"] else ""
    named = "" if about["kind"] == "lookup" else f" Name it under [reference] {about['kind']} in network.toml."
    out.print(f"{about['id']}: {about['kind']}, {about['rows']:,} rows{beside}. {known}{named}", markup=False)


@reference.command("list")
def reference_list() -> None:
    """List the references of this workspace, with source, hash, and the networks that name them."""
    from anchor_analysis.commands.screen import out
    from anchor_analysis.read import list_references
    from anchor_analysis.running.references import networks_naming

    workspace = storage.find_workspace()
    naming = networks_naming(workspace)
    for about in list_references(workspace):
        known = f"{about['id']:<28} {about['kind']:<12} {about.get('vintage', ''):<10} {about.get('rows', 0):>10,} rows"
        named = f"named by {', '.join(naming[about['id']])}" if about["id"] in naming else "named by no network"
        out.print(f"{known}  {about['sha256'][:8]}  {about.get('archive') or about['source']}  {named}", markup=False)


@reference.command("wards")
def reference_wards(
    network_name: Annotated[str, typer.Argument(metavar="NETWORK")],
    kind: Annotated[str, typer.Option(help="top_k_by_score, top_k_by_share or lsoa_decile.")] = "",
    k: Annotated[int, typer.Option("-k", help="How many wards.")] = 7,
    release: Annotated[str, typer.Option(help="deprivation, or deprivation_other.")] = "deprivation",
    name: Annotated[str, typer.Option(help="Id of the definition; made from the rule if not given.")] = "",
) -> None:
    """Show the wards of the area by deprivation, or with --kind freeze the most disadvantaged as a definition."""
    from anchor_analysis.commands.screen import out, show_wards
    from anchor_analysis.declared import load_network
    from anchor_analysis.running.areas import in_one_geography
    from anchor_analysis.running.wards import draft_definition, moved_lists, wards_by_release

    workspace = storage.find_workspace()
    found = in_one_geography(load_network(workspace, network_name), workspace)
    if kind:
        path, definition = draft_definition(workspace, network_name, kind, k, release, name)
        out.print(f"{definition.title}: {', '.join(definition.wards) or 'no list of wards'}", markup=False)
        out.print(f'{path.relative_to(workspace.root)} holds it. Name it: most_disadvantaged = "{definition.name}"')
        return
    for wards in wards_by_release(found, workspace):
        show_wards(wards, found.ward_set)
    for said in moved_lists(found, workspace):
        out.print(f"{said}.", markup=False)


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
    name: Annotated[str, typer.Argument(metavar="NETWORK")],
    by: Annotated[str, typer.Option(help="Who releases it, as a role and not as a name: chief executive.")],
    year: Year = "", revision: Revision = "",
) -> None:  # fmt: skip
    """Release an audited draft; from then on it never changes."""
    from anchor_analysis.commands.screen import out
    from anchor_analysis.publish.agreements import agreement_said
    from anchor_analysis.running.releasing import agreements_relied_on, release

    workspace = storage.find_workspace()
    found = release(workspace, name, year, revision, by=by)
    out.print(f"{found.name} is released and entered in networks/{name}/editions.toml.", markup=False)
    for state in agreements_relied_on(workspace, name):
        out.print(agreement_said(state), markup=False, soft_wrap=True)


@edition.command("withdraw")
def edition_withdraw(
    name: Annotated[str, typer.Argument(metavar="NETWORK")],
    year: Annotated[str, typer.Option(help="Network year of the edition, such as 2023/24.")],
    revision: Annotated[str, typer.Option(help="Its revision, such as r1.")],
    reason: Annotated[str, typer.Option(help="Why it should no longer be used.")],
    by: Annotated[str, typer.Option(help="Who withdraws it, as a role and not as a name: chief executive.")],
) -> None:
    """Enter that a released edition should no longer be used; it stays as it is, and so does its entry."""
    from anchor_analysis.commands.screen import out
    from anchor_analysis.running.releasing import withdraw

    entry = withdraw(storage.find_workspace(), name, year, revision, reason=reason, by=by)
    about = f"{name} {entry['year']} {entry['revision']}"
    out.print(f"{about} is withdrawn, and networks/{name}/editions.toml says so.", markup=False)
    out.print("Copies that were given out or put on a website are taken down by hand.", markup=False)


@edition.command("diff")
def edition_diff(
    name: Annotated[str, typer.Argument(metavar="NETWORK")], year: Year = "",
    earlier: Annotated[
        str, typer.Option("--from", help="Earlier revision, such as r1 or 2022-23/r1; the last released if not given.")
    ] = "",
    later: Annotated[str, typer.Option("--to", help="Later revision; the newest if not given.")] = "",
    csv: Annotated[Path | None, typer.Option(help="File (.csv) for every cell that differs.")] = None,
) -> None:  # fmt: skip
    """Say what was revised since the last released edition, by how much, and why as far as is known."""
    from anchor_analysis.commands.screen import out, show_revisions
    from anchor_analysis.running.handing_out import file_must_stand_apart
    from anchor_analysis.running.revising import compare_with_released, write_revisions

    if csv:
        file_must_stand_apart(csv, "--csv", ".csv")
    compared = compare_with_released(storage.find_workspace(), name, year, earlier, later)
    show_revisions(compared)
    if csv:
        write_revisions(compared, csv)
        out.print(f"Wrote {csv}: {len(compared.revisions):,} cells.", markup=False)
    elif len(compared.revisions):
        out.print("Every cell, with its reasons: the same command with --csv FILE.", markup=False)


@edition.command("trace")
def edition_trace(
    claim: Annotated[str, typer.Argument(metavar="ID", help="Id of a sentence or figure, or the address of its card.")],
    network_name: Annotated[
        str, typer.Option("--network", help="Which network; not needed where only one has editions.")
    ] = "",
    year: Year = "", revision: Revision = "",
    csv: Annotated[Path | None, typer.Option(help="File (.csv) for every row behind it. It stays inside.")] = None,
) -> None:  # fmt: skip
    """Follow a figure or a sentence to what each member adds and to the rows of returns; for the analyst."""
    from anchor_analysis.commands.followed import show_trace
    from anchor_analysis.commands.screen import out
    from anchor_analysis.running.following import follow
    from anchor_analysis.running.handing_out import file_must_stand_apart
    from anchor_analysis.running.rows_behind import write_rows

    if csv:
        file_must_stand_apart(csv, "--csv", ".csv")
    workspace = storage.find_workspace()
    trace = follow(workspace, claim, network_name, year, revision)
    show_trace(trace)
    if csv:
        rows = write_rows(trace.behind, csv, workspace.processed(trace.edition.network))
        out.print(f"Wrote {csv}: {rows:,} rows. They are internal.", markup=False)
    elif trace.behind:
        out.print("Every row: the same command with --csv FILE.", markup=False)


@edition.command("pages")
def edition_pages(
    name: Annotated[str, typer.Argument(metavar="NETWORK")],
    to: Annotated[Path, typer.Option(help="Folder to write the copies into.")],
    year: Year = "", revision: Revision = "",
    with_code: Annotated[bool, typer.Option("--with-code", help="With the code under each output.")] = False,
    pdf: Annotated[bool, typer.Option("--pdf", help="As PDF, by an installed Chromium, Chrome or Edge.")] = False,
) -> None:  # fmt: skip
    """Write copies of an edition's pages to hand on, with their code or as PDF; the edition stays as it is."""
    from anchor_analysis.commands.screen import out
    from anchor_analysis.running.copying import copy_pages
    from anchor_analysis.running.handing_out import folder_must_stand_apart

    folder_must_stand_apart(to, "--to")
    paths = copy_pages(storage.find_workspace(), name, to, year, revision, with_code=with_code, pdf=pdf)
    out.print(f"Wrote {len(paths):,} {'PDF' if pdf else 'HTML'} files to {to}.", markup=False)


@suppliers.command("review")
def suppliers_review(
    network_name: Annotated[str, typer.Argument(metavar="NETWORK")],
    to: Annotated[Path, typer.Option(help="Workbook (.xlsx) to write. It holds names: keep it as safe as returns.")],
) -> None:
    """Write the pairs of suppliers that may be the same, for a person to decide."""
    from anchor_analysis.commands.screen import out
    from anchor_analysis.running.handing_out import file_must_stand_apart
    from anchor_analysis.running.suppliers import write_review

    file_must_stand_apart(to, "--to", ".xlsx", new=True)
    pairs = write_review(storage.find_workspace(), network_name, to)
    out.print(f"Wrote {to}: {pairs:,} pair{'' if pairs == 1 else 's'} to decide.", markup=False)
    out.print(f"Fill in the column answer, then: anchor-analysis suppliers decide {network_name} {to}", markup=False)


@suppliers.command("decide")
def suppliers_decide(
    network_name: Annotated[str, typer.Argument(metavar="NETWORK")],
    file: Annotated[Path, typer.Argument(help="The filled-in review file (.xlsx).")],
    by: Annotated[str, typer.Option(help="Who decided, as a role and not as a name: procurement lead.")],
    on: Annotated[str, typer.Option(help="When, such as 2024-06-30; today if not given.")] = "",
) -> None:
    """Keep the answers of a filled-in review file among what the network tracks, without any name."""
    from datetime import date

    from anchor_analysis.commands.screen import out
    from anchor_analysis.running.suppliers import take_decisions

    try:
        when = date.fromisoformat(on) if on else date.today()
    except ValueError:
        raise typer.BadParameter("a day is written 2024-06-30", param_hint="--on") from None
    new = take_decisions(storage.find_workspace(), network_name, file, by, when)
    count = f"{len(new):,} new decision{'' if len(new) == 1 else 's'}"
    out.print(f"{count} in networks/{network_name}/supplier_decisions.toml; the next run honours them.", markup=False)
