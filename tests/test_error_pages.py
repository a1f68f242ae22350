"""Every error has its explanation, whose example says what the library says today."""

from __future__ import annotations

import ast
import re
from functools import cache

import pytest
import yaml

from anchor_analysis import storage
from anchor_analysis.commands.docs_errors import STEPS, raised_in, read_examples
from anchor_analysis.problems import CODES
from tests.workspace import ROOT

EXAMPLES = read_examples()
PAGE = (ROOT / "docs" / "errors.md").read_text(encoding="utf-8")

#: Shorter pieces of text stand in any source.
PIECE = 8

#: What is left of a message are the values that it names.
MOST_LEFT = 0.5


@cache
def pieces() -> list[str]:
    """The texts that the library's source holds, without what stands between them when it runs; the longest first."""
    found = set()
    for path in storage.PACKAGE.rglob("*.py"):
        if path.relative_to(storage.PACKAGE).parts[0].removesuffix(".py") in {*STEPS, "codes", "problems"}:
            for node in ast.walk(ast.parse(storage.read_text(path))):
                if isinstance(node, ast.Constant) and isinstance(node.value, str):
                    found |= {part.strip() for part in node.value.split("{last}")}
    for path in (storage.PACKAGE / "definitions" / "other_files").glob("*.yaml"):
        found |= {
            " ".join(value.split())
            for value in yaml.safe_load(storage.read_text(path)).values()
            if isinstance(value, str)
        }
    return sorted((text for text in found if len(text) >= PIECE), key=len, reverse=True)


def left_of(message: str) -> str:
    """What of a message is in no text of the source: the values that it names."""
    for piece in pieces():
        message = message.replace(piece, "\0")
    return message.replace("\0", "")


def without_values(message: str) -> str:
    """A message without what is plainly a value: quoted, a path, an id, a figure."""
    return re.sub(r'"[^"]*"|`[^`]*`|https?://\S+|\S*[\d/_|]\S*', "", message)


@pytest.mark.parametrize("code", CODES)
def test_an_example_has_the_words_of_the_library(code):
    example = EXAMPLES[code]
    for told in (example.what, example.remedy):
        words = without_values(told)
        left = without_values(left_of(told))
        assert len(left) <= MOST_LEFT * len(words) + PIECE, f"{code}: the source has no such words: {left}"


@pytest.mark.parametrize(
    "told", ["the file is a fax, and nobody reads those here.", "Please would you be so kind as to send it once more."]
)
def test_words_that_the_library_does_not_have_are_noticed(told):
    assert len(without_values(left_of(told))) > MOST_LEFT * len(told) + PIECE


@pytest.mark.parametrize("code", CODES)
def test_an_error_says_what_it_means_where_it_comes_up_and_what_to_do(code):
    (section,) = re.findall(rf"^## {code}\n(.*?)(?=^## |\Z)", PAGE, flags=re.MULTILINE | re.DOTALL)
    title, more = CODES[code]
    assert f"**{title}.** {more}" in section
    assert all(f"`{module}`" in section for module in raised_in()[code])
    assert EXAMPLES[code].what in section and EXAMPLES[code].remedy in section and f"({code})" in section


def test_every_error_is_in_the_list_at_the_head_of_its_page():
    head = PAGE.partition("\n## ")[0]
    assert re.findall(r"\(#(an\d+)\)", head) == [code.lower() for code in sorted(CODES)]


def test_every_room_that_raises_an_error_has_its_words():
    assert {module.split(".")[0] for modules in raised_in().values() for module in modules} <= STEPS.keys()
    assert all(raised_in().values()), "each is raised somewhere"
