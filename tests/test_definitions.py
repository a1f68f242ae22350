"""Bad definitions: every fault of every file at once, with file and line, and nothing said twice."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from anchor_analysis import storage
from anchor_analysis.declared import load_catalogue, load_network
from anchor_analysis.declared.lines import line_of as line_of_place
from anchor_analysis.problems import UserError
from tests.small_network import write_settings

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
        ({"version": 3, "history": [{"version": 3, "since": "2026-01-01", "what": "x"}]}, "history",
         "history says of every version but the first"),
        ({"unit": "share"}, "unit", "an additive metric has a unit that adds up"),
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
    assert "cannot be read" in " ".join(one for one in said if one.startswith("metrics/fourth.yaml, line 2"))
    assert any(one.startswith("profiles/fifth.yaml, line 1, the whole: holds no fields") for one in said)
    assert any('"staff" is declared already' in one for one in said)
    assert not any('no metric "second"' in one for one in said), "it is there, with faults of its own"
    assert any('metric "second" has no breakdown by home_ward' in one for one in said), "which it has been asked for"
    assert len(said) == len(set(said)) == 9


def test_what_a_network_adds_rightly_is_in_its_catalogue(tmp_path):
    write(tmp_path, "mine", title="Mine")
    assert load_catalogue(tmp_path).metric("mine").title == "Mine"
    assert "mine" not in load_catalogue().metrics


def test_a_fault_in_one_field_hides_no_fault_in_another(tmp_path):
    write(tmp_path, "mine", source=None, unit="miles", numerator={"sum": "hours"}, version=2, history=[])
    places = [said.split(": ")[0].rpartition(", ")[2] for said in faults(tmp_path)]
    assert sorted(places) == ["history", "numerator.sum", "source", "unit"]


def test_a_circle_is_told_of_metrics_that_lack_their_source(tmp_path):
    share(tmp_path, "one", "two", "net_spend", source=None)
    share(tmp_path, "two", "one", "net_spend", source=None)
    said = " ".join(faults(tmp_path))
    assert "one → two → one" in said and "two → one → two" in said and said.count("Field required") == 2


def test_what_depends_on_a_field_with_a_fault_is_not_told(tmp_path):
    write(tmp_path, "first", unit="miles", numerator={"sum": ["fte_e5"]})
    write(tmp_path, "second", beside=["first"])
    share(tmp_path, "third", "first", "staff")
    assert [said.split(", line")[0] for said in faults(tmp_path)] == ["metrics/first.yaml"] * 2


@pytest.mark.parametrize(
    ("changed", "meant"),
    [
        ({"numerator": {"sum": "fte_e6"}}, "Did you mean fte_e5"),
        ({"table": "workforse"}, "Did you mean workforce?"),
        ({"unit": "person"}, "Did you mean persons or "),
        ({"beside": ["staf_fte"]}, "Did you mean staff_fte"),
        ({"numerator": {"sum": "fte_e5", "where": {"contract": "fixed"}}}, "Did you mean fixed_term?"),
    ],
)
def test_an_unknown_name_is_told_with_the_nearest(tmp_path, changed, meant):
    write(tmp_path, "mine", **changed)
    with pytest.raises(UserError) as caught:
        load_catalogue(tmp_path)
    (problem,) = caught.value.problems
    assert meant in problem.remedy


# --- a network, with its definitions ---


@pytest.fixture
def network(tmp_path) -> Path:
    """The folder of a network without faults."""
    workspace = write_settings(tmp_path)
    load_network(workspace, "example")
    return workspace.network("example")


def told(folder: Path) -> dict[str, str]:
    """What is wrong and what to do, by the place."""
    with pytest.raises(UserError) as caught:
        load_network(storage.Workspace(folder.parents[1]), folder.name)
    return {problem.where: f"{problem.what} {problem.remedy}" for problem in caught.value.problems}


def change(path: Path, old: str, new: str) -> None:
    text = storage.read_text(path)
    assert old in text
    storage.write_text(path, text.replace(old, new, 1))


def test_faults_of_a_network_and_of_its_definitions_are_told_in_one_go(network):
    settings = network / "network.toml"
    change(settings, 'people = "open_data"', 'people = "open_dota"')
    change(settings, 'sector = "x"', "")
    write(network / "definitions", "mine", source=None, numerator={"sum": "hours"})
    storage.write_text(network / "answers.toml", '[[answers]]\nmember = "z"\nyear = "2023/24"\ncode = "AN027"\n')
    storage.write_text(network / "categories.toml", "[[categories]\n")
    said = told(network)
    mine = "networks/example/definitions/metrics/mine.yaml"
    line = line_of(settings, "open_dota")
    assert "Did you mean open_data" in said[f"networks/example/network.toml, line {line}, protection.people"]
    first = line_of(settings, "[[members]]")
    assert f"networks/example/network.toml, line {first}, members.0.sector" in said
    assert f"{mine}, line 1, source" in said
    assert f"{mine}, line {line_of(network / 'definitions/metrics/mine.yaml', 'sum: hours')}, numerator.sum" in said
    assert "networks/example/answers.toml, line 1, answers.0.file" in said
    assert "networks/example/answers.toml, line 1, answers.0.reason" in said
    assert "is not known" in said["networks/example/answers.toml, line 2, answers.0.member"]
    assert "networks/example/categories.toml, line 1" in said
    assert len(said) == 8


def test_a_name_that_is_declared_already_is_told_with_the_file_that_has_it(network):
    write(network / "definitions", "staff")
    write(network / "definitions", "mine")
    write(network / "definitions", "other")
    text = storage.read_text(network / "definitions" / "metrics" / "other.yaml")
    storage.write_text(network / "definitions" / "metrics" / "other.yaml", f"{text}id: mine\n")
    said = [what for what in told(network).values() if "is declared already" in what]
    assert "in anchor_analysis/definitions/metrics/staff.yaml" in said[1]
    assert "in networks/example/definitions/metrics/mine.yaml" in said[0]


TOML = '''# a comment
[network]
name = "A"

[years]
first = """
latest = 1
"""
latest = "b"

[[members]]
id = "a"
levers = [
  "one",
]
[members.more]
x = {y = 1}

[[members]]
id = "b"
'''


@pytest.mark.parametrize(
    ("place", "line"),
    [
        (("network", "name"), 3),
        (("years",), 5),
        (("years", "first"), 6),
        (("years", "latest"), 9),
        (("members", 0, "id"), 12),
        (("members", 0, "levers", 0), 13),
        (("members", 0, "more", "x", "y"), 17),
        (("members", 1), 19),
        (("members", 1, "id"), 20),
        (("members", 1, "sector"), 19),
        (("protection", "people"), 1),
        ((), 1),
    ],
)
def test_the_line_of_a_field_of_a_toml_file(tmp_path, place, line):
    storage.write_text(tmp_path / "network.toml", TOML)
    assert line_of_place(tmp_path / "network.toml", place) == line
