"""Real input: two months of a council's ledger, a real directory, real deprivation files."""

from __future__ import annotations

import csv
import shutil
from decimal import Decimal
from pathlib import Path

import narwhals as nw
import pandas as pd
import pytest

from anchor_analysis import storage
from anchor_analysis.clean import SentReturn, clean_returns
from anchor_analysis.declared import load_network, parse_year
from anchor_analysis.doors import Edition, NetworkResults
from anchor_analysis.engine import open_engine
from anchor_analysis.locate import Geography, locate_returns
from anchor_analysis.read import read_return
from anchor_analysis.running import run_network
from tests.real import NETWORK, make_real_workspace
from tests.spec import write_network
from tests.steps import MEMBER, Steps

pytestmark = pytest.mark.real


@pytest.fixture(scope="module")
def workspace(real_data: Path, tmp_path_factory) -> storage.Workspace:
    return make_real_workspace(real_data, tmp_path_factory.mktemp("real workspace"))


@pytest.fixture(scope="module")
def edition(workspace) -> Edition:
    return Edition(run_network(workspace, NETWORK).edition.folder)


@pytest.fixture(scope="module")
def results(workspace, edition) -> NetworkResults:
    pointer = storage.read_json(workspace.processed(NETWORK) / "current" / "2012-13.json")
    folder = workspace.processed(NETWORK) / pointer["results"]
    return NetworkResults(load_network(workspace, NETWORK), "2012/13", folder)


def amounts(folder: Path) -> list[Decimal]:
    """The net amounts of the payments, by the standard library: a payment has a date."""
    found = []
    for path in sorted(folder.glob("leeds_2012-*.csv")):
        with path.open(encoding="utf-8-sig", newline="") as stream:
            found += [Decimal(row["Net amount"].strip()) for row in csv.DictReader(stream) if row["Date paid"].strip()]
    return found


def test_the_ledgers_come_out_to_the_penny(real_data, results):
    told = amounts(real_data / "ledgers")
    rows, total = len(told), sum(told)
    accounts = results.accounts
    assert accounts["rows_kept"].sum() == rows == 18686
    assert Decimal(int(accounts["value_kept_pence"].sum())) / 100 == total == Decimal("150021672.59")
    observed = results.observations.set_index("observation_id").loc["net_spend:2012-13:network", "numerator"]
    assert Decimal(int(observed)) / 100 == total


def test_every_row_is_accounted_for(real_data, results):
    for row in results.accounts.itertuples():
        with (real_data / "ledgers" / row.source_file).open(encoding="utf-8-sig", newline="") as stream:
            assert row.rows_read == sum(1 for _ in csv.reader(stream)) - 1 == row.rows_kept + row.rows_set_aside
        assert row.value_read_pence == row.value_kept_pence + row.value_set_aside_pence


def test_the_grand_total_is_set_aside_and_agrees(results):
    may = results.accounts.set_index("source_file").loc["leeds_2012-05.csv"]
    assert (may["control_total_pence"], may["difference_pence"]) == (7367502741, 0)


def test_two_months_are_part_of_a_year_and_the_local_share_is_open(real_data, edition):
    cells = edition.cells.set_index("cell_id")
    share = cells.loc["series|local_spend_share|2012-13|all|value"]
    assert share["status"] == "no_value"
    # credit notes: where they are in the area and the purchases are not, the share is below nothing, and the reverse
    assert (share["lower"], share["upper"], share["shown"]) == (-0.023, 1.023, "between −2.3% and 102.3%")
    credited = -sum(amount for amount in amounts(real_data / "ledgers") if amount < 0)
    assert 0.022 < credited / sum(amounts(real_data / "ledgers")) <= 0.023
    assert "part of the year only" in cells.loc["series|net_spend|2012-13|all|value", "note"]


def test_the_page_says_so(edition):
    page = storage.read_text(edition.folder / "network_impact.html")
    assert "£150,021,672.59" in page
    assert "between −2.3% and 102.3%" in page


@pytest.mark.parametrize(("reference", "lsoa"), [("imd-2019", "lsoa11"), ("imd-2025", "lsoa21")])
def test_every_postcode_is_placed_as_in_the_directory(real_data, workspace, tmp_path, reference, lsoa):
    """A return with one invented assignment at each of the directory's postcodes."""
    directory = pd.read_csv(
        real_data / "geography" / "nspl_2025-05_west_yorkshire.csv", dtype=str, keep_default_na=False
    )
    network = write_network(
        tmp_path, '[[members]]\nid = "a"\nname = "A"\nsector = "x"\njoined = 2018-04-01\nlevers = ["employer"]\n'
    )
    returns, into = tmp_path / "return", tmp_path / "cleaned"
    for folder in (returns, into, tmp_path / "rows", tmp_path / "located"):
        folder.mkdir()
    staff = pd.DataFrame({"home_postcode": directory["pcds"], "employee_id": directory.index.astype(str)})
    staff.assign(assignment_id="1", contract="permanent", fte="1").to_csv(returns / "workforce.csv", index=False)
    member, engine = network.member("a"), open_engine()
    sent = SentReturn(member, network.latest, read_return(returns, network, member, tmp_path / "rows"))
    assert not clean_returns([sent], network, engine, into)
    table = {name: workspace.reference() / name / "table.parquet" for name in ("nspl-2025-05", reference)}
    geography = Geography(table["nspl-2025-05"], table[reference], lsoa, "as published")
    locate_returns({sent.part: into / sent.part}, network, geography, engine, tmp_path / "located")
    files = storage.table_files(tmp_path / "located" / sent.part, "workforce")
    placed = engine.observe(engine.scan(files).sort("source_row"))
    expected = _expected(directory, real_data, reference, lsoa, network.disadvantaged.wards)
    assert len(placed) == len(directory) == 100_293
    for column in expected:
        assert (placed[column].fillna("").to_numpy() == expected[column].to_numpy()).all(), column


def _expected(directory: pd.DataFrame, real_data: Path, reference: str, lsoa: str, most: list[str]) -> pd.DataFrame:
    """What the directory and the deprivation file say of each postcode, joined here by plain dictionaries."""
    file = {"imd-2019": "imd2019_england.csv", "imd-2025": "imd2025_england.csv"}[reference]
    ranks = pd.read_csv(real_data / "geography" / file)
    decile = dict(zip(ranks.filter(like="LSOA code").iloc[:, 0], ranks.filter(like="Decile").iloc[:, 0], strict=True))
    rows = []
    for lad, ward, area in directory[["lad25cd", "wd25cd", f"{lsoa}cd"]].to_numpy():
        place = "unknown" if not lad else "in_area" if lad == "E08000035" else "elsewhere"
        inside = place == "in_area"
        group = ("most_disadvantaged" if ward in most else "other_in_area") if inside else place
        tenth = ("most_deprived_tenth" if decile[area] == 1 else "other_in_area") if inside and area else place
        rows.append((place, ward if inside else place, group, "unknown" if inside and not area else tenth))
    return pd.DataFrame(rows, columns=["home_place", "home_ward", "home_ward_group", "home_decile_group"])


def test_staff_in_the_most_deprived_tenth_move_with_the_vintage_alone(real_data, workspace):
    """A quarter of the postcodes under the ranks of 2019, a sixth under those of 2025, with nobody moving."""
    engine, shares = open_engine(), {}
    for reference, lsoa in (("imd-2019", "lsoa11"), ("imd-2025", "lsoa21")):
        postcodes = engine.scan([workspace.reference() / "nspl-2025-05" / "table.parquet"])
        ranks = engine.scan([workspace.reference() / reference / "table.parquet"])
        leeds = postcodes.filter(nw.col("lad") == "E08000035").join(ranks, left_on=lsoa, right_on="lsoa", how="inner")
        shares[reference] = engine.observe(leeds.select(share=(nw.col("decile") == 1).cast(nw.Float64).mean()))[
            "share"
        ][0]
    assert {name: round(share * 100, 1) for name, share in shares.items()} == {"imd-2019": 25.8, "imd-2025": 16.5}


#: Each public ledger, its network year, and where date and amount stand in it.
LEDGERS = {
    "bradford_2018-12.csv": ("2018/19", "Net Amount", 9073),
    "imperial_2020-04.csv": ("2020/21", "Amount", 172),
    "leeds_2012-05.csv": ("2012/13", "Net amount", 9122),
    "leeds_2012-06.csv": ("2012/13", "Net amount", 9565),
    "north_middlesex_2020-04.xlsx": ("2020/21", "Amount", 74),
    "oxford_2014-q1.csv": ("2013/14", "amount", 3860),
}


@pytest.mark.parametrize("name", LEDGERS)
def test_every_public_ledger_is_read_without_a_mapping_and_reconciles_to_the_penny(name, real_data, tmp_path):
    year, amount, rows = LEDGERS[name]
    path = real_data / "ledgers" / name
    steps = Steps(tmp_path, write_network(tmp_path, MEMBER))
    shutil.copy(path, storage.made(tmp_path / "return") / name)
    member, into, read = steps.network.member("a"), storage.made(tmp_path / "into"), storage.made(tmp_path / "read")
    sent = SentReturn(member, parse_year(year, ""), read_return(tmp_path / "return", steps.network, member, read))
    errors = clean_returns([sent], steps.network, open_engine(), into)
    frame = (
        pd.read_excel(path, dtype=str) if path.suffix == ".xlsx" else pd.read_csv(path, dtype=str, encoding="cp1252")
    )
    written = frame[amount].dropna().str.replace(r"[,£ ]", "", regex=True)
    found = pd.read_parquet(into / sent.part / "accounts.parquet").iloc[0]
    assert found["rows_read"] == found["rows_kept"] + found["rows_set_aside"] == rows
    assert Decimal(int(found["value_read_pence"])) / 100 == sum(map(Decimal, written)).quantize(Decimal("0.01"))
    assert not errors, str(errors)
