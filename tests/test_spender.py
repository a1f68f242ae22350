"""What members buy: categories and what can be chosen, sectors, sizes, branches, and the largest suppliers."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from pydantic import ValidationError

from anchor_analysis import storage
from anchor_analysis.clean.derived.ledger import ledger
from anchor_analysis.clean.derived.suppliers import SECTIONS, suppliers
from anchor_analysis.declared.spending import SpendCategories
from anchor_analysis.engine import open_engine
from anchor_analysis.locate.suppliers import branched, with_master, with_rank
from tests.spec import SpecNetwork

ENGINES = ["duckdb", "polars"]
CATEGORIES = SpendCategories.model_validate(
    {
        "categories": [
            {"id": "food", "title": "Food", "words": ["Catering & food", "School meals"]},
            {"id": "taxes", "title": "Taxes", "words": ["Business Rates"], "influenceable": False, "reason": "by law"},
        ]
    }
).categories  # fmt: skip


def through(folder: Path, engine_name: str, columns: dict[str, list], step, order: str = "at") -> pd.DataFrame:
    """Rows after a step, by an engine, in their order."""
    engine = open_engine(engine_name)
    frame = pd.DataFrame(columns).assign(at=range(len(next(iter(columns.values())))))
    texts = {name: frame[name].astype("str") for name in frame if frame[name].dtype == object}
    storage.write_frame(frame.assign(**{name: text.where(frame[name].notna()) for name, text in texts.items()}),
                        folder / "rows.parquet")  # fmt: skip
    return engine.observe(step(engine.scan([folder / "rows.parquet"])).sort(order))


@pytest.mark.parametrize("engine", ENGINES)
def test_a_line_belongs_to_the_category_that_has_its_words(engine, tmp_path):
    network = SpecNetwork(tmp_path)
    network.has("A")
    declared = network.network.model_copy(update={"categories": CATEGORIES})
    words = ["CATERING AND  FOOD", "school-meals", "Business rates.", "Paper", None, "--"]
    line = {"part": "a.2023-24", "member": "a", "network_year": "2023/24", "source_file": "l.csv", "supplier_name": "x"}
    line |= {"net_pence": 1}
    line |= dict.fromkeys(["source_sheet", "payment_date", "transaction_id", "supplier_id", "supplier_postcode"], "")
    rows = {name: [value] * 6 for name, value in line.items()} | {"category": words, "source_row": list(range(6))}
    found = through(tmp_path, engine, rows, lambda frame: ledger(frame, declared))
    assert found["spend_category"].tolist() == ["food", "food", "taxes", "no_category", "unknown", "unknown"]
    assert found["influence"].tolist() == [
        "influenceable", "influenceable", "not_influenceable", "no_category", "unknown", "unknown",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("categories", "what"),
    [
        ([{"id": "a", "title": "A", "words": ["x"]}, {"id": "a", "title": "B", "words": ["y"]}], "two categories are"),
        ([{"id": "a", "title": "A", "words": ["x y"]}, {"id": "b", "title": "B", "words": ["X-Y"]}], "a word of two"),
        ([{"id": "unknown", "title": "A", "words": ["x"]}], "lines without a category"),
        ([{"id": "a", "title": "A", "words": ["x"], "influenceable": False}], "comes with a reason"),
        ([{"id": "a", "title": "A", "words": ["x"], "local_share": 0.5}], "where it was decided"),
        ([{"id": "a", "title": "A", "words": ["x"], "local_share": 50, "target_source": "y"}], "less than or equal"),
        ([{"id": "a", "title": "A", "words": ["--"]}], "a letter or a figure"),
    ],
)
def test_categories_that_do_not_fit_together_are_told(categories, what):
    with pytest.raises(ValidationError, match=what):
        SpendCategories.model_validate({"categories": categories})


@pytest.mark.parametrize("engine", ENGINES)
def test_sector_and_size_follow_from_the_master(engine, tmp_path):
    codes = ["56210", "01110", "1110", "6202", "62020", "34000", "99999", None, "ABCDE", "84110"]
    sizes = ["micro", "small", "medium", "sme", "large", None, "large", "micro", None, "small"]
    found = through(tmp_path, engine, {"sic_code": codes, "size": sizes}, lambda frame: suppliers(frame, None))  # type: ignore[arg-type]
    assert [None if pd.isna(one) else one for one in found["sector"]] == [
        "I", "A", None, None, "J", None, "U", None, None, "O",
    ]  # fmt: skip
    assert [None if pd.isna(one) else one for one in found["enterprise"]] == [
        "sme", "sme", "sme", "sme", "large", None, "large", "sme", None, "sme",
    ]  # fmt: skip


def test_every_division_belongs_to_one_section_at_most():
    belongs = [division for first, last in SECTIONS.values() for division in range(first, last + 1)]
    assert len(belongs) == len(set(belongs)) == 88, "the classification has 88 divisions"


@pytest.mark.parametrize("engine", ENGINES)
def test_a_supplier_elsewhere_is_branched_only_if_the_master_says_so(engine, tmp_path):
    rows = {
        "supplier_place": ["in_area", "in_area", "elsewhere", "elsewhere", "elsewhere", "unknown", "unknown"],
        "master_branch": pd.array([0, None, 1, 0, None, 1, None], "Int64"),
    }
    found = through(tmp_path, engine, rows, lambda frame: frame.with_columns(branched().alias("found")))
    assert found["found"].tolist() == [
        "in_area", "in_area", "branched", "elsewhere", "unknown", "branched", "unknown",
    ]  # fmt: skip


@pytest.mark.parametrize("engine", ENGINES)
def test_what_the_master_does_not_tell_is_unknown(engine, tmp_path):
    master = pd.DataFrame(
        {
            "part": ["a", "a"], "supplier_id": ["1", "2"], "supplier_postcode": ["LX11AA", None],
            "branch_in_area": pd.array([1, None], "Int64"), "voluntary": pd.array([0, None], "Int64"),
            "sector": ["I", None], "enterprise": ["sme", None],
        }
    )  # fmt: skip
    storage.write_frame(master, tmp_path / "master.parquet")
    known = open_engine(engine)
    lines = {"part": ["a", "a", "a", "b"], "supplier_id": ["1", "2", None, "1"]}

    def step(frame):
        return with_master(frame, known.scan([tmp_path / "master.parquet"]))

    storage.write_frame(pd.DataFrame(lines).assign(at=range(4)), tmp_path / "rows.parquet")
    found = known.observe(step(known.scan([tmp_path / "rows.parquet"])).sort("at"))
    assert found["supplier_sector"].tolist() == ["I", "unknown", "unknown", "unknown"]
    assert found["supplier_enterprise"].tolist() == ["sme", "unknown", "unknown", "unknown"]
    assert found["supplier_voluntary"].tolist() == ["no", "unknown", "unknown", "unknown"]
    assert found["in_master"].fillna(0).tolist() == [1, 1, 0, 0]
    without = known.observe(with_master(known.scan([tmp_path / "rows.parquet"]), None).sort("at"))
    assert set(without["supplier_sector"]) == {"unknown"} and without["master_postcode"].isna().all()


@pytest.mark.parametrize("engine", ENGINES)
def test_the_largest_suppliers_are_those_that_were_paid_most_net(engine, tmp_path):
    lines: list[tuple] = [("a", f"s{n}", "any", 1000 - n, "supplier", None) for n in range(302)]
    lines += [("a", "s301", "any", -900, "supplier", None), ("a", "s11", "any", 1000, "supplier", None)]
    lines += [("a", None, "Big Name", 400, "supplier", None), ("a", None, "BIG NAME", 500, "supplier", None)]
    lines += [("a", None, None, 5, "supplier", None), ("a", None, "REDACTED", 9, "supplier", "personal")]
    lines += [("a", "m", "Member", 10**9, "other_member", None), ("b", "s301", "any", 1, "supplier", None)]
    names = ["part", "supplier_id", "supplier_name", "net_pence", "paid_to", "redaction"]
    frame = pd.DataFrame(lines, columns=names).assign(at=range(len(lines)))
    storage.write_frame(frame, tmp_path / "rows.parquet")
    known = open_engine(engine)
    found = known.observe(with_rank(known.scan([tmp_path / "rows.parquet"])).sort("at"))["supplier_rank"].tolist()
    # s11 has 1989 and is first; s0 to s8 follow, s9 is the eleventh; the name without id has 900, after s100.
    assert found[11] == "top_10" and found[:9] == ["top_10"] * 9 and found[9] == "next_290"
    assert found[304] == found[305] == "next_290"
    assert found[301] == "other" and found[302] == "other", "a credit takes it to the end"
    assert found[306] == found[307] == "unknown"
    assert found[308] == "other" and found[309] == "top_10", "a member is no supplier; each part has its own ranks"


@pytest.mark.parametrize("engine", ENGINES)
def test_a_tie_at_the_last_place_takes_all_of_it(engine, tmp_path):
    count = 12
    frame = pd.DataFrame(
        {
            "part": ["a"] * count, "supplier_id": [f"s{n}" for n in range(count)], "supplier_name": ["x"] * count,
            "net_pence": [100] * 8 + [50] * 4, "paid_to": ["supplier"] * count, "at": range(count),
            "redaction": pd.Series([None] * count, dtype="str"),
        }
    )  # fmt: skip
    storage.write_frame(frame, tmp_path / "rows.parquet")
    known = open_engine(engine)
    found = known.observe(with_rank(known.scan([tmp_path / "rows.parquet"])).sort("at"))["supplier_rank"].tolist()
    assert found == ["top_10"] * count
