"""Running: the steps in their order, each only where something that goes into it has changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from anchor_analysis.lazily import when_asked

if TYPE_CHECKING:
    from anchor_analysis.running.checking import check_returns, suggest
    from anchor_analysis.running.pipeline import Progress, RunResult, run_network

_HOMES = {
    "Progress": "pipeline",
    "RunResult": "pipeline",
    "check_returns": "checking",
    "run_network": "pipeline",
    "suggest": "checking",
}

__all__ = ["Progress", "RunResult", "check_returns", "run_network", "suggest"]

__getattr__ = when_asked(__name__, _HOMES)
