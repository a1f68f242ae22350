"""Recodes, lookups, benchmarks and boundaries: what they become, and what is refused."""

import json
from pathlib import Path

import pandas as pd
import pytest

from anchor_analysis import storage
from anchor_analysis.declared import load_catalogue
from anchor_analysis.declared.model import build
from anchor_analysis.declared.references import ReferenceSource
from anchor_analysis.problems import UserError
from anchor_analysis.read import add_reference, boundaries_file
from tests.test_references import refused, save, table

SQUARE = [[[-1.5, 53.8], [-1.4, 53.8], [-1.4, 53.9], [-1.5, 53.8]]]

NOMIS = """\
"TS066 - Economic activity status"
"ONS Crown Copyright Reserved [from Nomis on 12 March 2024]"

"population","All usual residents aged 16 years and over"
"units","Persons"
"date","2021"

"2021 super output area - lower layer","mnemonic","Total: All usual residents","Active, in work","All other"
"Leeds 001A","E01011698","1,204","700","504"
"Leeds 001B","E01011699","980","!","*"

"! not reliable"
"In order to protect against disclosure of personal information, records have been swapped."
"""


@pytest.fixture
def workspace(tmp_path):
    return storage.Workspace(tmp_path / "workspace")


@pytest.fixture
def write(tmp_path):
    def written(name, text):
        (tmp_path / name).write_text(text, encoding="utf-8")
        return tmp_path / name

    return written


# --- recodes ---


def test_the_code_history_database_becomes_recodes(workspace, tmp_path):
    headers = ["SI_ID", "OPER_DATE", "ENTITYCD", "GEOGCD", "GEOGNM", "GEOGCD_P", "GEOGNM_P", "YEAR"]
    rows = [
        ["1", "01/12/2018 00:00:00", "E05", "E05011547", "Horsforth", "E05011398", "Horsforth", "2018"],
        ["2", "01/12/2018 00:00:00", "E05", "E05011547", "Horsforth", "E05011398", "Horsforth", "2018"],
        ["3", "01/04/2009 00:00:00", "E06", "E06000047", "Durham", "", "", "2009"],
        ["4", "01/01/2017 00:00:00", "E05", "E05000001", "New name", "E05000001", "Old name", "2017"],
        ["5", "01/04/2021 00:00:00", "E07", "E06000061", "North", "E07000150", "Corby", "2021"],
        ["6", "01/04/2021 00:00:00", "E07", "E06000061", "North", "E07000151", "Daventry", "2021"],
    ]
    about = add_reference(save(tmp_path / "Changes.csv", headers, rows), workspace, vintage="2024-07")
    day = pd.Timestamp("2018-12-01").date()
    first, *divided = table(workspace, "recodes-2024-07")
    assert first == {"from_code": "E05011398", "to_code": "E05011547", "date": day, "geometry_changed": None}
    assert [(row["from_code"], row["geometry_changed"]) for row in divided] == [
        ("E07000150", True),
        ("E07000151", True),
    ]
    assert (about["rows"], about["left_out"]) == (3, 3)


@pytest.mark.parametrize(("said", "taken"), [("yes", True), ("FALSE", False), ("0", False), ("1", True), ("", None)])
def test_a_plain_list_of_recodes_says_whether_the_geometry_changed(workspace, write, said, taken):
    file = write("ours_2024.csv", f"from,to,date,geometry_changed\nE05011393,E05013830,2021-12-01,{said}\n")
    add_reference(file, workspace)
    assert table(workspace, "recodes-2024")[0]["geometry_changed"] is taken


@pytest.mark.parametrize("day", ["31/02/2021", "December 2021", ""])
def test_a_day_that_there_is_not_is_refused(workspace, write, day):
    [problem] = refused(write("r_2024.csv", f"from_code,to_code,date\nE05011393,E05013830,{day}\n"), workspace)
    assert problem.where == "r_2024.csv, date"


def test_the_recodes_of_leeds_lead_to_its_wards():
    catalogue = load_catalogue()
    leeds = catalogue.wards["leeds_wards"].wards
    assert len(catalogue.recodes) == 8
    assert all(recode.to_code in leeds and recode.from_code not in leeds for recode in catalogue.recodes)
    assert [recode.to_code for recode in catalogue.recodes if recode.geometry_changed] == ["E05013830"]
    assert all(recode.source and recode.date.year in (2018, 2019, 2021) for recode in catalogue.recodes)


# --- lookups ---


def test_a_lookup_of_small_areas_keeps_how_they_changed(workspace, tmp_path):
    rows = [["E01000001", "City 1", "S", "E01035000"], ["E01000001", "City 1", "S", "E01034999"]]
    about = add_reference(save(tmp_path / "x.csv", ["LSOA11CD", "LSOA11NM", "CHGIND", "LSOA21CD"], rows), workspace)
    assert (about["id"], about["kind"], about["vintage"]) == ("lsoa11-lsoa21", "lookup", "2021")
    assert table(workspace, "lsoa11-lsoa21") == [
        {"lsoa11": "E01000001", "lsoa21": "E01034999", "change": "S"},
        {"lsoa11": "E01000001", "lsoa21": "E01035000", "change": "S"},
    ]


def test_a_best_fit_lookup_gives_each_small_area_one_ward(workspace, tmp_path):
    headers, rows = ["LSOA21CD", "WD25CD", "LAD25CD"], [["E01000001", "E05009288", "E09000001"]]
    about = add_reference(save(tmp_path / "x.csv", headers, rows), workspace)
    assert (about["id"], about["vintage"]) == ("lsoa21-wd25", "2025")
    assert table(workspace, "lsoa21-wd25") == [{"lsoa21": "E01000001", "ward": "E05009288"}]
    [problem] = refused(save(tmp_path / "y.csv", headers, [*rows, ["E01000001", "E05009289", ""]]), workspace)
    assert problem.where == "y.csv, lsoa21"


def test_a_change_that_is_none_is_refused(workspace, write):
    [problem] = refused(write("x.csv", "LSOA11CD,LSOA21CD,CHGIND\nE01000001,E01000001,Q\n"), workspace)
    assert '"Q"' in problem.what


# --- benchmarks ---


def test_a_table_of_nomis_becomes_one_row_per_area_and_category(workspace, write):
    about = add_reference(write("TS066.csv", NOMIS), workspace)
    assert (about["id"], about["vintage"], about["rows"]) == ("ts066", "2021", 6)
    assert about["title"] == "TS066 - Economic activity status"
    assert about["categories"] == ["Total: All usual residents", "Active, in work", "All other"]
    assert table(workspace, "ts066") == [
        {"area": "E01011698", "category": "Active, in work", "value": 700.0},
        {"area": "E01011698", "category": "All other", "value": 504.0},
        {"area": "E01011698", "category": None, "value": 1204.0},
        {"area": "E01011699", "category": "Active, in work", "value": None},
        {"area": "E01011699", "category": "All other", "value": None},
        {"area": "E01011699", "category": None, "value": 980.0},
    ]


def test_signs_instead_of_figures_are_missing_and_counted_and_never_zero(workspace, write):
    assert add_reference(write("TS066.csv", NOMIS), workspace)["signs"] == {"!": 1, "*": 1}


@pytest.mark.parametrize(
    "text",
    [
        "area,value\nE08000035,12.5\n",
        "Area code,Area name,Residents 2021\nE08000035,Leeds,12.5\n",
        "date,geography,geography code,Residence type: Total; measures: Value\n2021,Leeds,E08000035,12.5\n",
        "area,category,value\nE08000035,,12.5\n",
    ],
)
def test_a_plain_table_has_one_figure_for_each_area(workspace, write, text):
    add_reference(write("Working age 2021.csv", text), workspace)
    assert table(workspace, "working-age-2021") == [{"area": "E08000035", "category": None, "value": 12.5}]


def test_a_table_in_three_columns_keeps_its_categories(workspace, write):
    text = "category,area,value\nmen,E08000035,1\nwomen,E08000035,2\n"
    add_reference(write("x_2021.csv", text), workspace)
    assert [(row["category"], row["value"]) for row in table(workspace, "x_2021")] == [("men", 1.0), ("women", 2.0)]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("area,men,men\nE08000035,1,2\n", 'more than one column is called "men"'),
        ("LSOA11CD,LAD19CD,n\nE01000001,E08000035,1\n", "more than one column holds codes"),
        ("area,n\nE08000035,1\narea,n\nE08000036,1\n", "more than one table"),
        ("area,n\nE08000035,1\nE08000035,2\n", "more than once"),
        ("area,n\nE08000035,about 5\n", '"about 5"'),
        ("area,n\nLeeds,5\n", '"Leeds"'),
        ("area,n\n", "no rows"),
    ],
)
def test_a_table_that_says_two_things_is_refused(workspace, write, text, said):
    [problem] = refused(write("x_2021.csv", text), workspace)
    assert problem.code == "AN031"
    assert said in problem.what


def test_a_table_without_a_year_needs_one(workspace, write):
    [problem] = refused(write("staff.csv", "area,n\nE08000035,1\n"), workspace)
    assert "--vintage 2025" in problem.remedy


# --- boundaries ---


def feature(code="E05011385", name="Armley", shape=SQUARE, kind="Polygon", **more):
    properties = {"FID": 1, "WD25CD": code, "WD25NM": name, "LAD25CD": "E08000035", **more}
    return {"type": "Feature", "properties": properties, "geometry": {"type": kind, "coordinates": shape}}


def collection(*features, **more):
    return json.dumps({"type": "FeatureCollection", "features": list(features), **more})


def test_boundaries_are_kept_as_they_are_with_a_list_of_their_areas(workspace, write):
    text = collection(feature("E05011387", "Bramley", [SQUARE, SQUARE], "MultiPolygon"), feature())
    about = add_reference(write("wards.geojson", text), workspace)
    assert (about["id"], about["kind"], about["vintage"], about["rows"]) == ("boundaries-wd25", "boundaries", "2025", 2)
    assert boundaries_file(workspace, "boundaries-wd25").read_text(encoding="utf-8") == text
    assert table(workspace, "boundaries-wd25") == [
        {"code": "E05011385", "name": "Armley"},
        {"code": "E05011387", "name": "Bramley"},
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (collection(), "no collection"),
        (json.dumps(feature()), "no collection"),
        (collection(feature(), feature()), "no property of its features"),
        (collection(feature(code="Armley", LAD25CD="")), "no property of its features"),
        (collection(feature(shape=[[[430149, 425504]] * 4])), "[430149, 425504] is no longitude and latitude"),
        (collection(feature(shape=[[[-1.5, None]] * 4])), "is no longitude"),
        (collection(feature(shape=[[[float("nan"), 53.8]] * 4])), "is no longitude"),
        (collection(feature(shape=SQUARE[0][:3])), "is no longitude"),
        (collection(feature(shape=[[*SQUARE[0][:3], [0, 0]]])), "is no longitude"),
        (collection(feature(shape=[])), "is no longitude"),
        (collection(feature(shape=[-1.5, 53.8], kind="Point")), "1 of Point"),
        (collection({**feature(), "geometry": None}), "1 of nothing"),
        (collection(feature(), properties={"exceededTransferLimit": True}), "only a part"),
        (collection(feature(), crs={"type": "name", "properties": {"name": "EPSG:27700"}}), "EPSG:27700"),
    ],
)  # fmt: skip
def test_boundaries_that_no_map_can_use_are_refused(workspace, write, text, said):
    problems = refused(write("wards.geojson", text), workspace)
    assert {problem.code for problem in problems} == {"AN031"}
    assert any(said in problem.what for problem in problems)


@pytest.mark.parametrize("text", ['{"type": ', '{"a":' * 100_000])
def test_json_that_is_damaged_is_refused(workspace, write, text):
    assert [problem.code for problem in refused(write("wards.geojson", text), workspace)] == ["AN020"]


def test_boundaries_in_full_detail_are_refused(workspace, write, monkeypatch):
    monkeypatch.setattr("anchor_analysis.read.reference_boundaries.LARGEST", 100)
    [problem] = refused(write("wards.geojson", collection(feature())), workspace)
    assert (problem.code, "generalised" in problem.remedy) == ("AN020", True)


@pytest.mark.parametrize("name", ["urn:ogc:def:crs:OGC:1.3:CRS84", "EPSG:4326", "urn:ogc:def:crs:EPSG::4326"])
def test_every_name_of_degrees_is_known(workspace, write, name):
    text = collection(feature(), crs={"type": "name", "properties": {"name": name}})
    assert add_reference(write("wards.geojson", text), workspace)["rows"] == 1


# --- what is declared ---


def test_no_hash_is_declared_without_its_source():
    declared = next(iter(load_catalogue().references.values())).model_dump()
    for change in ({"sha256": "0" * 64}, {"source": "taken on a day"}, {"url": "http://example.org/file.csv"}):
        with pytest.raises(UserError):
            build(ReferenceSource, declared | {"sha256": "", "source": "needed"} | change, Path("x"))


# --- real files ---


@pytest.mark.real
@pytest.mark.parametrize(
    ("file", "name", "rows"),
    [
        ("lsoa11_lsoa21_west_yorkshire.csv", "lsoa11-lsoa21", 1406),
        ("lsoa21_ward24_leeds.csv", "lsoa21-wd24", 488),
        ("leeds_population_2020_lsoa11.csv", "leeds_population_2020_lsoa11", 2 * 482),
        ("wards_2025_leeds.geojson", "boundaries-wd25", 33),
    ],
)
def test_real_files_of_every_kind_are_taken_whole(workspace, real_data, file, name, rows):
    about = add_reference(real_data / "geography" / file, workspace)
    assert (about["id"], about["rows"], about["left_out"]) == (name, rows, 0)


@pytest.mark.real
def test_real_changes_of_small_areas_are_those_of_the_file(workspace, real_data):
    add_reference(real_data / "geography" / "lsoa11_lsoa21_west_yorkshire.csv", workspace)
    changes = [row["change"] for row in table(workspace, "lsoa11-lsoa21")]
    assert {change: changes.count(change) for change in "USM"} == {"U": 1367, "S": 35, "M": 4}


@pytest.mark.real
def test_real_boundaries_are_those_of_the_wards_of_leeds(workspace, real_data):
    add_reference(real_data / "geography" / "wards_2025_leeds.geojson", workspace)
    named = {row["code"]: row["name"] for row in table(workspace, "boundaries-wd25")}
    assert named == {code: ward.name for code, ward in load_catalogue().wards["leeds_wards"].wards.items()}


@pytest.mark.real
def test_real_residents_of_working_age_add_up(workspace, real_data):
    path = real_data / "geography" / "leeds_population_2020_lsoa11.csv"
    add_reference(path, workspace)
    rows = table(workspace, "leeds_population_2020_lsoa11")
    working = sum(row["value"] for row in rows if row["category"] == "aged_16_to_64_mid_2020")
    assert working == pd.read_csv(path)["aged_16_to_64_mid_2020"].sum()
