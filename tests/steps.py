"""One return through the row-level steps, on an engine of choice."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from anchor_analysis import storage
from anchor_analysis.clean import SentReturn, clean_returns
from anchor_analysis.declared import Network
from anchor_analysis.engine import open_engine
from anchor_analysis.locate import Geography, locate_returns
from anchor_analysis.measure import combined, sums_from_rows
from anchor_analysis.read import read_return

MEMBER = '[[members]]\nid = "a"\nname = "A"\nsector = "x"\njoined = 2018-04-01\nlevers = ["employer", "spender"]\n'


TEXTS = ["postcode", "lad", "ward", "region", "lsoa11", "lsoa21", "msoa11", "msoa21"]
NUMBERS = {"introduced": "Int32", "terminated": "Int32", "large_user": "boolean"}


def as_directory(rows: pd.DataFrame) -> pd.DataFrame:
    """Rows as the table of a directory, with every column that it has."""
    return rows.reindex(columns=[*TEXTS, *NUMBERS]).astype({**dict.fromkeys(TEXTS, "str"), **NUMBERS})


@dataclass
class Steps:
    """The folder of a return as text files, and what each step makes of it."""

    folder: Path
    network: Network
    engine_name: Any = "duckdb"

    @property
    def named(self) -> str:
        return self.engine_name if isinstance(self.engine_name, str) else "session"

    def send(self, name: str, text: str, encoding: str = "utf-8") -> None:
        path = self.folder / "return" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding=encoding, newline="")

    def clean(self) -> Path:
        """The folder of the cleaned return; raises its UserError."""
        into, rows = self.folder / f"cleaned-{self.named}", self.folder / f"rows-{self.named}"
        storage.made(into), storage.made(rows)
        member = self.network.member("a")
        answers = self.network.answered.about(member.id, self.network.latest)
        left_out = [one.file for one in answers.left_out]
        sources = read_return(self.folder / "return", self.network, member, rows, left_out)
        sent = SentReturn(member, self.network.latest, sources, answers)
        for error in clean_returns([sent], self.network, open_engine(self.engine_name), into).values():
            raise error
        return into / sent.part

    def located(
        self,
        directory: pd.DataFrame | None = None,
        ranks: pd.DataFrame | None = None,
        other: pd.DataFrame | None = None,
    ) -> Path:
        """The folder of the located return; `ranks` are of LSOAs of 2021, those of the `other` release of 2011."""
        into = storage.made(self.folder / f"located-{self.named}")
        paths = []
        directory = None if directory is None else as_directory(directory)
        for name, frame in (("directory", directory), ("ranks", ranks), ("other", other)):
            paths.append(self.folder / f"{name}.parquet" if frame is not None else None)
            if frame is not None:
                storage.write_frame(frame, self.folder / f"{name}.parquet")
        geography = Geography(paths[0], paths[1], "lsoa21", "example", paths[2], "lsoa11")
        cleaned = self.clean()
        locate_returns({cleaned.name: cleaned}, self.network, geography, open_engine(self.engine_name), into)
        return into / cleaned.name

    def frame(self, path: Path) -> pd.DataFrame:
        """A table that a step wrote, sorted by its origin."""
        frame = pd.read_parquet(path)
        order = [name for name in ("source_file", "source_sheet", "source_row", "column", "rule") if name in frame]
        return frame.sort_values(order, ignore_index=True)

    def sums(self, located: Path, breakdown: str = "") -> pd.DataFrame:
        engine, found = open_engine(self.engine_name), []
        for table in self.network.catalogue.measured:
            metrics = self.network.catalogue.additive(table)
            if breakdown:
                metrics = [metric for metric in metrics if breakdown in metric.breakdowns]
            if metrics and (paths := storage.table_files(located, table)):
                schema, to = self.network.catalogue.schema[table], self.folder / f"combined-{self.named}.parquet"
                rows = combined(paths, metrics, schema, engine, to)
                found.append(sums_from_rows(rows, metrics, schema, engine, breakdown))
        return pd.concat(found, ignore_index=True)
