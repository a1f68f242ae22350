"""Money in real terms: what it would be at the prices of one financial year, by a deflator of a pinned vintage.

Source of the method: HM Treasury, "GDP deflators: user guide" (a figure is divided by the deflator of its own year and
multiplied by that of the year whose prices are wanted). Nominal figures stand beside real ones, never in their place.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any

import pandas as pd

from anchor_analysis.declared import Network, NetworkYear, parse_year
from anchor_analysis.measure.observing import AMOUNTS, COUNTED, add_values
from anchor_analysis.problems import Problem, UserError
from anchor_analysis.rounding import nearest

#: Units of money; what is paid for an hour is so too, and a share of money is none.
MONEY = ("gbp", "gbp_per_person", "gbp_per_hour")

#: The whole numbers of an observation that are pence, where its unit is money.
_PENCE = ("numerator", "unknown", "unknown_credits", "told")


@dataclass(frozen=True, eq=False)
class Deflator:
    """Prices by financial year, as an index: `values` by the calendar year in which it begins, on 1 April."""

    id: str
    vintage: str
    values: pd.Series

    @classmethod
    def of_table(cls, about: Mapping[str, Any], table: pd.DataFrame) -> Deflator:
        """That of a reference: what is known of it, and its table with `year` and `index`."""
        return cls(about["id"], about["vintage"], table.set_index("year")["index"].astype("float64"))

    def of(self, start: date, end: date) -> float:
        """Prices over some whole months: the mean of those of the financial years that they lie in.

        Raises UserError (AN003) where the deflator does not reach them.
        """
        months = [(start.year * 12 + start.month - 1 + step) for step in range(self._months(start, end))]
        years = [(month - 3) // 12 for month in months]
        found = self.values.reindex(years).astype("float64")
        if found.isna().any():
            missing = NetworkYear(next(year for year, value in zip(years, found, strict=True) if pd.isna(value)))
            what = f"the deflator {self.id} has no figure for {missing}."
            remedy = "Add a newer vintage with `anchor-analysis reference add`, and name it under [reference] deflator."
            raise UserError(Problem("AN003", "[reference] deflator", what, remedy))
        return float(found.mean())

    @staticmethod
    def _months(start: date, end: date) -> int:
        return (end.year - start.year) * 12 + end.month - start.month + 1


def real_terms(observations: pd.DataFrame, deflator: Deflator, prices_of: str) -> pd.DataFrame:
    """The observations with money at the prices of the financial year `prices_of`; all else as it is.

    Pence are multiplied by the prices of that year over those of the network year's own twelve months, the same for
    all members, and rounded half up to whole pence; the network's are the sum of its members'. Of a ratio of money to
    people the money is; a share of money is the same at all prices. `basis` says by which deflator and at whose prices,
    so that what is real is never compared with what is not: `change`, `series`, `decompose` and `trends` take the
    result as they take what was measured.

    Raises UserError (AN003) for a year that the deflator does not have.
    """
    base = parse_year(prices_of)
    money = observations["unit"].isin(MONEY)
    real = observations[money].copy()
    factors = price_factors(real, deflator, base)
    factor = real["network_year"].map(factors).astype("float64")
    for name in _PENCE:
        real[name] = _half_up(real[name].astype("Float64") * factor)
    real = _summed_anew(real)
    bounds = (real["value"].isna() & real["lower"].notna()).fillna(False)
    valued = add_values(real.assign(bounds_only=bounds)).drop(columns="bounds_only")
    basis = f"prices of {base} by {deflator.id} ({deflator.vintage})"
    valued["basis"] = [f"{own}; {basis}" if own else basis for own in real["basis"]]
    return pd.concat([observations[~money], valued]).reindex(observations.index)[list(observations.columns)]


def price_factors(observations: pd.DataFrame, deflator: Deflator, base: NetworkYear) -> dict[str, float]:
    """By network year, what its money is multiplied by to be at the prices of a financial year."""
    to = deflator.of(date(base.begins, 4, 1), date(base.begins + 1, 3, 31))
    own = observations[observations["scope"] == "network"].drop_duplicates("network_year")
    return {
        row.network_year: to / deflator.of(_day(row.period_start), _day(row.period_end)) for row in own.itertuples()
    }


def real_findings(network: Network, observations: pd.DataFrame, deflator: Deflator) -> Iterator[dict[str, Any]]:
    """One finding (`kind` real_terms) for each total of money that a table of real terms names, and year.

    Prices are those of the network's latest year. `quotient` is what the year's money is multiplied by, and `value` the
    network's figure so multiplied, missing where only bounds are known; `since` is the year whose prices they are, and
    `benchmark` the deflator.
    """
    tables = [table for table in network.catalogue.tables.values() if table.kind == "real_terms"]
    whole = (observations["scope"] == "network") & (observations["breakdown"] == "")
    base = parse_year(max(observations["network_year"]))
    factors = price_factors(observations, deflator, base)
    for name in dict.fromkeys(name for table in tables for name in table.metrics):
        for row in observations[whole & (observations["metric"] == name)].to_dict("records"):
            factor = factors[row["network_year"]]
            year = parse_year(row["network_year"])
            yield {
                "finding_id": f"{name}:{year.folder}:real_terms", "kind": "real_terms", "metric": name,
                "period": str(year), "since": str(base), "panel": "all", "unit": row["unit"], "audience": "public",
                "benchmark": f"{deflator.id} ({deflator.vintage})", "quotient": factor,
                **{end: None if pd.isna(row[end]) else row[end] * factor for end in ("value", "lower", "upper")},
                "members": row["members_counted"], "members_expected": row["members_expected"],
                "told": row["told"], "observation_ids": row["observation_id"],
            }  # fmt: skip


def _day(text: object) -> date:
    return date.fromisoformat(str(text)[:10])


def _half_up(amounts: pd.Series) -> pd.Series:
    """Whole pence, halves away from nought."""
    return amounts.map(lambda amount: int(nearest(Fraction(amount), Fraction(1))), na_action="ignore").astype("Int64")


def _summed_anew(real: pd.DataFrame) -> pd.DataFrame:
    """The network's pence as the sum of its members' rounded ones, so that parts go on making their whole."""
    by = ["metric", "network_year", "breakdown", "group"]
    members = real[(real["scope"] == "member") & real["status"].isin(COUNTED)]
    sums = members.groupby(by)[list(_PENCE)].sum()
    of_network = (real["scope"] == "network") & real["numerator"].notna()
    keys = pd.MultiIndex.from_frame(real.loc[of_network, by])
    for name in _PENCE:
        real.loc[of_network, name] = sums[name].reindex(keys).to_numpy()
    return real.astype(dict.fromkeys(AMOUNTS, "Int64"))
