"""What is told of a bug: types, places and our own words, and nothing else that an error says."""

from __future__ import annotations

import errno
import logging
import pickle
import sys
import threading
import warnings
from pathlib import Path

import duckdb
import pandas as pd
import pyarrow
import pytest

from anchor_analysis import storage, telling
from anchor_analysis.commands import main
from anchor_analysis.problems import Problem, UserError
from anchor_analysis.read.kinds import damaged
from anchor_analysis.running.tracing import MOST_ROWS, rows_named
from anchor_analysis.telling.records import silent_records
from tests import failures
from tests.injections import make_workspace

VALUE = "LX9 9ZZ"


def caught(how, *arguments) -> BaseException:
    """What a way of failing raises."""
    try:
        how(*arguments)
    except BaseException as error:
        return error
    raise AssertionError("nothing was raised")


def told_of(how, *arguments) -> str:
    return telling.account(caught(how, *arguments))


@pytest.mark.parametrize(
    "how",
    [
        failures.database, failures.frames, failures.numbers, failures.arrow, failures.checked, failures.column,
        failures.key, failures.chain, failures.while_handling, failures.group, failures.noted, failures.shown,
        failures.undecodable, failures.no_python, failures.run_as_code, failures.no_memory, failures.no_file,
        failures.leaving,
    ],
    ids=lambda how: how.__name__,
)  # fmt: skip
def test_an_account_has_the_type_and_the_way_and_not_what_was_said(how):
    error = caught(how, VALUE)
    told = telling.account(error)
    assert VALUE not in told and VALUE.replace(" ", "_") not in told and "tests/test_telling.py, line" in told
    assert type(error).__name__ in told or how is failures.shown
    assert VALUE not in telling.brief(error)


def test_a_type_made_at_run_time_is_told_by_the_type_it_was_made_of():
    made = type(VALUE, (KeyError,), {})
    assert telling.type_name(made("x")) == "KeyError"
    hidden = type(VALUE.replace(" ", ""), (KeyError,), {"__qualname__": "Away.LX99ZZ"})
    assert telling.type_name(hidden("x")) == "KeyError"


def test_our_own_problems_are_told_in_words():
    error = UserError(Problem("AN021", "ledger.csv, row 3", "not an amount.", "Write 12."))
    assert "ledger.csv, row 3: not an amount." in telling.account(error)


def test_places_are_told_and_notes_of_others_are_not():
    def work() -> None:
        with telling.at("hospital 2023/24"), telling.at(lambda: "ledger.csv, rows from 2 on"):
            failures.noted(VALUE)

    told = told_of(work)
    assert "ledger.csv, rows from 2 on" in told and "hospital 2023/24" in told and VALUE not in told


def test_a_place_is_not_noted_on_what_a_person_has_to_mend():
    def work() -> None:
        with telling.at("somewhere"):
            raise UserError(Problem("AN021", "", "wrong.", "Mend it."))

    assert not hasattr(caught(work), "__notes__")


def test_an_endless_recursion_is_told_briefly():
    def again() -> None:
        again()

    told = told_of(again)
    assert "RecursionError (something refers to itself without end)" in told and "times)" in told
    assert len(told.splitlines()) < 100


def test_errors_that_came_of_each_other_in_a_circle_are_told_once():
    first, second = ValueError(VALUE), KeyError(VALUE)
    first.__cause__, second.__cause__ = second, first
    assert telling.account(first).count("ValueError") == 1


def test_a_machines_folders_are_not_told():
    told = told_of(failures.frames, VALUE)
    assert str(storage.packaged("")) not in told and "pandas/_testing/asserters.py, line" in told


def test_what_another_process_hands_on_has_no_value_in_any_byte():
    error = caught(telling.told_safely, failures.chain, VALUE)
    again = pickle.loads(pickle.dumps(error))
    assert isinstance(again, telling.Broken) and VALUE.encode() not in pickle.dumps(error)
    assert again.__cause__ is None and error.__context__ is None
    assert "That was the cause of:" in telling.account(again)


def test_a_persons_mistake_in_another_process_comes_without_what_it_came_of():
    def work() -> None:
        try:
            failures.key(VALUE)
        except KeyError as error:
            raise UserError(Problem("AN021", "", "wrong.", "Mend it.")) from error

    error = caught(telling.told_safely, work)
    assert isinstance(error, UserError) and error.__cause__ is None and error.__context__ is None


def test_records_warnings_and_threads_are_told_by_type_and_place(capsys):
    with silent_records():
        failures.out_loud(VALUE)
        thread = threading.Thread(target=failures.key, args=(VALUE,))
        thread.start()
        thread.join()
    told = capsys.readouterr().err
    assert VALUE not in told and "UserWarning at failures.py, line" in told and "KeyError" in told
    assert logging.getLogRecordFactory() is logging.LogRecord and warnings.showwarning.__module__ != "anchor_analysis"


def test_rows_that_hold_what_an_error_quotes_are_named_up_to_a_number(tmp_path):
    rows = pd.DataFrame(
        {"source_file": "w.csv", "source_sheet": "Staff", "source_row": range(2, 52), "home": "LX1 1AA"}
    )
    rows.loc[7, "home"] = f" {VALUE} "
    storage.write_frame(rows, tmp_path / "rows.parquet")

    def work(value: str) -> None:
        with rows_named({"a.2023-24": [tmp_path / "rows.parquet", tmp_path / "none.parquet"]}):
            failures.database(value)

    assert "While at work on: a.2023-24, w.csv, sheet Staff, row 9\n" in told_of(work, VALUE) + "\n"
    assert told_of(work, "LX1 1AA").count("row ") == MOST_ROWS and "and perhaps more" in told_of(work, "LX1 1AA")
    assert "While at work on" not in told_of(work, "elsewhere")


# --- a developer's own machine ---


@pytest.fixture
def broken(monkeypatch, tmp_path):
    """A network whose checking fails; gives what a command does."""
    workspace = make_workspace(tmp_path)
    monkeypatch.setenv("ANCHOR_WORKSPACE", str(workspace.root))
    monkeypatch.setattr("anchor_analysis.clean.cleaning.stage", lambda *_: failures.key(VALUE))
    monkeypatch.delenv("CI", raising=False)

    def run(*words: str) -> int | str | None:
        monkeypatch.setattr(sys, "argv", ["anchor-analysis", *words])
        with pytest.raises(SystemExit) as stopped:
            main()
        return stopped.value.code

    return run


def test_a_bug_shows_no_value(broken, capsys):
    assert broken("check", "example") == 1
    told = "".join(capsys.readouterr())
    assert VALUE not in told and "KeyError" in told and "ANCHOR_SHOW_VALUES" in told


def test_values_are_shown_where_a_developer_asks_and_it_is_said_loudly(broken, capsys, monkeypatch):
    monkeypatch.setenv("ANCHOR_SHOW_VALUES", "1")
    monkeypatch.setattr(sys, "argv", ["anchor-analysis", "check", "example"])
    with pytest.raises(KeyError, match=VALUE):
        main()
    assert "values of rows and of people included" in capsys.readouterr().err


@pytest.mark.parametrize("command", ["run example", "demo", "edition audit example"])
def test_values_are_never_shown_by_what_writes_editions(broken, capsys, monkeypatch, command):
    monkeypatch.setenv("ANCHOR_SHOW_VALUES", "1")
    assert broken(*command.split()) == 2
    assert "AN007" in capsys.readouterr().err


def test_values_are_never_shown_under_ci(broken, capsys, monkeypatch):
    monkeypatch.setenv("ANCHOR_SHOW_VALUES", "1")
    monkeypatch.setenv("CI", "true")
    assert broken("check", "example") == 2
    assert not telling.shows_values() and "CI" in capsys.readouterr().err


def test_what_the_machine_refused_in_another_process_is_told_once_and_as_a_problem(tmp_path):
    workspace = make_workspace_folders(tmp_path)

    def full() -> None:
        raise OSError(errno.ENOSPC, "no room, said by LX9 1AA", str(workspace / "outputs" / "LX9 1AA" / "page.html"))

    with pytest.raises(telling.Refused) as told:
        telling.told_safely(full)
    handed_on = telling.refusal(pickle.loads(pickle.dumps(told.value)))
    assert handed_on is not None and "outputs: the disk has no room for editions" in str(handed_on)
    assert "LX9" not in str(handed_on) and "(AN057" in telling.brief(told.value)


WANTING = [
    MemoryError(VALUE), pyarrow.lib.ArrowMemoryError(VALUE), duckdb.OutOfMemoryException(f"failed to allocate {VALUE}"),
    ImportError("library.so: failed to map segment from shared object"),
]  # fmt: skip


@pytest.mark.parametrize("error", WANTING, ids=lambda error: type(error).__name__)
def test_want_of_memory_is_nobodys_bug(error, tmp_path, monkeypatch, capsys):
    assert "(AN059" in str(telling.refusal(error)) and VALUE not in str(telling.refusal(error))

    def wanting(*arguments: object, **named: object) -> None:
        raise error

    workspace = make_workspace(tmp_path)
    monkeypatch.setenv("ANCHOR_WORKSPACE", str(workspace.root))
    monkeypatch.setattr(sys, "argv", ["anchor-analysis", "run", "example", "--quiet"])
    for more in ("running.pipeline.make", "commands.screen.show_problems"):  # it may be wanting to tell of it too
        monkeypatch.setattr(f"anchor_analysis.{more}", wanting)
        with pytest.raises(SystemExit) as stop:
            main()
        told = capsys.readouterr().err
        assert stop.value.code == 2 and "not memory" in told and "(AN059" in told and "Traceback" not in told
        assert VALUE not in told


def test_a_damaged_file_that_asks_for_all_memory_is_told_as_damaged():
    try:
        raise MemoryError
    except MemoryError:
        assert damaged("a.xlsx").problems[0].code == "AN020"


@pytest.mark.parametrize("bug", [KeyError("No space left on device"), FileNotFoundError(2, "", "LX9 1AA.parquet")])
def test_a_bug_that_only_sounds_like_it_stays_a_bug(bug):
    assert telling.refusal(bug) is None


def test_a_file_that_a_run_made_itself_and_that_is_gone_stays_a_bug(tmp_path):
    workspace = make_workspace_folders(tmp_path)
    gone = FileNotFoundError(errno.ENOENT, "", str(workspace / "data" / "processed" / "example" / "cells.parquet"))
    assert telling.refusal(gone) is None
    sent = FileNotFoundError(errno.ENOENT, "", str(workspace / "data" / "raw" / "example" / "ledger.csv"))
    assert "data/raw/example/ledger.csv: it is not there" in str(telling.refusal(sent))


def make_workspace_folders(folder: Path) -> Path:
    for name in ("networks", "outputs", "data/raw", "data/processed"):
        (folder / name).mkdir(parents=True)
    return folder
