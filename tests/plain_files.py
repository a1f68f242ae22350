"""The demonstration's returns as plain tables of text, by csv and pandas alone.

What the library reads is held against this, so it uses nothing of it: what finance systems call the columns, and
where their reports have titles and totals, is written down here once more, as one sees it in the files.
"""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd

Grid = list[list[str]]

#: The columns of each table in the template; the first column tells the tables apart.
TABLES = {
    "workforce": ["employee_id", "assignment_id", "primary", "contract", "staff_group", "fte", "home_postcode",
                  "start_date", "leave_date", "sex", "ethnicity", "disability", "age_band", "apprentice", "pay_scale",
                  "hourly_rate", "works_in_london"],
    "suppliers": ["supplier_id", "supplier_name", "supplier_postcode", "branch_in_area", "sic_code", "size",
                  "voluntary_or_community", "company_number"],
    "ledger": ["transaction_id", "payment_date", "supplier_id", "supplier_name", "supplier_postcode", "category",
               "net_gbp"],
    "figures": ["metric", "value", "unknown", "method"],
    "estate": ["site", "open_to_community", "floor_area_m2", "electricity_kwh", "electricity_renewable_kwh", "gas_kwh",
               "oil_kwh", "steam_kwh", "water_m3", "waste_recycled_tonnes", "waste_incinerated_tonnes",
               "waste_landfill_tonnes", "waste_clinical_tonnes", "fleet_diesel_litres", "travel_car_km",
               "travel_rail_km", "travel_air_km", "scope_1_tco2e", "scope_2_location_tco2e", "scope_3_tco2e", "method",
               "organisation_code"],
    "programmes": ["programme_id", "programme", "kind", "cohort", "stage", "ward", "people", "cost_gbp"],
    "local_multiplier": ["round", "paid_to", "basis", "amount_gbp", "covered_gbp", "least_gbp", "most_gbp", "asked",
                         "responses", "source"],
    "contracts": ["contract_id", "awarded_on", "value_gbp", "social_value_weighting_percent",
                  "social_value_committed_gbp", "social_value_delivered_gbp", "framework"],
    "progression": ["framework", "dimension", "goal", "level", "not_applicable", "target", "evidence", "assessor",
                    "assessed_on"],
    "listening": ["item_id", "project", "source", "date", "ward", "kind", "theme", "coder", "verbatim", "consent"],
}  # fmt: skip

#: What the NHS estates return calls the columns that it has.
ESTATES_RETURN = {
    "Organisation Code": "organisation_code",
    "Organisation Name": "site",
    "Gross internal floor area (m²)": "floor_area_m2",
    "Electricity consumed (kWh)": "electricity_kwh",
    "Electricity consumed - renewable (kWh)": "electricity_renewable_kwh",
    "Gas consumed (kWh)": "gas_kwh",
    "Oil consumed (kWh)": "oil_kwh",
    "Steam consumed (kWh)": "steam_kwh",
    "Water volume (including borehole) (m³)": "water_m3",
    "Clinical waste volume (Tonnes)": "waste_clinical_tonnes",
}

#: What the systems of four members call the columns of a ledger; the last word of each line is not needed.
OTHER_NAMES = [
    ("Transaction Number", "Payment date", "Supplier Number", "Supplier Name", "", "Expenditure category", "Net Amount",
     "body_name"),
    ("transaction_number", "payment_date", "beneficiary_id", "beneficiary_name", "", "purpose", "amount_gbp",
     "organisation_label"),
    ("Transaction Number", "Date", "Supplier Number", "Supplier", "", "Expense Type", "Amount", "Entity"),
    ("Voucher", "Cleared on", "Vendor", "Payee", "", "Subjective", "Value ex VAT", "Cost centre"),
]  # fmt: skip


def read_return(folder: Path, answers: dict[str, Any] | None = None) -> dict[str, pd.DataFrame]:
    """The tables of a return, cells without spaces round them; blank rows, totals and remarks are still there.

    `answers` is what answers.toml says: files that are left out, and cells that are corrected.
    """
    year, member = folder.parent.name.replace("-", "/"), folder.name
    told = {
        kind: [one for one in found if (one["member"], one["year"]) == (member, year)]
        for kind, found in (answers or {}).items()
    }
    left_out = {one["file"] for one in told.get("left_out", [])}
    parts: dict[str, list[pd.DataFrame]] = {}
    for path in sorted(folder.iterdir()):
        if path.name in left_out:
            continue
        for grid in grids(path):
            for one in told.get("corrections", []):
                if one["file"] == path.name:
                    at = grid[0].index(one["column"])
                    assert grid[one["row"] - 1][at] == one["was"]
                    grid[one["row"] - 1][at] = one["now"]
            if found := as_table(grid):
                parts.setdefault(found[0], []).append(found[1])
    return {table: pd.concat(frames, ignore_index=True) for table, frames in parts.items()}


def without_blanks(frame: pd.DataFrame) -> pd.DataFrame:
    """The rows that say anything."""
    return frame[(frame != "").any(axis=1)].reset_index(drop=True)


def grids(path: Path) -> Iterator[Grid]:
    """The cells of each sheet, of a text file, or of each text file in an archive."""
    if path.suffix in (".xlsx", ".ods"):
        cells = {"header": None, "dtype": object, "na_filter": False}
        for sheet in pd.read_excel(path, sheet_name=None, engine="calamine", **cells).values():
            yield [[as_text(cell) for cell in row] for row in sheet.itertuples(index=False)]
    elif path.suffix == ".parquet":
        frame = pd.read_parquet(path).fillna("")
        yield [list(frame.columns), *([as_text(cell) for cell in row] for row in frame.itertuples(index=False))]
    elif path.suffix == ".zip":
        with zipfile.ZipFile(path) as archive:
            for name in archive.namelist():
                yield text_grid(archive.read(name))
    else:
        yield text_grid(path.read_bytes())


def text_grid(content: bytes) -> Grid:
    text = content.decode(encoding_of(content))
    delimiter = max(",;\t$", key=text[:2000].count)
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    return [list(map(str.strip, row)) for row in rows]


def encoding_of(content: bytes) -> str:
    if content.startswith(b"\xff\xfe"):
        return "utf-16"
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8-sig"


def as_text(cell: object) -> str:
    """A cell of a workbook: days as 2024-03-31, whole numbers without a point."""
    if isinstance(cell, date):  # and so a datetime
        return cell.strftime("%Y-%m-%d")
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell).strip()


def as_table(grid: Grid) -> tuple[str, pd.DataFrame] | None:
    """Which table a grid holds, and the rows below its headers; none for a sheet of notes."""
    for at, row in enumerate(grid[:6]):
        below = grid[at + 1] if at + 1 < len(grid) else []
        for names, first in ((row, at + 1), (over_each_other(row, below), at + 2)):
            if found := template_names(names):
                table, headers = found
                body = [cells for cells in grid[first:] if cells != row]
                assert all(len(cells) == len(headers) for cells in body), "a row that is longer or shorter"
                frame = pd.DataFrame(body, columns=headers)
                needed = frame.reindex(columns=TABLES[table], fill_value="")
                remark = (frame != "").any(axis=1) & (needed == "").all(axis=1)
                return table, needed[~remark]
    return None


def over_each_other(upper: list[str], lower: list[str]) -> list[str]:
    """Headers in two rows as one: a word above reaches over the blank cells to its right."""
    reach, names = "", []
    for above, below in zip(upper, lower, strict=False):
        reach = above or reach
        names.append(f"{reach}_{below}" if below else above)
    return names


def template_names(row: list[str]) -> tuple[str, list[str]] | None:
    """The table whose headers a row holds, and the template's name of each."""
    known = [(table, {name: name for name in names}) for table, names in TABLES.items()]
    known.append(("estate", ESTATES_RETURN))
    for *names, other in OTHER_NAMES:
        known.append(("ledger", dict(zip(names, TABLES["ledger"], strict=True)) | {other: "other"}))
    for table, meaning in known:
        if len(row) > 2 and set(row) <= set(meaning) and next(iter(meaning)) in row:
            return table, [meaning[name] for name in row]
    return None
