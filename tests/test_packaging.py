"""Every list of requirements says the same, and the wheel holds what an installed command needs."""

import ast
import re
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Iterable, Iterator
from functools import cache
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
LOCK = (ROOT / "requirements.lock").read_text(encoding="utf-8")
ENVIRONMENT = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))["dependencies"]

# Where conda-forge calls a library otherwise. The -base packages leave out Qt, which nothing here draws with.
CONDA_NAMES = {
    "duckdb": "python-duckdb",
    "jupyter-client": "jupyter_client",
    "matplotlib": "matplotlib-base",
    "seaborn": "seaborn-base",
}

# What is imported by another name than it is installed by, where no environment of the lock has it.
IMPORTED_AS = {"upath": "universal-pathlib"}

RUN_TIME = [Requirement(line) for line in PROJECT["dependencies"]]
DEVELOPMENT = [Requirement(line) for line in PROJECT["optional-dependencies"]["dev"]]
EXTRAS = [
    Requirement(line) for name in ("spark", "cluster", "store") for line in PROJECT["optional-dependencies"][name]
]

SHIPPED = {  # folder of the repository: where the wheel holds it
    "anchor_analysis": "anchor_analysis",
    "notebooks": "anchor_analysis/notebooks",
    "networks/demonstration": "anchor_analysis/networks/demonstration",
}


def locked() -> list[tuple[str, Version, str]]:
    """Name, version and what follows, of each package in the lock."""
    entries = re.findall(r"^([A-Za-z0-9._-]+)==([^\s;]+)(.*(?:\n[ ].*)*)", LOCK, flags=re.MULTILINE)
    return [(canonicalize_name(name), Version(version), rest) for name, version, rest in entries]


def has_lower_bound(requirement: Requirement) -> bool:
    return any(part.operator in (">=", "==", "~=", ">") for part in requirement.specifier)


def conda_bounds() -> dict[str, str]:
    """Bounds by conda name, as environment.yml has them."""
    parts = [re.fullmatch(r"([A-Za-z0-9._-]+)(.*)", line) for line in ENVIRONMENT if isinstance(line, str)]
    return {part[1]: str(Requirement(f"x{part[2]}").specifier) for part in parts}


# --- requirements ---


@pytest.mark.parametrize("requirement", RUN_TIME + DEVELOPMENT + EXTRAS, ids=lambda requirement: requirement.name)
def test_every_requirement_has_a_lower_bound(requirement):
    assert has_lower_bound(requirement), f"{requirement} lets a resolver go back to any old release"


def test_a_requirement_without_a_lower_bound_is_noticed():
    assert not has_lower_bound(Requirement("pandas<4"))


def test_environment_yml_asks_for_what_pyproject_asks_for():
    bounds = conda_bounds()
    assert bounds.pop("python") == PROJECT["requires-python"]
    assert bounds.pop("pip") == ""
    wanted = {CONDA_NAMES.get(part.name, part.name): str(part.specifier) for part in RUN_TIME}
    assert bounds == wanted


def test_environment_yml_takes_only_the_project_itself_from_pip():
    assert [line for line in ENVIRONMENT if isinstance(line, dict)] == [{"pip": ["-e ."]}]


def test_every_library_that_is_imported_is_required():
    missing = {
        f"{name} ({path.relative_to(ROOT).as_posix()})"
        for path in sorted((ROOT / "anchor_analysis").rglob("*.py"))
        for name in undeclared(path.read_text(encoding="utf-8"))
    }
    assert not missing, "imported, and not in pyproject.toml: " + ", ".join(sorted(missing))


def test_an_extra_may_only_be_imported_where_it_is_used():
    assert undeclared("import polars\nimport no_such_library.part") == {"polars", "no_such_library"}
    assert undeclared("import yaml\nimport json\ndef engine():\n    import polars") == set()


def undeclared(source: str) -> set[str]:
    """Libraries that a module imports without a requirement; within a function those of an extra will do."""
    tree = ast.parse(source)
    everywhere = imported(ast.walk(tree))
    outside = imported(node for statement in tree.body for node in outside_functions(statement))
    return {name for name in outside if not provided(name, RUN_TIME)} | {
        name for name in everywhere if not provided(name, RUN_TIME + DEVELOPMENT + EXTRAS)
    }


def outside_functions(node: ast.AST) -> Iterator[ast.AST]:
    for_types = isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
    if not for_types and not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        yield node
        for child in ast.iter_child_nodes(node):
            yield from outside_functions(child)


def imported(nodes: Iterable[ast.AST]) -> set[str]:
    """Top-level names of what is imported, without the standard library and ourselves."""
    names = set()
    for node in nodes:
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and not node.level:
            names.add(node.module)
    return {name.split(".")[0] for name in names} - sys.stdlib_module_names - {"anchor_analysis"}


def provided(module: str, requirements: list[Requirement]) -> bool:
    names = {canonicalize_name(name) for name in distributions().get(module, [IMPORTED_AS.get(module, module)])}
    return bool(names & {canonicalize_name(part.name) for part in requirements})


@cache
def distributions() -> dict[str, list[str]]:
    return dict(packages_distributions())


# --- the lock ---


@pytest.mark.parametrize("requirement", RUN_TIME + DEVELOPMENT, ids=lambda requirement: requirement.name)
def test_the_lock_pins_every_requirement_within_its_bounds(requirement):
    pinned = [version for name, version, _ in locked() if name == canonicalize_name(requirement.name)]
    assert pinned, f"{requirement.name} is not in requirements.lock: make lock"
    assert all(version in requirement.specifier for version in pinned)


def test_the_lock_pins_one_version_of_each_package_on_every_system():
    names = [name for name, _, _ in locked()]
    assert len(names) == len(set(names)) > 100


def test_every_package_in_the_lock_has_its_hashes():
    assert [name for name, _, rest in locked() if "--hash=sha256:" not in rest] == []


def test_the_lock_names_no_index_and_no_address():
    options = [line for line in LOCK.splitlines() if line.startswith("-")]
    assert options == []
    assert "://" not in LOCK and " @ " not in LOCK


def test_the_lock_says_how_it_is_remade():
    assert "make lock" in "".join(LOCK.splitlines()[:2])


# --- tasks ---


def test_the_makefile_has_a_target_for_every_task():
    listed = re.search(r"^TASKS := (.+)$", (ROOT / "Makefile").read_text(encoding="utf-8"), flags=re.MULTILINE)
    help_text = subprocess.run([sys.executable, ROOT / "tasks.py"], capture_output=True, text=True, check=True).stdout
    assert listed and listed[1].split() == re.findall(r"^  (\w+) ", help_text, flags=re.MULTILINE)


@pytest.mark.parametrize("arguments", [["nonsense"], ["test", "-k", "x"]], ids=["unknown task", "no dashes"])
def test_a_task_that_is_written_wrongly_exits_with_2(arguments):
    done = subprocess.run([sys.executable, ROOT / "tasks.py", *arguments], capture_output=True, text=True)
    assert done.returncode == 2
    assert "tasks.py" in done.stderr and "Traceback" not in done.stderr


# --- the wheel ---


@pytest.fixture(scope="module")
def wheel_names(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", folder, ROOT]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    (wheel,) = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


def shipped_files(folder: str) -> list[Path]:
    files = [path for path in (ROOT / folder).rglob("*") if path.is_file() and not path.name.startswith(".")]
    return [path for path in files if not {"__pycache__", ".ipynb_checkpoints"} & set(path.parts)]


@pytest.mark.parametrize("folder", SHIPPED)
def test_the_wheel_holds_every_file_of(folder, wheel_names):
    inside = {f"{SHIPPED[folder]}/{path.relative_to(ROOT / folder).as_posix()}" for path in shipped_files(folder)}
    assert inside, f"{folder} is empty"
    assert not inside - wheel_names


def test_the_wheel_holds_nothing_else(wheel_names):
    tops = {name.split("/")[0] for name in wheel_names}
    assert tops == {"anchor_analysis", f"anchor_analysis-{PROJECT['version']}.dist-info"}
    networks = {name.split("/")[2] for name in wheel_names if name.startswith("anchor_analysis/networks/")}
    assert networks <= {"demonstration"}
