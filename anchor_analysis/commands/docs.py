"""The pages of docs/ that are made from the definitions: `python -m anchor_analysis.commands.docs` writes them.

Pictures of metrics, and what they say, stand in `docs/images/metrics`; `make notebooks` draws them anew.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from anchor_analysis import storage
from anchor_analysis.commands.docs_commands import command_blocks
from anchor_analysis.commands.docs_errors import error_blocks
from anchor_analysis.declared import (
    Catalogue,
    Column,
    Dominance,
    Metric,
    Profile,
    TableDefinition,
    TableSchema,
    load_catalogue,
)
from anchor_analysis.declared.described import in_code, metric_facts
from anchor_analysis.publish.registering import SCHEMA_FILE

#: What the picture of each metric says in words, by metric.
PICTURES = storage.PACKAGE.parent / "docs" / "images" / "metrics" / "pictures.json"

_MADE = "<!-- Made by `python -m anchor_analysis.commands.docs`; change the definitions, not this page. -->"
_MADE_OF_CODES = (
    "<!-- Made by `python -m anchor_analysis.commands.docs` from `anchor_analysis/problems.py`, the source and "
    "`docs/errors.yaml`; do not edit. -->"
)
_MADE_OF_COMMANDS = "<!-- Made by `python -m anchor_analysis.commands.docs` from the command line; do not edit. -->"


def main() -> None:
    """Write every generated page anew, say which, and remove those of metrics that are no more."""
    pages = build_docs()
    for name, text in pages.items():
        storage.write_text(storage.PACKAGE.parent / name, text)
        print(name)
    folder = storage.PACKAGE.parent / "docs" / "reference" / "metrics"
    storage.keep_only(folder, [folder / name.rpartition("/")[2] for name in pages])


def build_docs() -> dict[str, str]:
    """The text of every generated page, by its path from the project's root."""
    catalogue = load_catalogue()
    pages = {
        "docs/errors.md": iter(["# Errors", _MADE_OF_CODES, *error_blocks()]),
        "docs/reference/command-line.md": iter(["# Command line", _MADE_OF_COMMANDS, *command_blocks()]),
        "docs/reference/schema.md": _schema(catalogue),
        "docs/reference/metrics.md": _metrics(catalogue),
        "docs/reference/tables.md": _tables(catalogue),
    }
    pictures = storage.read_json(PICTURES) if PICTURES.is_file() else {}
    pages |= {
        f"docs/reference/metrics/{metric.id}.md": _metric(catalogue, metric, pictures.get(metric.id, ""))
        for metric in catalogue.metrics.values()
    }
    made = {name: "\n\n".join(blocks) + "\n" for name, blocks in pages.items()}
    return made | {"docs/reference/claims.schema.json": storage.read_text(SCHEMA_FILE)}


def _schema(catalogue: Catalogue) -> Iterator[str]:
    yield from ("# Canonical tables", _MADE)
    yield (
        "Every return is brought to these tables. *Personal* columns identify a person, *sensitive* ones a record "
        "at the member; neither appears in a message or in anything published."
    )
    for table in catalogue.schema.values():
        yield from _schema_table(table)


def _schema_table(table: TableSchema) -> Iterator[str]:
    yield f"## {table.title} (`{table.table}`)"
    key = f" Key: {in_code(table.key)}." if table.key else ""
    yield f"{_capital(table.grain)}.{key} Lever: {table.lever}. Confidentiality: {table.confidentiality}."
    yield "### Columns of the return"
    yield _rows(
        ["Header", "Column", "Form", "Blank", "Private", "What it holds", "Example"],
        (
            [
                f"`{table.header(name)}`",
                f"`{name}`",
                _form(column),
                "no" if column.required else "yes",
                _private(column),
                column.description,
                f"`{column.example}`" if column.example else "",
            ]
            for name, column in table.columns.items()
        ),
    )
    for title, columns in (("Added by cleaning", table.derived), ("Added by locating", table.located)):
        if columns:
            yield f"### {title}"
            yield _rows(
                ["Column", "Form", "What it holds"],
                ([f"`{name}`", _form(column), column.description] for name, column in columns.items()),
            )


def _form(column: Column) -> str:
    if not column.categories:
        return f"{column.type}, {column.unit}" if column.unit else column.type
    return "one of " + ", ".join(
        f"`{option}`{_spellings(option, spellings)}" for option, spellings in column.categories.items()
    )


def _spellings(option: str, spellings: list[str]) -> str:
    others = [spelling for spelling in spellings if spelling != option]
    return f" (also {', '.join(others)})" if others else ""


def _private(column: Column) -> str:
    return "personal" if column.personal else "sensitive" if column.sensitive else ""


def _metrics(catalogue: Catalogue) -> Iterator[str]:
    yield from ("# Metrics", _MADE)
    yield (
        "Each has a page with what is counted, how it can mislead, and its history; and a picture of invented figures, "
        "if the demonstration's edition tells it for two years or more."
    )
    for lever in sorted({metric.lever for metric in catalogue.metrics.values()}):
        yield f"## {_capital(lever)}"
        yield _rows(
            ["Metric", "What it asks", "Kind", "Unit"],
            (
                [f"[`{metric.id}`](metrics/{metric.id}.md)", metric.question, metric.kind, metric.scale.words]
                for metric in catalogue.metrics.values()
                if metric.lever == lever
            ),
        )


def _metric(catalogue: Catalogue, metric: Metric, picture: str) -> Iterator[str]:
    yield from (f"# {metric.title}", _MADE)
    yield f"`{metric.id}`, one of the [metrics](../metrics.md) of the lever {metric.lever}. **{metric.question}**"
    if picture:
        yield f"![{picture}](../../images/metrics/{metric.id}.png)"
        yield "*Of the demonstration network, whose figures are invented.*"
    else:
        yield "*No picture: the edition of the demonstration network tells it for no two years.*"
    yield _rows(["What", "As declared"], ([name, text] for name, text in metric_facts(catalogue, metric)))
    yield "\n".join(["How it can mislead:", "", *(f"- {caveat}" for caveat in metric.caveats)])
    if shown := [table for table in catalogue.tables.values() if metric.id in table.metrics]:
        lines = (f"- [{table.title}](../tables.md#{_anchor(_title(table))})" for table in shown)
        yield "\n".join(["Published in:", "", *lines])


def _tables(catalogue: Catalogue) -> Iterator[str]:
    yield from ("# Declared tables, profiles and areas", _MADE)
    yield "An edition shows these tables and no others, so that all of them are protected together."
    for table in catalogue.tables.values():
        yield from _table(table)
    yield "## Disclosure profiles"
    for profile in catalogue.profiles.values():
        yield from _profile(profile)
    yield "## Areas"
    yield _rows(["Definition", "Title", "What it holds", "Source", "Source status"], _areas(catalogue))


def _areas(catalogue: Catalogue) -> Iterator[list[str]]:
    for wards in catalogue.wards.values():
        yield [f"`{wards.id}`", wards.title, f"{len(wards.wards)} wards", wards.source, ""]
    for found in catalogue.disadvantaged.values():
        holds = f"{len(found.wards)} wards, frozen {found.frozen}"
        yield [f"`{found.name}`", found.title, holds, found.source, _status(found.source_status)]


def _table(table: TableDefinition) -> Iterator[str]:
    yield f"## {_title(table)}"
    since = [f"the {name} year" if name == "previous" else f"the {name}" for name in table.since]
    facts = [
        ("Kind", table.kind),
        ("Audience", table.audience),
        ("Rows for", "each member" if table.scope == "member" else "the network"),
        ("Breakdown", table.breakdown and f"`{table.breakdown}`"),
        ("Years", "the latest" if table.periods == "latest" else "all"),
        ("Change since", " and ".join(since)),
        ("Panels", ", ".join(panel.replace("_", " ") for panel in table.panels)),
        ("Margins", "shown, and protected with their parts" if table.margins else "not shown"),
        ("Metrics", ", ".join(f"[`{name}`](metrics/{name}.md)" for name in table.metrics)),
    ]
    yield _rows(["What", "As declared"], ([name, text] for name, text in facts if text))


def _title(table: TableDefinition) -> str:
    return f"{table.title} (`{table.id}`)"


def _anchor(heading: str) -> str:
    """Where a heading is found in its page, as sites that show Markdown have it."""
    return re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-")


def _profile(profile: Profile) -> Iterator[str]:
    shares = profile.percentages
    yield f"### {profile.title} (`{profile.id}`)"
    yield _rows(
        ["What", "As declared"],
        [
            ["Withheld", f"counts above zero and below {profile.threshold}" if profile.threshold else "no count"],
            ["A zero", profile.zero],
            ["Rounded to", f"{profile.round_to:,}, half up" if profile.round_to else "not rounded"],
            [
                "Percentages",
                f"from {shares.source} parts, {shares.decimals} decimal{'' if shares.decimals == 1 else 's'}",
            ],
            ["Smallest base of a percentage", f"{shares.smallest_base:,}" if shares.smallest_base else "none"],
            ["Fewest contributing members", str(profile.minimum_contributors)],
            ["Dominance", _dominance(profile.dominance)],
            ["Against subtraction", profile.method.replace("_", " ")],
            ["Mark of a withheld cell", f"`{profile.withheld}`"],
            ["Mark of a small count", f"`{profile.small or profile.withheld}`"],
            ["Source", profile.source],
            ["Source status", _status(profile.source_status)],
        ],
    )


def _dominance(dominance: Dominance | None) -> str:
    """Which sums of money are withheld for their largest contributors."""
    if dominance is None:
        return "no rule"
    rules = []
    if dominance.k is not None:
        rules.append(f"the {dominance.n} largest make more than {dominance.k:.0%}")
    if dominance.p is not None:
        rules.append(f"beside the two largest there is less than {dominance.p:.0%} of the largest")
    if dominance.fewest:
        rules.append(f"fewer than {dominance.fewest} contribute")
    return f"by {' and by '.join(dominance.by)}: withheld where {', or '.join(rules)}"


def _status(status: str) -> str:
    return "**unverified**: not yet checked against its source" if status == "unverified" else status


def _rows(headers: list[str], rows: Iterable[list[str]]) -> str:
    """A Markdown table."""
    lines = [headers, ["---"] * len(headers), *rows]
    return "\n".join("| " + " | ".join(_cell(cell) for cell in line) + " |" for line in lines)


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


if __name__ == "__main__":
    main()
