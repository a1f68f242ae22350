"""Who makes a sum of money: how many suppliers do, and how much of it the largest of them make.

Of a contributor counts the size of its net amount in the sum: a supplier that pays back more than it was paid is as
large as its credit. The sizes together are the sum's contributions. Sensitivity rules are made for contributions of one
sign (Hundepool et al., Statistical Disclosure Control, 2012, chapter 4); to take sizes is what GaussSuppression for R
(Langsrud, Statistics Norway; its MagnitudeRule) does where there are both. What is net nought contributes nothing.

A supplier is who `supplier_entity` says that it is, across members; else who has one number at the member; a member
that is paid is one however it is written. Located ledgers have no names any more. Whoever is not told, by a line or by
a whole figure, may be anybody: all of it is taken as one contributor. Nothing here says who anybody is.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import narwhals as nw
import numpy as np
import pandas as pd

from anchor_analysis import storage
from anchor_analysis.declared import Metric, TableSchema
from anchor_analysis.declared.tables import BOTH
from anchor_analysis.engine import Engine
from anchor_analysis.engine.base import LazyFrame
from anchor_analysis.measure.observing import COUNTED
from anchor_analysis.measure.sums import BY, amount_of, combined, groups_of, whole

#: What an observation is of.
OBSERVATION = ["metric", "network_year", "scope", "member", "breakdown", "group"]

CONTRIBUTOR_COLUMNS = [*OBSERVATION, "contributors", "largest", "second", "n_largest", "absolute"]

SUPPLIER, UNNAMED = "supplier", ""

#: The rules ask for the two largest at least.
FEWEST_PLACES = 2


def supplier_contributors(
    paths: Sequence[Path], metrics: Sequence[Metric], n: int, observations: pd.DataFrame, schema: TableSchema,
    engine: Engine, folder: Path,
) -> pd.DataFrame:  # fmt: skip
    """The suppliers that make each observation of additive metrics of the ledger, the network's and the members'.

    One row per observation with a figure, in CONTRIBUTOR_COLUMNS: how many `contributors` there are, what the
    `largest`, the `second` largest and the `n` largest together make (`n_largest`), and all (`absolute`), in pence.
    Nothing is missing: what nobody contributes to has noughts. What was told as a figure, and what is in no row of a
    breakdown, is of the one contributor that nobody names. Rows count as they came: a part of a year is not raised to
    the whole. Only members count in the network's that are in its total. `paths` are located ledgers, gone through
    once; files are written into `folder`.
    """
    asked = _asked(observations, metrics)
    places = max(n, FEWEST_PLACES)
    found = _Ledger(paths, metrics, schema, engine, folder).found(asked, places) if paths else []
    return _with_unnamed(asked, pd.concat([_nobody(places), *found], ignore_index=True), n)


class _Ledger:
    """Located ledgers added up by supplier, once for all metrics and breakdowns."""

    def __init__(
        self, paths: Sequence[Path], metrics: Sequence[Metric], schema: TableSchema, engine: Engine, folder: Path
    ):
        self.metrics, self.engine, self.folder = metrics, engine, folder
        self.rows = combined(
            paths, metrics, schema, engine, folder / "by_supplier.parquet", [SUPPLIER], {SUPPLIER: _supplier()}
        )

    def found(self, asked: pd.DataFrame, places: int) -> list[pd.DataFrame]:
        """The named suppliers of every observation that rows make, as frames in the columns of `_nobody`."""
        storage.write_frame(_counted(asked, self.metrics), self.folder / "counted.parquet")
        breakdowns = sorted({name for metric in self.metrics for name in metric.breakdowns})
        frames = [self._by(breakdown, places) for breakdown in ("", *breakdowns)]
        return [frame for pair in frames for frame in pair]

    def _by(self, breakdown: str, places: int) -> list[pd.DataFrame]:
        """The members' and the network's sums, whole or by the groups of a breakdown."""
        columns = breakdown.split(BOTH) if breakdown else []
        metrics = [metric for metric in self.metrics if not breakdown or breakdown in metric.breakdowns]
        by = ["network_year", *columns, SUPPLIER]
        members = self._amounts(["member", *by], metrics)
        network = self._written(members.group_by(*by).agg(*(whole(nw.col(metric.id)) for metric in metrics)))
        scopes = {"member": (members, ["member"]), "network": (network, [])}
        return [
            self._largest(_long(frame, metrics, [*own, *by]), ["metric", "network_year", *own], columns, places).assign(
                scope=scope, breakdown=breakdown
            )
            for scope, (frame, own) in scopes.items()
        ]

    def _amounts(self, by: list[str], metrics: Sequence[Metric]) -> LazyFrame:
        """The net amount of each supplier in each metric of a member, in a column of its id; nought if not counted."""
        sums = [amount_of(metric.numerator).alias(metric.id) for metric in metrics]
        counted = self.engine.scan([self.folder / "counted.parquet"])
        found = self.rows.group_by(*by).agg(*sums).join(counted, on=BY, how="inner")
        return self._written(found.select(*by, *(nw.col(one.id) * nw.col(f"{one.id}__counts") for one in metrics)))

    def _written(self, frame: LazyFrame) -> LazyFrame:
        """A frame computed once, for all that is asked of it."""
        to = self.folder / f"amounts_{len(list(self.folder.glob('amounts_*')))}.parquet"
        self.engine.write(frame, to)
        return self.engine.scan([to])

    def _largest(self, amounts: LazyFrame, by: list[str], columns: list[str], places: int) -> pd.DataFrame:
        """By a metric, year and member, and the columns of a breakdown, what `_nobody` has."""
        keys, amount, named = [*by, *columns], nw.col("amount"), nw.col(SUPPLIER) != UNNAMED
        sums = {
            "contributors": named.cast(nw.Int64),
            "absolute": nw.when(named).then(amount.abs()), "unnamed": nw.when(~named).then(amount),
        }  # fmt: skip
        found = amounts.group_by(*keys).agg(*(whole(value).alias(name) for name, value in sums.items()))
        sized = amounts.filter(named).select(*keys, size=amount.abs())
        placed = sized.with_columns(place=nw.col("size").rank("ordinal", descending=True).over(*keys))
        # Rows are kept by their place before they are added up: engines then look for the few largest and sort nothing.
        few = self.engine.observe(placed.filter(nw.col("place") <= places).sort(*keys, "place"))
        wide = self.engine.observe(found.sort(*keys)).merge(_side_by_side(few, keys, places), on=keys, how="left")
        return wide.assign(group=groups_of(wide, columns), **({} if "member" in by else {"member": ""}))


def _long(wide: LazyFrame, metrics: Sequence[Metric], by: list[str]) -> LazyFrame:
    """One row per supplier and `metric`, with its `amount`."""
    each = [wide.select(*by, metric=nw.lit(metric.id), amount=nw.col(metric.id)) for metric in metrics]
    return nw.concat([frame.filter(nw.col("amount") != 0) for frame in each])


def _counted(asked: pd.DataFrame, metrics: Sequence[Metric]) -> pd.DataFrame:
    """By member and year, whether each metric has a figure that is in the network's: `<metric>__counts`, 1 or 0."""
    whole_figures = asked[(asked["scope"] == "member") & (asked["breakdown"] == "")]
    told = whole_figures[BY].drop_duplicates(ignore_index=True).astype("str")
    pairs = {metric: set(zip(one["member"], one["network_year"], strict=True)) for metric, one in
             whole_figures.groupby("metric")}  # fmt: skip
    keys = list(zip(told["member"], told["network_year"], strict=True))
    flags = {f"{one.id}__counts": [int(key in pairs.get(one.id, ())) for key in keys] for one in metrics}
    return told.assign(**{name: pd.Series(values, dtype="int64") for name, values in flags.items()})


def _side_by_side(few: pd.DataFrame, keys: list[str], places: int) -> pd.DataFrame:
    """One row per key, with the size at each place; nought where there is none."""
    frames = [few[few["place"] == at].set_index(keys)["size"] for at in range(1, places + 1)]
    return pd.concat(frames, axis=1, keys=_places(places)).fillna(0).reset_index()


def _supplier() -> nw.Expr:
    """Whom a line pays: one text for one supplier, UNNAMED where nothing tells."""
    return nw.coalesce(
        nw.concat_str(nw.lit("member "), nw.col("paid_member")),
        nw.concat_str(nw.lit("entity "), nw.col("supplier_entity")),
        nw.concat_str(nw.lit("id "), nw.col("member"), nw.lit(" "), nw.col("supplier_id")),
        nw.lit(UNNAMED),
    )


def _asked(observations: pd.DataFrame, metrics: Sequence[Metric]) -> pd.DataFrame:
    """The observations of metrics that have a figure: what each is of, `numerator`, and what of that was `told`."""
    wanted = observations["metric"].isin([metric.id for metric in metrics]) & observations["status"].isin(COUNTED)
    return observations.loc[wanted, [*OBSERVATION, "numerator", "told"]].reset_index(drop=True)


def _nobody(places: int) -> pd.DataFrame:
    numbers = ["contributors", "absolute", "unnamed", *_places(places)]
    texts = pd.DataFrame({name: pd.Series(dtype="str") for name in OBSERVATION})
    return texts.assign(**{name: pd.Series(dtype="Int64") for name in numbers})


def _places(places: int) -> list[str]:
    return [f"place_{at}" for at in range(1, places + 1)]


def _with_unnamed(asked: pd.DataFrame, found: pd.DataFrame, n: int) -> pd.DataFrame:
    """The rows of observations, with all that is of nobody who is named as one contributor more."""
    places = _places(max(n, FEWEST_PLACES))
    both = asked.merge(found, on=OBSERVATION, how="left")
    in_rows = both["unnamed"].notna()
    nobodys = (both["unnamed"].fillna(0) + both["told"].where(in_rows, both["numerator"])).abs()
    named = both[places].fillna(0)
    sizes = np.sort(np.column_stack([named.to_numpy("int64"), nobodys.to_numpy("int64")]), axis=1)[:, ::-1]
    return _finished(
        both.assign(
            contributors=both["contributors"].fillna(0) + (nobodys > 0), absolute=both["absolute"].fillna(0) + nobodys,
            largest=sizes[:, 0], second=sizes[:, 1], n_largest=sizes[:, :n].sum(axis=1),
        )
    )  # fmt: skip


def _finished(frame: pd.DataFrame) -> pd.DataFrame:
    numbers = frame[CONTRIBUTOR_COLUMNS[len(OBSERVATION) :]].fillna(0).astype("Int64")
    return frame[OBSERVATION].join(numbers).sort_values(OBSERVATION, ignore_index=True)
