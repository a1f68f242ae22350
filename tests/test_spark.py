"""PySpark gives the answers of the other engines, row by row and to the edition: `make engines` runs this.

It needs Java 17 and pyspark, which are large, so they are in no lock and these tests in no other run.
"""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from anchor_analysis import storage, store
from anchor_analysis.engine import comparing, open_engine
from anchor_analysis.link import likeness
from anchor_analysis.link.names import core_and_form
from anchor_analysis.problems import UserError
from anchor_analysis.running import run_network
from tests.nasty_network import measured_on
from tests.nasty_suppliers import drawn_records, nasty_names, nasty_records
from tests.small_network import make_workspace, send
from tests.spec import write_network
from tests.test_engines import FILES, _plain, through
from tests.test_parity import differences
from tests.test_suppliers import MEMBERS

pyspark = pytest.importorskip("pyspark", reason="pyspark is not installed: make engines")
pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
def session():
    from pyspark.sql import SparkSession

    quiet = {"spark.ui.enabled": "false", "spark.driver.host": "127.0.0.1", "spark.sql.shuffle.partitions": "2"}
    builder = SparkSession.builder.master("local[2]")
    for name, value in quiet.items():
        builder = builder.config(name, value)
    made = builder.getOrCreate()
    made.sparkContext.setLogLevel("ERROR")
    yield made
    made.stop()


def test_spark_gives_the_same_tables_of_nasty_values(tmp_path_factory, session):
    ours = through(tmp_path_factory.mktemp("duckdb"), "duckdb", FILES)
    theirs = through(
        tmp_path_factory.mktemp("sp+ark, [1] 100%"), session, FILES
    )  # a path that means something to Spark
    assert ours.keys() == theirs.keys()
    for name in ours:
        pd.testing.assert_frame_equal(_plain(ours[name]), _plain(theirs[name]), check_dtype=False, obj=name)


@pytest.mark.skipif(not likeness.splink_release(), reason="Splink is not installed")
@pytest.mark.parametrize("style", ["nasty", "drawn"])
def test_pairs_of_like_names_and_their_probabilities_are_the_same(tmp_path, session, style):
    network = write_network(tmp_path, MEMBERS)
    records = nasty_records(3, 6000, network) if style == "nasty" else drawn_records(1, network)
    ours = likeness.likely_pairs(records, 0.001, open_engine())
    rows = storage.made(tmp_path / "processed")
    storage.write_frame(records, rows / "records.parquet")
    engine = open_engine(session)
    engine.scan([rows / "records.parquet"])
    pd.testing.assert_frame_equal(likeness.likely_pairs(records, 0.001, engine), ours)
    assert len(ours) > 2000 and ours["probability"].nunique() > 50
    assert [path.name for path in rows.iterdir()] == ["records.parquet"]
    assert not engine._session.catalog.listTables(pattern="__splink__*")


def test_a_name_is_as_like_another_on_spark_as_on_duckdb(tmp_path, session):
    import duckdb

    cores = [core_and_form(name or "")[0] for name in nasty_names(8, 120_000)]
    near = [core[: place % 9] + core[place % 9 + 1 :] for place, core in enumerate(cores)]
    pairs = pd.DataFrame({"one": [*cores[:-1], *cores], "other": [*cores[1:], *near]})
    storage.write_frame(pairs[(pairs != "").all(axis=1)], tmp_path / "pairs.parquet")
    asked = [f"alike(one, other, {enough}) AS at_{place}" for place, enough in enumerate((0.98, 0.96, 0.92))]
    own, connection = open_engine(session)._session, duckdb.connect()
    for words, on in ((comparing._ON_SPARK, own), (comparing._ON_DUCKDB, connection)):
        for word in words:
            on.sql(word)
    theirs = own.read.parquet(f"file://{tmp_path}/pairs.parquet").selectExpr("one", "other", *asked)
    connection.register("theirs", theirs.toArrow())
    otherwise = f"SELECT * FROM theirs EXCEPT SELECT one, other, {', '.join(asked)} FROM theirs"
    assert connection.sql(otherwise).fetchall() == []


def test_an_edition_made_on_spark_is_the_same_to_the_byte(tmp_path_factory, session):
    workspaces = [make_workspace(tmp_path_factory.mktemp(name)) for name in ("duckdb", "spark")]
    on = [workspaces[0], replace(workspaces[1], engine=session)]
    made = [run_network(workspace, "example").edition for workspace in on]
    assert made[0].manifest["edition_hash"] == made[1].manifest["edition_hash"]


def test_a_late_return_on_spark_joins_what_was_cleaned_on_duckdb(tmp_path_factory, session):
    late, whole = (make_workspace(tmp_path_factory.mktemp(name)) for name in ("late", "whole"))
    run_network(late, "example")
    for workspace in (late, whole):
        send(workspace, "b", "2023-24", 171, lines=36)
    made = [run_network(workspace, "example").edition for workspace in (replace(late, engine=session), whole)]
    assert made[0].manifest["edition_hash"] == made[1].manifest["edition_hash"]


def test_rows_in_a_store_that_spark_sees_give_the_same_edition(tmp_path_factory, session):
    pytest.importorskip("upath", reason="universal-pathlib is not installed: make engines")
    workspaces = [make_workspace(tmp_path_factory.mktemp(name)) for name in ("duckdb", "spark")]
    rows = (tmp_path_factory.mktemp("rows") / "of ours").as_uri()
    on = [workspaces[0], replace(workspaces[1], engine=session, store=rows)]
    made = [run_network(workspace, "example").edition for workspace in on]
    assert made[0].manifest["edition_hash"] == made[1].manifest["edition_hash"]


def test_a_store_that_spark_has_nothing_to_read_by_is_told(session):
    pytest.importorskip("s3fs", reason="s3fs is not installed: make engines")
    path = store.open_store("s3://bucket/rows") / "0.parquet"
    with pytest.raises(UserError, match="engine spark: it has nothing by which it reads s3a://") as told:
        open_engine(session).scan([path])
    assert [problem.code for problem in told.value.problems] == ["AN055"]


def test_what_is_set_for_us_is_set_for_nobody_else(session):
    before = session.conf.get("spark.sql.ansi.enabled"), session.conf.get("spark.sql.session.timeZone")
    open_engine(session)
    assert (session.conf.get("spark.sql.ansi.enabled"), session.conf.get("spark.sql.session.timeZone")) == before


def test_another_master_than_that_of_this_process_is_not_passed_over(session):
    assert open_engine("local[2]").name == "spark"
    with pytest.raises(UserError, match=r"engine spark://elsewhere:7077: Spark works with local\[2\]"):
        open_engine("spark://elsewhere:7077")


def test_a_master_that_is_not_there_is_told_and_nothing_is_made(tmp_path):
    workspace = make_workspace(tmp_path)
    code = "from anchor_analysis.commands import command_line as c; c()"
    command = [sys.executable, "-c", code, "run", "example", "--engine", "spark://127.0.0.1:9"]
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[1]), "SPARK_LOCAL_IP": "127.0.0.1"}
    done = subprocess.run(command, cwd=workspace.root, env=environment, capture_output=True, text=True, timeout=300)
    assert done.returncode == 2
    assert "engine spark://127.0.0.1:9: Spark cannot be had there" in done.stderr.replace("\n", " ")
    assert not list(workspace.editions("example").glob("*/r*"))


def test_every_metric_of_nasty_returns_is_the_same_from_the_rows_to_the_observations(tmp_path_factory, session):
    ours = measured_on("duckdb", tmp_path_factory.mktemp("duckdb"))
    told = differences(ours, measured_on(session, tmp_path_factory.mktemp("spark")))
    assert not told, "\n".join(told)
