"""The same supplier at several members, by equal names alone, in plain Python and from the documents' prose.

It finds where a supplier is that a member's own master does not place. What is only alike, and what people decided, is
for tests of their own.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Mapping

import pandas as pd

FORMS = {"limited": "ltd", "ltd": "ltd", "plc": "plc", "llp": "llp", "cic": "cic", "and co": "", "co": "", "group": ""}
SHORT = {"svcs": "services", "mgmt": "management", "bros": "brothers", "eng": "engineering", "assoc": "associates"}
OF_ANYBODY = {
    "village",
    "hall",
    "church",
    "nhs",
    "community",
    "centre",
    "parish",
    "council",
    "city",
    "university",
    "trust",
}

Tables = Mapping[str, pd.DataFrame]


def one_name(name: str) -> tuple[str, str]:
    """A name as it is compared, and its legal form."""
    plain = unicodedata.normalize("NFKD", name.lower().replace("&", " and "))
    plain = "".join(sign for sign in plain if not unicodedata.combining(sign))
    words = [SHORT.get(word, word) for word in re.findall("[a-z0-9]+", plain.replace("'", ""))]
    form = ""
    while len(words) > 1 and (end := next((e for e in FORMS if words[-len(e.split()) :] == e.split()), None)):
        form, words = form or FORMS[end], words[: -len(end.split())]
    return " ".join(words[1:] if words[:1] == ["the"] and words[1:] else words), form


def names_somebody(name: str, form: str) -> bool:
    """Whether a name is of one body wherever it stands: not one of anybody's, and not a private person's."""
    words = name.split()
    return not set(words) <= OF_ANYBODY and (bool(form) or len(words) > 2)


def places_elsewhere(returns: Mapping[tuple[str, str], Tables]) -> dict[str, dict[str, str]]:
    """By member and number of a supplier: the postcode of the same supplier in whatever master, where all agree.

    `returns` is by member and year. Only suppliers that no master of the member places are in it.
    """
    names: dict[tuple[str, str], str] = {}
    own: dict[tuple[str, str], str] = {}
    for (member, _), tables in sorted(returns.items(), key=lambda one: one[0][1]):
        if "ledger" in tables:
            lines = tables["ledger"][["supplier_id", "supplier_name"]].drop_duplicates()
            names |= {(member, row.supplier_id): row.supplier_name for row in lines.itertuples() if row.supplier_id}
        if "suppliers" in tables:
            for row in tables["suppliers"].itertuples():
                names[member, row.supplier_id] = row.supplier_name
                code = re.sub(r"[^A-Z0-9]", "", row.supplier_postcode.upper())
                if re.fullmatch(r"(?!ZZ99)[A-Z]{1,2}\d[\dA-Z]?\d[A-Z]{2}", code):
                    own[member, row.supplier_id] = code
    same: dict[tuple[str, str], list[tuple[str, str]]] = defaultdict(list)
    for who, name in names.items():
        spelled = one_name(name)
        if names_somebody(*spelled):
            same[spelled].append(who)
    found: dict[str, dict[str, str]] = defaultdict(dict)
    for group in same.values():
        codes = Counter(own[who] for who in group if who in own)
        if len({code[:-3] for code in codes}) == 1:
            often = min(codes, key=lambda code: (-codes[code], code))
            for member, number in group:
                if (member, number) not in own:
                    found[member][number] = often
    return dict(found)
