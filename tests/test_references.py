"""Adding reference data: what is recognised, what it becomes, and what is refused."""

import csv

import pandas as pd
import pyarrow.parquet as pq
import pytest

from anchor_analysis import storage
from anchor_analysis.problems import UserError
from anchor_analysis.read import add_reference, list_references, reference_about, reference_table

NSPL_MAY_2025 = [
    "pcd", "pcd2", "pcds", "dointr", "doterm", "usertype", "oa21", "laua", "ward", "rgn", "lsoa21", "lsoa11",
    "msoa21", "msoa11", "imd",
]  # fmt: skip
ONSPD_2025 = [{"laua": "oslaua", "ward": "osward"}.get(header, header) for header in NSPL_MAY_2025]
NSPL_LATE_2025 = [
    "pcd7", "pcd8", "pcds", "dointr", "doterm", "usrtypind", "oa21cd", "lad25cd", "wd25cd", "rgn25cd", "lsoa21cd",
    "lsoa11cd", "msoa21cd", "msoa11cd", "imd20ind",
]  # fmt: skip
NSPL_2026 = [header.upper().replace("25", "26").replace("IMD20", "IMD25") for header in NSPL_LATE_2025]

LEEDS = [
    "LS1 1UR",
    "LS1  1UR",
    "LS1 1UR",
    "199306",
    "",
    "0",
    "E00170000",
    "E08000035",
    "E05011403",
    "E12000003",
    "E01033010",
    "E01011100",
    "E02006875",
    "E02002419",
    "5",
]
GONE = [
    "AB1 0AA",
    "AB1  0AA",
    "AB1 0AA",
    "198001",
    "199606",
    "1",
    "",
    "S12000033",
    "S13002843",
    "S99999999",
    "S01013001",
    "S01006514",
    "S02002490",
    "S02001236",
    "",
]

RANK = "Index of Multiple Deprivation (IMD) Rank (where 1 is most deprived)"
DECILE = "Index of Multiple Deprivation (IMD) Decile (where 1 is most deprived 10% of LSOAs)"


@pytest.fixture
def workspace(tmp_path):
    return storage.Workspace(tmp_path / "workspace")


@pytest.fixture
def directory(tmp_path):
    """Writes a directory of the given rows, each a change to the row of one postcode in Leeds."""

    def write(*changes, name="nspl_2025-05.csv", headers=NSPL_LATE_2025, rows=()):
        changed = [{**dict(zip(headers, LEEDS, strict=True)), **change} for change in changes]
        return save(tmp_path / name, headers, [*rows, *([row[header] for header in headers] for row in changed)])

    return write


@pytest.fixture
def deprivation(tmp_path):
    """Writes File 7 with these ranks and deciles, in the order of the LSOAs."""

    def write(ranks, deciles=None, year=2021, name="File_7.csv", more=()):
        deciles = deciles or [1] * len(ranks)
        rows = [
            [f"E010{n:05d}", rank, decile, *more] for n, (rank, decile) in enumerate(zip(ranks, deciles, strict=True))
        ]
        return save(tmp_path / name, [f"LSOA code ({year})", RANK, DECILE, *more], rows)

    return write


def save(path, headers, rows):
    with path.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows([headers, *rows])
    return path


def table(workspace, name):
    return pq.ParquetFile(reference_table(workspace, name)).read().to_pylist()


def refused(*arguments, **options):
    with pytest.raises(UserError) as error:
        add_reference(*arguments, **options)
    return error.value.problems


# --- postcode directories ---


@pytest.mark.parametrize("headers", [NSPL_MAY_2025, ONSPD_2025, NSPL_LATE_2025, NSPL_2026])
def test_directories_of_every_generation_become_the_same_table(workspace, directory, headers):
    about = add_reference(directory(headers=headers, rows=[LEEDS, GONE]), workspace)
    assert (about["kind"], about["rows"]) == ("postcodes", 2)
    assert table(workspace, "nspl-2025-05") == [
        {
            "postcode": "AB10AA",
            "introduced": 198001,
            "terminated": 199606,
            "large_user": True,
            "lad": "S12000033",
            "ward": "S13002843",
            "region": None,
            "lsoa11": "S01006514",
            "lsoa21": "S01013001",
            "msoa11": "S02001236",
            "msoa21": "S02002490",
        },
        {
            "postcode": "LS11UR",
            "introduced": 199306,
            "terminated": None,
            "large_user": False,
            "lad": "E08000035",
            "ward": "E05011403",
            "region": "E12000003",
            "lsoa11": "E01011100",
            "lsoa21": "E01033010",
            "msoa11": "E02002419",
            "msoa21": "E02006875",
        },
    ]


def test_codes_that_mean_no_code_become_missing(workspace, directory):
    changes = {"wd25cd": "E99999999", "lad25cd": "L99999999", "msoa11cd": "N99999999", "lsoa21cd": "", "lsoa11cd": " "}
    add_reference(directory(changes), workspace)
    [row] = table(workspace, "nspl-2025-05")
    assert [row[name] for name in ("ward", "lad", "msoa11", "lsoa21", "lsoa11")] == [None] * 5


def test_a_directory_may_lack_the_older_lsoas_and_the_terminated_postcodes(workspace, directory):
    headers = ["pcd7", "lad25cd", "wd25cd", "lsoa21cd"]
    rows = [["LS11UR", "E08000035", "E05011403", "E01033010"]]
    add_reference(directory(headers=headers, rows=rows), workspace)
    [row] = table(workspace, "nspl-2025-05")
    assert {name: value for name, value in row.items() if value is not None} == {
        "postcode": "LS11UR", "lad": "E08000035", "ward": "E05011403", "lsoa21": "E01033010",
    }  # fmt: skip


def test_what_a_directory_lacks_is_said(workspace, directory):
    headers = ["pcd7", "lad25cd", "wd25cd", "lsoa21cd"]
    about = add_reference(
        directory(headers=headers, rows=[["LS11UR", "E08000035", "E05011403", "E01033010"]]), workspace
    )
    assert about["columns"]["lad"] == "lad25cd"
    assert [name for name, header in about["columns"].items() if header is None] == [
        "introduced", "terminated", "large_user", "region", "lsoa11", "msoa11", "msoa21",
    ]  # fmt: skip


def test_codes_of_the_islands_are_kept(workspace, directory):
    add_reference(directory({"pcds": "JE2 3AB", "lad25cd": "L93000001", "lsoa21cd": "M83000003"}), workspace)
    [row] = table(workspace, "nspl-2025-05")
    assert (row["lad"], row["lsoa21"]) == ("L93000001", "M83000003")


def test_old_area_codes_of_northern_ireland_are_codes(workspace, directory):
    add_reference(directory({"pcds": "BT1 1AA", "lsoa11cd": "95GG01S1"}), workspace)
    assert table(workspace, "nspl-2025-05")[0]["lsoa11"] == "95GG01S1"


@pytest.mark.parametrize(
    ("file", "name"),
    [
        ("nspl_2025-05_west_yorkshire.csv", "nspl-2025-05"),
        ("nspl_2025_05.csv", "nspl-2025-05"),
        ("NSPL_MAY_2025_UK.csv", "nspl-2025-05"),
        ("ONSPD_FEB_2026_UK.csv", "onspd-2026-02"),
        ("NSPL21_AUG_2025[1].csv", "nspl-2025-08"),
    ],
)
def test_a_directory_is_named_by_the_month_in_its_files_name(workspace, directory, file, name):
    about = add_reference(directory({}, name=file), workspace)
    assert (about["id"], about["vintage"], about["source"]) == (name, name.partition("-")[2], file)
    assert [reference["id"] for reference in list_references(workspace)] == [name]


@pytest.mark.parametrize(
    ("named", "beside"), [("nspl[1]_2025-05.csv", "nspl1_2025-05.csv"), ("n*_2025-05.csv", "ns_2025-05.csv")]
)
def test_signs_in_a_files_name_are_no_pattern(workspace, directory, named, beside):
    directory({"pcds": "LS9 9AA"}, name=beside)
    add_reference(directory({}, name=named), workspace)
    assert [row["postcode"] for row in table(workspace, "nspl-2025-05")] == ["LS11UR"]


@pytest.mark.parametrize("file", ["directory.csv", "nspl_2025.csv", "nspl_2025-13.csv", "nspl_20250512.csv"])
def test_a_directory_without_a_month_needs_one(workspace, directory, file):
    [problem] = refused(directory({}, name=file), workspace)
    assert (problem.code, problem.where) == ("AN031", file)
    assert "--vintage" in problem.remedy


def test_name_and_vintage_can_be_given(workspace, directory):
    about = add_reference(directory({}, name="directory.csv"), workspace, "ours", "2024-11")
    assert (about["id"], about["vintage"], len(table(workspace, "ours"))) == ("ours", "2024-11", 1)


@pytest.mark.parametrize("name", ["../elsewhere", "Capital", "two words", ".hidden"])
def test_a_name_that_is_no_plain_name_is_refused(workspace, directory, name):
    assert [problem.code for problem in refused(directory({}), workspace, name)] == ["AN005"]


@pytest.mark.parametrize(
    ("changes", "place", "shown"),
    [
        ([{}, {}], "postcode", '"LS11UR"'),
        ([{}, {"pcds": "ls11ur"}], "postcode", '"LS11UR"'),
        ([{"pcds": "LS1"}], "postcode", '"LS1"'),
        ([{"pcds": ""}], "postcode", "blank"),
        ([{"lad25cd": "00DA"}], "lad", '"00DA"'),
        ([{"wd25cd": "Armley"}], "ward", '"Armley"'),
        ([{"lsoa21cd": "E0103301"}], "lsoa21", '"E0103301"'),
        ([{"dointr": "1980-01"}], "introduced", '"1980-01"'),
        ([{"usrtypind": "L"}], "large_user", '"L"'),
        ([{"doterm": "2013"}], "terminated", '"2013"'),
        ([{"doterm": "201313"}], "terminated", '"201313"'),
    ],
)
def test_repeated_and_garbled_codes_are_refused_and_shown(workspace, directory, changes, place, shown):
    [problem] = refused(directory(*changes), workspace)
    assert (problem.code, problem.where) == ("AN031", f"nspl_2025-05.csv, {place}")
    assert shown in problem.what


def test_all_faults_of_a_file_come_at_once(workspace, directory):
    problems = refused(directory({"lad25cd": "x", "wd25cd": "y"}), workspace)
    assert [problem.where for problem in problems] == ["nspl_2025-05.csv, lad", "nspl_2025-05.csv, ward"]


def test_a_row_that_broke_off_is_named(workspace, directory):
    path = directory({}, {"pcds": "LS1 1AA"})
    path.write_bytes(path.read_bytes()[:-30])
    [problem] = refused(path, workspace)
    assert (problem.code, problem.where) == ("AN031", "nspl_2025-05.csv, line 3")


@pytest.mark.parametrize(
    ("headers", "what"),
    [
        (["pcds", "wd25cd", "lsoa21cd"], "no column for lad"),
        (["pcds", "lad25cd", "wd25cd"], "no column for lsoa11, lsoa21"),
        (["pcds", "lad24cd", "lad25cd", "wd25cd", "lsoa21cd"], "more than one column could be lad"),
        (["name", "age"], "no reference data that is known"),
        ([], "no reference data that is known"),
    ],
)
def test_a_file_that_is_no_directory_is_refused(workspace, directory, headers, what):
    [problem] = refused(directory(headers=headers), workspace)
    assert problem.code == "AN031"
    assert what in problem.what


def test_a_directory_without_rows_is_refused(workspace, directory):
    assert "no rows" in refused(directory(), workspace)[0].what


# --- deprivation ---


@pytest.mark.parametrize(("year", "name"), [(2011, "imd-2019"), (2021, "imd-2025")])
def test_file_7_is_named_by_its_release(workspace, deprivation, year, name):
    about = add_reference(deprivation([2, 1, 3], [1, 1, 2], year), workspace)
    assert (about["id"], about["kind"], about["lsoa_year"], about["rows"]) == (name, "deprivation", year, 3)
    assert table(workspace, name) == [
        {"lsoa": "E01000000", "rank": 2, "decile": 1, "score": None, "population": None, "quintile": 1},
        {"lsoa": "E01000001", "rank": 1, "decile": 1, "score": None, "population": None, "quintile": 1},
        {"lsoa": "E01000002", "rank": 3, "decile": 2, "score": None, "population": None, "quintile": 1},
    ]


@pytest.mark.parametrize("header", ["Total population: mid 2022", "Total population: mid 2015 (excluding prisoners)"])
def test_score_and_population_are_taken_where_file_7_has_them(workspace, tmp_path, header):
    headers = ["LSOA code (2021)", "Index of Multiple Deprivation (IMD) Score", RANK, DECILE, header, "Income Score"]
    add_reference(save(tmp_path / "File_7.csv", headers, [["E01000001", "40.5", "1", "1", "1,612", "0.2"]]), workspace)
    [row] = table(workspace, "imd-2025")
    assert (row["score"], row["population"]) == (40.5, 1612)


def test_a_fifth_is_two_tenths(workspace, deprivation):
    add_reference(deprivation(range(1, 11), range(1, 11), name="ten.csv"), workspace)
    assert [row["quintile"] for row in table(workspace, "imd-2025")] == [1, 1, 2, 2, 3, 3, 4, 4, 5, 5]


def test_lsoas_may_share_a_rank_as_some_of_2019_do(workspace, deprivation):
    assert add_reference(deprivation([1, 2, 2, 4]), workspace)["rows"] == 4


@pytest.mark.parametrize("ranks", [[1, 2, 4], [2, 3, 4], [1, 2, 2, 3], [1, 1, 2]])
def test_ranks_with_a_gap_are_refused(workspace, deprivation, ranks):
    [problem] = refused(deprivation(ranks), workspace)
    assert (problem.code, problem.where) == ("AN031", "File_7.csv, rank")


@pytest.mark.parametrize("deciles", [[0, 1], [1, 11], ["", 1], ["one", 1]])
def test_deciles_that_are_none_are_refused(workspace, deprivation, deciles):
    [problem] = refused(deprivation([1, 2], deciles), workspace)
    assert (problem.code, problem.where) == ("AN031", "File_7.csv, decile")


def test_deciles_that_cross_the_ranks_are_refused(workspace, deprivation):
    [problem] = refused(deprivation([1, 2, 3], [1, 3, 2]), workspace)
    assert "lower rank has a higher decile" in problem.what


def test_the_release_of_2015_is_not_taken_for_that_of_2019(workspace, deprivation):
    [problem] = refused(deprivation([1, 2], year=2011, more=["Local Authority District code (2013)"]), workspace)
    assert problem.code == "AN031"


# --- adding, again and otherwise ---


def test_the_same_bytes_under_the_same_name_change_nothing(workspace, directory):
    first = add_reference(directory({}), workspace)
    before = reference_table(workspace, first["id"]).stat()
    assert add_reference(directory({}), workspace) == first
    assert reference_table(workspace, first["id"]).stat() == before


def test_other_bytes_take_the_place_of_the_old(workspace, directory):
    add_reference(directory({}), workspace)
    about = add_reference(directory({}, {"pcds": "LS1 1AA"}), workspace)
    assert about["rows"] == len(table(workspace, about["id"])) == 2


def test_a_file_that_is_refused_leaves_the_old_in_its_place(workspace, directory):
    about = add_reference(directory({}), workspace)
    refused(directory({"lad25cd": "x"}), workspace)
    assert list_references(workspace) == [about]
    assert sorted(path.name for path in workspace.reference().iterdir()) == ["nspl-2025-05"]


def test_the_same_file_gives_the_same_bytes(workspace, directory):
    rows = [
        [*LEEDS[:2], f"LS{n % 29 + 1} {n % 10}{a}{b}", *LEEDS[3:]] for n, a in enumerate("ABDEFGHJ") for b in "PQRSTU"
    ]
    for name in ("one", "two"):
        rows.reverse()
        add_reference(directory(rows=rows), workspace, name)
    first, second = (storage.file_hash(reference_table(workspace, name)) for name in ("one", "two"))
    assert first == second


def test_what_is_there_is_listed_by_name(workspace, directory, deprivation):
    add_reference(directory({}), workspace)
    add_reference(deprivation([1, 2]), workspace)
    assert [reference["id"] for reference in list_references(workspace)] == ["imd-2025", "nspl-2025-05"]


def test_what_a_run_left_behind_that_was_ended_is_not_listed(workspace, directory):
    about = add_reference(directory({}), workspace)
    storage.write_text(workspace.reference() / ".writing-x" / "about.json", storage.to_json({**about, "id": "half"}))
    assert list_references(workspace) == [about]


def test_what_an_ended_run_left_behind_is_cleared_away(workspace, directory):
    left = workspace.reference() / ".scratch-x" / "unpacked"
    storage.write_text(left, "half of a directory")
    add_reference(directory({}), workspace)
    assert [path.name for path in workspace.reference().iterdir()] == ["nspl-2025-05"]


def test_two_are_not_added_at_once(workspace, directory):
    with storage.locked(workspace.reference(), "another reference"):
        assert [problem.code for problem in refused(directory({}), workspace)] == ["AN011"]


@pytest.mark.parametrize(
    ("name", "content", "what"),
    [
        ("nspl.csv", b"", "is empty"),
        ("nspl.csv", "pcds,laua".encode("utf-16"), "in UTF-16"),
        ("nspl.xlsx", b"PK", "not from workbooks"),
        ("nspl.csv", None, "no such file"),
    ],
)
def test_a_file_that_cannot_be_opened_is_refused(workspace, tmp_path, name, content, what):
    if content is not None:
        (tmp_path / name).write_bytes(content)
    [problem] = refused(tmp_path / name, workspace)
    assert (problem.code, problem.where) == ("AN020", name)
    assert what in problem.what


# --- asking for a reference ---


def test_a_reference_is_found_by_name_and_kind(workspace, directory):
    about = add_reference(directory({}), workspace)
    assert reference_about(workspace, "nspl-2025-05", "postcodes") == about


@pytest.mark.parametrize(
    ("name", "kind", "remedy"),
    [
        ("nspl-2020-05", "postcodes", "name one that is there: nspl-2025-05"),
        ("nspl-2025-05", "deprivation", "reference add FILE --name nspl-2025-05"),
        ("", "postcodes", "[reference] in network.toml"),
    ],
)
def test_a_reference_that_is_not_there_is_missed_with_the_remedy(workspace, directory, name, kind, remedy):
    add_reference(directory({}), workspace)
    with pytest.raises(UserError) as error:
        reference_about(workspace, name, kind)
    [problem] = error.value.problems
    assert problem.code == "AN006"
    assert remedy in problem.remedy


# --- real files ---


@pytest.mark.real
def test_a_real_directory_is_taken_whole(workspace, real_data):
    path = real_data / "geography" / "nspl_2025-05_west_yorkshire.csv"
    add_reference(path, workspace)
    source = pd.read_csv(path, dtype=str)
    source["postcode"] = source["pcds"].str.replace(" ", "")
    source = source.sort_values("postcode")
    taken = pd.DataFrame(table(workspace, "nspl-2025-05"))
    for ours, theirs in {"postcode": "postcode", "lad": "lad25cd", "ward": "wd25cd", "lsoa21": "lsoa21cd"}.items():
        assert taken[ours].fillna("").tolist() == source[theirs].fillna("").tolist()


@pytest.mark.real
@pytest.mark.parametrize(("file", "rows"), [("imd2019_england.csv", 32_844), ("imd2025_england.csv", 33_755)])
def test_real_ranks_are_taken_whole(workspace, real_data, file, rows):
    path = real_data / "geography" / file
    about = add_reference(path, workspace)
    source = pd.read_csv(path).sort_values(pd.read_csv(path, nrows=0).columns[0])
    taken = pd.DataFrame(table(workspace, about["id"]))
    assert about["rows"] == len(taken) == rows
    assert taken["rank"].tolist() == source[RANK].tolist()
    assert taken["decile"].tolist() == source[DECILE].tolist()
