"""Audit: a finished edition read as outsiders read it, and attacked as they could; it shares nothing with protect."""

from anchor_analysis.audit.auditing import audit
from anchor_analysis.audit.intervals import Contradiction, intervals

__all__ = ["Contradiction", "audit", "intervals"]
