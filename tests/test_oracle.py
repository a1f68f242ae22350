"""The pipeline against the oracle: every metric of every member and year, the network's, and what changed.

The oracle (tests/oracle.py) is written from the prose of the definitions. Where the two differ, the prose decides
which is wrong. Whole numbers must be equal, values to twelve decimals.
"""

import ast
import json
import tomllib
from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from anchor_analysis import storage
from tests import (
    oracle,
    oracle_community,
    oracle_contracts,
    oracle_employer,
    oracle_estate,
    oracle_multiplier,
    oracle_places,
    oracle_progression,
    oracle_services,
    oracle_spender,
    oracle_suppliers,
    plain_files,
)
from tests.oracle import ADDITIVE, BY_BOUNDS, DEFINITIONS, METRICS, NOT_BROKEN_DOWN, RATIO, Additive, Geography, Recount
from tests.spec import write_network
from tests.steps import MEMBER, Steps

ROOT = Path(__file__).resolve().parents[1]
NETWORK_FILE = ROOT / "networks" / "demonstration" / "network.toml"
LATEST, PREVIOUS, BASELINE = "2023/24", "2022/23", "2018/19"

AMOUNTS = ["numerator", "denominator", "unknown", "unknown_credits", "told"]
VALUES = ["value", "lower", "upper"]

each_metric = pytest.mark.parametrize("metric", sorted(path.stem for path in DEFINITIONS.glob("metrics/*.yaml")))
each_since = pytest.mark.parametrize("since", [PREVIOUS, BASELINE])
each_panel = pytest.mark.parametrize("panel", ["all", "like_for_like"])


# --- holding two frames against each other ---


def unequal(ours: pd.DataFrame, theirs: pd.DataFrame) -> str:
    """Where two frames with whole numbers are not the same, in words; empty where they are."""
    apart = ours.index.symmetric_difference(theirs.index)
    if len(apart):
        return f"only on one side: {apart.tolist()}"
    whole = [frame.loc[ours.index, list(ours.columns)].astype("Int64") for frame in (ours, theirs)]
    different = whole[0].compare(whole[1], result_names=("oracle", "pipeline"))
    return "" if different.empty else different.to_string()


def apart(ours: pd.DataFrame, theirs: pd.DataFrame) -> str:
    """The same for values, which may differ by rounding in the last place; both may have none."""
    numbers = [frame.loc[ours.index, list(ours.columns)].astype("Float64") for frame in (ours, theirs)]
    none = numbers[0].isna() & numbers[1].isna()
    near = (numbers[0] - numbers[1]).abs() <= 1e-12 * numbers[0].abs().clip(lower=1)
    different = ~(near.fillna(False) | none).all(axis=1)
    sides = pd.concat([frame[different] for frame in numbers], axis=1, keys=["oracle", "pipeline"])
    return sides.to_string() if different.any() else ""


@pytest.mark.parametrize("change", [{"numerator": 3}, {"denominator": 11}, {"unknown": None}])
def test_a_difference_of_one_is_noticed(change):
    ours = pd.DataFrame({"numerator": [2], "denominator": [10], "unknown": [0]}, index=["a"])
    assert unequal(ours, ours) == "" and "pipeline" in unequal(ours, ours.assign(**change))
    assert "only on one side" in unequal(ours, ours.rename({"a": "b"}))


def test_a_value_that_is_off_or_that_should_not_be_there_is_noticed():
    ours = pd.DataFrame({"value": [0.5, None]}, index=["a", "b"])
    assert apart(ours, ours) == "" and apart(ours, ours + 1e-15) == ""
    assert apart(ours, ours + 1e-9) and apart(ours, ours.fillna(0)) and apart(ours.fillna(0), ours)


# --- the oracle itself ---


ORACLES = [
    oracle, oracle_community, oracle_contracts, oracle_employer, oracle_estate, oracle_multiplier, oracle_places,
    oracle_progression, oracle_services, oracle_spender, oracle_suppliers, plain_files,
]  # fmt: skip


@pytest.mark.parametrize("module", ORACLES)
def test_the_oracle_imports_nothing_of_the_library(module):
    tree = ast.parse(Path(module.__file__).read_text(encoding="utf-8"))
    modules = {
        name
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in ([node.module] if isinstance(node, ast.ImportFrom) else [alias.name for alias in node.names])
    } - {one.__name__ for one in ORACLES}
    assert {"pandas", "unicodedata"} & modules
    assert not {name for name in modules if name.split(".")[0] in {"anchor_analysis", "tests", "importlib"}}


@each_metric
def test_every_metric_has_an_oracle_of_its_kind(metric):
    assert metric in METRICS, f"tests/oracle.py does not recompute {metric}"
    definition, ours = oracle.read_yaml(DEFINITIONS / "metrics" / f"{metric}.yaml"), METRICS[metric]
    assert definition["kind"] == ("additive" if isinstance(ours, Additive) else "ratio")


def test_a_person_is_counted_once_and_a_home_by_the_post_that_stands_for_the_person():
    posts = pd.DataFrame({
        "employee": ["a", "a", "b", "b", "b"], "number": [1, 2, 1, 2, 3], "primary": [False, True, True, False, False],
        "fte_e5": [80000, 20000, 90000, 50000, 50000], "employed": [1, 1, 0, 1, 1],
    })  # fmt: skip
    assert oracle.stands_for_a_person(posts).tolist() == [0, 1, 0, 1, 0]


def test_the_oracles_bounds_put_all_that_is_unknown_out_or_in():
    counts = pd.DataFrame({
        "member": "a", "year": LATEST, "metric": ["staff", "staff_living_in_area"],
        "numerator": [10, 4], "unknown": [0, 2], "unknown_credits": [0, 0], "told": 0, "entire": True,
    })  # fmt: skip
    found = oracle.with_values(oracle.with_ratios(counts)).set_index("metric")
    assert found.loc["staff_living_in_area", VALUES].tolist() == [4, 4, 6]
    assert found.loc["staff_living_in_area_share", VALUES].tolist() == [4 / 8, 4 / 10, 6 / 10]


def test_the_oracles_bounds_leave_open_which_invoice_a_credit_belongs_to():
    rows = pd.DataFrame(
        {"pence": [700, 500, -200, 100], "supplier_place": ["in_area", "unknown", "unknown", "elsewhere"]}
    )
    counted = ADDITIVE["local_spend"].count(rows.assign(to_member=False))
    assert counted == (700, 300, -200)
    counts = pd.DataFrame({"metric": ["local_spend"], "whole": [pd.NA], "denominator": [pd.NA]})
    found = oracle.with_values(counts.assign(numerator=700, unknown=300, unknown_credits=-200)).iloc[0]
    assert [found[name] for name in VALUES] == [7, 5, 12]  # pounds: the credit alone in, or all but the credit


# --- the oracle against the generator's own answers ---


@pytest.fixture(scope="module")
def recount(demonstration) -> Recount:
    """The demonstration counted again."""
    raw = demonstration.raw("demonstration")
    return Recount(raw, raw / ".made", NETWORK_FILE)


@pytest.fixture(scope="module")
def answers(demonstration) -> dict:
    """What its generator says that it planted."""
    return json.loads((demonstration.raw("demonstration") / ".made" / "answers.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("metric", sorted(ADDITIVE))
def test_the_generators_answers_are_the_oracles(recount, answers, metric):
    rows = {
        (member, year.replace("-", "/")): {"numerator": parts["value"], "unknown": parts.get("unknown", 0)}
        for year, of_year in answers["years"].items()
        for member, answer in of_year["members"].items()
        for name, parts in answer["metrics"].items()
        if name == metric
    }
    theirs = pd.DataFrame.from_dict(rows, orient="index")
    ours = recount.members[recount.members["metric"] == metric].set_index(["member", "year"])
    assert not unequal(ours[["numerator", "unknown"]], theirs)


def test_the_generators_answers_against_residents_are_the_oracles(recount, answers):
    planted = pd.DataFrame(answers["against_residents"]).T
    ours = oracle.against_residents(pd.Series(answers["years"]["2023-24"]["staff_by_ward"]), recount.made)
    expected = planted["all_staff"] * planted["residents"] / planted["all_residents"]
    assert (ours["expected"] - expected).abs().max() < 1e-9 and ours["staff"].to_dict() == planted["staff"].to_dict()


def test_the_generators_staff_by_ward_are_the_oracles(recount, answers):
    for year, of_year in answers["years"].items():
        ours = recount.wards.xs(year.replace("-", "/"), level="year").groupby("group").sum()
        told = {ward: staff for ward, staff in of_year["staff_by_ward"].items() if staff}
        assert ours[ours.index.str.startswith("E05")].to_dict() == told


@each_since
def test_the_generators_changes_are_the_oracles(recount, answers, since):
    change, parts = recount.change(since, LATEST, "all"), recount.split(since, LATEST)
    for metric, changes in answers["changes"].items():
        theirs = changes[since.replace("/", "-")]
        ends = change.loc[metric, ["from_numerator", "to_numerator"]].fillna(0).tolist()
        assert (ends, parts.loc[metric].to_dict()) == (
            [theirs["from"], theirs["to"]],
            {part: theirs.get(part, 0) for part in oracle.PARTS},
        )


# --- the pipeline against the oracle, on the whole demonstration ---


#: What no member's extract of the first year tells.
FROM_THE_SECOND_YEAR = ("staff_at_start", "staff_left", "staff_turnover")


class Results:
    """What the pipeline made of the demonstration, as it stands in its files."""

    def __init__(self, workspace: storage.Workspace):
        processed = workspace.processed("demonstration")
        pointer = json.loads((processed / "current" / "2023-24.json").read_text(encoding="utf-8"))
        folder = processed / pointer["results"]
        self.observations = pd.read_parquet(folder / "observations.parquet").rename(columns={"network_year": "year"})
        self.findings = pd.read_parquet(folder / "findings.parquet")

    def levels(self, metric: str, scope: str, breakdown: str = "") -> pd.DataFrame:
        found = self.observations
        chosen = (found["metric"] == metric) & (found["scope"] == scope) & (found["breakdown"] == breakdown)
        return found[chosen].set_index(["member", "year"] if scope == "member" else "year")

    def changes(self, since: str, kind: str, panel: str = "all") -> pd.DataFrame:
        found = self.findings
        return found[(found["kind"] == kind) & (found["since"] == since) & (found["panel"] == panel)]


@pytest.fixture(scope="module")
def results(demonstration) -> Results:
    return Results(demonstration)


@each_metric
def test_every_member_and_year_is_counted_as_the_oracle_does(recount, results, metric):
    ours = recount.members[recount.members["metric"] == metric].set_index(["member", "year"])
    levels = results.levels(metric, "member")
    theirs = levels[levels["numerator"].notna()]
    assert len(ours) and not unequal(ours[AMOUNTS], theirs)
    assert not apart(ours[VALUES], theirs)


@each_metric
def test_the_network_is_counted_as_the_oracle_does(recount, results, metric):
    ours = recount.network[recount.network["metric"] == metric].set_index("year")
    levels = results.levels(metric, "network").rename(columns={"members_counted": "members"})
    theirs = levels[levels["numerator"].notna()]
    assert len(levels) == 6 and len(theirs) == (5 if metric in FROM_THE_SECOND_YEAR else 6)
    assert not unequal(ours[[*AMOUNTS, "members"]], theirs)
    assert not apart(ours[VALUES], theirs)


def test_who_did_not_report_has_no_number_and_a_status_that_says_so(results):
    rows = results.observations
    none = rows["status"].isin(["missing", "refused", "not_applicable", "not_yet_member", "left", "merged"])
    assert none.any() and rows.loc[none, [*AMOUNTS, *VALUES]].isna().all(axis=None)
    of_nothing = ((rows["denominator"] == 0) & (rows["unknown"] == 0)).fillna(False)  # a share of a group that is empty
    assert rows.loc[~none, ["numerator", "unknown"]].notna().all(axis=None)
    assert rows.loc[~none & ~of_nothing, ["lower", "upper"]].notna().all(axis=None)
    known = (rows["numerator"] != 0) | (rows["denominator"] > 0).fillna(False)
    unsaid = of_nothing | (~known & (rows["unknown"] > 0))  # nothing but the unknown is there
    unsaid |= rows["metric"].isin(list(BY_BOUNDS)) & (rows["unknown"] > 0)
    assert rows.loc[~none & ~unsaid, "value"].notna().all() and rows.loc[~none & unsaid, "value"].isna().all()
    ratio = rows["metric"].isin(list(RATIO))
    assert rows.loc[ratio & ~none, "denominator"].notna().all() and rows.loc[~ratio, "denominator"].isna().all()


def test_every_observation_of_a_member_is_of_its_own_twelve_months(recount, results):
    rows = results.observations[results.observations["scope"] == "member"]
    told = rows[["member", "year", "period_start", "period_end"]].drop_duplicates()
    for one in told.itertuples():
        days = pd.Timestamp(one.period_start).date(), pd.Timestamp(one.period_end).date()
        assert days == recount.cast.period(one.member, one.year)


def test_staff_by_ward_are_the_oracles(recount, results):
    members = results.levels("staff", "member", "home_ward").set_index("group", append=True)["numerator"].dropna()
    assert not unequal(recount.wards.to_frame("staff"), members[members != 0].to_frame("staff"))
    network = results.levels("staff", "network", "home_ward").set_index("group", append=True)["numerator"].dropna()
    ours = recount.wards.groupby(["year", "group"]).sum()
    assert not unequal(ours.to_frame("staff"), network[network != 0].to_frame("staff"))


def test_wards_elsewhere_and_unknown_add_up_to_all_staff(results):
    by_ward = results.levels("staff", "network", "home_ward")
    whole = results.levels("staff", "network")["numerator"]
    assert by_ward.groupby("year")["numerator"].sum().to_dict() == whole.to_dict()
    told = by_ward[by_ward["group"] == NOT_BROKEN_DOWN]["numerator"]
    assert told.to_dict() == results.levels("staff", "network")["told"][told.index].to_dict()


def test_staff_against_residents_are_the_oracles(recount, results):
    staff = recount.wards.xs(LATEST, level="year").groupby("group").sum()
    ours = oracle.against_residents(staff, recount.made)
    rows = results.findings[results.findings["kind"] == "benchmark"].set_index("group")
    theirs = rows[rows["reason"] == ""].drop(index="most_disadvantaged")
    assert len(ours) == 32 and set(ours.index) == set(theirs.index)
    names = {"staff": "to_numerator", "expected": "expected", "excess": "value", "times": "quotient"}
    for name, column in names.items():
        assert (ours[name] - theirs[column].astype("float64").reindex(ours.index)).abs().max() < 1e-6
    assert rows[rows["reason"] == "no benchmark for this area"].index.tolist() == ["E05013831"]


@pytest.mark.parametrize("column", ["sex", "ethnicity", "disability", "age_band"])
def test_staff_by_who_they_are_are_the_oracles_in_every_year(recount, results, column):
    found = results.observations
    chosen = (found["metric"] == "staff") & (found["scope"] == "network") & (found["breakdown"] == column)
    levels = found[chosen & (found["group"] != NOT_BROKEN_DOWN)].set_index(["year", "group"])["numerator"]
    ours = {
        (year, group): number
        for year in recount.cast.years
        for group, number in recount.people(year)[column].value_counts().items()
    }
    assert levels[levels > 0].to_dict() == ours


#: Who is held against whom, by the prose of the definitions.
SIDES = {
    "women": ("sex", ["female"], ["male"]),
    "minority_ethnic": ("ethnicity", ["asian", "black", "mixed", "other"], ["white"]),
    "disabled": ("disability", ["disabled"], ["not_disabled"]),
}


def median_pay(people: pd.DataFrame, groups: list[str], column: str, unknown: float | None) -> float:
    """The median of those of some groups; everybody whose pay is not told is paid `unknown`, or left out."""
    pence = people.loc[people[column].isin(groups), "pence"].astype("float64")
    return pence.mask(pence == 0, unknown).median() if unknown is not None else pence[pence > 0].median()


@pytest.mark.parametrize("gap", list(SIDES))
def test_a_gap_in_pay_is_the_oracles_in_every_year(recount, results, gap):
    found = results.findings[(results.findings["kind"] == "pay_gap") & (results.findings["group"] == gap)]
    column, group, beside = SIDES[gap]
    assert found["period"].tolist() == sorted(recount.cast.years)
    for row in found.itertuples():
        people = recount.people(row.period)
        least, most = 0.0, 1e9
        ours = [
            1 - median_pay(people, group, column, one) / median_pay(people, beside, column, other)
            for one, other in ((None, None), (most, least), (least, most))
        ]
        assert [row.value, row.lower, row.upper] == pytest.approx(ours, abs=1e-12)
        told = people[people["pence"] > 0][column]
        assert (row.to_numerator, row.to_denominator) == (told.isin(group).sum(), told.isin(beside).sum())


@each_panel
@each_since
@each_metric
def test_a_change_is_the_oracles(recount, results, metric, since, panel):
    ours = recount.change(since, LATEST, panel).reindex([metric])
    theirs = results.changes(since, "change", panel).set_index("metric").loc[[metric]]
    nobody = {"from_members": 0, "to_members": 0}
    ours = ours.fillna(nobody) if metric in FROM_THE_SECOND_YEAR and since == BASELINE else ours
    ends = [f"{end}_{amount}" for end in ("from", "to") for amount in ("numerator", "denominator", "unknown")]
    members = {"from_members": "members_from", "to_members": "members_to"}
    assert not unequal(ours[[*ends, *members]].rename(columns=members), theirs)
    assert not apart(ours[[*VALUES, *(f"{end}_{name}" for end in ("from", "to") for name in VALUES)]], theirs)


@each_since
def test_the_parts_of_a_change_are_the_oracles_and_add_up_without_rest(recount, results, since):
    ours = recount.split(since, LATEST)
    parts = results.changes(since, "part")
    numbers, figures = (
        parts.pivot(index="metric", columns="part", values=name).reindex(columns=oracle.PARTS)
        for name in ("part_numerator", "value")
    )
    numbers, figures = (frame.fillna({"definition": 0}) for frame in (numbers, figures))  # where nothing changed
    assert not unequal(ours, numbers)
    per_unit = {name: metric.per_unit for name, metric in ADDITIVE.items()}
    values = ours.astype("Float64").div(pd.Series(per_unit).reindex(ours.index), axis=0)
    assert not apart(values, figures)
    change = results.changes(since, "change").set_index("metric")
    moved = change["to_numerator"] - change["from_numerator"].fillna(0)  # nobody reported
    assert ours.sum(axis=1).to_dict() == moved[ours.index].to_dict()


# --- members that come, go, and report half: the demonstration has nobody who left ---


#: When a member joined or left, and its staff in the two years; F reported a part of the first.
COMING_AND_GOING = {
    "A": ({}, 10, 11),
    "B": ({"left": "2023-06-30"}, 20, None),
    "C": ({"joined": "2023-06-01"}, None, 30),
    "D": ({}, 40, None),
    "E": ({}, 80, 85),
    "F": ({}, 100, 120),
    "G": ({}, 0, 3),
}


@pytest.fixture
def coming_and_going(network):
    """An example network whose members come and go."""
    for member, (dates, *staff) in COMING_AND_GOING.items():
        network.has(member, **dates)
        for year, persons in zip((PREVIOUS, LATEST), staff, strict=True):
            if persons is not None:
                network.reports(member, year, staff=persons, staff_living_in_area=(persons // 2, persons // 5))
    network.decides("F", PREVIOUS, "partial")
    return network


@each_panel
@pytest.mark.parametrize("metric", ["staff", "staff_living_in_area", "staff_living_in_area_share"])
def test_a_change_among_members_that_come_and_go_is_the_oracles(coming_and_going, metric, panel):
    theirs = coming_and_going.change(metric, LATEST, PREVIOUS, panel).to_frame(metric).T
    ours = oracle.change(counted_again(coming_and_going)[0], PREVIOUS, LATEST, panel).loc[[metric], VALUES]
    assert not apart(ours, theirs)


def test_the_parts_of_a_change_among_members_that_come_and_go_are_the_oracles(coming_and_going):
    theirs = coming_and_going.change("staff", LATEST, PREVIOUS)["parts"]
    ours = oracle.split(*counted_again(coming_and_going), PREVIOUS, LATEST).loc["staff"]
    assert theirs == {"continuing": 29, "joiners": 30, "leavers": -20, "non_response": -40}
    assert ours.to_dict() == {**theirs, "definition": 0}


def counted_again(network) -> tuple[pd.DataFrame, oracle.Cast]:
    """The oracle's counts of an example network that has been measured, and its members."""
    cast = oracle.Cast(tomllib.loads((network.folder / "networks/example/network.toml").read_text(encoding="utf-8")))
    told = pd.DataFrame(network.told).rename(columns={"network_year": "year"})
    told = told[["member", "year", "metric", "numerator", "unknown", "unknown_credits"]].assign(
        member=told["member"].str.lower()
    )
    partial = ["partial" in cast.notes(*who) for who in zip(told["member"], told["year"], strict=True)]
    counts = told.assign(told=0, entire=[not one for one in partial])
    return oracle.with_values(oracle.with_ratios(counts)), cast


# --- odd rows that the demonstration does not have ---

POSTS = """employee_id,assignment_id,primary,contract,fte,home_postcode,start_date,leave_date
A,1,yes,bank,0.5,LX1 1AA,,
A,2,no,permanent,0.5,LX2 2BB,,
A,3,no,permanent,0.7,LX3 3CC,,
B,1,yes,permanent,1,lx1-1aa.,31/03/2024,
C,1,yes,permanent,1,L X11AA,,31/03/2024
D,1,yes,permanent,1,LX2 2BB,,30/03/2024
E,1,yes,permanent,1,LX2 2BB,01/04/2024,
F,1,yes,permanent,1,LX1 1AB,,
G,1,yes,fixed term,0,LX4 4DD,01/05/1987,
h,1,,permanent,1,LX4 4DD,,
H,1,no,permanent,1,LX5 5EE,,
I,1,yes,permanent,0.4,LX1 1AA,,
I,2,yes,permanent,0.4,LX2 2BB,,
J,1,yes,permanent,0.4,LX1 1AA,,01/04/2023
J,2,yes,permanent,0.1,LX2 2BB,,
"""
PAYMENTS = """transaction_id,payment_date,supplier_id,supplier_name,supplier_postcode,category,net_gbp
1,01/05/2023,s1,,,,100.01
2,01/05/2023,S1,,,,200
3,01/05/2023,s1,,LX2 2BB,,400
4,01/05/2023,s1,,rubbish,,800
5,01/05/2023,,,LX1 1AA,,1600
6,01/05/2023, s2 ,,,,"3,200.00"
7,01/05/2023,1,,,,6400
8,01/05/2023,01,,,,12800
9,01/05/2023,s3,,,,(25600.10)
10,01/05/2023,s4,,,,-£1
,,,,,,-101.09
"""
SUPPLIERS = """supplier_id,supplier_name,supplier_postcode
s1,,LX1 1AA
s2,,lx11aa
01,,LX1 1AA
s3,,LX4-4DD
s4,,
"""
DIRECTORY = pd.DataFrame({
    "postcode": ["LX11AA", "LX11AB", "LX22BB", "LX33CC", "LX44DD"],
    "lad": ["E08000035", "E08000035", "E08000036", None, "E08000035"],
    "ward": ["E05011385", "E05011407", "E05001347", None, "E05011384"],
    "lsoa21": ["E01000001", None, "E01000003", None, "E01000009"],
})  # fmt: skip
RANKS = pd.DataFrame({"lsoa": ["E01000001", "E01000003"], "rank": [1, 2], "decile": [1, 1]})
RANKS_OTHER = pd.DataFrame({"lsoa": ["E01000001", "E01000009"], "rank": [9, 1], "decile": [9, 1]})
HOMES = ["home_place", "home_class", "home_ward"]
HOMES += [f"home_{by}_group{which}" for by in ("ward", "decile") for which in ("", "_other")]


@pytest.fixture
def geography() -> Geography:
    ranked = {"decile": RANKS, "decile_other": RANKS_OTHER}
    deciles = {
        name: DIRECTORY["lsoa21"].map(ranks.set_index("lsoa")["decile"]).astype("Int64")
        for name, ranks in ranked.items()
    }
    directory = DIRECTORY.rename(columns={"lad": "authority"}).assign(ended="", large_user="0", **deciles)
    directory = directory.set_index("postcode")
    wards = oracle.read_yaml(DEFINITIONS / "areas" / "leeds_most_disadvantaged_wards_v1.yaml")["wards"]
    return Geography(["E08000035"], wards, [], directory)


@pytest.fixture
def located(tmp_path):
    """Sends files through the pipeline's steps; gives back what it was sent, and its rows of a table."""

    def send(table: str, **files: str) -> tuple[dict[str, pd.DataFrame], pd.DataFrame]:
        steps = Steps(tmp_path, write_network(tmp_path, MEMBER))
        for name, text in files.items():
            steps.send(f"{name}.csv", text)
        rows = steps.frame(steps.located(DIRECTORY.assign(lsoa11=DIRECTORY["lsoa21"]), RANKS, RANKS_OTHER) / table)
        sent = oracle.read_return(tmp_path / "return").items()
        return {name: oracle.without_blanks(frame) for name, frame in sent}, rows

    return send


def test_odd_posts_are_placed_and_counted_as_the_oracle_does(located, geography):
    sent, rows = located("workforce", workforce=POSTS)
    ours = oracle.count_posts(sent["workforce"], date(2024, 3, 31), geography)
    assert ours["person"].sum() == 9
    assert not unequal(ours[["employed", "person", "fte_e5"]], rows)
    assert ours[HOMES].to_dict("list") == rows[HOMES].to_dict("list")


def test_odd_payments_are_placed_and_counted_as_the_oracle_does(located, geography):
    sent, rows = located("ledger", ledger=PAYMENTS, suppliers=SUPPLIERS)
    ours = oracle.count_payments(sent, geography, oracle.Words())
    assert ours["pence"].tolist() == rows["net_pence"].tolist()
    for column in ("supplier_place", "supplier_class"):
        assert ours[column].tolist() == rows[column].tolist()


@pytest.mark.parametrize(
    "posts",
    [
        pytest.param(
            "A,10,,permanent,0.5,LX1 1AA,,\nA,2,,permanent,0.5,LX2 2BB,,\n",
            id="10 comes before 2 in the order of text",
        ),
        pytest.param(
            "A,1,yes,permanent,0.2,LX1 1AA,,\nA,2,yes,permanent,0.3,LX1 1AB,,\nA,3,no,permanent,0.5,LX2 2BB,,\n",
            id="the largest FTE where two of three posts claim to be primary",
        ),
    ],
)
def test_the_post_that_stands_for_a_person_is_the_one_that_the_schema_describes(located, geography, posts):
    sent, rows = located("workforce", workforce=POSTS.splitlines(keepends=True)[0] + posts)
    ours = oracle.count_posts(sent["workforce"], date(2024, 3, 31), geography)
    assert not unequal(ours[["person"]], rows)
