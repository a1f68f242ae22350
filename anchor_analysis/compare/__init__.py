"""Compare: observations to findings: two years, with joiners told apart from change; areas, against a benchmark."""

from anchor_analysis.compare.benchmarks import Benchmark, against_benchmark
from anchor_analysis.compare.changes import FINDING_COLUMNS, change, compare
from anchor_analysis.compare.verdicts import Verdict, judge

__all__ = ["FINDING_COLUMNS", "Benchmark", "Verdict", "against_benchmark", "change", "compare", "judge"]
