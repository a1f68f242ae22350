"""anchor-analysis: from raw returns to a released edition."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from anchor_analysis import storage
from anchor_analysis.commands import groups, verify
from anchor_analysis.commands.ending import heeding
from anchor_analysis.commands.guarding import guarded, show_bug
from anchor_analysis.problems import UserError
from anchor_analysis.signs import visible
from anchor_analysis.telling import refusal, shows_values, wants_memory

if TYPE_CHECKING:
    from anchor_analysis.running import RunResult

app = typer.Typer(
    help="Evaluate an anchor network: from its members' returns to a published edition.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.add_typer(groups.network, name="network")
app.add_typer(groups.returns, name="return")
app.add_typer(groups.reference, name="reference")
groups.edition.command("verify")(verify.edition_verify)
app.add_typer(groups.edition, name="edition")
app.add_typer(groups.suppliers, name="suppliers")

Year = Annotated[str, typer.Option(help="Network year, such as 2023/24; the latest if not given.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Show no progress.")]


def main() -> None:
    """Run the command line.

    Exit code 0 done, 1 failed, 2 a user's mistake, 3 held for an answer, 4 somebody else is at work on the same.
    """
    try:
        with guarded(sys.argv[1:]):
            code = _code_of(_answered)
    except UserError as error:
        code = _told(error)
    sys.exit(code)


def _answered() -> None:
    app(prog_name="anchor-analysis")


def _code_of(command: Callable[[], None]) -> int:
    """The exit code of a command, after what went wrong has been told."""
    try:
        with heeding():
            command()
    except UserError as error:
        return _told(error)
    except KeyboardInterrupt:
        return 130
    except SystemExit as stop:
        if isinstance(stop.code, int | None):
            return stop.code or 0
        show_bug(stop)  # a text, which Python would print
    except Exception as error:
        if refused := refusal(error):
            return _told(refused)
        if shows_values():
            raise
        show_bug(error)
    return 1


def _told(error: UserError) -> int:
    try:
        from anchor_analysis.commands.screen import show_problems

        show_problems(error)
    except Exception as another:
        if not wants_memory(another):
            raise
        print(visible(str(error)), file=sys.stderr)  # as there is not memory enough to lay it out either
    return error.exit_code


@app.command()
def demo(
    quiet: Quiet = False,
    scale: Annotated[float, typer.Option(min=0.01, max=1.0, help="Size, as a share of the whole.")] = 1.0,
) -> None:
    """Make the demonstration network and its latest edition, in this workspace or in a new one here."""
    from anchor_analysis.commands.demonstration import NETWORK, init_workspace, make_demonstration
    from anchor_analysis.commands.screen import progress_shown
    from anchor_analysis.running import run_network

    workspace = _workspace_or(init_workspace)
    with progress_shown(quiet) as progress:
        make_demonstration(workspace, scale, progress)
        result = run_network(workspace, NETWORK, progress=progress)
    _show_result(result, quiet)


def _workspace_or(make: Callable[[Path], storage.Workspace]) -> storage.Workspace:
    try:
        return storage.find_workspace()
    except UserError:
        return make(Path.cwd())


def _show_result(result: RunResult, quiet: bool) -> None:
    from anchor_analysis.commands.screen import out, show_headlines
    from anchor_analysis.doors import Edition

    if quiet:
        return
    edition = Edition(result.edition.folder)
    show_headlines(edition.cells, edition.facts)
    out.print(f"{'Made' if result.fresh else 'Nothing had changed since'} {result.edition.name}. Open:", markup=False)
    page = result.edition.folder / "network_impact.html"
    out.print(f"  {page if page.is_file() else result.edition.folder / 'index.html'}", markup=False)
    for path in result.internal:
        out.print(f"  {path} (internal)", markup=False)
    members = result.edition.folder.parent / "members"
    if members.is_dir():
        out.print(f"  {members} (a page for each member, and for it alone)", markup=False)


@app.command()
def run(
    network: Annotated[str, typer.Argument(help="The network; with --due all, if none is named.")] = "",
    year: Year = "",
    due: Annotated[bool, typer.Option("--due", help="Run what needs it, and say why; for a scheduler.")] = False,
    cluster: Annotated[
        str, typer.Option(help="The scheduler of a Dask cluster that runs notebooks, tcp://HOST:PORT.")
    ] = "",
    engine: Annotated[str, typer.Option(help="What computes on rows: duckdb, polars, spark://HOST:PORT.")] = "duckdb",
    workers: Annotated[
        int, typer.Option(min=0, help="So much at once; if not given, one notebook more than processors.")
    ] = 0,
    quiet: Quiet = False,
) -> None:
    """Make the draft edition of a network's year from its raw returns, and audit it.

    With --due, make those that returns, settings, definitions or code have changed for, and those that are not there.
    """
    workspace = replace(storage.find_workspace(), engine=engine)
    if due:
        from anchor_analysis.commands.due import make_due

        if year:
            raise typer.BadParameter("--due works out itself which years need a run.", param_hint="--year")
        if cluster:
            raise typer.BadParameter("--due runs notebooks on this machine.", param_hint="--cluster")
        raise typer.Exit(make_due(workspace, network, quiet, workers or None))
    if not network:
        raise typer.BadParameter("Name a network, or say --due.", param_hint="NETWORK")
    from anchor_analysis.commands.screen import progress_shown
    from anchor_analysis.running import run_network
    from anchor_analysis.running.cluster import cluster as on_cluster

    with progress_shown(quiet) as progress, on_cluster(cluster) as (executor, at_once):
        result = run_network(workspace, network, year, progress, workers or at_once, executor)
    _show_result(result, quiet)


@app.command()
def check(
    network: str,
    year: Annotated[str, typer.Option(help="Only the returns of this year, such as 2023/24.")] = "",
    member: Annotated[str, typer.Option(help="Only the returns of this member.")] = "",
    to: Annotated[Path | None, typer.Option(help="Workbook (.xlsx) for what is to be mended, to send back.")] = None,
    suggest: Annotated[bool, typer.Option("--suggest", help="Draft mappings for headers that nobody knows.")] = False,
    quiet: Quiet = False,
) -> None:
    """Read and clean every return of a network, and tell everything that has to be mended."""
    from anchor_analysis.commands.screen import out, progress_shown
    from anchor_analysis.running import check_returns
    from anchor_analysis.running import suggest as suggest_mappings
    from anchor_analysis.running.handing_out import file_must_stand_apart

    if to:
        file_must_stand_apart(to, "--to", ".xlsx")
    if suggest:
        workspace = storage.find_workspace()
        for path in suggest_mappings(workspace, network, year, member):
            place = path.relative_to(workspace.root)
            out.print(f"Drafted {place}: look through it, and move it up into mappings.", markup=False)
    with progress_shown(quiet) as progress:
        checked = check_returns(storage.find_workspace(), network, year, progress, member=member, to=to)
    for question in checked.questions:
        out.print(f"{question}\n", markup=False)
    count = f"{checked.returns} return{'' if checked.returns == 1 else 's'}"
    out.print(f"{count} read; nothing to mend.", markup=False)


@app.command()
def catalogue(
    metric: Annotated[str, typer.Argument(help="Show one metric whole, with its history.")] = "",
    words: Annotated[str, typer.Option("--find", help="Words of its id, title, question or caveats.")] = "",
    lever: Annotated[str, typer.Option(help="Of one lever, such as employer.")] = "",
    kind: Annotated[str, typer.Option(help="additive or ratio.")] = "",
    table: Annotated[str, typer.Option(help="Counted from one table, such as ledger.")] = "",
    status: Annotated[str, typer.Option(help="current, draft or retired.")] = "",
    network: Annotated[str, typer.Option(help="With the definitions of a network's own.")] = "",
) -> None:
    """List the declared metrics, all or some, or show one."""
    from anchor_analysis.commands import screen
    from anchor_analysis.declared import load_catalogue, load_network
    from anchor_analysis.declared.described import selected

    known = load_network(storage.find_workspace(), network).catalogue if network else load_catalogue()
    if metric:
        screen.show_metric(known, known.metric(metric))
    else:
        screen.show_metrics(selected(known, words, lever, kind, table, status))


@app.command()
def doctor() -> None:
    """Say whether everything that a run needs is here."""
    from anchor_analysis.commands.doctor import examine
    from anchor_analysis.commands.screen import out

    healthy = True
    for good, what in examine():
        healthy &= good
        out.print(f"{'ok  ' if good else 'MEND'} {what}", markup=False)
    raise typer.Exit(0 if healthy else 2)


@app.command()
def lab(
    network: Annotated[
        str, typer.Option(help="The network that it is about; as the notebook says, if not given.")
    ] = "",
    year: Annotated[str, typer.Option(help="Network year, such as 2023/24; that of the newest edition.")] = "",
) -> None:
    """Open JupyterLab on a copy of the notebook `explore`, to work in."""
    import os
    import subprocess

    from anchor_analysis.commands.screen import out
    from anchor_analysis.running.exploring import copy_to_explore

    workspace = storage.find_workspace()
    copy = copy_to_explore(workspace, network, year)
    out.print(f"Your copy of explore is {copy.relative_to(workspace.root).as_posix()}. No run reads it.", markup=False)
    environment = os.environ | {"ANCHOR_WORKSPACE": str(workspace.root)}
    command = [sys.executable, "-m", "jupyterlab", str(copy), f"--ServerApp.root_dir={workspace.root}"]
    raise typer.Exit(subprocess.run(command, env=environment, check=False, stderr=sys.stderr).returncode)
