"""Canonical rows in a store: an edition is the same, nothing is half there, what goes wrong is told. `make engines`.

The store is a server on loopback that speaks as S3 does; also folders by `file://` and what lies in memory. What reads
them is in no lock, so these tests are in no other run.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from anchor_analysis import storage, store
from anchor_analysis.engine import open_engine
from anchor_analysis.problems import UserError
from anchor_analysis.running import run_network
from anchor_analysis.running.following import follow
from anchor_analysis.running.rows_behind import write_rows
from anchor_analysis.running.tracing import rows_named
from anchor_analysis.running.verifying import verify_edition
from tests.small_network import make_workspace, refused, send

upath = pytest.importorskip("upath", reason="universal-pathlib is not installed: make engines")
s3fs = pytest.importorskip("s3fs", reason="s3fs is not installed: make engines")
pytestmark = pytest.mark.long

ROOT = Path(__file__).parents[1]
ROWS = "s3://rows/of/ours"
COMMAND = "from anchor_analysis.commands import command_line as c; c()"


def s3_server(*, open_to_all: bool = True) -> tuple[str, subprocess.Popen]:
    """The address of a server, and its process."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port = found.getsockname()[1]
    command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    environment = os.environ | ({} if open_to_all else {"INITIAL_NO_AUTH_ACTION_COUNT": "0"})
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    end = time.monotonic() + 60
    while time.monotonic() < end:
        with socket.socket() as asked:
            if asked.connect_ex(("127.0.0.1", port)) == 0:
                return f"http://127.0.0.1:{port}", process
        time.sleep(0.1)
    raise AssertionError("the server did not begin")


@pytest.fixture(scope="module", autouse=True)
def server():
    """An S3 with one bucket, which everything in these tests finds by the usual variables."""
    address, process = s3_server()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ENDPOINT_URL", address)
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            patch.setenv(name, "testing")
        patch.setenv("AWS_DEFAULT_REGION", "us-east-1")
        s3fs.S3FileSystem.clear_instance_cache()
        s3fs.S3FileSystem().mkdir("rows")
        yield address
    process.kill()
    process.wait()


def objects() -> dict[str, object]:
    """When each object of the bucket was written."""
    fs = s3fs.S3FileSystem(use_listings_cache=False)
    return {name: about["LastModified"] for name, about in fs.find("rows", detail=True).items()}


@pytest.fixture(scope="module")
def local(tmp_path_factory):
    workspace = make_workspace(tmp_path_factory.mktemp("local"))
    return run_network(workspace, "example").edition


@pytest.fixture(scope="module")
def stored(tmp_path_factory):
    workspace = replace(make_workspace(tmp_path_factory.mktemp("stored")), store=ROWS)
    run_network(workspace, "example")
    return workspace


def edition_hash(workspace: storage.Workspace) -> str:
    return run_network(workspace, "example").edition.manifest["edition_hash"]


def command(workspace: storage.Workspace, *arguments: str, **environment: str) -> tuple[int, str]:
    """What a command that a person gives ends with, and says."""
    whole = os.environ | {"PYTHONPATH": str(ROOT), "COLUMNS": "200"} | environment
    done = subprocess.run(
        [sys.executable, "-c", COMMAND, *arguments], cwd=workspace.root, env=whole, capture_output=True, text=True
    )
    return done.returncode, done.stdout + done.stderr


# --- the same edition ---


def test_an_edition_whose_rows_stand_in_a_store_is_the_same_to_the_byte(local, stored):
    assert edition_hash(stored) == local.manifest["edition_hash"]


def test_rows_stand_in_the_store_by_network_and_year_and_nowhere_on_this_disk(stored):
    places = {tuple(name.split("/")[3:7]) for name in objects()}
    members = [(year, member) for year in ("2022-23", "2023-24") for member in "abc"]
    assert places == {("example", kind, *one) for kind in ("cleaned", "located") for one in members}
    processed = stored.processed("example")
    assert not [path for kind in ("cleaned", "located") for path in processed.rglob(kind)]


def test_a_second_run_sends_nothing_and_a_late_return_only_its_own(stored):
    before = objects()
    assert not run_network(stored, "example").fresh
    assert objects() == before
    send(stored, "b", "2023-24", 171, lines=36)
    assert run_network(stored, "example").fresh
    after = objects()
    changed = {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}
    assert {tuple(name.split("/")[5:7]) for name in changed} == {("2023-24", "b")}
    keys = {name.split("/")[7] for name in after if "/cleaned/2023-24/b/" in name}
    assert len(keys) == 1, "what nobody refers to any more is still there"


def test_polars_reads_a_store_too(tmp_path, local):
    workspace = replace(make_workspace(tmp_path), store=f"{ROWS}/polars", engine="polars")
    assert edition_hash(workspace) == local.manifest["edition_hash"]


def test_a_folder_of_another_disk_is_a_store_with_and_without_its_protocol(tmp_path, local):
    workspace = replace(make_workspace(tmp_path / "workspace"), store=f"file://{tmp_path}/another disk")
    assert edition_hash(workspace) == local.manifest["edition_hash"]
    assert not run_network(replace(workspace, store=str(tmp_path / "another disk")), "example").fresh


def test_rows_behind_a_figure_come_from_the_store(tmp_path, stored):
    register = storage.read_json(run_network(stored, "example").edition.folder / "claims.json")
    trace = follow(stored, register["claims"][0]["id"], "example")
    assert not trace.gone
    count = write_rows(trace.behind, tmp_path / "rows.csv", tmp_path)
    assert count == len(pd.read_csv(tmp_path / "rows.csv")) > 100


def test_an_edition_is_verified_from_the_store_where_returns_are_gone(tmp_path):
    workspace = replace(make_workspace(tmp_path), store=f"{ROWS}/verified")
    edition = run_network(workspace, "example").edition
    shutil.rmtree(workspace.raw("example"))
    found = verify_edition(workspace, "example", str(edition.year))
    assert found.way.name == "canonical" and found.exact


def test_rows_of_before_there_was_a_store_go_and_rows_in_one_are_not_looked_for_elsewhere(tmp_path):
    workspace = make_workspace(tmp_path)
    for kind in ("cleaned", "located"):
        storage.write_text(workspace.processed("example") / kind / "2022-23" / "a" / "key" / "ledger" / "0.parquet", "")
    run_network(replace(workspace, store=f"{ROWS}/later"), "example")
    assert not [path for kind in ("cleaned", "located") for path in (workspace.processed("example") / kind).rglob("*")]
    refused(command(workspace, "run", "example", ANCHOR_STORE=""), "store s3://rows/of/ours/later: the rows of this")


def test_rows_go_from_the_store_when_their_return_has_gone(tmp_path):
    workspace = replace(make_workspace(tmp_path), store=f"{ROWS}/erased")
    run_network(workspace, "example")
    shutil.rmtree(workspace.raw("example") / "2022-23" / "c")
    run_network(workspace, "example")
    ours = [name for name in objects() if "/erased/" in name]
    assert ours and not [name for name in ours if "/2022-23/c/" in name]


# --- whole or absent ---


KILLED = (
    """
import os, s3fs

async def killed(*_, **__):
    os._exit(9)

s3fs.S3FileSystem._pipe_file = killed
"""
    + COMMAND
)


def test_a_run_that_is_killed_before_a_folder_is_whole_leaves_none_and_the_next_completes_it(tmp_path, local):
    workspace = replace(make_workspace(tmp_path), store=f"{ROWS}/killed")
    environment = os.environ | {"PYTHONPATH": str(ROOT), store.STORE: workspace.store}
    done = subprocess.run([sys.executable, "-c", KILLED, "run", "example"], cwd=workspace.root, env=environment)
    assert done.returncode == 9
    left = {name for name in objects() if "/killed/" in name}
    assert left and not [name for name in left if name.endswith(store.WHOLE)]
    folder = store.open_store(f"s3://{min(left).rpartition('/')[0]}")
    assert not storage.is_there(folder) and storage.table_files(folder) == []
    assert edition_hash(workspace) == local.manifest["edition_hash"]


@pytest.fixture(params=["memory://rows/whole", "file://", "s3://rows/whole"])
def folder(request, tmp_path):
    url = (tmp_path / "store").as_uri() if request.param == "file://" else request.param
    place = store.open_store(url) / "2023-24" / "a"
    yield place
    for path in storage.inside(place):
        store.take_away(path)


def made(folder: Path, *tables: str) -> Path:
    for table in tables:
        storage.write_frame(pd.DataFrame({"a": [1, 2]}), storage.made(folder / table) / "0.parquet")
    return folder


def test_a_folder_is_there_with_all_its_tables_or_not_at_all(tmp_path, folder):
    key = folder / "0123456789abcdef"
    assert not storage.is_there(key)
    storage.adopt(made(tmp_path / "draft", "ledger", "workforce"), key)
    assert storage.is_there(key) and storage.has(key, "ledger/0.parquet") and not storage.has(key, "accounts.parquet")
    assert [path.parent.name for path in storage.table_files(key)] == ["ledger", "workforce"]
    assert [str(path) for path in storage.table_files(key, "ledger")] == [f"{key}/ledger/0.parquet"]
    assert storage.read_frame(key / "ledger" / "0.parquet")["a"].sum() == 3
    assert open_engine().scan(storage.table_files(key)).collect()["a"].sum() == 6
    store.forget()
    (key / store.WHOLE).unlink()
    assert not storage.is_there(key)


def test_what_was_half_sent_before_is_no_part_of_what_is_sent_again(tmp_path, folder):
    key = folder / "0123456789abcdef"
    storage.adopt(made(tmp_path / "half", "ledger", "scores"), key)
    store.forget()
    (key / store.WHOLE).write_text("{")
    assert not storage.is_there(key)
    storage.adopt(made(tmp_path / "whole", "ledger"), key)
    assert [path.parent.name for path in storage.table_files(key)] == ["ledger"]
    assert not (key / "scores" / "0.parquet").exists()


def test_of_several_folders_only_those_that_are_named_are_kept(tmp_path, folder):
    for number in range(3):
        storage.adopt(made(tmp_path / str(number), "ledger"), folder / f"key{number}")
    storage.keep_only(folder, [folder / "key1", tmp_path])
    assert [path.name for path in storage.inside(folder)] == ["key1"]
    assert [storage.is_there(folder / f"key{number}") for number in range(3)] == [False, True, False]


def test_an_error_that_quotes_a_value_names_its_row_in_a_store_too(tmp_path, folder):
    row = {"source_file": ["pay.csv"], "source_sheet": [""], "source_row": [7], "grade": ["Quill"]}
    storage.write_frame(pd.DataFrame(row), storage.made(tmp_path / "draft" / "workforce") / "0.parquet")
    storage.adopt(tmp_path / "draft", folder / "key")
    with pytest.raises(ValueError) as raised, rows_named({"a.2023-24": storage.table_files(folder / "key")}):
        raise ValueError("cannot read 'Quill'")
    assert [str(note) for note in raised.value.__notes__] == ["a.2023-24, pay.csv, row 7"]


# --- what goes wrong ---


def test_rows_that_are_gone_from_a_whole_folder_are_told(tmp_path, folder):
    storage.adopt(made(tmp_path / "draft", "ledger"), folder / "key")
    (folder / "key" / "ledger" / "0.parquet").unlink()
    with pytest.raises(UserError, match=r"AN056.*|rows that are said to be there cannot be read"):
        open_engine(beside=tmp_path).observe(open_engine().scan(storage.table_files(folder / "key")))


def test_a_bucket_that_is_not_there_is_told_before_anything_is_read(tmp_path):
    result = command(make_workspace(tmp_path), "run", "example", ANCHOR_STORE="s3://nowhere/rows")
    refused(result, "store s3://nowhere: there is no such bucket.", "AN056")


def test_a_store_that_lets_nobody_in_is_told_and_what_was_there_stays(stored):
    address, process = s3_server(open_to_all=False)
    before = {path: path.stat().st_mtime_ns for path in stored.editions("example").rglob("*")}
    try:
        for arguments in (["run", "example"], ["check", "example"]):
            result = command(stored, *arguments, ANCHOR_STORE=ROWS, AWS_ENDPOINT_URL=address)
            refused(result, "store s3://rows/of/ours/example: it does not let this account read or write there.")
    finally:
        process.kill()
        process.wait()
    assert {path: path.stat().st_mtime_ns for path in stored.editions("example").rglob("*")} == before


def test_a_store_that_does_not_answer_is_told(stored):
    result = command(stored, "run", "example", ANCHOR_STORE=ROWS, AWS_ENDPOINT_URL="http://127.0.0.1:9")
    refused(result, "store s3://rows/of/ours/example: it cannot be used: EndpointConnectionError.")


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("gs://bucket/rows", "what reads gs:// is not installed here.\nPlease install gcsfs"),
        ("nonsense://bucket/rows", "nobody here knows a store of that kind"),
        ("s3:/bucket/rows", "ANCHOR_STORE: this is neither a URL nor a whole path"),
        ("s3://key:secret@bucket/rows", "store s3://bucket/rows: its address has credentials in it"),
        ("s3://bucket/rows?sig=hidden", "store s3://bucket/rows: its address has credentials in it"),
    ],
)
def test_an_address_that_cannot_be_used_is_told_without_its_secrets(tmp_path, url, said):
    result = command(make_workspace(tmp_path), "run", "example", ANCHOR_STORE=url)
    refused(result, said)
    assert "secret" not in result[1] and "hidden" not in result[1]


def test_a_workspace_without_a_store_knows_nothing_of_stores(tmp_path):
    workspace = make_workspace(tmp_path)
    code = (
        "import sys; from anchor_analysis import find_workspace, run_network; run_network(find_workspace(), 'example');"
        "print(sorted({'fsspec', 'upath', 's3fs'} & set(sys.modules)))"
    )
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    script = tmp_path / "run.py"
    script.write_text(f"if __name__ == '__main__':\n    {code}\n", encoding="utf-8")
    done = subprocess.run([sys.executable, str(script)], cwd=workspace.root, env=environment, capture_output=True)
    assert done.stdout.decode().strip() == "[]", done.stderr.decode()
