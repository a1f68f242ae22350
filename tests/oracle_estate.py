"""The estate counted again in plain pandas: quantities, and emissions by the factors that people wrote down.

It uses nothing of the library. Quantities are in thousandths of their unit, emissions in grams. Each product of a
quantity and a factor is rounded to whole grams by itself, halves up; a factor has five decimals, from 9 on three.
"""

from __future__ import annotations

from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from pathlib import Path

import pandas as pd
import yaml

RATES = Path(__file__).resolve().parents[1] / "anchor_analysis" / "definitions" / "rates" / "emission_factors.yaml"

#: The year whose grid the demonstration holds electricity against, and the code of the member in a file of many.
BASE, OWN_CODE = 2018, "ZL1"

ENERGY = ["electricity_kwh", "electricity_renewable_kwh", "gas_kwh", "oil_kwh", "coal_kwh", "steam_kwh",
          "hot_water_kwh", "biomass_kwh"]  # fmt: skip
WASTE = ["waste_recycled_tonnes", "waste_incinerated_tonnes", "waste_landfill_tonnes", "waste_clinical_tonnes"]
SCOPE_1 = {"gas_kwh": "natural_gas", "oil_kwh": "fuel_oil", "coal_kwh": "coal", "fleet_diesel_litres": "diesel",
           "fleet_petrol_litres": "petrol"}  # fmt: skip
FLEET = ["fleet_diesel_litres", "fleet_petrol_litres"]
TRAVEL = ["travel_car_km", "travel_rail_km", "travel_air_km"]
OTHER = ["water_m3", *WASTE]
HEAT = ["steam_kwh", "hot_water_kwh"]
SCOPE_3 = [
    *((fuel, f"{factor}_wtt") for fuel, factor in SCOPE_1.items()),
    *((power, factor) for power in ENERGY[:2]
      for factor in ("grid_electricity_td", "grid_electricity_wtt", "grid_electricity_td_wtt")),
    ("water_m3", "water_supply"), ("water_m3", "water_treatment"),
    *((waste, waste.removesuffix("_tonnes")) for waste in WASTE),
    ("travel_car_km", "car"), ("travel_car_km", "car_wtt"), ("travel_rail_km", "rail"), ("travel_rail_km", "rail_wtt"),
    ("travel_air_km", "short_haul_flight"), ("travel_air_km", "short_haul_flight_wtt"),
]  # fmt: skip


@cache
def factor(of: str, year: int) -> Decimal:
    """The factor of a thing for the financial year that begins in a year: its last value until then."""
    rates = yaml.safe_load(RATES.read_text(encoding="utf-8"))["values"]
    values = {rate["starts"]: Decimal(str(rate["value"])) for rate in rates if rate["of"] == of}
    value = values[max(starts for starts in values if starts <= date(year, 4, 1))]
    return value.quantize(Decimal("0.001" if value >= 9 else "0.00001"), ROUND_HALF_UP)


def grams(quantity: Decimal, of: str, year: int) -> int:
    """Kilograms for one, so grams for a thousandth."""
    return int((quantity * 1000 * factor(of, year)).quantize(Decimal(1), ROUND_HALF_UP))


def middle(snapshot: date) -> int:
    """The financial year in which the middle of twelve months that end on a day lies, by the year that it begins in."""
    half = pd.Timestamp(snapshot) - pd.DateOffset(months=6)
    return half.year - (half.month < 4)


def count_sites(sheet: pd.DataFrame, snapshot: date) -> pd.DataFrame:
    """One row per site of the member, with its quantities and what it emits; missing where it is not told."""
    if "organisation_code" in sheet and (sheet["organisation_code"] != "").any():
        sheet = sheet[sheet["organisation_code"] == OWN_CODE]
    return pd.DataFrame([site(row, middle(snapshot)) for row in sheet.to_dict("records")])


def site(cells: dict[str, str], year: int) -> dict[str, object]:
    told = {name: Decimal(text.replace(",", "")) for name, text in cells.items() if is_number(name, text)}
    much = {name: told.get(name, Decimal(0)) for name in {*ENERGY, *SCOPE_1, *(pair[0] for pair in SCOPE_3), *WASTE}}
    found: dict[str, object] = {
        "site": 1,
        "openness": {"yes": "open", "no": "closed"}.get(cells["open_to_community"], "unknown"),
    }
    found["floor"], found["water"] = thousandths(told.get("floor_area_m2")), thousandths(told.get("water_m3"))
    found["recycled"] = thousandths(told.get("waste_recycled_tonnes"))
    found["waste"] = thousandths(sum(much[name] for name in WASTE)) if any(name in told for name in WASTE) else None
    power = sum((much[name] for name in ENERGY[:2]), Decimal(0)) if any(name in told for name in ENERGY[:2]) else None
    found["electricity"] = thousandths(power)
    for name, of in (("fleet", FLEET), ("travel", TRAVEL)):
        found[name] = thousandths(sum(much[one] for one in of)) if any(one in told for one in of) else None
    heated = "electricity_kwh" in told or "gas_kwh" in told
    found["energy"] = thousandths(sum(much[name] for name in ENERGY)) if heated else None
    by_grid = {at: [grams(much[name], "grid_electricity", at) for name in ENERGY[:2]] for at in (year, BASE)}
    found["electricity_g"] = sum(by_grid[year]) if power is not None else None
    found["electricity_base_g"] = sum(by_grid[BASE]) if power is not None else None
    return found | emitted(cells, told, much, by_grid[year], year)


def by_category(told: dict[str, Decimal], much: dict[str, Decimal], year: int) -> dict[str, object]:
    """Grams by what makes them, of a site that does not report its emissions; none of what is not told."""
    made = [*SCOPE_1.items(), *SCOPE_3, *((name, "grid_electricity") for name in ENERGY[:2])]
    made += [(name, "heat_and_steam") for name in HEAT]
    found: dict[str, object] = {}
    for category, names in {"energy_g": ENERGY, "fleet_g": FLEET, "travel_g": TRAVEL, "other_g": OTHER}.items():
        amount = sum(grams(much[name], of, year) for name, of in made if name in names)
        found[category] = amount if any(name in told for name in names) else None
    return found


def emitted(
    cells: dict[str, str], told: dict[str, Decimal], much: dict[str, Decimal], by_grid: list[int], year: int
) -> dict[str, object]:
    if "scope_1_tco2e" in told:
        scopes = {name: int(told[f"{name}_tco2e"] * 1_000_000) for name in ("scope_1", "scope_2_location", "scope_3")}
        found: dict[str, object] = scopes | {
            "scope_2_market": scopes["scope_2_location"],
            "by": cells["method"].lower(),
            **dict.fromkeys(("energy_g", "fleet_g", "travel_g", "other_g")),
            "reported_g": sum(scopes.values()),
        }
    else:
        heat = sum(grams(much[name], "heat_and_steam", year) for name in HEAT)
        scopes = {
            "scope_1": sum(grams(much[fuel], of, year) for fuel, of in SCOPE_1.items()),
            "scope_2_location": sum(by_grid) + heat,
            "scope_3": sum(grams(much[name], of, year) for name, of in SCOPE_3),
        }
        found = scopes | {"scope_2_market": by_grid[0] + heat, "by": "factors", "reported_g": 0}
        found |= by_category(told, much, year)
    found["location"] = scopes["scope_1"] + scopes["scope_2_location"] + scopes["scope_3"]
    found["market"] = scopes["scope_1"] + int(str(found["scope_2_market"])) + scopes["scope_3"]
    return found


def is_number(name: str, text: str) -> bool:
    return text != "" and name not in ("site", "open_to_community", "method", "organisation_code")


def thousandths(amount: Decimal | int | None) -> int | None:
    return None if amount is None else int(Decimal(amount) * 1000)
