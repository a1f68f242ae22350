"""What the columns of an edition's CSV files hold, for whoever finds the files without the pages.

Described as the W3C's CSV on the Web has it (Metadata Vocabulary for Tabular Data, 2015): one file in each folder that
has such files, by the name under which readers of that standard look for it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from anchor_analysis import storage
from anchor_analysis.present import wording

#: The name by which readers of CSV on the Web look for what describes the tables of a folder.
DESCRIPTION = "csv-metadata.json"

#: What the columns of the tables hold, and their type.
COLUMNS: dict[str, tuple[str, str]] = {
    "cell_id": ("string", "Id of the figure, the same in every edition: table, metric, period, and what else it is of"),
    "table": ("string", "The declared table that the figure stands in"),
    "kind": ("string", "What kind of figure the table holds, such as levels, changes or parts"),
    "metric": ("string", "The metric that is told of, as the catalogue names it"),
    "period": ("string", "Network year, such as 2023/24"),
    "since": ("string", "Of a change: against the previous year or the baseline"),
    "since_period": ("string", "Of a change: the network year compared with"),
    "panel": ("string", "Of a change: all that reported, or like_for_like, those that reported in both years"),
    "member": ("string", "The member that the figure is of; empty for all members"),
    "group": ("string", "The group of a breakdown that it is of; empty for all"),
    "item": ("string", "Which figure of its kind, such as value, from, to, change, percent or verdict"),
    "unit": ("string", "Unit of the figure, such as persons, gbp or share, which is a part of one; words for a text"),
    "value": ("double", "The figure as released, rounded; empty where it is withheld or not known"),
    "lower": ("double", "The least that the figure can be, whatever is unknown"),
    "upper": ("double", "The most that the figure can be, whatever is unknown"),
    "shown": ("string", "The figure as pages show it, or the shorthand that stands in its place"),
    "status": ("string", "shown, withheld, no_value, or what became of it, such as missing or not_yet_member"),
    "rule": ("string", "The rule by which it is rounded or withheld"),
    "note": ("string", "What must stand beside the figure"),
    "source_id": ("string", "The observation or finding that it was made from"),
    "members_counted": ("integer", "How many members are counted in it"),
    "members_expected": ("integer", "How many members it could have counted"),
    "quality": ("string", "rows, member_aggregate, reported_total, estimated or mixed: how it is known"),
}

#: What the columns of the conditions of the place hold, and their type.
CONDITIONS_COLUMNS: dict[str, tuple[str, str]] = {
    "condition": ("string", "Id of the official statistic"),
    "title": ("string", "What is counted"),
    "unit": ("string", "Unit of the figure"),
    "period": ("string", "When it is of, as its publisher writes it"),
    "area": ("string", "Code of the area"),
    "name": ("string", "What pages call the area"),
    "value": ("double", "The figure as published; empty where it was not"),
    "lower": ("double", "Lower end of its interval, where its publisher gives one"),
    "upper": ("double", "Upper end of its interval, where its publisher gives one"),
    "mark": ("string", "provisional, unreliable or withheld, where its publisher says so"),
    "shown": ("string", "The figure as pages show it"),
    "interval": ("string", "What kind of interval it is"),
    "source": ("string", "Who published it, and where"),
    "released": ("date", "When it was published"),
}

_LICENCES = {
    "open government licence v3.0": "https://www.nationalarchives.gov.uk/doc/open-government-licence/version/3/",
    "cc0-1.0": "https://creativecommons.org/publicdomain/zero/1.0/",
    "cc-by-4.0": "https://creativecommons.org/licenses/by/4.0/",
}


def licence_address(licence: str) -> str:
    """Where a licence stands that the network names, or nothing for one that is not known here."""
    named = licence.lower()
    return next((address for name, address in _LICENCES.items() if named.startswith(name)), "")


def describe_tables(folder: Path, facts: Mapping[str, Any], tables: Iterable[str]) -> None:
    """Write beside the tables of an edition what their columns hold."""
    titles = {f"{name}.csv": wording.capital(wording.table_title(dict(facts), name)) for name in tables}
    storage.write_text(
        folder / DESCRIPTION, storage.to_json(_described(facts, titles, COLUMNS, "cell_id"), indent=None)
    )


def describe_conditions(path: Path, facts: Mapping[str, Any]) -> None:
    """Write beside the conditions of the place what their columns hold."""
    titles = {path.name: "Conditions in the place, apart from what members did"}
    key = ["condition", "period", "area"]
    storage.write_text(path.with_name(DESCRIPTION), storage.to_json(_described(facts, titles, CONDITIONS_COLUMNS, key)))


def _described(
    facts: Mapping[str, Any], titles: Mapping[str, str], columns: Mapping[str, tuple[str, str]], key: str | list[str]
) -> dict[str, Any]:
    schema = {
        "columns": [
            {"name": name, "titles": name, "datatype": kind, "dc:description": said, "null": ""}
            for name, (kind, said) in columns.items()
        ],
        "primaryKey": key,
    }
    about: dict[str, Any] = {
        "@context": ["http://www.w3.org/ns/csvw", {"@language": "en"}],
        "dc:title": f"{facts['name']}, {facts['year']}, {facts['revision']}",
        "dc:publisher": facts["name"],
        "dc:rights": facts["licence"],
        "dialect": {"header": True, "encoding": "utf-8"},
    }
    if address := licence_address(str(facts["licence"])):
        about["dc:license"] = {"@id": address}
    # for each table anew: as the schema of the whole group, which the standard allows too, readers pass it over
    return about | {
        "tables": [{"url": name, "dc:title": title, "tableSchema": schema} for name, title in titles.items()]
    }
