"""Columns that the cleaned rows themselves give, as the schema's `derived` section describes them."""

from __future__ import annotations

from collections.abc import Callable

from anchor_analysis.clean.derived.contracts import contracts
from anchor_analysis.clean.derived.estate import estate
from anchor_analysis.clean.derived.ledger import ledger
from anchor_analysis.clean.derived.listening import listening
from anchor_analysis.clean.derived.local_multiplier import local_multiplier
from anchor_analysis.clean.derived.programmes import programmes
from anchor_analysis.clean.derived.progression import progression
from anchor_analysis.clean.derived.suppliers import suppliers
from anchor_analysis.clean.derived.workforce import workforce
from anchor_analysis.declared import Network
from anchor_analysis.engine.base import LazyFrame

_DERIVING: dict[str, Callable[[LazyFrame, Network], LazyFrame]] = {
    "contracts": contracts,
    "estate": estate,
    "ledger": ledger,
    "listening": listening,
    "local_multiplier": local_multiplier,
    "programmes": programmes,
    "progression": progression,
    "suppliers": suppliers,
    "workforce": workforce,
}


def derive(frame: LazyFrame, table: str, network: Network) -> LazyFrame:
    """The frame, whose rows know their part, member, year and period, with its table's derived columns."""
    return _DERIVING[table](frame, network) if table in _DERIVING else frame
