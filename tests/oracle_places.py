"""What each postcode is, and where it says that somebody is, told one by one in plain Python from docs/places.md.

It uses nothing of the library. `Listed` is what a directory says of its postcodes.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import cache

#: Every area of Royal Mail's, but for the islands' and the forces'.
_ROYAL_MAIL = (
    "AB AL B BA BB BD BH BL BN BR BS BT CA CB CF CH CM CO CR CT CV CW DA DD DE DG DH DL DN DT DY E EC EH "
    "EN EX FK FY G GL GU HA HD HG HP HR HS HU HX IG IP IV KA KT KW KY L LA LD LE LL LN LS LU M ME MK ML N "
    "NE NG NN NP NR NW OL OX PA PE PH PL PO PR RG RH RM S SA SE SG SK SL SM SN SO SP SR SS ST SW SY TA TD "
    "TF TN TQ TR TS TW UB W WA WC WD WF WN WR WS WV YO ZE "
)
ROYAL_MAIL = set(_ROYAL_MAIL.split())
NATIONS = {"3CZ": ("england", "E"), "3GZ": ("wales", "W"), "1WZ": ("scotland", "S"), "2WZ": ("northern_ireland", "N")}
FIRST, SECOND = "ABCDEFGHIJKLMNOPRSTUWYZ", "ABCDEFGHKLMNOPQRSTUVWXY"
LAST_OF_A9A, LAST_OF_AA9A, INWARD = "ABCDEFGHJKPSTUW", "ABEHMNPRVWXY", "ABDEFGHJLNPQRSTUWXYZ"


@dataclass(frozen=True)
class Listed:
    """What a directory says of a postcode."""

    authority: str
    ended: str = ""
    large_user: bool = False


@cache
def bare(written: str) -> str:
    """Letters and figures in capitals, whatever their width, with ? for every other letter."""
    found = ""
    for sign in written:
        wide = unicodedata.east_asian_width(sign) == "F"
        plain = unicodedata.normalize("NFKC", sign) if wide else sign
        if plain.isascii() and plain.isalnum():
            found += plain.upper()
        elif plain.isalpha() or plain.isdigit():
            found += "?"
    return found


def kind_of(written: str, directory: dict[str, Listed]) -> str:
    """The class of what stands in a cell."""
    if not written.strip():
        return "no_postcode"
    code = bare(written)
    listed = directory.get(code)
    if listed and listed.authority:
        return "terminated" if listed.ended else "large_user" if listed.large_user else "live"
    if meant := _meaning(code):
        return meant
    if listed:
        return "no_area"
    if is_postcode(code):
        return "not_in_directory"
    if any(word in code for word in ("REDACT", "WITHHELD", "CONFIDENTIAL")) or (not code and "*" in written):
        return "redacted"
    if code and not code.strip("X"):
        return "redacted"
    return "outward_only" if is_outward(code) else "not_a_postcode"


def _meaning(code: str) -> str:
    if len(code) == 7 and code.startswith("ZZ99") and code[4].isdigit() and code[5:].isalpha():
        known = {
            "3VZ": "no_fixed_abode",
            "3WZ": "not_known",
            **{k: f"somewhere_in_{n}" for k, (n, _) in NATIONS.items()},
        }
        return known.get(code[4:], "overseas")
    if code.startswith("BFPO") and len(code) <= 8 and (code[4:] == "" or code[4:].isdigit()):
        return "forces"
    area, rest = code[:2], code[2:]
    inward = is_inward(rest[-3:])
    outward = rest[:-3] if inward else rest
    if area == "BF" and len(outward) == 1 and outward.isdigit():
        return "forces"
    if area in ("JE", "GY", "IM") and 1 <= len(outward) <= 2 and outward.isdigit():
        return "crown_dependency"
    return ""


def is_inward(code: str) -> bool:
    return len(code) == 3 and code[0].isdigit() and all(one in INWARD for one in code[1:])


def is_postcode(code: str) -> bool:
    return code == "GIR0AA" or (is_inward(code[-3:]) and is_district(code[:-3]))


def is_district(code: str) -> bool:
    """A9, A99, A9A, AA9, AA99 or AA9A, with the letters that each place may have."""
    shape = re.sub("[A-Z]", "A", re.sub("[0-9]", "9", code))
    if shape not in ("A9", "A99", "A9A", "AA9", "AA99", "AA9A") or code[0] not in FIRST:
        return False
    if shape.startswith("AA") and code[1] not in SECOND:
        return False
    last = {"A9A": LAST_OF_A9A, "AA9A": LAST_OF_AA9A}.get(shape)
    return not last or code[-1] in last


def is_outward(code: str) -> bool:
    """An area, a district, or a district with the figure of a sector."""
    return code in ROYAL_MAIL or is_district(code) or (code[-1:].isdigit() and is_district(code[:-1]))


def is_elsewhere(kind: str, authorities: list[str]) -> bool:
    """Whether a class says by itself that a place is not in an area of these authorities."""
    nations = {f"somewhere_in_{name}": letter for name, letter in NATIONS.values()}
    if kind in nations:
        return not any(code.startswith(nations[kind]) for code in authorities)
    return kind in ("overseas", "crown_dependency")
