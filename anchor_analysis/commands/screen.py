"""What the command line shows: progress, errors, the headline findings."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import pandas as pd
from rich.box import SIMPLE_HEAD
from rich.console import Console, ConsoleOptions, ConsoleRenderable, RenderHook
from rich.progress import (
    BarColumn,
    DownloadColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TransferSpeedColumn,
)
from rich.segment import Segment
from rich.table import Table
from rich.text import Text

from anchor_analysis.declared import Catalogue, Metric
from anchor_analysis.declared.areas import WardSet
from anchor_analysis.declared.described import metric_facts, plain
from anchor_analysis.locate.wards import in_order
from anchor_analysis.problems import UserError
from anchor_analysis.publish.reasons import NOT_KNOWN
from anchor_analysis.publish.revisions import OUTCOMES, count_outcomes, count_reasons
from anchor_analysis.running import Progress as Report
from anchor_analysis.running.revising import Compared
from anchor_analysis.running.wards import Wards
from anchor_analysis.signs import visible


class _Screen(Console):
    """A console whose reader may leave: whoever pipes a command into `head` has seen enough, and its work goes on.

    It prints text as it is, reads no markup and no names of pictures in it, and shows signs that are not seen.
    """

    def __init__(self, stderr: bool):
        super().__init__(stderr=stderr, soft_wrap=True, highlight=False, markup=False, emoji=False)
        self.push_render_hook(_Visible())

    def on_broken_pipe(self) -> None:
        """Print nothing more, here or at the end."""
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, self.file.fileno())
        os.close(nowhere)
        self.quiet = True


class _Visible(RenderHook):
    """Shows signs that are not seen: what is printed may be names from elsewhere, and a terminal does what they say."""

    def process_renderables(self, renderables: list[ConsoleRenderable]) -> list[ConsoleRenderable]:
        return [_Shown(one) for one in renderables]


class _Shown:
    """Something as it is printed, but for signs that are not seen; what moves the cursor on purpose is no text."""

    def __init__(self, whole: ConsoleRenderable):
        self._whole = whole

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterator[Segment]:
        for text, style, control in console.render(self._whole, options):
            yield Segment(text if control else visible(text), style, control)


out, err = _Screen(stderr=False), _Screen(stderr=True)


def show_problems(error: UserError) -> None:
    """Every problem, the first line of each in bold where the terminal can."""
    for number, problem in enumerate(error.problems):
        first, *rest = str(problem).split("\n")
        err.print(("\n" if number else "") + first, style="bold", markup=False)
        err.print("\n".join(rest), markup=False)
    if len(error.problems) > 1:
        err.print(f"\n{len(error.problems)} things to mend.", markup=False)


@contextmanager
def progress_shown(quiet: bool) -> Iterator[Report]:
    """A progress report: bars in a terminal, a line for each finished step elsewhere, nothing if quiet."""
    if quiet:
        yield lambda step, done, total, what: None
    elif out.is_terminal:
        columns = (
            TextColumn("{task.description:<26}", markup=False),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TextColumn("{task.fields[what]}", markup=False),
        )
        with Progress(*columns, console=out) as bars:
            yield _bars(bars)
    else:
        yield _lines


def _bars(bars: Progress) -> Report:
    tasks: dict[str, object] = {}

    def report(step: str, done: int, total: int, what: str) -> None:
        if step not in tasks:
            tasks[step] = bars.add_task(visible(step), total=total, what="")
        said = visible(what) if done < total else ""
        bars.update(tasks[step], completed=done, total=total, what=said)  # type: ignore[arg-type]

    return report


def _lines(step: str, done: int, total: int, what: str) -> None:
    if done == total:
        out.print(f"{step}: {done} of {total}" if total > 1 else f"{step}: done", markup=False)
        sys.stdout.flush()


@contextmanager
def download_shown() -> Iterator[Callable[[int, int], None]]:
    """A report of a download: a bar in a terminal, nothing elsewhere and where nothing is downloaded."""
    columns = (TextColumn("Download"), BarColumn(), DownloadColumn(), TransferSpeedColumn())
    with Progress(*columns, console=out, disable=not out.is_terminal) as bars:

        def report(done: int, total: int) -> None:
            task = bars.task_ids[0] if bars.task_ids else bars.add_task("", total=None)
            bars.update(task, completed=done, total=total or None)

        yield report


def show_headlines(cells: pd.DataFrame, facts: dict) -> None:
    """The headline findings of an edition: this year, the change, like-for-like, and how it stands."""
    coverage = f"{max(facts['members_reporting'].values(), default=0)} of {facts['members_total']} members"
    table = Table(title=f"{facts['name']}, {facts['year']} ({coverage})", title_justify="left", title_style="bold")
    table.add_column("")
    since = facts["previous"] or facts["year"]
    for name in (facts["year"], f"since {since}", "like-for-like", "verdict, like-for-like"):
        table.add_column(name, justify="left" if "verdict" in name else "right")
    by_headline = _by_headline(cells, facts["year"])
    for metric in cells["metric"].unique():
        shown = [by_headline.get((metric, *which), "") for which in _HEADLINE]
        if shown[0]:
            table.add_row(facts["definitions"][metric]["title"], *shown)
    out.print(table)


def show_wards(wards: Wards, names: WardSet | None) -> None:
    """The wards of an area under one release, the most deprived first."""
    release, frame = wards.deprivation, wards.frame
    title = f"IMD {release['vintage']} ({release['id']}), {wards.how}"
    table = Table(title=title, title_justify="left", title_style="bold")
    for name in ("", "Ward", "LSOAs", "in decile 1", "share", "population", "score"):
        table.add_column(name, justify="left" if name in ("", "Ward") else "right")
    for row in in_order(frame, "top_k_by_share" if frame["score"].isna().any() else "top_k_by_score").itertuples():
        name = names.wards[row.ward].name if names and row.ward in names.wards else ""
        known = ["not told" if pd.isna(row.population) else f"{row.population:,}",
                 "not told" if pd.isna(row.score) else f"{row.score:.3f}"]  # fmt: skip
        table.add_row(row.ward, name, str(row.lsoas), str(row.in_decile_1), f"{row.share:.1%}", *known)
    table.add_section()
    lsoas, first = frame["lsoas"].sum(), frame["in_decile_1"].sum()
    table.add_row("", "All", str(lsoas), str(first), f"{first / lsoas:.1%}" if lsoas else "", "", "")
    out.print(table)


def show_metrics(metrics: Sequence[Metric]) -> None:
    """Metrics in a table, one a line; to a file or a pipe their ids and titles alone."""
    if not out.is_terminal:
        for one in metrics:
            out.print(f"{one.id:<44} {one.title}", markup=False)
        return
    table = Table(box=SIMPLE_HEAD, padding=(0, 1, 0, 0))
    for name in ("Metric", "Title", "Lever", "Unit", "Version"):
        table.add_column(name, no_wrap=name == "Metric")
    for one in metrics:
        version = f"{one.version}" if one.status == "current" else f"{one.version}, {one.status}"
        table.add_row(one.id, one.title, one.lever, one.scale.words, version)
    out.print(table)


def show_metric(catalogue: Catalogue, metric: Metric) -> None:
    """What is declared of one metric, in words."""
    out.print(metric.title, style="bold", markup=False)
    out.print(f"{metric.question}\n", markup=False)
    table = Table(show_header=False, box=None, padding=(0, 2, 0, 0))
    for name, text in metric_facts(catalogue, metric):
        table.add_row(Text(name), Text(plain(text)))
    out.print(table)
    out.print("\nHow it can mislead:", markup=False)
    for caveat in metric.caveats:
        out.print(f"- {caveat}", markup=False)


#: So many reasons are shown; the whole list has them all.
_MOST_REASONS = 20


def show_revisions(compared: Compared) -> None:
    """What differs between two editions: how many cells, which headlines from what to what, and why."""
    before, after = compared.before, compared.after
    title = f"{after.name} ({compared.statuses[1]}) against {before.name} ({compared.statuses[0]})"
    counts = Table(title=title, title_justify="left", title_style="bold")
    for name in ("Cells", "", "what it means"):
        counts.add_column(name, justify="right" if name == "Cells" else "left")
    counts.add_row(f"{compared.same:,}", "the same", "")
    for outcome, count in count_outcomes(compared.revisions).items():
        counts.add_row(f"{count:,}", outcome, OUTCOMES[outcome])
    out.print(counts)
    if before.year != after.year:
        out.print("Of two years, only the years are compared that a table has in both.", markup=False)
    if compared.revisions.empty:
        return
    _show_moved(compared)
    _show_reasons(compared.revisions)


def _show_moved(compared: Compared) -> None:
    if compared.headlines.empty:
        out.print("No headline figure differs.", markup=False)
        return
    table = Table(title="Headline figures that differ", title_justify="left", title_style="bold")
    for name in ("", "figure", "from", "to", "outcome"):
        table.add_column(name, justify="right" if name in ("from", "to") else "left")
    facts = [content.facts["definitions"] for content in compared.contents]
    titles = {name: one["title"] for definitions in facts for name, one in definitions.items()}
    for row in compared.headlines.to_dict("records"):
        ends = [Text(row[name] or "no cell") for name in ("from_shown", "to_shown")]
        table.add_row(Text(titles[row["metric"]]), _figure(row), *ends, row["outcome"])
    out.print(table)


def _figure(row: dict) -> str:
    if row["kind"] == "levels":
        return str(row["period"])
    panel = ", like-for-like" if row["panel"] == "like_for_like" else ""
    return f"{row['item']} since {row['since_period']}{panel}"


def _show_reasons(revisions: pd.DataFrame) -> None:
    table = Table(title="What changed, and may have moved them", title_justify="left", title_style="bold")
    table.add_column("Cells", justify="right")
    table.add_column("reason")
    reasons = count_reasons(revisions)
    for reason, count in list(reasons.items())[:_MOST_REASONS]:
        table.add_row(f"{count:,}", Text(reason))
    out.print(table)
    if len(reasons) > _MOST_REASONS:
        out.print(f"And {len(reasons) - _MOST_REASONS} other reasons.", markup=False)
    if NOT_KNOWN in reasons:
        out.print("Not known: docs/editions.md says what manifests do not tell.", markup=False)


_HEADLINE = [("series", "", "all", "value"), *(("headlines", "previous", *rest) for rest in (
    ("all", "change"), ("like_for_like", "change"), ("like_for_like", "verdict")
))]  # fmt: skip


def _by_headline(cells: pd.DataFrame, year: str) -> dict[tuple[str, ...], str]:
    """What is shown in a year, by metric and what of it that is; the first of each."""
    names = ["metric", "table", "since", "panel", "item"]
    of_year = cells[cells["period"] == year].drop_duplicates(names)
    return dict(zip(of_year[names].itertuples(index=False, name=None), of_year["shown"], strict=True))
