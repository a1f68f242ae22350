"""A metric by ward: on a map of the wards' outlines where the edition has them, on tiles where not."""

from __future__ import annotations

from anchor_analysis.compare.benchmarks import HOME
from anchor_analysis.present import wording
from anchor_analysis.present.charts import base
from anchor_analysis.present.charts.picture import Chart
from anchor_analysis.present.released import Cell, Facts, Released


def ward_map(released: Released, metric: str) -> Chart:
    """The network's figure of the edition's year by ward, of whom it is of the same alt text on either map."""
    wards = released.facts.get("wards", {})
    found = {code: released.level(metric, group=code) for code in wards}
    cells = {code: cell for code, cell in found.items() if cell is not None}
    if not any(cell.is_number for cell in cells.values()):
        return base.missing(released.facts, metric, "no figures by ward were released")
    if set(wards) & set(released.facts.get("boundaries", {}).get("areas", {})):
        from anchor_analysis.present.charts.choropleth import choropleth

        return choropleth(released, metric, cells)
    from anchor_analysis.present.charts.tiles import tile_map

    return tile_map(released, metric, cells)


def which_ward(facts: Facts, cells: dict[str, Cell]) -> str:
    """Whether the wards are those of people's homes."""
    of = next(iter(cells.values())).table
    home = facts.get("tables", {}).get(of, {}).get("breakdown") == HOME
    return "by ward of home" if home else "by ward"


def by_ward_alt(kind: str, released: Released, metric: str, cells: dict[str, Cell]) -> str:
    """Where there are most and fewest, what is withheld or missing, and how many are in no ward."""
    facts = released.facts
    ranked = sorted((cell for cell in cells.values() if cell.is_number), key=lambda cell: (-cell.value, cell.group))
    named = [f"{wording.group_name(facts, cell.group)} {cell.shown}" for cell in ranked]
    said = f"{kind}. {wording.capital(wording.noun(facts, metric))} {which_ward(facts, cells)} in {released.year}: "
    said += f"most in {wording.listing(named[:3])}"
    said += f"; fewest in {wording.listing(named[:2:-1][:3])}." if len(named) > 3 else "."
    names = {why: [wording.group_name(facts, code) for code in found] for why, found in _without(facts, cells).items()}
    said += "".join(f" {why} for {wording.listing(found)}." for why, found in names.items() if found)
    return said + _outside(released, metric)


def _without(facts: Facts, cells: dict[str, Cell]) -> dict[str, list[str]]:
    """The wards that show no number: those withheld, and those of which there is none."""
    withheld = [code for code, cell in cells.items() if cell.is_withheld]
    none = [code for code in facts["wards"] if code not in withheld and not (code in cells and cells[code].is_number)]
    return {"Withheld": withheld, "No figure": none}


def _outside(released: Released, metric: str) -> str:
    others = [released.level(metric, group=group) for group in ("elsewhere", "unknown")]
    told = [f"{cell.shown} {wording.GROUPS[cell.group].lower()}" for cell in others if cell is not None]
    return f" Outside these wards: {wording.listing(told)}." if told else ""


def by_ward_caption(facts: Facts, cells: dict[str, Cell], *more: str) -> str:
    """Where the figures come from, and of how many members."""
    one = next(iter(cells.values()))
    counting = f"Counting {one.members_counted} of {one.members_expected} members." if one.members_expected > 1 else ""
    return base.source(facts, counting, *more)
