"""Locate: canonical rows with the areas of their postcodes, or the class of why not."""

from anchor_analysis.locate.locating import locate_returns
from anchor_analysis.locate.places import Geography
from anchor_analysis.locate.postcodes import locate_postcodes

__all__ = ["Geography", "locate_postcodes", "locate_returns"]
