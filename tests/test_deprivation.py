"""What counts as most disadvantaged: wards by deprivation, frozen definitions, and two releases kept apart."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pandas as pd
import pytest
import yaml

from anchor_analysis import storage
from anchor_analysis.compare import change
from anchor_analysis.declared import load_network
from anchor_analysis.declared.areas import MostDisadvantaged
from anchor_analysis.declared.model import build
from anchor_analysis.engine import open_engine
from anchor_analysis.locate.wards import best_fit_wards, in_order, wards_of_lsoas
from anchor_analysis.measure.basis import basis_of
from anchor_analysis.measure.observing import offered_metrics
from anchor_analysis.problems import UserError
from anchor_analysis.read import add_reference
from anchor_analysis.running.references import geography_of
from anchor_analysis.running.wards import draft_definition, moved_lists, wards_by_release, wards_under
from tests.spec import write_network
from tests.steps import MEMBER

HERE, THERE = "E08000035", "E08000036"
ARMLEY, BEESTON, PUDSEY, ELSEWHERE = "E05011385", "E05012647", "E05011409", "E05001347"

# postcode, local authority, ward, LSOA of 2011 and of 2021, ended
POSTCODES = [
    ("LX11AA", HERE, ARMLEY, "E01000001", "E01000001", None),
    ("LX11AB", HERE, ARMLEY, "E01000001", "E01000001", None),
    ("LX11AC", HERE, BEESTON, "E01000001", "E01000001", None),
    ("LX12AA", HERE, BEESTON, "E01000002", "E01000012", None),
    ("LX12AB", HERE, ARMLEY, "E01000002", "E01000012", 201901),
    ("LX12AC", HERE, ARMLEY, "E01000002", "E01000012", 201901),
    ("LX12AD", HERE, BEESTON, "E01000002", "E01000013", None),
    ("LX13AA", HERE, PUDSEY, "E01000003", "E01000003", None),
    ("LX14AA", HERE, PUDSEY, "E01000004", "E01000004", 202001),
    ("LX30AA", THERE, ELSEWHERE, "E01000005", "E01000005", None),
    ("LX30AB", HERE, PUDSEY, "E01000005", "E01000005", 201001),
    ("LX31AA", HERE, PUDSEY, None, None, None),
]
# LSOA, rank, decile, score, population
RANKS = {
    2011: [("E01000001", 1, 1, 80.0, 1000), ("E01000002", 3, 1, 60.5, 3000), ("E01000003", 5, 2, 40.0, 1000),
           ("E01000004", 8, 9, 4.0, 2000), ("E01000005", 2, 1, 70.0, 1500)],
    2021: [("E01000001", 6, 4, 30.0, 1000), ("E01000012", 5, 3, 35.0, 1500), ("E01000013", 7, 5, 20.0, 1500),
           ("E01000003", 1, 1, 90.0, 1000), ("E01000004", 2, 1, 85.0, 2000), ("E01000005", 3, 2, 50.0, 1500)],
}  # fmt: skip
LOOKUP = [("E01000001", ARMLEY), ("E01000012", ARMLEY), ("E01000013", BEESTON), ("E01000003", PUDSEY),
          ("E01000004", PUDSEY)]  # fmt: skip

DIRECTORY = pd.DataFrame(POSTCODES, columns=["postcode", "lad", "ward", "lsoa11", "lsoa21", "terminated"])


def ranks(year: int) -> pd.DataFrame:
    return pd.DataFrame(RANKS[year], columns=["lsoa", "rank", "decile", "score", "population"])


@pytest.fixture
def workspace(tmp_path) -> storage.Workspace:
    """A network with a directory and both releases, written as `reference add` leaves them."""
    workspace = storage.Workspace(tmp_path)
    write_network(tmp_path, MEMBER)
    refers(workspace, "directory", "postcodes", "2025-05", DIRECTORY)
    refers(workspace, "ranks", "deprivation", "2019", ranks(2011), lsoa_year=2011)
    refers(workspace, "ranks-2025", "deprivation", "2025", ranks(2021), lsoa_year=2021)
    names(workspace, 'deprivation = "ranks"', 'deprivation = "ranks"\ndeprivation_other = "ranks-2025"')
    return workspace


def refers(workspace, name, kind, vintage, frame, sha256="", **more):
    folder = storage.made(workspace.reference() / name)
    storage.write_frame(frame, folder / "table.parquet")
    sha256 = sha256 or storage.text_hash(frame.to_csv())
    about = {"id": name, "kind": kind, "vintage": vintage, "sha256": sha256, "rows": len(frame), "source": name}
    storage.write_text(folder / "about.json", storage.to_json(about | {"issue": "", "left_out": 0} | more))
    storage.seal(folder)


def names(workspace, before, after):
    """Change a line of network.toml."""
    path = workspace.network("example") / "network.toml"
    text = storage.read_text(path)
    assert before in text
    storage.write_text(path, text.replace(before, after, 1))
    return load_network(workspace, "example")


def network_of(workspace):
    return load_network(workspace, "example")


def said_of(error) -> str:
    return " ".join(str(problem) for problem in error.value.problems)


# --- wards ---


def table(tmp_path, frame):
    storage.write_frame(frame, tmp_path / "table.parquet")
    return tmp_path / "table.parquet"


def test_an_lsoa_lies_in_the_ward_of_most_of_its_live_postcodes(tmp_path):
    found = wards_of_lsoas(table(tmp_path, DIRECTORY), "lsoa11", [HERE], open_engine())
    assert found.set_index("lsoa")["ward"].to_dict() == {
        "E01000001": ARMLEY, "E01000002": BEESTON, "E01000003": PUDSEY, "E01000004": PUDSEY,
    }  # fmt: skip


def test_where_wards_have_equally_many_the_first_code_is_taken(tmp_path):
    rows = [("LX11AA", HERE, BEESTON, "E01000001", None), ("LX11AB", HERE, ARMLEY, "E01000001", None)]
    for order in (rows, rows[::-1]):
        frame = pd.DataFrame(order, columns=["postcode", "lad", "ward", "lsoa21", "terminated"])
        frame["terminated"] = frame["terminated"].astype("Int64")
        assert wards_of_lsoas(table(tmp_path, frame), "lsoa21", [HERE], open_engine())["ward"].tolist() == [ARMLEY]


def test_a_wards_score_is_weighted_by_its_people(workspace):
    wards = wards_under(network_of(workspace), workspace).frame.set_index("ward")
    assert wards.loc[PUDSEY, ["lsoas", "in_decile_1", "population"]].tolist() == [2, 0, 3000]
    assert wards.loc[PUDSEY, "score"] == (40 * 1000 + 4 * 2000) / 3000
    assert wards["share"].to_dict() == {ARMLEY: 1, BEESTON: 1, PUDSEY: 0}


def test_both_releases_stand_side_by_side_each_by_its_own_lsoas(workspace):
    first, other = wards_by_release(network_of(workspace), workspace)
    assert (first.frame["lsoas"].sum(), other.frame["lsoas"].sum()) == (4, 5)
    assert other.frame.set_index("ward")["in_decile_1"].to_dict() == {ARMLEY: 0, BEESTON: 0, PUDSEY: 2}
    assert first.deprivation["vintage"] == "2019" and "live postcodes (directory)" in first.how


def test_a_lookup_gives_the_ward_where_one_is_told_and_only_for_its_own_lsoas(workspace):
    refers(workspace, "fit", "lookup", "2024", pd.DataFrame(LOOKUP, columns=["lsoa21", "ward"]))
    network = names(workspace, 'deprivation = "ranks"', 'lookup = "fit"\ndeprivation = "ranks"')
    first, other = wards_by_release(network, workspace)
    assert other.frame.set_index("ward")["lsoas"].to_dict() == {ARMLEY: 2, BEESTON: 1, PUDSEY: 2}
    assert other.how == "each LSOA in the ward that fits it best (fit)" and "live postcodes" in first.how


def test_a_lookup_that_lacks_an_lsoa_of_the_area_is_refused(workspace):
    refers(workspace, "fit", "lookup", "2024", pd.DataFrame(LOOKUP[:3], columns=["lsoa21", "ward"]))
    network = names(workspace, 'deprivation = "ranks"', 'lookup = "fit"\ndeprivation = "ranks"')
    with pytest.raises(UserError) as error:
        wards_under(network, workspace, "deprivation_other")
    assert "no ward for 2 of the area's 5 LSOAs" in said_of(error)


def test_a_lookups_order_of_rows_does_not_matter(tmp_path):
    lsoas = pd.DataFrame({"lsoa": ["E01000001", "E01000012"], "ward": ["x", "y"]})
    fit = table(tmp_path, pd.DataFrame(LOOKUP[::-1], columns=["lsoa21", "ward"]))
    assert best_fit_wards(lsoas, fit, open_engine())["ward"].tolist() == [ARMLEY, ARMLEY]


def test_ties_go_by_score_and_then_by_code():
    wards = pd.DataFrame({"ward": ["c", "b", "a", "d"], "share": [0.5, 0.5, 0.5, 0.9], "score": [9.0, 2.0, 2.0, 1.0]})
    assert in_order(wards, "top_k_by_share")["ward"].tolist() == ["d", "c", "a", "b"]
    assert in_order(wards, "top_k_by_score")["ward"].tolist() == ["c", "a", "b", "d"]


def test_without_population_a_ward_has_no_score_and_its_share_still(workspace):
    refers(workspace, "ranks", "deprivation", "2019", ranks(2011).drop(columns="population"), lsoa_year=2011)
    frame = wards_under(network_of(workspace), workspace).frame
    assert frame["score"].isna().all() and frame["share"].notna().all()
    with pytest.raises(UserError) as error:
        draft_definition(workspace, "example", "top_k_by_score", 2)
    assert "AN006" in said_of(error) and "population" in said_of(error)


# --- frozen definitions ---


def test_a_rule_is_frozen_with_its_list_and_what_it_was_made_from(workspace):
    path, definition = draft_definition(workspace, "example", "top_k_by_score", 2, on=date(2026, 11, 22))
    assert path.name == "top_2_by_score_2019_v1.yaml" and definition.wards == [ARMLEY, BEESTON]
    content = yaml.safe_load(storage.read_text(path))
    assert content["wards"] == [ARMLEY, BEESTON] and content["frozen"] == "2026-11-22"
    assert content["deprivation"]["sha256"] == storage.text_hash(ranks(2011).to_csv())
    assert content["wards_by"]["id"] == "directory"


@pytest.mark.parametrize(
    ("kind", "k", "release", "wards"),
    [
        ("top_k_by_score", 1, "deprivation_other", [PUDSEY]),
        ("top_k_by_share", 1, "deprivation", [ARMLEY]),  # both have all of theirs in decile 1: by score
        ("top_k_by_share", 2, "deprivation_other", [ARMLEY, PUDSEY]),
        ("lsoa_decile", 0, "deprivation", []),
    ],
)
def test_a_network_may_name_any_kind_and_counts_by_it(workspace, kind, k, release, wards):
    _, definition = draft_definition(workspace, "example", kind, k, release)
    assert definition.wards == wards
    network = names(workspace, "leeds_most_disadvantaged_wards@1", definition.name)
    offered = {metric.id for metric in offered_metrics(network)}
    assert ("staff_most_disadvantaged_wards" in offered) == bool(wards)
    assert {"staff_most_deprived_tenth", "staff_most_deprived_tenth_other"} <= offered
    assert network.wards_named.get("wards", []) == wards
    assert geography_of(network, workspace).basis


def test_the_same_rule_again_is_the_same_version_and_another_outcome_the_next(workspace):
    first = draft_definition(workspace, "example", "top_k_by_share", 1)
    assert draft_definition(workspace, "example", "top_k_by_share", 1) == first
    moved = ranks(2011).assign(decile=[5, 1, 1, 1, 1])
    refers(workspace, "ranks", "deprivation", "2019", moved, lsoa_year=2011)
    path, definition = draft_definition(workspace, "example", "top_k_by_share", 1)
    assert (definition.name, definition.wards) == ("top_1_by_share_2019@2", [BEESTON])
    assert first[0].is_file() and path.is_file()


def test_a_list_that_its_rule_no_longer_gives_stands_and_is_told(workspace):
    _, definition = draft_definition(workspace, "example", "top_k_by_share", 1)
    network = names(workspace, "leeds_most_disadvantaged_wards@1", definition.name)
    assert moved_lists(network, workspace) == []
    refers(workspace, "ranks", "deprivation", "2019", ranks(2011).assign(decile=[5, 1, 1, 1, 1]), lsoa_year=2011)
    (said,) = moved_lists(network, workspace)
    assert "would put in Beeston & Holbeck and leave out Armley" in said
    assert network.wards_named["wards"] == [ARMLEY]


def test_a_list_whose_rule_cannot_be_followed_today_stands_and_is_told(workspace):
    _, definition = draft_definition(workspace, "example", "top_k_by_score", 1)
    network = names(workspace, "leeds_most_disadvantaged_wards@1", definition.name)
    refers(workspace, "ranks", "deprivation", "2019", ranks(2011).drop(columns="population"), lsoa_year=2011)
    (said,) = moved_lists(network, workspace)
    assert said.startswith(f"{definition.name} cannot be held against its rule") and "population" in said


def test_a_list_from_a_release_that_is_no_longer_named_is_told(workspace):
    _, definition = draft_definition(workspace, "example", "top_k_by_share", 1, "deprivation_other")
    names(workspace, "leeds_most_disadvantaged_wards@1", definition.name)
    network = names(workspace, '\ndeprivation_other = "ranks-2025"', "")
    assert moved_lists(network, workspace) == [
        f"{definition.name} was made from IMD 2025, which the network no longer names"
    ]


PIN = {"id": "ranks", "vintage": "2019", "sha256": "0" * 64}
GIVEN = {"id": "x", "version": 1, "title": "X", "frozen": date(2026, 1, 1), "source": "", "source_status": ""}


@pytest.mark.parametrize(
    ("fields", "fault"),
    [
        ({"kind": "fixed_list"}, "a fixed_list has wards"),
        ({"kind": "fixed_list", "wards": [ARMLEY], "k": 1}, "a fixed_list has no k"),
        ({"kind": "fixed_list", "wards": [ARMLEY, ARMLEY]}, "twice"),
        ({"kind": "top_k_by_score", "k": 1, "wards": [ARMLEY], "deprivation": PIN}, "has wards_by"),
        ({"kind": "top_k_by_share", "k": 2, "wards": [ARMLEY], "deprivation": PIN, "wards_by": PIN}, "k is 2"),
        ({"kind": "lsoa_decile", "decile": 1}, "a lsoa_decile has deprivation"),
        ({"kind": "lsoa_decile", "decile": 2, "deprivation": PIN}, "Input should be 1"),
        ({"kind": "top_k_by_luck", "wards": [ARMLEY]}, "fixed_list"),
    ],
)
def test_a_definition_that_does_not_hold_together_is_refused(fields, fault):
    with pytest.raises(UserError) as error:
        build(MostDisadvantaged, GIVEN | fields, Path("x.yaml"))
    assert fault in said_of(error)


# --- two releases ---


def test_what_is_not_named_is_not_offered(workspace):
    network = names(workspace, '\ndeprivation_other = "ranks-2025"', "")
    offered = {metric.id for metric in offered_metrics(network)}
    assert "staff_most_deprived_tenth" in offered and not any("_other" in name for name in offered)


def test_a_figure_depends_on_no_more_than_placed_it(workspace):
    network = network_of(workspace)
    basis, catalogue = geography_of(network, workspace).basis, network.catalogue
    kinds = {
        name: [part.split(" ")[0] for part in basis_of(catalogue, catalogue.metric(name), basis).split("; ") if part]
        for name in ("staff", "staff_living_in_area", "staff_most_deprived_tenth_share",
                     "staff_most_deprived_tenth_other", "staff_most_disadvantaged_wards", "local_spend")
    }  # fmt: skip
    assert list(kinds.values()) == [
        [], ["postcodes"], ["postcodes", "deprivation"], ["postcodes", "deprivation_other"], ["postcodes", "wards"],
        ["postcodes"],
    ]  # fmt: skip
    assert "postcodes" in basis_of(catalogue, catalogue.metric("staff"), basis, "home_ward")


def test_the_same_file_under_another_name_is_no_other_vintage(workspace):
    before = geography_of(network_of(workspace), workspace).basis
    refers(workspace, "again", "deprivation", "2019 as fetched", ranks(2011), lsoa_year=2011)
    assert geography_of(names(workspace, 'deprivation = "ranks"', 'deprivation = "again"'), workspace).basis == before


def test_one_file_cannot_stand_for_two_releases(workspace):
    refers(workspace, "again", "deprivation", "2025", ranks(2011), lsoa_year=2011)
    network = names(workspace, 'deprivation_other = "ranks-2025"', 'deprivation_other = "again"')
    with pytest.raises(UserError) as error:
        geography_of(network, workspace)
    assert "AN039" in said_of(error) and "same file" in said_of(error)


def test_deciles_of_another_release_than_the_definitions_are_refused(workspace):
    _, definition = draft_definition(workspace, "example", "lsoa_decile", release="deprivation_other")
    network = names(workspace, "leeds_most_disadvantaged_wards@1", definition.name)
    with pytest.raises(UserError) as error:
        geography_of(network, workspace)
    assert "AN039" in said_of(error) and "decile 1 of ranks-2025" in said_of(error)


def test_a_second_release_or_list_needs_a_first(workspace):
    with pytest.raises(UserError) as error:
        names(workspace, 'deprivation = "ranks"\n', "")
    assert "stands beside reference.deprivation" in said_of(error)
    names(workspace, "deprivation_other =", 'deprivation = "ranks"\ndeprivation_other =')
    with pytest.raises(UserError) as error:
        names(workspace, "most_disadvantaged =", "most_disadvantaged_other =")
    assert "beside a list of wards" in said_of(error)


def counted(network, basis):
    for year in ("2022/23", "2023/24"):
        network.reports("A", year, staff=1000, staff_most_deprived_tenth=200)
    return network.observations().assign(basis=lambda frame: frame["basis"].mask(frame["metric"] != "staff", basis))


def test_two_vintages_in_one_comparison_are_refused(network):
    found = counted(network, "postcodes a; deprivation b")
    later = found.assign(basis=found["basis"].replace("postcodes a; deprivation b", "postcodes a; deprivation c"))
    mixed = pd.concat([found[found["network_year"] == "2022/23"], later[later["network_year"] == "2023/24"]])
    for metric in ("staff_most_deprived_tenth", "staff_most_deprived_tenth_share"):
        with pytest.raises(UserError) as error:
            change(mixed, metric, "2023/24")
        assert "AN039" in said_of(error) and "deprivation b or postcodes a; deprivation c" in said_of(error)
    assert change(mixed, "staff", "2023/24")["value"].iloc[0] == 0  # nobody was placed to count staff
    assert change(found, "staff_most_deprived_tenth", "2023/24")["value"].iloc[0] == 0


# --- real files ---

LEEDS = {"deprivation": ("lsoa11", 482, 114), "deprivation_other": ("lsoa21", 488, 84)}


@pytest.fixture(scope="module")
def leeds(real_data, tmp_path_factory) -> storage.Workspace:
    """Leeds with the real directory and both releases; populations are joined on, which the extracts here lack."""
    folder = tmp_path_factory.mktemp("leeds")
    workspace, data = storage.Workspace(folder), real_data / "geography"
    write_network(folder, MEMBER)
    names(workspace, 'postcodes = "directory"', 'postcodes = "nspl"\ndeprivation_other = "imd-2025"')
    names(workspace, 'deprivation = "ranks"', 'deprivation = "imd-2019"')
    add_reference(data / "nspl_2025-05_west_yorkshire.csv", workspace, "nspl")
    add_reference(data / "imd2019_england.csv", workspace, "imd-2019")
    with_people = pd.read_csv(data / "imd2025_england.csv").merge(people_of_2021(data), how="left")
    with_people["Total population: mid 2022"] = with_people["Total population: mid 2022"].fillna(1500).astype(int)
    with_people.to_csv(folder / "File_7.csv", index=False)
    add_reference(folder / "File_7.csv", workspace, "imd-2025")
    add_reference(data / "lsoa21_ward24_leeds.csv", workspace, "fit")
    return workspace


def people_of_2021(data) -> pd.DataFrame:
    """The residents of 2020 of LSOAs of 2011, given in equal parts to those of 2021 that they became."""
    people = pd.read_csv(data / "leeds_population_2020_lsoa11.csv").set_index("LSOA11CD")["population_mid_2020"]
    became = pd.read_csv(data / "lsoa11_lsoa21_west_yorkshire.csv")
    became["people"] = became["LSOA11CD"].map(people) / became.groupby("LSOA11CD")["LSOA21CD"].transform("size")
    whole = became.dropna().groupby("LSOA21CD")["people"].sum().round().astype(int)
    return whole.rename("Total population: mid 2022").rename_axis("LSOA code (2021)").reset_index()


def leeds_by_hand(real_data, column: str) -> pd.DataFrame:
    """The LSOAs of Leeds with their wards, from the directory's own file and by plain counting."""
    rows = pd.read_csv(real_data / "geography/nspl_2025-05_west_yorkshire.csv", dtype=str)
    wards: dict[str, dict[tuple[str, str], int]] = {}
    for lsoa, ward, lad in rows[[column, "wd25cd", "lad25cd"]].dropna().itertuples(index=False):
        counts = wards.setdefault(lsoa, {})
        counts[ward, lad] = counts.get((ward, lad), 0) + 1
    first = {lsoa: min(counts, key=lambda key: (-counts[key], key)) for lsoa, counts in wards.items()}
    found = [(lsoa, ward) for lsoa, (ward, lad) in first.items() if lad == HERE]
    return pd.DataFrame(found, columns=["lsoa", "ward"])


@pytest.mark.real
@pytest.mark.parametrize("release", LEEDS)
def test_leeds_has_as_many_lsoas_in_decile_1_as_is_published(leeds, real_data, release):
    column, lsoas, first = LEEDS[release]
    frame = wards_under(network_of(leeds), leeds, release).frame
    assert (len(frame), frame["lsoas"].sum(), frame["in_decile_1"].sum()) == (33, lsoas, first)
    file = "imd2019_england.csv" if release == "deprivation" else "imd2025_england.csv"
    ranks_of = pd.read_csv(real_data / "geography" / file)
    decile = ranks_of.set_index(ranks_of.filter(like="LSOA code").columns[0]).filter(like="Decile").iloc[:, 0]
    by_hand = leeds_by_hand(real_data, f"{column}cd")
    most = by_hand.assign(first=by_hand["lsoa"].map(decile) == 1).groupby("ward")["first"].agg(["size", "sum"])
    ours = frame.set_index("ward")
    assert ours["lsoas"].to_dict() == most["size"].to_dict()
    assert ours["in_decile_1"].to_dict() == most["sum"].to_dict()


@pytest.mark.real
def test_the_ward_scores_of_leeds_are_those_of_plain_pandas(leeds, real_data):
    by_hand = leeds_by_hand(real_data, "lsoa21cd")
    table = pd.read_csv(leeds.root / "File_7.csv").set_index("LSOA code (2021)")
    found = by_hand.join(table[["Index of Multiple Deprivation (IMD) Score", "Total population: mid 2022"]], on="lsoa")
    found.columns = ["lsoa", "ward", "score", "people"]
    scores = {
        ward: (part["score"] * part["people"]).sum() / part["people"].sum() for ward, part in found.groupby("ward")
    }
    wards = wards_under(network_of(leeds), leeds, "deprivation_other")
    ours = wards.frame.set_index("ward")["score"].astype("float64")
    assert ours.to_dict() == pytest.approx(scores, abs=1e-9)
    _, definition = draft_definition(leeds, "example", "top_k_by_score", 7, "deprivation_other")
    assert definition.wards == sorted(sorted(scores, key=lambda ward: -scores[ward])[:7])


@pytest.mark.real
def test_the_best_fit_of_leeds_gives_other_wards_and_is_named(leeds):
    network = names(leeds, 'deprivation = "imd-2019"', 'lookup = "fit"\ndeprivation = "imd-2019"')
    try:
        wards = wards_under(network, leeds, "deprivation_other")
        assert (wards.frame["lsoas"].sum(), wards.frame["in_decile_1"].sum()) == (488, 84)
        assert wards.wards_by["id"] == "fit"
    finally:
        names(leeds, '\nlookup = "fit"', "")
