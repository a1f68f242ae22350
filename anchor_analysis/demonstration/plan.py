"""The demonstration's cast: who the invented members are, how large, and how each fills in its return.

Sizes are those at scale 1. Everything is invented. `networks/demonstration/network.toml` says the same of names,
dates and levers, as a network's people would; a test holds the two to each other.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta

#: The calendar years in which the network years begin: 2018/19 to 2023/24.
YEARS = (2018, 2019, 2020, 2021, 2022, 2023)
LATEST = YEARS[-1]

#: How dates may be written; `excel` is a cell that holds a date rather than text.
DATE_FORMS = ("dd/mm/yyyy", "dd-Mon-yy", "dd-Mon-yyyy", "yyyy-mm-dd", "excel")

#: Fewer than this would not keep every planted feature when the network is made small.
FEWEST_STAFF = 40
FEWEST_LINES = 240
FEWEST_SUPPLIERS = 60


@dataclass(frozen=True)
class Habits:
    """How a member fills in its return.

    `flags` are its words for yes and no. `supplier_ids` is what stands before the number, and how many digits.
    `redacts` is whether it hides private persons, `ledger_postcodes` whether its ledger has the supplier's postcode.
    `trims` is whether it writes £12.50 as 12.5.

    Of the ledger: `ledger_headers` are those of one of LEDGERS, `ledger_files` in how many files it comes, `totals`
    whether each ends in a grand total, and by how many pence that is off, `subtotals` whether months have one,
    `report` whether it is a printed report: titles above, headers again on each page, remarks below; `zipped`, and
    `two_rows`: whether the headers take two.

    `workforce_parquet` is whether staff come from a data warehouse, `template_sheets` whether the workbook still has
    the template's other sheets, of which one states totals.
    """

    shape: str
    dates: str = "dd/mm/yyyy"
    flags: tuple[str, str] = ("yes", "no")
    encoding: str = "utf-8"
    line_end: str = "\n"
    delimiter: str = ","
    supplier_ids: tuple[str, int] = ("S", 5)
    ledger_headers: str = "template"
    ledger_files: int = 1
    totals: bool = False
    totals_off: int = 0
    subtotals: bool = False
    report: bool = False
    zipped: bool = False
    two_rows: bool = False
    redacts: bool = False
    ledger_postcodes: bool = False
    trims: bool = False
    workforce_parquet: bool = False
    template_sheets: bool = False


@dataclass(frozen=True)
class Member:
    """An invented member.

    `staff` and `spend` (in thousands of pounds) are for the six years; None before it joined. `in_area` and
    `disadvantaged` are per thousand of the staff whose home is known, at first. `local` is per thousand of spend,
    in the first year and in the last. `lines` and `suppliers` are those of the latest year; `lines`, `spend` and
    `local` leave out what is paid to members. `known_as` is how other members' ledgers call it beside its name.

    Years: `figures` in which it tells figures only, `absent` in which it sends nothing, `refused` in which what it
    sends is of no use, `wrong_file` in which its contract register comes instead of its ledger, `lost_signs` in which
    its credits lost their minus, `sent_again` in which payments come twice, all of them or a part, `slips` in which a
    figure as told is ten times too large. `more` are the levers on which it reports beyond staff and payments.
    `reaches_back` is how many days before the snapshot its staff extract keeps who left.
    """

    id: str
    name: str
    sector: str
    joined: date
    habits: Habits
    staff: tuple[int | None, ...]
    in_area: int
    disadvantaged: int
    groups: tuple[str, ...]
    spend: tuple[int | None, ...] = (None,) * 6
    local: tuple[int, int] = (0, 0)
    lines: int = 0
    suppliers: int = 0
    year_ends: str = "03-31"
    figures: frozenset[int] = field(default_factory=frozenset)
    absent: frozenset[int] = field(default_factory=frozenset)
    refused: frozenset[int] = field(default_factory=frozenset)
    wrong_file: frozenset[int] = field(default_factory=frozenset)
    lost_signs: frozenset[int] = field(default_factory=frozenset)
    sent_again: dict[int, str] = field(default_factory=dict)
    slips: dict[int, str] = field(default_factory=dict)
    known_as: tuple[str, ...] = ()
    more: tuple[str, ...] = ()
    reaches_back: int = 0

    @property
    def levers(self) -> tuple[str, ...]:
        return ("employer", *(("spender",) if self.lines else ()), *self.more)

    @property
    def years(self) -> tuple[int, ...]:
        """The network years in which it is a member."""
        return tuple(year for year, staff in zip(YEARS, self.staff, strict=True) if staff is not None)

    def status(self, table: str, year: int, lever: str = "") -> str:
        """What a reader should find of one table of its return; `lever` is that of one beyond staff and payments."""
        if year not in self.years:
            return "not_yet_member"
        if (table == "ledger" and not self.lines) or (lever and lever not in self.more):
            return "not_applicable"
        if year in self.absent or (table == "ledger" and year in self.wrong_file):
            return "missing"
        return "refused" if year in self.refused else "reported"

    def tells_figures(self, year: int) -> bool:
        """Whether it sends totals and no rows."""
        return self.habits.shape == "figures" or year in self.figures


def period(member: Member, year: int) -> tuple[date, date]:
    """First and last day of the member's own year; staff are counted on the last day.

    A year that ends on 31 July 2024 shares eight months with 2023/24, so that is where it belongs.
    """
    month, day = (int(part) for part in member.year_ends.split("-"))
    first = date(year, month, day) + timedelta(days=1)
    return first, date(year + 1, month, day)


def label(year: int) -> str:
    """A network year as a folder name: 2023-24."""
    return f"{year}-{(year + 1) % 100:02d}"


_EARLY = frozenset({2018, 2019})
_HEALTH = ("Nursing", "Medical", "Allied health", "Support to clinical staff", "Estates", "Administration")
_COUNCIL = ("Social care", "Streets and waste", "Housing", "Libraries", "Planning", "Administration", "Schools support")
_EDUCATION = ("Academic", "Technical", "Professional services", "Estates", "Catering")
_UTILITY = ("Field operations", "Engineering", "Customer service", "Laboratories", "Administration")
_CULTURE = ("Front of house", "Production", "Learning", "Administration")
_POLICE = ("Officers", "Community support officers", "Control room", "Administration")
_CIVIL = ("Casework", "Records", "Digital", "Policy", "Administration")

MEMBERS = (
    Member(
        "owlgate_council", "Owlgate City Council", "local government", date(2018, 4, 1),
        Habits("csv", "dd/mm/yyyy", ("Yes", "No"), ledger_headers="council", ledger_files=4, totals=True, report=True,
               redacts=True),
        staff=(14618, 14565, 14495, 14311, 14242, 14308), in_area=742, disadvantaged=244, groups=_COUNCIL,
        spend=(368000, 377000, 401000, 404000, 411000, 420000), local=(462, 500), lines=112000, suppliers=5200,
        known_as=("Owlgate CC", "Owlgate City Council, Schools and Libraries"),
        more=("estate", "services", "community", "multiplier", "contracts", "progression"), reaches_back=400,
    ),
    Member(
        "larkmere_hospitals", "Larkmere Teaching Hospitals", "health", date(2018, 4, 1),
        Habits("csv", "dd-Mon-yy", ("Y", "N"), encoding="utf-8-sig", line_end="\r\n", ledger_headers="transparency",
               subtotals=True, redacts=True),
        staff=(16891, 17299, 17762, 18034, 18574, 18862), in_area=637, disadvantaged=196, groups=_HEALTH,
        spend=(296000, 305000, 334000, 338000, 343000, 350000), local=(322, 358), lines=86000, suppliers=3600,
        known_as=("Larkmere Hospitals Trust",), more=("estate", "services", "multiplier", "progression"),
        reaches_back=400,
    ),
    Member(
        "fernbank_care", "Fernbank Community Care", "health", date(2018, 4, 1),
        Habits("xlsx", "excel", ("yes", "no"), supplier_ids=("", 5), template_sheets=True),
        staff=(2978, 3026, 3090, 3145, 3192, 3256), in_area=690, disadvantaged=217, groups=_HEALTH,
        spend=(28500, 29600, 31800, 32400, 33100, 34000), local=(468, 502), lines=6000, suppliers=700,
        absent=frozenset({2020}), known_as=("Fernbank Care & Wellbeing",), more=("estate", "progression"),
        reaches_back=400,
    ),
    Member(
        "heronsgate_minds", "Heronsgate Mental Health", "health", date(2018, 4, 1),
        Habits("xlsx", "dd-Mon-yyyy", ("1", "0"), ledger_postcodes=True),
        staff=(2785, 2856, 2895, 2958, 3012, 3052), in_area=664, disadvantaged=202, groups=_HEALTH,
        spend=(32400, 33500, 35000, 36200, 37100, 38000), local=(438, 470), lines=5400, suppliers=650,
        figures=_EARLY, sent_again={2021: "all"}, known_as=("Heronsgate Minds",),
        more=("progression",),
    ),
    Member(
        "whinfell_university", "University of Whinfell", "education", date(2018, 4, 1),
        Habits("csv", "yyyy-mm-dd", ("yes", "no"), encoding="utf-16-le", line_end="\r\n", delimiter="\t",
               supplier_ids=("", 6), trims=True),
        staff=(8048, 8216, 8161, 8294, 8468, 8597), in_area=603, disadvantaged=137, groups=_EDUCATION,
        spend=(133000, 137000, 128000, 139000, 145000, 150000), local=(358, 392), lines=38500, suppliers=3000,
        year_ends="07-31", lost_signs=frozenset({2020}), more=("estate", "progression"), reaches_back=400,
    ),
    Member(
        "marlpit_university", "Marlpit University", "education", date(2018, 4, 1),
        Habits("xlsx", "dd/mm/yyyy", ("Y", "N"), totals=True, totals_off=-3),
        staff=(2891, 2945, 2969, 3036, 3084, 3144), in_area=621, disadvantaged=158, groups=_EDUCATION,
        spend=(49500, 51200, 48000, 52500, 54100, 56000), local=(386, 421), lines=8200, suppliers=850,
        year_ends="07-31", figures=_EARLY, sent_again={2022: "a part"}, more=("estate", "services", "progression"),
    ),
    Member(
        "copperbeech_college", "Copperbeech College", "education", date(2018, 4, 1),
        Habits("xlsx", "excel", ("1", "0"), totals=True),
        staff=(1608, 1598, 1583, 1579, 1567, 1559), in_area=713, disadvantaged=239, groups=_EDUCATION,
        spend=(18200, 18600, 17900, 18900, 19400, 20000), local=(511, 548), lines=3500, suppliers=420,
        year_ends="07-31", refused=frozenset({2021}), more=("estate", "services", "multiplier", "progression"),
    ),
    Member(
        "northbeck_water", "Northbeck Water", "utility", date(2018, 4, 1),
        Habits("csv", "dd/mm/yyyy", ("Y", "N"), encoding="cp1252", delimiter=";"),
        staff=(1631, 1661, 1676, 1710, 1731, 1739), in_area=462, disadvantaged=114, groups=_UTILITY,
        spend=(73000, 75400, 77800, 80500, 82600, 85000), local=(263, 302), lines=19000, suppliers=1400,
        figures=_EARLY, more=("estate", "services", "contracts", "progression"),
    ),
    Member(
        "lantern_theatre", "Lantern Street Theatre", "culture", date(2018, 4, 1),
        Habits("xlsx", "yyyy-mm-dd", ("yes", "no")),
        staff=(148, 152, 121, 138, 151, 158), in_area=745, disadvantaged=190, groups=_CULTURE,
        spend=(2900, 2950, 900, 2400, 3050, 3200), local=(552, 583), lines=700, suppliers=90,
        absent=frozenset({2023}),
        more=("progression",),
    ),
    Member(
        "larch_hill_arts", "Larch Hill College of Art", "education", date(2019, 9, 1),
        Habits("figures"),
        staff=(None, 227, 227, 234, 236, 238), in_area=655, disadvantaged=166, groups=_EDUCATION,
        spend=(None, 3600, 3500, 3800, 3950, 4100), local=(472, 503), lines=900, suppliers=110,
        year_ends="07-31", slips={2022: "net_spend"},
    ),
    Member(
        "brackenfell_police", "Brackenfell Police", "policing", date(2020, 4, 1),
        Habits("csv", "dd-Mon-yyyy", ("Yes", "No"), ledger_headers="own", totals=True, zipped=True, redacts=True),
        staff=(None, None, 3290, 3374, 3442, 3502), in_area=548, disadvantaged=143, groups=_POLICE,
        spend=(None, None, 43500, 45100, 46600, 48000), local=(388, 421), lines=14000, suppliers=1000,
        wrong_file=frozenset({2021}), more=("estate", "progression"), reaches_back=400,
    ),
    Member(
        "saltergate_grid", "Saltergate Grid", "utility", date(2021, 4, 1),
        Habits("xlsx", "excel", ("Y", "N"), two_rows=True),
        staff=(None, None, None, 1285, 1308, 1325), in_area=447, disadvantaged=108, groups=_UTILITY,
        spend=(None, None, None, 25400, 26200, 27000), local=(246, 281), lines=3600, suppliers=380,
        more=("estate", "progression"),
    ),
    Member(
        "bellhouse_museums", "Bellhouse Museums", "culture", date(2022, 4, 1),
        Habits("ods", "excel", ("yes", "no")),
        staff=(None, None, None, None, 46, 48), in_area=722, disadvantaged=181, groups=_CULTURE,
    ),
    Member(
        "department_for_oddments", "Department for Oddments", "central government", date(2023, 6, 1),
        Habits("csv", "dd/mm/yyyy", ("1", "0"), ledger_headers="over_25k", ledger_files=12, totals=True,
               workforce_parquet=True),
        staff=(None, None, None, None, None, 2347), in_area=585, disadvantaged=170, groups=_CIVIL,
        spend=(None, None, None, None, None, 16000), local=(250, 250), lines=3000, suppliers=300,
    ),
)  # fmt: skip


def size_of(member: Member, scale: float) -> float:
    """At which scale a member is drawn; one that only tells figures is always whole, since a slip of it is answered."""
    return 1.0 if member.habits.shape == "figures" else scale


def scaled(size: int, scale: float, fewest: int) -> int:
    """A size at this scale, but never so small that what is planted gets lost."""
    return max(fewest, int(size * scale + 0.5))
