"""Counting at the member's own site: the same figures as from rows, but for what the threshold withheld."""

import csv
import random
import shutil
import zipfile
from functools import cache
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from anchor_analysis import storage
from anchor_analysis.commands.demonstration import NETWORK, init_workspace, make_demonstration
from anchor_analysis.declared import load_catalogue, load_network, parse_year
from anchor_analysis.engine import open_engine
from anchor_analysis.measure import measure
from anchor_analysis.problems import UserError
from anchor_analysis.protect.pooling import pool_small, size
from anchor_analysis.read import add_reference
from anchor_analysis.running import check_returns
from anchor_analysis.running.aggregating import aggregate_return
from anchor_analysis.running.areas import in_one_geography
from anchor_analysis.running.finding import find_returns
from anchor_analysis.running.references import geography_of
from anchor_analysis.running.results import Inputs, measured
from anchor_analysis.running.returns import process_returns
from tests.workspace import ROOT

YEAR = "2023/24"
LARGE, SMALL, WITH_LEDGER = "larkmere_hospitals", "northbeck_water", "saltergate_grid"
#: Beginnings of metrics that choose people otherwise than by their home, which are not counted at a member's site.
NOT_COUNTED = (
    "staff_recruited", "staff_at_start", "staff_left", "staff_turnover", "staff_permanent", "staff_apprentices",
    "staff_paid", "staff_women", "staff_minority", "staff_disabled", "staff_under",
)  # fmt: skip
SECOND_LIST = ["staff_most_disadvantaged_wards_other", "staff_most_disadvantaged_wards_other_share"]
PEOPLE = load_catalogue().profiles["people_threshold_10_round_5"]
OPEN = load_catalogue().profiles["open_data"]


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> storage.Workspace:
    """The demonstration in small: three members, one year."""
    workspace = init_workspace(tmp_path_factory.mktemp("demonstration"))
    make_demonstration(workspace, 0.05, lambda *_: None)
    for folder in workspace.raw(NETWORK).glob("[!.]*/*"):
        if folder.parent.name != "2023-24" or folder.name not in (LARGE, SMALL, WITH_LEDGER):
            shutil.rmtree(folder)
    return workspace


@pytest.fixture
def workspace(made, tmp_path) -> storage.Workspace:
    shutil.copytree(made.root, tmp_path / "copy")
    return storage.Workspace(tmp_path / "copy")


def extract_of(workspace, member):
    return workspace.raw(NETWORK) / "2023-24" / member / "workforce.csv"


def aggregate(workspace, member=SMALL, extract=None, year=YEAR, to="counted.xlsx"):
    path = workspace.root / to
    return path, aggregate_return(workspace, NETWORK, member, year, extract or extract_of(workspace, member), path)


@pytest.fixture(scope="module")
def aggregated(made, tmp_path_factory):
    """A member's counted workbook and what it holds, for tests that only read it."""
    workspace = storage.Workspace(Path(shutil.copytree(made.root, tmp_path_factory.mktemp("aggregated") / "copy")))
    return cache(lambda member: aggregate(workspace, member, to=f"{member}.xlsx"))


def network_figures(workspace):
    """The network's figures on staff, by metric, of those that a member may count itself."""
    network = in_one_geography(load_network(workspace, NETWORK), workspace)
    geography, year = geography_of(network, workspace), parse_year(YEAR)
    returns = find_returns(network, workspace, geography, year)
    returns = process_returns(returns, network, workspace, geography, lambda what: None, workers=1)
    found = measure(network, measured(Inputs(network, workspace, year, returns, geography, []), open_engine()))
    whole = (found["scope"] == "network") & (found["breakdown"] == "") & (found["network_year"] == YEAR)
    columns = ["numerator", "denominator", "unknown", "value", "lower", "upper", "status"]
    metric = found["metric"]
    return found[whole & metric.str.startswith("staff") & ~metric.str.startswith(NOT_COUNTED)].set_index("metric")[
        columns
    ]


def send_counts_instead(workspace, member):
    path, _ = aggregate(workspace, member)
    storage.move(path, extract_of(workspace, member).with_name("counted.xlsx"))
    extract_of(workspace, member).unlink()


@pytest.fixture(scope="module")
def from_rows(made):
    """The network's figures where every member sends rows."""
    return network_figures(made)


@pytest.fixture(scope="module")
def counted_instead(made, from_rows, tmp_path_factory):
    """The network's figures where one member sends counts; the others' rows have been cleaned before."""

    @cache
    def figures(member):
        folder = tmp_path_factory.mktemp("counted") / "copy"
        workspace = storage.Workspace(Path(shutil.copytree(made.root, folder)))
        send_counts_instead(workspace, member)
        return network_figures(workspace)

    return figures


@pytest.mark.long
def test_where_nothing_is_withheld_the_networks_figures_are_the_same(from_rows, counted_instead):
    counted = counted_instead(LARGE)
    assert len(counted) == 12
    assert counted.drop(SECOND_LIST).equals(from_rows.drop(SECOND_LIST))


@pytest.mark.long
def test_a_second_list_that_differs_by_a_small_ward_does_not_tell_it(from_rows, counted_instead):
    """The ward that the second list puts in has fewer than ten here: the two counts together would tell of them."""
    counted = counted_instead(LARGE)
    assert (counted.loc[SECOND_LIST, "lower"] < from_rows.loc[SECOND_LIST, "lower"]).all()
    assert (counted.loc[SECOND_LIST, "upper"] > from_rows.loc[SECOND_LIST, "upper"]).all()


@pytest.mark.long
def test_what_the_threshold_withholds_widens_the_bounds_and_changes_nothing_else(from_rows, counted_instead):
    counted = counted_instead(SMALL)
    withheld = [name for name in counted.index if "disadvantaged" in name or "deprived" in name]
    assert len(withheld) == 8
    assert counted.drop(withheld).equals(from_rows.drop(withheld))
    assert (counted.loc[withheld, "unknown"] > from_rows.loc[withheld, "unknown"]).all()
    assert (counted.loc[withheld, "lower"] < from_rows.loc[withheld, "lower"]).all()
    assert (counted.loc[withheld, "upper"] > from_rows.loc[withheld, "upper"]).all()


@pytest.mark.long
def test_what_the_threshold_withholds_leans_low_and_stays_within_the_bounds(from_rows, counted_instead):
    counted = counted_instead(SMALL)
    withheld = [name for name in counted.index if "disadvantaged" in name or "deprived" in name]
    assert (counted.loc[withheld, "value"] < from_rows.loc[withheld, "value"]).all()
    assert (counted.loc[withheld, "upper"] >= from_rows.loc[withheld, "value"]).all()
    assert (counted["numerator"] <= from_rows["numerator"]).all(), "no count is ever too high"


# --- what placed the figures ---


def named(workspace, before, after):
    """Change a line of network.toml."""
    path = workspace.network(NETWORK) / "network.toml"
    text = storage.read_text(path)
    assert before in text
    storage.write_text(path, text.replace(before, after, 1))


def test_every_figure_says_by_which_files_it_was_placed(aggregated):
    path, _ = aggregated(LARGE)
    kinds = {row[0]: [part.split(" ")[0] for part in (row[4] or "").split("; ")] for row in sheet_rows(path, "Figures")}
    assert kinds["staff"] == [""] and kinds["staff_living_in_area"] == ["postcodes"]
    assert kinds["staff_most_deprived_tenth_other"] == ["postcodes", "deprivation_other"]
    assert kinds["staff_most_disadvantaged_wards_other"] == ["postcodes", "wards_other"]
    (placed,) = (row[1] for row in sheet_rows(path, "About") if row[0] == "Placed by")
    assert "deprivation demonstration_deprivation, 2019; deprivation_other demonstration_deprivation_2025" in placed


@pytest.mark.long
def test_figures_that_were_counted_by_another_release_are_refused(workspace):
    send_counts_instead(workspace, LARGE)
    named(workspace, 'deprivation = "demonstration_deprivation"', 'deprivation = "demonstration_deprivation_2025"')
    named(workspace, 'other = "demonstration_deprivation_2025"', 'other = "demonstration_deprivation"')
    with pytest.raises(UserError) as caught:
        network_figures(workspace)
    (problem,) = caught.value.problems
    assert (problem.code, problem.where) == ("AN039", f"{LARGE} {YEAR}, Figures")
    assert "staff_most_deprived_tenth by postcodes" in problem.what and "return aggregate" in problem.remedy
    assert "staff_living_in_area by" not in problem.what and "wards by" not in problem.what
    assert "AN039" in checked(workspace)


def checked(workspace) -> str:
    with pytest.raises(UserError) as caught:
        check_returns(workspace, NETWORK, YEAR, member=LARGE)
    return str(caught.value)


@pytest.mark.long
def test_figures_that_were_counted_by_the_same_file_under_another_name_are_not(workspace, from_rows):
    send_counts_instead(workspace, LARGE)
    file = workspace.raw(NETWORK) / ".made" / "imd2019_demonstration.csv"
    add_reference(file, workspace, "ranks_of_2019")
    named(workspace, 'deprivation = "demonstration_deprivation"', 'deprivation = "ranks_of_2019"')
    assert network_figures(workspace).drop(SECOND_LIST).equals(from_rows.drop(SECOND_LIST))


def files(workspace):
    return sorted(path for path in workspace.root.rglob("*") if path.is_file())


def test_nothing_of_anybody_leaves_and_nothing_stays_behind(workspace):
    before = files(workspace)
    path, _ = aggregate(workspace)
    with zipfile.ZipFile(path) as archive:
        text = " ".join(archive.read(name).decode("utf-8") for name in archive.namelist())
    with extract_of(workspace, SMALL).open(encoding="cp1252", newline="") as stream:
        rows = list(csv.DictReader(stream, delimiter=";"))
    assert len(rows) > 50
    for row in rows:
        for name in ("employee_id", "home_postcode"):
            assert not row[name] or row[name] not in text
    assert files(workspace) == sorted([*before, path])


def sheet_rows(path, sheet):
    return [list(row) for row in openpyxl.load_workbook(path)[sheet].iter_rows(min_row=2, values_only=True)]


@pytest.mark.parametrize(
    ("member", "sheet", "withheld"),
    [(LARGE, "Staff by ward", True), (LARGE, "Staff by decile", False), (SMALL, "Staff by decile", True)],
)
def test_cells_and_pools_add_up_to_all_staff_and_none_that_tells_is_small(aggregated, member, sheet, withheld):
    path, counted = aggregated(member)
    rows = sheet_rows(path, sheet)
    numbers = [row[-1] for row in rows if isinstance(row[-1], int)]
    assert sum(numbers) == next(figure.value for figure in counted.figures if figure.metric == "staff")
    assert ("[c]" in [row[-1] for row in rows]) == withheld
    told = [row[-1] for row in rows if isinstance(row[-1], int) and "not known" not in " ".join(map(str, row)).lower()]
    assert min(told) >= 10


def test_no_cell_is_a_formula_and_the_same_extract_gives_the_same_bytes(workspace, aggregated):
    path, _ = aggregated(SMALL)
    book = openpyxl.load_workbook(path)
    assert {cell.data_type for sheet in book for row in sheet.iter_rows() for cell in row} <= {"s", "n"}
    assert aggregate(workspace, to="again.xlsx")[0].read_bytes() == path.read_bytes()


def test_an_extract_may_be_called_as_it_is(workspace, aggregated):
    extract = extract_of(workspace, SMALL)
    renamed = shutil.copy(extract, workspace.root / "HR extract March.csv")
    assert aggregate(workspace, extract=workspace.root / renamed)[1] == aggregated(SMALL)[1]


def test_a_metric_that_nothing_here_protects_is_left_out_and_said(workspace):
    shipped = storage.read_text(ROOT / "anchor_analysis" / "definitions" / "metrics" / "staff.yaml")
    own = shipped.replace("{sum: person}", "{sum: person, where: {contract: fixed_term}}")
    storage.write_text(workspace.network(NETWORK) / "definitions" / "metrics" / "staff_fixed_term.yaml", own)
    path, counted = aggregate(workspace, LARGE)
    assert "staff_fixed_term" not in [figure.metric for figure in counted.figures]
    assert any(row[0] == "Left out" and "staff_fixed_term" in row[1] for row in sheet_rows(path, "About"))


def test_who_came_and_went_is_left_out_and_said(workspace):
    """The sum of recruits chooses people by itself, so it is no total of all staff that may be told as it is."""
    path, counted = aggregate(workspace, LARGE)
    (said,) = [row[1] for row in sheet_rows(path, "About") if row[0] == "Left out"]
    assert not [figure.metric for figure in counted.figures if figure.metric.startswith(NOT_COUNTED)]
    assert all(name in said for name in ("staff_recruited", "staff_permanent", "staff_apprentices"))


def refused(workspace, *said, **named):
    with pytest.raises(UserError) as caught:
        aggregate(workspace, **named)
    for words in said:
        assert words in str(caught.value)
    assert not (workspace.root / "counted.xlsx").exists()


def few(workspace, lines, name="few.csv"):
    rows = extract_of(workspace, SMALL).read_text(encoding="cp1252").splitlines()[:lines]
    storage.write_text(workspace.root / name, "\n".join(rows) + "\n")
    return workspace.root / name


def test_too_few_people_are_not_counted(workspace):
    refused(workspace, "AN050", "fewer than 10 people", "few.csv", extract=few(workspace, 6))


def test_a_fault_of_the_extract_is_told_by_its_own_name(workspace):
    path = few(workspace, 60, "March.csv")
    header, first, *rest = storage.read_text(path).splitlines()
    fte = header.split(";").index("fte")
    cells = first.split(";")
    cells[fte] = "full"
    storage.write_text(path, "\n".join([header, ";".join(cells), *rest]))
    refused(workspace, "March.csv, row 2, column fte", '"full"', extract=path)
    storage.write_text(path, header.replace("employee_id", "who") + "\n" + first)
    refused(workspace, "March.csv", "employee_id", extract=path)


def test_what_cannot_be_counted_is_refused(workspace):
    refused(workspace, "no such file", extract=workspace.root / "nowhere.csv")
    refused(workspace, "the extract itself", extract=few(workspace, 60, "counted.csv"), to="counted.csv")
    refused(workspace, "was not a member", member="department_for_oddments", year="2019/20", extract=few(workspace, 60))
    refused(workspace, "holds no rows of staff", extract=few(workspace, 1))
    refused(workspace, "AN029", member="nobody", extract=few(workspace, 60))
    (book,) = (workspace.raw(NETWORK) / "2023-24" / WITH_LEDGER).glob("*.xlsx")
    refused(workspace, "holds rows of ledger and suppliers", member=WITH_LEDGER, extract=book)


# --- pooling ---


def test_a_single_small_cell_takes_the_next_smallest_with_it():
    pooled = pool_small({"a": 4, "b": 30, "c": 20}, PEOPLE, [])
    assert pooled.shown == {"b": 30}
    assert [(sorted(pool.cells), pool.total) for pool in pooled.pools] == [(["a", "c"], 24)]


def test_small_cells_that_are_few_even_together_take_another():
    pooled = pool_small({"a": 4, "b": 3, "c": 20, "d": 40}, PEOPLE, [])
    assert [sorted(pool.cells) for pool in pooled.pools] == [["a", "b", "c"]]


def test_a_zero_is_withheld_where_the_profile_says_so():
    assert pool_small({"a": 0, "b": 30, "c": 40}, PEOPLE, []).shown == {"c": 40}
    assert pool_small({"a": 0, "b": 30, "c": 40}, OPEN, []).shown == {"a": 0, "b": 30, "c": 40}


def test_the_unknown_are_not_withheld_for_being_few():
    assert pool_small({"a": 50, "unknown": 2}, PEOPLE, ["unknown"]).shown == {"a": 50, "unknown": 2}


def test_a_branch_that_is_withheld_is_withheld_with_all_its_parts():
    pooled = pool_small({"in": {"x": 4, "y": 3}, "out": 40, "unknown": 5}, PEOPLE, ["unknown"])
    assert pooled.shown == {"out": 40}
    assert [(sorted(pool.cells), pool.total) for pool in pooled.pools] == [(["unknown", "x", "y"], 12)]
    assert pooled.told(["x", "y"], ["unknown"]) == (0, 12)


def test_a_pool_within_a_figure_is_in_it_for_certain():
    pooled = pool_small({"in": {"x": 4, "y": 8, "z": 30}, "out": 40, "unknown": 5}, PEOPLE, ["unknown"])
    assert pooled.told(["x", "y", "z"], ["unknown"]) == (42, 5)
    assert pooled.told(["x"], ["unknown"]) == (0, 17)


COUNTS = st.integers(0, 40)
BRANCHES = st.dictionaries(st.sampled_from("abcdef"), COUNTS, min_size=1)


@given(BRANCHES, BRANCHES, COUNTS, COUNTS)
def test_what_is_told_never_tells_a_small_cell(first, second, elsewhere, unknown):
    inside = {"first": {f"1{k}": v for k, v in first.items()}, "second": {f"2{k}": v for k, v in second.items()}}
    tree = {"inside": inside, "elsewhere": elsewhere, "unknown": unknown}
    pooled = pool_small(tree, PEOPLE, ["unknown"])
    whole = size(tree)
    assert sum(pooled.shown.values()) + sum(pool.total for pool in pooled.pools) == whole
    assert all(count >= 10 for name, count in pooled.shown.items() if name != "unknown")
    assert all(pool.total >= min(10, whole) for pool in pooled.pools)
    assert all(len(pool.cells) > 1 for pool in pooled.pools)


@given(BRANCHES, COUNTS, COUNTS, st.integers(0, 1000))
def test_the_truth_lies_between_what_is_told_for_certain_and_what_may_be(parts, elsewhere, unknown, seed):
    tree = {"inside": parts, "elsewhere": elsewhere, "unknown": unknown}
    chosen = {name for name in parts if random.Random(seed + ord(name)).random() < 0.5}
    certain, possible = pool_small(tree, PEOPLE, ["unknown"]).told(chosen, ["unknown"])
    truth = sum(parts[name] for name in chosen)
    assert certain <= truth and truth + unknown <= certain + possible
