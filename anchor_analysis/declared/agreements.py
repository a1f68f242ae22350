"""What members agreed to have shown of their own figures, although data of the kind are confidential."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import date
from itertools import permutations
from typing import TYPE_CHECKING, Annotated, Any, Literal, get_args

from pydantic import Field, PlainValidator

from anchor_analysis import storage
from anchor_analysis.declared.metrics import DataKind, Metric
from anchor_analysis.declared.model import Declared, Fault, FaultyField, not_there
from anchor_analysis.declared.roles import Remark, Role
from anchor_analysis.declared.years import NetworkYear, parse_year
from anchor_analysis.problems import UserError, did_you_mean

if TYPE_CHECKING:
    from anchor_analysis.declared.catalogue import Catalogue

#: The file of a network that has its agreements.
AGREEMENTS = "agreements.toml"


def _periods(told: Any) -> str | list[str]:
    """`all`, or the labels of years in one form."""
    if told == "all":
        return "all"
    if not isinstance(told, list) or not told or not all(isinstance(label, str) for label in told):
        raise ValueError('periods are "all", or a list of network years such as ["2023/24"]')
    try:
        return [str(parse_year(label)) for label in told]
    except UserError as error:
        raise ValueError(f"{error.problems[0].what} {error.problems[0].remedy}") from None


class Agreement(Declared):
    """A member agrees that its own figures are shown: by name, and so that they can be had from others' sums too.

    `metrics` are ids of metrics or kinds of data, such as spend; `periods` network years, or `all`. `signed_by` is a
    role. An agreement is never changed or taken out: it is `revoked`, from which day on no new edition relies on it.
    It lifts the confidentiality among institutions and nothing else: no threshold on people, and nothing personal.
    """

    member: str
    metrics: list[str] = Field(min_length=1)
    periods: Annotated[Literal["all"] | list[str], PlainValidator(_periods)]
    signed: date
    signed_by: Role
    shows: Literal["named"]
    revoked: date | None = None
    note: Remark = ""

    @property
    def id(self) -> str:
        """Its name in the ledger of editions: a hash of what was agreed, by whom and when."""
        periods = self.periods if isinstance(self.periods, str) else "|".join(sorted(set(self.periods)))
        return storage.text_hash(self.member, "|".join(sorted(set(self.metrics))), periods, str(self.signed))[:12]

    @property
    def in_force(self) -> bool:
        return self.revoked is None

    def concerns(self, member: str, metric: Metric, period: str) -> bool:
        """Whether it is about a member's figure of a year, revoked or not."""
        named = bool({metric.id, metric.protect} & set(self.metrics))
        return self.member == member and named and (self.periods == "all" or period in self.periods)

    def faults(self) -> Iterator[Fault]:
        if self.revoked and self.revoked < self.signed:
            yield Fault(("revoked",), "it is revoked before it was signed")
        for field in ("signed", "revoked"):
            with suppress(FaultyField):
                if (day := getattr(self, field)) and day > date.today():
                    yield Fault((field,), f"it is {field} on a day that has not come", "Enter it when it is so.")


class Agreements(Declared):
    """agreements.toml, checked."""

    agreements: list[Agreement] = []

    def faults(self) -> Iterator[Fault]:
        ids: list[str] = []
        for at, one in enumerate(self.agreements):
            with suppress(FaultyField):
                if one.id in ids:
                    what = f"it is the same as agreements.{ids.index(one.id)}: member, metrics, periods and day"
                    yield Fault(("agreements", at), what, "Keep one of the two; if either is revoked, keep that.")
                ids.append(one.id)


def agreement_faults(
    agreements: Sequence[Agreement], members: Sequence[str], known: Catalogue, years: Sequence[NetworkYear]
) -> Iterator[Fault]:
    """What agreements.toml names that is not there, and agreements of which one revokes what another upholds."""
    labels = [str(year) for year in years]
    for at, one in enumerate(agreements):
        with suppress(FaultyField):
            if one.member not in members:
                yield not_there(("agreements", at, "member"), "member", one.member, members)
        with suppress(FaultyField):
            yield from _metric_faults(at, one, known)
        with suppress(FaultyField):
            for label in [] if one.periods == "all" else sorted({*one.periods} - {*labels}):
                what = f"{label} is no year of the network, which has {labels[0]} to {labels[-1]}"
                yield Fault(("agreements", at, "periods"), what, did_you_mean(label, labels, "year"))
    yield from _contradictions(agreements, known)


def _metric_faults(at: int, one: Agreement, known: Catalogue) -> Iterator[Fault]:
    there = [*get_args(DataKind), *known.metrics]
    for place, name in enumerate(one.metrics):
        if name not in {*there, *known.unread}:
            yield not_there(("agreements", at, "metrics", place), "metric or kind of data", name, there)


def _contradictions(agreements: Sequence[Agreement], known: Catalogue) -> Iterator[Fault]:
    """Agreements in force that another one, which was revoked after they were signed, is about too."""
    for (_, revoked), (at, other) in permutations(enumerate(agreements), 2):
        with suppress(FaultyField):
            later = revoked.revoked and other.in_force and other.signed < revoked.revoked
            if later and revoked.member == other.member and _share(revoked, other, known):
                what = f"it agrees to what the member revoked on {revoked.revoked}, in an agreement of {revoked.signed}"
                remedy = "Enter the day of revocation here too; if the member has agreed anew since, enter that day."
                yield Fault(("agreements", at), what, remedy)


def _share(one: Agreement, other: Agreement, known: Catalogue) -> bool:
    """Whether a figure of the same member could be of both."""
    periods = "all" in (one.periods, other.periods) or set(one.periods) & set(other.periods)
    return bool(periods and _ids(one, known) & _ids(other, known))


def _ids(one: Agreement, known: Catalogue) -> set[str]:
    """The metrics that an agreement is about, by their own ids and by their kinds of data."""
    kinds: dict[str, set[str]] = {}
    for name, metric in known.metrics.items():
        with suppress(FaultyField):
            kinds.setdefault(metric.protect, set()).add(name)
    return {name for named in one.metrics for name in (named, *kinds.get(named, ()))}
