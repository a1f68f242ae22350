"""A figure that jumped against the member's own last return waits for an answer, before anything is compared."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from anchor_analysis import storage
from anchor_analysis.declared import load_network
from anchor_analysis.measure import unanswered_jumps
from anchor_analysis.problems import HeldError, Problem, UserError
from anchor_analysis.running import run_network
from tests.small_network import make_workspace, send
from tests.spec import SpecNetwork

FIRST, PREVIOUS, LATEST = "2021/22", "2022/23", "2023/24"
ANSWER = (
    '[[answers]]\ncode = "AN034"\nmember = "a"\nyear = "{year}"\nmetric = "{metric}"\nreason = "the member says so"\n'
)


def jumps(network: SpecNetwork) -> list[Problem]:
    return unanswered_jumps(network.network, network.observations())


def answer(root: Path, text: str) -> None:
    storage.write_text(root / "networks" / "example" / "answers.toml", text)


def told(network: SpecNetwork, metric: str, *figures: int | None) -> SpecNetwork:
    """Member A's figures of the three years; none where it sent nothing."""
    network.has("A"), network.has("B"), network.reports("B", LATEST, staff=400)
    for year, figure in zip((FIRST, PREVIOUS, LATEST), figures, strict=True):
        if figure is not None:
            network.reports("A", year, **{metric: figure})
    return network


#: What is asked about where a return has nine times as many staff; that nine times as many are permanent follows.
JUMPED = ("staff", "staff_fte")


@pytest.mark.parametrize(
    ("metric", "figures", "said"),
    [
        ("staff", (None, 100, 301), "Staff of A is 3.0 times what it was in 2022/23."),
        ("staff", (None, 301, 100), "Staff of A was 3.0 times as much in 2022/23."),
        ("staff", (None, 100, 1040), "Staff of A is 10.4 times what it was in 2022/23, which looks like a slip of 10:"),
        ("staff", (None, 96_000, 1000), "96.0 times as much in 2022/23, which looks like a slip of 100:"),
        ("net_spend", (None, 2_000_00, 2_040_000_00), "1,020 times what it was in 2022/23, which looks like a slip"),
        ("net_spend", (None, -100_000_00, 200_000_00), "Net spend of A has the other sign than in 2022/23"),
        ("staff", (None, 0, 50), "Staff of A was nought in 2022/23 and is not now."),
        ("staff", (None, 50, 0), "Staff of A is nought and was not in 2022/23."),
        ("staff", (10, None, 400), "Staff of A is 40.0 times what it was in 2021/22."),
    ],
)  # fmt: skip
def test_a_jump_is_told_with_its_factor_and_what_it_looks_like(network, metric, figures, said):
    (problem,) = jumps(told(network, metric, *figures))
    assert said in problem.what and (problem.code, problem.where) == ("AN034", f"a 2023/24, {metric}")
    assert f'member = "a", year = "2023/24", metric = "{metric}"' in problem.remedy


@pytest.mark.parametrize(
    ("metric", "figures"),
    [
        ("staff", (None, 100, 300)),
        ("staff", (None, 300, 100)),
        ("staff", (None, 4, 49)),
        ("staff", (None, 0, 0)),
        ("net_spend", (None, 1_000_00, 99_999_99)),
        ("net_spend", (None, -90_000_00, -200_000_00)),
        ("staff", (None, None, 5000)),
        ("staff", (100, 250, 600)),
    ],
)
def test_what_is_no_jump_is_not_asked_about(network, metric, figures):
    assert jumps(told(network, metric, *figures)) == []


def test_a_slip_is_named_within_five_per_cent_and_not_beyond(network):
    told(network, "staff", 1000, 10_500, 1_000)
    assert ["slip of 10:" in problem.what for problem in jumps(network)] == [True, True]
    told(network, "net_spend", 1_000_000_00, 10_510_000_00, 100)
    spend = [problem for problem in jumps(network) if "net_spend" in problem.where]
    assert ["slip of" in problem.what for problem in spend] == [False, False]


def test_a_part_of_a_year_is_no_jump_and_no_last_return(network):
    told(network, "staff", 1000, 100, 1100)
    network.decides("A", PREVIOUS, "partial")
    assert jumps(network) == []


def test_a_share_is_asked_about_by_its_parts_alone(network):
    told(network, "staff", None, 1000, 1000)
    network.reports("A", PREVIOUS, staff_living_in_area=900), network.reports("A", LATEST, staff_living_in_area=90)
    assert [problem.where for problem in jumps(network)] == ["a 2023/24, staff_living_in_area"]


def test_the_network_says_from_which_factor_on(network):
    told(network, "staff", None, 100, 900)
    network.notes.append("[checks]\nlargest_jump = 9.0\n")
    assert jumps(network) == []
    network.notes[-1] = "[checks]\nlargest_jump = 8.9\n"
    assert len(jumps(network)) == 1


def test_all_jumps_of_all_members_and_years_come_at_once(network):
    told(network, "staff", 100, 1000, 100)
    network.reports("B", PREVIOUS, staff=20)
    assert [problem.where for problem in jumps(network)] == ["a 2022/23, staff", "a 2023/24, staff", "b 2023/24, staff"]


def test_an_answer_is_for_one_member_year_and_metric(network):
    told(network, "staff", 100, 1000, 100)
    answer(network.folder, ANSWER.format(year=PREVIOUS, metric="staff"))
    assert [problem.where for problem in jumps(network)] == ["a 2023/24, staff"]
    answer(network.folder, ANSWER.format(year=LATEST, metric="staff_fte"))
    assert len(jumps(network)) == 2


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (ANSWER.format(year=LATEST, metric="stafff"), 'names the metric "stafff", which is not known'),
        (ANSWER.replace('"a"', '"z"').format(year=LATEST, metric="staff"), 'names the member "z", who is not known'),
        (ANSWER.replace("metric", "file").format(year=LATEST, file="x.csv"), "an answer to AN034 names the metric"),
        (ANSWER.replace("AN034", "AN027").format(year=LATEST, metric="staff"), "an answer to AN027 names the file"),
    ],
)
def test_an_answer_that_cannot_be_meant_is_refused(network, text, said):
    told(network, "staff", None, 100, 1000)
    answer(network.folder, text)
    with pytest.raises(UserError) as caught:
        jumps(network)
    assert said in str(caught.value) and "AN007" in str(caught.value)


# --- in a run ---


def files(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_run_holds_a_jump_until_it_is_answered_and_touches_no_earlier_result(tmp_path):
    workspace = make_workspace(tmp_path)
    run_network(workspace, "example", workers=1)
    results, editions = workspace.processed("example") / "results", workspace.editions("example")
    before = files(results), files(editions)
    send(workspace, "a", "2023-24", 900)
    with pytest.raises(HeldError) as held:
        run_network(workspace, "example", workers=1)
    assert held.value.exit_code == 3
    assert [problem.where for problem in held.value.problems] == [f"a 2023/24, {metric}" for metric in JUMPED]
    assert not any(figure in str(held.value) for figure in ("900", "100 ", "EMP-", "Hidden Name"))
    assert (files(results), files(editions)) == before

    cleaned = files(workspace.processed("example") / "cleaned")
    said = "".join(ANSWER.format(year=LATEST, metric=metric) for metric in JUMPED)
    answer(tmp_path, said)
    second = run_network(workspace, "example", workers=1)
    assert second.fresh and "900" in storage.read_text(second.edition.folder / "network_impact.html")
    assert not run_network(workspace, "example", workers=1).fresh, "an answer carries over"
    after = files(workspace.processed("example") / "cleaned")
    assert after and after.items() <= cleaned.items(), "an answer about a figure reads no file again"


@pytest.mark.long
def test_a_corrected_return_needs_no_answer(tmp_path):
    workspace = make_workspace(tmp_path)
    send(workspace, "a", "2023-24", 900)
    with pytest.raises(HeldError):
        run_network(workspace, "example", workers=1)
    shutil.rmtree(workspace.raw("example") / "2023-24" / "a")
    send(workspace, "a", "2023-24", 109)
    assert run_network(workspace, "example", workers=1).fresh
    assert not load_network(workspace, "example").answered.answers


def test_a_part_of_another_figure_is_not_asked_about(network):
    """The whole is; a part of it that is a headline is too."""
    told(told(network, "staff", None, 1000, 1000), "staff_permanent", None, 100, 900)
    assert unanswered_jumps(network.network, network.observations()) == []
    told(network, "staff_living_in_area", None, 100, 900)
    (problem,) = unanswered_jumps(network.network, network.observations())
    assert problem.where.endswith("staff_living_in_area")
