"""`run --due`: what is due is run, and all of it told in a few lines, as a mail from a scheduler has them."""

from __future__ import annotations

from anchor_analysis import storage
from anchor_analysis.commands.guarding import show_bug
from anchor_analysis.commands.screen import err, out, progress_shown, show_problems
from anchor_analysis.declared.loading import network_names
from anchor_analysis.problems import UserError, unknown
from anchor_analysis.running.due import Outcome, Standing, exit_code, run_due


def make_due(workspace: storage.Workspace, network: str, quiet: bool, workers: int | None = None) -> int:
    """Run what is due of one network or of all; the exit code.

    With `quiet`, networks for which there is nothing to do are not told, so that a scheduler sends no mail for them.
    """
    names = network_names(workspace)
    if network and network not in names:
        raise unknown("AN002", "network", network, names)

    def tell(standing: Standing) -> None:
        if standing.due or not quiet:
            what = "to be run" if standing.due else "nothing to do"
            out.print(f"{standing.network} {standing.year}: {what}: {standing.why}.", markup=False)

    with progress_shown(quiet) as progress:
        outcomes = run_due(workspace, [network] if network else names, tell, progress, workers)
    for outcome in outcomes:
        _show(workspace, outcome)
    _sum_up(outcomes, quiet)
    return exit_code(outcomes)


def _show(workspace: storage.Workspace, outcome: Outcome) -> None:
    if outcome.result:
        edition = outcome.result.edition
        page = (edition.folder / "index.html").relative_to(workspace.root).as_posix()
        made = "made, a draft until a person releases it" if outcome.result.fresh else "stands as it was"
        out.print(f"{edition.name}: {made}: {page}", markup=False)
        return
    err.print(f"\n{outcome.network}{f' {outcome.year}' if outcome.year else ''}:", markup=False)
    if isinstance(outcome.error, UserError):
        show_problems(outcome.error)
    elif outcome.error:
        show_bug(outcome.error)
    err.print()


def _sum_up(outcomes: list[Outcome], quiet: bool) -> None:
    failed = [one for one in outcomes if one.error]
    if outcomes or not quiet:
        made = len(outcomes) - len(failed)
        names = ", ".join(f"{one.network} {one.year or ''}".strip() for one in failed)
        out.print(f"Run: {made}. Not run to the end: {f'{len(failed)} ({names})' if failed else '0'}.", markup=False)
