"""The edition as a crate, and the description of its tables: what they say is what is in the folder.

tests/crate_study.py holds both to their standards by others' validators; docs/studies/crate.md has what came of it.
"""

from __future__ import annotations

import csv

import pytest

from anchor_analysis import storage
from anchor_analysis.present.conditions import COLUMNS as OF_CONDITIONS
from anchor_analysis.publish.crate import CRATE
from anchor_analysis.publish.described import COLUMNS, CONDITIONS_COLUMNS, DESCRIPTION
from anchor_analysis.publish.editions import EditionFolder, find_edition
from anchor_analysis.running.releasing import audit_again, release

READS = {"string": str, "integer": int, "double": float}


@pytest.fixture
def edition(made) -> EditionFolder:
    return find_edition(made, "example")


def graph_of(edition: EditionFolder) -> dict[str, dict]:
    return {entity["@id"]: entity for entity in storage.read_json(edition.folder / CRATE)["@graph"]}


def files_of(graph: dict[str, dict]) -> dict[str, dict]:
    return {at: entity for at, entity in graph.items() if "File" in entity["@type"]}


def refers_to(value: object) -> set[str]:
    """Every id that an entity refers to."""
    if isinstance(value, list):
        return {at for one in value for at in refers_to(one)}
    if isinstance(value, dict):
        return {value["@id"]} if set(value) == {"@id"} else {at for one in value.values() for at in refers_to(one)}
    return set()


def test_the_crate_lists_every_file_and_no_other(edition):
    there = {path.relative_to(edition.folder).as_posix() for path in edition.folder.rglob("*") if path.is_file()}
    assert files_of(graph_of(edition)).keys() == there - {CRATE, "run.json"}


def test_each_file_has_the_hash_that_the_crate_says(edition):
    files = files_of(graph_of(edition))
    for name, about in files.items():
        path = edition.folder / name
        if name in ("audit.json", "signoff.json", "signoff.html"):  # made when the crate is whole
            assert "sha256" not in about
        else:
            assert about["sha256"] == storage.file_hash(path)


def test_whatever_the_crate_refers_to_is_in_it(edition):
    graph = graph_of(edition)
    wanted = {
        at for entity in graph.values() for name, value in entity.items() if name != "@id" for at in refers_to(value)
    }
    assert {at for at in wanted - graph.keys() if not at.startswith("https://w3id.org/")} == set()
    assert {one["@id"] for one in graph["./"]["hasPart"]} == files_of(graph).keys()


def test_the_crate_says_what_the_manifest_says_of_inputs_and_libraries(edition):
    graph, manifest = graph_of(edition), edition.manifest
    told = {about["identifier"] for at, about in graph.items() if at.startswith(("#return-", "#reference-"))}
    assert told == {f"sha256:{one}" for one in [*manifest["returns"].values(), *manifest["references"].values()]}
    assert graph["#edition"]["value"] == manifest["edition_hash"]
    libraries = {about["name"]: about["version"] for at, about in graph.items() if at.startswith("#library-")}
    assert libraries == manifest["environment"]


def test_the_crate_stands_outside_the_hash_and_is_audited(edition, workspace):
    assert CRATE not in edition.manifest["files"]
    assert f"tables/{DESCRIPTION}" in edition.manifest["files"]
    path = find_edition(workspace, "example").folder / CRATE
    storage.write_text(
        path, storage.read_text(path).replace("Member", "EMP-a-00001, LX1 1AA", 1).replace("From", "LX1 1AA")
    )
    with pytest.raises(Exception, match=rf"{CRATE}.*postcode"):
        audit_again(workspace, "example")


def test_a_released_edition_is_a_crate_that_says_so_and_when(workspace):
    released = release(workspace, "example", by="chief executive")
    graph = graph_of(released)
    assert graph["./"]["creativeWorkStatus"] == "released"
    assert graph["#edition"]["value"] == released.manifest["edition_hash"]
    ledger = storage.read_text(workspace.network("example") / "editions.toml")
    assert f'released = "{graph["./"]["datePublished"]}"' in ledger
    there = {path.relative_to(released.folder).as_posix() for path in released.folder.rglob("*") if path.is_file()}
    assert files_of(graph).keys() == there - {CRATE}


def test_the_tables_have_the_columns_that_are_described_and_values_of_their_types(edition):
    described = storage.read_json(edition.folder / "tables" / DESCRIPTION)
    assert {one["url"] for one in described["tables"]} == {
        path.name for path in (edition.folder / "tables").glob("*.csv")
    }
    for table in described["tables"]:
        kinds = {column["name"]: column["datatype"] for column in table["tableSchema"]["columns"]}
        with (edition.folder / "tables" / table["url"]).open(encoding="utf-8", newline="") as stream:
            rows = list(csv.DictReader(stream))
        assert all(list(row) == list(kinds) for row in rows)
        for row in rows:
            for name, text in row.items():
                assert text == "" or READS[kinds[name]](text) is not None
        keys = [row[table["tableSchema"]["primaryKey"]] for row in rows]
        assert len(set(keys)) == len(keys) > 0


def test_every_column_is_described():
    assert list(CONDITIONS_COLUMNS) == list(OF_CONDITIONS)
    assert all(said and kind in READS for kind, said in COLUMNS.values())


def test_a_network_whose_licence_is_not_known_here_still_says_which(edition):
    facts = edition.facts
    graph = graph_of(edition)
    licence = graph[graph["./"]["license"]["@id"]]
    assert licence["name"] == facts["licence"]
