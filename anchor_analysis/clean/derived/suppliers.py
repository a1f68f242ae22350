"""What a supplier master tells of a supplier beyond its place: sector and size."""

from __future__ import annotations

import narwhals as nw

from anchor_analysis.declared import Network
from anchor_analysis.engine.base import LazyFrame

#: First and last division of each section. Source: Office for National Statistics, UK SIC 2007, structure.
SECTIONS: dict[str, tuple[int, int]] = {
    "A": (1, 3), "B": (5, 9), "C": (10, 33), "D": (35, 35), "E": (36, 39), "F": (41, 43), "G": (45, 47), "H": (49, 53),
    "I": (55, 56), "J": (58, 63), "K": (64, 66), "L": (68, 68), "M": (69, 75), "N": (77, 82), "O": (84, 84),
    "P": (85, 85), "Q": (86, 88), "R": (90, 93), "S": (94, 96), "T": (97, 98), "U": (99, 99),
}  # fmt: skip


def suppliers(frame: LazyFrame, network: Network) -> LazyFrame:
    """Suppliers with `sector` and `enterprise`."""
    code = nw.col("sic_code")
    whole = code.str.contains("^[0-9]{5}$").fill_null(False)
    division = nw.when(whole).then(code.str.slice(0, 2)).otherwise(nw.lit("00")).cast(nw.Int64)
    sector = nw.lit(None).cast(nw.String)
    for name, (first, last) in SECTIONS.items():
        sector = nw.when((division >= first) & (division <= last)).then(nw.lit(name)).otherwise(sector)
    size = nw.when(nw.col("size") == "large").then(nw.lit("large")).otherwise(nw.lit("sme"))
    enterprise = nw.when(~nw.col("size").is_null()).then(size)
    return frame.with_columns(sector.alias("sector"), enterprise.alias("enterprise"))
