"""Pages of studies whose sections are made one by one, so that a long one need not be made anew for another's sake."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from pathlib import Path


def write_section(path: Path, introduction: str, heading: str, lines: Sequence[str]) -> str:
    """Write a section in place of the one with its heading, or at the end of the page; what stands there afterwards."""
    before = path.read_text(encoding="utf-8") if path.exists() else ""
    page = with_section(before, introduction, heading, lines)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(page, encoding="utf-8")
    return page


def with_section(page: str, introduction: str, heading: str, lines: Sequence[str]) -> str:
    """A page with its introduction anew, if one is given, and with a section in place or at the end."""
    first, *rest = re.split(r"^(?=## )", page, flags=re.MULTILINE)
    sections = {section.splitlines()[0]: section for section in rest} | {heading: "\n".join([heading, "", *lines])}
    return "\n\n".join(part.strip() for part in [introduction or first, *sections.values()] if part.strip()) + "\n"


def made_by(command: str, seed: int) -> str:
    """How and when a section was made."""
    return f"Made on {date.today():%-d %B %Y} by `{command}` with the seed {seed}."
