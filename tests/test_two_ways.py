"""Tables of two columns: nothing that is too small can be had from rows, columns, sums and other tables."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import linprog

from anchor_analysis import present, storage
from anchor_analysis.declared import load_catalogue, load_network
from anchor_analysis.problems import UserError
from anchor_analysis.protect.two_ways import RULE, Circulation, edge_of, withhold_in_two_ways
from tests.test_community import MEMBER, PROTECTED, write_network

THRESHOLD = 5
TABLE = "items_by_theme_ward_group"


def with_margins(table: list[list[int]]) -> dict[tuple[str, str], int]:
    """Every cell of a table by the names of its row and column, with the sums over either, and the whole."""
    counts = np.array(table)
    cells = {(f"r{i}", f"c{j}"): int(n) for (i, j), n in np.ndenumerate(counts)}
    cells |= {(f"r{i}", ""): int(n) for i, n in enumerate(counts.sum(axis=1))}
    cells |= {("", f"c{j}"): int(n) for j, n in enumerate(counts.sum(axis=0))}
    return cells | {("", ""): int(counts.sum())}


def closed(table: list[list[int]]) -> tuple[dict[tuple[str, str], int], set, set]:
    """Every cell, those that are too small, and those that are withheld for it."""
    cells = with_margins(table)
    small = {name for name, n in cells.items() if 0 < n < THRESHOLD}
    amounts = {edge_of(*name): n for name, n in cells.items()}
    hidden = Circulation(amounts, {edge_of(*name) for name in small}, THRESHOLD).close()
    return cells, small, {name for name in cells if edge_of(*name) in hidden}


def range_of(cells, hidden, wanted) -> tuple[float, float]:
    """The least and the most that a cell can be by all that is shown, by linear programming."""
    names = list(cells)
    rows, columns = ({name[place] for name in names} - {""} for place in (0, 1))
    lines = [[(row, column) for column in columns] + [(row, "")] for row in rows]
    lines += [[(row, column) for row in rows] + [("", column)] for column in columns]
    lines += [[(row, "") for row in rows] + [("", "")], [("", column) for column in columns] + [("", "")]]
    equations = [[(-1 if name == line[-1] else 1) if name in line else 0 for name in names] for line in lines]
    bounds = [(0, None) if name in hidden else (cells[name], cells[name]) for name in names]
    goal = [1 if name == wanted else 0 for name in names]
    ends = []
    for sign in (1, -1):
        cost = [sign * one for one in goal]
        found = linprog(cost, A_eq=equations, b_eq=[0] * len(lines), bounds=bounds, method="highs")
        ends.append(float("inf") if found.status == 3 else sign * found.fun)
    return ends[0], ends[1]


tables = st.integers(2, 4).flatmap(
    lambda width: st.lists(st.lists(st.integers(0, 14), min_size=width, max_size=width), min_size=2, max_size=5)
)


@given(tables)
def test_a_small_cell_may_be_less_and_may_be_as_large_as_what_is_shown(table):
    cells, small, hidden = closed(table)
    assert small <= hidden
    for name in sorted(small):
        least, most = range_of(cells, hidden, name)
        assert least <= cells[name] - 1 + 1e-6 and most >= THRESHOLD - 1e-6


def test_one_small_cell_takes_three_others_with_it_and_no_more():
    _, small, hidden = closed([[3, 20, 30], [40, 50, 60], [70, 80, 90]])
    assert small == {("r0", "c0")} and hidden == {("r0", "c0"), ("r0", "c1"), ("r1", "c0"), ("r1", "c1")}


def test_where_nothing_is_small_nothing_is_withheld():
    assert closed([[5, 0], [7, 20]])[2] == set()


def test_two_rings_of_withheld_cells_that_one_cell_joins_do_not_give_it_away():
    table = [[2, 3, 90, 90, 4], [3, 2, 90, 90, 90], [90, 90, 2, 3, 90], [90, 90, 3, 2, 90], [90, 90, 90, 90, 2]]
    cells, small, hidden = closed(table)
    assert all(range_of(cells, hidden, name)[1] >= THRESHOLD for name in small)


# --- two tables, by wards and by groups of wards ---


@st.composite
def nested(draw) -> tuple[list[list[int]], list[int]]:
    """Counts by theme and ward, and the group of each ward."""
    groups = draw(st.lists(st.integers(0, 2), min_size=2, max_size=5))
    row = st.lists(st.integers(0, 14), min_size=len(groups), max_size=len(groups))
    return draw(st.lists(row, min_size=2, max_size=3)), groups


@given(nested())
def test_no_small_cell_of_a_ward_or_a_group_of_wards_can_be_had_from_both_tables(network, drawn):
    counts, groups = np.array(drawn[0]), np.array(drawn[1])
    codes = list(network.ward_groups)
    of = {group: [code for code in codes if network.ward_groups[code] == name]
          for group, name in ((0, "most_disadvantaged"), (1, "other_in_area"))} | {2: ["unknown"]}  # fmt: skip
    wards = [of[group][min(place, len(of[group]) - 1)] for place, group in enumerate(groups)]
    names = {0: "most_disadvantaged", 1: "other_in_area", 2: "unknown"}
    fine: dict[tuple[str, str], int] = {}
    coarse: dict[tuple[str, str], int] = {}
    for (i, j), n in np.ndenumerate(counts):
        for cells, second in ((fine, wards[j]), (coarse, names[groups[j]])):
            for first, last in ((f"r{i}", second), (f"r{i}", ""), ("", second), ("", "")):
                cells[first, last] = cells.get((first, last), 0) + int(n)
    tables = {"items_by_theme_ward": fine, TABLE: coarse}
    frames = [
        released(table, {"" if name == ("", "") else "|".join(name): n for name, n in cells.items()}, network)
        for table, cells in tables.items()
    ]
    found = withhold_in_two_ways(pd.concat(frames, ignore_index=True), network)
    hidden = {table: {(*group.split("|"), "")[:2] if group else ("", "") for group in own["group"]}
              for table, own in found[found["status"] == "withheld"].groupby("table")}  # fmt: skip
    of_ward = {ward: names[group] for ward, group in zip(wards, groups.tolist(), strict=True)}
    for table, cells in tables.items():
        for name, n in cells.items():
            if 0 < n < THRESHOLD:
                assert name in hidden[table]
                least, most = range_in_both(tables, hidden, of_ward, (table, name))
                assert least <= n - 1 + 1e-6 and most >= THRESHOLD - 1e-6


def range_in_both(tables, hidden, of_ward, wanted) -> tuple[float, float]:
    """The least and the most that a cell can be by all that both tables show, by linear programming."""
    fine, coarse = tables["items_by_theme_ward"], tables[TABLE]
    names = [(table, name) for table, cells in tables.items() for name in cells]
    firsts = {name[0] for name in fine}
    lines: list[dict] = []
    for table, cells in tables.items():
        seconds = {name[1] for name in cells} - {""}
        lines += [{(table, (first, s)): 1 for s in seconds} | {(table, (first, "")): -1} for first in firsts]
        lines += [{(table, (f, s)): 1 for f in firsts - {""}} | {(table, ("", s)): -1} for s in {*seconds, ""}]
    lines += [
        {("items_by_theme_ward", (first, ward)): 1 for ward, of in of_ward.items() if of == group}
        | {(TABLE, (first, group)): -1}
        for first, group in coarse if group
    ]  # fmt: skip
    lines += [{("items_by_theme_ward", (first, "")): 1, (TABLE, (first, "")): -1} for first in firsts]
    equations = [[line.get(name, 0) for name in names] for line in lines]
    bounds = [
        (0, None) if name in hidden.get(table, ()) else (tables[table][name], tables[table][name])
        for table, name in names
    ]  # fmt: skip
    ends = []
    for sign in (1, -1):
        cost = [sign if name == wanted else 0 for name in names]
        result = linprog(cost, A_eq=equations, b_eq=[0] * len(lines), bounds=bounds, method="highs")
        ends.append(float("inf") if result.status == 3 else sign * result.fun)
    return ends[0], ends[1]


@pytest.fixture
def network(tmp_path):
    with pytest.raises(UserError):
        write_network(tmp_path, MEMBER)
    path = tmp_path / "networks" / "example" / "network.toml"
    path.write_text(path.read_text(encoding="utf-8").replace("[protection]", PROTECTED), encoding="utf-8")
    return load_network(storage.Workspace(tmp_path), "example")


def released(table: str, counts: dict[str, int], network) -> pd.DataFrame:
    rows = [
        {"table": table, "group": group, "size": n, "status": "withheld" if 0 < n < THRESHOLD else "shown"}
        for group, n in counts.items()
    ]
    frame = pd.DataFrame(rows).assign(metric="items_heard", period="2023/24", member="", unit="items", value=1.0)
    frame = frame.assign(lower=1.0, upper=1.0, shown=frame["size"].astype("str"), rule="")
    return frame.assign(cell_id=table + "|" + frame["group"])


def test_a_sum_is_withheld_in_every_table_that_shows_it(network):
    cells = with_margins([[1, 2, 0], [30, 40, 50], [8, 60, 70]])
    both = released(TABLE, {"" if name == ("", "") else "|".join(name): n for name, n in cells.items()}, network)
    themes = released("items_by_theme", {"": 261, **{name[0]: n for name, n in cells.items() if not name[1]}}, network)
    found = withhold_in_two_ways(pd.concat([both, themes], ignore_index=True), network)
    hidden = found[found["status"] == "withheld"]
    of_themes = set(hidden.loc[hidden["table"] == "items_by_theme", "group"])
    assert len(of_themes) == 2 and "r0" in of_themes
    assert {f"{theme}|" for theme in of_themes} <= set(hidden.loc[hidden["table"] == TABLE, "group"])
    assert set(hidden["rule"]) == {RULE} and hidden["value"].isna().all() and set(hidden["shown"]) == {"[c]"}


def test_a_breakdown_by_two_columns_needs_one_by_each(tmp_path):
    shipped = storage.PACKAGE / "definitions" / "metrics" / "items_heard.yaml"
    text = shipped.read_text(encoding="utf-8").replace("breakdowns: [theme, kind,", "breakdowns: [theme,")
    storage.write_text(tmp_path / "metrics" / "items.yaml", text.replace("theme|ward_group", "theme|kind"))
    with pytest.raises(UserError, match='its margins need a breakdown by "kind"'):
        load_catalogue(tmp_path)


FACTS = {
    "name": "Example", "year": "2023/24", "network": "example", "tables": {TABLE: {"title": "Items, by both"}},
    "definitions": {"items_heard": {"title": "Items"}},
}  # fmt: skip


def test_a_table_of_two_columns_is_laid_out_with_its_sums_last(network):
    counts = {"b|most_disadvantaged": 7, "a|most_disadvantaged": 8, "b|unknown": 9, "a|unknown": 10}
    counts |= {"a|": 18, "b|": 16, "|most_disadvantaged": 15, "|unknown": 19, "": 34}
    cells = released(TABLE, counts, network).assign(
        kind="levels", since="", since_period="", panel="all", item="value", note="", source_id="", quality="rows",
        members_counted=1, members_expected=1,
    )  # fmt: skip
    shown = present.table(cells, FACTS, TABLE).table
    assert list(shown.columns) == ["Group", "The most disadvantaged wards", "Not known", "All"]
    assert shown.to_numpy().tolist() == [["A", "8", "10", "18"], ["B", "7", "9", "16"], ["All", "15", "19", "34"]]
