"""Every metric counted again in plain pandas, from the files as they came and the prose of the definitions.

It uses nothing of the library and looks up only what people wrote down: network.toml, the words for a kind of
contract, the lists of wards. Where the library is careful to stay small and quick, this takes whole files into
memory and says each rule once. What counts is what `definitions/schema`, `definitions/metrics`, the glossary and
the demonstration's README say; how the library does it does not.

Amounts are whole numbers of the smallest unit: persons, hundred-thousandths of an FTE, pence.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterator, Set
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import pandas as pd
import yaml

from tests.oracle_community import count_listening
from tests.oracle_contracts import count_contracts
from tests.oracle_employer import apprentices, characteristics, left, living_wage, recruited
from tests.oracle_estate import count_sites
from tests.oracle_multiplier import count_rounds
from tests.oracle_places import Listed, bare, is_elsewhere, kind_of
from tests.oracle_progression import count_progression
from tests.oracle_services import count_programmes
from tests.oracle_spender import bought, tagged
from tests.oracle_suppliers import places_elsewhere
from tests.plain_files import read_return, without_blanks

DEFINITIONS = Path(__file__).resolve().parents[1] / "anchor_analysis" / "definitions"
DIRECTORY_FILE = "nspl_demonstration_2024-05.csv"
#: The deprivation file of each release, its column of LSOAs, and where the directory has these.
DEPRIVATION_FILES = {
    "decile": ("imd2019_demonstration.csv", "LSOA code (2011)", "lsoa11cd"),
    "decile_other": ("imd2025_demonstration.csv", "LSOA code (2021)", "lsoa21cd"),
}
DECILE = "Index of Multiple Deprivation (IMD) Decile (where 1 is most deprived 10% of LSOAs)"
RESIDENTS_FILE = "residents_demonstration_2021.csv"
NOT_BROKEN_DOWN = "not_broken_down"  # figures as told have no wards


# --- what each metric counts ---


Amounts = tuple[int, int, int]


@dataclass(frozen=True)
class Additive:
    """The sum of an amount over the rows of a table, or over those of one group; `per_unit` is what it is shown in.

    Of payments, `to_members` says whether those to members are meant or all others. `only` are further columns, each
    with the values that count. `unknown` is the amount that may belong, where a column of its own has it.
    """

    table: str
    amount: str
    column: str = ""
    group: str | int = ""
    per_unit: int = 1
    to_members: bool = False
    only: tuple[tuple[str, tuple[str | int, ...]], ...] = ()
    unknown: str = ""

    def count(self, rows: pd.DataFrame) -> Amounts:
        """How much belongs, of how much that is unknown, and how much of that is below zero: credit notes."""
        if self.table == "ledger":
            rows = rows[rows["to_member"] == self.to_members]
        for column, values in self.only:
            rows = rows[rows[column].isin(values)]
        if not self.column:
            return int(rows[self.amount].sum()), int(rows[self.unknown].sum()) if self.unknown else 0, 0
        belongs, unknown = (rows.loc[rows[self.column] == group, self.amount] for group in (self.group, "unknown"))
        return int(belongs.sum()), int(unknown.sum()), int(unknown[unknown < 0].sum())


@dataclass(frozen=True)
class Ratio:
    """One additive metric over another, of those whose place is known; if no `share`, divided by `per_unit` too."""

    numerator: str
    denominator: str
    per_unit: int = 1
    share: bool = True


ADDITIVE = {
    "staff": Additive("workforce", "person"),
    "staff_fte": Additive("workforce", "fte_e5", "employed", 1, per_unit=100_000),
    "staff_living_in_area": Additive("workforce", "person", "home_place", "in_area"),
    "staff_most_disadvantaged_wards": Additive("workforce", "person", "home_ward_group", "most_disadvantaged"),
    "staff_most_deprived_tenth": Additive("workforce", "person", "home_decile_group", "most_deprived_tenth"),
    "staff_most_disadvantaged_wards_other": Additive(
        "workforce", "person", "home_ward_group_other", "most_disadvantaged"
    ),
    "staff_most_deprived_tenth_other": Additive(
        "workforce", "person", "home_decile_group_other", "most_deprived_tenth"
    ),
    "floor_area": Additive("estate", "floor", per_unit=1000),
    "energy_used": Additive("estate", "energy", per_unit=1000),
    "electricity_used": Additive("estate", "electricity", per_unit=1000),
    "water_used": Additive("estate", "water", per_unit=1000),
    "waste": Additive("estate", "waste", per_unit=1000),
    "waste_recycled": Additive("estate", "recycled", per_unit=1000),
    "emissions_location": Additive("estate", "location", per_unit=1_000_000),
    "emissions_market": Additive("estate", "market", per_unit=1_000_000),
    **{
        f"emissions_{scope}": Additive("estate", scope, per_unit=1_000_000)
        for scope in ("scope_1", "scope_2_location", "scope_2_market", "scope_3")
    },
    "electricity_emissions": Additive("estate", "electricity_g", per_unit=1_000_000),
    "electricity_emissions_baseline_factor": Additive("estate", "electricity_base_g", per_unit=1_000_000),
    "fleet_fuel": Additive("estate", "fleet", per_unit=1000),
    "travel_distance": Additive("estate", "travel", per_unit=1000),
    **{
        name: Additive("estate", f"{column}_g", per_unit=1_000_000)
        for name, column in (
            ("emissions_from_energy", "energy"),
            ("emissions_from_fleet", "fleet"),
            ("emissions_from_travel", "travel"),
            ("emissions_from_water_and_waste", "other"),
            ("emissions_reported", "reported"),
        )
    },
    "sites_reported": Additive("estate", "site"),
    "sites_open": Additive("estate", "site", "openness", "open"),
    "staff_recruited": Additive("workforce", "recruit", unknown="recruit_unknown"),
    "staff_at_start": Additive("workforce", "at_start"),
    "staff_left": Additive("workforce", "leaver"),
    "staff_women": Additive("workforce", "person", "sex", "female"),
    "staff_minority_ethnic": Additive("workforce", "person", "minority", "yes"),
    "staff_disabled": Additive("workforce", "person", "disability", "disabled"),
    "staff_under_25": Additive("workforce", "person", "age_band", "age_16_to_24"),
    "staff_permanent": Additive("workforce", "person", "kind", "permanent"),
    "staff_apprentices": Additive("workforce", "person", "apprentice_in_post", "yes"),
    "staff_paid_living_wage": Additive("workforce", "person", "living_wage", "at_least"),
    "staff_paid_living_wage_announced": Additive("workforce", "person", "living_wage_announced", "at_least"),
    "net_spend": Additive("ledger", "pence", per_unit=100),
    "spend_with_members": Additive("ledger", "pence", per_unit=100, to_members=True),
    "local_spend": Additive("ledger", "pence", "supplier_place", "in_area", per_unit=100),
    "net_spend_lines_once": Additive("ledger", "pence", per_unit=100, only=(("stands_again", (False,)),)),
    "local_spend_lines_once": Additive(
        "ledger", "pence", "supplier_place", "in_area", per_unit=100, only=(("stands_again", (False,)),)
    ),
    "local_spend_branched": Additive("ledger", "pence", "branched", "in_or_branched", per_unit=100),
    "spend_most_deprived_tenth": Additive(
        "ledger", "pence", "supplier_decile_group", "most_deprived_tenth", per_unit=100
    ),
    "influenceable_spend": Additive("ledger", "pence", per_unit=100, only=(("influence", ("influenceable",)),)),
    "influenceable_local_spend": Additive(
        "ledger", "pence", "supplier_place", "in_area", per_unit=100, only=(("influence", ("influenceable",)),)
    ),
    "spend_sme": Additive("ledger", "pence", "enterprise", "sme", per_unit=100),
    "spend_voluntary": Additive("ledger", "pence", "voluntary", "yes", per_unit=100),
    "spend_top_10": Additive("ledger", "pence", "rank", "top_10", per_unit=100),
    "spend_top_300": Additive("ledger", "pence", "top_300", "yes", per_unit=100),
    "local_spend_top_300": Additive(
        "ledger", "pence", "supplier_place", "in_area", per_unit=100, only=(("top_300", ("yes",)),)
    ),
    "programme_referrals": Additive("programmes", "people", only=(("stage", ("referral",)),)),
    "programme_starts": Additive("programmes", "people", only=(("stage", ("start",)),)),
    "programme_completions": Additive("programmes", "people", only=(("stage", ("completion",)),)),
    "programme_jobs": Additive("programmes", "people", only=(("stage", ("job",)),)),
    "programme_sustained_13": Additive("programmes", "people", "after_13", "in_work"),
    "programme_sustained_26": Additive("programmes", "people", "after_26", "in_work"),
    "programme_starts_most_disadvantaged_wards": Additive(
        "programmes", "people", "ward_group", "most_disadvantaged", only=(("stage", ("start",)),)
    ),
    "programme_jobs_most_disadvantaged_wards": Additive(
        "programmes", "people", "ward_group", "most_disadvantaged", only=(("stage", ("job",)),)
    ),
    "programme_starts_with_cost": Additive("programmes", "people", only=(("stage", ("start",)), ("costed", (1,)))),
    "programme_jobs_with_cost": Additive("programmes", "people", only=(("stage", ("job",)), ("costed", (1,)))),
    "programme_cost": Additive("programmes", "pence", per_unit=100),
    "items_heard": Additive("listening", "item"),
    "contracts_awarded": Additive("contracts", "contract"),
    "contracts_value": Additive("contracts", "pence", per_unit=100),
    "contracts_with_social_value": Additive("contracts", "contract", "social_value", "asked"),
    "contracts_value_with_social_value": Additive("contracts", "pence", "social_value", "asked", per_unit=100),
    "social_value_committed": Additive("contracts", "committed", per_unit=100),
    "social_value_delivered": Additive("contracts", "delivered", per_unit=100),
    "multiplier_survey_asked": Additive("local_multiplier", "survey_asked"),
    "multiplier_survey_answered": Additive("local_multiplier", "survey_answered"),
    "multiplier_first_round": Additive("local_multiplier", "first_round", per_unit=100),
    "multiplier_first_round_of_all": Additive("local_multiplier", "first_of_all", per_unit=100),
    **{
        f"multiplier_{of}": Additive("local_multiplier", of, per_unit=100, unknown=unknown)
        for of, unknown in (
            ("second_round", "second_range"),
            ("third_round", "third_range"),
            ("all_rounds", "all_range"),
        )
    },
    "progression_scores": Additive("progression", "score"),
    "progression_not_applicable": Additive("progression", "without"),
    "progression_with_target": Additive("progression", "score", only=(("to_target", ("reached", "1", "2", "3")),)),
    "progression_at_target": Additive("progression", "score", only=(("to_target", ("reached",)),)),
    "progression_with_evidence": Additive("progression", "score", only=(("evidenced", ("yes",)),)),
    "progression_goals_scored": Additive("progression", "goal_score"),
    "progression_goals_at_target": Additive("progression", "goal_score", only=(("to_target", ("reached",)),)),
}
RATIO = {
    "staff_living_in_area_share": Ratio("staff_living_in_area", "staff"),
    "staff_most_disadvantaged_wards_share": Ratio("staff_most_disadvantaged_wards", "staff"),
    "staff_most_deprived_tenth_share": Ratio("staff_most_deprived_tenth", "staff"),
    "staff_most_disadvantaged_wards_other_share": Ratio("staff_most_disadvantaged_wards_other", "staff"),
    "staff_most_deprived_tenth_other_share": Ratio("staff_most_deprived_tenth_other", "staff"),
    "local_spend_branched_share": Ratio("local_spend_branched", "net_spend"),
    "local_spend_lines_once_share": Ratio("local_spend_lines_once", "net_spend_lines_once"),
    "spend_most_deprived_tenth_share": Ratio("spend_most_deprived_tenth", "net_spend"),
    "influenceable_spend_share": Ratio("influenceable_spend", "net_spend"),
    "influenceable_local_spend_share": Ratio("influenceable_local_spend", "influenceable_spend"),
    "spend_sme_share": Ratio("spend_sme", "net_spend"),
    "spend_voluntary_share": Ratio("spend_voluntary", "net_spend"),
    "spend_top_10_share": Ratio("spend_top_10", "net_spend"),
    "spend_top_300_share": Ratio("spend_top_300", "net_spend"),
    "local_spend_top_300_share": Ratio("local_spend_top_300", "spend_top_300"),
    "staff_recruited_share": Ratio("staff_recruited", "staff"),
    "staff_turnover": Ratio("staff_left", "staff_at_start"),
    **{
        f"{name}_share": Ratio(name, "staff")
        for name in ("staff_women", "staff_minority_ethnic", "staff_disabled", "staff_under_25")
    },
    "staff_permanent_share": Ratio("staff_permanent", "staff"),
    "staff_apprentices_share": Ratio("staff_apprentices", "staff"),
    "staff_paid_living_wage_share": Ratio("staff_paid_living_wage", "staff"),
    "staff_paid_living_wage_announced_share": Ratio("staff_paid_living_wage_announced", "staff"),
    "local_spend_share": Ratio("local_spend", "net_spend"),
    "energy_per_area": Ratio("energy_used", "floor_area", share=False),
    "emissions_per_area": Ratio("emissions_location", "floor_area", share=False),
    "grid_factor": Ratio("electricity_emissions", "electricity_used", share=False),
    "sites_open_share": Ratio("sites_open", "sites_reported"),
    "programme_starts_most_disadvantaged_wards_share": Ratio(
        "programme_starts_most_disadvantaged_wards", "programme_starts"
    ),
    "programme_jobs_most_disadvantaged_wards_share": Ratio("programme_jobs_most_disadvantaged_wards", "programme_jobs"),
    "programme_completion_share": Ratio("programme_completions", "programme_starts"),
    "programme_job_share": Ratio("programme_jobs", "programme_starts"),
    "programme_sustained_13_share": Ratio("programme_sustained_13", "programme_jobs"),
    "programme_sustained_26_share": Ratio("programme_sustained_26", "programme_jobs"),
    "programme_cost_per_start": Ratio("programme_cost", "programme_starts_with_cost", per_unit=100, share=False),
    "contracts_with_social_value_share": Ratio("contracts_with_social_value", "contracts_awarded"),
    "contracts_value_with_social_value_share": Ratio("contracts_value_with_social_value", "contracts_value"),
    "local_multiplier": Ratio("multiplier_all_rounds", "multiplier_first_round_of_all", share=False),
    "progression_at_target_share": Ratio("progression_at_target", "progression_with_target"),
    "progression_with_evidence_share": Ratio("progression_with_evidence", "progression_scores"),
    "programme_cost_per_job": Ratio("programme_cost", "programme_jobs_with_cost", per_unit=100, share=False),
}
METRICS: dict[str, Additive | Ratio] = ADDITIVE | RATIO

#: What is told by its bounds alone where anything of it is unknown.
BY_BOUNDS = {"multiplier_second_round", "multiplier_third_round", "multiplier_all_rounds", "local_multiplier"}

#: The tables of the other levers: how the rows of each are counted, up to the last day of the year.
OTHER_TABLES: dict[str, Callable[[pd.DataFrame, date], pd.DataFrame]] = {
    "estate": count_sites,
    "contracts": count_contracts,
    "listening": count_listening,
    "local_multiplier": count_rounds,
    "programmes": count_programmes,
    "progression": count_progression,
}


# --- members, years, periods ---


@dataclass(frozen=True)
class Cast:
    """What network.toml says of members, their years, and returns that people refused."""

    told: dict[str, Any]

    @property
    def members(self) -> dict[str, dict[str, Any]]:
        return {member["id"]: member for member in self.told["members"]}

    @property
    def years(self) -> list[str]:
        first, latest = (int(self.told["years"][name][:4]) for name in ("first", "latest"))
        return [label(begins) for begins in range(first, latest + 1)]

    def period(self, member: str, year: str) -> tuple[date, date]:
        """The twelve months, up to the member's own year end, that share most months with the network year."""
        month, day = _month_and_day(self.members[member].get("year_ends", self.told["years"]["ends"]))
        close = date(int(year[:4]) + 1, *_month_and_day(self.told["years"]["ends"]))
        ends = [date(close.year + step, month, day) for step in (-1, 0, 1)]
        end = min(ends, key=lambda end: abs(end - close))
        return date(end.year - 1, month, day) + timedelta(days=1), end

    def is_member(self, member: str, year: str) -> bool:
        return self.members[member]["joined"] <= self.period(member, year)[1]

    def widened(self, since: str, until: str) -> set[tuple[str, str]]:
        """Members and metrics whose figures hold another thing in the later year than in the earlier one."""
        told = self.told.get("breaks", [])
        return {(one["member"], name) for one in told if since < one["from"] <= until for name in one["metrics"]}

    @property
    def payees(self) -> dict[str, str]:
        """Whom each name of a member means, the spelling brought to one form; a name means one member."""
        found: dict[str, str] = {}
        for member in self.told["members"]:
            for name in [member["name"], *member.get("known_as", [])]:
                assert found.setdefault(one_spelling(name), member["id"]) == member["id"], "a name of two members"
        return found

    def notes(self, member: str, year: str) -> list[str]:
        """What people decided about a member's whole return of a year."""
        notes = [note for note in self.told.get("coverage", []) if (note["member"], note["year"]) == (member, year)]
        return [note["status"] for note in notes if set(note["tables"]) == {"workforce", "ledger"}]


def label(begins: int) -> str:
    return f"{begins}/{(begins + 1) % 100:02d}"


def one_spelling(name: str) -> str:
    """A name in capitals, without spaces and punctuation, and with "and" for "&"."""
    return re.sub(r"[\W_]", "", name.replace("&", " and ")).upper()


def _month_and_day(text: str) -> tuple[int, int]:
    month, day = text.split("-")
    return int(month), int(day)


# --- where a postcode lies ---


@dataclass(frozen=True)
class Geography:
    """The area, both lists of its most disadvantaged wards, and a directory.

    By postcode it has `authority`, `ward`, the month it `ended`, whether it is of a `large_user`, and the `decile` and
    `decile_other` of its LSOAs under two releases.
    """

    authorities: list[str]
    disadvantaged: list[str]
    disadvantaged_other: list[str]
    directory: pd.DataFrame

    @cached_property
    def listed(self) -> dict[str, Listed]:
        rows = self.directory[["authority", "ended", "large_user"]].fillna("").itertuples()
        return {row.Index: Listed(row.authority, row.ended, row.large_user == "1") for row in rows}

    @cached_property
    def kind(self) -> Callable[[str], str]:
        """The class of what stands in a cell; many homes and suppliers stand in the returns of every year."""
        return cache(lambda written: kind_of(written, self.listed))

    def place(self, postcodes: pd.Series) -> pd.DataFrame:
        """Whether each postcode lies in the area, in which ward, and in which groups of wards and of LSOAs."""
        found = self.directory.reindex(match_key(postcodes)).set_axis(postcodes.index)
        in_area = found["authority"].isin(self.authorities)
        kinds = postcodes.map({one: self.kind(one) for one in postcodes.unique()})
        beyond = {kind: is_elsewhere(kind, self.authorities) for kind in kinds.unique()}
        unknown = found["authority"].isna() & ~kinds.map(beyond).astype(bool)
        place = pd.Series("elsewhere", postcodes.index).mask(unknown, "unknown").mask(in_area, "in_area")
        other = place.mask(in_area, "other_in_area")
        groups = {"place": place, "class": kinds, "ward": place.mask(in_area, found["ward"])}
        for suffix, wards in (("", self.disadvantaged), ("_other", self.disadvantaged_other)):
            decile = found[f"decile{suffix}"]
            tenth = other.mask(in_area & decile.eq(1).fillna(False), "most_deprived_tenth")
            groups[f"ward_group{suffix}"] = other.mask(in_area & found["ward"].isin(wards), "most_disadvantaged")
            groups[f"decile_group{suffix}"] = tenth.mask(in_area & decile.isna(), "unknown")
        return pd.DataFrame(groups)


def read_geography(made: Path, area: dict[str, Any], own: Path) -> Geography:
    """The demonstration's reference files, and the lists of wards, in their versions, that the network names.

    `own` is where the network keeps definitions of its own.
    """
    listed = pd.read_csv(made / DIRECTORY_FILE, dtype=str, keep_default_na=False)
    authority, ward = (_column(listed, pattern) for pattern in (r"lad\d\dcd", r"wd\d\dcd"))
    directory = pd.DataFrame({"authority": authority.replace("", pd.NA), "ward": ward, "ended": listed["doterm"],
                              "large_user": listed["usrtypind"]})  # fmt: skip
    for name, (file, lsoa, column) in DEPRIVATION_FILES.items():
        deciles = pd.read_csv(made / file, dtype={DECILE: "Int64"}).set_index(lsoa)[DECILE]
        directory[name] = listed[column].map(deciles)
    wards = []
    for named in (area["most_disadvantaged"], area["most_disadvantaged_other"]):
        file = Path("areas") / f"{named.replace('@', '_v')}.yaml"
        listed_wards = read_yaml(next(path / file for path in (DEFINITIONS, own) if (path / file).exists()))["wards"]
        wards.append([codes_of_today().get(code, code) for code in listed_wards])
    return Geography(area["local_authorities"], *wards, directory.set_axis(match_key(listed["pcds"])))


def codes_of_today() -> dict[str, str]:
    """What is the code today of a ward that has another one now; of Leeds's none was given a third."""
    recodes = read_yaml(DEFINITIONS / "recodes" / "leeds_wards.yaml")["recodes"]
    return {recode["from_code"]: recode["to_code"] for recode in recodes}


def match_key(postcodes: pd.Series) -> pd.Index:
    """Postcodes are matched by letters and figures alone, whatever the case."""
    return pd.Index(postcodes.map({one: bare(one) for one in postcodes.unique()}))


def _column(frame: pd.DataFrame, pattern: str) -> pd.Series:
    """The one column whose name fits; names carry the year of their areas."""
    (name,) = [name for name in frame.columns if re.fullmatch(pattern, name)]
    return frame[name]


def against_residents(staff: pd.Series, made: Path) -> pd.DataFrame:
    """By ward of which residents are told: staff, expected, the excess, and how many times the expected that is."""
    told = pd.read_csv(made / RESIDENTS_FILE, na_values="!").set_index("mnemonic")["Residents aged 16 to 64"].dropna()
    told = told.rename(index=codes_of_today())
    counted = staff[staff.index.isin(told.index)].reindex(told.index, fill_value=0)
    expected = counted.sum() * told / told.sum()
    found = {"staff": counted, "expected": expected, "excess": counted - expected, "times": counted / expected}
    return pd.DataFrame(found)


def read_yaml(path: Path) -> dict[str, Any]:
    content: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return content


# --- values ---

# Years of two figures are 1969 to 2068, as POSIX has them.
DAY_FORMS = {
    r"\d{4}-\d\d-\d\d": "%Y-%m-%d",
    r"\d\d/\d\d/\d{4}": "%d/%m/%Y",
    r"\d\d-[A-Z][a-z]{2}-\d{4}": "%d-%b-%Y",
    r"\d\d-[A-Z][a-z]{2}-\d\d": "%d-%b-%y",
}


def as_days(cells: pd.Series) -> pd.Series:
    """Days; missing where the cell is blank."""
    days = pd.Series(pd.NaT, cells.index, dtype="datetime64[s]")
    for pattern, form in DAY_FORMS.items():
        fits = cells.str.fullmatch(pattern)
        days[fits] = pd.to_datetime(cells[fits], format=form)
    assert days.notna().eq(cells != "").all(), "a date of no known form"
    return days


def as_whole(cells: pd.Series, per_unit: int) -> pd.Series:
    """Decimals as whole numbers of a smaller unit; one that is no whole number of it is a fault."""
    scaled = cells.astype("float64") * per_unit
    whole = scaled.round().astype("int64")
    assert (scaled - whole).abs().max() < 1e-3 or whole.empty, f"more decimals than 1/{per_unit} holds"
    return whole


def as_pence(cells: pd.Series) -> pd.Series:
    """Pounds as people write them; credits have a minus before or after, or brackets round them."""
    credit = cells.str.contains(r"^\(|-", regex=True)
    pence = as_whole(cells.str.replace(r"[£,()\s-]", "", regex=True), 100)
    return pence.mask(credit, -pence)


# --- people ---


@cache
def contract_words() -> dict[str, str]:
    categories = read_yaml(DEFINITIONS / "schema" / "workforce.yaml")["columns"]["contract"]["categories"]
    return {word: kind for kind, words in categories.items() for word in (kind, *words)}


def count_posts(sheet: pd.DataFrame, snapshot: date, geography: Geography) -> pd.DataFrame:
    """One row per post: whether it is employed and stands for a person, its FTE, and where the home is."""
    start, leave, day = as_days(sheet["start_date"]), as_days(sheet["leave_date"]), pd.Timestamp(snapshot)
    kind = sheet["contract"].str.lower().map(contract_words())
    posts = pd.DataFrame({
        "employee": sheet["employee_id"],
        "number": sheet["assignment_id"],
        "start": start,
        "leave": leave,
        "kind": kind,
        "staff": kind.isin(["permanent", "fixed_term"]),
        "primary": sheet["primary"].str.lower().isin(["yes", "y", "1", "true"]),
        "fte_e5": as_whole(sheet["fte"], 100_000),
        "employed": (kind.isin(["permanent", "fixed_term"]) & ~(start > day) & ~(leave < day)).astype("int64"),
    })  # fmt: skip
    assert kind.notna().all(), "a kind of contract that the schema does not know"
    posts["person"] = stands_for_a_person(posts)
    posts["apprentice_in_post"] = apprentices(sheet)
    rates = read_yaml(DEFINITIONS / "rates" / "real_living_wage.yaml")["values"]
    pay = as_pence(sheet["hourly_rate"].replace("", "0"))
    posts["pence"] = pay.clip(lower=0)
    for name, by in (("living_wage", "starts"), ("living_wage_announced", "announced")):
        posts[name] = living_wage(sheet, pay, snapshot, rates, by)
    told = read_yaml(DEFINITIONS / "schema" / "workforce.yaml")["columns"]
    names = ("sex", "ethnicity", "disability", "age_band")
    posts = posts.join(characteristics(sheet, {name: told[name]["categories"] for name in names}))
    posts["minority"] = posts["ethnicity"].map({"white": "no", "unknown": "unknown"}).fillna("yes")
    posts = posts.join(recruited(posts, snapshot)).join(left(posts, snapshot))
    return posts.join(geography.place(sheet["home_postcode"]).add_prefix("home_"))


def stands_for_a_person(posts: pd.DataFrame) -> pd.Series:
    """1 on the primary post of everyone employed; of several, or of none, on the largest FTE, then the first number."""
    employed = posts[posts["employed"] == 1]
    order = employed.sort_values(["primary", "fte_e5", "number"], ascending=[False, False, True], kind="stable")
    chosen = order.drop_duplicates("employee").index
    return pd.Series(posts.index.isin(chosen).astype("int64"), posts.index)


# --- payments ---


@dataclass(frozen=True)
class Words:
    """Whom each spelling of a member's name means, and the network's category of each word for what is bought."""

    payees: dict[str, str] = field(default_factory=dict)
    categories: dict[str, tuple[str, str]] = field(default_factory=dict)


def count_payments(
    tables: dict[str, pd.DataFrame], geography: Geography, words: Words, elsewhere: dict[str, str] | None = None
) -> pd.DataFrame:
    """One row per payment: its pence, where its supplier is, whether that is a member, and what is bought.

    The files' own totals and remarks are no payments. `elsewhere` has by number the postcodes of suppliers that the
    member's own master does not place, and that others do.
    """
    sheet = tables["ledger"]
    lines = sheet[~is_no_payment(sheet)].reset_index(drop=True)
    assert (lines["payment_date"] != "").all(), "a payment without a day"
    master = tables["suppliers"].set_index("supplier_id")
    suppliers = master["supplier_postcode"]
    of_master = lines["supplier_id"].map(suppliers).fillna("")
    own = lines["supplier_postcode"]
    of_others = lines["supplier_id"].map(elsewhere or {}).astype(object).fillna("")
    known = own.where(own != "", of_master.where(of_master != "", of_others))
    placed = geography.place(known)
    in_no_master = (known == "") & ~lines["supplier_id"].isin(suppliers.index)
    kind = placed["class"].mask(in_no_master, "no_supplier_record")
    hidden = lines["supplier_name"].str.contains(r"(?i)\b(?:redacted|redcated|withheld)\b")
    kind = kind.mask(hidden & (kind == "no_supplier_record"), "redacted")
    paid = lines["supplier_name"].map(
        {name: words.payees.get(one_spelling(name)) for name in lines["supplier_name"].unique()}
    )
    pence = as_pence(lines["net_gbp"])
    more = bought(lines, master, placed, paid.notna(), hidden, pence, words.categories)
    return pd.DataFrame({
        "pence": pence, "supplier_place": placed["place"], "supplier_class": kind, "paid_member": paid,
        "to_member": paid.notna(), "top_300": more["rank"].replace({"top_10": "yes", "next_290": "yes"}),
        "stands_again": lines[list(LINE)].assign(supplier_postcode=own.map(bare), pence=pence).duplicated(),
    }).join(more)  # fmt: skip


#: What two lines have alike of which the second may be the first again, beside the amount; postcodes however written.
LINE = ("payment_date", "transaction_id", "supplier_id", "supplier_name", "supplier_postcode", "category")


def is_no_payment(ledger: pd.DataFrame) -> pd.Series:
    """Totals and remarks: rows without a day that hold a cell or two."""
    return (ledger["payment_date"] == "") & ((ledger != "").sum(axis=1) <= 2)


# --- returns ---


@dataclass(frozen=True)
class Counts:
    """Of one return: what belongs, of what that is unknown, and its credits, by metric; and staff by ward.

    `people` has one row per person employed, with who it is, and pay for an hour in pence, 0 if unknown.
    """

    metrics: dict[str, Amounts]
    wards: dict[str, int]
    told: frozenset[str] = frozenset()
    people: pd.DataFrame = field(default_factory=pd.DataFrame)


def count_return(
    tables: dict[str, pd.DataFrame], snapshot: date, geography: Geography, words: Words, elsewhere: dict[str, str]
) -> Counts:
    """Count each additive metric for which a return has rows, or that it tells."""
    told: dict[str, Amounts] = {}
    if "figures" in tables:
        told = {row["metric"]: told_figure(row) for _, row in tables["figures"].iterrows()}
    rows = {"workforce": count_posts(tables["workforce"], snapshot, geography)} if not told else {}
    if "ledger" in tables:
        rows["ledger"] = count_payments(tables, geography, words, elsewhere)
    rows |= {name: count(tables[name], snapshot) for name, count in OTHER_TABLES.items() if name in tables}
    counts = {
        name: metric.count(rows[metric.table])
        for name, metric in ADDITIVE.items()
        if metric.table in rows and rows[metric.table][metric.amount].notna().any()  # of blanks alone there is no sum
    }
    if told:
        return Counts(told | counts, {NOT_BROKEN_DOWN: told["staff"][0]}, frozenset(told))
    posts = rows["workforce"]
    people = posts.loc[posts["person"] == 1, ["sex", "ethnicity", "disability", "age_band", "pence"]]
    return Counts(counts, posts.groupby("home_ward")["person"].sum().to_dict(), people=people)


def told_figure(row: pd.Series) -> Amounts:
    """A figure as told, and how much of the whole could not be placed; blank counts as none."""
    value, unknown = as_whole(pd.Series([row["value"], row["unknown"] or "0"]), ADDITIVE[row["metric"]].per_unit)
    return int(value), int(unknown), min(int(unknown), 0)


class Recount:
    """A whole network counted again: every return that was sent and that nobody refused."""

    def __init__(self, raw: Path, made: Path, network_file: Path):
        self.made = made
        self.cast = Cast(tomllib.loads(network_file.read_text(encoding="utf-8")))
        geography = read_geography(made, self.cast.told["area"], network_file.parent / "definitions")
        answers = tomllib.loads(network_file.with_name("answers.toml").read_text(encoding="utf-8"))
        words = Words(self.cast.payees, tagged(network_file.with_name("categories.toml")))
        sent = {
            who: {name: without_blanks(table) for name, table in read_return(folder, answers).items()}
            for who, folder in self._sent(raw)
        }
        elsewhere = places_elsewhere(sent)
        self.returns = {
            who: count_return(tables, self.cast.period(*who)[1], geography, words, elsewhere.get(who[0], {}))
            for who, tables in sent.items()
        }

    def _sent(self, raw: Path) -> Iterator[tuple[tuple[str, str], Path]]:
        for year in self.cast.years:
            for member in self.cast.members:
                folder = raw / year.replace("/", "-") / member
                if folder.is_dir() and "refused" not in self.cast.notes(member, year):
                    yield (member, year), folder

    @cached_property
    def members(self) -> pd.DataFrame:
        """One row per member, year and metric, ratios among them, with values and bounds."""
        rows = [
            {"member": member, "year": year, "metric": metric, "numerator": numerator, "unknown": unknown,
             "unknown_credits": credits,
             "told": numerator if metric in counts.told else 0,
             "entire": "partial" not in self.cast.notes(member, year)}
            for (member, year), counts in self.returns.items()
            for metric, (numerator, unknown, credits) in counts.metrics.items()
        ]  # fmt: skip
        return with_values(with_ratios(pd.DataFrame(rows)))

    @cached_property
    def network(self) -> pd.DataFrame:
        """One row per year and metric, with values and bounds and how many members reported."""
        return with_values(network_counts(self.members))

    @cached_property
    def wards(self) -> pd.Series:
        """Staff by member, year and home ward, none of them nought."""
        found = {(*who, ward): staff for who, counts in self.returns.items() for ward, staff in counts.wards.items()}
        staff = pd.Series(found).rename_axis(["member", "year", "group"])
        return staff[staff != 0]

    def people(self, year: str) -> pd.DataFrame:
        """Everybody employed by a member that sends rows."""
        return pd.concat([counts.people for (_, of), counts in self.returns.items() if of == year and not counts.told])

    def change(self, since: str, until: str, panel: str) -> pd.DataFrame:
        return change(self.members, since, until, panel, self.cast.widened(since, until))

    def split(self, since: str, until: str) -> pd.DataFrame:
        return split(self.members, self.cast, since, until)


# --- shares, the network, changes ---


def with_ratios(additive: pd.DataFrame) -> pd.DataFrame:
    """Additive counts, and below them those of the ratios: the denominator is what is known of the whole."""
    found = [additive.assign(whole=pd.NA)]
    for name, ratio in RATIO.items():
        part, whole = (additive[additive["metric"] == one] for one in (ratio.numerator, ratio.denominator))
        both = part.merge(whole[["member", "year", "numerator"]].rename(columns={"numerator": "whole"}))
        found.append(both.assign(metric=name))
    counts = pd.concat(found, ignore_index=True).astype({"whole": "Int64"})
    shares = [name for name, ratio in RATIO.items() if ratio.share]
    return counts.assign(denominator=counts["whole"] - counts["unknown"].where(counts["metric"].isin(shares), 0))


def network_counts(members: pd.DataFrame) -> pd.DataFrame:
    """The network's counts, sums over the members that reported: a group's ratio is the ratio of its sums."""
    amounts = ["numerator", "unknown", "unknown_credits", "told", "whole", "denominator"]
    sums = members.groupby(["year", "metric"])[amounts].sum(min_count=1).reset_index()
    return sums.merge(members.groupby(["year", "metric"]).size().rename("members").reset_index())


def with_values(counts: pd.DataFrame) -> pd.DataFrame:
    """The value of each count and its bounds: all that is unknown out, or in; of payments, all but the credits."""
    numerator, unknown, credits = (
        counts[name].astype("float64") for name in ("numerator", "unknown", "unknown_credits")
    )
    least, most = numerator + credits, numerator + unknown - credits
    ratio = counts["metric"].isin(list(RATIO))
    per_unit = counts["metric"].map({name: metric.per_unit for name, metric in METRICS.items()}).astype("float64")
    whole = (counts["whole"].astype("Float64").astype("float64") * per_unit).where(ratio, per_unit)
    known = (counts["denominator"].astype("Float64").astype("float64") * per_unit).where(ratio, per_unit)
    whole, known = whole.mask(whole == 0), known.mask(known == 0)  # of nobody there is no share
    unsaid = ~ratio & (numerator == 0) & (unknown != 0)  # all that is there is unknown
    unsaid |= counts["metric"].isin(BY_BOUNDS) & (unknown != 0)
    return counts.assign(value=(numerator / known).mask(unsaid), lower=least / whole, upper=most / whole)


def like_for_like(members: pd.DataFrame, since: str, until: str, widened: Set[tuple[str, str]]) -> pd.DataFrame:
    """The counts of the two years of members that reported the whole of both, and the same thing, metric by metric."""
    chosen = members[members["year"].isin([since, until]) & members["entire"]]
    chosen = chosen[[key not in widened for key in zip(chosen["member"], chosen["metric"], strict=True)]]
    years = chosen.groupby(["member", "metric"])["year"].transform("nunique")
    return chosen[years == 2]


def change(
    members: pd.DataFrame, since: str, until: str, panel: str, widened: Set[tuple[str, str]] = frozenset()
) -> pd.DataFrame:
    """By metric: the network's value in both years over the members of a panel, and the change with its bounds."""
    chosen = like_for_like(members, since, until, widened) if panel == "like_for_like" else members
    network = with_values(network_counts(chosen)).set_index("metric")
    before, after = (network[network["year"] == year].drop(columns="year") for year in (since, until))
    changes = {
        "value": after["value"] - before["value"],
        "lower": after["lower"] - before["upper"],
        "upper": after["upper"] - before["lower"],
    }
    return pd.DataFrame(changes).join(before.add_prefix("from_")).join(after.add_prefix("to_"))


PARTS = ("continuing", "joiners", "leavers", "non_response", "definition")


def split(members: pd.DataFrame, cast: Cast, since: str, until: str) -> pd.DataFrame:
    """By additive metric: how much of the change came from whom. The parts add up to the change, exactly."""
    chosen = members[members["metric"].isin(list(ADDITIVE)) & members["year"].isin([since, until])]
    by_member = chosen.pivot(index=["metric", "member"], columns="year", values="numerator")
    amounts = by_member[until].fillna(0) - by_member[since].fillna(0)
    both = by_member.notna().all(axis=1)
    widened = cast.widened(since, until)
    parts = [
        "definition" if of and (member, metric) in widened else part_of(cast, member, since, until, of)
        for (metric, member), of in both.items()
    ]
    sums = amounts.astype("int64").groupby([by_member.index.get_level_values("metric"), pd.Index(parts)]).sum()
    return sums.unstack(fill_value=0).reindex(columns=PARTS, fill_value=0)


def part_of(cast: Cast, member: str, since: str, until: str, both: bool) -> str:
    """Which part of a change a member's figures go to, that reported one of the years, or both."""
    if both:
        return "continuing"
    if not cast.is_member(member, since):
        return "joiners"
    left = cast.members[member].get("left")
    return "leavers" if left and left < cast.period(member, until)[1] else "non_response"
