"""Clean: source rows to canonical tables, an edit log, and an account in which nothing is lost."""

from anchor_analysis.clean.cleaning import SentReturn, clean_returns

__all__ = ["SentReturn", "clean_returns"]
