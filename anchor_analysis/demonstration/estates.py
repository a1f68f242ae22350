"""Draws the members' buildings: floor, energy, water, waste, travel, and what is emitted for them.

The totals are calibrated. The members that report every year emit 110,000 tonnes less over the four years after 2019/20
than if each had been as that year: that is the cumulative reduction, and the answers say so beside the one point to
point. The factors are read from the declared rates, since nobody invents them; each product of a quantity and a factor
is rounded to whole grams here by itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from pathlib import Path

import yaml

from anchor_analysis.demonstration.draws import Draws
from anchor_analysis.demonstration.files import Sheet, text_sheet
from anchor_analysis.demonstration.geography import Places
from anchor_analysis.demonstration.lever import Lever, Part
from anchor_analysis.demonstration.plan import LATEST, YEARS, Member

#: The year that reductions are held against, and what they come to over the years after it, in grams.
BASE, CUMULATIVE_LESS = 2019, 110_000 * 1_000_000

_RATES = Path(__file__).resolve().parents[1] / "definitions" / "rates" / "emission_factors.yaml"


@dataclass(frozen=True)
class Estate:
    """A member's buildings in 2018/19: kWh and the like for the whole estate, parted over so many sites.

    `saves` is by how many per thousand energy falls each year; `renewable` is from which year on electricity is bought
    with certificates, `reports` from which year on the member tells tonnes and no quantities, and by which method;
    `halls` is from which year on the water has as much again of other buildings in it.
    """

    sites: int
    floor: int
    electricity: int
    gas: int
    saves: int
    oil: int = 0
    steam: int = 0
    water: int = 0
    waste: tuple[int, int, int, int] = (0, 0, 0, 0)
    diesel: int = 0
    car: int = 0
    rail: int = 0
    air: int = 0
    renewable: int = 9999
    reports: int = 9999
    method: str = ""
    open_sites: int = 0
    of_many: bool = False
    halls: int = 9999


#: Who reports on its estate; sizes are invented.
ESTATES = {
    "owlgate_council": Estate(
        14, 389_000, 39_000_000, 59_500_000, 34, oil=261_000, water=203_000, waste=(1_360, 2_170, 520, 0),
        diesel=1_890_000, car=2_010_000, rail=790_000, renewable=2021, open_sites=9,
    ),
    "larkmere_hospitals": Estate(
        3, 324_000, 30_100_000, 203_000_000, 52, oil=662_000, steam=2_930_000, water=496_000, waste=(0, 0, 0, 1_410),
        of_many=True,
    ),
    "fernbank_care": Estate(4, 42_000, 3_800_000, 8_980_000, 21, water=35_000, car=1_540_000, open_sites=2),
    "whinfell_university": Estate(
        8, 352_000, 45_700_000, 53_900_000, 30, water=256_000, waste=(834, 720, 160, 0), diesel=61_200, car=561_000,
        rail=3_760_000, air=13_600_000, renewable=2022, open_sites=3,
    ),
    "marlpit_university": Estate(
        4, 119_000, 12_400_000, 17_400_000, 26, water=77_100, rail=1_080_000, air=3_060_000, reports=2021,
        method="Standard", open_sites=1,
    ),
    "copperbeech_college": Estate(2, 26_100, 2_030_000, 3_640_000, 18, water=12_100, halls=2022, open_sites=1),
    "northbeck_water": Estate(11, 61_200, 104_000_000, 5_030_000, 41, diesel=898_000, car=669_000),
    "brackenfell_police": Estate(6, 77_100, 9_360_000, 15_900_000, 15, diesel=2_430_000, rail=389_000, open_sites=1),
    "saltergate_grid": Estate(3, 24_200, 5_990_000, 2_610_000, 12, diesel=586_000),
}  # fmt: skip

#: The member whose gas of the latest year is such that the reduction comes out.
_LEVELLED = "larkmere_hospitals"

_COLUMNS = (
    "floor_area_m2", "electricity_kwh", "electricity_renewable_kwh", "gas_kwh", "oil_kwh", "steam_kwh", "water_m3",
    "waste_recycled_tonnes", "waste_incinerated_tonnes", "waste_landfill_tonnes", "waste_clinical_tonnes",
    "fleet_diesel_litres", "travel_car_km", "travel_rail_km", "travel_air_km",
)  # fmt: skip
_REPORTED = ("scope_1_tco2e", "scope_2_location_tco2e", "scope_3_tco2e", "method")
_ENERGY = ("electricity_kwh", "electricity_renewable_kwh", "gas_kwh", "oil_kwh", "steam_kwh")

#: By which factors each quantity is emitted, and in which scope.
_FUELS = {"gas_kwh": "natural_gas", "oil_kwh": "fuel_oil", "fleet_diesel_litres": "diesel"}
_ELECTRICITY = ("electricity_kwh", "electricity_renewable_kwh")
_LOSSES = ("grid_electricity_td", "grid_electricity_wtt", "grid_electricity_td_wtt")
_OTHERS = {
    "water_m3": ("water_supply", "water_treatment"), "waste_recycled_tonnes": ("waste_recycled",),
    "waste_incinerated_tonnes": ("waste_incinerated",), "waste_landfill_tonnes": ("waste_landfill",),
    "waste_clinical_tonnes": ("waste_clinical",), "travel_car_km": ("car", "car_wtt"),
    "travel_rail_km": ("rail", "rail_wtt"), "travel_air_km": ("short_haul_flight", "short_haul_flight_wtt"),
}  # fmt: skip

#: What the NHS estates return calls its columns, in the file of all trusts that one member sends on as it is.
_OF_MANY = {
    "organisation_code": "Organisation Code", "site": "Organisation Name",
    "floor_area_m2": "Gross internal floor area (m²)", "electricity_kwh": "Electricity consumed (kWh)",
    "electricity_renewable_kwh": "Electricity consumed - renewable (kWh)", "gas_kwh": "Gas consumed (kWh)",
    "oil_kwh": "Oil consumed (kWh)", "steam_kwh": "Steam consumed (kWh)",
    "water_m3": "Water volume (including borehole) (m³)", "waste_clinical_tonnes": "Clinical waste volume (Tonnes)",
}  # fmt: skip
#: The member's code in that file, and two that are nobody's here.
_CODE, _OTHER_CODES = "ZL1", (("ZA9", "Somewhere Else Hospitals"), ("ZB7", "Another Place Community Health"))

Quantities = dict[str, int]


def widened(metric: str, before: int) -> set[str]:
    """The members whose figure holds another thing in the latest year than in an earlier one."""
    return {name for name, estate in ESTATES.items() if metric == "water_used" and before < estate.halls <= LATEST}


@cache
def _factors() -> dict[str, list[tuple[int, Fraction]]]:
    """Of each thing the years from which its factors hold, the earliest first."""
    found: dict[str, list[tuple[int, Fraction]]] = {}
    for rate in yaml.safe_load(_RATES.read_text(encoding="utf-8"))["values"]:
        found.setdefault(rate["of"], []).append((rate["starts"].year, Fraction(str(rate["value"]))))
    return {name: sorted(values) for name, values in found.items()}


def _factor(name: str, year: int) -> Fraction:
    return [value for starts, value in _factors()[name] if starts <= year][-1]


def _grams(quantity: int, name: str, year: int) -> int:
    """A quantity times its factor (kg for one of it) in whole grams, halves up; large factors have three decimals."""
    factor = _factor(name, year)
    decimals = 3 if factor >= 9 else 5
    rounded = Fraction(int(factor * 10**decimals + Fraction(1, 2)), 10**decimals)
    return int(quantity * 1000 * rounded + Fraction(1, 2))


def _whole(estate: Estate, year: int) -> Quantities:
    """What the whole estate uses in a year: energy falls steadily, and a little more in the year of closed doors."""
    on = year - YEARS[0]
    left = Fraction(1000 - estate.saves * on - (25 if year == 2020 else 0), 1000)
    bought = int(estate.electricity * left)
    renewable = year >= estate.renewable
    travel = Fraction(1, 4) if year in (2020, 2021) else Fraction(1)
    water = estate.water * (2 if year >= estate.halls else 1)
    found = {
        "floor_area_m2": estate.floor, "electricity_kwh": 0 if renewable else bought,
        "electricity_renewable_kwh": bought if renewable else 0, "gas_kwh": int(estate.gas * left),
        "oil_kwh": int(estate.oil * left), "steam_kwh": int(estate.steam * left), "water_m3": int(water * left),
        "fleet_diesel_litres": int(estate.diesel * (1 - Fraction(on, 50))), "travel_car_km": int(estate.car * travel),
        "travel_rail_km": int(estate.rail * travel), "travel_air_km": int(estate.air * travel),
    }  # fmt: skip
    names = ("waste_recycled_tonnes", "waste_incinerated_tonnes", "waste_landfill_tonnes", "waste_clinical_tonnes")
    return found | dict(zip(names, estate.waste, strict=True))


def _sites(member: str, estate: Estate, year: int, seed: int) -> list[Quantities]:
    """The estate parted over its sites, to the last unit."""
    whole = _whole(estate, year)
    if member == _LEVELLED and year == LATEST:
        whole["gas_kwh"] += _levelling(seed)
    if estate.of_many:
        return [whole]
    weights = 40 + Draws(seed, member, "sites").below(100, estate.sites)
    edges = [int(weights[:at].sum()) for at in range(estate.sites + 1)]
    return [
        {name: amount * edges[at + 1] // edges[-1] - amount * edges[at] // edges[-1] for name, amount in whole.items()}
        for at in range(estate.sites)
    ]


def _emitted(site: Quantities, year: int) -> dict[str, int]:
    """Grams by scope, and those of electricity alone by the factor of the year and of the base."""
    electricity = [site[name] for name in _ELECTRICITY]
    heat = _grams(site["steam_kwh"], "heat_and_steam", year)
    fuels = {name: site[quantity] for quantity, name in _FUELS.items()}
    before = [_grams(amount, f"{name}_wtt", year) for name, amount in fuels.items()]
    lost = [_grams(amount, name, year) for amount in electricity for name in _LOSSES]
    others = [_grams(site[quantity], name, year) for quantity, names in _OTHERS.items() for name in names]
    by_grid = [_grams(amount, "grid_electricity", year) for amount in electricity]
    at_source = {name: _grams(amount, name, year) for name, amount in fuels.items()}
    of_fuel = {name: grams + _grams(fuels[name], f"{name}_wtt", year) for name, grams in at_source.items()}
    of_others = {
        quantity: sum(_grams(site[quantity], name, year) for name in names) for quantity, names in _OTHERS.items()
    }
    travel = sum(grams for quantity, grams in of_others.items() if quantity.startswith("travel_"))
    return {
        "energy": of_fuel["natural_gas"] + of_fuel["fuel_oil"] + sum(by_grid) + heat + sum(lost),
        "fleet": of_fuel["diesel"], "travel": travel, "water_and_waste": sum(of_others.values()) - travel,
        "scope_1": sum(_grams(amount, name, year) for name, amount in fuels.items()),
        "scope_2_location": sum(by_grid) + heat, "scope_2_market": by_grid[0] + heat,
        "scope_3": sum(before) + sum(lost) + sum(others), "electricity": sum(by_grid),
        "electricity_base": sum(_grams(amount, "grid_electricity", YEARS[0]) for amount in electricity),
    }  # fmt: skip


def _located(emitted: dict[str, int]) -> int:
    return emitted["scope_1"] + emitted["scope_2_location"] + emitted["scope_3"]


def _told(estate: Estate, site: Quantities, year: int) -> dict[str, int]:
    """What the return tells of a site's emissions: by quantities, or in thousandths of a tonne."""
    emitted = _emitted(site, year)
    if year < estate.reports:
        return emitted
    rounded = {name: (grams + 500) // 1000 * 1000 for name, grams in emitted.items()}
    return rounded | {"scope_2_market": rounded["scope_2_location"]}


@cache
def _levelling(seed: int) -> int:
    """How much gas one member uses beside the plan in the latest year, so that the reduction is what it is."""
    less = 0
    for member, estate in ESTATES.items():
        if member in _NOT_EVERY_YEAR:
            continue
        by_year = {}
        for year in range(BASE, LATEST + 1):
            planned = _whole(estate, year)
            sites = [planned] if (member, year) == (_LEVELLED, LATEST) else _sites(member, estate, year, seed)
            by_year[year] = sum(_located(_told(estate, site, year)) for site in sites)
        less += sum(by_year[BASE] - by_year[year] for year in range(BASE + 1, LATEST + 1))
    per_kwh = (_factor("natural_gas", LATEST) + _factor("natural_gas_wtt", LATEST)) * 1000
    return round((less - CUMULATIVE_LESS) / per_kwh)


#: Those that joined later, or of which a year is missing or refused.
_NOT_EVERY_YEAR = {"fernbank_care", "copperbeech_college", "brackenfell_police", "saltergate_grid"}


def draw_estate(member: Member, places: Places, seed: int) -> Iterator[tuple[int, Part]]:
    """A member's estate year by year: a row for each site, or one in a file of many organisations."""
    estate = ESTATES[member.id]
    for year in member.years:
        sites = _sites(member.id, estate, year, seed)
        emitted = [_told(estate, site, year) for site in sites]
        planted = {"rows": len(sites), "blank_rows": 0, "form": {"files": 1}}
        if estate.of_many:
            planted["rows_of_others"] = len(_OTHER_CODES)
            sheet, delimiter = _file_of_many(sites[0], year), "$"
        else:
            sheet, delimiter = _file(member, estate, year, sites, emitted), ","
        yield year, Part([sheet], _metrics(estate, year, sites, emitted), {"estate": planted}, delimiter)


def _file(member: Member, estate: Estate, year: int, sites: list[Quantities], emitted: list[dict[str, int]]) -> Sheet:
    headers = ("site", "open_to_community", *_COLUMNS, *_REPORTED)
    rows = []
    for at, (site, grams) in enumerate(zip(sites, emitted, strict=True)):
        reports = year >= estate.reports
        quantities = ["" if reports and name != "floor_area_m2" else _written(site[name], member) for name in _COLUMNS]
        tonnes = [_tonnes(grams[name]) if reports else "" for name in ("scope_1", "scope_2_location", "scope_3")]
        rows.append((f"Site {at + 1}", _openness(estate, at), *quantities, *tonnes, estate.method if reports else ""))
    return text_sheet("estate", headers, rows)


def _openness(estate: Estate, at: int) -> str:
    """Open sites come first; of a member that has none it is not told."""
    if not estate.open_sites:
        return ""
    return "yes" if at < estate.open_sites else "no"


def _written(amount: int, member: Member) -> str:
    """Some write thousands with commas."""
    return f"{amount:,}" if member.id in ("owlgate_council", "northbeck_water") else str(amount)


def _tonnes(grams: int) -> str:
    return f"{grams // 1_000_000}.{grams // 1_000 % 1_000:03d}"


def _file_of_many(site: Quantities, year: int) -> Sheet:
    """The whole collection, of which one row is the member's."""
    names = [name for name in _OF_MANY if name in site]
    own = (_CODE, "LARKMERE TEACHING HOSPITALS NHS TRUST", *(str(site[name]) for name in names))
    others = [
        (code, name.upper(), *(str(site[column] // (at + 2) + year) for column in names))
        for at, (code, name) in enumerate(_OTHER_CODES)
    ]
    return text_sheet("estates_return", tuple(_OF_MANY.values()), [others[0], own, others[1]])


def _metrics(
    estate: Estate, year: int, sites: list[Quantities], emitted: list[dict[str, int]]
) -> dict[str, dict[str, int]]:
    """The right answers, in thousandths of a unit and in grams; what is blank is in none."""
    reports = year >= estate.reports
    total = {name: sum(site[name] for site in sites) * 1000 for name in sites[0]}
    grams = {name: sum(site[name] for site in emitted) for name in emitted[0]}
    found = {"floor_area": total["floor_area_m2"]}
    if not reports:
        found |= {
            "energy_used": sum(total[name] for name in _ENERGY),
            "electricity_used": total["electricity_kwh"] + total["electricity_renewable_kwh"],
            "water_used": total["water_m3"],
            "waste": sum(amount for name, amount in total.items() if name.startswith("waste_")),
            "electricity_emissions": grams["electricity"],
            "electricity_emissions_baseline_factor": grams["electricity_base"],
        }
        found |= {f"emissions_from_{name}": grams[name] for name in ("energy", "water_and_waste")}
        if not estate.of_many:
            found["waste_recycled"] = total["waste_recycled_tonnes"]
            found |= {f"emissions_from_{name}": grams[name] for name in ("fleet", "travel")}
            found["fleet_fuel"] = total["fleet_diesel_litres"]
            found["travel_distance"] = sum(amount for name, amount in total.items() if name.startswith("travel_"))
    found |= {
        "emissions_location": _located(grams),
        "emissions_market": grams["scope_1"] + grams["scope_2_market"] + grams["scope_3"],
        **{f"emissions_{name}": grams[name] for name in ("scope_1", "scope_2_location", "scope_2_market", "scope_3")},
        "sites_reported": len(sites),
        "emissions_reported": _located(grams) if reports else 0,
    }
    answers = {name: {"value": amount} for name, amount in found.items()}
    unknown = 0 if estate.open_sites else len(sites)
    return answers | {"sites_open": {"value": estate.open_sites, "unknown": unknown}}


ESTATE = Lever("estate", dict.fromkeys((
    "floor_area", "energy_used", "electricity_used", "water_used", "waste", "waste_recycled", "electricity_emissions",
    "electricity_emissions_baseline_factor", "emissions_location", "emissions_market", "emissions_scope_1",
    "emissions_scope_2_location", "emissions_scope_2_market", "emissions_scope_3", "sites_reported", "sites_open",
    "fleet_fuel", "travel_distance", "emissions_from_energy", "emissions_from_fleet", "emissions_from_travel",
    "emissions_from_water_and_waste", "emissions_reported",
), "estate"), draw_estate)  # fmt: skip
