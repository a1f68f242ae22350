"""A new network's settings, to be filled in by people."""

from __future__ import annotations

from pathlib import Path

from anchor_analysis import storage
from anchor_analysis.declared.ids import WRITTEN, id_fault
from anchor_analysis.problems import Problem, UserError

NETWORK_TOML = """\
# What people decide about this network. Nothing personal belongs here.
[network]
id = "{name}"
name = "{title}"
place = "Leeds"                      # as in "staff who live in Leeds"
contact = "name@example.org"
licence = "Open Government Licence v3.0"

[area]
local_authorities = ["E08000035"]    # GSS codes
wards = "leeds_wards"                # a ward set of the definitions; leave out if there is none for the place
most_disadvantaged = "leeds_most_disadvantaged_wards@1"

[years]
first = "2023/24"
latest = "2023/24"
baseline = "2023/24"
ends = "03-31"
belongs = "most_months"              # a member's other year belongs to the network year it shares most months with

[reference]                          # ids given by `anchor-analysis reference add FILE`
# postcodes = "nspl-2025-05"
# deprivation = "imd-2025"

[protection]                         # disclosure profiles, see docs/reference/tables.md
people = "people_threshold_10_round_5"
spend = "spend_round_1000"
unknowns_delta = 0.05

[confidentiality]                    # public | shared | confidential
people = "confidential"
spend = "confidential"

[[members]]
id = "first_member"
name = "First Member"
sector = "local government"
joined = 2018-04-01
levers = ["employer", "spender"]
"""


def write_network(workspace: storage.Workspace, name: str) -> Path:
    """Write the settings of a new network; raises UserError for a name that cannot be one or is taken (AN007)."""
    path = workspace.network(name) / "network.toml"
    if fault := id_fault(name):
        raise UserError(Problem("AN007", "name", f'"{name}" cannot be the id of a network: {fault}.', WRITTEN))
    if path.exists():
        raise UserError(
            Problem("AN007", name, "this network is there already.", "Choose another id, or edit that one.")
        )
    storage.write_text(path, NETWORK_TOML.format(name=name, title=name.replace("_", " ").replace("-", " ").title()))
    return path
