"""Audit: a finished edition read as outsiders read it, and attacked as they could; it shares nothing with protect."""

from anchor_analysis.audit.attack import Measures, attack
from anchor_analysis.audit.auditing import Checked, audit
from anchor_analysis.audit.inference import faults_of, read_edition
from anchor_analysis.audit.intervals import Contradiction, intervals
from anchor_analysis.audit.reading import reading_of
from anchor_analysis.audit.truth import truth_of

__all__ = [
    "Checked",
    "Contradiction",
    "Measures",
    "attack",
    "audit",
    "faults_of",
    "intervals",
    "read_edition",
    "reading_of",
    "truth_of",
]
