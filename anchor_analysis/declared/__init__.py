"""What is declared once, as data: schema, metrics, tables, profiles, areas, crosswalks, networks, years."""

from anchor_analysis.declared.answers import Answers
from anchor_analysis.declared.catalogue import Catalogue, load_catalogue
from anchor_analysis.declared.loading import load_network
from anchor_analysis.declared.metrics import Metric, Operand
from anchor_analysis.declared.network import Member, Network
from anchor_analysis.declared.profiles import Dominance, Profile
from anchor_analysis.declared.schema import Column, TableSchema
from anchor_analysis.declared.tables import TableDefinition
from anchor_analysis.declared.years import NetworkYear, parse_year

__all__ = [
    "Answers",
    "Catalogue",
    "Column",
    "Dominance",
    "Member",
    "Metric",
    "Network",
    "NetworkYear",
    "Operand",
    "Profile",
    "TableDefinition",
    "TableSchema",
    "load_catalogue",
    "load_network",
    "parse_year",
]
