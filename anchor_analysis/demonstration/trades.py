"""What suppliers do and how large they are, as supplier masters tell it, and the right answers that follow.

Drawn from a stream of its own, so that nobody's spend depends on it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from anchor_analysis.demonstration.draws import Draws, Flags, Ints
from anchor_analysis.demonstration.geography import Places

if TYPE_CHECKING:
    from anchor_analysis.demonstration.purchases import Purchases

#: What the master says where it says nothing.
NOT_TOLD = -1
SIZES = ("micro", "small", "Medium", "SME", "large", "250+")
_FIRST_LARGE = 4
FLAGS = ("no", "yes")

#: What suppliers of a category do: code of the Standard Industrial Classification 2007, and its section.
_TRADES = {
    "Catering": ("56210", "I"), "Cleaning": ("81210", "N"), "Building works": ("41202", "F"),
    "Construction": ("42990", "F"), "Energy": ("35140", "D"), "IT and telecoms": ("62020", "J"),
    "Medical supplies": ("46460", "G"), "Agency staff": ("78200", "N"), "Professional services": ("70229", "M"),
    "Social care": ("88100", "Q"), "Training": ("85590", "P"), "Transport": ("49390", "H"),
    "Office supplies": ("47620", "G"), "Security": ("80100", "N"),
}  # fmt: skip
#: Categories whose supplier members cannot choose; what the redacted lines are in is one of them.
_NO_CHOICE = ("Energy", "Individuals")
#: The network's category of each word that it has tagged. Of the others, Transport, it says nothing.
_CATEGORIES = {
    "Catering": "food", "Building works": "building", "Construction": "building", "Cleaning": "facilities",
    "Security": "facilities", "Agency staff": "staffing", "Training": "staffing",
    "Professional services": "professional", "IT and telecoms": "professional", "Office supplies": "professional",
    "Social care": "care",
    "Medical supplies": "care", "Energy": "energy", "Individuals": "individuals",
}  # fmt: skip

#: Per ten thousand suppliers: no code, a code without its last figure; size and standing not told, large, voluntary;
#: and of those elsewhere, of how many the master says whether they have a branch, and how many of these have one.
_NO_CODE, _FOUR_FIGURES, _NO_SIZE, _LARGE, _NO_STANDING, _VOLUNTARY = 900, 300, 1500, 2200, 800, 900
_BRANCH_TOLD, _BRANCH = 7000, 2600

Metrics = dict[str, dict[str, int]]


@dataclass(frozen=True)
class Trades:
    """Of every supplier: the text of its code, an index of SIZES, and of FLAGS whether it is voluntary or has a branch.

    NOT_TOLD is a blank cell. `section` is what the code says, blank where it says nothing.
    """

    code: list[str]
    section: list[str]
    size: Ints
    voluntary: Ints
    branch: Ints


def draw_trades(draws: Draws, category: list[str], based_here: Flags) -> Trades:
    """What a master says of suppliers by what they sell, and of those that are not based here whether they branch."""
    count = len(category)
    none, short = draws.mark(count, _NO_CODE), draws.mark(count, _FOUR_FIGURES, at_least=1)
    size = np.where(draws.mark(count, _LARGE), _FIRST_LARGE + draws.below(2, count), draws.below(_FIRST_LARGE, count))
    size[draws.mark(count, _NO_SIZE)] = NOT_TOLD
    voluntary = draws.mark(count, _VOLUNTARY).astype(np.int64)
    voluntary[draws.mark(count, _NO_STANDING)] = NOT_TOLD
    branch = np.where(draws.mark(count, _BRANCH) & ~based_here, 1, 0)
    branch[~draws.mark(count, _BRANCH_TOLD) | based_here] = NOT_TOLD
    trades = [_TRADES[name] for name in category]
    code = ["" if no else known[: 4 if cut else 5] for (known, _), no, cut in zip(trades, none, short, strict=True)]
    section = [name if len(text) == 5 else "" for (_, name), text in zip(trades, code, strict=True)]
    return Trades(code, section, size, voluntary, branch)


def measure_buying(purchases: Purchases, places: Places) -> Metrics:
    """The metrics of a ledger beyond its place, of one member and year, in pence."""
    ledger, suppliers, trades = purchases.ledger, purchases.suppliers, purchases.trades
    bought = ledger.paid < 0
    once = ~ledger.again[bought]
    pence, at = ledger.pence[bought], ledger.supplier[bought]
    listed = (at >= 0) & purchases.in_master[at]
    local, placed = (ledger.kind == 0)[bought], (ledger.kind <= 1)[bought]
    branch = np.where(listed, trades.branch[at], NOT_TOLD)
    size, voluntary = (np.where(listed, told[at], NOT_TOLD) for told in (trades.size, trades.voluntary))
    used = np.where(ledger.own_postcode >= 0, ledger.own_postcode, suppliers.place[ledger.supplier])[bought]
    tenth = np.where(local, places.tenth[used], 0)
    influenced = _influenced(purchases)[bought]
    rank = _ranks(at, pence)
    top, none = (rank <= 300) & (at >= 0), at < 0
    return {
        name: {"value": int(pence[belongs].sum()), "unknown": int(pence[unknown].sum())}
        for name, belongs, unknown in (
            ("local_spend_branched", local | (branch == 1), ~local & (branch != 1) & ((branch == NOT_TOLD) | ~placed)),
            ("spend_most_deprived_tenth", local & (tenth == 1), ~placed | (local & (tenth == -1))),
            ("influenceable_local_spend", influenced & local, influenced & ~placed),
            ("spend_sme", (size >= 0) & (size < _FIRST_LARGE), size == NOT_TOLD),
            ("spend_voluntary", voluntary == 1, voluntary == NOT_TOLD),
            ("spend_top_10", (rank <= 10) & (at >= 0), none),
            ("spend_top_300", top, none),
            ("local_spend_top_300", top & local, top & ~placed),
            ("local_spend_lines_once", once & local, once & ~placed),
        )
    } | {
        "influenceable_spend": {"value": int(pence[influenced].sum())},
        "net_spend_lines_once": {"value": int(pence[once].sum())},
    }


def by_category(purchases: Purchases) -> dict[str, int]:
    """What is paid to suppliers in each of the network's categories, in pence."""
    ledger, suppliers = purchases.ledger, purchases.suppliers
    words = np.array([*suppliers.category, "Individuals"])[ledger.supplier]
    category = np.array([_CATEGORIES.get(word, "no_category") for word in words.tolist()])
    return _sums(category[ledger.paid < 0], ledger.pence[ledger.paid < 0])


def by_sector(purchases: Purchases) -> dict[str, int]:
    """What is paid to suppliers of each section, in pence."""
    ledger = purchases.ledger
    sections = np.array([*purchases.trades.section, ""])[ledger.supplier]
    listed = (ledger.supplier >= 0) & purchases.in_master[ledger.supplier]
    sector = np.where(listed & (sections != ""), sections, "unknown")
    return _sums(sector[ledger.paid < 0], ledger.pence[ledger.paid < 0])


def _sums(group: np.ndarray, pence: Ints) -> dict[str, int]:
    names, at = np.unique(group, return_inverse=True)
    return {name: int(pence[at == number].sum()) for number, name in enumerate(names.tolist())}


def _influenced(purchases: Purchases) -> Flags:
    chosen = [word in _CATEGORIES and word not in _NO_CHOICE for word in [*purchases.suppliers.category, "Individuals"]]
    return np.array(chosen)[purchases.ledger.supplier]


def _ranks(supplier: Ints, pence: Ints) -> Ints:
    """Of every line, how many suppliers were paid more than its own, and one; of those without a supplier, nought."""
    known = supplier >= 0
    paid = np.zeros(int(supplier.max(initial=0)) + 1, dtype=np.int64)
    np.add.at(paid, supplier[known], pence[known])
    there = np.unique(supplier[known])
    ordered = np.sort(paid[there])
    more = len(ordered) - np.searchsorted(ordered, paid, side="right")
    return np.where(known, more[supplier] + 1, 0)
