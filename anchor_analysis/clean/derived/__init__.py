"""Columns that the cleaned rows themselves give, as the schema's `derived` section describes them."""

from __future__ import annotations

from collections.abc import Callable

from anchor_analysis.clean.derived.estate import estate
from anchor_analysis.clean.derived.ledger import ledger
from anchor_analysis.clean.derived.listening import listening
from anchor_analysis.clean.derived.programmes import programmes
from anchor_analysis.clean.derived.workforce import workforce
from anchor_analysis.declared import Network
from anchor_analysis.engine.base import LazyFrame

_DERIVING: dict[str, Callable[[LazyFrame, Network], LazyFrame]] = {
    "estate": estate,
    "ledger": ledger,
    "listening": listening,
    "programmes": programmes,
    "workforce": workforce,
}


def derive(frame: LazyFrame, table: str, network: Network) -> LazyFrame:
    """The frame, whose rows know their part, member, year and period, with its table's derived columns."""
    return _DERIVING[table](frame, network) if table in _DERIVING else frame
