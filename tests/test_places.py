"""Postcodes and areas: what each postcode is, where it lies, what an area is made of, and what is only suggested."""

import re
from pathlib import Path

import pandas as pd
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from anchor_analysis import storage
from anchor_analysis.clean import values
from anchor_analysis.engine import open_engine
from anchor_analysis.locate.postcodes import AREAS, CLASSES, locate_postcodes
from anchor_analysis.running.slips import MOST_ROWS, postcode_slips
from tests import oracle_places
from tests.oracle_places import Listed
from tests.spec import HEAD
from tests.steps import MEMBER, Steps, as_directory

ROOT = Path(__file__).resolve().parents[1]

DIRECTORY = as_directory(pd.DataFrame([
    {"postcode": "LX11AA", "lad": "E08000035", "region": "E12000003", "ward": "E05011385", "lsoa21": "E01000001",
     "lsoa11": "E01000009", "msoa21": "E02000001", "msoa11": "E02000009"},
    {"postcode": "LX11AB", "lad": "E08000035", "region": "E12000003", "ward": "E05011407", "terminated": 201806},
    {"postcode": "LX22BB", "lad": "E08000036", "region": "E12000003", "ward": "E05001347", "large_user": True},
    {"postcode": "LX22BC", "lad": "E08000036", "terminated": 199901, "large_user": True},
    {"postcode": "LX33CC"},
    {"postcode": "CF101AA", "lad": "W06000015"},
    {"postcode": "JE23AB"},
    {"postcode": "LX10AA", "lad": "E08000035"},
]))  # fmt: skip
LISTED = {
    row.postcode: Listed(
        "" if pd.isna(row.lad) else row.lad,
        "" if pd.isna(row.terminated) else str(row.terminated),
        row.large_user is True or row.large_user == True,  # noqa: E712 - a missing value is neither
    )
    for row in DIRECTORY.fillna({"large_user": False}).itertuples()
}

#: What is written, the class it has, and where it places somebody for a network in Leeds.
SPELLINGS = [
    ("LX1 1AA", "live", "in_area"),
    ("lx11aa", "live", "in_area"),
    (" L X-1\u00a01.a a\n", "live", "in_area"),
    ("\uff2c\uff38\uff11\u3000\uff11\uff41\uff41", "live", "in_area"),  # full-width
    ("LX1\u200b 1AA\ufeff", "live", "in_area"),
    ("(LX1 1AA)", "live", "in_area"),
    ("L\u0425\u0031 1AA", "not_a_postcode", "unknown"),  # a Cyrillic letter that looks like X
    ("LX1 1AB", "terminated", "in_area"),
    ("LX2 2BB", "large_user", "elsewhere"),
    ("LX2 2BC", "terminated", "elsewhere"),
    ("LX3 3CC", "no_area", "unknown"),
    ("LX9 9ZZ", "not_in_directory", "unknown"),
    ("", "no_postcode", "unknown"),
    (" \u00a0", "no_postcode", "unknown"),
    ("Redacted", "redacted", "unknown"),
    ("REDACTED PERSONAL DATA", "redacted", "unknown"),
    ("name withheld", "redacted", "unknown"),
    ("XXX XXX", "redacted", "unknown"),
    ("*** ***", "redacted", "unknown"),
    ("LS", "outward_only", "unknown"),
    ("LS6", "outward_only", "unknown"),
    ("LS6 1", "outward_only", "unknown"),
    ("EC1A", "outward_only", "unknown"),
    ("LS6 ***", "outward_only", "unknown"),
    ("ZZ99 3VZ", "no_fixed_abode", "unknown"),
    ("zz993wz", "not_known", "unknown"),
    ("ZZ99 3CZ", "somewhere_in_england", "unknown"),
    ("ZZ99 3GZ", "somewhere_in_wales", "elsewhere"),
    ("ZZ99 1WZ", "somewhere_in_scotland", "elsewhere"),
    ("ZZ99 2WZ", "somewhere_in_northern_ireland", "elsewhere"),
    ("ZZ99 6AZ", "overseas", "elsewhere"),
    ("ZZ99", "not_a_postcode", "unknown"),
    ("BF1 0ZZ", "forces", "unknown"),
    ("BFPO 40", "forces", "unknown"),
    ("JE2 3AB", "crown_dependency", "elsewhere"),  # in the directory, without an area
    ("GY9 0ZZ", "crown_dependency", "elsewhere"),
    ("IM9", "crown_dependency", "elsewhere"),
    ("N/A", "not_a_postcode", "unknown"),
    ("TBC", "not_a_postcode", "unknown"),
    ("?", "not_a_postcode", "unknown"),
    ("LX1 1A", "not_a_postcode", "unknown"),
    ("LX1 1AA / LX1 1AB", "not_a_postcode", "unknown"),
    ("LXl 1AA", "not_a_postcode", "unknown"),  # an l for the 1: suggested, never corrected
]


def classes(written: list[str], engine_name: str, folder: Path) -> list[str]:
    """What the library says of cells, by an engine."""
    engine = open_engine(engine_name)
    cells = pd.DataFrame({"cell": pd.Series(written, dtype="str"), "at": range(len(written)), "source_spaced": True})
    for name, frame in {"cells": cells, "directory": DIRECTORY}.items():
        storage.write_frame(frame, folder / f"{name}.parquet")
    rows = engine.scan([folder / "cells.parquet"]).with_columns(values.postcode(values.stripped("cell")).alias("code"))
    located = locate_postcodes(rows, "code", engine.scan([folder / "directory.parquet"]))
    return engine.observe(located.sort("at").select("postcode_class"))["postcode_class"].tolist()


@pytest.mark.parametrize("engine", ["duckdb", "polars"])
def test_every_spelling_has_its_class_on_every_engine(engine, tmp_path):
    found = classes([written for written, _, _ in SPELLINGS], engine, tmp_path)
    assert dict(zip([one[0] for one in SPELLINGS], found, strict=True)) == {one[0]: one[1] for one in SPELLINGS}


def test_the_oracle_says_the_same_from_the_prose():
    assert {one[0]: oracle_places.kind_of(one[0], LISTED) for one in SPELLINGS} == {one[0]: one[1] for one in SPELLINGS}


signs = st.text(st.sampled_from("LXSEJYIMBFPOZ0123456789AWGC *-\u00a0\uff11\uff21\u00dfé?"), max_size=9)
pseudo = st.builds("ZZ99 {}{}".format, st.sampled_from("0123"), st.sampled_from(["VZ", "WZ", "CZ", "GZ", "AA", "1Z"]))


@given(st.lists(signs | pseudo, min_size=1, max_size=30))
def test_the_class_of_anything_that_is_typed_is_the_oracles(tmp_path_factory, written):
    ours = [oracle_places.kind_of(one, LISTED) for one in written]
    assert classes(written, "duckdb", tmp_path_factory.mktemp("typed")) == ours


def test_the_classes_are_those_of_the_schema_and_of_the_page():
    tables = {"workforce": ("home_class", []), "ledger": ("supplier_class", ["no_supplier_record"])}
    for table, (column, more) in tables.items():
        schema = yaml.safe_load((ROOT / f"anchor_analysis/definitions/schema/{table}.yaml").read_text(encoding="utf-8"))
        assert set(schema["located"][column]["categories"]) == {*CLASSES, *more}
    page = (ROOT / "docs" / "places.md").read_text(encoding="utf-8")
    assert set(re.findall(r"^\| `(\w+)` \|", page, re.MULTILINE)) == {*CLASSES, "no_supplier_record"}


# --- places, areas ---


def write_staff(steps: Steps, postcodes: list[str]) -> None:
    rows = [f'{at},1,yes,permanent,1,"{one}",,\n' for at, one in enumerate(postcodes)]
    header = "employee_id,assignment_id,primary,contract,fte,home_postcode,start_date,leave_date\n"
    steps.send("workforce.csv", header + "".join(rows))


def network(folder: Path, area: str) -> Steps:
    """A network of one member with another area."""
    head = HEAD.format(people="open_data", spend="open_data", confidentiality="shared")
    text = head.replace('local_authorities = ["E08000035"]', area)
    storage.write_text(folder / "networks" / "example" / "network.toml", text + MEMBER)
    from anchor_analysis.declared import load_network

    return Steps(folder, load_network(storage.Workspace(folder), "example"))


LEEDS = 'local_authorities = ["E08000035"]'


def placed(steps: Steps, postcodes: list[str]) -> pd.DataFrame:
    write_staff(steps, postcodes)
    return steps.frame(steps.located(DIRECTORY) / "workforce")


def test_every_class_lies_where_it_means(tmp_path):
    found = placed(network(tmp_path, LEEDS), [one[0].strip() for one in SPELLINGS])
    assert found["home_place"].tolist() == [one[2] for one in SPELLINGS]
    assert found["home_class"].tolist() == [one[1] for one in SPELLINGS]


@pytest.mark.parametrize(
    ("area", "places"),
    [
        (LEEDS, ["unknown", "elsewhere", "elsewhere"]),
        ('local_authorities = ["W06000015"]', ["elsewhere", "unknown", "elsewhere"]),
        ('local_authorities = ["E08000035", "W06000015"]', ["unknown", "unknown", "elsewhere"]),
    ],
)
def test_a_nation_is_elsewhere_unless_the_area_is_there(tmp_path, area, places):
    found = placed(network(tmp_path, area), ["ZZ99 3CZ", "ZZ99 3GZ", "ZZ99 1WZ"])
    assert found["home_place"].tolist() == places


def test_a_place_has_all_its_areas_and_the_month_its_postcode_ended(tmp_path):
    found = placed(network(tmp_path, LEEDS), ["LX1 1AA", "LX1 1AB", "LX2 2BB", "ZZ99 6AZ", "LS6"])
    areas = found[["home_terminated", *(f"home_{name}" for name in AREAS)]].astype(object)
    areas = areas.where(areas.notna(), None)
    unknown = ["unknown"] * 4
    assert areas.values.tolist() == [
        [None, "E08000035", "E12000003", "E05011385", "E01000009", "E01000001", "E02000009", "E02000001"],
        [201806, "E08000035", "E12000003", "E05011407", *unknown],
        [None, "E08000036", "E12000003", *["elsewhere"] * 5],
        [None, *["elsewhere"] * 7],
        [None, *["unknown"] * 7],
    ]


def test_an_area_may_be_made_of_wards_and_of_smaller_areas(tmp_path):
    for codes in (["E05011385"], ["E01000001"], ["E01000009"], ["E02000001"]):
        steps = network(tmp_path / codes[0], f"codes = {codes}".replace("'", '"'))
        found = placed(steps, ["LX1 1AA", "LX1 1AB", "LX2 2BB", "LX1 0AA"])
        # of LX1 1AB the ward alone is known, of LX1 0AA only the authority, in which the area lies
        ward = "elsewhere" if codes == ["E05011385"] else "unknown"
        assert found["home_place"].tolist() == ["in_area", ward, "elsewhere", "unknown"]


def test_an_area_of_nothing_is_refused(tmp_path):
    with pytest.raises(Exception, match="neither local_authorities nor codes"):
        network(tmp_path, "")


def test_a_metric_of_the_networks_own_may_be_broken_down_by_any_area(tmp_path):
    steps = network(tmp_path, LEEDS)
    metrics = [steps.network.catalogue.metric("staff")]
    located = placed(steps, ["LX1 1AA", "LX2 2BB", "LX2 2BC"]) is not None and tmp_path / "located-duckdb"
    from anchor_analysis.measure import combined, sums_from_rows

    paths, areas = sorted(located.glob("*/workforce/*.parquet")), ["home_lad", "home_region", "home_msoa21"]
    schema, engine = steps.network.catalogue.schema["workforce"], open_engine()
    rows = combined(paths, metrics, schema, engine, tmp_path / "combined.parquet", areas)
    sums = {
        by: sums_from_rows(rows, metrics, schema, engine, by).set_index("group")["numerator"].to_dict() for by in areas
    }
    assert sums == {
        "home_lad": {"E08000035": 1, "E08000036": 2},
        "home_region": {"E12000003": 2, "elsewhere": 1},
        "home_msoa21": {"E02000001": 1, "elsewhere": 2},
    }


# --- slips ---


def slips(steps: Steps, postcodes: list[str], directory: pd.DataFrame = DIRECTORY) -> list[str]:
    write_staff(steps, postcodes)
    located = steps.located(directory)

    class Return:
        pass

    Return.located = located
    return [str(problem) for problem in postcode_slips([Return], open_engine(steps.engine_name))]


@pytest.mark.parametrize("engine", ["duckdb", "polars"])
def test_a_slip_is_suggested_by_its_row_and_not_corrected(tmp_path, engine):
    steps = network(tmp_path, LEEDS)
    steps.engine_name = engine
    (said,) = slips(steps, ["LX1 1AA", "LXl 1AA", "LX1 OAA", "1X2 2BB", "LX5 5EE", "ZZ99 3VZ", "TBC"])
    assert "workforce.csv, home_postcode: 3 postcodes are not in the directory" in said and "rows 3, 4, 5." in said
    assert not re.search("LX|1X", said) and "AN037" in said
    found = steps.frame(tmp_path / f"located-{engine}" / "a.2023-24" / "workforce")
    assert found["home_place"].tolist()[1:4] == ["unknown"] * 3


def test_a_slip_that_two_postcodes_would_mend_is_not_suggested(tmp_path):
    both = as_directory(pd.DataFrame({"postcode": ["L111AA", "LL11AA"], "lad": ["E08000012", "W06000006"]}))
    assert slips(network(tmp_path / "two", LEEDS), ["L1I 1AA"], both) == []
    assert slips(network(tmp_path / "one", LEEDS), ["L1I 1AA"], both.head(1)) != []


def test_of_many_slips_the_first_rows_are_named_and_the_rest_counted(tmp_path):
    (said,) = slips(network(tmp_path, LEEDS), ["LXl 1AA"] * (MOST_ROWS + 5))
    assert f"{MOST_ROWS + 5} postcodes are" in said and "and 5 more." in said


# --- privacy ---

#: Letters and figures in the form of a postcode, with or without its space.
LIKE_A_POSTCODE = re.compile(
    r"(?<![A-Z0-9])(?:[A-Z]{1,2}[0-9][0-9A-Z]? ?[0-9][A-Z]{2}|ZZ99 ?[0-9][A-Z]{2})(?![A-Z0-9])", re.IGNORECASE
)


def texts_of(path: Path) -> list[str]:
    frame = pd.read_parquet(path)
    return [text for column in frame.select_dtypes(["object", "str"]) for text in frame[column].dropna().unique()]


def test_no_file_after_locating_holds_a_postcode(demonstration):
    processed = demonstration.processed("demonstration")
    later = [*processed.glob("located/**/*.parquet"), *processed.glob("results/**/*.parquet")]
    editions = sorted(demonstration.editions("demonstration").rglob("*.parquet"))
    for path in [*later, *editions]:
        held = [text for text in texts_of(path) if LIKE_A_POSTCODE.search(str(text))]
        assert not held, (path.name, held[:3])
    assert len(later) > 100 and editions
    texts = [*processed.glob("results/**/*.json"), *demonstration.editions("demonstration").rglob("*.html"),
             *demonstration.editions("demonstration").rglob("*.json")]  # fmt: skip
    assert texts
    for path in texts:
        without_pictures = re.sub(r"data:image/png;base64,[^\"]*", "", path.read_text(encoding="utf-8"))
        without_hashes = re.sub(r"\b[0-9a-f]{12,64}\b", "", without_pictures)
        assert not LIKE_A_POSTCODE.search(without_hashes), path.name


def test_a_postcode_would_be_noticed_in_a_cleaned_file(demonstration):
    cleaned = next(demonstration.processed("demonstration").glob("cleaned/*/larkmere_hospitals/*/workforce/*.parquet"))
    assert any(LIKE_A_POSTCODE.search(str(text)) for text in texts_of(cleaned))


@pytest.mark.parametrize("name", ["anchor_analysis/locate", "anchor_analysis/clean", "anchor_analysis/measure"])
def test_no_room_that_sees_rows_can_send_anything_anywhere(name):
    for path in (ROOT / name).glob("*.py"):
        imported = re.findall(r"^\s*(?:from|import) (\w+)", path.read_text(encoding="utf-8"), re.MULTILINE)
        assert not {"urllib", "http", "socket", "requests", "httpx", "ftplib"} & set(imported), path.name
