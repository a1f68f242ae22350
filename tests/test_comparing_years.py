"""The page for funders on comparing years says what the library says of the demonstration network."""

from __future__ import annotations

from pathlib import Path

import pytest

from anchor_analysis import change, decompose, open_network, real_terms, series

PAGE = " ".join((Path(__file__).parents[1] / "docs" / "comparing-years.md").read_text(encoding="utf-8").split())
METRIC, SINCE, YEAR = "local_spend", "2018/19", "2023/24"


@pytest.fixture(scope="module")
def net(demonstration):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ANCHOR_WORKSPACE", str(demonstration.root))
        found = open_network("demonstration", YEAR)
        yield found, found.observations, real_terms(found.observations, found.deflator, YEAR)


def millions(amount: float, signed: bool = True) -> str:
    sign = "−" if round(amount / 1e6, 1) < 0 else "+" if signed and round(amount / 1e6, 1) else ""
    return f"{sign}£{abs(amount) / 1e6:.1f}m"


def moved(net, observations, panel: str = "all"):
    return change(observations, METRIC, YEAR, SINCE, panel, net[0].network)


def test_the_headline_and_its_parts_are_those_of_the_page(net):
    rows = moved(net, net[1])
    whole, parts = rows.iloc[0], rows[rows["kind"] == "part"].set_index("part")["value"]
    assert f"**{millions(whole['from_value'], False)}** with suppliers" in PAGE
    assert f"In 2023/24 it was **{millions(whole['to_value'], False)}**" in PAGE
    lines = {
        "members that reported both years": parts["continuing"], "members that joined in between": parts["joiners"],
        "members that left": parts["leavers"],
        "members that reported one of the two years alone": parts["non_response"],
    }  # fmt: skip
    for said, amount in lines.items():
        assert f"| {said} | {millions(amount)} |" in PAGE
    assert f"| **all of it** | **{millions(whole['value'])}** |" in PAGE
    assert (whole["members_from"], whole["members_to"], whole["members_expected"]) == (9, 12, 13)


@pytest.mark.parametrize(
    ("at", "said"),
    [(1, "went from {0} to {1}: {2}, or **{3} %**"), (2, "spent {0} then and {1} now: {2}, or **{3} %**")],
)
def test_like_for_like_is_that_of_the_page_in_cash_and_in_real_terms(net, at, said):
    row = moved(net, net[at], "like_for_like").iloc[0]
    ends = [millions(row[name], False) for name in ("from_value", "to_value")]
    assert said.format(*ends, millions(row["value"]), f"{row['value'] / row['from_value']:+.1%}"[:-1]) in PAGE
    assert f"{millions(row['lower'])} and {millions(row['upper'])}" in PAGE
    assert row["members"] == 8 and (row["lower"] > 0) == (at == 1)


def test_what_people_did_is_that_of_the_page(net):
    parts = decompose(net[2], METRIC, YEAR, SINCE, network=net[0].network).groupby("part")["value"].sum()
    assert f"| they spent less altogether | {millions(parts['net_spend'])} |" in PAGE
    assert f"| more of it went to suppliers in the city | {millions(parts[METRIC])} |" in PAGE
    share = series(net[1], "local_spend_share", network=net[0].network)["value"]
    assert f"from {share.iloc[0]:.1%} to {share.iloc[-1]:.1%}".replace("%", " %") in PAGE
    within = decompose(net[1], "local_spend_share", YEAR, SINCE, network=net[0].network).query("part == 'within'")
    assert f"by {within['value'].sum() * 100:+.1f} points within members" in PAGE
