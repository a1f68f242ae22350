"""Present: released cells and facts to sentences, tables and charts; nothing is computed from observations here."""

from anchor_analysis.present.actions import actions
from anchor_analysis.present.appendix import sources
from anchor_analysis.present.caveats import limits
from anchor_analysis.present.charts import Chart, chart
from anchor_analysis.present.claims import Claim, faults, make_claims, read_claims
from anchor_analysis.present.conditions import conditions
from anchor_analysis.present.display import against_benchmark, answer, cards, sentences_about
from anchor_analysis.present.layout import Layout, lay_out
from anchor_analysis.present.parts import printed
from anchor_analysis.present.readable import readable
from anchor_analysis.present.register import make_register, register_text, sentences_in
from anchor_analysis.present.released import Released, read_cells
from anchor_analysis.present.shown import Shown, nothing
from anchor_analysis.present.tables import coverage, grid, table

__all__ = [
    "Chart",
    "Claim",
    "Layout",
    "Released",
    "Shown",
    "actions",
    "against_benchmark",
    "answer",
    "cards",
    "chart",
    "conditions",
    "coverage",
    "faults",
    "grid",
    "lay_out",
    "limits",
    "make_claims",
    "make_register",
    "nothing",
    "printed",
    "read_cells",
    "read_claims",
    "readable",
    "register_text",
    "sentences_about",
    "sentences_in",
    "sources",
    "table",
]
