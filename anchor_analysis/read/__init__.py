"""Reading: raw returns to rows with their origin, reference files to tables, the blank return workbook."""

from __future__ import annotations

from typing import TYPE_CHECKING

from anchor_analysis.lazily import when_asked

if TYPE_CHECKING:
    from anchor_analysis.read.downloads import Report, download
    from anchor_analysis.read.problem_workbook import Checked, write_problem_workbook
    from anchor_analysis.read.references import (
        add_fetched,
        add_reference,
        boundaries_file,
        fetched_hashes,
        list_references,
        reference_about,
        reference_table,
    )
    from anchor_analysis.read.returns import PartlyRead, SourceTable, left_behind, read_return
    from anchor_analysis.read.review import read_answered
    from anchor_analysis.read.suggesting import suggest_mappings
    from anchor_analysis.read.template import write_template
    from anchor_analysis.read.totals import stated_totals

_HOMES = {
    "Checked": "problem_workbook",
    "PartlyRead": "returns",
    "Report": "downloads",
    "SourceTable": "returns",
    "add_fetched": "references",
    "add_reference": "references",
    "boundaries_file": "references",
    "download": "downloads",
    "fetched_hashes": "references",
    "left_behind": "returns",
    "list_references": "references",
    "read_answered": "review",
    "read_return": "returns",
    "reference_about": "references",
    "reference_table": "references",
    "stated_totals": "totals",
    "suggest_mappings": "suggesting",
    "write_problem_workbook": "problem_workbook",
    "write_template": "template",
}

__all__ = [
    "Checked",
    "PartlyRead",
    "Report",
    "SourceTable",
    "add_fetched",
    "add_reference",
    "boundaries_file",
    "download",
    "fetched_hashes",
    "left_behind",
    "list_references",
    "read_answered",
    "read_return",
    "reference_about",
    "reference_table",
    "stated_totals",
    "suggest_mappings",
    "write_problem_workbook",
    "write_template",
]

__getattr__ = when_asked(__name__, _HOMES)
