"""The page of docs/ that explains every error, made from the codes, the library's own source, and an example each."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from anchor_analysis import storage
from anchor_analysis.problems import CODES, Problem

#: One message of each code, as a test of the project gave it, with invented names.
EXAMPLES = storage.PACKAGE.parent / "docs" / "errors.yaml"

#: Where a code can come up, by the room that raises it, in the order of the steps.
STEPS = {
    "telling": "reading and writing anything",
    "store": "keeping rows in a store",
    "locking": "beginning while another is at work",
    "storage": "finding the workspace and keeping files",
    "declared": "reading definitions and settings",
    "engine": "choosing an engine",
    "read": "reading returns and reference data",
    "clean": "cleaning",
    "link": "finding suppliers again",
    "locate": "placing people and suppliers",
    "measure": "measuring",
    "compare": "comparing",
    "protect": "protecting",
    "present": "showing figures",
    "publish": "publishing",
    "audit": "auditing",
    "running": "running a command",
    "doors": "opening results",
    "commands": "the command line",
}

_GROUPS = [
    (1, "Commands, settings and files"), (20, "Returns"), (40, "Editions, figures and what may leave"),
    (60, "Frameworks and conditions"), (70, "Programmes, suppliers and contracts"),
]  # fmt: skip


def error_blocks() -> Iterator[str]:
    """The page in Markdown, block by block, without its title."""
    yield (
        "Every message names the place, what was found and what to do, and ends with one of these codes. All faults "
        "of a return come at once. No message holds a value of a column that identifies a person or a record."
    )
    yield from _index()
    places, examples = raised_in(), read_examples()
    for code, (title, more) in sorted(CODES.items()):
        yield from (f"## {code}", f"**{title}.** {more}")
        yield from _facts(code, places[code], examples[code])


def read_examples() -> dict[str, Problem]:
    """The example of each code; raises KeyError for a code without one."""
    told: dict[str, dict[str, Any]] = yaml.safe_load(storage.read_text(EXAMPLES))
    return {code: Problem(code=code, **told[code]) for code in CODES}


def raised_in() -> dict[str, list[str]]:
    """The modules that raise each code, as `room.module`; those that only test or explain codes are left out."""
    found: dict[str, list[str]] = {code: [] for code in CODES}
    for path in sorted(storage.PACKAGE.rglob("*.py")):
        name = _module(path)
        if name.split(".")[0] in STEPS:
            for code in sorted(set(re.findall(r'"(AN[0-9]{3})"', storage.read_text(path)))):
                found[code].append(name)
    return found


def _module(path: Path) -> str:
    parts = path.relative_to(storage.PACKAGE).with_suffix("").parts
    return ".".join(part for part in parts if part != "__init__")


def _index() -> Iterator[str]:
    for place, (first, title) in enumerate(_GROUPS):
        after = _GROUPS[place + 1][0] if place + 1 < len(_GROUPS) else 1000
        inside = [code for code in sorted(CODES) if first <= int(code[2:]) < after]
        lines = [f"- [{code}](#{code.lower()}) {CODES[code][0]}" for code in inside]
        yield "\n".join([f"**{title}**", "", *lines])


def _facts(code: str, modules: list[str], example: Problem) -> Iterator[str]:
    """Where a code comes up, what was expected, the remedy, and a whole message."""
    rooms = {module.split(".")[0] for module in modules}
    steps = ", ".join(words for room, words in STEPS.items() if room in rooms)
    named = ", ".join(f"`{module}`" for module in modules)
    facts = [f"- Comes up in: {steps} ({named})."]
    if example.expected:
        facts.append(f"- Expected, in the example: {example.expected}.")
    yield "\n".join([*facts, "- For example:"])
    yield "```text\n" + str(example).rpartition(", docs/")[0] + ")\n```"
