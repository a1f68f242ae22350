"""Compare: observations to findings: two years, with joiners told apart from change; areas, against a benchmark."""

from anchor_analysis.compare.benchmarks import Benchmark, against_benchmark
from anchor_analysis.compare.changes import FINDING_COLUMNS, change, compare
from anchor_analysis.compare.choices import SENSITIVITY_COLUMNS, sensitivity
from anchor_analysis.compare.counterfactuals import against_comparators, donor_weights, yearly_path
from anchor_analysis.compare.decomposing import decompose
from anchor_analysis.compare.interruptions import interrupted_series
from anchor_analysis.compare.over_years import SERIES_COLUMNS, series
from anchor_analysis.compare.pace import PACE_COLUMNS, years_to_target
from anchor_analysis.compare.prices import Deflator, real_terms
from anchor_analysis.compare.products import IDENTITY_COLUMNS, identity
from anchor_analysis.compare.slopes import trends, without_each
from anchor_analysis.compare.verdicts import Verdict, judge

__all__ = [
    "FINDING_COLUMNS",
    "IDENTITY_COLUMNS",
    "PACE_COLUMNS",
    "SENSITIVITY_COLUMNS",
    "SERIES_COLUMNS",
    "Benchmark",
    "Deflator",
    "Verdict",
    "against_benchmark",
    "against_comparators",
    "change",
    "compare",
    "decompose",
    "donor_weights",
    "identity",
    "interrupted_series",
    "judge",
    "real_terms",
    "sensitivity",
    "series",
    "trends",
    "without_each",
    "yearly_path",
    "years_to_target",
]
