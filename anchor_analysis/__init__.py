"""Reproducible evaluation of anchor networks.

    >>> from anchor_analysis import open_edition, open_network, change  # doctest: +SKIP
    >>> net = open_network("demonstration")  # doctest: +SKIP
    >>> change(net.observations, "staff", "2023/24", panel="like_for_like")  # doctest: +SKIP

`open_edition` gives what may be shown; `open_network` gives the analyst everything. The steps between are the
rooms of the package, in the order in which data moves: read, clean, locate, measure, compare, protect,
present, publish.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from anchor_analysis.lazily import when_asked

if TYPE_CHECKING:
    from anchor_analysis.clean import clean_returns
    from anchor_analysis.compare import change, decompose, identity, real_terms, series, trends
    from anchor_analysis.declared import load_catalogue, load_network, parse_year
    from anchor_analysis.doors import Edition, NetworkResults, open_edition, open_network
    from anchor_analysis.engine import open_engine
    from anchor_analysis.locate import locate_postcodes, locate_returns
    from anchor_analysis.problems import Problem, UserError
    from anchor_analysis.read import add_reference, read_return
    from anchor_analysis.running import check_returns, run_network
    from anchor_analysis.storage import find_workspace

_ROOMS = {
    "Edition": "doors",
    "NetworkResults": "doors",
    "Problem": "problems",
    "UserError": "problems",
    "add_reference": "read",
    "change": "compare",
    "check_returns": "running",
    "clean_returns": "clean",
    "decompose": "compare",
    "find_workspace": "storage",
    "identity": "compare",
    "load_catalogue": "declared",
    "load_network": "declared",
    "locate_postcodes": "locate",
    "locate_returns": "locate",
    "open_edition": "doors",
    "open_engine": "engine",
    "open_network": "doors",
    "parse_year": "declared",
    "read_return": "read",
    "real_terms": "compare",
    "run_network": "running",
    "series": "compare",
    "trends": "compare",
}

__all__ = [
    "Edition",
    "NetworkResults",
    "Problem",
    "UserError",
    "add_reference",
    "change",
    "check_returns",
    "clean_returns",
    "decompose",
    "find_workspace",
    "identity",
    "load_catalogue",
    "load_network",
    "locate_postcodes",
    "locate_returns",
    "open_edition",
    "open_engine",
    "open_network",
    "parse_year",
    "read_return",
    "real_terms",
    "run_network",
    "series",
    "trends",
]


__getattr__ = when_asked(__name__, _ROOMS)


def __dir__() -> list[str]:
    return __all__
