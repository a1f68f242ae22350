"""Bad definitions: every fault of every file at once, with file and line, and nothing said twice."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from anchor_analysis import storage
from anchor_analysis.declared import load_catalogue
from anchor_analysis.problems import UserError

SHIPPED = storage.PACKAGE / "definitions"


def shipped(name: str, folder: str = "metrics") -> dict:
    return yaml.safe_load((SHIPPED / folder / f"{name}.yaml").read_text(encoding="utf-8"))


def write(own: Path, name: str, folder: str = "metrics", **changed: object) -> None:
    """A definition of the network's own, made from a shipped one."""
    base = {"metrics": "staff_fte", "tables": "staff_by_ward"}[folder]
    data = shipped(changed.pop("like", base), folder) | changed
    data = {key: value for key, value in data.items() if value is not None and key != "id"}
    storage.write_text(own / folder / f"{name}.yaml", yaml.safe_dump(data, sort_keys=False))


def faults(own: Path) -> list[str]:
    with pytest.raises(UserError) as caught:
        load_catalogue(own)
    assert caught.value.exit_code == 2 and {problem.code for problem in caught.value.problems} == {"AN007"}
    return [f"{problem.where}: {problem.what}" for problem in caught.value.problems]


def line_of(path: Path, text: str) -> int:
    return next(n for n, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1) if text in line)


@pytest.mark.parametrize(
    ("changed", "place", "what"),
    [
        ({"table": "payroll"}, "table", 'there is no canonical table "payroll"'),
        ({"numerator": {"sum": "hours"}}, "numerator.sum", '"hours" is no column of workforce'),
        ({"numerator": {"sum": "contract"}}, "numerator.sum", '"contract" does not hold quantities'),
        ({"numerator": {"sum": "fte_e5", "where": {"grade": 1}}}, "numerator.where.grade", '"grade" is no column of'),
        ({"numerator": {"sum": "fte_e5", "where": {"contract": ["casual"]}}}, "numerator.where.contract",
         '"casual" is no category of contract'),
        ({"breakdowns": ["home_ward", "home_street"]}, "breakdowns.1", '"home_street" is no column of workforce'),
        ({"beside": ["net_spend"]}, "beside.0", "net_spend, told beside it, has another unit"),
        ({"protect": "persons"}, "protect", "'spend', 'estate', 'scores', 'listening' or 'contracts'"),
        ({"source": None}, "source", "Field required"),
        ({"source": ""}, "source", "at least 1 character"),
        ({"colour": "red"}, "colour", "Extra inputs are not permitted"),
        ({"version": 3, "history": [{"version": 3, "since": "2026-01-01", "what": "x"}]}, "the whole",
         "history says of every version but the first"),
        ({"unit": "share"}, "the whole", "an additive metric has a unit that adds up"),
    ],
)  # fmt: skip
def test_a_bad_metric_is_told_with_its_file_and_field(tmp_path, changed, place, what):
    write(tmp_path, "mine", **changed)
    (said,) = faults(tmp_path)
    where, _, told = said.partition(": ")
    assert where.startswith("metrics/mine.yaml, line ") and where.endswith(f", {place}") and what in told


def share(own: Path, name: str, top: str, bottom: str, **changed: object) -> None:
    parts = {"numerator": {"metric": top}, "denominator": {"metric": bottom}}
    write(own, name, like="local_spend_share", **(parts | changed))


@pytest.mark.parametrize(
    ("top", "bottom", "what"),
    [
        ("staff", "net_spend", "same unit"),
        ("staff", "staff_fte", "same unit"),
        ("staff_living_in_area", "payments", "counts rows of workforce, payments of ledger"),
        ("assignments", "staff", "assignments sums rows, staff person"),
        ("local_spend_share", "net_spend", "local_spend_share is not additive"),
        ("staf", "staff", 'there is no metric "staf"'),
    ],
)
def test_a_share_is_of_one_grain(tmp_path, top, bottom, what):
    write(tmp_path, "payments", table="ledger", numerator={"count": "rows"}, unit="persons", protect="spend")
    write(tmp_path, "assignments", numerator={"count": "rows"}, unit="persons")
    share(tmp_path, "mine", top, bottom, protect="people")
    assert any(said.startswith("metrics/mine.yaml") and what in said for said in faults(tmp_path))


def test_metrics_that_are_made_of_one_another_are_told_as_a_circle(tmp_path):
    share(tmp_path, "one", "two", "net_spend")
    share(tmp_path, "two", "one", "net_spend")
    one, two = faults(tmp_path)
    assert "one → two → one" in one and "two → one → two" in two


def test_every_fault_of_every_file_is_told_at_once_with_its_line(tmp_path):
    write(tmp_path, "first", numerator={"sum": "hours"}, breakdowns=["street"])
    write(tmp_path, "second", source=None, unit="miles")
    write(tmp_path, "third", folder="tables", metrics=["staff", "second", "nothing"])
    storage.write_text(tmp_path / "metrics" / "fourth.yaml", "title: [unfinished\n")
    storage.write_text(tmp_path / "profiles" / "fifth.yaml", "- a list\n")
    write(tmp_path, "staff")
    said = faults(tmp_path)
    first, second = tmp_path / "metrics" / "first.yaml", tmp_path / "metrics" / "second.yaml"
    third = tmp_path / "tables" / "third.yaml"
    assert f"metrics/first.yaml, line {line_of(first, 'sum: hours')}, numerator.sum" in " ".join(said)
    assert f"metrics/first.yaml, line {line_of(first, '- street')}, breakdowns.0" in " ".join(said)
    assert f"metrics/second.yaml, line {line_of(second, 'unit: miles')}, unit" in " ".join(said)
    assert "metrics/second.yaml, line 1, source: Field required" in " ".join(said)
    assert f"tables/third.yaml, line {line_of(third, '- nothing')}, metrics.2" in " ".join(said)
    assert "cannot be read" in " ".join(one for one in said if one.startswith("fourth.yaml"))
    assert any(one.startswith("profiles/fifth.yaml: holds no fields") for one in said)
    assert any('"staff" is declared already' in one for one in said)
    assert not any('"second"' in one for one in said), "a table is not blamed for a metric that has faults of its own"
    assert len(said) == len(set(said)) == 8


def test_what_a_network_adds_rightly_is_in_its_catalogue(tmp_path):
    write(tmp_path, "mine", title="Mine")
    assert load_catalogue(tmp_path).metric("mine").title == "Mine"
    assert "mine" not in load_catalogue().metrics
