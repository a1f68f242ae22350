"""What tests tell of faults is printed, and stands on a page until the same faults are tried again."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults import INTRODUCTION, NOT_TRIED, written

TESTS = Path(__file__).parent

pytest_plugins = ["pytester"]


def told(fault: str, tried: int, held: int, heading: str = "Killed") -> dict[str, object]:
    return {"heading": heading, "fault": fault, "tried": tried, "held": held}


def test_a_line_takes_the_place_of_what_the_same_fault_came_to_before():
    page = written("", [told("SIGKILL", 3, 2), told("SIGINT", 1, 1)], "1 May 2026")
    again = written(page, [told("SIGKILL", 1200, 1200)], "2 May 2026")
    assert again == (
        f"{INTRODUCTION}\n\n## Killed\n\n| fault | tried | survived | on |\n|---|---:|---:|---|\n"
        "| SIGKILL | 1,200 | 1,200 | 2 May 2026 |\n| SIGINT | 1 | 1 | 1 May 2026 |\n"
    )


def test_what_several_tests_tell_of_one_fault_is_added_up():
    page = written("", [told("SIGKILL", 3, 2), told("SIGINT", 1, 1), told("SIGKILL", 4, 4)], "1 May 2026")
    assert page.endswith("| SIGKILL | 7 | 6 | 1 May 2026 |\n| SIGINT | 1 | 1 | 1 May 2026 |\n")


def test_other_sections_stay_and_what_was_not_tried_is_last():
    page = written(f"# Old\n\n{NOT_TRIED}\n\n- Fire.\n", [told("SIGKILL", 1, 1)], "1 May 2026")
    page = written(page, [told("20 sizes", 20, 20, "Disk full")], "1 May 2026")
    assert [line for line in page.splitlines() if line.startswith("#")] == [
        "# Faults tried", "## Killed", "## Disk full", NOT_TRIED,
    ]  # fmt: skip
    assert page.endswith("\n\n- Fire.\n")


def test_a_page_that_is_begun_anew_keeps_what_was_not_tried_alone(pytester):
    pytester.makepyfile("def test_it(survived):\n    survived('Killed', 'SIGTERM', tried=4, held=4)\n")
    pytester.makepyfile(**{"faults_plugin": "from tests.faults import *\n"})
    page = written(f"# Old\n\n{NOT_TRIED}\n\n- Fire.\n", [told("no test of today", 1, 1)], "1 May 2026")
    (pytester.path / "page.md").write_text(page)
    pytester.runpytest_subprocess("-p", "faults_plugin", "-p", "no:cacheprovider", "--faults", "page.md", "--anew")
    now = (pytester.path / "page.md").read_text()
    assert "| SIGTERM | 4 | 4 | " in now and "no test of today" not in now and now.endswith("\n\n- Fire.\n")


@pytest.mark.parametrize("workers", ["0", "1"])
def test_what_a_test_tells_is_printed_and_written_though_it_fails(pytester, workers):
    pytester.makepyfile(
        "def test_it(survived):\n    survived('Killed', 'SIGTERM', tried=4, held=3)\n    assert 3 == 4\n"
    )
    pytester.makepyfile(**{"faults_plugin": "from tests.faults import *\n"})
    result = pytester.runpytest_subprocess(
        "-p", "faults_plugin", "-p", "no:cacheprovider", "-n", workers, "--faults", "page.md"
    )
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["Killed: SIGTERM: 4 tried, 3 survived"])
    assert "| SIGTERM | 4 | 3 | " in (pytester.path / "page.md").read_text()


def faults_told(path: Path) -> Iterator[str]:
    """What the tests of a file may tell of faults, as patterns; what they take from elsewhere is left out."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and ast.unparse(node.func) in ("survived", "survived.all_or_none"):
            told = node.args[1]
            if isinstance(told, ast.Constant):
                yield re.escape(str(told.value))
            elif isinstance(told, ast.JoinedStr):
                yield "".join(re.escape(part.value) if isinstance(part, ast.Constant) else ".+" for part in told.values)


@pytest.mark.parametrize("file", sorted(path.name for path in TESTS.glob("test_faults_*.py") if path != Path(__file__)))
def test_what_a_test_tells_stands_on_the_page(file):
    page = (TESTS.parent / "docs" / "studies" / "faults.md").read_text(encoding="utf-8")
    there = [line.split(" | ")[0].removeprefix("| ") for line in page.splitlines()]
    missing = [told for told in faults_told(TESTS / file) if not any(re.fullmatch(told, line) for line in there)]
    assert missing == [], "run these tests with `--faults docs/studies/faults.md`"
