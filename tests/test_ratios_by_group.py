"""Ratios by group: what is divided by what, which members are in it, and that they give no withheld part away."""

from __future__ import annotations

import pandas as pd
import pytest

from anchor_analysis.compare import compare
from anchor_analysis.measure import measure
from anchor_analysis.measure.observing import Measured
from anchor_analysis.problems import UserError
from anchor_analysis.protect import protect
from anchor_analysis.protect.cells import TOO_SMALL
from tests.spec import SpecNetwork

YEAR = "2023/24"
JOBS, STARTS, SHARE = "programme_jobs", "programme_starts", "programme_job_share"


class Programmes(SpecNetwork):
    """Members whose rows tell starts and jobs by kind of programme, or who tell only totals."""

    def __init__(self, folder):
        super().__init__(folder)
        self.rows: list[dict] = []
        self.totals_told: list[dict] = []

    def by_kind(self, member: str, **kinds: tuple[int, int]) -> None:
        """Starts and jobs of each kind."""
        self.has(member, levers="services")
        self.reports(
            member, YEAR, **{STARTS: sum(n for n, _ in kinds.values()), JOBS: sum(n for _, n in kinds.values())}
        )
        for kind, counts in kinds.items():
            for metric, count in zip((STARTS, JOBS), counts, strict=True):
                row = {"member": member.lower(), "network_year": YEAR, "metric": metric, "group": kind}
                self.rows.append(row | {"numerator": count, "unknown": 0, "unknown_credits": 0, "rows": 2})

    def tells(self, member: str, starts: int, jobs: int) -> None:
        """Totals without rows."""
        self.has(member, levers="services")
        for metric, count in ((STARTS, starts), (JOBS, jobs)):
            row = {"member": member.lower(), "network_year": YEAR, "metric": metric, "told_unknown": 0}
            self.totals_told.append(row | {"told_numerator": count})

    def observations(self) -> pd.DataFrame:
        network, totals = self.network, pd.DataFrame(self.told)
        totals = totals.assign(member=totals["member"].str.lower())
        columns = ["member", "network_year", "metric", "told_numerator", "told_unknown"]
        told = pd.DataFrame(self.totals_told, columns=columns)
        amounts = dict.fromkeys(("numerator", "unknown", "unknown_credits", "rows"), "Int64")
        none = pd.DataFrame(columns=["member", "network_year", "months"])
        broken = {"kind": pd.DataFrame(self.rows).astype(amounts)}
        given = Measured(totals.astype(amounts), broken, told, none, "example", network.all_years())
        return measure(network, given)

    def shares(self) -> pd.DataFrame:
        found = self.observations()
        chosen = (found["metric"] == SHARE) & (found["breakdown"] == "kind") & (found["scope"] == "network")
        return found[chosen & (found["network_year"] == YEAR)].set_index("group")

    def released(self) -> pd.DataFrame:
        network, observations = self.network, self.observations()
        cells = protect(network, observations, compare(network, observations, network.latest), network.latest).cells
        return cells[cells["table"].isin(["programme_shares_by_kind", "programmes_by_kind"])].set_index(
            ["metric", "group"]
        )


@pytest.fixture
def programmes(tmp_path) -> Programmes:
    return Programmes(tmp_path)


def test_a_ratio_by_group_divides_the_sums_of_the_group_over_members(programmes):
    programmes.by_kind("A", placement=(100, 40), supported=(50, 10))
    programmes.by_kind("B", placement=(300, 60))
    shares = programmes.shares()
    assert shares["value"].to_dict() == {"placement": 0.25, "supported": 0.2}
    assert shares[["numerator", "denominator"]].loc["placement"].tolist() == [100, 400]
    assert set(shares["members_counted"]) == {2} and set(shares["status"]) == {"reported"}


def test_a_group_without_anything_to_divide_by_has_no_value_and_is_there(programmes):
    programmes.by_kind("A", placement=(100, 40), supported=(0, 0))
    shares = programmes.shares()
    assert pd.isna(shares.loc["supported", "value"]) and shares.loc["placement", "value"] == 0.4


def test_a_member_that_told_only_totals_is_not_broken_down(programmes):
    programmes.by_kind("A", placement=(100, 40))
    programmes.tells("B", 200, 100)
    shares = programmes.shares()
    assert shares["value"].to_dict() == {"placement": 0.4, "not_broken_down": 0.5}
    assert shares["members_counted"].tolist() == [2, 2]


def test_a_member_that_did_not_report_is_expected_and_not_counted(programmes):
    programmes.by_kind("A", placement=(100, 40))
    programmes.has("B", levers="services")
    assert programmes.shares().loc["placement", ["members_counted", "members_expected"]].tolist() == [1, 2]


def test_a_share_of_which_a_part_is_withheld_is_withheld(programmes):
    programmes.by_kind("A", placement=(1000, 400), supported=(500, 4), apprenticeship=(600, 20))
    cells = programmes.released()
    assert cells.loc[(JOBS, "supported"), "rule"] == TOO_SMALL
    shares = cells.loc[SHARE]
    assert shares["shown"].to_dict() == {
        "": "20.2%",
        "placement": "40.0%",
        "supported": "[c]",
        "apprenticeship": "3.3%",
    }
    assert pd.isna(shares.loc["supported", "value"])


def test_a_share_on_few_is_withheld_by_itself_since_both_of_its_parts_are_told(programmes):
    programmes.by_kind("A", placement=(1000, 400), supported=(40, 20), apprenticeship=(600, 200))
    released = programmes.released()
    assert released.loc[SHARE, "rule"].loc["supported"] == "share of fewer than 50"
    assert (released.loc[SHARE, "status"] == "withheld").sum() == 1
    assert set(released.loc[[(STARTS, "supported"), (JOBS, "supported")], "status"]) == {"shown"}


def test_a_numerator_is_withheld_where_what_is_left_of_its_whole_is_small(programmes):
    programmes.by_kind("A", placement=(1000, 400), supported=(80, 75), apprenticeship=(600, 200))
    released = programmes.released()
    assert released.loc[SHARE].loc["supported", "rule"] == TOO_SMALL
    jobs = released.loc[JOBS]
    assert jobs.loc["supported", ["status", "rule"]].tolist() == ["withheld", TOO_SMALL]
    assert released.loc[STARTS].loc["supported", "status"] == "shown"


def test_a_table_shows_a_ratio_by_what_both_of_its_parts_are_broken_down_by(tmp_path):
    from anchor_analysis import storage
    from anchor_analysis.declared import load_catalogue

    text = "title: X\nkind: levels\naudience: public\nbreakdown: emissions_by\nmetrics: [emissions_per_area]\n"
    storage.write_text(tmp_path / "tables" / "per_area.yaml", text)
    with pytest.raises(UserError, match='"emissions_per_area" has no breakdown by emissions_by'):
        load_catalogue(tmp_path)
