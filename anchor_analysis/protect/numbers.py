"""The numbers that an edition tells of, each once, however many cells, tables and panels tell it.

A number is exact and whole: the total of a metric, what of it is unknown, what a share is of, the total of the members
of a panel, a part of a change. Cells tell numbers, rounded; what a reader can work out follows from the equations
between numbers. Both are gathered here, and nothing is decided.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from anchor_analysis.declared import Metric, Network
from anchor_analysis.declared.profiles import Profile
from anchor_analysis.declared.units import UNITS
from anchor_analysis.measure.observing import COUNTED, observation_id
from anchor_analysis.rounding import nearest

Terms = Mapping[str, int]


@dataclass
class Number:
    """A number: its value in the smallest parts of its unit, and the metric that it is of.

    `figure` is the number with which it is told, empty where no cell tells it; `told` counts the cells that do. One
    that is `countable` counts people or things that the threshold of its profile is about, which the unknown are not.
    A `signed` one is a difference, so that nobody knows whether it is below nought; one that is `taken` is never above
    it, as what those had who left.
    """

    name: str
    value: int
    metric: Metric
    figure: str = ""
    told: int = 0
    whole: bool = False
    member: str = ""
    year: str = ""
    countable: bool = True
    signed: bool = False
    taken: bool = False


@dataclass
class Numbers:
    """All numbers of an edition by name, and the equations between them, each as how often a number is in it.

    `members` names, for a total over members, what of it each has. `rounded` is what figures are shown as that are
    rounded with others, by name. `noughts` are those that cells withhold for being nought, `small` those that cells
    withhold for being below the threshold, and `marked` are those of which cells say so in words, `marked_before` for
    good, since a release did. `fewer` has those of which the reason of a ratio says that they are enough to be told and
    fewer than so many, `fewer_before` the same for good. `withheld_before` are those that a release withheld.
    `differences` are what a total has over another, `rests` what a metric has over one that is a part of it.
    """

    network: Network
    rows: Mapping[str, Any]
    known: dict[str, Number] = field(default_factory=dict)
    equations: dict[tuple[tuple[str, int], ...], None] = field(default_factory=dict)
    members: dict[str, tuple[str, ...]] = field(default_factory=dict)
    rounded: dict[str, int] = field(default_factory=dict)
    marked: set[str] = field(default_factory=set)
    marked_before: set[str] = field(default_factory=set)
    fewer: dict[str, int] = field(default_factory=dict)
    fewer_before: dict[str, int] = field(default_factory=dict)
    withheld_before: set[str] = field(default_factory=set)
    small: set[str] = field(default_factory=set)
    noughts: set[str] = field(default_factory=set)
    differences: set[str] = field(default_factory=set)
    rests: set[str] = field(default_factory=set)

    @classmethod
    def of(cls, network: Network, observations: pd.DataFrame) -> Numbers:
        """No number yet, and the observations by their ids to make them from."""
        whole = ["numerator", "denominator", "unknown", "unknown_credits"]
        plain = observations.assign(**{name: observations[name].astype(object) for name in whole})
        return cls(network, {row.observation_id: row for row in plain.itertuples(index=False)})

    def profile(self, number: Number) -> Profile:
        return self.network.profile(number.metric.protect)

    def is_closed(self, number: Number) -> bool:
        """Whether a number is of a kind of data that members keep confidential, whatever single ones agreed to."""
        return getattr(self.network.confidentiality, number.metric.protect) == "confidential"

    def threshold(self, number: Number) -> int:
        """Below what a count is too small to be told, in the smallest parts of its unit."""
        return self.profile(number).threshold * UNITS[number.metric.unit].scale

    def step(self, number: Number) -> int:
        """By how much a figure of it differs from the next one, in the smallest parts of its unit."""
        return max(1, self.profile(number).base(number.metric.unit) * UNITS[number.metric.unit].scale)

    def equation(self, terms: Terms) -> None:
        """Remember that these numbers, so often each, come to nought."""
        terms = {name: count for name, count in terms.items() if count}
        off = sum(count * self.known[name].value for name, count in terms.items())
        if off:
            raise AssertionError(f"what is said of {', '.join(terms)} does not add up")
        if len(terms) > 1:
            self.equations[tuple(sorted(terms.items()))] = None

    def adds_up(self, terms: Terms) -> bool:
        """Whether these numbers come to nought."""
        return not sum(count * self.known[name].value for name, count in terms.items())

    def add(self, name: str, value: int, metric: Metric, **about: Any) -> str:
        if name not in self.known:
            self.known[name] = Number(name, int(value), metric, **about)
        return name

    def sum(self, name: str, parts: Iterable[str], metric: Metric, **about: Any) -> str:
        """A number that is the sum of others, under this name."""
        parts = list(parts)
        if name not in self.known:
            self.add(name, sum(self.known[part].value for part in parts), metric, **about)
            self.equation({name: -1, **_counted(parts)})
            self.members[name] = tuple(parts)
        return name

    # --- of observations ---

    def counts(self, name: str) -> bool:
        """Whether there is an observation of this id, with a figure."""
        row = self.rows.get(name)
        return row is not None and row.status in COUNTED and not pd.isna(row.numerator)

    def additive(self, name: str) -> str:
        """The number of an observation of an additive metric, with what of it is unknown and what it may at most be."""
        if name in self.known:
            return name
        row = self.rows[name]
        metric = self.network.catalogue.metric(row.metric)
        about = {"member": row.member, "year": row.network_year}
        whole = row.scope == "network" and not row.breakdown
        self.add(name, row.numerator, metric, whole=whole, **about)
        open_ = int(row.unknown) - int(row.unknown_credits)
        if int(row.unknown) or int(row.unknown_credits):
            self.add(unknown_of(name), open_, metric, countable=False, **about)
            self.add(most_of(name), int(row.numerator) + open_, metric, countable=False, **about)
            self.equation({most_of(name): 1, name: -1, unknown_of(name): -1})
        return name

    def level(self, name: str) -> list[str]:
        """The numbers that an observation is told by: itself, or the two parts of a ratio."""
        metric = self.network.catalogue.metric(self.rows[name].metric)
        return [self.additive(name)] if metric.kind == "additive" else self._ratio(self.rows[name], metric)

    def _ratio(self, row: Any, metric: Metric) -> list[str]:
        top, whole = self.network.catalogue.parts(metric)
        assert whole is not None
        upper, lower = (self._part(row, part, number) for part, number in
                        ((top, row.numerator), (whole, self._divided(row, metric))))  # fmt: skip
        if metric.unit != "share":
            return [upper, lower]
        known = lower
        if unknown_of(upper) in self.known:
            known = self.add(f"{row.observation_id}#known", row.denominator, whole)
            if not row.unknown_credits:
                self.equation({known: 1, unknown_of(upper): 1, lower: -1})
        rest = self.add(f"{row.observation_id}#rest", int(row.denominator) - int(row.numerator), whole)
        self.equation({rest: 1, upper: 1, known: -1})
        return list(dict.fromkeys([upper, known, lower]))

    @staticmethod
    def _divided(row: Any, metric: Metric) -> int:
        """The whole that a ratio is of: of a share what is known with what is unknown."""
        return int(row.denominator) + (int(row.unknown) if metric.unit == "share" else 0)

    def _part(self, row: Any, part: Metric, number: int) -> str:
        """A part of a ratio: the observation that it is, or, where fewer members have both parts, a sum of its own."""
        name = observation_id(part.id, row.network_year, row.scope, row.member, row.breakdown, row.group)
        if self.counts(name) and int(self.rows[name].numerator) == int(number):
            return self.additive(name)
        own = f"{row.observation_id}#{part.id}"
        if own in self.known:
            return own
        ids = [self._member_id(part, row, member) for member in self._members_of(row)]
        parts = [self.additive(one) for one in ids if self.counts(one)]
        self.sum(own, parts, part, whole=not row.breakdown)
        return self._with_unknown(own, parts, part)

    def _with_unknown(self, name: str, parts: list[str], metric: Metric) -> str:
        """What of a sum is unknown, beside it, if anything is of its parts."""
        unknown = [unknown_of(part) for part in parts if unknown_of(part) in self.known]
        if unknown and unknown_of(name) not in self.known:
            self.sum(unknown_of(name), unknown, metric, countable=False)
            most = self.known[name].value + self.known[unknown_of(name)].value
            self.add(most_of(name), most, metric, countable=False)
            self.equation({most_of(name): 1, name: -1, unknown_of(name): -1})
        return name

    def _members_of(self, row: Any) -> list[str]:
        """Members that have a figure of the metric of a row of the network."""
        ids = ((member.id, observation_id(row.metric, row.network_year, "member", member.id, row.breakdown, row.group))
               for member in self.network.members)  # fmt: skip
        return [member for member, name in ids if self.counts(name)]

    @staticmethod
    def _member_id(metric: Metric, row: Any, member: str) -> str:
        return observation_id(metric.id, row.network_year, "member", member, row.breakdown, row.group)

    # --- of findings ---

    def end(self, finding: Mapping[str, Any], end: str) -> list[str]:
        """The numbers of one end of a change, `from` or `to`: those of the network, or of the members of a panel."""
        year = finding["since" if end == "from" else "period"]
        if pd.isna(finding[f"{end}_numerator"]):
            return []
        of_network = observation_id(finding["metric"], year, "network", "")
        row = self.rows.get(of_network)
        metric = self.network.catalogue.metric(finding["metric"])
        ids = [name for name in finding["observation_ids"].split() if self.rows[name].network_year == year]
        ids = [name for name in ids if self.counts(name)]
        if row is not None and self.counts(of_network) and _same(row, finding, end) and self._are_all(ids, row):
            return self.level(of_network)
        return self._panel(ids, metric, year)

    def _are_all(self, ids: Iterable[str], row: Any) -> bool:
        """Whether these are the observations of all members that a row of the network counts."""
        return sorted(self.rows[name].member for name in ids) == sorted(self._members_of(row))

    def _panel(self, ids: list[str], metric: Metric, year: str) -> list[str]:
        """The numbers of some members together, which are the same for the same members in whatever comparison."""
        members = "+".join(sorted(self.rows[name].member for name in ids))
        told = [self.level(name) for name in ids]
        names = [f"{metric.id}:{year}:[{members}]#{place}" for place in range(max(map(len, told), default=0))]
        if metric.kind == "additive":
            return [
                self._with_unknown(self.sum(names[0], [of[0] for of in told], metric), [of[0] for of in told], metric)
            ]
        tops, lowers = [of[0] for of in told], [of[-1] for of in told]
        top, whole = self.network.catalogue.parts(metric)
        assert whole is not None
        upper = self._with_unknown(self.sum(names[0], tops, top), tops, top)
        if metric.unit != "share":
            return [upper, self.sum(names[1], lowers, whole)]
        known = self.sum(f"{names[0]}#known", [of[1] for of in told], whole)
        rest = self.add(f"{names[0]}#rest", self.known[known].value - self.known[upper].value, whole)
        self.equation({rest: 1, upper: 1, known: -1})
        if unknown_of(upper) not in self.known:
            return [upper, known]
        return [upper, known, self.sum(f"{names[0]}#whole", lowers, whole)]

    def part(self, finding: Mapping[str, Any]) -> list[str]:
        """The number of a part of a change, or of a reduction: what some members have at one end less the other."""
        name = str(finding["finding_id"])
        if name not in self.known:
            metric = self.network.catalogue.metric(finding["metric"])
            moved: dict[str, int] = {}
            for one in finding["observation_ids"].split():
                if self.counts(one):
                    moved[self.additive(one)] = moved.get(one, 0) + self._sign(self.rows[one], finding)
            groups = finding["part"] in ("joiners", "leavers", "non_response")
            signed = finding["part"] not in ("joiners", "leavers")
            taken = finding["part"] == "leavers"
            self.add(name, finding["part_numerator"], metric, countable=groups, signed=signed, taken=taken)
            self.equation({name: -1, **moved})
            self.members[name] = tuple(moved)
        return [name]

    def _sign(self, row: Any, finding: Mapping[str, Any]) -> int:
        """How often an observation is in a part: at the later end once, at the earlier one less once."""
        since, period, part = finding["since"], finding["period"], finding["part"]
        if finding["kind"] == "reduction":
            years = int(period[:4]) - int(since[:4])
            first = years if part == "cumulative" else 1
            return first if row.network_year == since else -int(part == "cumulative" or row.network_year == period)
        earlier = row.network_year == since or (part == "definition" and row.metric != finding["metric"])
        return -1 if earlier else 1

    # --- what cells tell ---

    def tell(self, names: Iterable[str]) -> None:
        """Note that one more cell tells these numbers, and with each what it may at most be."""
        for name in names:
            self.known[name].told += 1
            for told in (name, most_of(name)):
                if told in self.known:
                    self.known[told].figure = name

    def in_words(self, number: Number, fewer: Mapping[str, int]) -> tuple[float, float]:
        """Between what the reason of a ratio leaves a number that it is of; without end where none says anything."""
        if number.name not in fewer:
            return -math.inf, math.inf
        return self.threshold(number), fewer[number.name] - 1

    def read_as(self, number: Number) -> tuple[int, int]:
        """Between what a reader of its figure knows a number to be, by the rounding."""
        profile = self.profile(number)
        unit = number.metric.unit
        base = profile.base(unit) * UNITS[unit].scale
        if (together := self.rounded.get(number.name)) is not None:
            least = together - base + 1 if together else 0
            return (max(least, 0) if number.value >= 0 else least), together + base - 1
        if base <= 1 or profile.percentages.source == "unrounded":
            return number.value, number.value
        shown = nearest(number.value, base)
        low, high = shown - base // 2, shown + (base - 1) // 2
        if shown == 0:
            low = -high
        elif shown < 0:
            low, high = shown - (base - 1) // 2, shown + base // 2
        return min(low, number.value), max(high, number.value)


def unknown_of(name: str) -> str:
    """The number of what of another is unknown."""
    return f"{name}#unknown"


def most_of(name: str) -> str:
    """The number of what another may at most be, if all that is unknown belongs to it."""
    return f"{name}#most"


def _counted(names: Iterable[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for name in names:
        found[name] = found.get(name, 0) + 1
    return found


def _same(row: Any, finding: Mapping[str, Any], end: str) -> bool:
    """Whether an end of a change is what the network has."""
    pairs = [(getattr(row, name), finding[f"{end}_{name}"]) for name in ("numerator", "denominator", "unknown")]
    return all(pd.isna(own) == pd.isna(other) and (pd.isna(own) or int(own) == int(other)) for own, other in pairs)
