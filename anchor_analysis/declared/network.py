"""A network as people decided it: members, years, areas, references, protection, what they said of returns."""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Mapping as Named
from collections.abc import Set as Names
from contextlib import suppress
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Literal, get_args

from pydantic import Field, field_validator

from anchor_analysis.declared.agreements import Agreement, agreement_faults
from anchor_analysis.declared.answers import Answers
from anchor_analysis.declared.areas import Mapping, MostDisadvantaged, WardSet
from anchor_analysis.declared.catalogue import CODEBOOK, Catalogue, catalogue_as_told, load_catalogue
from anchor_analysis.declared.community import Action, Codebook, Listening, community_faults
from anchor_analysis.declared.conditions import ConditionValue
from anchor_analysis.declared.ids import Id
from anchor_analysis.declared.metrics import DataKind, Metric
from anchor_analysis.declared.model import Declared, Fault, FaultyField, as_far_as_known, not_there
from anchor_analysis.declared.names import name_key
from anchor_analysis.declared.populations import Population, population_faults
from anchor_analysis.declared.profiles import ConfidentialityByKind, Profile, Protection
from anchor_analysis.declared.setting import About, Area, Reference, Years
from anchor_analysis.declared.spending import SpendCategory
from anchor_analysis.declared.suppliers import Linking, SupplierDecisions
from anchor_analysis.declared.years import NetworkYear, Period, YearLabel, month_day, parse_year, period, years_between
from anchor_analysis.problems import Problem, UserError, did_you_mean, unknown

Lever = Literal["employer", "spender", "estate", "services", "community", "progression", "multiplier", "contracts"]


class Member(Declared):
    """A member: its own year's end, when it joined and left, and the levers on which it reports.

    `known_as` is what ledgers call it beside its name, so that payments between members can be told.
    `organisation_codes` are its codes in files of many organisations, such as the NHS estates return.
    """

    id: Id
    name: str
    sector: str
    joined: date
    levers: list[Lever]
    year_ends: str = "03-31"
    left: date | None = None
    merged_into: str = ""
    known_as: list[str] = []
    organisation_codes: list[str] = []

    @field_validator("year_ends")
    @classmethod
    def _a_day(cls, text: str) -> str:
        month_day(text)
        return text

    @property
    def names(self) -> list[str]:
        """What ledgers may call it: its name always, and as it is known."""
        return [self.name, *self.known_as]

    @property
    def name_keys(self) -> list[str]:
        """Its names as they are compared, each once."""
        return list(dict.fromkeys(name_key(name) for name in self.names))


class CoverageNote(Declared):
    """What people decided about a member's return: that it counts as missing, refused, partial, complete.

    `months` of a partial one is how many the return covers; what happened during the year is then raised to twelve.
    """

    member: str
    year: YearLabel
    tables: list[str]
    status: Literal["missing", "refused", "partial", "not_applicable", "complete"]
    reason: str
    months: int | None = Field(None, ge=1, le=11)

    def faults(self) -> Iterator[Fault]:
        if self.months and self.status != "partial":
            yield Fault(("months",), f"months is of a partial return, and this one is {self.status}")


class CoverageBreak(Declared):
    """A year from which on a member's figures hold other sites, systems or people than before, and why."""

    member: str
    starts: YearLabel = Field(alias="from")
    metrics: list[str] = Field(min_length=1)
    why: str = Field(min_length=1)


class Checks(Declared):
    """From which factor on a member's figure that jumped against its own last return waits for an answer."""

    largest_jump: float = Field(3.0, gt=1)


class Network(Declared):
    """network.toml, checked. `catalogue` holds the definitions that this network sees.

    `recoded` gives the codes that the postcode directory has for areas that are named by others.
    """

    about: About = Field(alias="network")
    area: Area
    years: Years
    reference: Reference = Reference()
    protection: Protection
    confidentiality: ConfidentialityByKind
    members: list[Member]
    checks: Checks = Checks()
    coverage: list[CoverageNote] = []
    breaks: list[CoverageBreak] = []
    mappings: list[Mapping] = []
    answered: Answers = Answers()
    listening: Listening = Listening()
    actions: list[Action] = []
    agreements: list[Agreement] = []
    categories: list[SpendCategory] = []
    populations: list[Population] = []
    conditions: list[ConditionValue] = []
    suppliers: Linking = Linking()
    suppliers_decided: SupplierDecisions = SupplierDecisions()
    recoded: dict[str, str] = {}
    folder: Path
    definitions: Path

    @property
    def id(self) -> str:
        return self.about.id

    @cached_property
    def catalogue(self) -> Catalogue:
        return load_catalogue(self.definitions, self.listening.codebook)

    @property
    def codebook(self) -> Codebook:
        """The codebook by which the network codes what its listening projects hear."""
        return self.catalogue.codebook(self.listening.codebook)

    @property
    def first(self) -> NetworkYear:
        return parse_year(self.years.first)

    @property
    def latest(self) -> NetworkYear:
        return parse_year(self.years.latest)

    @property
    def baseline(self) -> NetworkYear:
        return parse_year(self.years.baseline)

    @property
    def estate_baseline(self) -> NetworkYear:
        """The year that emissions are held against."""
        return parse_year(self.years.estate_baseline or self.years.baseline)

    def all_years(self, until: NetworkYear | None = None) -> list[NetworkYear]:
        return years_between(self.first, until or self.latest)

    def year(self, label: str) -> NetworkYear:
        """A year of this network; raises UserError (AN003) for any other."""
        year = parse_year(label)
        if year not in self.all_years():
            what = f"{year} is not a year of {self.about.name}, which has {self.first} to {self.latest}."
            raise UserError(Problem("AN003", "year", what, "Choose one of these, or extend [years] in network.toml."))
        return year

    def member(self, name: str, where: str = "network.toml") -> Member:
        """The member of this id; raises UserError (AN029) with the nearest ones."""
        for member in self.members:
            if member.id == name:
                return member
        raise unknown("AN029", "member", name, [member.id for member in self.members], where)

    def mappings_of(self, member: Member) -> list[Mapping]:
        """The mappings that may concern a member's files: its own, and those that name no member."""
        return [mapping for mapping in self.mappings if mapping.member in ("", member.id)]

    @property
    def payees(self) -> dict[str, list[str]]:
        """By member, the keys of its names: a ledger line that names it pays a member.

        All members count in all years, also before they joined and after they left: a change like for like would
        otherwise fall by what is paid to whoever joins.
        """
        return {member.id: member.name_keys for member in self.members}

    def period_of(self, year: NetworkYear, member: Member | None = None) -> Period:
        """The dates of a network year, or of a member's own year within it."""
        ends = member.year_ends if member else self.years.ends
        return period(year, self.years.ends, ends, self.years.belongs)

    def standing(self, member: Member, year: NetworkYear) -> str:
        """`member`, `not_yet_member`, `left` or `merged`, as at the end of the member's own year."""
        end = self.period_of(year, member).end
        if member.joined > end:
            return "not_yet_member"
        if member.left and member.left < end:
            return "merged" if member.merged_into else "left"
        return "member"

    def decided(self, member: str, year: NetworkYear, table: str) -> CoverageNote | None:
        """What people decided about one table of a member's return, if anything; a return is refused whole."""
        notes = (note for note in self.coverage if note.member == member and parse_year(note.year) == year)
        return next((note for note in notes if table in note.tables or note.status == "refused"), None)

    def agreed(self, member: str, metric: Metric, year: NetworkYear) -> bool:
        """Whether an agreement in force lets this figure of a member be shown, or be had by subtraction.

        It matters only where data of the metric's kind are `confidential` among the members. It never waives what
        protects people: thresholds, rounding and all that is personal stay as they are.
        """
        return any(one.in_force and one.concerns(member, metric, str(year)) for one in self.agreements)

    def profile(self, kind: str) -> Profile:
        """The disclosure profile that the network chose for a kind of data."""
        return self.catalogue.profiles[getattr(self.protection, kind)]

    @property
    def ward_set(self) -> WardSet | None:
        return self.catalogue.wards[self.area.wards].recoded(self.recoded) if self.area.wards else None

    @property
    def disadvantaged(self) -> MostDisadvantaged | None:
        return self._definition(self.area.most_disadvantaged)

    @property
    def disadvantaged_other(self) -> MostDisadvantaged | None:
        return self._definition(self.area.most_disadvantaged_other)

    def _definition(self, name: str) -> MostDisadvantaged | None:
        return self.catalogue.disadvantaged[name].recoded(self.recoded) if name else None

    @property
    def wards_named(self) -> dict[str, list[str]]:
        """The lists of most disadvantaged wards that the network names: `wards`, and `wards_other` beside them."""
        named = {"wards": self.disadvantaged, "wards_other": self.disadvantaged_other}
        return {kind: sorted(definition.wards) for kind, definition in named.items() if definition and definition.wards}

    @property
    def ward_groups(self) -> dict[str, str]:
        """The group of each ward of the area, by its code of today."""
        most = self.wards_named.get("wards", [])
        wards = {code: "other_in_area" for code in (self.ward_set.wards if self.ward_set else {})}
        return wards | dict.fromkeys(most, "most_disadvantaged")

    @property
    def made_from(self) -> set[str]:
        """What columns may be made from: postcodes always, and every release and list that the network names."""
        reference = self.reference
        releases = {"deprivation": reference.deprivation, "deprivation_other": reference.deprivation_other}
        return {"postcodes", *self.wards_named, *(kind for kind, name in releases.items() if name)}

    def faults(self) -> Iterator[Fault]:
        known, _ = catalogue_as_told(self.definitions)
        checks = [
            self._name_faults(known), self._profile_faults(known), self._vintage_faults(), self._ward_faults(known),
            self._member_faults(), self._payee_faults(), self._year_faults(), self._answer_faults(known),
            self._break_faults(known), self._codebook_faults(known), self._agreement_faults(known),
            population_faults(self.populations, known.schema["workforce"]),
        ]  # fmt: skip
        for check in checks:
            yield from as_far_as_known(check)

    def _name_faults(self, known: Catalogue) -> Iterator[Fault]:
        """What it names of the definitions is there."""
        named: list[tuple[str, str, str, Named[str, object]]] = [
            ("area", "wards", "list of wards", known.wards),
            *(("area", field, "definition of the most disadvantaged", known.disadvantaged) for field in _MOST),
            *(("protection", kind, "disclosure profile", known.profiles) for kind in get_args(DataKind)),
            ("listening", "codebook", "codebook", known.codebooks),
        ]
        for table, field, kind, there in named:
            with suppress(FaultyField):
                name = getattr(getattr(self, table), field)
                if name and name not in there and name.partition("@")[0] not in known.unread:
                    yield not_there((table, field), kind, name, there)

    def _profile_faults(self, known: Catalogue) -> Iterator[Fault]:
        """Whatever members report on has a disclosure profile."""
        levers = {lever for member in self.members for lever in member.levers}
        for kind in sorted({kind for metric in known.metrics.values() for kind in _reported(metric, levers)}):
            with suppress(FaultyField):
                if not getattr(self.protection, kind):
                    what = f"members report on {kind}, and protection.{kind} names no disclosure profile"
                    yield Fault(("protection", kind), what)

    def _vintage_faults(self) -> Iterator[Fault]:
        """A second vintage has a first one that it stands beside, and a best fit its lookup."""
        if self.reference.deprivation_other and not self.reference.deprivation:
            what = "reference.deprivation_other stands beside reference.deprivation, and none is named"
            yield Fault(("reference", "deprivation_other"), what)
        if self.area.ward_from == "best_fit" and not self.reference.lookup:
            what = 'area.ward_from is "best_fit", and reference.lookup names no lookup of LSOAs to wards'
            yield Fault(("area", "ward_from"), what)

    def _ward_faults(self, known: Catalogue) -> Iterator[Fault]:
        """A second list of wards has a first one that it stands beside."""
        first, other = (known.disadvantaged.get(getattr(self.area, field)) for field in _MOST)
        if other and not (other.wards and first and first.wards):
            what = "area.most_disadvantaged_other is a list of wards beside a list of wards"
            yield Fault(("area", "most_disadvantaged_other"), what)

    def _member_faults(self) -> Iterator[Fault]:
        names = [member.id for member in self.members]
        for at, name in enumerate(names):
            if name in names[:at]:
                yield Fault(("members", at, "id"), f'two members are called "{name}"')
        for at, member in enumerate(self.members):
            with suppress(FaultyField):
                if member.merged_into and member.merged_into not in names:
                    what = f'"{member.merged_into}", into which a member merged, is no member'
                    yield Fault(("members", at, "merged_into"), what, did_you_mean(member.merged_into, names, "member"))
        for at, note in enumerate(self.coverage):
            with suppress(FaultyField):
                if note.member not in names:
                    what = f'coverage names "{note.member}", who is no member'
                    yield Fault(("coverage", at, "member"), what, did_you_mean(note.member, names, "member"))

    def _break_faults(self, known: Catalogue) -> Iterator[Fault]:
        """Whose figures hold another thing from some year on, and which figures, is there."""
        names = [member.id for member in self.members]
        for at, one in enumerate(self.breaks):
            with suppress(FaultyField):
                if one.member not in names:
                    what = f'breaks names "{one.member}", who is no member'
                    yield Fault(("breaks", at, "member"), what, did_you_mean(one.member, names, "member"))
            with suppress(FaultyField):
                for place, name in enumerate(one.metrics):
                    if name not in {*known.metrics, *known.unread}:
                        yield not_there(("breaks", at, "metrics", place), "metric", name, known.metrics)

    def _answer_faults(self, known: Catalogue) -> Iterator[Fault]:
        """What answers.toml names is there."""
        names = [member.id for member in self.members]
        for field in ("answers", "corrections", "left_out"):
            for at, one in enumerate(getattr(self.answered, field)):
                with suppress(FaultyField):
                    if one.member not in names:
                        what = f'answers.toml names the member "{one.member}", who is not known'
                        place = ("answered", field, at, "member")
                        yield Fault(place, what, did_you_mean(one.member, names, "member"))
        for at, answer in enumerate(self.answered.answers):
            with suppress(FaultyField):
                if answer.metric and answer.metric not in {*known.metrics, *known.unread}:
                    what = f'an answer to {answer.code} names the metric "{answer.metric}", which is not known'
                    place = ("answered", "answers", at, "metric")
                    yield Fault(place, what, did_you_mean(answer.metric, known.metrics, "metric"))

    def _codebook_faults(self, known: Catalogue) -> Iterator[Fault]:
        """What actions.toml names is there."""
        book = known.codebooks.get(self.listening.codebook or CODEBOOK)
        if book:
            yield from community_faults(self.actions, book, [member.id for member in self.members], known)

    def _agreement_faults(self, known: Catalogue) -> Iterator[Fault]:
        """What agreements.toml names is there."""
        names = [member.id for member in self.members]
        yield from agreement_faults(self.agreements, names, known, self.all_years())

    def _year_faults(self) -> Iterator[Fault]:
        if self.first > self.latest or self.baseline not in self.all_years():
            yield Fault(("years", "baseline"), "the baseline lies between the first year and the latest")
        elif self.estate_baseline not in self.all_years():
            what = "the estate_baseline lies between the first year and the latest"
            yield Fault(("years", "estate_baseline"), what)

    def _payee_faults(self) -> Iterator[Fault]:
        """A name that nobody could match, and a name of two members, which says nothing of which is paid."""
        whose: dict[str, tuple[str, str]] = {}
        for at, member in enumerate(self.members):
            with suppress(FaultyField):
                for name in member.names:
                    key = name_key(name)
                    owner, spelled = whose.setdefault(key, (member.id, name))
                    if not key:
                        what = f'"{name}", a name of {member.id}, has no letter and no figure'
                        yield Fault(("members", at, "known_as"), what)
                    elif owner != member.id:
                        what = f'"{name}" is a name of {member.id}, and "{spelled}" of {owner} is the same name'
                        yield Fault(("members", at, "known_as"), what)


#: The fields of [area] that name a definition of the most disadvantaged: the first, and the one beside it.
_MOST = ("most_disadvantaged", "most_disadvantaged_other")


def _reported(metric: Metric, levers: Names[str]) -> list[str]:
    """The kind of data that a metric makes of what members report on these levers, if it does."""
    with suppress(FaultyField):
        return [metric.protect] if metric.lever in levers else []
    return []
