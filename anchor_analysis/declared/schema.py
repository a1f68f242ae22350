"""The canonical schema: the tables that every return is brought to."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from anchor_analysis.declared.model import Declared

ColumnType = Literal[
    "text", "flag", "category", "date", "money", "fte", "integer", "quantity", "postcode", "area", "metric", "figure"
]

MadeFrom = Literal["postcodes", "deprivation", "deprivation_other", "wards", "wards_other"]


class Other(Declared):
    """Headers of what is sent beside a column or in its place, and is not it: what it is, and unless what."""

    what: str
    headers: list[list[str]]
    unless: str = ""


class Column(Declared):
    """A column of a canonical table.

    `personal` columns identify a person; `sensitive` ones identify a record at the member. Neither may appear
    in a message or in anything published. `others` are what it is taken for by mistake; a header that has one of
    `words` is none of them. `remedy` is what to do about a choice that is not known, where to choose another is wrong.
    Of an `optional` column blanks are not told: a sum of nothing else is missing, one with some is a part of the whole.
    The categories of a `coded` one are the themes of the network's codebook, those of one `of_frameworks` the declared
    frameworks or their dimensions. `made_from` is what a located
    column depends on: `postcodes`, a release of the Index (`deprivation`, `deprivation_other`), a list of the most
    disadvantaged wards (`wards`, `wards_other`).
    """

    type: ColumnType
    description: str
    header: str = ""
    unit: str = ""
    required: bool = False
    optional: bool = False
    personal: bool = False
    sensitive: bool = False
    categories: dict[str, list[str]] = {}
    example: str = ""
    remedy: str = ""
    coded: bool = False
    of_frameworks: Literal["", "frameworks", "dimensions"] = ""
    words: list[str] = []
    others: list[Other] = []
    made_from: list[MadeFrom] = []

    @property
    def private(self) -> bool:
        """Whether its values stay out of messages and publications."""
        return self.personal or self.sensitive


class TableSchema(Declared):
    """A canonical table: its grain, key, the columns a return brings and those that the steps add.

    `tolerance_pence` is how far a file's own total may differ from its rows before it is held. One that is not
    `measured` only helps to read or to place the rows of others.
    Every row has all columns of one of the sets in `needs_one_of`, if there are any.
    """

    table: str
    title: str
    lever: str
    confidentiality: str
    grain: str
    key: list[str] = []
    tolerance_pence: int = 0
    measured: bool = True
    needs_one_of: list[list[str]] = []
    columns: dict[str, Column]
    derived: dict[str, Column] = Field(default_factory=dict)
    located: dict[str, Column] = Field(default_factory=dict)

    def header(self, column: str) -> str:
        """What the template calls a column."""
        return self.columns[column].header or column

    def is_optional(self, column: str) -> bool:
        """Whether a row without a value in a column leaves something untold."""
        declared = {**self.columns, **self.derived}
        return column in declared and declared[column].optional

    @property
    def measurable(self) -> dict[str, Column]:
        """Every column that a metric may refer to."""
        return {**self.columns, **self.derived, **self.located}
