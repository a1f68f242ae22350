"""What is said where a store is named and nothing that reads stores is installed; and who reads the name of one."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import pytest

from anchor_analysis import find_workspace, storage, store
from anchor_analysis.problems import UserError
from anchor_analysis.running import run_network
from tests.small_network import make_workspace, write_settings


def test_a_store_is_taken_from_the_environment_and_blank_without(tmp_path, monkeypatch):
    write_settings(tmp_path)
    monkeypatch.delenv(store.STORE, raising=False)
    assert find_workspace(tmp_path).canonical("example") == tmp_path.resolve() / "data" / "processed" / "example"
    monkeypatch.setenv(store.STORE, "s3://bucket/rows")
    assert find_workspace(tmp_path).store == "s3://bucket/rows"


def test_that_what_reads_stores_is_not_installed_is_told(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "upath", None)
    with pytest.raises(UserError, match="universal-pathlib and fsspec are not installed here") as told:
        storage.Workspace(tmp_path, store="s3://bucket/rows").canonical("example")
    assert [problem.code for problem in told.value.problems] == ["AN056"]


@pytest.mark.parametrize("named", ["", "s3://another/rows"])
def test_rows_that_were_put_into_a_store_are_not_put_elsewhere(tmp_path, named):
    workspace = make_workspace(tmp_path)
    storage.write_text(workspace.processed("example") / storage.STORED, "s3://us:secret@bucket/rows\n")
    with pytest.raises(UserError, match="store s3://bucket/rows: the rows of this network stand there") as told:
        run_network(replace(workspace, store=named), "example")
    assert [problem.code for problem in told.value.problems] == ["AN056"] and "secret" not in str(told.value)
    assert not list(workspace.processed("example").glob("cleaned/*/*"))


@pytest.mark.parametrize("name", ["rows", "s3:/bucket/rows", "../rows"])
def test_a_store_is_a_url_or_a_whole_path(name):
    with pytest.raises(UserError, match="ANCHOR_STORE: this is neither a URL nor a whole path"):
        store.open_store(name)


@pytest.mark.parametrize("name", ["s3://[", "file://[", "file://[/rows", "s3://a]/b", "s3://℀/rows"])
def test_an_address_that_is_none_is_told_so(tmp_path, name):
    with pytest.raises(UserError, match="ANCHOR_STORE: this is no address") as told:
        storage.Workspace(tmp_path, store=name).canonical("example")
    assert [problem.code for problem in told.value.problems] == ["AN056"]


@pytest.mark.parametrize("said", [b"\xff\xfe", b"", b"\n", b"s3://[/rows", b"rows"])
def test_where_rows_stand_is_not_guessed_where_what_says_so_is_damaged(tmp_path, said):
    workspace = make_workspace(tmp_path)
    storage.write_bytes(workspace.processed("example") / storage.STORED, said)
    with pytest.raises(UserError, match=r"example/store\.txt: it says in which store .* cannot be read"):
        run_network(workspace, "example")
    assert not list(workspace.processed("example").glob("cleaned/*/*"))


def test_where_rows_stand_is_noted_again_where_that_is_damaged_and_a_store_is_named(tmp_path, monkeypatch):
    workspace = storage.Workspace(tmp_path, store="s3://bucket/rows")
    storage.write_bytes(workspace.processed("example") / storage.STORED, b"\xff\xfe")
    monkeypatch.setattr(store, "open_store", Path)  # what reads stores is in no lock
    workspace.keep_store("example")
    assert storage.read_text(workspace.processed("example") / storage.STORED) == "s3://bucket/rows\n"
