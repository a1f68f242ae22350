"""A network as people decided it: members, years, areas, references, protection, what they said of returns."""

from __future__ import annotations

from collections.abc import Mapping as Named
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Literal, Self, get_args

from pydantic import Field, field_validator, model_validator

from anchor_analysis import storage
from anchor_analysis.declared.answers import Answers
from anchor_analysis.declared.areas import Mapping, MostDisadvantaged, WardSet
from anchor_analysis.declared.catalogue import Catalogue, load_catalogue
from anchor_analysis.declared.community import Action, Actions, Codebook, Listening, community_faults
from anchor_analysis.declared.conditions import CONDITIONS_FILE, ConditionValue, read_conditions
from anchor_analysis.declared.metrics import DataKind
from anchor_analysis.declared.model import Declared, build, read_data, read_declared
from anchor_analysis.declared.names import name_key
from anchor_analysis.declared.populations import Population, Populations
from anchor_analysis.declared.profiles import ConfidentialityByKind, Profile, Protection
from anchor_analysis.declared.setting import About, Area, Reference, Years
from anchor_analysis.declared.spending import SpendCategories, SpendCategory
from anchor_analysis.declared.suppliers import Linking, SupplierDecisions, check_decisions
from anchor_analysis.declared.years import NetworkYear, Period, month_day, parse_year, period, years_between
from anchor_analysis.problems import Problem, UserError, unknown

Lever = Literal["employer", "spender", "estate", "services", "community", "progression", "multiplier", "contracts"]


class Member(Declared):
    """A member: its own year's end, when it joined and left, and the levers on which it reports.

    `known_as` is what ledgers call it beside its name, so that payments between members can be told.
    `organisation_codes` are its codes in files of many organisations, such as the NHS estates return.
    """

    id: str = Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,63}$")
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
    year: str
    tables: list[str]
    status: Literal["missing", "refused", "partial", "not_applicable", "complete"]
    reason: str
    months: int | None = Field(None, ge=1, le=11)

    @model_validator(mode="after")
    def _only_a_part_is_raised(self) -> Self:
        if self.months and self.status != "partial":
            raise ValueError(f"months is of a partial return, and this one is {self.status}")
        return self


class CoverageBreak(Declared):
    """A year from which on a member's figures hold other sites, systems or people than before, and why."""

    member: str
    starts: str = Field(alias="from")
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
        return load_catalogue(self.definitions if self.definitions.is_dir() else None, self.listening.codebook)

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
        for note in self.coverage:
            concerns = table in note.tables or note.status == "refused"
            if note.member == member and parse_year(note.year) == year and concerns:
                return note
        return None

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

    @model_validator(mode="after")
    def _agrees_with_itself(self) -> Self:
        faults = [*self._name_faults(), *self._deprivation_faults(), *self._member_faults()]
        faults += community_faults(self.listening, self.actions, [member.id for member in self.members], self.catalogue)
        if faults:
            raise ValueError("; ".join(faults))
        return self

    def _deprivation_faults(self) -> list[str]:
        """A second vintage or list has a first one that it stands beside."""
        faults = []
        if self.area.ward_from == "best_fit" and not self.reference.lookup:
            faults.append('area.ward_from is "best_fit", and reference.lookup names no lookup of LSOAs to wards')
        if self.reference.deprivation_other and not self.reference.deprivation:
            faults.append("reference.deprivation_other stands beside reference.deprivation, and none is named")
        known, other = self.catalogue.disadvantaged, self.area.most_disadvantaged_other
        if other in known and not (known[other].wards and self.wards_named.get("wards")):
            faults.append("area.most_disadvantaged_other is a list of wards beside a list of wards")
        return faults

    def _member_faults(self) -> list[str]:
        names = [member.id for member in self.members]
        faults = [f'two members are called "{name}"' for name in sorted({n for n in names if names.count(n) > 1})]
        faults += [
            f'coverage names "{note.member}", who is no member' for note in self.coverage if note.member not in names
        ]
        for one in self.breaks:
            unknown_metrics = [name for name in one.metrics if name not in self.catalogue.metrics]
            faults += [f'breaks names the metric "{name}", which is not known' for name in unknown_metrics]
            faults += [f'breaks names "{one.member}", who is no member'] if one.member not in names else []
        faults += self._payee_faults()
        told = self.answered
        faults += [
            f'answers.toml names the member "{one.member}", who is not known'
            for one in (*told.answers, *told.corrections, *told.left_out)
            if one.member not in names
        ]
        faults += [
            f'an answer to {one.code} names the metric "{one.metric}", which is not known'
            for one in told.answers
            if one.metric and one.metric not in self.catalogue.metrics
        ]
        merged = [member.merged_into for member in self.members if member.merged_into]
        faults += [f'"{name}", into which a member merged, is no member' for name in merged if name not in names]
        if self.first > self.latest or self.baseline not in self.all_years():
            faults.append("the baseline lies between the first year and the latest")
        elif self.estate_baseline not in self.all_years():
            faults.append("the estate_baseline lies between the first year and the latest")
        return faults

    def _payee_faults(self) -> list[str]:
        """A name that nobody could match, and a name of two members, which says nothing of which is paid."""
        faults = [
            f'"{name}", a name of {member.id}, has no letter and no figure'
            for member in self.members
            for name in member.names
            if not name_key(name)
        ]
        whose: dict[str, tuple[str, str]] = {}
        for member in self.members:
            for name in member.names:
                owner, spelled = whose.setdefault(name_key(name), (member.id, name))
                if name_key(name) and owner != member.id:
                    faults.append(f'"{name}" is a name of {member.id}, and "{spelled}" of {owner} is the same name')
        return faults

    def _name_faults(self) -> list[str]:
        known = self.catalogue
        named: list[tuple[str, str, Named[str, object]]] = [
            ("area.wards", self.area.wards, known.wards),
            ("area.most_disadvantaged", self.area.most_disadvantaged, known.disadvantaged),
            ("area.most_disadvantaged_other", self.area.most_disadvantaged_other, known.disadvantaged),
            *((f"protection.{kind}", getattr(self.protection, kind), known.profiles) for kind in get_args(DataKind)),
        ]
        levers = {lever for member in self.members for lever in member.levers}
        reported = {metric.protect for metric in known.metrics.values() if metric.lever in levers}
        unprotected = sorted(kind for kind in reported if not getattr(self.protection, kind))
        return [
            f"members report on {kind}, and protection.{kind} names no disclosure profile" for kind in unprotected
        ] + [
            f'{field} names "{name}", and there is only {", ".join(sorted(there))}'
            for field, name, there in named
            if name and name not in there
        ]


#: Where a network keeps what was decided about suppliers.
SUPPLIER_DECISIONS = "supplier_decisions.toml"


def _supplier_decisions(path: Path, name: str) -> SupplierDecisions:
    if not path.is_file():
        return SupplierDecisions()
    where = f"{name}/{path.name}"
    decided = build(SupplierDecisions, read_data(path), where)
    check_decisions(decided, where)
    return decided


def network_names(workspace: storage.Workspace) -> list[str]:
    """The ids of the networks of a workspace."""
    return sorted(path.parent.name for path in workspace.networks.glob("*/network.toml"))


def load_network(workspace: storage.Workspace, name: str) -> Network:
    """Read `networks/<name>/network.toml`, and what stands beside it: mappings, answers, actions, categories and more.

    Raises UserError: AN002 for a network that is not there, AN007 for every field that is not valid, AN080 for
    decisions about suppliers that contradict one another.
    """
    if name not in network_names(workspace):
        raise unknown("AN002", "network", name, network_names(workspace))
    folder = workspace.network(name)
    data = read_data(folder / "network.toml")
    data["mappings"] = [read_declared(Mapping, path) for path in sorted((folder / "mappings").glob("*.yaml"))]
    answers = folder / "answers.toml"
    data["answered"] = build(Answers, read_data(answers), f"{name}/answers.toml") if answers.is_file() else Answers()
    actions = folder / "actions.toml"
    if actions.is_file():
        data["actions"] = build(Actions, read_data(actions), f"{name}/actions.toml").actions
    categories = folder / "categories.toml"
    if categories.is_file():
        told = build(SpendCategories, read_data(categories), f"{name}/categories.toml")
        data["categories"] = told.categories
    populations = folder / "populations.toml"
    counted = Populations()
    if populations.is_file():
        counted = build(Populations, read_data(populations), f"{name}/populations.toml")
        data["populations"] = counted.populations
    conditions = folder / CONDITIONS_FILE
    if conditions.is_file():
        known = load_catalogue(folder / "definitions" if (folder / "definitions").is_dir() else None).conditions
        data["conditions"] = read_conditions(conditions, known, f"{name}/{CONDITIONS_FILE}")
    data["suppliers_decided"] = _supplier_decisions(folder / SUPPLIER_DECISIONS, name)
    network = build(Network, {**data, "folder": folder, "definitions": folder / "definitions"}, f"{name}/network.toml")
    if network.id != name:
        what = f'the id is "{network.id}", and the folder is "{name}".'
        raise UserError(Problem("AN007", f"{name}/network.toml", what, "Make the two the same."))
    if faults := list(counted.faults(network.catalogue.schema["workforce"], f"{name}/populations.toml")):
        raise UserError(faults)
    return network
