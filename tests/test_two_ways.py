"""Tables of two columns: what they need of their metrics, and how they are laid out."""

from __future__ import annotations

import pandas as pd
import pytest

from anchor_analysis import present, storage
from anchor_analysis.declared import load_catalogue
from anchor_analysis.problems import UserError

TABLE = "items_by_theme_ward_group"


def test_a_breakdown_by_two_columns_needs_one_by_each(tmp_path):
    shipped = storage.PACKAGE / "definitions" / "metrics" / "items_heard.yaml"
    text = shipped.read_text(encoding="utf-8").replace("breakdowns: [theme, kind,", "breakdowns: [theme,")
    storage.write_text(tmp_path / "metrics" / "items.yaml", text.replace("theme|ward_group", "theme|kind"))
    with pytest.raises(UserError, match='its margins need a breakdown by "kind"'):
        load_catalogue(tmp_path)


FACTS = {
    "name": "Example", "year": "2023/24", "network": "example", "tables": {TABLE: {"title": "Items, by both"}},
    "definitions": {"items_heard": {"title": "Items"}},
}  # fmt: skip


def test_a_table_of_two_columns_is_laid_out_with_its_sums_last():
    counts = {"b|most_disadvantaged": 7, "a|most_disadvantaged": 8, "b|unknown": 9, "a|unknown": 10}
    counts |= {"a|": 18, "b|": 16, "|most_disadvantaged": 15, "|unknown": 19, "": 34}
    rows = [
        {"group": group, "value": float(n), "shown": str(n), "cell_id": f"{TABLE}|{group}"}
        for group, n in counts.items()
    ]
    cells = pd.DataFrame(rows).assign(
        table=TABLE, metric="items_heard", period="2023/24", member="", unit="items", status="shown", rule="",
        lower=lambda frame: frame["value"], upper=lambda frame: frame["value"],
        kind="levels", since="", since_period="", panel="all", item="value", note="", source_id="", quality="rows",
        members_counted=1, members_expected=1,
    )  # fmt: skip
    shown = present.table(cells, FACTS, TABLE).table
    assert list(shown.columns) == ["Group", "The most disadvantaged wards", "Not known", "All"]
    assert shown.to_numpy().tolist() == [["A", "8", "10", "18"], ["B", "7", "9", "16"], ["All", "15", "19", "34"]]
