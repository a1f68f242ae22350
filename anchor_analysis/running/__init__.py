"""Running: the steps in their order, each only where something that goes into it has changed."""

from anchor_analysis.running.checking import check_returns, suggest
from anchor_analysis.running.pipeline import Progress, RunResult, run_network

__all__ = ["Progress", "RunResult", "check_returns", "run_network", "suggest"]
