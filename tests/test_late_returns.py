"""What is cleaned again and what is not: a late return, a next year, another member's mapping."""

from __future__ import annotations

from pathlib import Path

import pytest

from anchor_analysis import storage
from anchor_analysis.declared import load_network
from anchor_analysis.running import check_returns
from anchor_analysis.running.finding import Return, find_returns
from anchor_analysis.running.references import geography_of
from tests.small_network import send

MAPPING = "files: staff list.csv\nmember: b\ntable: workforce\ncolumns:\n  employee_id: [Number]\n"


def found(workspace: storage.Workspace) -> dict[str, Return]:
    network = load_network(workspace, "example")
    return {
        item.part: item for item in find_returns(network, workspace, geography_of(network, workspace), network.latest)
    }


def settle(workspace: storage.Workspace, was: str, now: str) -> None:
    path = workspace.network("example") / "network.toml"
    text = storage.read_text(path)
    assert was in text
    storage.write_text(path, text.replace(was, now))


def changed(before: dict[str, Return], workspace: storage.Workspace) -> set[str]:
    """The returns that would be cleaned or located anew."""
    after = found(workspace)
    return {
        part for part in before
        if (before[part].cleaned, before[part].locate_key) != (after[part].cleaned, after[part].locate_key)
    }  # fmt: skip


def test_a_next_year_leaves_the_returns_of_earlier_years_as_they_are(workspace):
    before = found(workspace)
    settle(workspace, 'latest = "2023/24"', 'latest = "2024/25"')
    assert changed(before, workspace) == set()
    send(workspace, "a", "2024-25", 100)
    assert set(found(workspace)) - set(before) == {"a.2024-25"}


def test_a_mapping_concerns_the_returns_of_its_member_and_one_without_a_member_all(workspace):
    before, path = found(workspace), workspace.network("example") / "mappings" / "staff.yaml"
    storage.write_text(path, MAPPING)
    assert changed(before, workspace) == {"b.2022-23", "b.2023-24"}
    storage.write_text(path, MAPPING.replace("member: b\n", ""))
    assert changed(before, workspace) == set(before)


@pytest.mark.parametrize(
    ("was", "now"),
    [
        ('baseline = "2021/22"', 'baseline = "2022/23"'),  # by whose factors electricity is counted too
        ('first = "2021/22"', 'first = "2020/21"'),
        ('name = "Member A"', 'name = "Another A"'),  # payments to it are of a member
    ],
)
def test_what_cleaning_depends_on_cleans_again(workspace, was, now):
    before = found(workspace)
    settle(workspace, was, now)
    assert changed(before, workspace) == set(before)


def rows(workspace: storage.Workspace) -> dict[Path, int]:
    """Every file of rows, with when it was written."""
    folder = workspace.processed("example")
    paths = [path for kind in ("cleaned", "located") for path in (folder / kind).rglob("*") if path.is_file()]
    return {path.relative_to(folder): path.stat().st_mtime_ns for path in paths}


def test_a_late_return_is_cleaned_and_located_and_no_other_is_touched(workspace):
    before = rows(workspace)
    send(workspace, "b", "2023-24", 171, lines=36)
    check_returns(workspace, "example")
    after = rows(workspace)
    written = {path for path in after if before.get(path) != after[path]}
    assert {path.parts[:3] for path in written} == {(kind, "2023-24", "b") for kind in ("cleaned", "located")}
    assert before.items() <= after.items(), "what another year's run may want has gone"
