"""A network called `example` whose run takes seconds: three members, two years, and a page without charts."""

from __future__ import annotations

import re
from pathlib import Path

import nbformat

from anchor_analysis import storage
from tests.spec import HEAD

MEMBERS = "".join(
    f'[[members]]\nid = "{name}"\nname = "Member {name.upper()}"\nsector = "x"\njoined = 2018-04-01\n'
    'levers = ["employer", "spender"]\n'
    for name in ("a", "b", "c")
)
NO_REFERENCE = HEAD.replace('postcodes = "directory"\n', "").replace('deprivation = "ranks"\n', "")

#: Settings under which everything is shown as it is.
OPEN = {"people": "open_data", "spend": "open_data", "confidentiality": "shared"}

#: Settings under which counts are rounded and small ones withheld.
PROTECTED = {"people": "people_threshold_10_round_5", "spend": "spend_round_1000", "confidentiality": "shared"}

#: A page without charts, so that a run takes seconds; the shipped one is run with the demonstration.
PAGE = """from anchor_analysis import open_edition

edition = open_edition(network, year)
display(edition.answer(), edition.cards(), edition.table("members"), edition.sources())
"""
SCHEMA = """title: What the network did
audience: public
parameters:
  network: {type: network, description: which}
  year: {type: year, description: when}
"""


def write_settings(folder: Path, settings: dict[str, str] = OPEN) -> storage.Workspace:
    """A workspace with the network's file, and nothing sent yet."""
    workspace = storage.Workspace(folder)
    storage.write_text(workspace.network("example") / "network.toml", NO_REFERENCE.format(**settings) + MEMBERS)
    return workspace


def send(workspace: storage.Workspace, member: str, year: str, staff: int, lines: int = 24) -> None:
    folder = workspace.raw("example") / year / member
    first = int(year[:4])
    people = "".join(f"EMP-{member}-{n:05d},1,permanent,1,LX1 1AA\n" for n in range(staff))
    storage.write_text(folder / "workforce.csv", "employee_id,assignment_id,contract,fte,home_postcode\n" + people)
    days = [f"15/{month:02d}/{first + (month < 4)}" for month in [4, 5, 6, 7, 8, 9, 10, 11, 12, 1, 2, 3]]
    paid = "".join(f"TX-{member}-{n:05d},{days[n % 12]},Hidden Name Builders,{1000 + n}\n" for n in range(lines))
    storage.write_text(folder / "ledger.csv", "transaction_id,payment_date,supplier_name,net_gbp\n" + paid)


def make_workspace(folder: Path) -> storage.Workspace:
    """A workspace in which everybody has sent two years, and the page is there to be run."""
    workspace = write_settings(folder, PROTECTED)
    for number, member in enumerate("abc"):
        for year in ("2022-23", "2023-24"):
            send(workspace, member, year, 100 + 40 * number + 7 * (year == "2023-24"))
    cells = [
        nbformat.v4.new_code_cell(
            'network = "example"\nyear = "2023/24"', metadata={"tags": ["parameters"]}, id="parameters"
        ),
        nbformat.v4.new_code_cell(PAGE, id="page"),
    ]
    notebook = nbformat.v4.new_notebook(cells=cells)
    storage.write_text(workspace.notebooks / "network_impact.ipynb", nbformat.writes(notebook))
    storage.write_text(workspace.notebooks / "network_impact.parameters.yaml", SCHEMA)
    return workspace


def refused(result: tuple[int, str], *said: str) -> None:
    """Of a command, one clear error: exit code 2, no traceback, a code with its page, and these words."""
    code, printed = result
    assert code == 2, printed
    assert "Traceback" not in printed
    assert re.search(r"\(AN\d{3}, docs/errors\.md#an\d{3}\)", printed), printed
    for words in said:
        assert words in printed, printed
