"""Returns of staff that cannot tell who left: a question for the member, since turnover is told without it."""

from __future__ import annotations

import pandas as pd

from anchor_analysis.declared import Network
from anchor_analysis.problems import Problem

#: What is counted of leavers, and of the staff of the same return.
LEFT, STAFF = "staff_left", "staff"

#: Statuses of a count of staff that was made.
_COUNTED = ("reported", "zero", "partial")


def leavers_untold(network: Network, observations: pd.DataFrame) -> list[Problem]:
    """One problem (AN047) for each member and year whose rows count its staff and not its leavers, if nobody answered.

    That leavers cannot be told is what measuring found: `staff_left` is missing. It holds nothing up.
    """
    own = observations[(observations["scope"] == "member") & (observations["breakdown"] == "")]
    status = own.pivot(index=["member", "network_year"], columns="metric", values="status")
    rows = own[(own["metric"] == STAFF) & (own["quality"] == "rows") & own["status"].isin(_COUNTED)]
    answered = {(a.member, str(a.network_year)) for a in network.answered.answers if a.code == "AN047"}
    counted = sorted({*zip(rows["member"], rows["network_year"], strict=True)} - answered)
    return [_problem(network, *key) for key in counted if LEFT in status and status.at[key, LEFT] == "missing"]


def _problem(network: Network, member: str, year: str) -> Problem:
    what = (
        f"nobody in the return of {network.member(member).name} has left by a month after the year began, so it seems "
        "to hold only who was still there, and the member is in no figure of turnover."
    )
    answer = f'code = "AN047", member = "{member}", year = "{year}", metric = "{LEFT}"'
    remedy = (
        "Ask the member for everybody who was in post at any time of the year, with last days, or for the figures "
        f"staff_at_start and staff_left. If it has neither, or nobody left, say so in answers.toml: {answer}, and the "
        "reason."
    )
    return Problem("AN047", f"{member} {year}, {LEFT}", what, remedy)
