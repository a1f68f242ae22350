"""What the generator drew and planted is what the pipeline found: numbers, statuses, changes, and every defect.

The answers come from the demonstration's own draws, before anything became text, and are held against the files of
the finished run: observations, findings, accounts, what was set aside, places, and the rows that were counted.
"""

import json
import shutil
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pandas as pd
import pytest
import yaml

from anchor_analysis import storage
from anchor_analysis.declared import Answers, load_network
from anchor_analysis.measure import ledgers_without_credits, unanswered_jumps
from anchor_analysis.problems import Problem, UserError
from anchor_analysis.running import check_returns
from tests.workspace import ROOT

NETWORK = "demonstration"
LATEST = "2023/24"
DEFINITIONS = ROOT / "anchor_analysis" / "definitions" / "metrics"

ROW_COLUMNS = {
    "workforce": [
        "contract",
        "employed",
        "person",
        "home_place",
        "home_class",
        "home_decile_group",
        "home_decile_group_other",
    ],
    "ledger": [
        "supplier_id",
        "net_pence",
        "supplier_class",
        "paid_member",
        "paid_to",
        "supplier_place_from",
        "supplier_entity",
        "line_alike",
    ],
    "programmes": ["stage", "ward", "ward_group", "people"],
    "progression": ["dimension_now", "level", "level_second", "score", "score_not_applicable", "target", "has_evidence",
                    "assessor", "framework", "dimension"],
    "listening": ["item", "theme", "theme_second", "ward", "ward_group", "date", "consent", "source"],
}  # fmt: skip

REDACTIONS = ("personal", "commercial", "unspecified")

THEMES = (
    "navigating_recruitment", "caring_responsibilities", "gaps", "getting_there", "health", "places_and_spaces",
    "people_and_community", "something_else",
)  # fmt: skip

#: Why rows are set aside, and what was planted for each.
SET_ASIDE = {
    "blank row": "blank_rows",
    "total row": "control_totals",
    "above the headers": "rows_above_headers",
    "headers again": "headers_again",
    "note below the table": "notes_below",
    "row of another organisation": "rows_of_others",
}

#: What is planted and stands in a record of the run that is held against it below.
RECORDED = {
    "workforce": {
        "form", "rows", "blank_rows", "padded_cells", "blank_start_dates", "bank_posts", "posts_not_employed_by_date",
        "homes_by_class", "homes_unknown", "staff_by_class", "staff_in_postcodes_without_lsoa", "postcode_slips",
    },
    "suppliers": {"form", "rows", "blank_rows", "padded_cells", "postcode_slips"},
    "estate": {"form", "rows", "blank_rows", "rows_of_others"},
    "ledger": {
        "form", "rows", "blank_rows", "padded_cells", "pence", "amounts_with_spaces", "credits", "credits_pence",
        "control_totals", "control_totals_pence", "control_totals_off_by_pence",
        "rows_above_headers", "headers_again", "notes_below", "lost_signs", "lost_signs_pence", "sent_again",
        *(f"redacted_{why}{unit}" for why in REDACTIONS for unit in ("", "_pence")),
        "lines_by_class", "lines_unknown", "pence_by_class", "redacted", "redacted_pence",
        "paid_member_lines", "paid_member_pence", "by_category", "by_sector", "lines_linked", "pence_linked",
        "lines_again", "pence_again", "pence_again_local",
    },
    "programmes": {
        "form", "rows", "blank_rows", "padded_cells", "blank_wards", "weeks_not_over", "stage_synonyms",
        "kind_synonyms",
    },
    "contracts": {"form", "rows", "blank_rows", "padded_cells"},
    "local_multiplier": {"form", "rows", "blank_rows", "padded_cells", "round_synonyms"},
    "progression": {
        "form", "rows", "blank_rows", "padded_cells", "second_scores", "not_applicable", "blank_targets",
        "blank_evidence", "levels_in_words", "old_framework", "old_dimension", "frameworks_by_title", "alike",
        "levels", "assessor",
    },
    "listening": {
        "form", "rows", "blank_rows", "padded_cells", "items", "items_by_two", "items_by_two_alike", "theme_synonyms",
        "items_without_ward", "consents", "blank_days", "blank_sources", *(f"items_{theme}" for theme in THEMES),
    },
}  # fmt: skip

#: What is planted and no record counts, since read rightly it is no defect. Were it read wrongly, the numbers would be.
_STYLES = ("lower_case", "unspaced", "lower_case_unspaced", "padded", "two_spaces", "no_break_space", "hyphened")
SPELLINGS = {f"postcodes_{name}" for name in _STYLES}
IN_THE_NUMBERS: dict[str, set[str]] = {
    "estate": set(),
    "workforce": {
        "second_posts", "persons_without_primary", "persons_with_two_primaries", "persons_whose_primary_ended",
        "persons_whose_primary_is_bank", "two_homes", "stated_totals", "started_on_snapshot", "left_on_snapshot",
        "contract_synonyms", "staff_in_ended_postcodes", *SPELLINGS,
    },
    "suppliers": SPELLINGS,
    "ledger": {
        "credits_with_minus", "credits_with_brackets", "credits_with_trailing_minus", "amounts_with_pound",
        "own_postcodes", "master_out_of_date", "master_out_of_date_pence", "named_like_a_member", *SPELLINGS,
    },
    "programmes": {"old_ward_codes"},
    "listening": {"quotes"},
    "contracts": {"contracts_unknown"},
    "local_multiplier": set(),
    "progression": set(),
}  # fmt: skip


class Found:
    """The answers, and what the pipeline left in its files."""

    def __init__(self, workspace: storage.Workspace):
        self.workspace = workspace
        made = workspace.raw(NETWORK) / ".made" / "answers.json"
        self.answers = json.loads(made.read_text(encoding="utf-8"))
        processed = workspace.processed(NETWORK)
        pointer = json.loads((processed / "current" / "2023-24.json").read_text(encoding="utf-8"))
        self._results, self._located = processed / pointer["results"], processed / "located"

    @cache  # noqa: B019 - one object for the whole module
    def table(self, name: str) -> pd.DataFrame:
        return pd.read_parquet(self._results / f"{name}.parquet")

    @cache  # noqa: B019
    def rows(self, table: str) -> pd.DataFrame:
        """The rows of all returns that were counted, of the columns that say what was planted."""
        columns = ["member", "network_year", *ROW_COLUMNS[table]]
        folders = [folder / table for folder in self._located.glob("*/*/*") if (folder / table).exists()]
        assert len({folder.parent.parent for folder in folders}) == len(folders), "a return was located twice"
        return pd.concat([pd.read_parquet(folder, columns=columns) for folder in folders], ignore_index=True)

    def slips(self) -> list[Path]:
        return sorted(self._located.glob("*/*/*/slips/*.parquet"))

    def levels(self, scope: str, breakdown: str = "") -> pd.DataFrame:
        """Observations by member (`''` for the network), year and metric."""
        levels = self.table("observations")
        return levels[(levels["scope"] == scope) & (levels["breakdown"] == breakdown)]

    def members(self) -> Iterator[tuple[str, str, dict]]:
        for year, answer in self.answers["years"].items():
            for member, of_member in answer["members"].items():
                yield member, year.replace("-", "/"), of_member

    def planted(self, table: str) -> pd.DataFrame:
        """What was planted in a table, one row per return that could be used; what has parts in a column each."""
        rows = {
            (member, year): pd.json_normalize(answer["planted"][table], sep=" ").iloc[0]
            for member, year, answer in self.members()
            if table in answer["planted"] and "refused" not in answer["status"].values()
        }
        return pd.DataFrame.from_dict(rows, orient="index").rename_axis(["member", "network_year"])

    def recorded(self, record: str, table: str, amount: str, **only: str) -> pd.Series:
        """The sum of an amount in a record of the run, by member and year."""
        return sums(self.table(record), amount, table=table, **only)


def sums(frame: pd.DataFrame, amount: str, **only: str | int) -> pd.Series:
    """The sum of an amount by member and year, over the rows that hold these values."""
    for column, value in only.items():
        frame = frame[frame[column] == value]
    return frame.groupby(["member", "network_year"])[amount].sum()


@pytest.fixture(scope="module")
def found(demonstration) -> Found:
    return Found(demonstration)


def assert_same(recorded: pd.Series, planted: pd.Series) -> None:
    """Equal in every return; where nothing is recorded, nothing was planted."""
    assert recorded.index.isin(planted.index).all(), "recorded of a return in which nothing is planted"
    sides = pd.DataFrame({"recorded": recorded.reindex(planted.index).fillna(0), "planted": planted.fillna(0)})
    sides = sides.astype("int64")
    different = sides[sides["recorded"] != sides["planted"]]
    assert different.empty, different.to_string()


def test_an_amount_that_is_off_or_missing_is_noticed():
    planted = pd.Series({"a": 1, "b": 0})
    assert_same(pd.Series({"a": 1}), planted)
    for recorded in ({"a": 2}, {"b": 0}, {"a": 1, "b": 1}, {"a": 1, "c": 0}):
        with pytest.raises(AssertionError):
            assert_same(pd.Series(recorded), planted)


# --- numbers ---


def test_every_member_has_the_numbers_that_were_drawn_and_no_others(found):
    levels = found.levels("member")
    levels = levels[levels["denominator"].isna() & levels["numerator"].notna()]
    keys = zip(levels["member"], levels["network_year"], levels["metric"], strict=True)
    numbers = zip(levels["numerator"], levels["unknown"], levels["quality"], strict=True)
    drawn = {
        (member, year, metric): (parts["value"], parts.get("unknown", 0), quality_of(metric, answer, parts))
        for member, year, answer in found.members()
        for metric, parts in answer["metrics"].items()
    }
    assert dict(zip(keys, numbers, strict=True)) == drawn


def quality_of(metric: str, answer: dict, parts: dict) -> str:
    """Whether a metric was counted from rows or told: some members tell totals of staff and payments, and no rows.

    Rounds of the local multiplier of which only a range is known are estimated.
    """
    if metric.startswith("multiplier_") and parts.get("unknown"):
        return "estimated"
    return "rows" if metric in answer["from_rows"] else answer["quality"]


def status_of(metrics: dict, name: str, answer: dict) -> str:
    """The status of the table, unless the metric itself is not told in it or is nought; of a ratio the weaker one."""
    found = metrics[name]
    if found["kind"] != "additive":
        top, bottom = (status_of(metrics, found[part]["metric"], answer) for part in ("numerator", "denominator"))
        return bottom if top in ("reported", "zero") else top
    status = answer["status"][found["table"]]
    if status != "reported":
        return status
    if name not in answer["metrics"]:
        return "missing"
    told = answer["metrics"][name]
    return "reported" if told["value"] or told.get("unknown") else "zero"


def test_every_member_has_the_status_that_was_planted(found):
    metrics = {path.stem: yaml.safe_load(path.read_text(encoding="utf-8")) for path in DEFINITIONS.glob("*.yaml")}
    levels = found.levels("member")
    keys = zip(levels["member"], levels["network_year"], levels["metric"], strict=True)
    planted = {
        (member, year, metric): status_of(metrics, metric, answer)
        for member, year, answer in found.members()
        for metric in metrics
    }
    assert dict(zip(keys, levels["status"], strict=True)) == planted
    assert {"missing", "refused", "not_applicable", "not_yet_member", "reported", "zero"} == set(planted.values())


def test_every_member_has_its_own_twelve_months(found):
    columns = ["member", "network_year", "period_start", "period_end"]
    months = found.levels("member")[columns].astype(str).drop_duplicates()
    drawn = [[member, year, *answer["period"]] for member, year, answer in found.members()]
    assert sorted(months.to_numpy().tolist()) == sorted(drawn)


def test_the_network_has_the_totals_that_were_drawn(found):
    levels = found.levels("network")
    levels = levels[levels["denominator"].isna() & (levels["status"] != "missing")]
    levels = levels.set_index(["network_year", "metric"])
    columns = ["numerator", "unknown", "members_counted"]
    drawn = {
        (year.replace("-", "/"), metric): (total["value"], total.get("unknown", 0), total["members"])
        for year, answer in found.answers["years"].items()
        for metric, total in answer["network"].items()
    }
    assert {key: tuple(row) for key, row in levels[columns].T.to_dict("list").items()} == drawn


def test_staff_by_ward_are_those_that_were_drawn(found):
    levels = found.levels("network", "home_ward")
    for year, answer in found.answers["years"].items():
        of_year = levels[(levels["network_year"] == year.replace("-", "/")) & levels["group"].str.startswith("E05")]
        drawn = {ward: staff for ward, staff in answer["staff_by_ward"].items() if staff}
        assert of_year.set_index("group")["numerator"].loc[lambda staff: staff != 0].to_dict() == drawn


@pytest.mark.parametrize(
    ("breakdown", "planted"), [("spend_category", "by_category"), ("supplier_sector", "by_sector")]
)
def test_spend_by_group_is_that_which_was_drawn(found, breakdown, planted):
    levels = found.levels("member", breakdown)
    levels = levels[(levels["metric"] == "net_spend") & (levels["group"] != "not_broken_down")]
    counted = levels[levels["numerator"] != 0].set_index(["member", "network_year", "group"])["numerator"].to_dict()
    drawn = {
        (member, year, group): pence
        for member, year, answer in found.members()
        if "net_spend" in answer["metrics"] and "ledger" in answer["planted"]
        for group, pence in answer["planted"]["ledger"][planted].items()
        if pence
    }
    assert counted == drawn


def test_the_groups_of_every_breakdown_add_up_to_the_whole(found):
    observations, key = found.table("observations"), ["scope", "member", "network_year", "metric"]
    observations = observations[observations["denominator"].isna()]
    groups, whole = observations[observations["breakdown"] != ""], observations[observations["breakdown"] == ""]
    sums = groups.groupby([*key, "breakdown"])["numerator"].sum()
    whole = whole.set_index(key)
    sums = sums.reset_index("breakdown", drop=True)
    assert (sums - whole["numerator"].reindex(sums.index)).abs().max() == 0


# --- changes ---


def test_a_change_and_its_parts_are_those_that_were_drawn(found):
    findings = found.table("findings")
    findings = findings[findings["panel"] == "all"]
    for metric, changes in found.answers["changes"].items():
        for since, drawn in changes.items():
            of_metric = findings[(findings["metric"] == metric) & (findings["since"] == since.replace("-", "/"))]
            change = of_metric[of_metric["kind"] == "change"].iloc[0]
            before = change["from_numerator"] if change["members_from"] else 0  # of nobody there is no figure
            assert (before, change["to_numerator"]) == (drawn["from"], drawn["to"])
            parts = of_metric[of_metric["kind"] == "part"].set_index("part")["part_numerator"].to_dict()
            assert parts == {part: drawn[part] for part in drawn["by_member"]}


def test_the_parts_of_a_change_are_made_of_the_members_that_were_drawn_for_them(found):
    parts = found.table("findings").query("kind == 'part'")
    for row in parts.itertuples():
        drawn = found.answers["changes"][row.metric][row.since.replace("/", "-")]["by_member"][row.part]
        behind = {observation.split(":")[2] for observation in row.observation_ids.split()}
        assert behind >= set(drawn)
        assert not behind & {member for other in others(found, row) for member in other}


def others(found: Found, row) -> list[dict[str, int]]:
    """The members of the other parts of the same change."""
    by_part = found.answers["changes"][row.metric][row.since.replace("/", "-")]["by_member"]
    return [members for part, members in by_part.items() if part != row.part]


def test_like_for_like_is_the_change_of_the_members_drawn_as_continuing(found):
    findings = found.table("findings").query("kind == 'change' and panel == 'like_for_like'")
    for metric, changes in found.answers["changes"].items():
        for since, drawn in changes.items():
            chosen = (findings["metric"] == metric) & (findings["since"] == since.replace("-", "/"))
            (row,) = findings[chosen].itertuples()
            assert row.members == len(drawn["by_member"]["continuing"])
            assert not row.members or row.to_numerator - row.from_numerator == drawn["continuing"]


# --- defects ---


def test_nothing_is_planted_that_these_tests_do_not_know(found):
    for table, known in RECORDED.items():
        planted = {name.split(" ")[0] for name in found.planted(table).columns}
        assert planted == known | IN_THE_NUMBERS[table]


@pytest.mark.parametrize("table", list(RECORDED))
def test_every_row_is_kept_or_set_aside_as_it_was_planted(found, table):
    planted = found.planted(table)
    reasons = {why: planted[name].fillna(0) for why, name in SET_ASIDE.items() if name in planted}
    for why, rows in reasons.items():
        assert_same(found.recorded("set_aside", table, "rows", reason=why), rows)
    aside = sum(reasons.values())
    assert_same(found.recorded("accounts", table, "rows_kept"), planted["rows"])
    assert_same(found.recorded("accounts", table, "rows_set_aside"), aside)
    assert_same(found.recorded("accounts", table, "rows_read"), planted["rows"] + aside)
    assert set(found.table("set_aside")["reason"]) == set(SET_ASIDE)


@pytest.mark.parametrize("table", list(RECORDED))
def test_every_file_has_its_account(found, table):
    accounts = found.table("accounts")
    files = accounts[accounts["table"] == table].groupby(["member", "network_year"]).size()
    assert_same(files, found.planted(table)["form files"])


def test_every_penny_is_kept_or_set_aside_as_it_was_planted(found):
    planted = found.planted("ledger")
    totals = planted["control_totals_pence"].fillna(0)
    assert_same(found.recorded("accounts", "ledger", "value_kept_pence"), planted["pence"])
    assert_same(found.recorded("accounts", "ledger", "value_set_aside_pence"), totals)
    assert_same(found.recorded("accounts", "ledger", "value_read_pence"), planted["pence"] + totals)
    assert_same(found.recorded("set_aside", "ledger", "value_pence"), totals)


def test_every_total_of_a_file_is_held_against_its_rows(found):
    planted = found.planted("ledger")
    assert_same(found.recorded("accounts", "ledger", "controls"), planted["control_totals"])
    assert_same(found.recorded("accounts", "ledger", "control_total_pence"), planted["control_totals_pence"])
    assert_same(found.recorded("accounts", "ledger", "difference_pence"), planted["control_totals_off_by_pence"])
    assert (planted["control_totals_off_by_pence"] == -3).any()


def test_a_refused_return_is_read_into_nothing(found):
    refused = {(m, year) for m, year, answer in found.members() if "refused" in answer["status"].values()}
    assert refused == {("copperbeech_college", "2021/22")}
    for record in ("accounts", "set_aside", "places"):
        rows = found.table(record)
        assert not refused & set(zip(rows["member"], rows["network_year"], strict=True))


def undecided(found: Found, folder: Path, year: str, *members: str) -> list[Problem]:
    """What is wrong with returns where nobody has answered or decided anything, alone in a network of their own."""
    shutil.copytree(found.workspace.root / "data/processed/reference", folder / "data/processed/reference")
    shutil.copytree(found.workspace.root / f"networks/{NETWORK}", folder / f"networks/{NETWORK}")
    for member in members:
        place = f"data/raw/{NETWORK}/{year}/{member}"
        shutil.copytree(found.workspace.root / place, folder / place)
    (folder / "networks" / NETWORK / "answers.toml").unlink()
    told = folder / "networks" / NETWORK / "network.toml"
    told.write_text(told.read_text(encoding="utf-8").split("[[coverage]]")[0], encoding="utf-8")
    with pytest.raises(UserError) as wrong:
        check_returns(storage.Workspace(folder), NETWORK, year.replace("-", "/"))
    return wrong.value.problems


def test_the_return_that_was_refused_would_be_held_for_the_total_that_was_planted(found, tmp_path):
    (problem,) = undecided(found, tmp_path, "2021-22", "copperbeech_college")
    planted = found.answers["years"]["2021-22"]["members"]["copperbeech_college"]["planted"]["ledger"]
    assert problem.code == "AN027"
    for pence in (planted["control_totals_pence"], planted["pence"]):
        assert f"£{pence // 100:,}.{pence % 100:02d}" in str(problem)
    assert planted["control_totals_pence"] - planted["pence"] == 731_250


@pytest.mark.parametrize(
    ("year", "member", "code", "said"),
    [
        ("2021-22", "heronsgate_minds", "AN033", "all payments"),
        ("2022-23", "marlpit_university", "AN033", "all payments of the smaller file"),
        ("2021-22", "brackenfell_police", "AN024", "a register of contracts"),
    ],
)
def test_what_was_left_out_would_be_held_or_refused(found, tmp_path, year, member, code, said):
    (problem,) = undecided(found, tmp_path, year, member)
    assert problem.code == code and said in str(problem)


def test_figures_that_jumped_are_those_that_were_planted(found):
    network = load_network(found.workspace, NETWORK)
    assert not unanswered_jumps(network, found.table("observations"))
    silent = network.model_copy(update={"answered": Answers()})
    jumped = [problem.where for problem in unanswered_jumps(silent, found.table("observations"))]
    assert jumped == [
        *(f"lantern_theatre 2020/21, {metric}" for metric in ("local_spend", "net_spend")),
        "northbeck_water 2021/22, social_value_delivered",
    ]


def test_the_slip_that_was_planted_would_be_told_as_one(found):
    observations = found.table("observations").copy()
    slipped = (observations["member"] == "larch_hill_arts") & (observations["network_year"] == "2022/23")
    observations.loc[slipped & (observations["metric"] == "net_spend"), "value"] *= 10
    jumped = unanswered_jumps(load_network(found.workspace, NETWORK), observations)
    assert {problem.where for problem in jumped} == {
        f"larch_hill_arts {year}, net_spend" for year in ("2022/23", LATEST)
    }
    assert all("a slip of 10" in str(problem) for problem in jumped)


@pytest.mark.parametrize("year", ["2019/20", "2020/21", "2021/22", LATEST])
def test_a_ledger_whose_signs_were_lost_is_named_and_no_other(found, year):
    planted = found.planted("ledger")
    lost = planted[(planted["lost_signs"] > 0) & (planted.index.get_level_values("network_year") == year)]
    warned = ledgers_without_credits(found.table("accounts")).query("network_year == @year")
    assert list(warned["member"]) == list(lost.index.get_level_values("member"))
    # what is at stake is told from the member's other years, so it is of the right size and no more
    assert all(warned["at_stake_pence"].to_numpy() / lost["lost_signs_pence"].to_numpy() > 1) and all(
        warned["at_stake_pence"].to_numpy() / lost["lost_signs_pence"].to_numpy() < 4
    )


def test_returns_that_must_be_sent_back_are_refused_with_their_code(found, tmp_path):
    made, codes = found.workspace.raw(NETWORK) / ".made" / "sent_back", found.answers["sent_back"]
    assert len(codes) >= 12 and {path.name for path in made.iterdir()} == set(codes)
    members = dict(zip(codes, [member for member, year, _ in found.members() if year == LATEST], strict=False))
    for name, member in members.items():
        shutil.copytree(made / name, tmp_path / "sent" / f"data/raw/{NETWORK}/2023-24" / member)
    shutil.copytree(found.workspace.root / "data/processed/reference", tmp_path / "sent/data/processed/reference")
    shutil.copytree(found.workspace.root / f"networks/{NETWORK}", tmp_path / f"sent/networks/{NETWORK}")
    with pytest.raises(UserError) as wrong:
        check_returns(storage.Workspace(tmp_path / "sent"), NETWORK, LATEST)
    refused = {(problem.where.split(" ")[0], problem.code) for problem in wrong.value.problems}
    assert {(member, codes[name]) for name, member in members.items()} <= refused


@pytest.mark.parametrize("table", ["workforce", "ledger"])
def test_every_row_has_the_class_of_postcode_that_was_planted(found, table):
    planted = found.planted(table)
    name = {"workforce": "homes", "ledger": "lines"}[table]
    for kind in (column.split(" ")[1] for column in planted if column.startswith(f"{name}_by_class ")):
        recorded = found.recorded("places", table, "rows", postcode_class=kind)
        assert_same(recorded, planted[f"{name}_by_class {kind}"])
    assert_same(found.recorded("places", table, "rows", place="unknown"), planted[f"{name}_unknown"])
    assert_same(found.recorded("places", table, "rows"), planted["rows"])


@pytest.mark.parametrize("table", ["workforce", "suppliers"])
def test_every_slip_in_a_postcode_is_suggested_where_it_was_planted(found, table):
    slips = pd.concat([pd.read_parquet(path) for path in found.slips()], ignore_index=True).assign(slips=1)
    assert set(slips["table"]) == {"workforce", "suppliers"}
    assert_same(sums(slips, "slips", table=table), found.planted(table)["postcode_slips"])


def test_spaces_round_cells_are_counted_and_taken_off(found):
    for table in ("workforce", "suppliers", "ledger"):
        texts = ("contract", "staff_group", "supplier_id", "supplier_name")
        spaces = [found.recorded("normalised", table, "cells", rule="spaces around", column=one) for one in texts]
        assert_same(pd.concat(spaces).groupby(["member", "network_year"]).sum(), found.planted(table)["padded_cells"])
    amounts = found.recorded("normalised", "ledger", "cells", rule="spaces around", column="net_pence")
    assert_same(amounts, found.planted("ledger")["amounts_with_spaces"])


@pytest.mark.parametrize(("table", "column"), [("workforce", "start_date"), ("ledger", "payment_date")])
def test_every_day_in_words_of_its_own_is_counted_as_brought_to_one_form(found, table, column):
    planted = found.planted(table)
    filled = planted["rows"] - planted.get("blank_start_dates", 0)
    plain = planted["form dates"].isin(["yyyy-mm-dd", "excel"])
    days = found.recorded("normalised", table, "cells", rule="spelling", column=column)
    assert_same(days, filled.mask(plain, 0))


def test_words_of_their_own_for_kinds_and_stages_are_counted_as_brought_to_one_form(found):
    planted = found.planted("programmes")
    for column in ("kind", "stage"):
        spelled = found.recorded("normalised", "programmes", "cells", rule="spelling", column=column)
        assert_same(spelled, planted[f"{column}_synonyms"])
    spaces = found.recorded("normalised", "programmes", "cells", rule="spaces around")
    assert_same(spaces, planted["padded_cells"])


def test_spaces_round_numbers_of_contracts_are_counted_as_taken_off(found):
    spaces = found.recorded("normalised", "contracts", "cells", rule="spaces around")
    assert_same(spaces, found.planted("contracts")["padded_cells"])


def test_words_of_their_own_for_rounds_are_counted_as_brought_to_one_form(found):
    planted = found.planted("local_multiplier")
    spelled = found.recorded("normalised", "local_multiplier", "cells", rule="spelling", column="round")
    assert_same(spelled, planted["round_synonyms"])
    spaces = found.recorded("normalised", "local_multiplier", "cells", rule="spaces around")
    assert_same(spaces, planted["padded_cells"])


# --- the rows that were counted ---


def test_items_are_counted_once_by_the_theme_that_was_drawn(found):
    planted, rows = found.planted("listening"), found.rows("listening")
    items = rows[rows["item"] == 1].assign(cells=1)
    assert_same(sums(rows, "item"), planted["items"])
    for theme in THEMES:
        assert_same(sums(items, "cells", theme=theme), planted[f"items_{theme}"])
    by_two = items[items["theme_second"].notna()]
    assert_same(sums(by_two, "cells"), planted["items_by_two"])
    assert_same(sums(by_two[by_two["theme"] == by_two["theme_second"]], "cells"), planted["items_by_two_alike"])
    assert_same(sums(items[items["ward"].isna()], "cells"), planted["items_without_ward"])


def test_scores_are_counted_by_the_assessor_and_at_the_level_that_were_drawn(found):
    planted, rows = found.planted("progression"), found.rows("progression").assign(cells=1)
    drawn = {
        (member, year, name.removeprefix("levels ")): int(level)
        for name, column in planted.filter(like="levels ").items()
        for (member, year), level in column.dropna().items()
    }
    counted = rows[rows["score"] == 1]
    by = zip(counted["member"], counted["network_year"], counted["dimension_now"], strict=True)
    assert dict(zip(by, counted["level"].astype(int), strict=True)) == drawn
    assessors = counted.groupby(["member", "network_year"])["assessor"].unique().map(list)
    assert assessors.to_dict() == {key: [one] for key, one in planted["assessor"].items()}
    assert_same(sums(rows, "score_not_applicable"), planted["not_applicable"])
    by_two = counted[counted["level_second"].notna()]
    assert_same(sums(by_two, "cells"), planted["second_scores"])
    assert_same(sums(by_two[by_two["level"] == by_two["level_second"]], "cells"), planted["alike"])


def test_targets_evidence_and_versions_of_frameworks_are_kept_as_they_were_planted(found):
    planted, rows = found.planted("progression"), found.rows("progression").assign(cells=1)
    assert_same(sums(rows[rows["target"].isna()], "cells"), planted["blank_targets"])
    assert_same(sums(rows, "cells", has_evidence="no"), planted["blank_evidence"])
    old = "anchor_progression_bricks_and_mortar"
    assert_same(sums(rows, "cells", framework=old), planted["old_framework"])
    assert_same(sums(rows, "cells", dimension="bricks_and_mortar"), planted["old_dimension"])
    assert not (rows["dimension_now"] == "bricks_and_mortar").any()
    spelled = {
        column: found.recorded("normalised", "progression", "cells", rule="spelling", column=column)
        for column in ("level", "framework")
    }
    assert_same(spelled["level"], planted["levels_in_words"])
    assert_same(spelled["framework"], planted["frameworks_by_title"])
    spaces = found.recorded("normalised", "progression", "cells", rule="spaces around")
    assert_same(spaces, planted["padded_cells"])


def test_members_at_each_level_are_those_that_were_drawn(found):
    findings = found.table("findings").query("kind == 'distribution'")
    for (year, dimension), own in findings.groupby(["period", "group"]):
        levels = found.planted("progression").xs(year, level="network_year")[f"levels {dimension}"].dropna()
        counts = own.set_index("part")["part_numerator"]
        assert [counts[f"level_{level}"] for level in range(1, 5)] == [(levels == level).sum() for level in range(1, 5)]
        in_order = sorted(levels.astype(int))
        middle = (in_order[(len(in_order) - 1) // 2], in_order[len(in_order) // 2])
        assert (counts["lower_median"], counts["upper_median"]) == middle


def test_the_ways_from_level_to_level_and_the_changed_assessor_are_those_that_were_drawn(found):
    findings, planted = found.table("findings").query("kind == 'transition'"), found.planted("progression")
    assert set(findings["since"]) == {"2018/19", "2022/23"}
    for (since, group), own in findings.groupby(["since", "group"]):
        dimension, _, before = group.partition(":")
        ends = [planted.xs(year, level="network_year") for year in (since, LATEST)]
        changed = ends[0]["assessor"] != ends[1]["assessor"].reindex(ends[0].index)
        levels = {name: end[f"levels {dimension}"] for name, end in zip(("from", "to"), ends, strict=True)}
        both = pd.DataFrame(levels | {"changed": changed}).dropna()
        both = both[both["from"] == int(before)]
        counts = own.set_index("part")["part_numerator"]
        assert [counts[f"to_{level}"] for level in range(1, 5)] == [
            (both["to"] == level).sum() for level in range(1, 5)
        ]
        assert counts["another_assessor"] == (both["changed"] & (both["from"] != both["to"])).sum()


def test_consents_and_days_of_items_are_kept_and_words_of_their_own_for_themes_counted(found):
    planted, rows = found.planted("listening"), found.rows("listening").assign(cells=1)
    assert_same(sums(rows, "cells", consent=1), planted["consents"])
    assert_same(sums(rows[rows["date"].isna()], "cells"), planted["blank_days"])
    assert_same(sums(rows, "cells", source="unknown"), planted["blank_sources"])
    spelled = found.recorded("normalised", "listening", "cells", rule="spelling", column="theme")
    assert_same(spelled, planted["theme_synonyms"])
    spaces = found.recorded("normalised", "listening", "cells", rule="spaces around")
    assert_same(spaces, planted["padded_cells"])


def test_wards_and_weeks_that_are_not_known_are_kept_as_they_were_planted(found):
    planted, rows = found.planted("programmes"), found.rows("programmes").assign(cells=1)
    assert_same(sums(rows[rows["ward"].isna()], "cells"), planted["blank_wards"])
    assert set(rows.loc[rows["ward"].isna(), "ward_group"]) == {"unknown"}
    assert_same(sums(rows[rows["people"].isna()], "cells"), planted["weeks_not_over"])


def test_posts_that_are_not_staff_are_kept_and_not_counted(found):
    planted, posts = found.planted("workforce"), found.rows("workforce")
    posts = posts.assign(bank=(posts["contract"] == "bank").astype(int), gone=1 - posts["employed"])
    assert_same(sums(posts, "bank"), planted["bank_posts"])
    assert_same(sums(posts, "gone", bank=0), planted["posts_not_employed_by_date"])
    assert not sums(posts, "person", employed=0).any()


def test_staff_have_the_class_of_postcode_that_was_planted(found):
    planted, posts = found.planted("workforce"), found.rows("workforce")
    for column in planted.filter(regex="^staff_by_class "):
        assert_same(sums(posts, "person", home_class=column.split(" ")[1]), planted[column])
    for release in ("", "_other"):
        lone = sums(posts, "person", home_place="in_area", **{f"home_decile_group{release}": "unknown"})
        assert_same(lone, planted["staff_in_postcodes_without_lsoa"])


def test_pence_have_the_class_of_postcode_that_was_planted(found):
    planted, payments = found.planted("ledger"), found.rows("ledger")
    for column in planted.filter(regex="^pence_by_class "):
        assert_same(sums(payments, "net_pence", supplier_class=column.split(" ")[1]), planted[column])


def test_payments_are_placed_by_other_members_where_it_was_planted_and_nowhere_else(found):
    planted, payments = found.planted("ledger"), found.rows("ledger").assign(lines=1)
    linked = payments[payments["supplier_place_from"] == "linked_by_name"]
    assert set(payments["supplier_place_from"]) == {"line", "own_master", "linked_by_name", "none"}
    assert_same(sums(linked, "lines"), planted["lines_linked"])
    assert_same(sums(linked, "net_pence"), planted["pence_linked"])
    assert planted["lines_linked"].sum() > 0


def test_lines_that_are_alike_are_those_that_were_paid_in_equal_parts(found):
    planted, payments = found.planted("ledger"), found.rows("ledger").assign(lines=1)
    again = payments[payments["line_alike"] == "again"]
    assert_same(sums(again, "lines"), planted["lines_again"])
    assert_same(sums(again, "net_pence"), planted["pence_again"])
    levels = found.levels("member").pivot(index=["member", "network_year"], columns="metric", values="numerator")
    for name, of in (("net_spend", "pence_again"), ("local_spend", "pence_again_local")):
        apart = (levels[name] - levels[f"{name}_lines_once"]).dropna()
        assert_same(apart, planted[of])
    assert planted["lines_again"].sum() > 0


def test_a_shared_supplier_is_no_other_and_equal_names_are_one(found):
    """What is only alike is linked by Splink, if it is installed: that two are never one holds with and without it."""
    rows = found.rows("ledger").dropna(subset=["supplier_id"])
    entity = rows.drop_duplicates(["member", "supplier_id"]).set_index(["member", "supplier_id"])["supplier_entity"]
    drawn: dict[tuple[str, str], int] = {}
    for member, _, answer in found.members():
        drawn |= {(member, number): which for number, which in answer.get("shared_suppliers", {}).items()}
    shared = pd.Series(drawn).rename_axis(["member", "supplier_id"]).rename("drawn").to_frame()
    shared = shared.join(entity.rename("entity"), how="inner")
    assert shared.groupby("entity")["drawn"].nunique().max() == 1
    assert shared.groupby("drawn")["entity"].nunique().eq(1).sum() > len(set(drawn.values())) / 3
    others = entity[~entity.index.isin(shared.index)]
    assert not set(others) & set(shared["entity"])
    # of 17,000: a firm that all pay, and names that many members have, where two of them are in one postcode district
    assert others[others.duplicated()].nunique() < 20


def test_credits_and_redacted_payments_are_kept(found):
    planted, payments = found.planted("ledger"), found.rows("ledger").assign(lines=1)
    credits, redacted = payments[payments["net_pence"] < 0], payments[payments["supplier_id"].isna()]
    for name, chosen in {"credits": credits, "redacted": redacted}.items():
        assert_same(sums(chosen, "lines"), planted[name])
        assert_same(sums(chosen, "net_pence"), planted[f"{name}_pence"])
    classes = found.table("redactions")
    for why in REDACTIONS:
        assert_same(sums(classes, "rows", redaction=why), planted[f"redacted_{why}"])
        assert_same(sums(classes, "value_pence", redaction=why), planted[f"redacted_{why}_pence"])


def test_payments_to_members_are_told_by_every_name_that_is_declared_and_by_no_other(found):
    planted, payments = found.planted("ledger"), found.rows("ledger").assign(lines=1)
    names = [column.split(" ")[1] for column in planted.filter(regex="^paid_member_lines ")]
    assert len(names) == 4 and set(payments["paid_member"].dropna()) == set(names)
    for member in names:
        assert_same(sums(payments, "lines", paid_member=member), planted[f"paid_member_lines {member}"])
        assert_same(sums(payments, "net_pence", paid_member=member), planted[f"paid_member_pence {member}"])


def test_what_a_member_pays_to_itself_is_named_so(found):
    payments = found.rows("ledger")
    itself = payments[payments["paid_to"] == "itself"]
    assert set(itself["member"]) == {"owlgate_council"} == set(itself["paid_member"])
    assert (payments["paid_to"] == "supplier").equals(payments["paid_member"].isna())


def test_wards_that_are_named_by_codes_of_other_years_are_told(found):
    """The list of 2018 has Beeston & Holbeck, the residents of 2021 Garforth & Swillington and a ward without them."""
    facts = json.loads((found._results / "edition.json").read_text(encoding="utf-8"))
    told = [said for said in facts["areas"] if "by another code" in said]
    assert [said.split(",")[0] for said in told] == [
        "The network names Beeston & Holbeck by another code",
        "The benchmark names Garforth & Swillington by another code",
        "The benchmark names Temple Newsam by another code",
    ]
    assert "E05011386" in told[0] and "the boundary is the same" in told[0]
    assert "E05011393" in told[1] and "the boundary changed" in told[1]
