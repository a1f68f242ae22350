"""Compare: observations of two years to findings, with joiners and gaps told apart from change."""

from anchor_analysis.compare.changes import FINDING_COLUMNS, change, compare
from anchor_analysis.compare.verdicts import Verdict, judge

__all__ = ["FINDING_COLUMNS", "Verdict", "change", "compare", "judge"]
