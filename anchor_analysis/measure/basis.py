"""The geographic basis of a figure: which reference files and lists it depends on, by their content.

A basis is text such as `postcodes 9f3c1a2b44d0; deprivation 77ab03c1e5f2`, the beginning of each file's hash. The same
bytes under another name are the same basis; figures of two bases are never compared.
"""

from __future__ import annotations

from anchor_analysis.declared import Catalogue, Metric
from anchor_analysis.declared.tables import BOTH

_DIGITS = 12


def basis_text(hashes: dict[str, str]) -> str:
    """A basis from the hash of each thing that columns are made from.

    >>> basis_text({"postcodes": "9f3c1a2b44d0aa", "wards": "77ab03c1e5f2bb"})
    'postcodes 9f3c1a2b44d0; wards 77ab03c1e5f2'
    """
    return "; ".join(f"{kind} {sha256[:_DIGITS]}" for kind, sha256 in hashes.items())


def made_from(catalogue: Catalogue, metric: Metric, breakdown: str = "") -> set[str]:
    """What the columns of a metric and its breakdown are made from; a ratio's are its numerator's."""
    counted = catalogue.parts(metric)[0]
    columns = catalogue.schema[catalogue.table_of(metric)].measurable
    named = {*counted.numerator.where, *(counted.unknown.where if counted.unknown else ()), *breakdown.split(BOTH)} - {
        ""
    }
    return {kind for name in named for kind in columns[name].made_from}


def basis_of(catalogue: Catalogue, metric: Metric, basis: str, breakdown: str = "") -> str:
    """The part of a network's basis that a metric depends on; empty for one that places nothing."""
    needed = made_from(catalogue, metric, breakdown)
    return "; ".join(part for part in basis.split("; ") if part.split(" ")[0] in needed)
