"""Messy files: what can be read is read to the penny, what is spoilt is never let through."""

from __future__ import annotations

import random

import pytest

from tests.messy import AGAINST_THE_TOTAL, CASES, ledger, make, truth
from tests.messy_study import HELD, REFUSED, RIGHT, WRONG, Result, difference, page, study

#: Every seventeenth file; `python -m tests.messy_study` takes all of them.
SAMPLE = range(0, CASES, 17)


@pytest.fixture(scope="module")
def results(tmp_path_factory) -> list[Result]:
    """What became of the sample."""
    return study(SAMPLE, tmp_path_factory.mktemp("messy"))


def test_nothing_is_ever_read_wrong(results):
    wrong = [result for result in results if result.outcome == WRONG]
    assert not wrong, page(wrong)


def test_what_can_be_read_is_read_to_the_penny(results):
    missed = [result for result in results if result.case.expected == "read" and result.outcome != RIGHT]
    assert not missed, page(missed)


def test_what_is_spoilt_is_refused_or_held(results):
    passed = [result for result in results if result.case.expected == "held" and result.outcome not in (HELD, REFUSED)]
    assert not passed, page(passed)


# --- the files themselves ---


@pytest.mark.parametrize("number", range(0, 120, 5))
def test_a_number_gives_the_same_file_every_time(tmp_path, number):
    folders = [tmp_path / "first", tmp_path / "again"]
    for folder in folders:
        folder.mkdir()
    first, again = (make(number, folder) for folder in folders)
    assert (first.path.name, first.messes, first.mapping) == (again.path.name, again.messes, again.mapping)
    if first.path.suffix == ".csv":
        assert first.path.read_bytes() == again.path.read_bytes()


def test_every_fault_changes_the_sum_by_more_than_the_tolerance():
    true = sum(payment.net for payment in ledger())
    for spoil in AGAINST_THE_TOTAL.values():
        for seed in range(20):
            assert abs(sum(payment.net for payment in spoil(ledger(), random.Random(seed))) - true) > 1


def test_a_penny_a_day_or_a_name_that_is_not_as_it_was_is_noticed(tmp_path):
    case = make(0, tmp_path)
    for column, value in [("net_pence", 5), ("payment_date", truth()["payment_date"][1]), ("supplier_name", "X")]:
        kept = truth()
        kept.loc[0, column] = value
        (tmp_path / "kept").mkdir(exist_ok=True)
        kept.to_parquet(tmp_path / "kept" / "0.parquet")
        assert "1 payments lost" in difference(case, tmp_path / "kept")
    truth().to_parquet(tmp_path / "kept" / "0.parquet")
    assert difference(case, tmp_path / "kept") == ""
