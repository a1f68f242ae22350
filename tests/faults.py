"""What was tried to break the promises, and how much of it they survived: told by the tests that try it.

A test says so by the fixture `survived`, before it demands anything, so that what did not survive is told too:

    survived("Killed while it runs", "SIGKILL at drawn moments", tried=34, held=34)

The lines travel with the reports of the tests, from whichever worker, and are printed at the end. With
`--faults docs/studies/faults.md` they are written there as well, in place of what the same faults came to before; lines
of tests that did not run stay, unless the page is begun anew (`--anew`). `make faults` runs all that tell some, the
long ones too, and begins it anew.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from tests.study_page import with_section

#: The name of the property by which a report tells a line.
PROPERTY = "fault"

INTRODUCTION = """# Faults tried

What the tests did to a run, a return, a file or a machine, how often, and how often the promise held. A line is written
by the test that tries it; `make faults` makes all of them anew. What was not tried stands at the end."""

#: The heading of what no test tries, which is written by hand and stays last.
NOT_TRIED = "## What was not tried"

_HEAD = ["| fault | tried | survived | on |", "|---|---:|---:|---|"]


@dataclass(frozen=True)
class Survived:
    """Tells how many of one kind of fault were tried and how many the promise survived, under a heading."""

    properties: list[tuple[str, object]]

    def __call__(self, heading: str, fault: str, tried: int, held: int) -> None:
        self.properties.append((PROPERTY, {"heading": heading, "fault": fault, "tried": tried, "held": held}))

    @contextmanager
    def all_or_none(self, heading: str, fault: str, tried: int = 1) -> Iterator[None]:
        """Tell that all were survived, if nothing fails inside, and otherwise none."""
        held = 0
        try:
            yield
            held = tried
        finally:
            self(heading, fault, tried, held)


@pytest.fixture
def survived(request: pytest.FixtureRequest) -> Survived:
    return Survived(request.node.user_properties)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--faults", metavar="PAGE", help="the page on which to write what was tried and survived")
    parser.addoption("--anew", action="store_true", help="keep nothing of that page but what was not tried")


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """Print what was tried, and write it where a page is named."""
    reports = [report for kind in ("passed", "failed") for report in terminalreporter.stats.get(kind, [])]
    lines = [told for report in reports for name, told in report.user_properties if name == PROPERTY]
    if not lines:
        return
    terminalreporter.section("faults tried and survived")
    for told in lines:
        terminalreporter.write_line(
            f"{told['heading']}: {told['fault']}: {told['tried']} tried, {told['held']} survived"
        )
    if page := config.getoption("--faults"):
        path = Path(page)
        before = path.read_text(encoding="utf-8") if path.exists() else ""
        before = _not_tried(before) if config.getoption("--anew") else before
        path.write_text(written(before, lines, f"{date.today():%-d %B %Y}"), encoding="utf-8")


def written(page: str, lines: list[dict[str, Any]], day: str) -> str:
    """The page with these lines in place of earlier ones of the same faults, and what was not tried last.

    What several tests tell of one fault is added up.
    """
    for heading in dict.fromkeys(told["heading"] for told in lines):
        rows = _rows(page, heading)
        for fault in dict.fromkeys(told["fault"] for told in lines if told["heading"] == heading):
            told_of_it = [told for told in lines if (told["heading"], told["fault"]) == (heading, fault)]
            tried, held = (sum(told[name] for told in told_of_it) for name in ("tried", "held"))
            rows[fault] = f"| {fault} | {tried:,} | {held:,} | {day} |"
        page = with_section(page, INTRODUCTION, f"## {heading}", [*_HEAD, *rows.values()])
    if last := _not_tried(page):
        page = page.replace(last, "").rstrip() + "\n\n" + last.strip() + "\n"
    return page


def _not_tried(page: str) -> str:
    """The section of what no test tries."""
    found = re.search(rf"^{NOT_TRIED}$.*?(?=^## |\Z)", page, re.MULTILINE | re.DOTALL)
    return found.group() if found else ""


def _rows(page: str, heading: str) -> dict[str, str]:
    """The lines of a section by the fault that they tell of."""
    section = re.search(rf"^## {re.escape(heading)}$(.*?)(?=^## |\Z)", page, re.MULTILINE | re.DOTALL)
    lines = section.group(1).splitlines() if section else []
    rows = [line for line in lines if line.startswith("| ") and line not in _HEAD]
    return {line.split(" | ")[0].removeprefix("| "): line for line in rows}
