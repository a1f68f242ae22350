"""Notebooks are prose and calls: what they may hold, and that each rule notices what breaks it."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import Any

import nbformat
import pytest
import yaml

NOTEBOOKS = sorted((Path(__file__).parent.parent / "notebooks").glob("*.ipynb"))
MOST_CODE_CELLS = 12
MOST_LINES = 6
BUILDING = (
    ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda, ast.For, ast.AsyncFor, ast.While, ast.If,
    ast.IfExp, ast.Try, ast.With, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp, ast.Global, ast.Delete,
)  # fmt: skip
MAY_IMPORT = {"anchor_analysis", "pandas"}
TYPES = {"text", "year", "network", "revision", "metric", "member"}
MAY_SAY = {"for_each", "pages", "cell_seconds", "notebook_seconds", "memory_megabytes"}


def schema_of(path: Path) -> dict[str, Any]:
    return yaml.safe_load(path.with_name(f"{path.stem}.parameters.yaml").read_text("utf-8"))


def code(notebook) -> list[str]:
    return [cell.source for cell in notebook.cells if cell.cell_type == "code"]


def prose(notebook) -> list[str]:
    return [cell.source for cell in notebook.cells if cell.cell_type == "markdown"]


def trees(notebook) -> list[ast.Module]:
    return [ast.parse(source) for source in code(notebook) if not magic(source)]


def magic(source: str) -> bool:
    return any(re.match(r"\s*[%!?]|.*\?\s*$", line) for line in source.splitlines())


# --- the rules: each says what breaks it ---


def too_much_code(notebook) -> list[str]:
    """At most a dozen code cells of a few lines."""
    long = [
        source for source in code(notebook) if len([line for line in source.splitlines() if line.strip()]) > MOST_LINES
    ]
    return long + (["too many cells"] if len(code(notebook)) > MOST_CODE_CELLS else [])


def builds_something(notebook) -> list[str]:
    """No function, class, loop or branch: they belong into the library."""
    return [ast.unparse(node) for tree in trees(notebook) for node in ast.walk(tree) if isinstance(node, BUILDING)]


def has_magic(notebook) -> list[str]:
    """No magic, shell command or trailing semicolon."""
    return [source for source in code(notebook) if magic(source) or source.rstrip().endswith(";")]


def names_a_path(notebook) -> list[str]:
    """No path and no address."""
    texts = [node.value for tree in trees(notebook) for node in ast.walk(tree) if isinstance(node, ast.Constant)]
    found = [text for text in texts if isinstance(text, str)]
    return [text for text in found if re.search(r"^[~/.]|\\|://|\.(csv|xlsx|parquet|json|html|png|toml|yaml)$", text)]


def imports_more_than_the_doors(notebook) -> list[str]:
    """Nothing but the library, and pandas for frames."""
    nodes = [node for tree in trees(notebook) for node in ast.walk(tree)]
    names = [alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names]
    names += [str(node.module) for node in nodes if isinstance(node, ast.ImportFrom)]
    return [name for name in names if name.split(".")[0] not in MAY_IMPORT]


def types_a_number(notebook) -> list[str]:
    """No digit in prose: a number there would be nobody's figure."""
    return [text for text in prose(notebook) if re.search("[0-9]", re.sub(r"`[^`]*`", "", text))]


def begins_otherwise(notebook) -> list[str]:
    """First its title, then the answer."""
    headings = [line for text in prose(notebook) for line in text.splitlines() if line.startswith("#")]
    as_it_must = len(headings) > 1 and headings[0].startswith("# ") and headings[1] == "## The answer"
    return [] if as_it_must else headings[:2] or ["no heading"]


def lacks_parameters(notebook) -> list[str]:
    """One cell tagged `parameters`, the first code cell, which assigns texts."""
    tagged = [cell for cell in notebook.cells if "parameters" in cell.metadata.get("tags", [])]
    if len(tagged) != 1 or tagged[0].source != code(notebook)[0]:
        return ["parameters"]
    statements = ast.parse(tagged[0].source).body
    return [ast.unparse(node) for node in statements if not (isinstance(node, ast.Assign) and is_text(node.value))]


def is_text(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


RULES = [
    too_much_code, builds_something, has_magic, names_a_path, imports_more_than_the_doors, types_a_number,
    begins_otherwise, lacks_parameters,
]  # fmt: skip


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_a_notebook_keeps(rule, path):
    notebook = nbformat.read(path, as_version=4)
    assert rule(notebook) == [], rule.__doc__


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_and_its_schema_name_the_same_parameters(path):
    notebook, schema = nbformat.read(path, as_version=4), schema_of(path)
    [cell] = [cell for cell in notebook.cells if "parameters" in cell.metadata.get("tags", [])]
    assigned = {node.targets[0].id: ast.literal_eval(node.value) for node in ast.parse(cell.source).body}
    assert assigned == {name: declared["default"] for name, declared in schema["parameters"].items()}


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_schema_says_what_each_parameter_is_for(path):
    schema = schema_of(path)
    assert set(schema) - MAY_SAY == {"title", "audience", "parameters"}
    assert schema["audience"] in ("public", "member", "internal")
    for declared in schema["parameters"].values():
        assert set(declared) == {"type", "default", "description"}
        assert declared["type"] in TYPES and declared["description"].endswith(".")


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_public_notebook_uses_only_what_is_released(path):
    if schema_of(path)["audience"] != "internal":
        assert not any("open_network" in source for source in code(nbformat.read(path, as_version=4)))


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_only_a_members_notebook_opens_a_profile(path):
    opens = any("open_profile" in source for source in code(nbformat.read(path, as_version=4)))
    assert opens == (schema_of(path)["audience"] == "member")


def test_there_are_notebooks_for_funders_analysts_and_researchers():
    assert {path.stem for path in NOTEBOOKS} >= {"network_impact", "data_quality", "explore"}


# --- every rule fires ---


def made(*sources: str, text: str = "# Title\n\n## The answer", tags: tuple[str, ...] = ("parameters",)):
    cells = [
        nbformat.v4.new_markdown_cell(text),
        nbformat.v4.new_code_cell('year = "2023/24"', metadata={"tags": list(tags)}),
    ]
    return nbformat.v4.new_notebook(cells=[*cells, *(nbformat.v4.new_code_cell(source) for source in sources)])


@pytest.mark.parametrize(
    ("rule", "notebook"),
    [
        (too_much_code, made(*["edition"] * 12)), (too_much_code, made("a\n" * 7)),
        (builds_something, made("def f():\n    pass")), (builds_something, made("for x in y:\n    x")),
        (builds_something, made("[x for x in y]")), (builds_something, made("if x:\n    y")),
        (has_magic, made("%matplotlib inline")), (has_magic, made("!ls")), (has_magic, made("edition;")),
        (names_a_path, made('x = "data/cells.parquet"')), (names_a_path, made('x = "../x"')),
        (names_a_path, made('x = "https://example.org"')),
        (imports_more_than_the_doors, made("import os")),
        (imports_more_than_the_doors, made("from pathlib import Path")),
        (types_a_number, made(text="# Title\n\n## The answer\n\nStaff rose by 640.")),
        (begins_otherwise, made(text="# Title\n\n## Method")), (begins_otherwise, made(text="no heading")),
        (lacks_parameters, made(tags=())),
    ],
)  # fmt: skip
def test_a_rule_fires_on(rule, notebook):
    assert rule(notebook)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_a_rule_lets_pass(rule):
    assert rule(made("from anchor_analysis import open_edition\nopen_edition(year).answer()")) == []
