"""The demonstration: its bytes, its size, what is planted in it, and its answers counted again from its files.

The recount is plain pandas, written from the prose of the schema and the metrics; it uses nothing of the library.
"""

import ast
import json
import os
import re
import subprocess
import sys
import tomllib
from collections import Counter
from functools import cache, cached_property
from pathlib import Path

import pandas as pd
import pytest
import yaml

from anchor_analysis import storage
from anchor_analysis.declared import load_network
from anchor_analysis.demonstration import deprivation, make_demonstration
from anchor_analysis.demonstration.geography import other_list, read_areas
from anchor_analysis.demonstration.plan import LATEST, MEMBERS, YEARS, period
from tests.oracle_suppliers import places_elsewhere
from tests.plain_files import TABLES, read_return, without_blanks

ROOT = Path(__file__).resolve().parents[1]
ANSWERS = tomllib.loads((ROOT / "networks/demonstration/answers.toml").read_text(encoding="utf-8"))
SMALL = 0.02
LEEDS = "E08000035"
RANK, DECILE = (
    "Index of Multiple Deprivation (IMD) Rank (where 1 is most deprived)",
    "Index of Multiple Deprivation (IMD) Decile (where 1 is most deprived 10% of LSOAs)",
)

#: Every postcode area that Royal Mail uses, with the islands' and the forces'.
USED_AREAS = """
AB AL B BA BB BD BF BH BL BN BR BS BT BX CA CB CF CH CM CO CR CT CV CW DA DD DE DG DH DL DN DT DY E EC EH EN EX FK FY
G GL GU GY HA HD HG HP HR HS HU HX IG IM IP IV JE KA KT KW KY L LA LD LE LL LN LS LU M ME MK ML N NE NG NN NP NR NW
OL OX PA PE PH PL PO PR RG RH RM S SA SE SG SK SL SM SN SO SP SR SS ST SW SY TA TD TF TN TQ TR TS TW UB W WA WC WD WF
WN WR WS WV XX YO ZE ZZ
"""


REFUSED = {("copperbeech_college", "2021-22")}


class Made:
    """A demonstration that has been made, and its answers."""

    def __init__(self, folder: Path, raw: Path, reference: Path, answers: Path):
        self.folder, self.raw = folder, raw
        self.answers = json.loads(answers.read_text(encoding="utf-8"))
        self.directory = pd.read_csv(reference / "nspl_demonstration_2024-05.csv", dtype=str).fillna("")
        self.deprivation = pd.read_csv(reference / "imd2019_demonstration.csv")
        self.deprivation_other = pd.read_csv(reference / "imd2025_demonstration.csv")

    @cached_property
    def elsewhere(self) -> dict[str, dict[str, str]]:
        """By member and number, where a supplier is that only another member places; refused returns tell nothing."""
        sent = {(folder.name, folder.parent.name): folder for folder in self.returns()}
        whole = {who: folder for who, folder in sent.items() if who not in REFUSED}
        return places_elsewhere({who: self.tables(folder) for who, folder in whole.items()})

    def tables(self, folder: Path) -> dict[str, pd.DataFrame]:
        """The tables of a return."""
        return read_return(folder, ANSWERS)

    def year(self, label):
        return self.answers["years"][label]

    def returns(self, label="20*"):
        return sorted(self.raw.glob(f"{label}/*"))


class Small(Made):
    """One that is small enough to keep what has been read of it."""

    @cache  # noqa: B019 - one object for the whole module
    def tables(self, folder: Path) -> dict[str, pd.DataFrame]:
        return super().tables(folder)


@pytest.fixture(scope="module")
def small(tmp_path_factory) -> Small:
    folder = tmp_path_factory.mktemp("demonstration")
    files = folder / "raw", folder / "reference", folder / "answers.json"
    make_demonstration(*files, scale=SMALL)
    return Small(folder, *files)


@pytest.fixture(scope="module")
def whole(demonstration) -> Made:
    """The demonstration at full size, with which the workspace of the tests has been run."""
    raw = demonstration.raw("demonstration")
    return Made(raw, raw, raw / ".made", raw / ".made" / "answers.json")


def contents(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


# --- bytes, and what the room may use ---


def test_the_same_seed_gives_the_same_bytes_wherever_it_runs(small, tmp_path):
    code = (
        "import sys, pathlib; from concurrent.futures import ProcessPoolExecutor as Pool; "
        "from anchor_analysis.demonstration import make_demonstration as make; f = pathlib.Path(sys.argv[1]); "
        f"make(f / 'raw', f / 'reference', f / 'answers.json', scale={SMALL}, each=Pool(2).map)"
    )
    elsewhere = {**os.environ, "TZ": "Pacific/Auckland", "PYTHONHASHSEED": "7", "LC_ALL": "C", "PYTHONPATH": str(ROOT)}
    subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=True, env=elsewhere)
    assert contents(tmp_path) == contents(small.folder)


def test_another_seed_gives_other_people(small, tmp_path):
    make_demonstration(tmp_path / "raw", tmp_path / "reference", tmp_path / "answers.json", scale=SMALL, seed=1)
    other = json.loads((tmp_path / "answers.json").read_text(encoding="utf-8"))
    assert other["years"]["2023-24"]["staff_by_ward"] != small.year("2023-24")["staff_by_ward"]


def test_the_generator_uses_no_other_room():
    for path in (ROOT / "anchor_analysis" / "demonstration").glob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        modules = [node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
        modules += [alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names]
        ours = [name for name in modules if name.startswith("anchor_analysis")]
        assert all(name.startswith("anchor_analysis.demonstration") for name in ours), path.name


def test_the_plan_is_what_the_network_says():
    network = load_network(storage.Workspace(ROOT), "demonstration")
    assert [member.id for member in network.members] == [member.id for member in MEMBERS]
    for member in MEMBERS:
        said = network.member(member.id)
        assert (said.name, said.sector, tuple(said.levers)) == (member.name, member.sector, member.levers)
        assert tuple(said.known_as) == member.known_as
        for year in network.all_years():
            own = network.period_of(year, said)
            assert (own.start, own.end) == period(member, year.begins)
            joined = network.standing(said, year) == "member"
            assert joined == (year.begins in member.years)
            for table in ("workforce", "ledger"):
                note = network.decided(member.id, year, table)
                assert not note or note.status == member.status(table, year.begins)
    refused = {(member.id, year) for member in MEMBERS for year in member.refused}
    assert refused == {(n.member, int(n.year[:4])) for n in network.coverage if n.status == "refused"}
    told = network.answered
    left_out = {(member.id, year) for member in MEMBERS for year in (*member.wrong_file, *member.sent_again)}
    assert left_out == {(one.member, one.network_year.begins) for one in told.left_out}
    slips = {(member.id, year) for member in MEMBERS for year in member.slips}
    assert slips == {(one.member, one.network_year.begins) for one in told.corrections}


SENT_AGAIN = [("2021-22", "heronsgate_minds"), ("2022-23", "marlpit_university")]


# --- geography ---


def test_postcodes_have_a_valid_form_in_an_area_that_nobody_uses(small):
    assert "LX" not in USED_AREAS.split()
    form = re.compile(r"LX([1-9]|[1-5][0-9]|60) [0-9][ABDEFGHJLNPQRSTUWXYZ]{2}")
    assert all(form.fullmatch(postcode) for postcode in small.directory["pcds"])
    assert small.directory["pcds"].is_unique


def test_the_directory_has_its_publishers_columns_and_its_oddities(small):
    directory = small.directory
    columns = "pcd7 pcd8 pcds doterm usrtypind lad25cd rgn25cd wd25cd lsoa21cd lsoa11cd imd20ind lat long"
    assert list(directory.columns) == columns.split()
    assert (directory["pcd7"].str.len() == 7).all() and (directory["pcd8"].str.len() == 8).all()
    assert (directory["doterm"] != "").sum() > 100
    assert ((directory["lad25cd"] == LEEDS) & (directory["lsoa11cd"] == "")).sum() == 2
    assert (directory["lad25cd"] == "").sum() == 3
    assert (directory["usrtypind"] == "1").sum() > 100


def test_small_areas_nest_in_real_wards_and_ranks_and_deciles_agree(small):
    leeds = small.directory[(small.directory["lad25cd"] == LEEDS) & (small.directory["lsoa11cd"] != "")]
    wards = yaml.safe_load((ROOT / "anchor_analysis/definitions/areas/leeds_wards.yaml").read_text(encoding="utf-8"))
    assert set(leeds["wd25cd"]) == set(wards["wards"])
    assert leeds["lsoa11cd"].nunique() == 482 and (leeds.groupby("lsoa11cd")["wd25cd"].nunique() == 1).all()
    rank = small.deprivation[RANK]
    assert rank.is_unique and rank.between(1, 32844).all()
    assert (small.deprivation[DECILE] == -(-rank * 10 // 32844)).all()


LSOA = {"deprivation": ("lsoa11cd", "LSOA code (2011)"), "deprivation_other": ("lsoa21cd", "LSOA code (2021)")}


def small_areas(made: Made, release: str) -> pd.DataFrame:
    """The small areas of Leeds, each with its ward and what a release says of it."""
    column, code = LSOA[release]
    listed = made.directory[(made.directory["lad25cd"] == LEEDS) & (made.directory[column] != "")]
    areas = listed[[column, "wd25cd"]].drop_duplicates()
    assert areas[column].is_unique, "a small area lies in two wards"
    return areas.merge(getattr(made, release), left_on=column, right_on=code)


def test_the_second_release_ranks_areas_that_were_divided_and_joined(small):
    before, after = (set(small_areas(small, release)[column]) for release, (column, _) in LSOA.items())
    assert (len(before), len(after)) == (482, 488)
    assert len(before - after) == deprivation.DIVIDED + 2 * deprivation.JOINED
    pairs = small.directory[["lsoa11cd", "lsoa21cd"]].drop_duplicates()
    pairs = pairs[pairs["lsoa11cd"] != pairs["lsoa21cd"]]
    assert pairs["lsoa11cd"].duplicated().sum() == deprivation.DIVIDED
    assert pairs["lsoa21cd"].duplicated().sum() == deprivation.JOINED
    assert (small.deprivation_other[RANK].sort_values().to_numpy() == range(1, 33756)).all()


@pytest.mark.parametrize(("release", "tenth"), [("deprivation", 103), ("deprivation_other", 84)])
def test_each_release_puts_its_own_wards_first_by_score_and_by_share(small, release, tenth):
    areas = small_areas(small, release)
    people, score = areas.filter(like="Total population").iloc[:, 0], areas.filter(like="Score").iloc[:, 0]
    assert score.is_monotonic_decreasing == areas[RANK].is_monotonic_increasing
    assert (areas[DECILE] == 1).sum() == tenth
    by = areas["wd25cd"]
    first = [(score * people).groupby(by).sum() / people.groupby(by).sum(), (areas[DECILE] == 1).groupby(by).mean()]
    listed = yaml.safe_load(
        (ROOT / "anchor_analysis/definitions/areas/leeds_most_disadvantaged_wards_v1.yaml").read_text(encoding="utf-8")
    )["wards"]
    planted = listed if release == "deprivation" else other_list(listed)
    assert all(set(order.nlargest(7).index) == set(planted) for order in first)


def test_the_networks_second_list_is_the_one_that_is_planted():
    network, (_, first) = load_network(storage.Workspace(ROOT), "demonstration"), read_areas()
    assert sorted(network.disadvantaged_other.wards) == other_list(first)
    assert set(network.disadvantaged_other.wards) ^ set(first) == {deprivation.FALLS, deprivation.RISES}
    assert set(network.disadvantaged.wards) ^ set(first) == {"E05011386", "E05012647"}  # one by the code of 2018


# --- returns ---


#: Columns of which the demonstration's members tell nothing.
UNTOLD = ("basis", "irrecoverable_vat_gbp", "currency", "charity_number", "org_id")


def test_the_template_has_the_schemas_headers():
    for path in (ROOT / "anchor_analysis" / "definitions" / "schema").glob("*.yaml"):
        schema = yaml.safe_load(path.read_text(encoding="utf-8"))
        headers = [column.get("header", name) for name, column in schema["columns"].items()]
        told = TABLES[schema["table"]]
        if schema["table"] == "estate":  # its files have some of the columns, and begin with the site
            assert set(told) <= set(headers)
        else:
            assert [name for name in headers if name in told or name not in UNTOLD] == told


def test_every_table_of_a_return_is_found_in_its_files(small):
    for folder in small.returns():
        answer = small.year(folder.parent.name)["members"][folder.name]
        found = small.tables(folder).keys()
        figures = {"figures"} if answer["quality"] == "reported_total" else set()
        assert found == figures | answer["planted"].keys(), folder


def test_returns_come_in_every_shape_that_the_plan_names(small):
    shapes = Counter(path.suffix for path in small.folder.glob("raw/2023-24/*/*"))
    assert set(shapes) == {".csv", ".txt", ".zip", ".parquet", ".xlsx", ".ods"}
    starts = {path: path.read_bytes() for path in small.folder.glob("raw/2023-24/*/ledger*.???")}
    assert {content[:2] for content in starts.values()} >= {b"\xff\xfe", b"\xef\xbb", b"PK", b"Ow"}


def test_who_sends_what(small):
    assert len(small.returns("2023-24")) == 13  # of 14
    assert not (small.folder / "raw" / "2020-21" / "fernbank_care").exists()
    assert (small.folder / "raw" / "2021-22" / "copperbeech_college").exists()  # refused, and kept
    told = {path.parent.name for path in small.folder.glob("raw/2018-19/*/figures.csv")}
    assert told == {"heronsgate_minds", "marlpit_university", "northbeck_water"}
    assert {path.parent.name for path in small.folder.glob("raw/2023-24/*/figures.csv")} == {"larch_hill_arts"}


def test_every_kind_of_defect_survives_in_a_small_network(small):
    found = Counter()
    for member in small.year("2023-24")["members"].values():
        for table in member["planted"].values():
            for name, amount in table.items():
                parts = amount if isinstance(amount, dict) and name != "form" else {"": amount}
                found.update({f"{name} {part}": int(value != 0) for part, value in parts.items()})
    nations = [f"somewhere_in_{one}" for one in ("england", "wales", "scotland", "northern_ireland")]
    of_people = ["no_fixed_abode", "not_known", *nations]  # suppliers never are these
    never = {"lost_signs ", "lost_signs_pence "}  # not in the latest year
    never |= {f"{what}_by_class {kind}" for what in ("lines", "pence") for kind in of_people}
    assert {name for name, times in found.items() if not times} == never
    again = [small.year(year)["members"][who] for year, who in SENT_AGAIN]
    assert all(answer["planted"]["ledger"]["sent_again"] for answer in again)
    assert small.year("2020-21")["members"]["whinfell_university"]["planted"]["ledger"]["lost_signs"]
    refused = small.year("2021-22")["members"]["copperbeech_college"]
    assert refused["planted"]["ledger"]["control_totals_off_by_pence"] == 731250
    assert {"refused"} == set(refused["status"].values()) - {"not_applicable"} and not refused["metrics"]


def test_no_value_begins_with_what_a_spreadsheet_would_run(small):
    for folder in small.returns("2023-24"):
        for frame in small.tables(folder).values():
            cells = frame.drop(columns=[name for name in ("net_gbp", "value") if name in frame])
            assert not cells.apply(lambda column: column.str.match(r"[=+@-]")).any(axis=None)


# --- the answers, counted again ---


def read_days(column: pd.Series) -> pd.Series:
    forms = {r"\d{4}-": "%Y-%m-%d", r"\d\d/": "%d/%m/%Y", r".*-\d{4}$": "%d-%b-%Y", r".*-\d\d$": "%d-%b-%y"}
    filled = column[column != ""].str.slice(0, 11).str.strip()
    form = next((form for start, form in forms.items() if filled.str.match(start).all()), None)
    return pd.to_datetime(filled, format=form).reindex(column.index)


def read_pence(column: pd.Series) -> pd.Series:
    credit = column.str.contains(r"^\(|-")
    pence = (column.str.replace(r"[£,()\s-]", "", regex=True).astype(float) * 100).round().astype("int64")
    return pence.mask(credit, -pence)


#: What says by itself that somebody lives elsewhere: Wales, Scotland, Northern Ireland, abroad, the islands.
BEYOND = r"^(?:ZZ99(?:3GZ|1WZ|2WZ|[67][A-Z]Z)|(?:JE|GY|IM)\d)"


def join_places(made: Made, postcode: pd.Series) -> pd.DataFrame:
    """Local authority, ward and decile of each postcode; missing where it is not in the directory."""
    directory = made.directory.assign(key=made.directory["pcd7"].str.replace(" ", ""))
    places = directory.set_index("key")[["lad25cd", "wd25cd", "lsoa11cd", "lsoa21cd"]].replace("", None)
    code = postcode.str.upper().str.replace(r"[^A-Z0-9]", "", regex=True)
    found = places.reindex(code).reset_index(drop=True)
    found["beyond"] = code.str.contains(BEYOND).to_numpy() & found["lad25cd"].isna()
    deciles = {
        release: found[column].map(getattr(made, release).set_index(code)[DECILE])
        for release, (column, code) in LSOA.items()
    }
    return found.assign(decile=deciles["deprivation"], decile_other=deciles["deprivation_other"])


def recount_staff(made: Made, table: pd.DataFrame, snapshot: pd.Timestamp) -> tuple[dict, pd.DataFrame]:
    posts = without_blanks(table)
    start, leave = read_days(posts["start_date"]), read_days(posts["leave_date"])
    bank = posts["contract"].str.lower().isin(["bank", "casual", "zero hours"])
    employed = posts[~bank & ~(start > snapshot) & ~(leave < snapshot)].assign(
        fte_e5=lambda frame: (frame["fte"].astype(float) * 100_000).round().astype("int64"),
        is_main=lambda frame: frame["primary"].str.lower().isin(["yes", "y", "1"]),
        number=lambda frame: frame["assignment_id"].astype(int),
    )
    claims = employed.groupby("employee_id")["is_main"].transform("sum")
    employed["stands"] = employed["is_main"] & (claims == 1)
    order = employed.sort_values(["stands", "fte_e5", "number"], ascending=[False, False, True], kind="stable")
    people = order.drop_duplicates("employee_id").reset_index(drop=True)
    home = join_places(made, people["home_postcode"])
    in_area, unknown = home["lad25cd"] == LEEDS, home["lad25cd"].isna() & ~home["beyond"]
    areas = ROOT / "anchor_analysis/definitions/areas/leeds_most_disadvantaged_wards_v1.yaml"
    poorest = yaml.safe_load(areas.read_text(encoding="utf-8"))["wards"]
    nowhere = int(unknown.sum())
    counted = {
        "staff": {"value": len(people)},
        "staff_fte": {"value": int(employed["fte_e5"].sum())},
        "staff_living_in_area": {"value": int(in_area.sum()), "unknown": nowhere},
        "staff_most_disadvantaged_wards": {"value": int(home["wd25cd"].isin(poorest).sum()), "unknown": nowhere},
        "staff_most_deprived_tenth": {
            "value": int((in_area & (home["decile"] == 1)).sum()),
            "unknown": int((unknown | (in_area & home["decile"].isna())).sum()),
        },
        "staff_most_disadvantaged_wards_other": {
            "value": int(home["wd25cd"].isin({*poorest, "E05011387"} - {"E05011385"}).sum()),
            "unknown": nowhere,
        },
        "staff_most_deprived_tenth_other": {
            "value": int((in_area & (home["decile_other"] == 1)).sum()),
            "unknown": int((unknown | (in_area & home["decile_other"].isna())).sum()),
        },
    }
    return counted, home[in_area]


def recount_spend(
    made: Made, ledger: pd.DataFrame, master: pd.DataFrame, elsewhere: dict[str, str]
) -> tuple[dict, pd.DataFrame]:
    lines = ledger[ledger["payment_date"] != ""].reset_index(drop=True)
    pence = read_pence(lines["net_gbp"])
    known = without_blanks(master).set_index("supplier_id")["supplier_postcode"]
    own, masters = lines["supplier_postcode"], lines["supplier_id"].map(known).fillna("")
    others = lines["supplier_id"].map(elsewhere).astype(object).fillna("")
    placed = join_places(made, own.where(own != "", masters.where(masters != "", others)))
    lad, unknown = placed["lad25cd"], placed["lad25cd"].isna() & ~placed["beyond"]
    paid = lines["supplier_name"].map(bare).map(member_names())
    bought = pence[paid.isna()]
    counted = {
        "net_spend": {"value": int(bought.sum())},
        "spend_with_members": {"value": int(pence[paid.notna()].sum())},
        "local_spend": {"value": int(bought[lad == LEEDS].sum()), "unknown": int(bought[unknown].sum())},
    }
    return counted, lines.assign(pence=pence, day=read_days(lines["payment_date"]), paid=paid)


def bare(name: str) -> str:
    return re.sub("[^a-z]", "", name.lower().replace("&", "and"))


def member_names() -> dict[str, str]:
    """Whom each name means, as the plan has them; network.toml is held to it below."""
    return {bare(name): member.id for member in MEMBERS for name in (member.name, *member.known_as)}


def read_figures(figures: pd.DataFrame) -> dict:
    scale = {"staff_fte": 100_000, "net_spend": 100, "local_spend": 100, "spend_with_members": 100}
    counted = {}
    for row in figures.to_dict("records"):
        told = {name: row[name] for name in ("value", "unknown") if row[name]}
        times = scale.get(row["metric"], 1)
        counted[row["metric"]] = {name: round(float(figure) * times) for name, figure in told.items()}
    return counted


#: Who was recruited, and on which terms: tests/oracle.py counts these again.
EMPLOYMENT = {
    "staff_recruited", "staff_permanent", "staff_apprentices", "staff_paid_living_wage",
    "staff_paid_living_wage_announced", "staff_at_start", "staff_left", "staff_women", "staff_minority_ethnic",
    "staff_disabled", "staff_under_25",
}  # fmt: skip

#: What was bought, and from whom: tests/oracle_spender.py counts these again.
SUPPLIERS = {
    "local_spend_branched", "spend_most_deprived_tenth", "influenceable_spend", "influenceable_local_spend",
    "spend_sme", "spend_voluntary", "spend_top_10", "spend_top_300", "local_spend_top_300",
    "net_spend_lines_once", "local_spend_lines_once",
}  # fmt: skip


def of_staff_and_spend(answer: dict) -> dict:
    """The metrics of the two levers that every return has something of; tests/oracle.py counts those of the others."""
    others = {*answer["from_rows"], *EMPLOYMENT, *SUPPLIERS}
    return {name: parts for name, parts in answer["metrics"].items() if name not in others}


def check_member(made: Made, label: str, folder: Path) -> Counter:
    answer = made.year(label)["members"][folder.name]
    start, end = (pd.Timestamp(day) for day in answer["period"])
    if (folder / "figures.csv").exists():
        assert answer["quality"] == "reported_total"
        assert read_figures(made.tables(folder)["figures"]) == of_staff_and_spend(answer)
        return Counter()
    tables, planted = made.tables(folder), answer["planted"]
    counted, at_home = recount_staff(made, tables["workforce"], end)
    if "ledger" in tables:
        spend, lines = recount_spend(made, tables["ledger"], tables["suppliers"], made.elsewhere.get(folder.name, {}))
        assert lines["day"].between(start, end).all() and lines["day"].dt.month.nunique() == 12
        assert (lines["pence"] < 0).sum() == planted["ledger"]["credits"]
        assert len(lines) == planted["ledger"]["rows"] and lines["pence"].sum() == planted["ledger"]["pence"]
        assert lines.groupby("paid")["pence"].sum().to_dict() == planted["ledger"]["paid_member_pence"]
        assert lines["paid"].value_counts().to_dict() == planted["ledger"]["paid_member_lines"]
        near = lines["supplier_name"] == "Owlgate City Councillors Benevolent Fund"
        assert near.sum() == planted["ledger"]["named_like_a_member"] > 0 and lines.loc[near, "paid"].isna().all()
        counted |= spend
        count_signs_and_redactions(lines, planted["ledger"])
        blank = len(tables["ledger"]) - len(without_blanks(tables["ledger"]))
        assert blank == planted["ledger"]["blank_rows"]
    assert len(without_blanks(tables["workforce"])) == planted["workforce"]["rows"]
    if "refused" in answer["status"].values():
        assert answer["metrics"] == {}
        return Counter()
    assert counted == of_staff_and_spend(answer)
    return Counter(at_home["wd25cd"])


REDACTIONS = {
    "personal": r"(?i)red(acted|cated) personal data|name withheld",
    "commercial": r"(?i).*commercial.*",
    "unspecified": r"REDACTED",
}


def count_signs_and_redactions(lines: pd.DataFrame, planted: dict) -> None:
    for why, pattern in REDACTIONS.items():
        pence = lines.loc[lines["supplier_name"].str.fullmatch(pattern), "pence"]
        assert (len(pence), pence.sum()) == (planted[f"redacted_{why}"], planted[f"redacted_{why}_pence"])
    if planted["lost_signs"]:
        assert lines["pence"].min() > 0 and planted["lost_signs_pence"] < lines["pence"].sum() / 10


def check_year(made: Made, label: str) -> None:
    folders = made.returns(label)
    members = made.year(label)["members"].items()
    sent = {name for name, answer in members if answer["status"]["workforce"] in ("reported", "refused")}
    assert sent == {folder.name for folder in folders}
    wards = sum((check_member(made, label, folder) for folder in folders), Counter())
    assert wards == {ward: count for ward, count in made.year(label)["staff_by_ward"].items() if count}


@pytest.mark.parametrize("year", YEARS)
def test_the_files_say_what_the_answers_say(small, year):
    check_year(small, f"{year}-{(year + 1) % 100:02d}")


def test_the_network_is_the_sum_of_its_members_and_changes_are_split_without_rest(small):
    for year in small.answers["years"].values():
        for metric, total in year["network"].items():
            values = [m["metrics"][metric]["value"] for m in year["members"].values() if metric in m["metrics"]]
            assert (sum(values), len(values)) == (total["value"], total["members"])
    for metric, changes in small.answers["changes"].items():
        for before, change in changes.items():
            assert change["from"] == small.year(before)["network"].get(metric, {"value": 0})["value"]
            parts = [change[part] for part in ("continuing", "joiners", "leavers", "non_response")]
            parts.append(change.get("definition", 0))
            assert change["to"] - change["from"] == sum(parts)
    latest = small.answers["changes"]["staff"]["2022-23"]["by_member"]
    assert set(latest["joiners"]) == {"department_for_oddments"} and set(latest["non_response"]) == {"lantern_theatre"}


# --- size ---


@pytest.mark.long
def test_at_full_size_the_latest_year_looks_like_the_reference_case(whole):
    latest = whole.year("2023-24")["network"]
    staff, area = latest["staff"]["value"], latest["staff_living_in_area"]
    known = staff - area["unknown"]
    assert staff == pytest.approx(62000, rel=0.005)
    assert 0.62 <= area["value"] / known <= 0.66
    assert 0.035 <= area["unknown"] / staff <= 0.045
    assert latest["staff_most_disadvantaged_wards"]["value"] == pytest.approx(12300, rel=0.01)
    assert latest["staff_most_deprived_tenth"]["value"] == pytest.approx(10000, rel=0.03)
    assert latest["staff_most_deprived_tenth_other"]["value"] < 0.9 * latest["staff_most_deprived_tenth"]["value"]
    net, local = latest["net_spend"]["value"] / 100, latest["local_spend"]
    assert 1.1e9 <= net <= 1.3e9 and 505e6 <= local["value"] / 100 <= 530e6
    assert 8e6 <= latest["spend_with_members"]["value"] / 100 <= 15e6
    assert local["unknown"] / 100 / net == pytest.approx(0.06, abs=0.01)
    planted = [member["planted"] for member in whole.year("2023-24")["members"].values()]
    assert sum(p["ledger"]["rows"] for p in planted if "ledger" in p) == pytest.approx(300_000, rel=0.03)
    assert sum(path.stat().st_size for path in whole.folder.rglob("*") if path.is_file()) < 250e6


@pytest.mark.long
def test_at_full_size_change_is_slow_and_plausible(whole):
    years = [year["network"] for year in whole.answers["years"].values()]
    local = [y["local_spend"]["value"] / (y["net_spend"]["value"] - y["local_spend"]["unknown"]) for y in years]
    assert 0.02 <= local[-1] - local[0] <= 0.05
    stayed = whole.answers["changes"]["staff"]["2018-19"]["by_member"]["continuing"]
    at_first = sum(whole.year("2018-19")["members"][member]["metrics"]["staff"]["value"] for member in stayed)
    assert 0.03 <= sum(stayed.values()) / at_first <= 0.08
    assert min(stayed.values()) < 0 < max(stayed.values())


@pytest.mark.long
def test_at_full_size_the_files_say_what_the_answers_say(whole):
    check_year(whole, f"{LATEST}-{(LATEST + 1) % 100:02d}")
