"""Python in JupyterLab: three lines to a chart, names that a tab completes, frames that people read, and controls."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest
from IPython.core.completer import IPCompleter, provisionalcompleter

from anchor_analysis import open_edition, open_network, present, storage
from anchor_analysis.present.controls import Controls
from anchor_analysis.present.explorer import FRONT_ENDS
from anchor_analysis.problems import UserError

NOTEBOOKS = Path(__file__).resolve().parents[1] / "notebooks"


@pytest.fixture
def edition(made, monkeypatch):
    monkeypatch.setenv("ANCHOR_WORKSPACE", str(made.root))
    for name in (storage.DRAFT, *FRONT_ENDS):
        monkeypatch.delenv(name, raising=False)
    return open_edition("example")


@pytest.fixture
def displayed(monkeypatch) -> list:
    """What is displayed, each as its data; a later one of the same id takes the place of the first."""
    shown: list = []

    class Handle:
        def __init__(self, place: int):
            self.place = place

        def update(self, part: object) -> None:
            shown[self.place] = part

    def display(*parts: object, display_id: bool = False, raw: bool = False) -> Handle:
        shown.extend(parts)
        return Handle(len(shown) - 1)

    monkeypatch.setattr("IPython.display.display", display)
    monkeypatch.setattr("anchor_analysis.present.controls.display", display)
    return shown


def completed(line: str, **names: object) -> list[str]:
    completer = IPCompleter(namespace=names, global_namespace={})
    with provisionalcompleter():
        return [one.text for one in completer.completions(line, len(line))]


def same(one: object, other: object) -> bool:
    """Whether two things to look at say the same, with the same picture."""
    return repr(one) == repr(other) and getattr(one, "png", b"") == getattr(other, "png", b"")


# --- three lines ---


def test_three_lines_give_the_chart_that_pages_have(edition):
    chart = edition.chart("trend", edition.metrics.staff)
    of_a_page = present.chart(edition.cells, edition.facts, "trend", "staff")
    assert same(chart, of_a_page) and chart.png and repr(chart) == chart.alt


def test_a_tab_completes_metrics_and_tables(edition):
    assert completed('edition.chart("trend", edition.metrics.staff_f', edition=edition) == ["staff_fte"]
    assert "members" in completed("edition.table(edition.table_names.mem", edition=edition)
    assert "staff_fte" in "".join(completed('names["staff_f', names=edition.metrics))
    net = open_network("example")
    assert completed("net.metrics.staff_f", net=net) == ["staff_fte"]


def test_names_are_their_ids_and_say_what_they_are(edition):
    assert edition.metrics.staff == "staff" and edition.metrics["staff"] == "Staff"
    assert "staff_fte" in edition.metrics and "staff  " in repr(edition.metrics)
    with pytest.raises(AttributeError, match="Did you mean staff"):
        _ = edition.metrics.staf
    assert edition.metrics.get("nothing") is None and not hasattr(edition.metrics, "_repr_html_")


# --- frames ---


def test_a_frame_is_shown_in_units_without_digits_that_nobody_reads(edition):
    net = open_network("example")
    money = net.observations.query("metric == 'net_spend' and scope == 'member' and network_year == '2023/24'")
    shown = net.show(money, "Spend")
    assert "Value (£m)" in shown.text and "Numerator" not in shown.text
    assert shown.table["Value (£m)"].iloc[0] == pytest.approx(money["value"].iloc[0] / 1e6)
    assert not any(len(word.partition(".")[2]) > 3 for word in shown.text.split() if word[0].isdigit())
    assert "value" in money and "observation_id" in money  # the frame itself is as it was


def test_rows_of_several_units_each_name_theirs(edition):
    net = open_network("example")
    rows = net.observations[net.observations["metric"].isin(["staff", "net_spend"])]
    shown = net.show(rows)
    assert shown.table.groupby("Metric")["Unit"].unique().map(list).to_dict() == {
        "staff": ["people"],
        "net_spend": ["£m"],
    }
    assert set(shown.table.loc[rows["scope"].eq("network").to_numpy(), "Member"]) == {"all members"}


def test_released_cells_are_shown_as_they_were_released(edition):
    cells = edition.cells[(edition.cells["metric"] == "staff") & (edition.cells["table"] == "series")]
    assert list(edition.show(cells).table["Shown"]) == list(cells["shown"])


# --- the explorer ---


def test_where_nobody_can_choose_the_parts_stand_as_on_a_page(edition, displayed):
    edition.explore("staff")._ipython_display_()
    sentences, chart, table = displayed
    assert same(sentences, edition.sentences("staff")) and same(chart, edition.chart("trend", "staff"))
    [of_staff] = [one for one in edition.about("staff").tables() if one.text.startswith("Every year")]
    assert table.table.equals(of_staff.table)


def test_a_run_has_no_controls_though_a_front_end_began_it(edition, displayed, monkeypatch):
    monkeypatch.setenv(FRONT_ENDS[0], "lab")
    monkeypatch.setenv(storage.DRAFT, "somewhere")
    edition.explore("staff")._ipython_display_()
    assert len(displayed) == 3


def test_a_front_end_has_controls_and_what_is_chosen_stays_below_them(edition, displayed, monkeypatch):
    monkeypatch.setenv(FRONT_ENDS[0], "lab")
    edition.explore("staff")._ipython_display_()
    controls, *parts = displayed
    assert "application/vnd.jupyter.widget-view+json" in controls and "run this cell" in controls["text/html"]
    assert same(parts[1], edition.chart("trend", "staff"))


def test_choosing_changes_what_stands_below(edition, displayed):
    controls = Controls(edition.explore("staff"))
    controls.display()
    controls.metric.value = "net_spend"
    assert same(displayed[1], edition.sentences("net_spend"))
    assert same(displayed[2], edition.chart("trend", "net_spend"))
    controls.picture.value = "like_for_like"
    assert same(displayed[2], edition.chart("like_for_like", "net_spend"))
    controls.years.value = ("2023/24", "2023/24")
    assert "2022/23" not in displayed[3].table.to_string() and "2022/23" not in list(displayed[3].table)
    controls.metric.value = "staff"
    assert controls.years.value == ("2021/22", "2023/24") and controls.table.value == "series"


def test_only_what_the_edition_has_can_be_chosen(edition):
    for metric in edition.explore("staff").metrics.values():
        explorer = edition.explore(metric)
        assert [explorer.choose(table=name).shown()[2] for name in explorer.tables.values()]
    for wrong in ({"metric": "staf"}, {"metric": "staff", "picture": "pie"}, {"metric": "staff", "table": "nothing"}):
        with pytest.raises(UserError):
            edition.explore(**wrong)


def test_the_committed_notebook_has_what_can_be_read_without_a_kernel():
    notebook = nbformat.read(NOTEBOOKS / "explore.ipynb", as_version=4)
    [outputs] = [cell.outputs for cell in notebook.cells if "edition.explore(" in cell.source and cell.outputs]
    kinds = [set(output["data"]) for output in outputs]
    assert kinds == [{"text/html", "text/plain"}, {"image/png", "text/plain"}, {"text/html", "text/plain"}]
    assert "widgets" not in notebook.metadata
