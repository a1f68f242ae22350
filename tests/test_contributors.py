"""Who makes a sum of money: suppliers and members counted beside an oracle in plain pandas, on both engines."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date
from functools import cache, cached_property
from pathlib import Path
from tempfile import TemporaryDirectory

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anchor_analysis import storage
from anchor_analysis.commands.demonstration import NETWORK
from anchor_analysis.declared import Network, load_network
from anchor_analysis.engine import open_engine
from anchor_analysis.measure import combined, measure, sums_from_rows
from anchor_analysis.measure.contributors import (
    CONTRIBUTOR_COLUMNS,
    OBSERVATION,
    supplier_contributors,
)
from anchor_analysis.measure.observing import Measured
from anchor_analysis.running.areas import in_one_geography
from anchor_analysis.running.finding import find_returns
from anchor_analysis.running.references import geography_of, named_references
from anchor_analysis.running.results import Inputs, contributors_of, observed
from anchor_analysis.running.returns import linked_suppliers
from tests.spec import write_network
from tests.test_suppliers import Books

MEMBER = '[[members]]\nid = "{id}"\nname = "{id}"\nsector = "x"\njoined = 2018-04-01\nlevers = ["spender"]\n'
MEMBERS = "".join(MEMBER.format(id=name) for name in "abc")
YEARS = ("2022/23", "2023/24")
METRICS = ("net_spend", "local_spend", "spend_with_members", "net_spend_lines_once")
NUMBERS = CONTRIBUTOR_COLUMNS[len(OBSERVATION) :]

#: What a line is that says nothing else.
LINE = {
    "member": "a", "network_year": "2023/24", "payment_date": date(2023, 5, 1), "net_pence": 100_00,
    "supplier_id": None, "supplier_entity": None, "redaction": None, "paid_member": None,
    "paid_to": "supplier", "supplier_place": "in_area", "line_alike": "first", "spend_category": "works",
    "supplier_region": "E12000003", "supplier_sector": "F",
}  # fmt: skip


@cache
def three(coverage: str) -> Network:
    """A network of three members, read once."""
    with TemporaryDirectory() as folder:
        return write_network(Path(folder), MEMBERS, coverage=coverage)


class Ledger:
    """Located lines of some members, and figures that others told, of a network of three."""

    def __init__(self, folder: Path, lines: list[dict], told: list[dict] = (), coverage: str = ""):
        self.folder = folder
        self.network = three(coverage)
        self.metrics = [self.network.catalogue.metrics[name] for name in METRICS]
        self.schema = self.network.catalogue.schema["ledger"]
        self.lines = pd.DataFrame([LINE | line for line in lines], columns=list(LINE))
        self.told = pd.DataFrame(told, columns=["member", "network_year", "metric", "told_numerator", "told_unknown"])
        self.paths = [folder / "ledger.parquet"] if len(lines) else []
        if len(lines):
            texts = {name: "str" for name in LINE if name not in ("payment_date", "net_pence")}
            storage.write_frame(self.lines.astype(texts | {"net_pence": "int64"}), self.paths[0])

    @cached_property
    def observations(self) -> pd.DataFrame:
        columns = ["member", "network_year", "metric", "group", "rows", "rows_told", "numerator", "unknown"]
        totals, broken = pd.DataFrame(columns=[*columns, "unknown_credits"]), {}
        if self.paths:
            engine = open_engine()
            rows = combined(self.paths, self.metrics, self.schema, engine, self.folder / "combined.parquet")
            totals = sums_from_rows(rows, self.metrics, self.schema, engine)
            for by in sorted({name for metric in self.metrics for name in metric.breakdowns}):
                of = [metric for metric in self.metrics if by in metric.breakdowns]
                broken[by] = sums_from_rows(rows, of, self.schema, engine, by)
        months = pd.DataFrame(columns=["member", "network_year", "months"])
        told = self.told.astype({"told_numerator": "Int64", "told_unknown": "Int64"})
        return measure(self.network, Measured(totals, broken, told, months, "example", self.network.all_years()))

    def contributors(self, n: int = 2, engine: str = "duckdb") -> pd.DataFrame:
        folder = storage.made(self.folder / f"{engine}-{len(list(self.folder.iterdir()))}")
        return supplier_contributors(
            self.paths, self.metrics, n, self.observations, self.schema, open_engine(engine), folder
        )

    def of(self, metric: str = "net_spend", member: str = "", by: str = "", group: str = "", **how) -> dict:
        """The numbers of one observation of the latest year."""
        found = self.contributors(**how)
        chosen = (found[["metric", "member", "breakdown", "group"]] == [metric, member, by, group]).all(axis=1)
        row = found[chosen & (found["network_year"] == "2023/24")]
        return {name: int(row[name].item()) for name in NUMBERS}


def pays(supplier: str | None, pounds: int, **line) -> dict:
    return {"supplier_entity": supplier, "net_pence": pounds * 100} | line


# --- examples ---


def test_the_largest_suppliers_are_told_by_their_net_amounts(tmp_path):
    ledger = Ledger(tmp_path, [pays("s1", 300), pays("s2", 90), pays("s2", -70), pays("s3", 10)])
    three = {"contributors": 3, "largest": 300_00, "second": 20_00, "absolute": 330_00}
    assert ledger.of() == ledger.of(member="a") == three | {"n_largest": 320_00}
    assert ledger.of(n=1) == three | {"n_largest": 300_00} and ledger.of(n=3) == three | {"n_largest": 330_00}


def test_a_supplier_that_pays_back_more_than_it_got_is_as_large_as_its_credit(tmp_path):
    ledger = Ledger(tmp_path, [pays("s1", 100), pays("s2", 50), pays("s2", -450)])
    assert ledger.of() == {
        "contributors": 2, "largest": 400_00, "second": 100_00, "n_largest": 500_00, "absolute": 500_00,
    }  # fmt: skip


def test_one_supplier_makes_all_of_its_sum(tmp_path):
    ledger = Ledger(tmp_path, [pays("s1", 100), pays("s1", 50)])
    assert ledger.of() == {
        "contributors": 1, "largest": 150_00, "second": 0, "n_largest": 150_00, "absolute": 150_00,
    }  # fmt: skip


def test_what_is_paid_and_paid_back_whole_contributes_nothing(tmp_path):
    assert Ledger(tmp_path, [pays("s1", 100), pays("s1", -100)]).of() == dict.fromkeys(NUMBERS, 0)


def test_whoever_is_not_named_may_be_one(tmp_path):
    lines = [pays(None, 100), pays(None, 200, member="b"), pays("s1", 50)]
    lines += [pays(None, 30, redaction="personal")]
    ledger = Ledger(tmp_path, lines)
    assert ledger.of()["largest"] == 330_00 and ledger.of()["contributors"] == 2
    assert ledger.of(member="a")["largest"] == 130_00


def test_the_same_supplier_at_two_members_is_one_where_it_was_linked(tmp_path):
    lines = [pays("s1", 100, supplier_id="7"), pays("s1", 100, member="b", supplier_id="8"), pays("s2", 150)]
    assert Ledger(tmp_path, lines).of()["largest"] == 200_00


def test_suppliers_that_were_not_linked_are_told_apart_by_each_member_s_own_numbers(tmp_path):
    lines = [{"supplier_id": "7", "net_pence": 1}, {"supplier_id": "7", "redaction": "personal", "net_pence": 2}]
    lines += [{"supplier_id": "8", "net_pence": 4}, {"member": "b", "supplier_id": "7", "net_pence": 8}]
    assert Ledger(tmp_path, lines).of(n=3) == {
        "contributors": 3, "largest": 8, "second": 4, "n_largest": 15, "absolute": 15,
    }  # fmt: skip


def test_a_member_that_is_paid_is_one_however_it_is_written(tmp_path):
    to = {"paid_to": "other_member", "paid_member": "b"}
    lines = [pays("e1", 10, **to), pays("e2", 20, **to), pays(None, 5, member="b", paid_to="itself", paid_member="b")]
    assert Ledger(tmp_path, lines).of("spend_with_members")["contributors"] == 1


def test_a_group_is_made_by_its_own_suppliers(tmp_path):
    lines = [
        pays("s1", 100),
        pays("s2", 60),
        pays("s1", 7, spend_category="care"),
        pays("s3", 9, spend_category="care"),
    ]
    ledger = Ledger(tmp_path, lines)
    care = {"contributors": 2, "largest": 9_00, "second": 7_00, "n_largest": 16_00, "absolute": 16_00}
    assert ledger.of(by="spend_category", group="care") == care
    assert ledger.of(member="a", by="spend_category", group="care") == care


def test_a_figure_that_was_told_is_of_one_contributor_that_nobody_names(tmp_path):
    told = [{"member": "b", "network_year": "2023/24", "metric": "net_spend", "told_numerator": 400_00}]
    ledger = Ledger(tmp_path, [pays("s1", 100), pays(None, 30)], told)
    one = {"contributors": 1, "largest": 400_00, "second": 0, "n_largest": 400_00, "absolute": 400_00}
    assert ledger.of(member="b") == ledger.of(member="b", by="spend_category", group="not_broken_down") == one
    assert ledger.of() == {
        "contributors": 2, "largest": 430_00, "second": 100_00, "n_largest": 530_00, "absolute": 530_00,
    }  # fmt: skip


def test_figures_may_be_all_that_there_is(tmp_path):
    told = [{"member": "b", "network_year": "2023/24", "metric": "net_spend", "told_numerator": -400_00}]
    assert Ledger(tmp_path, [], told).of()["largest"] == 400_00


def test_a_member_that_is_not_in_the_total_contributes_nothing_to_it(tmp_path):
    refused = '[[coverage]]\nmember = "b"\nyear = "2023/24"\ntables = ["ledger"]\nstatus = "refused"\nreason = "no"\n'
    lines = [pays("s1", 100), pays("s2", 70), pays("s2", 900, member="b")]
    ledger = Ledger(tmp_path, lines, coverage=refused)
    assert ledger.of()["largest"] == 100_00
    assert "b" not in set(ledger.contributors()["member"])


def test_what_a_part_of_a_year_is_raised_by_is_of_nobody_who_is_named(tmp_path):
    half = '[[coverage]]\nmember = "a"\nyear = "2023/24"\ntables = ["ledger"]\nstatus = "partial"\nmonths = 6\n'
    ledger = Ledger(tmp_path, [pays("s1", 100), pays("s2", 50)], coverage=half + 'reason = "as an example"\n')
    rows = {"contributors": 2, "largest": 100_00, "second": 50_00, "n_largest": 150_00, "absolute": 150_00}
    assert ledger.of() == ledger.of(by="spend_category", group="works") == rows
    assert ledger.of(by="spend_category", group="not_broken_down") == {
        "contributors": 1, "largest": 150_00, "second": 0, "n_largest": 150_00, "absolute": 150_00,
    }  # fmt: skip


@pytest.mark.parametrize("engine", ["duckdb", "polars"])
def test_lines_in_no_group_are_no_harm_to_those_in_one(tmp_path, engine):
    lines = [pays("s1", 9, supplier_sector=None), pays("s2", 8, supplier_sector=None), pays("s1", 7)]
    ledger = Ledger(tmp_path, lines)
    assert ledger.of(by="supplier_sector", group="F", engine=engine)["absolute"] == 7_00
    assert ledger.of(engine=engine)["absolute"] == 24_00


def test_nothing_tells_who_a_supplier_is(tmp_path):
    lines = [pays("QQe", 1, supplier_id="QQn"), pays(None, 1, supplier_id="QQm")]
    found = Ledger(tmp_path, lines).contributors()
    assert list(found) == CONTRIBUTOR_COLUMNS and "QQ" not in found.to_csv()


def test_there_is_one_row_for_each_observation_with_a_figure(tmp_path):
    lines = [pays("s1", 5), pays("s1", 5, member="b", supplier_place="unknown"), pays("s2", 1, network_year="2022/23")]
    ledger = Ledger(tmp_path, lines)
    observations, found = ledger.observations, ledger.contributors()
    figures = observations[observations["numerator"].notna() & observations["metric"].isin(METRICS)]
    assert not found.duplicated(OBSERVATION).any() and found[NUMBERS].notna().all(axis=None)
    assert Counter(found[OBSERVATION].itertuples(index=False, name=None)) == Counter(
        figures[OBSERVATION].itertuples(index=False, name=None)
    )


# --- drawn ledgers, beside plain Python ---


def chooses(metric: str, line: dict) -> bool:
    """Whether a line is of a metric, by the metric's own prose."""
    bought = line["paid_to"] == "supplier"
    return {
        "net_spend": bought,
        "local_spend": bought and line["supplier_place"] == "in_area",
        "spend_with_members": not bought,
        "net_spend_lines_once": bought and line["line_alike"] == "first",
    }[metric]


BREAKDOWNS = {
    "net_spend": ["spend_category", "supplier_region", "supplier_sector"],
    "local_spend": ["spend_category"],
    "spend_with_members": [],
    "net_spend_lines_once": [],
}


def who(line: dict) -> tuple:
    """The supplier of a line: the member paid, the linked one, the member's own number, or nobody."""
    if line["paid_member"]:
        return ("member", line["paid_member"])
    if line["supplier_entity"]:
        return ("entity", line["supplier_entity"])
    if line["supplier_id"]:
        return ("number", line["member"], line["supplier_id"])
    return ("nobody",)


def places(line: dict, metric: str) -> Iterator[tuple]:
    """The observations that a line is in."""
    for scope, member in (("member", line["member"]), ("network", "")):
        for by in ("", *BREAKDOWNS[metric]):
            yield metric, line["network_year"], scope, member, by, line[by] if by else ""


def expected(lines: list[dict], n: int) -> dict[tuple, tuple[int, ...]]:
    amounts: dict[tuple, Counter] = defaultdict(Counter)
    for line in ({**LINE, **line} for line in lines):
        for metric in METRICS:
            if chooses(metric, line):
                for place in places(line, metric):
                    amounts[place][who(line)] += line["net_pence"]
    return {place: numbers(found.values(), n) for place, found in amounts.items()}


def numbers(amounts: Iterable[int], n: int) -> tuple[int, ...]:
    """How many contribute, the largest, the second, the n largest and all of them."""
    sizes = sorted((abs(one) for one in amounts if one), reverse=True)
    return len(sizes), *[*sizes, 0, 0][:2], sum(sizes[:n]), sum(sizes)


def payees(line: dict) -> dict[str, str | None]:
    """Which member a line pays, by whom it says that it pays."""
    return {"supplier": None, "itself": line["member"], "other_member": "b"}


drawn = st.fixed_dictionaries(
    {
        "member": st.sampled_from("abc"),
        "network_year": st.sampled_from(YEARS),
        "net_pence": st.one_of(st.integers(-5, 5), st.integers(-(10**11), 10**12)),
        "supplier_entity": st.sampled_from([None, None, "e1", "e2", "e3"]),
        "supplier_id": st.sampled_from([None, "1", "2"]),
        "paid_to": st.sampled_from(["supplier", "supplier", "other_member", "itself"]),
        "supplier_place": st.sampled_from(["in_area", "elsewhere", "unknown"]),
        "line_alike": st.sampled_from(["first", "again"]),
        "spend_category": st.sampled_from(["works", "care", "unknown"]),
        "supplier_sector": st.sampled_from(["F", "unknown"]),
    }
).map(lambda line: line | {"paid_member": payees(line)[line["paid_to"]]})


@settings(max_examples=10)
@given(lines=st.lists(drawn, min_size=1, max_size=40), n=st.integers(1, 4))
def test_suppliers_are_counted_as_by_hand_and_alike_by_both_engines(tmp_path_factory, lines, n):
    ledger = Ledger(tmp_path_factory.mktemp("drawn"), lines)
    found, other = (ledger.contributors(n, engine) for engine in ("duckdb", "polars"))
    pd.testing.assert_frame_equal(found, other)
    by_hand = expected(lines, n)
    nothing = (0,) * len(NUMBERS)
    for row in found.itertuples(index=False):
        assert tuple(row[len(OBSERVATION) :]) == by_hand.pop(tuple(row[: len(OBSERVATION)]), nothing)
    assert not by_hand  # every sum that lines make has its row


@settings(max_examples=10)
@given(lines=st.lists(drawn, min_size=1, max_size=30))
def test_the_members_make_the_network_s_sums_and_no_part_is_more_than_the_whole(tmp_path_factory, lines):
    ledger = Ledger(tmp_path_factory.mktemp("drawn"), lines)
    found = ledger.contributors(3)
    assert (found["largest"] >= found["second"]).all() and (found["n_largest"] <= found["absolute"]).all()
    assert (found["largest"] + found["second"] <= found["n_largest"]).all()
    observations = ledger.observations
    numerators = found.merge(observations, on=OBSERVATION)["numerator"]
    assert (numerators.abs() <= found["absolute"]).all()


def test_without_figures_there_is_no_row(tmp_path):
    found = Ledger(tmp_path, []).contributors()
    assert list(found) == CONTRIBUTOR_COLUMNS and found.empty


# --- from returns on ---


@pytest.mark.parametrize("engine", ["duckdb", "polars"])
def test_a_supplier_in_the_books_of_two_members_is_one_by_its_number(tmp_path, engine):
    books = Books(tmp_path / "books", engine)
    for member, number in (("a", "1"), ("b", "77")):
        books.knows(member, number, f"As {member} has it", company_number="01234567")
        books.pays(member, number, f"As {member} has it")
        books.pays(member, "", f"Only {member} pays this one Ltd")
    ledger = Ledger(tmp_path, books.located().to_dict("records"))
    assert ledger.of(engine=engine) == {
        "contributors": 3, "largest": 20_00, "second": 10_00, "n_largest": 30_00, "absolute": 40_00,
    }  # fmt: skip


def with_profile(inputs: Inputs, spend: str) -> Inputs:
    chosen = inputs.network.protection.model_copy(update={"spend": spend})
    return replace(inputs, network=inputs.network.model_copy(update={"protection": chosen}))


@pytest.fixture(scope="module")
def inputs(demonstration) -> Inputs:
    """What the results of the demonstration are made from."""
    network = in_one_geography(load_network(demonstration, NETWORK), demonstration)
    geography, engine = geography_of(network, demonstration), open_engine()
    returns = find_returns(network, demonstration, geography, network.latest)
    found = storage.read_json(linked_suppliers(returns, network, demonstration, engine) / "linked.json")["by_part"]
    returns = [replace(item, suppliers=found.get(item.part, "")) for item in returns]
    references = named_references(network, demonstration)
    return Inputs(network, demonstration, network.latest, returns, geography, references)


def test_nothing_is_counted_where_no_profile_asks_for_it(inputs):
    found = contributors_of(inputs, open_engine(), pd.DataFrame())
    assert found.empty and list(found) == CONTRIBUTOR_COLUMNS


def test_every_sum_of_the_demonstration_s_ledgers_is_counted_where_its_profile_asks(inputs):
    observations = observed(inputs)
    found = contributors_of(with_profile(inputs, "acro"), open_engine(), observations)
    both = found.merge(observations, on=OBSERVATION)
    assert len(both) == len(found) > 1_000
    metrics = inputs.network.catalogue.metrics
    assert {metrics[name].table for name in set(found["metric"])} == {"ledger"}
    assert (both["numerator"].abs() <= both["absolute"]).mean() > 0.99  # but where a part of a year was raised
    whole = both[(both["metric"] == "net_spend") & (both["scope"] == "network") & (both["breakdown"] == "")]
    assert (whole["contributors"] > 1_000).all() and (whole["largest"] < whole["absolute"] / 2).all()
