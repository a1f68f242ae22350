"""What members buy, from the prose of the definitions in plain pandas: categories, sizes, sectors, ranks."""

from __future__ import annotations

import tomllib
import unicodedata
from pathlib import Path

import pandas as pd

#: Divisions of the Standard Industrial Classification of 2007 at which a section begins, and those that are in none.
SECTION_STARTS = {
    1: "A", 5: "B", 10: "C", 35: "D", 36: "E", 41: "F", 45: "G", 49: "H", 55: "I", 58: "J", 64: "K", 68: "L", 69: "M",
    77: "N", 84: "O", 85: "P", 86: "Q", 90: "R", 94: "S", 97: "T", 99: "U",
}  # fmt: skip
NO_DIVISIONS = {0, 4, 34, 40, 44, 48, 54, 57, 67, 76, 83, 89}
LARGE = {"large", "250+", "250 or more", "not an sme"}


def tagged(path: Path) -> dict[str, tuple[str, str]]:
    """By word, the network's category and whether its supplier can be chosen."""
    categories = tomllib.loads(path.read_text(encoding="utf-8"))["categories"] if path.is_file() else []
    return {
        spelled(word): (one["id"], "influenceable" if one.get("influenceable", True) else "not_influenceable")
        for one in categories
        for word in one["words"]
    }


def spelled(word: str) -> str:
    return "".join(sign for sign in word.replace("&", "and").lower() if unicodedata.category(sign)[0] in "LN")


def bought(lines: pd.DataFrame, master: pd.DataFrame, placed: pd.DataFrame, to_member: pd.Series, hidden: pd.Series,
           pence: pd.Series, words: dict[str, tuple[str, str]]) -> pd.DataFrame:  # fmt: skip
    """Of every payment what is bought and from whom; `master` by supplier, `placed` as the line is."""
    category = lines["category"].map(spelled)
    found = category.map(lambda word: words.get(word, ("no_category", "no_category")) if word else ("unknown",) * 2)
    own = master.reindex(lines["supplier_id"]).reset_index(drop=True).fillna("")
    place = placed["place"]
    branch = own["branch_in_area"].str.strip().str.lower()
    branched = place.where((place != "elsewhere") | branch.isin(["no"]), "unknown").mask(
        (place != "in_area") & (branch == "yes"), "branched"
    )
    return pd.DataFrame({
        "spend_category": found.str[0], "influence": found.str[1],
        "branched": branched.replace({"in_area": "in_or_branched", "branched": "in_or_branched"}),
        "supplier_decile_group": placed["decile_group"], "sector": own["sic_code"].map(section),
        "enterprise": own["size"].str.lower().map(
            lambda size: "unknown" if not size else "large" if size in LARGE else "sme"
        ),
        "voluntary": own["voluntary_or_community"].str.lower().replace("", "unknown"),
        "rank": ranks(lines, to_member, hidden, pence),
    })  # fmt: skip


def section(code: str) -> str:
    code = code.strip()
    if len(code) != 5 or not code.isdigit() or int(code[:2]) in NO_DIVISIONS:
        return "unknown"
    return SECTION_STARTS[max(start for start in SECTION_STARTS if start <= int(code[:2]))]


def ranks(lines: pd.DataFrame, to_member: pd.Series, hidden: pd.Series, pence: pd.Series) -> pd.Series:
    """top_10, next_290 or other by all that the supplier is paid; unknown where nobody is named."""
    name = lines["supplier_name"].str.lower().mask(hidden, "")
    who = ("id " + lines["supplier_id"]).where(lines["supplier_id"] != "", ("name " + name).where(name != ""))
    who = who.mask(to_member)
    paid = pence.groupby(who).sum()
    better = {key: int((paid > amount).sum()) for key, amount in paid.items()}
    place = who.map(better)
    group = pd.Series("other", lines.index).mask(place < 300, "next_290").mask(place < 10, "top_10")
    return group.mask(who.isna() & ~to_member, "unknown")
