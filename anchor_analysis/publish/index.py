"""The first page of an edition, and the list of a network's editions that stands beside them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
from bs4 import BeautifulSoup
from markupsafe import Markup

from anchor_analysis.present import Released, cards, coverage, limits, wording
from anchor_analysis.present.origins import Origins
from anchor_analysis.present.released import released
from anchor_analysis.publish.pages import finished, label_last, put_in, templates, with_origins

#: The page that an edition is made for; the index leads to it before all others.
LEADING = "network_impact.html"

#: What the figures of a lever are called where downloads are listed, in that order.
LEVERS = {
    "employer": "People in work", "spender": "Spending", "contracts": "Contracts and social value",
    "multiplier": "How far money stays in the area", "estate": "Estate and carbon", "services": "Skills and ways in",
    "community": "What communities said", "progression": "How members stand", "": "Across all",
}  # fmt: skip

_WHOLE = {
    "workbook.xlsx": ("All figures in one workbook", "Excel workbook"),
    "conditions.csv": ("Conditions in the place, apart from what members did", "CSV, one row per figure"),
    "claims.json": ("Every number with what it rests on", "JSON"),
    "notebooks.zip": ("The notebooks that the pages were made from, with what they gave", "ZIP archive"),
}


def render_index(
    cells: pd.DataFrame, facts: dict[str, Any], pages: dict[str, str], downloads: list[str], origins: Origins
) -> str:
    """The first page of an edition: its main page, headline cards, other pages, downloads, who reported, limits.

    `pages` gives titles by address; those in folders are of single metrics, and listed by lever as tables to download
    are. Every figure leads to its card on the page, made of `origins`.
    """
    known = released(cells, facts)
    ordered = sorted((href for href in pages if "/" not in href), key=lambda href: href != LEADING)
    measures = {href: title for href, title in pages.items() if "/" in href}
    main, others = ordered[:1], ordered[1:]
    whole = [href for href in downloads if not href.startswith("tables/")]
    body = (
        templates()
        .get_template("index_body.html.j2")
        .render(
            lead=[(href, pages[href]) for href in main],
            cards=Markup(cards(known, facts, sparklines=True).html),
            pages=[(href, pages[href]) for href in others],
            measures=_of_metrics(measures, facts),
            downloads=[_whole(href) for href in whole],
            tables=_by_lever(known, [href for href in downloads if href not in whole]),
            coverage=Markup(coverage(known, facts).html),
            editions=facts.get("editions", []),
            day=wording.day,
            limits=Markup(limits(known, facts).html),
        )
    )
    soup = BeautifulSoup(body, "html.parser")
    made = with_origins(soup, origins)
    label_last(soup)
    return finished(put_in(str(soup), made), "Pages, figures and downloads", facts, internal=False, home="")


def _of_metrics(pages: Mapping[str, str], facts: dict[str, Any]) -> list[tuple[str, list[tuple[str, str]]]]:
    """The pages of single metrics under their levers, each lever's by title."""
    found: dict[str, list[tuple[str, str]]] = {}
    for href, title in sorted(pages.items(), key=lambda item: item[1]):
        lever = wording.lever(facts, Path(href).stem)
        found.setdefault(lever if lever in LEVERS else "", []).append((href, title))
    return [(LEVERS[lever], found[lever]) for lever in LEVERS if lever in found]


def _whole(href: str) -> dict[str, str]:
    name, kind = _WHOLE.get(href, (wording.capital(Path(href).stem.replace("_", " ")), Path(href).suffix[1:].upper()))
    return {"href": href, "name": name, "kind": kind}


def _by_lever(known: Released, hrefs: Iterable[str]) -> list[tuple[str, list[dict[str, str]]]]:
    """Tables to download under the lever of most of their figures, in the order of LEVERS."""
    of_table: dict[str, Counter[str]] = {}
    for cell in known.cells:
        of_table.setdefault(cell.table, Counter())[wording.lever(known.facts, cell.metric)] += 1
    grouped: dict[str, list[dict[str, str]]] = {}
    for href in hrefs:
        table = Path(href).stem
        lever = next(iter(of_table[table].most_common(1)), ("", 0))[0] if table in of_table else ""
        name = wording.capital(wording.table_title(known.facts, table))
        grouped.setdefault(lever if lever in LEVERS else "", []).append({"href": href, "name": name})
    named = ((LEVERS[lever], grouped[lever]) for lever in LEVERS if lever in grouped)
    return [(name, sorted(tables, key=lambda table: table["name"])) for name, tables in named]


def render_editions(facts: dict[str, Any], editions: Sequence[Mapping[str, str]]) -> str:
    """The page beside a network's editions: each with its year, revision, standing and since when, the newest first.

    `editions` has `year`, `revision`, `status`, `href`, and `said`, which is when and why in a sentence.
    """
    body = templates().get_template("editions_body.html.j2").render(editions=list(reversed(editions)))
    return finished(body, "Editions", facts, internal=False, home="", of_edition=False)
