"""Codes of areas that changed: brought to the directory's along what is declared, never by name, and told on pages."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from anchor_analysis import storage
from anchor_analysis.declared import Network, load_catalogue, load_network
from anchor_analysis.declared.references import Recode
from anchor_analysis.locate.recodes import recoded
from anchor_analysis.problems import UserError
from anchor_analysis.read import add_reference
from anchor_analysis.running.areas import areas_said, in_one_geography
from anchor_analysis.running.beside import benchmark_of
from tests.spec import write_network
from tests.steps import MEMBER, as_directory

BEESTON, BEESTON_2018 = "E05012647", "E05011386"
GARFORTH, GARFORTH_2018 = "E05013830", "E05011393"
ARMLEY = "E05011385"


def step(before: str, after: str, day: str = "2020-01-01", changed: bool | None = False) -> Recode:
    return Recode(from_code=before, to_code=after, date=date.fromisoformat(day), geometry_changed=changed)


# --- the way from a code to the directory's ---


def test_codes_are_followed_forward_and_backward_over_many_steps():
    steps = [step("a", "b"), step("b", "c"), step("x", "y")]
    assert recoded(["a"], {"c"}, steps)["a"].to == "c"
    assert recoded(["c"], {"a"}, steps)["c"].to == "a"
    assert [one.from_code for one in recoded(["c"], {"a"}, steps)["c"].steps] == ["a", "b"]
    assert recoded(["a"], {"a", "c"}, steps) == {}, "what the directory has is left as it is"
    assert recoded(["a"], {"y"}, steps) == {}


def test_a_ward_that_was_divided_or_joined_leads_nowhere():
    divided = [step("a", "b"), step("a", "c")]
    assert recoded(["a"], {"b", "c"}, divided) == {}
    joined = [step("a", "c"), step("b", "c")]
    assert recoded(["a"], {"c"}, joined)["a"].to == "c"
    assert recoded(["c"], {"a", "b"}, joined) == {}
    assert recoded(["a"], {"z"}, [step("a", "b"), step("b", "a")]) == {}, "in a circle"


@pytest.mark.parametrize(
    ("told", "whole"), [([False, False], False), ([False, True], True), ([None, False], None), ([None, True], True)]
)
def test_a_boundary_changed_on_the_way_if_it_did_anywhere(told, whole):
    ways = recoded(["a"], {"c"}, [step("a", "b", changed=told[0]), step("b", "c", changed=told[1])])
    assert ways["a"].changed is whole


# --- a network's own codes ---


def network(folder: Path, area: str, reference: str = "", wards: list[str] | None = None) -> Network:
    """A network with this in its area, whose directory has a postcode in each ward of Leeds, or in these."""
    write_network(folder, MEMBER)
    path = folder / "networks" / "example" / "network.toml"
    text = storage.read_text(path).replace('wards = "leeds_wards"', f'wards = "leeds_wards"\n{area}')
    storage.write_text(
        path, text.replace("[reference]", f"[reference]\n{reference}").replace('deprivation = "ranks"', "")
    )
    codes = wards or list(load_catalogue().wards["leeds_wards"].wards)
    rows = [{"postcode": f"LX1{at}AA", "lad": "E08000035", "ward": code} for at, code in enumerate(codes)]
    refers(folder, "directory", "postcodes", as_directory(pd.DataFrame(rows)))
    return load_network(storage.Workspace(folder), "example")


def refers(folder: Path, name: str, kind: str, table: pd.DataFrame, vintage: str = "2025-05") -> None:
    into = storage.made(storage.Workspace(folder).reference() / name)
    storage.write_frame(table, into / "table.parquet")
    about = {"id": name, "kind": kind, "vintage": vintage, "sha256": "0" * 64, "source": f"{name}.csv"}
    storage.write_text(into / "about.json", storage.to_json(about))
    storage.seal(into)


def brought(folder: Path, found: Network) -> Network:
    return in_one_geography(found, storage.Workspace(folder))


def test_codes_of_another_year_are_the_directorys_and_the_page_says_so(tmp_path):
    found = brought(tmp_path, network(tmp_path, f'codes = ["{BEESTON_2018}", "{GARFORTH_2018}", "{ARMLEY}"]'))
    assert found.area.codes == [BEESTON, GARFORTH, ARMLEY]
    first, *said = areas_said(found, storage.Workspace(tmp_path), {})
    assert "directory (2025-05)" in first and "makes no change" in first
    beeston, garforth = sorted(said)
    assert BEESTON_2018 in beeston and "Beeston & Holbeck" in beeston and "boundary is the same" in beeston
    assert "July 2019" in beeston and "Garforth & Swillington" in garforth and "boundary changed" in garforth


def test_an_older_directory_has_the_wards_of_the_set_by_their_older_codes(tmp_path):
    codes = [BEESTON_2018 if code == BEESTON else code for code in load_catalogue().wards["leeds_wards"].wards]
    found = brought(tmp_path, network(tmp_path, "", wards=codes))
    assert BEESTON_2018 in found.ward_set.wards and BEESTON not in found.ward_set.wards
    assert BEESTON_2018 in found.wards_named["wards"] and BEESTON not in found.wards_named["wards"]


def test_a_code_that_nothing_leads_from_is_refused_with_all_others(tmp_path):
    recodes = pd.DataFrame(
        {"from_code": ["E05000001"] * 2, "to_code": [ARMLEY, BEESTON], "date": [date(2020, 1, 1)] * 2}
    )
    refers(tmp_path, "history", "recodes", recodes.assign(geometry_changed=pd.Series([True, True], dtype="boolean")))
    area = 'codes = ["E05000001", "E05012649", "E05013830"]'
    with pytest.raises(UserError) as caught:
        brought(tmp_path, network(tmp_path, area, 'recodes = "history"'))
    divided, unknown = caught.value.problems
    assert {divided.code, unknown.code} == {"AN038"}
    assert f"divided into {ARMLEY}, {BEESTON}" in str(divided) and "Did you mean" in str(unknown)


def test_recodes_of_a_file_lead_on_and_of_some_nobody_says_whether_the_boundary_changed(tmp_path):
    recodes = pd.DataFrame({"from_code": ["E05000001"], "to_code": [ARMLEY], "date": [date(2020, 5, 1)]})
    refers(tmp_path, "history", "recodes", recodes.assign(geometry_changed=pd.Series([None], dtype="boolean")))
    found = brought(tmp_path, network(tmp_path, 'codes = ["E05000001"]', 'recodes = "history"'))
    assert found.area.codes == [ARMLEY]
    said = areas_said(found, storage.Workspace(tmp_path), {})
    assert "whether the boundary changed with the code is not told" in said[1] and "May 2020" in said[1]


# --- what stands beside ---


def benchmark(folder: Path, values: dict[str, int]) -> Network:
    table = pd.DataFrame({"area": list(values), "category": None, "value": list(values.values())})
    refers(folder, "residents", "benchmark", table.astype({"category": "str", "value": "Float64"}), "2021")
    return brought(folder, network(folder, "", 'benchmark = "residents"'))


def test_a_benchmark_by_the_codes_of_its_own_year_is_brought_along(tmp_path):
    found = benchmark(tmp_path, {GARFORTH_2018: 70, ARMLEY: 90, "E05000009": 5})
    beside = benchmark_of(found, storage.Workspace(tmp_path))
    assert beside.benchmark.values.reindex([GARFORTH, ARMLEY]).tolist() == [70, 90]
    said = areas_said(found, storage.Workspace(tmp_path), beside.brought)
    assert [one for one in said if "The benchmark names Garforth & Swillington by another code" in one]


def test_a_ward_that_the_benchmark_has_by_both_codes_keeps_its_own(tmp_path):
    found = benchmark(tmp_path, {GARFORTH_2018: 70, GARFORTH: 75})
    beside = benchmark_of(found, storage.Workspace(tmp_path))
    assert beside.benchmark.values[GARFORTH] == 75 and beside.brought == {}


def test_the_cost_of_a_best_fit_is_told_for_the_networks_own_postcodes(tmp_path):
    rows = [("L1", ARMLEY), ("L1", ARMLEY), ("L1", BEESTON), ("L2", GARFORTH)]
    area, reference = 'ward_from = "best_fit"', 'lookup = "fit"'
    fit = pd.DataFrame({"lsoa21": ["L1", "L2"], "ward": [ARMLEY, GARFORTH]})
    wards = list(load_catalogue().wards["leeds_wards"].wards)
    more = pd.DataFrame({"lsoa21": [f"M{at}" for at in range(len(wards))], "ward": wards})
    refers(tmp_path, "fit", "lookup", pd.concat([fit, more]), "2024")
    found = network(tmp_path, area, reference)
    directory = [{"postcode": f"LX1{at}AB", "lad": "E08000035", "lsoa21": lsoa, "ward": ward}
                 for at, (lsoa, ward) in enumerate(rows)]  # fmt: skip
    refers(tmp_path, "directory", "postcodes", as_directory(pd.DataFrame(directory)))
    said = areas_said(brought(tmp_path, found), storage.Workspace(tmp_path), {})
    assert (
        said[1]
        == "Wards are those that LSOAs fit best, by fit (2024): the directory's own for 75.0% of 4 live postcodes"
    )


@pytest.mark.real
def test_a_best_fit_is_the_true_ward_for_seven_eighths_of_leeds(real_data, tmp_path):
    workspace = storage.Workspace(tmp_path)
    names = {"directory": "nspl_2025-05_west_yorkshire.csv", "fit": "lsoa21_ward24_leeds.csv"}
    for name, file in names.items():
        add_reference(real_data / "geography" / file, workspace, name, "2025-05")
    write_network(tmp_path, MEMBER)
    path = tmp_path / "networks" / "example" / "network.toml"
    text = (
        storage.read_text(path)
        .replace("[reference]", '[reference]\nlookup = "fit"')
        .replace('deprivation = "ranks"', "")
    )
    storage.write_text(path, text.replace("[area]", '[area]\nward_from = "best_fit"'))
    found = brought(tmp_path, load_network(workspace, "example"))
    assert "the directory's own for 87.6% of" in areas_said(found, workspace, {})[1]
