"""Scores by level: whose counts, how versions join, medians that are no means, two assessors' agreement."""

from __future__ import annotations

import pandas as pd
import pytest
import yaml
from statsmodels.stats.inter_rater import cohens_kappa

from anchor_analysis import storage
from anchor_analysis.compare import compare
from anchor_analysis.compare.progression import medians
from anchor_analysis.declared import Network, load_catalogue, load_network
from anchor_analysis.declared.frameworks import carried_dimensions, ended_dimensions
from anchor_analysis.engine import open_engine
from anchor_analysis.measure import assessor_agreement, measure, scores_given
from anchor_analysis.measure.assessors import weighted_kappa
from anchor_analysis.measure.observing import Measured
from anchor_analysis.problems import UserError
from anchor_analysis.protect import Released, protect
from tests.spec import write_network
from tests.steps import Steps

MEMBER = '[[members]]\nid = "a"\nname = "A"\nsector = "x"\njoined = 2018-04-01\nlevers = ["progression"]\n'
PROTECTED = '[protection]\nscores = "scores_members"'
HEAD = "framework,dimension,goal,level,not_applicable,target,evidence,assessor,assessed_on\n"
OLD = "anchor_progression_bricks_and_mortar"


def example(folder):
    """A network of one member that scores itself."""
    with pytest.raises(UserError, match=r"protection\.scores names no disclosure profile"):
        write_network(folder, MEMBER)
    path = folder / "networks" / "example" / "network.toml"
    path.write_text(path.read_text(encoding="utf-8").replace("[protection]", PROTECTED), encoding="utf-8")
    return load_network(storage.Workspace(folder), "example")


@pytest.fixture(params=["duckdb", "polars"])
def member(tmp_path, request) -> Steps:
    return Steps(tmp_path, example(tmp_path), request.param)


def row(
    dimension: str, level: str, assessor: str = "A1", target: str = "", none: str = "", goal: str = "",
    framework: str = "anchor_progression", evidence: str = "",
) -> str:  # fmt: skip
    return f"{framework},{dimension},{goal},{level},{none},{target},{evidence},{assessor},16/02/2024\n"


def counted(steps: Steps, breakdown: str = "") -> dict[tuple[str, str], int]:
    found = steps.sums(steps.located(), breakdown)
    return {(one.metric, one.group): int(one.numerator) for one in found.itertuples() if one.numerator}


def refused(steps: Steps) -> dict[str, str]:
    with pytest.raises(UserError) as caught:
        steps.clean()
    return {problem.code: problem.what for problem in caught.value.problems}


# --- which score counts ---


def test_the_first_assessor_counts_and_what_does_not_apply_has_no_level(member):
    rows = row("employment", "3", "B2") + row("Employment", "Level 2", "A1", "4", evidence="Policy")
    member.send("progression.csv", HEAD + rows + row("service_delivery", "", none="yes"))
    by_level = counted(member, "dimension_level")
    assert by_level == {("progression_scores", "employment:2"): 1}
    whole = counted(member)
    assert whole["progression_scores", ""] == 1 and whole["progression_not_applicable", ""] == 1
    assert whole["progression_with_evidence", ""] == 1 and ("progression_at_target", "") not in whole
    kept = member.frame(member.located() / "progression").query("score == 1")
    assert kept["level_second"].tolist() == ["3"] and kept["to_target"].tolist() == ["2"]


def test_a_score_at_or_above_its_target_has_reached_it(member):
    rows = row("employment", "4", target="3") + row("procurement", "2", target="2") + row("service_delivery", "1")
    member.send("progression.csv", HEAD + rows)
    assert counted(member, "dimension_to_target") == {
        ("progression_scores", "employment:reached"): 1,
        ("progression_scores", "procurement:reached"): 1,
        ("progression_scores", "service_delivery:no_target"): 1,
    }


def test_a_dimension_of_an_older_version_counts_under_the_one_that_carries_it(member):
    member.send("progression.csv", HEAD + row("bricks_and_mortar", "2", framework=OLD))
    assert counted(member, "dimension_level") == {("progression_scores", "environment_and_assets:2"): 1}


def test_the_business_variant_counts_with_the_dimensions_that_it_has(member):
    member.send("progression.csv", HEAD + row("employment", "best practice", framework="business_anchors"))
    assert counted(member, "dimension_level") == {("progression_scores", "employment:4"): 1}


def test_a_level_that_is_none_and_one_beside_does_not_apply_are_faults(member):
    rows = row("employment", "") + row("procurement", "2", none="yes") + row("service_delivery", "5")
    member.send("progression.csv", HEAD + rows)
    assert set(refused(member)) == {"AN021", "AN060"}


def test_a_dimension_or_goal_that_the_framework_does_not_have_is_a_fault(member):
    rows = row("service_delivery", "2", framework="business_anchors") + row("employment", "2", goal="Fair pay")
    member.send("progression.csv", HEAD + rows)
    assert set(refused(member)) == {"AN061"}


def test_goals_of_a_network_s_own_framework_are_counted_apart_and_make_no_score(tmp_path):
    own = yaml.safe_load((storage.PACKAGE / "definitions/frameworks/business_anchors.yaml").read_text("utf-8"))
    own["dimensions"]["employment"]["goals"] = {"fair_pay": {"title": "Fair pay"}}
    write_own(tmp_path / "networks" / "example" / "definitions", own | {"goals_source": "our own", "variant_of": ""})
    steps = Steps(tmp_path, example(tmp_path))
    rows = row("employment", "2", goal="fair_pay", framework="ours", target="2")
    steps.send("progression.csv", HEAD + rows + row("employment", "3", framework="ours"))
    found = counted(steps)
    assert {metric: count for (metric, _), count in found.items()} == {
        "progression_goals_scored": 1,
        "progression_goals_at_target": 1,
        "progression_scores": 1,
    }


# --- frameworks as data ---


def write_own(definitions, framework: dict) -> None:
    data = {key: value for key, value in framework.items() if key != "id"}
    storage.write_text(definitions / "frameworks" / "ours.yaml", yaml.safe_dump(data, sort_keys=False))


def shipped(name: str = "anchor_progression") -> dict:
    path = storage.PACKAGE / "definitions" / "frameworks" / f"{name}.yaml"
    return yaml.safe_load(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    ("changed", "place", "what"),
    [
        ({"levels": {1: "a", 2: "b"}}, "levels", "names the levels 1 to 4"),
        ({"goals_source": "somebody"}, "goals_source", "goals_source is `needed` while there are no goals"),
        ({"maps_from": {"framework": "nothing", "dimensions": {}}}, "maps_from.framework", 'no framework "nothing"'),
        ({"variant_of": "nothing"}, "variant_of", 'no framework "nothing"'),
        ({"dimensions": {"pay": {"title": "Employment"}}, "maps_from": None}, "dimensions.pay", "means employment"),
        ({"version": 1}, "maps_from.framework", "is no earlier version"),
    ],
)
def test_a_bad_framework_is_told_with_its_file_line_and_field(tmp_path, changed, place, what):
    write_own(tmp_path, shipped() | changed)
    with pytest.raises(UserError) as caught:
        load_catalogue(tmp_path)
    said = [f"{problem.where}: {problem.what}" for problem in caught.value.problems]
    assert any(f", {place}: " in one and what in one and one.startswith("frameworks/ours.yaml, line") for one in said)


def test_a_mapping_says_of_every_earlier_dimension_what_becomes_of_it(tmp_path):
    ours = shipped()
    del ours["maps_from"]["dimensions"]["procurement"]
    write_own(tmp_path, ours)
    with pytest.raises(UserError, match="what becomes of procurement"):
        load_catalogue(tmp_path)


def test_a_dimension_that_no_later_version_carries_keeps_its_own_name_and_ends(tmp_path):
    own = shipped() | {"title": "Ours", "version": 3, "dimensions": {"employment": {"title": "Employment"}}}
    mapped = dict.fromkeys(shipped()["dimensions"]) | {"employment": "employment"}
    write_own(tmp_path, own | {"maps_from": {"framework": "anchor_progression", "dimensions": mapped}})
    frameworks = load_catalogue(tmp_path).frameworks
    assert carried_dimensions(frameworks)[OLD, "bricks_and_mortar"] == "environment_and_assets"
    assert "service_delivery" in ended_dimensions(frameworks)
    assert ended_dimensions(load_catalogue().frameworks) == []


# --- medians and agreement ---


@pytest.mark.parametrize(
    ("counts", "both"),
    [([], (None, None)), ([(1, 1)], (1, 1)), ([(1, 1), (4, 1)], (1, 4)), ([(1, 2), (3, 3)], (3, 3))],
)
def test_the_median_of_an_even_number_is_both_middle_ones_and_never_their_mean(counts, both):
    assert medians(counts) == both


#: Two dermatologists on four levels of a skin condition: SAS/STAT User's Guide, The FREQ Procedure, "Agreement Study",
#: which gives 0.5082 for weighted kappa with its weights of Cicchetti and Allison, which are the linear ones.
TABLE = [[10, 4, 1, 0], [5, 10, 12, 2], [2, 4, 12, 5], [0, 2, 6, 13]]
PAIRS = {(i + 1, j + 1): count for i, own in enumerate(TABLE) for j, count in enumerate(own)}


def test_weighted_kappa_of_a_published_table_is_the_published_one():
    assert round(weighted_kappa(PAIRS, 1), 4) == 0.5082


@pytest.mark.parametrize(("power", "weights"), [(1, "linear"), (2, "quadratic")])
def test_weighted_kappa_is_that_of_statsmodels(power, weights):
    assert weighted_kappa(PAIRS, power) == pytest.approx(cohens_kappa(TABLE, wt=weights).kappa, abs=1e-12)


def test_of_two_levels_both_weights_are_the_same():
    pairs = {(1, 1): 20, (1, 2): 5, (2, 1): 10, (2, 2): 15}
    assert weighted_kappa(pairs, 1) == weighted_kappa(pairs, 2) == pytest.approx(0.4)


def test_where_both_put_everything_at_one_level_there_is_no_agreement_beyond_chance():
    assert pd.isna(weighted_kappa({(3, 3): 9}, 1)) and pd.isna(weighted_kappa({}, 2))


def test_agreement_and_scores_are_told_by_year_and_dimension(member):
    rows = "".join(
        row(one, level, assessor)
        for assessor, levels in (("B2", "23"), ("A1", "22"))
        for one, level in zip(("employment", "procurement"), levels, strict=True)
    )
    member.send("progression.csv", HEAD + rows)
    paths = storage.table_files(member.located(), "progression")
    found = assessor_agreement(paths, open_engine()).set_index("dimension")
    assert found.loc["", ["scores", "agreed"]].tolist() == [2, 1] and found.loc["employment", "agreed"] == 1
    given = scores_given(paths, open_engine())
    assert given["level"].tolist() == [2, 2] and set(given["assessor"]) == {"A1"}
    assert assessor_agreement([], open_engine()).empty and scores_given([], open_engine()).empty


# --- how members stand, and the ways from level to level ---


def observed(folder, told: dict[tuple[str, str], int]) -> tuple[Network, pd.DataFrame]:
    """A network of members that score employment only; `told` gives each its level; level 3 reaches the target."""
    names = sorted({member for member, _ in told})
    blocks = [MEMBER.replace('id = "a"', f'id = "{name}"').replace('"A"', f'"{name.upper()}"') for name in names]
    with pytest.raises(UserError):
        write_network(folder, "".join(blocks))
    path = folder / "networks" / "example" / "network.toml"
    path.write_text(path.read_text(encoding="utf-8").replace("[protection]", PROTECTED), encoding="utf-8")
    network = load_network(storage.Workspace(folder), "example")
    rows, by_level, by_target = [], [], []
    for (member, year), level in told.items():
        key = {"member": member, "network_year": year, "metric": "progression_scores"}
        amounts = {"numerator": 1, "unknown": 0, "unknown_credits": 0, "rows": 1}
        rows.append(key | amounts | {"group": ""})
        by_level.append(key | amounts | {"group": f"employment:{level}"})
        by_target.append(key | amounts | {"group": "employment:reached" if level > 2 else "employment:1"})
    numbers = dict.fromkeys(("numerator", "unknown", "unknown_credits", "rows"), "Int64")
    none = pd.DataFrame(columns=["member", "network_year", "metric", "told_numerator", "told_unknown"])
    months = pd.DataFrame(columns=["member", "network_year", "months"])
    broken = {"dimension_level": by_level, "dimension_to_target": by_target}
    sums = {name: pd.DataFrame(own).astype(numbers) for name, own in broken.items()}
    measured = Measured(pd.DataFrame(rows).astype(numbers), sums, none, months, "example", network.all_years())
    return network, measure(network, measured)


TOLD = {
    **{(member, "2022/23"): level for member, level in zip("abcd", (1, 1, 2, 3), strict=True)},
    **{(member, "2023/24"): level for member, level in zip("abce", (2, 1, 3, 4), strict=True)},
}


def cells_of(folder, told, scores=None, before=None, moved="") -> pd.DataFrame:
    """Its cells, after a release with other ones since which the returns of some members changed."""
    network, observations = observed(folder, told)
    year = network.year("2023/24")
    findings = compare(network, observations, year, scores=scores)
    released = [] if before is None else [Released(year, before.reset_index(), findings, {"2023/24": frozenset(moved)})]
    return protect(network, observations, findings, year, released=released).cells.set_index("cell_id")


def test_members_are_counted_by_level_and_both_medians_told(tmp_path):
    network, observations = observed(tmp_path, TOLD)
    findings = compare(network, observations, network.year("2023/24"))
    now = findings[(findings["kind"] == "distribution") & (findings["period"] == "2023/24")].set_index("part")
    counts = now["part_numerator"].to_dict()
    assert [counts[f"level_{level}"] for level in range(1, 5)] == [1, 1, 1, 1]
    assert (counts["lower_median"], counts["upper_median"]) == (2, 3) and set(now["members"]) == {4}
    assert now.loc["level_4", "observation_ids"] == "progression_scores:2023-24:e:dimension_level=employment:4"
    away = findings[(findings["kind"] == "distance") & (findings["period"] == "2023/24")].set_index("part")
    assert away["part_numerator"][["reached", "below_1", "lower_median", "upper_median"]].tolist() == [2, 2, 0, 1]


def test_the_ways_from_level_to_level_count_members_scored_in_both_years(tmp_path):
    network, observations = observed(tmp_path, TOLD)
    scores = pd.DataFrame(
        [(member, year, "employment", level, "C3" if (member, year) == ("a", "2023/24") else "A1", "anchor_progression")
         for (member, year), level in TOLD.items()],
        columns=["member", "network_year", "dimension", "level", "assessor", "framework"],
    )  # fmt: skip
    findings = compare(network, observations, network.year("2023/24"), scores=scores)
    ways = findings[findings["kind"] == "transition"].set_index(["group", "part"])["part_numerator"]
    assert ways["employment:1"][["to_1", "to_2", "another_assessor"]].tolist() == [1, 1, 1]
    assert ways["employment:2"][["to_3", "another_assessor", "another_version"]].tolist() == [1, 0, 0]
    assert set(ways.index.get_level_values(0)) == {"employment:1", "employment:2"}


def test_what_members_keep_confidential_is_told_for_a_dimension_together_or_not_at_all(tmp_path):
    closed = cells_of(tmp_path / "closed", TOLD).query("table == 'progression_levels'")
    assert set(closed["status"]) == {"withheld"} and closed["value"].isna().all()
    three = {(member, "2023/24"): level for member, level in zip("abcdef", (1, 1, 1, 2, 2, 2), strict=True)}
    shown = cells_of(tmp_path / "three", three).query("table == 'progression_levels'").set_index("item")["shown"]
    assert shown[["level_1", "level_2", "lower_median", "upper_median"]].tolist() == ["3", "3", "1", "2"]
    alike = dict.fromkeys(three, 2)
    assert set(cells_of(tmp_path / "alike", alike).query("table == 'progression_levels'")["status"]) == {"withheld"}


def test_a_score_that_one_member_put_right_is_not_told_by_how_many_are_at_each_level(tmp_path):
    def scored(*levels: int) -> dict[tuple[str, str], int]:
        return {(member, "2023/24"): level for member, level in zip("abcdefg", levels, strict=True)}

    first = cells_of(tmp_path / "first", scored(1, 1, 1, 1, 2, 2, 2))
    again = scored(2, 1, 1, 1, 2, 2, 2)
    found = {}
    for name, moved in (("one", "a"), ("three", "abc"), ("none", "")):
        cells = cells_of(tmp_path / name, again, before=first, moved=moved).query("table == 'progression_levels'")
        found[name] = cells
    assert set(first.query("table == 'progression_levels'")["status"]) == {"shown"}
    said = {name: set(cells["status"]) for name, cells in found.items()}
    assert said == {"one": {"withheld"}, "three": {"shown"}, "none": {"shown"}}
    alike = cells_of(tmp_path / "alike", scored(*[2] * 7)).query("table == 'progression_levels'")
    seen = ["cell_id", "shown", "unit", "rule", "members_counted", "source_id"]
    one = found["one"].reset_index()[seen]
    assert one.to_numpy().tolist() == alike.reset_index()[seen].to_numpy().tolist()
