"""The generated pages of docs/ say what the definitions say."""

import re
from collections import Counter
from pathlib import Path

import pytest

from anchor_analysis import storage
from anchor_analysis.commands.docs import PICTURES, build_docs
from anchor_analysis.declared import load_catalogue
from anchor_analysis.problems import CODES, Problem

ROOT = Path(__file__).resolve().parents[1]
PAGES = build_docs()


@pytest.mark.parametrize("name", PAGES)
def test_a_generated_page_is_current(name):
    remedy = "run `python -m anchor_analysis.commands.docs`"
    assert (ROOT / name).is_file(), remedy
    assert (ROOT / name).read_text(encoding="utf-8") == PAGES[name], remedy


def test_every_error_can_be_looked_up_where_its_message_points():
    for code in CODES:
        anchor = str(Problem(code, "", "", "")).rpartition("#")[2].rstrip(")")
        assert f"\n## {anchor.upper()}\n" in PAGES["docs/errors.md"]


def test_every_code_that_is_raised_has_its_page_and_none_is_left_over():
    code = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "anchor_analysis").rglob("*.py"))
    said = Counter(re.findall(r'"(AN[0-9]{3})"', code))
    assert said.keys() == CODES.keys()
    assert min(said.values()) > 1, "it stands where it is declared, and where it is raised"


def test_every_column_of_every_table_is_described():
    for table in load_catalogue().schema.values():
        for name, column in table.measurable.items():
            assert f"`{name}`" in PAGES["docs/reference/schema.md"]
            assert " ".join(column.description.split()) in PAGES["docs/reference/schema.md"]


@pytest.mark.parametrize("metric", load_catalogue().metrics.values(), ids=lambda metric: metric.id)
def test_every_metric_has_a_page_with_its_question_caveats_review_and_history(metric):
    page = PAGES[f"docs/reference/metrics/{metric.id}.md"]
    for fact in [metric.question, metric.source, metric.owner, metric.checker, *metric.caveats]:
        assert " ".join(fact.split()) in page
    assert metric.next_review.isoformat() in page
    assert all(one.what in page for one in metric.history)


def test_pages_of_metrics_that_are_no_more_are_gone():
    assert {path.relative_to(ROOT).as_posix() for path in ROOT.glob("docs/reference/metrics/*.md")} <= PAGES.keys()


def test_every_picture_of_a_metric_stands_in_its_page_and_says_what_it_shows():
    pictures = storage.read_json(PICTURES)
    assert {path.stem for path in PICTURES.parent.glob("*.png")} == pictures.keys()
    for name, said in pictures.items():
        assert f"![{said}](../../images/metrics/{name}.png)" in PAGES[f"docs/reference/metrics/{name}.md"]


def test_what_is_counted_is_said_in_words():
    assert (
        "the sum of `person` over the rows of workforce where `home_place` is `in_area`"
        in PAGES["docs/reference/metrics/staff_living_in_area.md"]
    )


def test_what_was_not_checked_against_its_source_is_shown_as_unverified():
    sources = [*load_catalogue().profiles.values(), *load_catalogue().disadvantaged.values()]
    unverified = [found for found in sources if found.source_status == "unverified"]
    assert PAGES["docs/reference/tables.md"].count("**unverified**") == len(unverified) > 0


def test_links_between_the_pages_lead_somewhere():
    for metric in {name for table in load_catalogue().tables.values() for name in table.metrics}:
        assert f"(metrics/{metric}.md)" in PAGES["docs/reference/tables.md"]
        assert f"(metrics/{metric}.md)" in PAGES["docs/reference/metrics.md"]


@pytest.mark.parametrize(
    "page",
    [
        "README.md", "CONTRIBUTING.md", "docs/index.md", "docs/first-edition.md", "docs/gallery/index.md",
        "docs/what-to-send-us.md", "docs/data-protection.md", "docs/references.md", "docs/agreements.md",
        "docs/editions.md", "docs/what-we-withhold.md", "docs/signing-off.md", "docs/threat-model.md",
        "docs/security.md",
    ],
)  # fmt: skip
def test_links_of_a_written_page_lead_to_a_file(page):
    text = (ROOT / page).read_text(encoding="utf-8")
    links = [link for link in re.findall(r"\]\(([^)#]+)", text) if "://" not in link]
    assert links
    assert [link for link in links if not (ROOT / page).parent.joinpath(link).exists()] == []


def test_a_member_is_told_every_table_and_every_column_that_may_not_be_blank():
    text = (ROOT / "docs/what-to-send-us.md").read_text(encoding="utf-8")
    for table in load_catalogue().schema.values():
        (line,) = (line for line in text.splitlines() if line.startswith(f"| {table.table.capitalize()} |"))
        for name, column in table.columns.items():
            assert not column.required or f"`{table.header(name)}`" in line


# --- security.md ---

SECURITY = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", sorted(set(re.findall(r"`(test_\w+\.py)`", SECURITY))))
def test_a_threat_is_held_by_a_test_that_there_is(name):
    assert (ROOT / "tests" / name).is_file(), f"docs/security.md names tests/{name}"


def test_every_threat_has_what_holds_it_and_a_test():
    table = SECURITY.partition("## What holds it")[2].partition("## What is not held")[0]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines() if line[:2] == "| "]
    threats = [row for row in rows if row[0] != "threat" and not row[0].startswith("**")]
    assert len(threats) > 20
    assert [row for row in threats if not (row[1] and re.search(r"`test_\w+\.py`", row[2]))] == []


def test_every_file_of_faults_that_are_tried_holds_a_threat():
    there = {path.name for path in (ROOT / "tests").glob("test_faults_*.py")} - {"test_faults_page.py"}
    assert there <= set(re.findall(r"`(test_\w+\.py)`", SECURITY))
