"""Supplier records that are hard to compare, drawn with a seed, for holding engines to one another."""

from __future__ import annotations

import random

import pandas as pd

from anchor_analysis.declared import Network
from anchor_analysis.link.records import as_records
from tests.linkage_study import books

WORDS = [
    "Fiddlewood", "Lark", "Otterscar", "Pickersdale", "Rawthorpe", "Ñame", "Müller", "Ærø", "Łódź", "Saint", "St.",
    "Leeds", "Bradford", "NHS", "City", "Council", "University", "North", "South", "1", "2", "12", "III", "&", "and",
    "the", "Builders", "Bldrs", "Services", "Svcs", "Tiles", "Vans", "A", "B.T.", "O'Neil", "日本", "ß", "Ltd", "co",
]  # fmt: skip
FORMS = ["", "", "Ltd", "Limited", "plc", "PLC.", "LLP", "C.I.C.", "GmbH", "& Co Ltd", "Holdings (UK) Limited"]
POSTCODES = [None, None, "", "LX1 1AA", "LX11AA", "LX1 1AB", "LX2 2BB", "LX22 9ZZ", "ZZ99 3VZ", "not one", "LX1"]
COLUMNS = ["member", "supplier_name", "supplier_postcode", "company_number", "charity_number", "org_id"]


def nasty_names(seed: int, count: int) -> list[str | None]:
    """Names of a word or of many, blank, equal, of accents and other scripts, and those with a slip of the pen."""
    draw = random.Random(seed)
    names: list[str | None] = [None, "", " ", "Ltd", "日本", "x", "x", "xx", "a b c d e f", "Lark " * 20]
    while len(names) < count:
        if draw.random() < 0.5 and (told := draw.choice(names)):
            names.append(_slip(draw, told))
        else:
            names.append(" ".join([*draw.choices(WORDS, k=draw.randint(1, 5)), draw.choice(FORMS)]))
    return names


def _slip(draw: random.Random, name: str) -> str:
    """A name with some signs left out, put in, changed or in another order; or its beginning; or nothing changed."""
    for _ in range(draw.randint(0, 3)):
        at, how = draw.randrange(len(name) + 1), draw.randrange(5)
        taken = name[at : at + 2]
        put = ["", taken[:1] + draw.choice("abcxyz 0é") + taken[1:], taken[::-1], taken[1:] + "e", taken.upper()][how]
        name = name[:at] + put + name[at + 2 :]
    return name if draw.random() < 0.9 else name[: draw.randint(1, 12)]


def nasty_records(seed: int, count: int, network: Network) -> pd.DataFrame:
    """Records as `link` has them, of members `a` to `d`."""
    draw = random.Random(seed)
    names = nasty_names(seed, count)
    rows = [(draw.choice("abcd"), name, draw.choice(POSTCODES), None, None, None) for name in names]
    return _as_records(pd.DataFrame(rows, columns=COLUMNS), network)


def drawn_records(seed: int, network: Network) -> pd.DataFrame:
    """Records of invented suppliers in the demonstration's style, with variants and look-alikes."""
    return _as_records(books(seed).assign(charity_number=None, org_id=None)[COLUMNS], network)


def _as_records(named: pd.DataFrame, network: Network) -> pd.DataFrame:
    numbers = [f"{at:06d}" for at in range(len(named))]
    told = named.assign(supplier_id=numbers, network_year="2023/24", part="", source="master", lines=1)
    return as_records(told.astype("object").where(told.notna(), None), network)
