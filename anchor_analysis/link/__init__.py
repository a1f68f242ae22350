"""The same supplier across ledgers and years: records, exact links, likeness of names, decisions of people."""

from anchor_analysis.link.linking import Linked, link_records, link_suppliers, to_review
from anchor_analysis.link.records import named_suppliers

__all__ = ["Linked", "link_records", "link_suppliers", "named_suppliers", "to_review"]
