"""Ledgers that have no credits though their neighbours have: perhaps their minus signs were lost."""

from __future__ import annotations

import pandas as pd

from anchor_analysis.problems import Problem

#: A ledger of fewer rows may have no credits by chance.
ENOUGH_ROWS = 100

_COLUMNS = ["network_year", "member", "rows_kept", "value_kept_pence", "at_stake_pence", "neighbours"]
_AMOUNTS = ["rows_kept", "value_kept_pence", "negative_rows", "negative_pence"]


def ledgers_without_credits(accounts: pd.DataFrame) -> pd.DataFrame:
    """One row per member and year whose ledger has no credits though its neighbours have; `accounts` as of cleaning.

    Neighbours are the member's other years (`neighbours` is `years`), or where it has none the other members' ledgers
    of the year (`members`). At stake is twice what the credits would be at the neighbours' share of value, since a
    lost sign counts twice.
    """
    ledgers = accounts[accounts["table"] == "ledger"] if len(accounts) else accounts
    if ledgers.empty:
        return pd.DataFrame(columns=_COLUMNS)
    sums = ledgers.groupby(["member", "network_year"], as_index=False)[_AMOUNTS].sum()
    rows = []
    for row in sums.itertuples():
        own, same_year = sums["member"] == row.member, sums["network_year"] == row.network_year
        kind, others = "years", sums[own & ~same_year]
        if others.empty:
            kind, others = "members", sums[same_year & ~own]
        credits = -others["negative_pence"].sum()
        if row.rows_kept >= ENOUGH_ROWS and row.negative_rows == 0 and credits > 0:
            share = credits / (others["value_kept_pence"].sum() + credits)
            at_stake = round(2 * share * row.value_kept_pence)
            rows.append((row.network_year, row.member, row.rows_kept, row.value_kept_pence, at_stake, kind))
    return pd.DataFrame(rows, columns=_COLUMNS)


def lost_signs(accounts: pd.DataFrame) -> list[Problem]:
    """One problem (AN036) for each ledger that has no credits though its neighbours have. It holds nothing up."""
    neighbours = {"years": "though its other years have some", "members": "though those of other members have some"}
    remedy = "If credits lost their minus signs, send the ledger again with them; if there were none, all is well."
    problems = []
    for row in ledgers_without_credits(accounts).itertuples():
        stake = f"with about £{row.at_stake_pence / 100:,.0f} at stake"
        what = f"none of its {row.rows_kept:,} payments is a credit, {neighbours[row.neighbours]}, {stake}."
        problems.append(Problem("AN036", f"{row.member} {row.network_year}, ledger", what, remedy))
    return problems
