"""Suppliers that several members pay, each under its own spelling, and others that only look like them.

They take the place of suppliers that are drawn anyway, so that no amount moves. What is one and what is not comes from
the draws here. One of them is in no master of the member that pays it: only another member knows where it is.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from anchor_analysis.demonstration.draws import Draws, Ints
from anchor_analysis.demonstration.plan import MEMBERS

#: How a name differs from the one in full: what each kind of variant does to it.
KINDS = ("same", "form", "and", "typo", "shortened", "town", "cut")

_SHARED_WORDS = """
Ablethwaite Beckersley Calderwick Denholme Eastlowe Farthingdale Gillbrook Hartlebrook Inglecroft Jessopholm
Kettleshaw Langstroth Muckleburgh Netherbeck Otterscar Pickersdale Quernmoor Rawthorpe Silverhowe Thistlemire
Ulleswick Vixenby Wrenthorpe Yewdale Zealthorpe Applebeck Birkenlow Coldharrow Dunnockby Eskmoor Fleetholm Garsthwaite
Hazelgrave Ivelet Juniperthwaite Kirkbarrow Lowgill Marrickdale Nunburn Oxnop
"""
_WORDS = _SHARED_WORDS.split()
_TRADES = (
    ("Building Services", "Building works"), ("Care and Support", "Social care"),
    ("Engineering Services", "Construction"),
    ("Facilities Management", "Cleaning"), ("Office Supplies", "Office supplies"), ("Training & Learning", "Training"),
    ("Transport Services", "Transport"), ("Brothers Catering", "Catering"),
)  # fmt: skip
_FORMS, _HOW_OFTEN = ("Limited", "LLP", "plc"), np.array([8, 1, 1])
_TOWNS = ("(Leeds)", "(Yorkshire)", "Northern")
_SHORTER = {"Services": "Svcs", "Management": "Mgmt", "Brothers": "Bros", "Engineering": "Eng", "Associates": "Assoc"}

#: Names that bodies in every town bear: at each member another.
GENERIC = ("City Taxis", "Village Hall", "NHS", "Parish Church", "Parish Council")
_COMPASS = ("(North)", "(South)")
#: How long the names of a finance system are that cuts them.
_CUT = 24
#: How many suppliers of the demonstration are shared, by how many members, and of how many another one has no record.
_ENTITIES, _EACH, _WITHOUT_RECORD = 32, 3, 8
#: Of so many members the books have a payment to one of GENERIC that no master has.
_NOBODY = 3


@dataclass(frozen=True)
class Variant:
    """One supplier as one member's books have it: `entity` is which it is, `number` its company's, or blank."""

    entity: int
    name: str
    category: str
    kind: str
    number: str


@dataclass(frozen=True)
class Planted:
    """What a member's suppliers are to hold.

    `known` are in its master, `unknown` in none, so that only others know their place. `generic` and
    `generic_unknown` are names of GENERIC, or blank.
    """

    known: list[Variant]
    unknown: list[Variant]
    generic: str
    generic_unknown: str


def planted(seed: int) -> dict[str, Planted]:
    """What is planted among the suppliers of each member that sends rows of payments."""
    senders = [member for member in MEMBERS if member.lines and member.habits.shape != "figures"]
    found = {member.id: Planted([], [], *_generic(at)) for at, member in enumerate(senders)}
    for entity, variants in enumerate(draw_variants(seed, _ENTITIES, _EACH)):
        payers = [senders[(entity + step) % len(senders)] for step in (0, 3, 5, 7)]
        for member, variant in zip(payers[:_EACH], variants, strict=True):
            found[member.id].known.append(variant)
        if entity < _WITHOUT_RECORD:
            found[payers[-1].id].unknown.append(_in_capitals(variants[0]))
    return found


def _generic(at: int) -> tuple[str, str]:
    return GENERIC[at % len(GENERIC)], GENERIC[(at + 1) % len(GENERIC)] if at < _NOBODY else ""


def _in_capitals(variant: Variant) -> Variant:
    return Variant(variant.entity, variant.name.upper(), variant.category, "form", "")


def entity_places(seed: int, choice: Ints, entities: int = _ENTITIES) -> Ints:
    """Where each shared supplier is, all its variants at one place: of a choice of places."""
    return choice[Draws(seed, "shared suppliers", "places").below(len(choice), entities)]


def draw_variants(seed: int, entities: int, each: int, *, words: int = len(_WORDS)) -> list[list[Variant]]:
    """For each of `entities` suppliers its variants, the first in full; the last ones come in pairs that look alike.

    More entities than `words` share their first word, in other trades.
    """
    draws = Draws(seed, "shared suppliers")
    found = []
    for entity in range(entities):
        twin = entity >= entities - entities // 8 * 2
        base = entity - entity % 2 if twin else entity
        trade, category = _TRADES[(base // words + base) % len(_TRADES)]
        word = _WORDS[base % words]
        trade = f"{trade} {_COMPASS[entity % 2]}" if twin else trade
        form = _FORMS[int(draws.choose(_HOW_OFTEN, 1)[0])]
        number = f"{7_000_000 + entity * 7919:08d}" if draws.below(3, 1)[0] == 0 else ""
        kinds = ["same", *(KINDS[at] for at in draws.below(len(KINDS), each - 1).tolist())]
        spelled = [_spelled(draws, f"{word} {trade}", form, kind) for kind in kinds]
        numbers = [number if at == 0 or draws.below(2, 1)[0] else "" for at in range(each)]
        found.append(
            [
                Variant(entity, name, category, kind, of_name)
                for name, kind, of_name in zip(spelled, kinds, numbers, strict=True)
            ]
        )
    return found  # fmt: skip


def _spelled(draws: Draws, name: str, form: str, kind: str) -> str:
    """The name as a member has it."""
    whole = f"{name} {form}"
    if kind == "form":
        return f"{name} Ltd" if form == "Limited" else f"{name} {form.upper()}."
    if kind == "and":
        return whole.replace(" and ", " & ").upper() if " and " in whole else whole.replace(" & ", " and ").upper()
    if kind == "typo":
        return _mistyped(draws, whole)
    if kind == "shortened":
        return " ".join(_SHORTER.get(word, word) for word in whole.split())
    if kind == "town":
        return f"{name} {_TOWNS[int(draws.below(len(_TOWNS), 1)[0])]} {form}"
    return whole[:_CUT].strip() if kind == "cut" else whole


def _mistyped(draws: Draws, name: str) -> str:
    """A letter of the first word left out, doubled, or changed for its neighbour."""
    at, how = 2 + int(draws.below(len(name.split()[0]) - 3, 1)[0]), int(draws.below(3, 1)[0])
    if how == 0:
        return name[:at] + name[at + 1 :]
    if how == 1:
        return name[:at] + name[at] + name[at:]
    return name[:at] + name[at + 1] + name[at] + name[at + 2 :]
