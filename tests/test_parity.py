"""Every metric of the catalogue on two engines, over awkward data: one answer, from the rows to the observations.

Spark is held to the same in tests/test_spark.py.
"""

from __future__ import annotations

import pandas as pd
import pytest

from anchor_analysis.declared import load_catalogue
from tests.nasty_network import SENT, measured_on

CATALOGUE = load_catalogue()
CURRENT = [metric for metric in CATALOGUE.metrics.values() if metric.status == "current"]
by_id = pytest.mark.parametrize("metric", CURRENT, ids=lambda metric: metric.id)

#: What an extract tells of staff at the start only where one of them has left since.
NEVER_NOUGHT = {"staff_turnover"}

SPEND_WITH_UNKNOWNS = [one for one in CURRENT if one.table == "ledger" and one.unknown]


@pytest.fixture(scope="module")
def tables(tmp_path_factory) -> dict[str, pd.DataFrame]:
    return measured_on("duckdb", tmp_path_factory.mktemp("duckdb"))


def differences(ours: dict[str, pd.DataFrame], theirs: dict[str, pd.DataFrame]) -> list[str]:
    """The tables that are not the same to the last figure, and where."""
    found = [f"{name}: only on one side" for name in ours.keys() ^ theirs.keys()]
    for name in sorted(ours.keys() & theirs.keys()):
        one, other = (alike(side[name]) for side in (ours, theirs))
        if list(one.columns) != list(other.columns) or len(one) != len(other):
            found.append(f"{name}: {one.shape} and {other.shape}")
        elif not one.equals(other):
            found.append(f"{name}:\n{one.compare(other).head(5).to_string()}")
    return found


def alike(frame: pd.DataFrame) -> pd.DataFrame:
    """A frame whose values are compared and not how an engine types them: a day is a day, a whole number a number."""
    return frame.astype(object).where(frame.notna(), None).map(_plain)


def _plain(value: object) -> object:
    if isinstance(value, pd.Timestamp) or hasattr(value, "isoformat"):
        return str(value)[:10]
    return float(value).hex() if isinstance(value, float) else value


def test_engines_give_the_same_tables_from_the_rows_to_the_observations(tables, tmp_path):
    told = differences(tables, measured_on("polars", tmp_path))
    assert not told, "\n".join(told)


def test_a_difference_in_the_last_place_is_noticed(tables):
    changed = tables["observations"].assign(value=tables["observations"]["value"] * (1 + 2**-52))
    assert differences(tables, tables) == []
    assert len(differences(tables, tables | {"observations": changed})) == 1


# --- what the data holds: a metric, a breakdown or a table that is new has to be in it ---


def test_every_table_of_the_catalogue_is_sent():
    assert {table for sent in SENT.values() for table in sent} == set(CATALOGUE.schema)


@by_id
def test_every_metric_is_counted_from_rows(tables, metric):
    rows = observed(tables, metric.id)
    counted = rows[(rows["quality"] == "rows") & rows["status"].isin(["reported", "partial"]) & rows["upper"].notna()]
    assert (counted["numerator"] != 0).any()


@by_id
def test_every_breakdown_of_a_metric_has_groups_with_something_in_them(tables, metric):
    for breakdown in CATALOGUE.breakdowns(metric):
        rows = observed(tables, metric.id, breakdown)
        assert rows.loc[(rows["numerator"] != 0).fillna(False), "group"].nunique() > 1, breakdown


@pytest.mark.parametrize("metric", [one for one in CURRENT if one.unknown], ids=lambda metric: metric.id)
def test_something_is_unknown_of_every_metric_that_may_have_unknowns(tables, metric):
    assert (observed(tables, metric.id)["unknown"] != 0).any()


@pytest.mark.parametrize("metric", SPEND_WITH_UNKNOWNS, ids=lambda metric: metric.id)
def test_credits_are_among_what_is_unknown_of_spend(tables, metric):
    assert (observed(tables, metric.id)["unknown_credits"] < 0).any()


@pytest.mark.parametrize("metric", [one for one in CURRENT if one.kind == "ratio"], ids=lambda metric: metric.id)
def test_every_ratio_has_a_member_with_nothing_to_divide_by_and_no_value(tables, metric):
    none = observed(tables, metric.id, member="b", year="2022/23").iloc[0]
    assert pd.isna(none["value"])
    assert none["status"] == "missing" if metric.id in NEVER_NOUGHT else none["denominator"] == 0


def test_places_of_suppliers_are_tied_and_reach_beyond_the_largest(tables):
    ranks = tables["a.2023-24 located ledger"].drop_duplicates("supplier_entity").groupby("supplier_rank").size()
    assert ranks["top_10"] > 10 and ranks["top_10"] + ranks["next_290"] > 300 and ranks["other"] > 0


def test_a_payment_is_placed_in_every_way_that_needs_no_person(tables):
    ledgers = pd.concat([frame for name, frame in tables.items() if name.endswith("located ledger")])
    assert set(ledgers["supplier_place_from"]) >= {"line", "own_master", "linked_by_id", "linked_by_name", "none"}
    assert set(ledgers.loc[ledgers["transaction_id"].isin(["T23", "T24"]), "paid_member"]) == {"b"}
    assert set(ledgers["paid_to"]) == {"supplier", "other_member", "itself"}
    assert ledgers["supplier_terminated"].notna().any()


def observed(
    tables: dict[str, pd.DataFrame], metric: str, breakdown: str = "", member: str = "", year: str = ""
) -> pd.DataFrame:
    """Members' observations of a metric."""
    found = tables["observations"]
    chosen = (found["metric"] == metric) & (found["scope"] == "member") & (found["breakdown"] == breakdown)
    for column, value in (("member", member), ("network_year", year)):
        chosen &= (found[column] == value) if value else True
    return found[chosen]
