"""Every real postcode, as people write it: where the directory's own file says, for each of ten spellings."""

from __future__ import annotations

import csv
from pathlib import Path

import pandas as pd
import pytest

from anchor_analysis import storage
from anchor_analysis.declared import load_network
from anchor_analysis.read import add_reference
from tests.spec import HEAD
from tests.steps import MEMBER, Steps

pytestmark = pytest.mark.real

WEST_YORKSHIRE = ["E08000032", "E08000033", "E08000034", "E08000035", "E08000036"]
FULL_WIDTH = str.maketrans({chr(sign): chr(sign + 0xFEE0) for sign in range(ord("0"), ord("z") + 1)})

#: What people and systems make of "LS1 4AP".
SPELLINGS = {
    "as it is": lambda code: code,
    "in small letters": str.lower,
    "without the space": lambda code: code.replace(" ", ""),
    "in eight signs": lambda code: f"{code[:-4]:<4} {code[-3:]}",
    "with spaces around": lambda code: f"  {code}\t",
    "with a space that does not break": lambda code: code.replace(" ", "\u00a0"),
    "with a hyphen": lambda code: code.replace(" ", "-"),
    "with a stop": lambda code: f"{code.title()}.",
    "with letters spaced out": lambda code: " ".join(code.replace(" ", "")),
    "in full width": lambda code: code.replace(" ", "\u3000").translate(FULL_WIDTH),
}


@pytest.fixture(scope="module")
def listed(real_data: Path) -> pd.DataFrame:
    """The directory as its publisher's file has it, read by nothing of the library's."""
    with (real_data / "geography" / "nspl_2025-05_west_yorkshire.csv").open(encoding="utf-8", newline="") as file:
        return pd.DataFrame(csv.DictReader(file)).replace({"": None})


@pytest.fixture
def steps(tmp_path: Path) -> Steps:
    head = HEAD.format(people="open_data", spend="open_data", confidentiality="shared")
    text = head.replace('["E08000035"]', str(WEST_YORKSHIRE).replace("'", '"'))
    storage.write_text(tmp_path / "networks" / "example" / "network.toml", text + MEMBER)
    return Steps(tmp_path, load_network(storage.Workspace(tmp_path), "example"))


def test_every_real_postcode_in_ten_spellings_is_where_the_directory_says(steps, listed, real_data):
    workspace = storage.Workspace(steps.folder)
    about = add_reference(real_data / "geography" / "nspl_2025-05_west_yorkshire.csv", workspace)
    directory = pd.read_parquet(workspace.reference() / about["id"] / "table.parquet")
    asked = [(name, row, spell(code)) for name, spell in SPELLINGS.items() for row, code in enumerate(listed["pcds"])]
    lines = (f'{name} {row},1,yes,permanent,1,"{written}",,\n' for name, row, written in asked)
    header = "employee_id,assignment_id,primary,contract,fte,home_postcode,start_date,leave_date\n"
    steps.send("workforce.csv", header + "".join(lines))
    found = steps.frame(steps.located(directory) / "workforce")

    assert len(listed) == 100_293 and len(found) == 1_002_930
    expected = pd.concat([listed] * len(SPELLINGS), ignore_index=True)
    inside = expected["lad25cd"].notna()
    assert set(expected["lad25cd"][inside]) == set(WEST_YORKSHIRE) and (~inside).sum() == 112_460
    assert (found["home_class"] == inside.map({True: "live", False: "no_area"})).all()
    assert (found["home_place"] == inside.map({True: "in_area", False: "unknown"})).all()
    of = {"home_lad": "lad25cd", "home_ward": "wd25cd", "home_lsoa21": "lsoa21cd", "home_lsoa11": "lsoa11cd"}
    for column, source in of.items():
        assert (found[column] == expected[source].fillna("unknown")).all(), column
