"""Clean: source rows to canonical tables, an edit log, and an account in which nothing is lost."""

from anchor_analysis.clean.cleaning import ACCOUNTS, SentReturn, clean_returns

__all__ = ["ACCOUNTS", "SentReturn", "clean_returns"]
