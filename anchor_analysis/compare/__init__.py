"""Compare: observations to findings: two years, with joiners told apart from change; areas, against a benchmark."""

from anchor_analysis.compare.benchmarks import Benchmark, against_benchmark
from anchor_analysis.compare.changes import FINDING_COLUMNS, change, compare
from anchor_analysis.compare.counterfactuals import against_comparators, donor_weights, yearly_path
from anchor_analysis.compare.decomposing import decompose
from anchor_analysis.compare.interruptions import interrupted_series
from anchor_analysis.compare.over_years import SERIES_COLUMNS, series
from anchor_analysis.compare.prices import Deflator, real_terms
from anchor_analysis.compare.slopes import trends
from anchor_analysis.compare.verdicts import Verdict, judge

__all__ = [
    "FINDING_COLUMNS", "SERIES_COLUMNS", "Benchmark", "Deflator", "Verdict", "against_benchmark", "against_comparators",
    "change", "compare", "decompose", "donor_weights", "interrupted_series", "judge", "real_terms", "series", "trends",
    "yearly_path",
]  # fmt: skip
