"""What a site's energy, water, waste and travel come to, in energy and in emissions.

A quantity is in 1/1,000 of its unit and a factor in kg of CO2 equivalent for each unit, so their product is in grams.
Factors are taken as whole numbers, half up, to five decimals below 9 and to three above, and each product is rounded
half up to whole grams: sums are exact, whatever the order. The factor of a year is the one in force in the middle of
the twelve months, as the UK Government's guidance for company reporting has it. Method: quantity x factor, GHG
Protocol, scopes 1 to 3; steam and hot water are scope 2, what the grid loses and what comes before fuels are scope 3.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from fractions import Fraction

import narwhals as nw

from anchor_analysis.declared import Network
from anchor_analysis.declared.rates import Rates
from anchor_analysis.engine.base import LazyFrame
from anchor_analysis.problems import Problem, UserError
from anchor_analysis.rounding import exact_steps, nearest, steps_of, whole_steps

FACTORS = "emission_factors"

#: What counts as energy, and the part of it that is electricity.
_ELECTRICITY = ["electricity_kwh", "electricity_renewable_kwh"]
_ENERGY = [
    *_ELECTRICITY, "gas_kwh", "oil_kwh", "coal_kwh", "steam_kwh", "hot_water_kwh", "biomass_kwh",
]  # fmt: skip
_WASTE = ["waste_recycled_tonnes", "waste_incinerated_tonnes", "waste_landfill_tonnes", "waste_clinical_tonnes"]

Uses = Mapping[str, tuple[str, ...]]

#: By which factors each quantity counts, scope by scope.
_GRID_LOSSES = ("grid_electricity_td", "grid_electricity_wtt", "grid_electricity_td_wtt")
_HEAT = {"steam_kwh": ("heat_and_steam",), "hot_water_kwh": ("heat_and_steam",)}
_ELECTRICITY_ALONE = dict.fromkeys(_ELECTRICITY, ("grid_electricity",))
_SCOPE_1 = {
    "gas_kwh": ("natural_gas",), "oil_kwh": ("fuel_oil",), "coal_kwh": ("coal",),
    "fleet_diesel_litres": ("diesel",), "fleet_petrol_litres": ("petrol",),
}  # fmt: skip
_SCOPE_2_LOCATION = {**_ELECTRICITY_ALONE, **_HEAT}
_SCOPE_2_MARKET = {"electricity_kwh": ("grid_electricity",), **_HEAT}
_SCOPE_3 = {
    **dict.fromkeys(_ELECTRICITY, _GRID_LOSSES),
    "gas_kwh": ("natural_gas_wtt",), "oil_kwh": ("fuel_oil_wtt",),
    "coal_kwh": ("coal_wtt",), "fleet_diesel_litres": ("diesel_wtt",), "fleet_petrol_litres": ("petrol_wtt",),
    "water_m3": ("water_supply", "water_treatment"), "waste_recycled_tonnes": ("waste_recycled",),
    "waste_incinerated_tonnes": ("waste_incinerated",), "waste_landfill_tonnes": ("waste_landfill",),
    "waste_clinical_tonnes": ("waste_clinical",), "travel_car_km": ("car", "car_wtt"),
    "travel_rail_km": ("rail", "rail_wtt"), "travel_air_km": ("short_haul_flight", "short_haul_flight_wtt"),
}  # fmt: skip

#: What each category of emissions is made of, over all scopes, and location-based; together they are all of it.
_CATEGORIES: dict[str, tuple[str, ...]] = {
    "energy": tuple(_ENERGY),
    "fleet": ("fleet_diesel_litres", "fleet_petrol_litres"),
    "travel": ("travel_car_km", "travel_rail_km", "travel_air_km"),
    "water_and_waste": ("water_m3", *_WASTE),
}
_ALL_SCOPES = (_SCOPE_1, _SCOPE_2_LOCATION, _SCOPE_3)
_OF_CATEGORY: dict[str, tuple[Uses, ...]] = {
    category: tuple({name: uses[name] for name in names if name in uses} for uses in _ALL_SCOPES)
    for category, names in _CATEGORIES.items()
}

#: The factors that make each derived column, scope by scope.
MADE_BY: dict[str, tuple[Mapping[str, tuple[str, ...]], ...]] = {
    "scope_1_g": (_SCOPE_1,), "scope_2_location_g": (_SCOPE_2_LOCATION,), "scope_2_market_g": (_SCOPE_2_MARKET,),
    "scope_3_g": (_SCOPE_3,), "electricity_g": (_ELECTRICITY_ALONE,), "electricity_baseline_g": (_ELECTRICITY_ALONE,),
    "emissions_location_g": (_SCOPE_1, _SCOPE_2_LOCATION, _SCOPE_3),
    "emissions_market_g": (_SCOPE_1, _SCOPE_2_MARKET, _SCOPE_3),
    **{f"emissions_{category}_g": uses for category, uses in _OF_CATEGORY.items()},
}  # fmt: skip

_SCOPES: dict[str, Uses] = {
    "scope_1": _SCOPE_1, "scope_2_location": _SCOPE_2_LOCATION, "scope_2_market": _SCOPE_2_MARKET, "scope_3": _SCOPE_3,
}  # fmt: skip


def _pairs(uses: Uses) -> list[tuple[str, str]]:
    """Each quantity with each factor that it counts by."""
    return [(quantity, factor) for quantity, factors in uses.items() for factor in factors]


#: Everything that is multiplied, each product once.
_PRODUCTS = list(dict.fromkeys(pair for uses in _SCOPES.values() for pair in _pairs(uses)))
_COUNTED_BY = list(dict.fromkeys(factor for _, factor in _PRODUCTS))

#: A factor from here on is kept to three decimals, so that no product is too large for a whole number of 64 bits.
_LARGE = 9
_MILLION = 1_000_000


def estate(frame: LazyFrame, network: Network) -> LazyFrame:
    """Sites with their energy, waste and emissions, as the schema's `derived` section describes them.

    Raises UserError (AN045) where the network has a year before the first emission factors.
    """
    rates = network.catalogue.rates[FACTORS]
    years = _middles(network, rates)
    frame = frame.with_columns(_middle().alias("_middle")).with_columns(*_quantities(), *_factors(rates, years))
    for product in (_size, _whole, _exact, _signed):  # an expression that held another would hold it many times
        frame = frame.with_columns(*(product(*one) for one in _PRODUCTS))
    told = ~nw.col("electricity_e3").is_null()
    frame = frame.with_columns(
        *(_grams(uses, years).alias(f"_{name}") for name, uses in _SCOPES.items()),
        nw.when(told).then(_grams(_ELECTRICITY_ALONE, years)).alias("electricity_g"),
        nw.when(told).then(_at_baseline(network, rates)).alias("electricity_baseline_g"),
    )
    frame = frame.with_columns(*_told(), *_by_category(years))
    both = {"location": ["scope_1", "scope_2_location", "scope_3"], "market": ["scope_1", "scope_2_market", "scope_3"]}
    totals = [
        nw.sum_horizontal(*(nw.col(f"{part}_g").fill_null(0) for part in parts)).alias(f"emissions_{kind}_g")
        for kind, parts in both.items()
    ]
    factors = [f"_{factor}_{kind}" for factor in _COUNTED_BY for kind in ("whole", "part")]
    products = [f"{_name(*one)}{kind}" for one in _PRODUCTS for kind in ("", "_size")]
    return frame.with_columns(*totals).drop("_middle", *factors, *products, *(f"_{name}" for name in _SCOPES))


def _quantities() -> list[nw.Expr]:
    opened = nw.col("open_to_community")
    told = nw.when(opened == 1).then(nw.lit("open")).otherwise(nw.lit("closed"))
    return [
        nw.lit(1).cast(nw.Int64).alias("sites"),
        nw.when(opened.is_null()).then(nw.lit("unknown")).otherwise(told).alias("openness"),
        _told_sum(_ENERGY, ["electricity_kwh", "gas_kwh"]).alias("energy_e3"),
        _told_sum(_ELECTRICITY, _ELECTRICITY).alias("electricity_e3"),
        _told_sum(_WASTE, _WASTE).alias("waste_e3"),
        _told_sum(_CATEGORIES["fleet"], _CATEGORIES["fleet"]).alias("fleet_litres_e3"),
        _told_sum(_CATEGORIES["travel"], _CATEGORIES["travel"]).alias("travel_km_e3"),
    ]


def _told_sum(columns: Iterable[str], any_of: Iterable[str]) -> nw.Expr:
    """The sum of columns, blanks as none of it; missing where all of some are blank."""
    told = nw.any_horizontal(*(~nw.col(f"{name}_e3").is_null() for name in any_of), ignore_nulls=False)
    return nw.when(told).then(nw.sum_horizontal(*(_told_or_none(name) for name in columns)))


def _told_or_none(name: str) -> nw.Expr:
    return nw.col(f"{name}_e3").fill_null(0)


def factor_day(start: date) -> date:
    """The day by which factors are looked up for twelve months from `start`: when the year of their middle began."""
    return date(start.year + (start.month >= 10), 4, 1)


def _middle() -> nw.Expr:
    """The financial year, as the year that it begins in, of the middle of a row's twelve months."""
    start = nw.col("period_start")
    late = nw.when(start.dt.month() >= 10).then(1).otherwise(0)
    return start.dt.year().cast(nw.Int64) + late


def _middles(network: Network, rates: Rates) -> list[int]:
    """The financial years in which the middle of some member's twelve months lies."""
    periods = [network.period_of(year, member) for year in network.all_years() for member in network.members]
    found = sorted({factor_day(period.start).year for period in periods})
    first = min(rate.starts for rate in rates.values)
    if date(found[0], 4, 1) < first:
        what = f"there are no emission factors before {first:%d/%m/%Y}, and the network has years before."
        remedy = f"Add the factors of these years to definitions/rates/{FACTORS}.yaml, with their source."
        raise UserError(Problem("AN045", f"{network.id}, estate", what, remedy))
    return found


def _name(quantity: str, factor: str) -> str:
    """The column of a quantity's emissions by one factor."""
    return f"_{quantity}_{factor}"


def _grams(uses: Uses, years: list[int]) -> nw.Expr:
    """The emissions of quantities by the factors of the year that a row lies in."""
    products = [nw.col(_name(quantity, factor)) for quantity, factor in _pairs(uses)]
    return nw.when(nw.col("_middle").is_in(years)).then(nw.sum_horizontal(*products))


def _size(quantity: str, factor: str) -> nw.Expr:
    return (_told_or_none(quantity).abs() * nw.col(f"_{factor}_whole")).alias(f"{_name(quantity, factor)}_size")


def _whole(quantity: str, factor: str) -> nw.Expr:
    name = _name(quantity, factor)
    return whole_steps(nw.col(f"{name}_size"), nw.col(f"_{factor}_part")).alias(name)


def _exact(quantity: str, factor: str) -> nw.Expr:
    name = _name(quantity, factor)
    return exact_steps(nw.col(f"{name}_size"), nw.col(f"_{factor}_part"), nw.col(name)).alias(name)


def _signed(quantity: str, factor: str) -> nw.Expr:
    name = _name(quantity, factor)
    signed = nw.when(_told_or_none(quantity) < 0).then(0 - nw.col(name)).otherwise(nw.col(name))
    return signed.cast(nw.Int64).alias(name)


def _factors(rates: Rates, years: Iterable[int]) -> Iterator[nw.Expr]:
    """Each factor of the year that a row lies in, as a whole number, and in which part of one that is.

    They are columns, since an expression that has them inside would have them once for each quantity and step.
    """
    for factor in _COUNTED_BY:
        of_year = {year: _in_whole_numbers(factor, rates, year) for year in years}
        for place, kind in enumerate(("whole", "part")):
            value = _by_year({year: number[place] for year, number in of_year.items()})
            yield value.cast(nw.Int64).alias(f"_{factor}_{kind}")


def _by_year(values: Mapping[int, int]) -> nw.Expr:
    """The value of the year that a row lies in."""
    if len(set(values.values())) == 1:
        return nw.lit(next(iter(values.values())))
    chosen = nw.lit(None).cast(nw.Int64)
    for year, value in values.items():
        chosen = nw.when(nw.col("_middle") == year).then(nw.lit(value)).otherwise(chosen)
    return chosen


def _in_whole_numbers(factor: str, rates: Rates, year: int) -> tuple[int, int]:
    """A factor of a year as a whole number, and in which part of one it is."""
    rate = rates.at(factor, date(year, 4, 1))
    assert rate, f"{factor} has no value yet"
    scale = 1_000 if rate.value >= _LARGE else 100_000
    return int(nearest(Fraction(rate.value) * scale, Fraction(1))), scale


def _in_grams(quantity: str, whole: nw.Expr | int, scale: nw.Expr | int) -> nw.Expr:
    """Whole grams, half up; below zero half away from it."""
    told = _told_or_none(quantity)
    size = steps_of(told.abs() * whole, scale)
    return nw.when(told < 0).then(0 - size).otherwise(size).cast(nw.Int64)


def _at_baseline(network: Network, rates: Rates) -> nw.Expr:
    year = factor_day(network.period_of(network.baseline).start).year
    pairs = _pairs(_ELECTRICITY_ALONE)
    return nw.sum_horizontal(*(_in_grams(name, *_in_whole_numbers(factor, rates, year)) for name, factor in pairs))


def _reports() -> nw.Expr:
    """Whether a row reports its emissions by scope, so that none of its quantities makes any."""
    return ~nw.col("scope_1_tco2e_e3").is_null() & ~nw.col("scope_2_location_tco2e_e3").is_null()


def _by_category(years: list[int]) -> Iterator[nw.Expr]:
    """Emissions by what makes them, missing where it is not told; and those that are reported without."""
    for category, uses in _OF_CATEGORY.items():
        parts = [_grams(one, years) for one in uses if one]
        told = nw.any_horizontal(
            *(~nw.col(f"{name}_e3").is_null() for name in _CATEGORIES[category]), ignore_nulls=False
        )
        value = nw.when(told & ~_reports()).then(nw.sum_horizontal(*parts))
        yield value.cast(nw.Int64).alias(f"emissions_{category}_g")
    whole = [nw.col(f"{name}_tco2e_e3").fill_null(0) * 1_000 for name in ("scope_1", "scope_2_location", "scope_3")]
    yield nw.when(_reports()).then(nw.sum_horizontal(*whole)).otherwise(0).cast(nw.Int64).alias("emissions_reported_g")


def _told() -> list[nw.Expr]:
    """Emissions as reported where they are, else by factors; and by which of the two."""
    reported = {name: nw.col(f"{name}_tco2e_e3") * 1_000 for name in ("scope_1", "scope_2_location", "scope_3")}
    reports = _reports()
    market = nw.coalesce(nw.col("scope_2_market_tco2e_e3") * 1_000, reported["scope_2_location"])
    values = {**reported, "scope_2_market": market, "scope_3": reported["scope_3"]}
    method = nw.coalesce(nw.col("method"), nw.lit("not_said"))
    return [
        *(
            nw.when(reports).then(value).otherwise(nw.col(f"_{name}")).cast(nw.Int64).alias(f"{name}_g")
            for name, value in values.items()
        ),
        nw.when(reports).then(method).otherwise(nw.lit("factors")).alias("emissions_by"),
    ]
