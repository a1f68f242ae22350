"""One source, two engines, one answer: nasty values through every row-level step."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from decimal import Decimal

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anchor_analysis.engine import open_engine
from anchor_analysis.problems import UserError
from tests.spec import write_network
from tests.steps import MEMBER, Steps

WORKFORCE = """employee_id,assignment_id,primary,contract,fte,home_postcode,start_date,leave_date
1,1,yes,Perm,1,lx1 1aa,,
1,2,yes,permanent,0.53333,LX1 1AB,01/04/2019,
2,1,,fixed term,0.5,ZZ99 3VZ,01-Apr-87,31/03/2024
3,1,Y,Bank,0.2,LX11AA,,
3,2,n,PERMANENT,.25,,,
4,1,1,permanent,1,LX9 9ZZ,2024-04-01,
5,1,0,permanent,1, L\u00a0X 1 1aa ,,30/03/2024
6,1,TRUE,permanent,0,not a postcode,29/02/2020,
7,1,no,permanent,9.99999,LX2 2BB,,
\u00df8,10,yes,substantive,1,LX3 3CC,,
\u00df8,9,yes,substantive,1,LX1 1AB,,
,,,,,,,
"""

LEDGER = """transaction_id,payment_date,supplier_id,supplier_name,supplier_postcode,net_gbp
T1,01-May-23,00123,\u00d1ame,, 5\u00a0616.65
T2,16-Jun-2023,s2,"Two, Ltd",LX2 2BB,(3.10)
T3,2023-07-05,none,,,35-
T4,5/6/23,00123,,,0.005
T5,31/03/2024,,REDACTED PERSONAL DATA,,-\u00a3999999999.99
T6,2023-04-01 00:00:00,s3,,,"\u00a31,234,567.8"
,,,,,
T7,30-APR-2023,S2,,, 0
"""

SUPPLIERS = """supplier_id,supplier_name,supplier_postcode
00123,One,LX1 1AA
s2,Two,LX3 3CC
s3,Three,
"""

DIRECTORY = pd.DataFrame(
    {
        "postcode": ["LX11AA", "LX11AB", "LX22BB", "LX33CC"],
        "lad": ["E08000035", "E08000035", "E08000036", None],
        "ward": ["E05011385", "E05011407", "E05001347", None],
        "lsoa11": ["E01000002", None, "E01000003", None],
        "lsoa21": ["E01000001", None, "E01000003", None],
    }
)
RANKS = pd.DataFrame({"lsoa": ["E01000001", "E01000003"], "rank": [1, 2], "decile": [1, 10]})
RANKS_OTHER = pd.DataFrame({"lsoa": ["E01000002", "E01000003"], "rank": [1, 2], "decile": [4, 1]})


def through(folder, engine, files: dict[str, str]) -> dict[str, pd.DataFrame]:
    steps = Steps(folder, write_network(folder, MEMBER), engine)
    for name, text in files.items():
        steps.send(name, text)
    located = steps.located(DIRECTORY, RANKS, RANKS_OTHER)
    cleaned = folder / f"cleaned-{steps.named}" / located.name
    tables = {path.stem: steps.frame(path) for path in sorted(cleaned.iterdir())}
    tables |= {f"located {path.stem}": steps.frame(path) for path in sorted(located.iterdir())}
    return tables | {"sums": steps.sums(located), "by ward": steps.sums(located, "home_ward")}


FILES = {"workforce.csv": WORKFORCE, "ledger.csv": LEDGER, "suppliers.csv": SUPPLIERS}


@pytest.fixture(scope="module")
def answers(tmp_path_factory) -> dict[str, pd.DataFrame]:
    return through(tmp_path_factory.mktemp("nasty"), "duckdb", FILES)


def test_both_engines_give_the_same_tables(tmp_path, answers):
    other = through(tmp_path, "polars", FILES)
    assert answers.keys() == other.keys()
    for name in answers:
        same = _plain(answers[name]), _plain(other[name])
        pd.testing.assert_frame_equal(*same, check_dtype=False, obj=name)


def _plain(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.astype(object).where(frame.notna(), None).astype(str)


def test_nasty_amounts_are_read_to_the_penny(answers):
    pence = answers["ledger"].set_index("transaction_id")["net_pence"]
    assert pence.to_dict() == {
        "T1": 561665, "T2": -310, "T3": -3500, "T4": 1, "T5": -99999999999, "T6": 123456780, "T7": 0,
    }  # fmt: skip


def test_nasty_dates_are_read_day_first(answers):
    days = answers["ledger"].set_index("transaction_id")["payment_date"].astype(str)
    assert days.to_dict() == {
        "T1": "2023-05-01", "T2": "2023-06-16", "T3": "2023-07-05", "T4": "2023-06-05", "T5": "2024-03-31",
        "T6": "2023-04-01", "T7": "2023-04-30",
    }  # fmt: skip


def test_years_of_two_figures_are_of_the_century_that_people_mean(answers):
    assert str(answers["workforce"].set_index("employee_id").at["2", "start_date"])[:10] == "1987-04-01"


def test_one_assignment_stands_for_each_person(answers):
    staff = answers["workforce"]
    standing = staff.loc[staff["person"] == 1, ["employee_id", "assignment_id"]].astype(str).agg("/".join, axis=1)
    assert list(standing) == ["1/1", "2/1", "3/2", "6/1", "7/1", "\u00df8/10"]  # 4 begins later, 5 has left


def test_suppliers_are_placed_by_the_lines_own_postcode_first(answers):
    ledger = answers["located ledger"].set_index("transaction_id")
    assert ledger["supplier_place"].to_dict() == {
        "T1": "in_area", "T2": "elsewhere", "T3": "unknown", "T4": "in_area", "T5": "unknown", "T6": "unknown",
        "T7": "unknown",
    }  # fmt: skip
    kind = ledger["supplier_class"]
    assert (kind["T3"], kind["T5"], kind["T6"]) == ("no_supplier_record", "redacted", "no_postcode")


def test_homes_that_cannot_be_placed_say_why(answers):
    kind = answers["located workforce"]["home_class"]
    why = ["no_fixed_abode", "no_postcode", "not_in_directory", "not_a_postcode", "no_area"]
    assert list(kind[kind != "live"]) == why


def test_a_home_whose_neighbourhood_alone_is_unknown_still_has_its_ward(answers):
    staff = answers["located workforce"]
    row = staff[(staff["home_ward"] == "E05011407")].iloc[0]
    assert (row["home_ward_group"], row["home_decile_group"]) == ("other_in_area", "unknown")


def test_a_home_is_placed_by_the_lsoas_that_each_release_ranks(answers):
    staff = answers["located workforce"]
    home = staff[staff["home_ward"] == "E05011385"].iloc[0]
    assert (home["home_decile"], home["home_decile_other"]) == ("1", "4")
    groups = home["home_decile_group"], home["home_decile_group_other"], home["home_ward_group_other"]
    assert groups == ("most_deprived_tenth", "other_in_area", "other_in_area")  # no second list is named


amounts = st.lists(
    st.one_of(
        st.integers(-(10**11), 10**11).map(lambda pence: f"{pence / 100:.2f}"),
        st.integers(0, 10**10).map(lambda pence: f"\u00a3{pence / 100:,.2f}"),
        st.integers(1, 10**9).map(lambda pence: f"({pence / 100:.2f})"),
    ),
    min_size=1,
    max_size=15,
)


@settings(max_examples=4)
@given(st.lists(amounts, min_size=4, max_size=4))
def test_any_amounts_sum_alike_and_to_the_penny(tmp_path_factory, ledgers):
    exact = {f"ledger_{place}.csv": sum(map(_meant, texts)) for place, texts in enumerate(ledgers)}
    for engine in ("duckdb", "polars"):
        folder = tmp_path_factory.mktemp(engine)
        steps = Steps(folder, write_network(folder, MEMBER), engine)
        for file, texts in zip(exact, ledgers, strict=True):
            rows = "".join(f'{file}-{number},01/05/2023,"{text}"\n' for number, text in enumerate(texts))
            steps.send(file, "transaction_id,payment_date,net_gbp\n" + rows)
        accounts = pd.read_parquet(steps.clean() / "accounts.parquet").set_index("source_file")
        assert {file: Decimal(int(pence)) / 100 for file, pence in accounts["value_kept_pence"].items()} == exact


def _meant(text: str) -> Decimal:
    """The amount that a text means, exactly."""
    return Decimal(text.strip("()").replace("\u00a3", "").replace(",", "")) * (-1 if text[0] == "(" else 1)


def test_an_engine_that_cannot_be_had_is_told_with_what_to_do(monkeypatch):
    monkeypatch.setitem(sys.modules, "polars", None)  # as where it is not installed
    with pytest.raises(UserError, match=r"Install it: pip install 'anchor-analysis\[polars\]'") as told:
        open_engine("polars")
    assert told.value.problems[0].code == "AN055"
    with pytest.raises(UserError, match=r"spark://HOST:PORT, or local\[4\]") as told:
        open_engine("spark")
    assert told.value.problems[0].code == "AN005"
    for name in ("localhost", "locals", "yarns", "duck"):
        with pytest.raises(UserError, match=f'"{name}" is not an engine that is known here'):
            open_engine(name)


#: Prints from how many places forty threads that live at once were given memory, as glibc tells it.
_PLACES = """
import ctypes, sys, tempfile, threading
from anchor_analysis.engine import open_engine
open_engine()
there = threading.Barrier(40)
def take(held):
    held.append(bytearray(100_000))
    there.wait()
threads = [threading.Thread(target=take, args=([],)) for _ in range(40)]
for thread in threads: thread.start()
for thread in threads: thread.join()
c = ctypes.CDLL(None)
c.fopen.restype = ctypes.c_void_p
with tempfile.NamedTemporaryFile() as to:
    stream = ctypes.c_void_p(c.fopen(to.name.encode(), b"w"))
    c.malloc_info(0, stream)
    c.fclose(stream)
    print(to.read().count(b"<heap nr="))
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="other C libraries hand memory out otherwise")
@pytest.mark.parametrize(("told", "most"), [({}, 2 * (os.cpu_count() or 1)), ({"MALLOC_ARENA_MAX": "1"}, 1)])
def test_threads_are_given_memory_from_few_places_or_as_many_as_the_user_says(told, most):
    ran = subprocess.run(
        [sys.executable, "-c", _PLACES], env=os.environ | told, capture_output=True, text=True, check=True
    )
    assert 1 <= int(ran.stdout) <= most
