"""A network of one member and its return, made file by file; helps the tests of reading."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import xlsxwriter

from anchor_analysis.declared import Network, load_network
from anchor_analysis.problems import Problem, UserError
from anchor_analysis.read import SourceTable, read_return
from anchor_analysis.storage import Workspace

NETWORK = """
[network]
id = "example"
name = "Example Anchor Network"
place = "Leeds"
contact = "analyst@example.org"
licence = "OGL-UK-3.0"
[area]
local_authorities = ["E08000035"]
[years]
first = "2018/19"
latest = "2023/24"
baseline = "2018/19"
[protection]
people = "people_threshold_10_round_5"
spend = "spend_round_1000"
[confidentiality]
people = "shared"
spend = "shared"
[[members]]
id = "hospital"
name = "Example Hospital"
sector = "health"
joined = 2018-04-01
levers = ["employer", "spender"]
[[members]]
id = "college"
name = "Example College"
sector = "education"
year_ends = "07-31"
joined = 2018-04-01
levers = ["employer"]
"""

LEDGER = ["transaction_id", "payment_date", "supplier_id", "supplier_name", "supplier_postcode", "category", "net_gbp"]


class Return:
    """The folder of one member's return in a network that is made for one test."""

    def __init__(self, folder: Path, member: str = "hospital"):
        self.workspace = Workspace(folder)
        self.folder = self.workspace.raw("example") / "2023-24" / member
        self.into = folder / "into"
        self._member = member
        (self.workspace.network("example") / "mappings").mkdir(parents=True)
        (self.workspace.network("example") / "network.toml").write_text(NETWORK, encoding="utf-8")
        self.folder.mkdir(parents=True)

    @property
    def network(self) -> Network:
        return load_network(self.workspace, "example")

    def file(self, name: str, content: str | bytes, encoding: str = "utf-8") -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode(encoding) if isinstance(content, str) else content)
        return path

    def workbook(self, name: str, sheets: dict[str, Sequence[Sequence[Any]]]) -> Path:
        with xlsxwriter.Workbook(str(self.folder / name), {"default_date_format": "dd/mm/yyyy"}) as book:
            for title, rows in sheets.items():
                sheet = book.add_worksheet(title)
                for number, row in enumerate(rows):
                    for column, cell in enumerate(row):
                        write = sheet.write_string if isinstance(cell, str) and cell[:1] != "=" else sheet.write
                        if cell != "":
                            write(number, column, cell)
        return self.folder / name

    def mapping(self, text: str, name: str = "ours.yaml") -> None:
        path = self.workspace.network("example") / "mappings" / name
        path.write_text(text, encoding="utf-8")

    def read(self) -> list[SourceTable]:
        network = self.network
        return read_return(self.folder, network, network.member(self._member), self.into)

    def problems(self) -> list[Problem]:
        """What a person is told; reading without a complaint is a failure of the test."""
        try:
            self.read()
        except UserError as error:
            return error.problems
        raise AssertionError("the return was read without a complaint")

    def problem(self) -> Problem:
        """The one thing that a person is told."""
        problems = self.problems()
        assert len(problems) == 1, "\n".join(map(str, problems))
        return problems[0]


def rows_of(source: SourceTable) -> list[dict[str, Any]]:
    """The rows that were read, each as a dictionary."""
    rows: list[dict[str, Any]] = pq.ParquetFile(source.path).read().to_pylist()
    return rows


def column(source: SourceTable, name: str) -> list[Any]:
    return [row[name] for row in rows_of(source)]
