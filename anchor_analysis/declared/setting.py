"""What a network says of itself in network.toml: who it is, where, in which years, by which reference data."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from pydantic import field_validator

from anchor_analysis.declared.ids import Id
from anchor_analysis.declared.model import Declared, Fault
from anchor_analysis.declared.years import YearLabel, month_day


class About(Declared):
    """Who the network is, and what its pages say of licence and contact; `archive` is where releases are copied."""

    id: Id
    name: str
    place: str
    contact: str
    licence: str
    archive: str = ""
    synthetic: bool = False


class Area(Declared):
    """The network's area, its wards, and its definition of the most disadvantaged.

    The area is every local authority, and every ward, LSOA or MSOA of `codes`, that is named by its code. `ward_from`
    is where the ward of a postcode is taken from: the directory, or the lookup by which its LSOA fits a ward best.
    `most_disadvantaged_other` names a second definition by wards, whose count is told beside that of the first.
    """

    local_authorities: list[str] = []
    codes: list[str] = []
    ward_from: Literal["directory", "best_fit"] = "directory"
    wards: str = ""
    most_disadvantaged: str = ""
    most_disadvantaged_other: str = ""

    def faults(self) -> Iterator[Fault]:
        if not (self.local_authorities or self.codes):
            yield Fault((), "it names neither local_authorities nor codes, so nothing lies in the area")


class Years(Declared):
    """The network's years, and the rule by which a member's other year belongs to one.

    `estate_baseline` is the year that emissions are held against, where it is another than the `baseline`.
    """

    first: YearLabel
    latest: YearLabel
    baseline: YearLabel
    estate_baseline: YearLabel | None = None
    ends: str = "03-31"
    belongs: Literal["most_months", "its_end"] = "most_months"

    @field_validator("ends")
    @classmethod
    def _a_day(cls, text: str) -> str:
        month_day(text)
        return text


class Reference(Declared):
    """The reference data that the network names by id; blank where it has none.

    `deprivation_other` is another release of the Index: what is counted by deciles is told under both. `lookup` is a
    best-fit lookup of LSOAs to wards; without one an LSOA lies where most of its live postcodes do. `deflator` is by
    what money is told in real terms, and `deflator_other` another vintage, for the analyst, to see how much rests on
    that. `benchmark_category` is which figures of the benchmark are meant where it has more than a total.
    """

    postcodes: str = ""
    deprivation: str = ""
    deprivation_other: str = ""
    lookup: str = ""
    benchmark: str = ""
    benchmark_category: str = ""
    boundaries: str = ""
    recodes: str = ""
    deflator: str = ""
    deflator_other: str = ""

    @property
    def named(self) -> dict[str, str]:
        """The id that each field names, of those that name one."""
        return {field: name for field, name in self.model_dump(exclude={"benchmark_category"}).items() if name}

    def faults(self) -> Iterator[Fault]:
        for field in ("deprivation", "deflator"):
            named, other = getattr(self, field), getattr(self, f"{field}_other")
            if named and named == other:
                yield Fault((f"{field}_other",), f"{field}_other names another vintage than {field}")
