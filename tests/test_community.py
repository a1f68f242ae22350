"""Listening: an item counts once, two coders' agreement, thresholds, and what was done about what was said."""

from __future__ import annotations

import json

import pandas as pd
import pytest
from statsmodels.stats.inter_rater import cohens_kappa

from anchor_analysis import present, storage
from anchor_analysis.declared import load_catalogue, load_network
from anchor_analysis.engine import open_engine
from anchor_analysis.measure import coder_agreement
from anchor_analysis.problems import UserError
from tests.oracle_community import count_listening
from tests.plain_files import read_return, without_blanks
from tests.spec import write_network
from tests.steps import Steps

MEMBER = '[[members]]\nid = "a"\nname = "A"\nsector = "x"\njoined = 2018-04-01\nlevers = ["community"]\n'
PROTECTED = '[protection]\nlistening = "listening_threshold_5"'
HEAD = "item_id,project,source,date,ward,kind,theme,coder,verbatim,consent\n"
ARMLEY = "E05011385"
YEARS = [f"{year}/{year - 1999}" for year in range(2018, 2024)]


def example(folder, more: str = ""):
    """A network of one member that listens."""
    with pytest.raises(UserError, match=r"protection\.listening names no disclosure profile"):
        write_network(folder, MEMBER)
    path = folder / "networks" / "example" / "network.toml"
    said = path.read_text(encoding="utf-8").replace("[protection]", PROTECTED)
    path.write_text(said + more, encoding="utf-8")
    return load_network(storage.Workspace(folder), "example")


@pytest.fixture(params=["duckdb", "polars"])
def member(tmp_path, request) -> Steps:
    return Steps(tmp_path, example(tmp_path), request.param)


def row(item: str, theme: str, coder: str = "AB", kind: str = "barrier", ward: str = ARMLEY, words: str = "") -> str:
    return f"{item},Listening,workshop,16/05/2023,{ward},{kind},{theme},{coder},{words},no\n"


def located(steps: Steps) -> pd.DataFrame:
    return steps.frame(steps.located() / "listening")


def test_an_item_counts_once_by_the_first_coder_in_the_order_of_text(member):
    twice = row("1", "Gaps", "CD") + row("1", "Childcare", "AB") + row("1", "Health", "EF")
    member.send("listening.csv", HEAD + twice + row("2", "transport", "CD"))
    found = member.sums(member.located(), "theme").set_index("group")["numerator"].to_dict()
    assert {theme: count for theme, count in found.items() if count} == {
        "caring_responsibilities": 1,
        "getting_there": 1,
    }
    counts = located(member).query("item == 1").set_index("item_id")["theme_second"]
    assert counts["1"] == "gaps" and pd.isna(counts["2"])


def test_items_stand_by_kind_and_by_group_of_ward(member):
    rows = row("1", "gaps", kind="Loves") + row("2", "gaps", kind="love", ward="") + row("3", "gaps", ward="E05012842")
    member.send("listening.csv", HEAD + rows)
    by = {
        of: member.sums(member.located(), of).set_index("group")["numerator"].to_dict() for of in ("kind", "ward_group")
    }
    assert by["kind"] == {"love": 2, "barrier": 1}
    assert by["ward_group"] == {"most_disadvantaged": 1, "unknown": 1, "other_in_area": 1}


def test_what_was_said_and_who_coded_it_end_where_rows_are_placed(member):
    member.send("listening.csv", HEAD + row("1", "gaps", "Aldwin Birch", words="I would rather not say"))
    assert not {"verbatim", "coder"} & set(located(member).columns)


def test_a_theme_of_no_codebook_and_an_item_that_one_coder_coded_twice_are_faults(member):
    member.send("listening.csv", HEAD + row("1", "swans") + row("2", "gaps") + row("2", "health"))
    with pytest.raises(UserError) as caught:
        member.clean()
    assert {problem.code for problem in caught.value.problems} == {"AN021", "AN026"}
    assert "A new theme" not in str(caught.value) and "a new theme is a new version of it" in str(caught.value)


# --- the agreement of two coders ---


def agreement(folder, pairs: dict[tuple[str, str], int]) -> pd.DataFrame:
    rows = [
        {"network_year": "2023/24", "item": 1, "theme": first, "theme_second": second}
        for (first, second), count in pairs.items()
        for _ in range(count)
    ]
    path = folder / "listening.parquet"
    storage.write_frame(pd.DataFrame(rows).astype({"theme_second": "str"}), path)
    return coder_agreement([path], open_engine())


def test_the_agreement_beyond_chance_is_that_of_statsmodels(tmp_path):
    pairs = {("a", "a"): 20, ("a", "b"): 5, ("b", "a"): 10, ("b", "b"): 15, ("c", "a"): 3, ("c", "c"): 7, ("d", "a"): 1}
    (found,) = agreement(tmp_path, pairs).itertuples()
    names = sorted({name for pair in pairs for name in pair})
    table = [[pairs.get((first, second), 0) for second in names] for first in names]
    assert found.kappa == pytest.approx(cohens_kappa(table).kappa, abs=1e-12)
    assert (found.items, found.agreed, found.agreement) == (61, 42, 42 / 61)


def test_where_everything_has_one_theme_there_is_no_agreement_beyond_chance(tmp_path):
    (found,) = agreement(tmp_path, {("a", "a"): 9}).itertuples()
    assert found.agreement == 1 and pd.isna(found.kappa)


def test_nobody_who_listened_is_no_agreement():
    assert coder_agreement([], open_engine()).empty


# --- codebooks and actions ---


OWN = """
title: Ours
version: 2
source: Our own
source_status: own choice
themes:
  swans: {title: Swans, description: Birds.}
"""


def test_a_network_codes_by_a_codebook_of_its_own(tmp_path):
    path = tmp_path / "networks" / "example" / "definitions" / "codebooks" / "ours.yaml"
    storage.write_text(path, OWN)
    network = example(tmp_path, '[listening]\ncodebook = "ours"\n')
    assert list(network.catalogue.schema["listening"].columns["theme"].categories) == ["swans"]
    assert network.catalogue.key != load_catalogue(network.definitions).key
    steps = Steps(tmp_path, network)
    steps.send("listening.csv", HEAD + row("1", "SWANS"))
    assert located(steps)["theme"].tolist() == ["swans"]


def test_a_codebook_that_is_not_there_is_told(tmp_path):
    with pytest.raises(UserError, match='there is no codebook "ours"'):
        example(tmp_path, '[listening]\ncodebook = "ours"\n')


ACTION = """
[[actions]]
theme = "{}"
action = "Ask twice"
member = "{}"
status = "done"
metric = "{}"
since = 2023-01-01
"""


def test_an_action_names_a_theme_a_member_and_a_metric_that_are_there(tmp_path):
    example(tmp_path)
    path = tmp_path / "networks" / "example" / "actions.toml"
    path.write_text(ACTION.format("swans", "b", "birds"), encoding="utf-8")
    with pytest.raises(UserError) as caught:
        load_network(storage.Workspace(tmp_path), "example")
    for said in ('no theme of the codebook "swans"', 'no member "b"', 'no metric "birds"'):
        assert said in str(caught.value)
    path.write_text(ACTION.format("gaps", "a", "staff"), encoding="utf-8")
    (action,) = load_network(storage.Workspace(tmp_path), "example").actions
    assert (action.theme, action.member, action.metric) == ("gaps", "a", "staff")


FACTS = {
    "year": "2023/24", "members": [{"id": "a", "name": "Example Council"}],
    "community": {
        "themes": [{"id": name, "title": name.capitalize()} for name in ("gaps", "health", "swans", "parks")],
        "actions": [
            {"theme": theme, "action": "Ask twice.", "member": "a", "status": status, "metric": "staff",
             "since": "2023-01-01", "metric_title": "Staff"}
            for theme, status in (("gaps", "done"), ("swans", "under_way"), ("parks", "planned"))
        ],
    },
}  # fmt: skip


def cell(group: str, shown: str) -> dict:
    return CELL | {"cell_id": f"items_by_theme|{group}", "group": group, "shown": shown}


CELL = {
    "cell_id": "", "table": "items_by_theme", "kind": "levels", "metric": "items_heard", "period": "2023/24",
    "since": "", "since_period": "", "panel": "all", "member": "", "group": "", "item": "value", "unit": "items",
    "value": 1.0, "lower": 1.0, "upper": 1.0, "shown": "", "status": "shown", "rule": "", "note": "", "source_id": "",
    "members_counted": 1, "members_expected": 1, "quality": "rows",
}  # fmt: skip


def test_every_theme_that_was_heard_has_its_actions_or_is_named_as_a_gap():
    cells = pd.DataFrame([cell("gaps", "40"), cell("health", "[c]"), cell("parks", "12"), cell("", "52")])
    shown = present.actions(cells, FACTS)
    assert shown.table["Theme"].tolist() == ["Gaps", "Health", "Swans", "Parks"]
    assert shown.table["Items heard"].tolist() == ["40", "[c]", "none this year", "12"]
    assert shown.table["What was done"].tolist() == [
        "Ask twice. Example Council, done since 1 January 2023.", "Nothing yet",
        "Ask twice. Example Council, under way since 1 January 2023.",
        "Ask twice. Example Council, planned from 1 January 2023.",
    ]  # fmt: skip
    assert "Heard, and without an action that is done or under way: health and parks." in shown.text
    assert 'data-cell="items_by_theme|health"' in shown.html


def test_an_edition_in_which_nobody_listens_shows_no_actions():
    assert present.actions(pd.DataFrame(columns=list(CELL)), {"year": "2023/24", "community": {}}).empty


# --- the demonstration ---


def results(demonstration):
    processed = demonstration.processed("demonstration")
    pointer = json.loads((processed / "current" / "2023-24.json").read_text(encoding="utf-8"))
    return processed / pointer["results"]


@pytest.fixture(scope="module")
def sheets(demonstration) -> dict[str, pd.DataFrame]:
    """The rows of listening by network year, as they were sent; reading their returns takes seconds."""
    folders = [path.parent for path in sorted(demonstration.raw("demonstration").glob("*/*/listening.csv"))]
    return {
        folder.parent.name.replace("-", "/"): without_blanks(read_return(folder)["listening"]) for folder in folders
    }


BREAKDOWNS = ["theme", "kind", "source", "ward_in_area", "ward_group", "theme|ward_in_area", "theme|ward_group"]


@pytest.mark.parametrize("breakdown", BREAKDOWNS)
def test_items_by_group_are_the_oracles(demonstration, sheets, breakdown):
    rows = pd.read_parquet(results(demonstration) / "observations.parquet")
    chosen = (rows["metric"] == "items_heard") & (rows["breakdown"] == breakdown) & (rows["scope"] == "network")
    theirs = rows[chosen].set_index(["network_year", "group"])["numerator"]
    assert list(sheets) == YEARS
    for year, sheet in sheets.items():
        ours = count_listening(sheet, None).groupby(breakdown.split("|"))["item"].sum()
        ours.index = ["|".join(group if isinstance(group, tuple) else (group,)) for group in ours.index]
        assert {group: n for group, n in theirs[year].to_dict().items() if n} == ours.to_dict()


def test_two_coders_of_the_demonstration_agree_as_was_planted(demonstration, sheets):
    answers = json.loads((demonstration.raw("demonstration") / ".made" / "answers.json").read_text(encoding="utf-8"))
    found = pd.read_parquet(results(demonstration) / "coder_agreement.parquet").set_index("network_year")
    for year, sheet in sheets.items():
        planted = answers["years"][year.replace("/", "-")]["members"]["owlgate_council"]["planted"]["listening"]
        told = found.loc[year, ["items", "agreed"]].tolist()
        assert told == [planted["items_by_two"], planted["items_by_two_alike"]]
        pairs = count_listening(sheet, None).dropna(subset="second")
        names = sorted({*pairs["theme"], *pairs["second"]})
        table = pd.crosstab(pairs["theme"], pairs["second"]).reindex(index=names, columns=names, fill_value=0)
        assert found.loc[year, "kappa"] == pytest.approx(cohens_kappa(table).kappa, abs=1e-12)
        assert 0.7 < found.loc[year, "kappa"] < 0.95


def test_a_theme_of_few_items_is_withheld_with_a_second_one(demonstration):
    cells = pd.read_parquet(results(demonstration) / "cells.parquet").query("table == 'items_by_theme'")
    hidden = cells[cells["status"] == "withheld"].set_index("group")["rule"].to_dict()
    rule = "too small, or would give away what is"
    assert hidden.pop("something_else") == rule and set(hidden.values()) == {rule}


def test_a_theme_is_withheld_alike_with_and_without_its_wards(demonstration):
    cells = pd.read_parquet(results(demonstration) / "cells.parquet").set_index(["table", "group"])["shown"]
    both, alone = cells["items_by_theme_ward_group"], cells["items_by_theme"]
    for theme, shown in alone.items():
        assert both[f"{theme}|" if theme else ""] == shown
    assert (both == "[c]").any() and (both != "[c]").mean() > 0.5


def test_nothing_that_anybody_said_is_in_an_edition(demonstration, sheets):
    said = {text for sheet in sheets.values() for text in sheet["verbatim"]} - {""}
    (pages,) = [list(demonstration.editions("demonstration").glob("2023-24/r*"))[-1:]]
    texts = "".join(path.read_text(encoding="utf-8") for path in pages[0].rglob("*.html"))
    assert len(said) == 8 and texts and not any(text in texts for text in said)


def test_a_codebook_in_which_a_spelling_means_two_themes_is_a_fault(tmp_path):
    twice = OWN + "  geese: {title: Geese, description: Birds., spellings: [SWANS]}\n"
    storage.write_text(tmp_path / "codebooks" / "ours.yaml", twice)
    with pytest.raises(UserError, match="a spelling of two themes: swans"):
        load_catalogue(tmp_path)
