"""Staff by area against a benchmark: expected, excess, quotient, with what is unknown, nought, missing or withheld."""

from __future__ import annotations

from fractions import Fraction

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from anchor_analysis import storage
from anchor_analysis.compare import Benchmark, against_benchmark
from anchor_analysis.declared import load_catalogue
from anchor_analysis.problems import UserError
from anchor_analysis.protect.benchmarks import ITEMS, benchmark_figures
from anchor_analysis.protect.figures import protect_level
from anchor_analysis.read import add_reference
from anchor_analysis.running.beside import benchmark_of, boundaries_of
from tests.spec import SpecNetwork

YEAR = "2023/24"
A, B, C, D = (f"E0500000{number}" for number in range(1, 5))


def by_ward(**staff):
    """Observations of the network's staff by ward, and of a member's, which are in none of the sums."""
    rows = [
        {"observation_id": f"staff:{group}:{scope}", "scope": scope, "metric": "staff", "network_year": YEAR,
         "group": group, "breakdown": "home_ward", "numerator": count, "unit": "persons",
         "members_counted": 3, "members_expected": 4}
        for group, count in staff.items() for scope in ("network", "member")
    ]  # fmt: skip
    return pd.DataFrame(rows).astype({"numerator": "Int64"})


def found(staff, values, groups=None):
    benchmark = Benchmark("residents", "2021", pd.Series(values, dtype="Float64"))
    return against_benchmark(by_ward(**staff), benchmark, "staff", YEAR, groups).set_index("group")


def test_staff_are_expected_where_the_benchmark_is():
    rows = found({A: 60, B: 30, C: 10}, {A: 500, B: 300, C: 200})
    assert rows["expected"].tolist() == [50, 30, 20]
    assert rows["value"].tolist() == [10, 0, -10]
    assert rows["quotient"].tolist() == [1.2, 1, 0.5]
    assert (rows["benchmark"] == "residents (2021)").all()


def test_unknown_homes_may_all_be_in_a_ward_or_in_the_others():
    row = found({A: 60, B: 40, "unknown": 15, "not_broken_down": 5}, {A: 1, B: 1}).loc[A]
    assert row["to_unknown"] == 20
    assert (row["expected"], row["value"], row["quotient"]) == (50, 10, 1.2)
    assert (row["lower"], row["upper"]) == (60 - 60, 80 - 60)
    assert (row["quotient_lower"], row["quotient_upper"]) == (60 / 60, 80 / 60)


def test_who_lives_outside_is_not_expected_within():
    assert found({A: 60, B: 40, "elsewhere": 1000}, {A: 1, B: 1})["to_denominator"].tolist() == [100, 100]


def test_an_area_without_a_benchmark_is_in_no_sum_and_says_so():
    rows = found({A: 60, B: 40, C: 900, D: 5}, {A: 1, B: 1, C: None})
    assert rows.loc[[C, D], "reason"].tolist() == ["no benchmark for this area"] * 2
    assert rows.loc[[C, D], "expected"].isna().all()
    assert rows.loc[A, "expected"] == 50


def test_where_nothing_is_expected_there_is_no_quotient():
    row = found({A: 60, B: 40}, {A: 0, B: 9}).loc[A]
    assert (row["expected"], row["value"], row["reason"]) == (0, 60, "nothing is expected here")
    assert pd.isna(row["quotient"])


def test_a_benchmark_of_noughts_expects_nothing_anywhere():
    rows = found({A: 60, B: 40}, {A: 0, B: 0})
    assert (rows["reason"] == "the benchmark is nought in all areas").all() and "quotient" not in rows


def test_of_nobody_there_is_no_quotient():
    rows = found({A: 0, B: 0}, {A: 1, B: 3})
    assert (rows["expected"] == 0).all() and (rows["reason"] == "nobody is known in these areas").all()


def test_wards_are_held_against_the_benchmark_together():
    rows = found({A: 60, B: 30, C: 10}, {A: 500, B: 300, C: 200}, {"most_disadvantaged": [A, C]})
    row = rows.loc["most_disadvantaged"]
    assert (row["to_numerator"], row["expected"], row["quotient"]) == (70, 70, 1)
    assert (
        found({A: 1, B: 1}, {A: 1}, {"most_disadvantaged": [A, B]}).loc["most_disadvantaged", "reason"].startswith("no")
    )


counts = st.dictionaries(st.sampled_from([A, B, C, D]), st.integers(0, 10**5), min_size=1)


@given(
    staff=counts,
    values=st.dictionaries(st.sampled_from([A, B, C]), st.integers(0, 10**6)),
    unknown=st.integers(0, 10**4),
)
def test_what_is_found_is_what_fractions_say(staff, values, unknown):
    rows = found({**staff, "unknown": unknown}, values)
    both = {area: staff[area] for area in staff if area in values}
    whole, every = sum(both.values()), sum(values[area] for area in both)
    for area, count in both.items():
        row = rows.loc[area]
        if every:
            part = Fraction(values[area], every)
            assert row["expected"] == pytest.approx(float(whole * part))
            assert row["value"] == pytest.approx(float(count - whole * part))
            if part and whole:
                assert row["quotient"] == pytest.approx(float(count / (whole * part)))
            for here in (0, unknown // 3, unknown):  # of the unknown, so many in this area and the others in the rest
                true = count + here - (whole + unknown) * part
                assert row["lower"] - 1e-6 <= true <= row["upper"] + 1e-6
    if every:
        assert rows.loc[list(both), "value"].sum() == pytest.approx(0, abs=1e-4)


# --- what is released of it ---


def released(staff, values, groups=None, profile="people_threshold_10_round_5"):
    """Figures by group and item, as protection lets them through, of staff that one table shows by ward."""
    chosen = load_catalogue().profiles[profile]
    cells = []
    for group, count in staff.items():
        numbers = {"numerator": count, "denominator": pd.NA, "unknown": 0, "unknown_credits": 0, "value": float(count)}
        cells.append({"group": group, **protect_level(numbers, "persons", ("persons", "persons"), chosen).as_cell()})
    findings = found(staff, values, groups).reset_index()
    figures = benchmark_figures(pd.DataFrame(cells), findings, groups or {}, "persons", chosen)
    return {(group, item): figure for group, of in figures for item, figure in zip(ITEMS, of, strict=True)}


def test_what_is_released_is_worked_out_from_what_is_shown():
    cells = released({A: 602, B: 398}, {A: 1, B: 1})  # shown as 600 and 400
    assert [cells[A, item].shown for item in ITEMS] == ["600", "500", "+100", "1.20"]
    assert released({A: 598, B: 402}, {A: 1, B: 1}) == cells


def test_a_ward_that_is_withheld_is_withheld_here_and_in_no_sum():
    cells = released({A: 600, B: 400, C: 8}, {A: 1, B: 1, C: 98})
    assert [cells[C, item].status for item in ITEMS] == ["withheld"] * 4
    assert cells[A, "expected"].shown == "500"


def test_wards_together_are_withheld_with_one_of_them():
    together = {"most_disadvantaged": [A, C]}
    cells = released({A: 600, B: 400, C: 8}, {A: 1, B: 1, C: 1}, together)
    assert cells["most_disadvantaged", "observed"].status == "withheld"
    assert (
        released({A: 600, B: 400, C: 200}, {A: 1, B: 1, C: 1}, together)["most_disadvantaged", "quotient"].shown
        == "1.00"
    )


def test_where_the_unknown_is_withheld_there_are_no_bounds():
    cells = released({A: 600, B: 400, "unknown": 7}, {A: 1, B: 1})
    assert cells[A, "quotient"].shown == "1.20" and pd.isna(cells[A, "quotient"].as_cell()["upper"])


def test_what_cannot_be_said_says_why():
    cells = released({A: 600, B: 400, C: 100}, {A: 0, B: 1})
    assert (cells[A, "quotient"].shown, cells[A, "quotient"].rule) == ("–", "nothing is expected here")
    assert (cells[C, "observed"].shown, cells[C, "expected"].rule) == ("100", "no benchmark for this area")
    assert released({A: 600}, {A: 0})[A, "expected"].rule == "the benchmark is nought"


@given(
    staff=st.dictionaries(st.sampled_from([A, B, C, D]), st.integers(10, 5000), min_size=2),
    values=st.fixed_dictionaries(dict.fromkeys([A, B, C, D], st.integers(0, 9999))),
    unknown=st.integers(10, 3000), here=st.fractions(0, 1), within=st.fractions(0, 1),
)  # fmt: skip
def test_released_bounds_hold_the_truth_wherever_the_unknown_live(staff, values, unknown, here, within):
    cells = released({**staff, "unknown": unknown}, values)
    whole, every = sum(staff.values()), sum(values[area] for area in staff)
    inside = unknown * within  # the rest lives elsewhere
    for area, count in staff.items():
        if not every:
            continue
        expected = (whole + inside) * Fraction(values[area], every)
        true = {"expected": expected, "excess": count + inside * here - expected}
        if cells[area, "quotient"].status == "shown":
            true["quotient"] = (count + inside * here) / expected
        for item, figure in true.items():
            cell = cells[area, item]
            assert cell.lower - 1e-9 <= figure <= cell.upper + 1e-9
            assert cell.lower <= cell.value <= cell.upper


# --- from the reference that a network names ---


def named(tmp_path, frame, **reference):
    """An example network that names a benchmark, in a workspace that holds it."""
    network = SpecNetwork(tmp_path)
    network.reports("A", YEAR, staff=100)
    declared = network.network
    workspace = storage.Workspace(tmp_path)
    folder = storage.made(workspace.reference() / "residents")
    storage.write_frame(frame, folder / "table.parquet")
    about = {"id": "residents", "kind": "benchmark", "vintage": "2021", "sha256": "0" * 64, "source": "residents.csv"}
    storage.write_text(folder / "about.json", storage.to_json({**about, "title": "Census 2021", "total": "Residents"}))
    storage.seal(folder)
    named = declared.reference.model_copy(update={"benchmark": "residents", "postcodes": "", **reference})
    return declared.model_copy(update={"reference": named}), workspace


ARMLEY, WETHERBY = "E05011385", "E05011414"


def table(rows):
    frame = pd.DataFrame(rows, columns=["area", "category", "value"])
    return frame.astype({"area": "str", "category": "str", "value": "Float64"})


def test_without_a_category_the_total_is_meant_and_with_one_that(tmp_path):
    rows = [(ARMLEY, None, 90), (ARMLEY, "aged 16 to 64", 60), (WETHERBY, None, 50), (WETHERBY, "aged 16 to 64", 40)]
    network, workspace = named(tmp_path, table(rows))
    benchmark, facts, _ = benchmark_of(network, workspace)
    assert benchmark.values.to_dict() == {ARMLEY: 90, WETHERBY: 50}
    assert (facts["title"], facts["vintage"], facts["summed"]) == ("Residents", "2021", "")
    network, workspace = named(tmp_path, table(rows), benchmark_category="aged 16 to 64")
    benchmark, facts, _ = benchmark_of(network, workspace)
    assert (benchmark.values[ARMLEY], facts["title"]) == (60, "aged 16 to 64")


@pytest.mark.parametrize(
    ("rows", "category", "message"),
    [
        ([(ARMLEY, None, 1)], "aged 9", 'has no category "aged 9"'),
        ([(ARMLEY, "men", 1), (ARMLEY, "women", 2)], "", "benchmark_category: men, women"),
        ([("E05000001", None, 1)], "", "no figure for any ward"),
    ],
)
def test_a_benchmark_that_does_not_fit_the_network_is_refused(tmp_path, rows, category, message):
    network, workspace = named(tmp_path, table(rows), benchmark_category=category)
    with pytest.raises(UserError, match=message):
        benchmark_of(network, workspace)


def test_a_network_that_names_no_benchmark_has_none(tmp_path):
    network, workspace = named(tmp_path, table([(ARMLEY, None, 1)]), benchmark="")
    assert benchmark_of(network, workspace).benchmark is None
    assert boundaries_of(network, workspace) == {}


def directory(workspace, rows):
    """A postcode directory: LSOA, ward, and whether the postcode has ended."""
    frame = pd.DataFrame(rows, columns=["lsoa21", "ward", "terminated"]).assign(lad="E08000035", lsoa11=None)
    folder = storage.made(workspace.reference() / "directory")
    storage.write_frame(frame.astype({"lsoa11": "str", "terminated": "Int64"}), folder / "table.parquet")


def test_small_areas_are_summed_to_the_ward_in_which_most_of_their_postcodes_lie(tmp_path):
    rows = [("L1", None, 100), ("L2", None, 10), ("L3", None, 1), ("L9", None, 7)]
    network, workspace = named(tmp_path, table(rows), postcodes="directory")
    ended = [("L2", WETHERBY, 201001)] * 9
    directory(workspace, [*[("L1", ARMLEY, None)] * 3, *[("L1", WETHERBY, None)] * 2, ("L2", ARMLEY, None), *ended,
                          ("L3", WETHERBY, None)])  # fmt: skip
    benchmark, facts, _ = benchmark_of(network, workspace)
    assert benchmark.values.to_dict() == {ARMLEY: 110, WETHERBY: 1}
    assert "most of its postcodes" in facts["summed"]


def test_a_ward_with_a_small_area_of_which_nothing_is_told_has_no_benchmark(tmp_path):
    network, workspace = named(
        tmp_path, table([("L1", None, 100), ("L2", None, None), ("L3", None, 1)]), postcodes="directory"
    )
    directory(workspace, [("L1", ARMLEY, None), ("L2", ARMLEY, None), ("L3", WETHERBY, None)])
    values = benchmark_of(network, workspace)[0].values
    assert pd.isna(values[ARMLEY]) and values[WETHERBY] == 1


def test_real_residents_of_working_age_are_the_benchmark_that_pandas_makes(real_data, tmp_path):
    folder = real_data / "geography"
    residents = pd.read_csv(folder / "leeds_population_2020_lsoa11.csv")
    rows = residents.rename(columns={"LSOA11CD": "area", "aged_16_to_64_mid_2020": "value"}).assign(category=None)
    network, workspace = named(tmp_path, table(rows[["area", "category", "value"]]), postcodes="real")
    add_reference(folder / "nspl_2025-05_west_yorkshire.csv", workspace, "real", "2025-05")
    values = benchmark_of(network, workspace)[0].values
    # Again by pandas alone, from the publisher's file.
    live = pd.read_csv(folder / "nspl_2025-05_west_yorkshire.csv", dtype=str)
    live = live[live["lad25cd"] == "E08000035"]  # which is of live postcodes alone
    best = live.groupby("lsoa11cd")["wd25cd"].agg(lambda wards: wards.value_counts().sort_index(kind="stable").idxmax())
    ours = residents.groupby(residents["LSOA11CD"].map(best))["aged_16_to_64_mid_2020"].sum()
    assert len(values) == 33 and values.sum() == residents["aged_16_to_64_mid_2020"].sum()
    assert values.to_dict() == ours.to_dict()
    staff = {ward: 100 + place for place, ward in enumerate(values.index)}
    rows = against_benchmark(by_ward(**staff), Benchmark("r", "2020", values), "staff", YEAR).set_index("group")
    expected = sum(staff.values()) * ours / ours.sum()
    assert (rows["expected"].astype("float64") - expected).abs().max() < 1e-6
    assert (rows["quotient"].astype("float64") - pd.Series(staff) / expected).abs().max() < 1e-9


def test_the_boundaries_that_a_network_names_are_in_the_facts_of_its_edition(tmp_path):
    network, workspace = named(tmp_path, table([(ARMLEY, None, 1)]), boundaries="wards")
    ring = [[-1.6, 53.8], [-1.5, 53.8], [-1.5, 53.9], [-1.6, 53.8]]
    shape = {"type": "Polygon", "coordinates": [ring]}
    features = [{"type": "Feature", "properties": {"WD25CD": ARMLEY, "WD25NM": "Armley"}, "geometry": shape}]
    file = tmp_path / "wards_2025.geojson"
    storage.write_text(file, storage.to_json({"type": "FeatureCollection", "features": features}))
    add_reference(file, workspace, "wards")
    facts = boundaries_of(network, workspace)
    assert (facts["id"], facts["vintage"], list(facts["areas"])) == ("wards", "2025", [ARMLEY])
