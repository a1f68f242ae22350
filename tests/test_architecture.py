"""Data moves one way through the rooms of the library, and each room keeps to its own work.

The rules read the source with `ast` and import nothing, so that they hold for code that no test runs. Each
rule is a function from a module to the places that break it; at the end every rule is shown to fire.
"""

import ast
import importlib
import inspect
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
LIBRARY = "anchor_analysis"

# telling says of bugs what may be said of them, in every process and kernel, so it stands before all that can fail
FOUNDATION = [
    "lazily", "signs", "codes", "problems", "telling", "hashes", "sealing", "store", "locking", "placing", "storage",
    "rounding", "declared", "engine",
]  # fmt: skip
STEPS = ["read", "clean", "link", "locate", "measure", "compare", "protect", "present", "publish", "audit"]
FRONT = ["__init__", "__main__"]  # the front door may take from any room; no room but commands takes from it

# What each room may import: the foundation what stands before it, a step the foundation and earlier steps.
MAY_IMPORT = {
    **{room: FOUNDATION[:place] for place, room in enumerate(FOUNDATION)},
    **{room: FOUNDATION + STEPS[:place] for place, room in enumerate(STEPS)},
    "running": FOUNDATION + STEPS,
    "doors": FOUNDATION + STEPS,
    "demonstration": ["problems", "storage", "declared"],  # its answers owe nothing to what they check
}
MAY_IMPORT["lazily"] = FRONT  # it imports the own names of whichever package calls it, which are written out there too
MAY_IMPORT["commands"] = [*MAY_IMPORT, *FRONT]

ROW_LEVEL = {"read", "clean", "link", "locate", "measure"}
COLLECTORS = {
    *("collect", "collect_async", "collect_batches", "to_native"),  # Narwhals, Polars
    *(
        "df",
        "pl",
        "arrow",
        "torch",
        "tf",
        "fetchall",
        "fetchone",
        "fetchdf",
        "fetch_df",
        "fetch_df_chunk",
        "fetchnumpy",
    ),
    *("to_arrow_table", "fetch_arrow_table", "fetch_arrow_reader", "fetch_record_batch", "to_arrow_reader"),  # DuckDB
    *("toPandas", "toArrow", "toLocalIterator", "pandas_api"),  # Spark
    *("to_pandas", "to_arrow", "to_df", "to_polars", "as_pandas_dataframe", "as_pyarrow_table", "as_record_list"),
}
WHOLE_FILE_READERS = {"pandas.read_parquet", "pyarrow.parquet.read_table"}

TOUCH_FILES = {
    "hashes",
    "sealing",
    "store",
    "locking",
    "placing",
    "storage",
    "read",
    "running",
    "publish",
    "audit",
    "demonstration",
    "commands",
}

# Two rooms that do one thing in two ways, each a check of the other, share nothing but what stands before both.
INDEPENDENT = {"audit": "protect", "protect": "audit"}
FILE_METHODS = {
    "open",
    "read_text",
    "read_bytes",
    "write_text",
    "write_bytes",
    "mkdir",
    "touch",
    "unlink",
    "rmdir",
}
FILE_MODULES = {"shutil", "tempfile"}
FILE_FUNCTIONS = {
    "open",
    *(f"os.{name}" for name in ["makedirs", "mkdir", "open", "remove", "rename", "replace", "rmdir", "unlink"]),
}

UNSAFE_MODULES = {"pickle", "cloudpickle", "dill", "marshal", "shelve"}
UNSAFE_CALLS = {"eval", "exec", "os.system", "os.popen", "yaml.unsafe_load", "yaml.full_load"}
UNSAFE_METHODS = {"eval", "read_pickle", "to_pickle"}
SAFE_LOADERS = {"yaml.SafeLoader", "yaml.CSafeLoader"}

LONGEST_MODULE = 400
MOST_PUBLIC_NAMES = 24


# --- reading the source ---


@cache
def parsed(source: str) -> ast.Module:
    """The tree of a source, which every rule looks at anew."""
    return ast.parse(source)


@dataclass(frozen=True)
class Module:
    """One source file: where it is, the room it stands in, and its text."""

    path: str
    source: str

    @property
    def parts(self) -> list[str]:
        return Path(self.path).with_suffix("").as_posix().split("/")

    @property
    def room(self) -> str:
        return self.parts[1]

    @property
    def tree(self) -> ast.Module:
        return parsed(self.source)

    def at(self, node: ast.AST, what: str) -> str:
        return f"{self.path}:{getattr(node, 'lineno', 1)}: {what}"


def library_modules() -> list[Module]:
    files = sorted((ROOT / LIBRARY).rglob("*.py"))
    return [Module(file.relative_to(ROOT).as_posix(), file.read_text(encoding="utf-8")) for file in files]


def imports(module: Module) -> Iterator[tuple[ast.AST, str]]:
    """Every import, also within functions and for type checkers only, as a full dotted name."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Import):
            yield from ((node, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from ((node, f"{origin(module, node)}.{alias.name}") for alias in node.names)
        elif isinstance(node, ast.Call) and last_name(node.func) in {"import_module", "__import__"}:
            named = node.args[0] if node.args else None
            yield node, named.value if isinstance(named, ast.Constant) else f"{LIBRARY}.(computed)"


def origin(module: Module, node: ast.ImportFrom) -> str:
    """The module that a `from … import` names, with leading dots resolved."""
    if not node.level:
        return node.module or ""
    package = module.parts[: -node.level]
    return ".".join([*package, node.module] if node.module else package)


def aliases(module: Module) -> dict[str, str]:
    """What each imported name of the module stands for: {"pd": "pandas"}."""
    names = {}
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Import):
            names |= {alias.asname: alias.name for alias in node.names if alias.asname}
        elif isinstance(node, ast.ImportFrom):
            names |= {alias.asname or alias.name: f"{origin(module, node)}.{alias.name}" for alias in node.names}
    return names


def full_name(node: ast.AST, names: dict[str, str]) -> str:
    """The dotted name of an expression; what is neither a name nor an attribute becomes `?`."""
    if isinstance(node, ast.Name):
        return names.get(node.id, node.id)
    if isinstance(node, ast.Attribute):
        return f"{full_name(node.value, names)}.{node.attr}"
    return "?"


def last_name(node: ast.AST) -> str:
    return full_name(node, {}).rpartition(".")[2]


def calls(module: Module) -> Iterator[tuple[ast.Call, str]]:
    """Every call with the full dotted name of what is called."""
    names = aliases(module)
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Call):
            yield node, full_name(node.func, names)


def room_of(name: str) -> str:
    """The room that a dotted name of the library lies in; names of the package itself are the front's."""
    parts = name.split(".")
    return parts[1] if len(parts) > 1 and parts[1] in MAY_IMPORT else "__init__"


# --- the rules: each gives the places that break it ---


def unknown_rooms(module: Module) -> list[str]:
    """A module stands in a room that the design has, and definitions hold data, not code."""
    known = module.room in MAY_IMPORT or (module.room in FRONT and len(module.parts) == 2)
    return [] if known else [f"{module.path}: the design has no room {module.room!r}"]


def imports_against_the_way(module: Module) -> list[str]:
    """A module that needs something of a later step has the thing in the wrong place."""
    if module.room in FRONT:
        return []
    allowed = {module.room, *MAY_IMPORT.get(module.room, [])}
    wrong = [
        (node, name)
        for node, name in imports(module)
        if name.split(".")[0] == LIBRARY and name != f"{LIBRARY}.__version__" and room_of(name) not in allowed
    ]
    return [module.at(node, f"{module.room} may not import {name}") for node, name in wrong]


def imports_what_checks_it(module: Module) -> list[str]:
    """The audit attacks what protection does, so neither may lean on the other."""
    other = INDEPENDENT.get(module.room)
    wrong = [(node, name) for node, name in imports(module) if other and room_of(name) == other]
    return [module.at(node, f"{module.room} may not import {name}") for node, name in wrong]


def private_names_of_other_rooms(module: Module) -> list[str]:
    """What begins with an underscore is its room's own business."""
    return [
        module.at(node, f"{name} is private to {room_of(name)}")
        for node, name in imports(module)
        if name.startswith(f"{LIBRARY}.") and room_of(name) != module.room
        if any(part.startswith("_") and not part.startswith("__") for part in name.split("."))
    ]


def collected_rows(module: Module) -> list[str]:
    """Before observations, rows stay on the engine: no row-level frame is taken into memory."""
    if module.room not in ROW_LEVEL:
        return []
    found = [
        (node, name)
        for node, name in calls(module)
        if name in WHOLE_FILE_READERS or ("." in name and name.rpartition(".")[2] in COLLECTORS)
    ]
    found += [(node, f"?.{node.attr}") for node in ast.walk(module.tree) if is_collector(node)]
    found += [
        (node, f"{name}({value.value!r})")
        for node, name in calls(module)
        for value in node.args
        if name.rpartition(".")[2] in {"getattr", "attrgetter", "methodcaller"}
        if isinstance(value, ast.Constant) and value.value in COLLECTORS
    ]
    return [module.at(node, f"{name} takes row-level data into memory") for node, name in found]


def is_collector(node: ast.AST) -> bool:
    """Whether a method that collects is taken, also where it is only handed on and not called there."""
    return isinstance(node, ast.Attribute) and node.attr in COLLECTORS


def touched_files(module: Module) -> list[str]:
    """Only storage, reading, running, publishing and what makes files for people touch files."""
    if module.room in TOUCH_FILES:
        return []
    called = [
        (node, name)
        for node, name in calls(module)
        if not name.startswith(f"{LIBRARY}.")  # storage.read_text(…) is how the others do it
        if name in FILE_FUNCTIONS or ("." in name and name.rpartition(".")[2] in FILE_METHODS)
    ]
    imported = [(node, name) for node, name in imports(module) if name.split(".")[0] in FILE_MODULES]
    return [module.at(node, f"{name}: files are storage's work") for node, name in called + imported]


def too_long(module: Module) -> list[str]:
    """A module that nobody can read in one sitting wants dividing."""
    lines = len(module.source.splitlines())
    return [f"{module.path}: {lines} lines, {LONGEST_MODULE} at most"] if lines > LONGEST_MODULE else []


def unsafe(module: Module) -> list[str]:
    """Nothing that a file or a parameter holds is ever run as code."""
    names = aliases(module)
    found = [(node, name) for node, name in imports(module) if name.split(".")[0] in UNSAFE_MODULES]
    for node, name in calls(module):
        options = {keyword.arg: keyword.value for keyword in node.keywords}
        given = [full_name(value, names) for value in [*node.args[1:2], *options.values()]]
        method = name.rpartition(".")[2] if "." in name else ""
        if name in UNSAFE_CALLS or method in UNSAFE_METHODS:
            found.append((node, f"{name}(…)"))
        if name in {"yaml.load", "yaml.load_all"} and not SAFE_LOADERS & set(given):
            found.append((node, f"{name}(…) without a safe loader"))
        for option in {"shell", "allow_pickle"} & set(options):
            if not (isinstance(options[option], ast.Constant) and options[option].value is False):
                found.append((node, f"{option}=True"))
    return [module.at(node, what) for node, what in found]


RULES = [
    unknown_rooms,
    imports_against_the_way,
    imports_what_checks_it,
    private_names_of_other_rooms,
    collected_rows,
    touched_files,
    too_long,
    unsafe,
]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_the_library_keeps(rule):
    broken = [place for module in library_modules() for place in rule(module)]
    assert not broken, "\n".join([rule.__doc__, *broken])


# --- the public surface ---


def public_names(source: str) -> list[str]:
    """The names in a module's `__all__`, without running it."""
    for node in ast.parse(source).body:
        targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
        if any(isinstance(target, ast.Name) and target.id == "__all__" for target in targets):
            return list(ast.literal_eval(node.value))
    return []


def has_own_docstring(thing: object) -> bool:
    """Whether somebody wrote it: neither inherited nor the signature that a dataclass fills in."""
    if not (inspect.isclass(thing) or inspect.isroutine(thing) or inspect.ismodule(thing)):
        return type(thing).__module__.startswith(LIBRARY) and has_own_docstring(type(thing))
    own = vars(thing).get("__doc__") if inspect.isclass(thing) else thing.__doc__
    return bool(own and own.strip() and not own.startswith(f"{getattr(thing, '__name__', '')}("))


def front() -> str:
    file = ROOT / LIBRARY / "__init__.py"
    return file.read_text(encoding="utf-8") if file.exists() else ""


def test_there_are_about_twenty_public_names():
    assert len(public_names(front())) <= MOST_PUBLIC_NAMES


def test_every_public_name_has_a_docstring():
    library = importlib.import_module(LIBRARY)
    names = [name for name in public_names(front()) if not name.startswith("__")]
    bare = [name for name in names if not has_own_docstring(getattr(library, name))]
    assert not bare, "without a docstring: " + ", ".join(bare)


# --- every rule fires ---

BREAKS = [
    (unknown_rooms, "utilities", ""),
    (unknown_rooms, "definitions", ""),
    (imports_against_the_way, "clean", "from anchor_analysis.compare import change"),
    (imports_against_the_way, "clean", "from anchor_analysis import compare"),
    (imports_against_the_way, "clean", "import anchor_analysis.publish.pages"),
    (imports_against_the_way, "clean", "from ..measure import observations"),
    (imports_against_the_way, "clean", "from .. import measure"),
    (imports_against_the_way, "clean", "def later():\n    from anchor_analysis.present import chart"),
    (imports_against_the_way, "clean", "if TYPE_CHECKING:\n    import anchor_analysis.running"),
    (imports_against_the_way, "clean", "importlib.import_module('anchor_analysis.publish')"),
    (imports_against_the_way, "clean", "importlib.import_module(name)"),
    (imports_against_the_way, "clean", "from anchor_analysis import open_network"),
    (imports_against_the_way, "clean", "import anchor_analysis"),
    (imports_against_the_way, "storage", "from anchor_analysis import declared"),
    (imports_against_the_way, "engine", "from anchor_analysis.read import read_return"),
    (imports_against_the_way, "doors", "from anchor_analysis import running"),
    (imports_against_the_way, "publish", "from anchor_analysis import running"),
    (imports_against_the_way, "demonstration", "from anchor_analysis.measure import observations"),
    (imports_against_the_way, "demonstration", "from anchor_analysis import engine"),
    (imports_what_checks_it, "audit", "from anchor_analysis.protect import protect"),
    (imports_what_checks_it, "audit", "def later():\n    import anchor_analysis.protect.tables"),
    (imports_what_checks_it, "protect", "from anchor_analysis.audit.intervals import intervals"),
    (private_names_of_other_rooms, "clean", "from anchor_analysis.read import _rows"),
    (private_names_of_other_rooms, "clean", "from anchor_analysis.read._sheets import rows"),
    (collected_rows, "clean", "frame.collect()"),
    (collected_rows, "locate", "frame.filter(x).to_pandas()"),
    (collected_rows, "measure", "frame.to_native()"),
    (collected_rows, "measure", "connection.sql(q).df()"),
    (collected_rows, "measure", "connection.sql(q).pl()"),
    (collected_rows, "measure", "connection.execute(q).fetchall()"),
    (collected_rows, "read", "connection.execute(q).fetchone()"),
    (collected_rows, "measure", "relation.to_arrow_table()"),
    (collected_rows, "measure", "from anchor_analysis.engine import collect\ncollect(frame)"),
    (collected_rows, "link", "frame.to_native().toPandas()"),
    (collected_rows, "link", "linker.inference.predict().as_pandas_dataframe()"),
    (collected_rows, "locate", "rows = list(map(Frame.toArrow, frames))"),
    (collected_rows, "measure", "getattr(frame, 'collect')()"),
    (collected_rows, "measure", "from operator import methodcaller\nmethodcaller('toPandas')(frame)"),
    (collected_rows, "clean", "import pandas as pd\npd.read_parquet(path)"),
    (collected_rows, "clean", "from pandas import read_parquet\nread_parquet(path)"),
    (collected_rows, "clean", "import pyarrow.parquet as pq\npq.read_table(path)"),
    (touched_files, "clean", "open(path)"),
    (touched_files, "clean", "path.open()"),
    (touched_files, "compare", "Path(name).read_text()"),
    (touched_files, "compare", "path.write_text(text)"),
    (touched_files, "protect", "path.write_bytes(content)"),
    (touched_files, "present", "folder.mkdir()"),
    (touched_files, "present", "import shutil"),
    (touched_files, "present", "from shutil import rmtree"),
    (touched_files, "engine", "import os\nos.replace(old, new)"),
    (touched_files, "engine", "from os import replace\nreplace(old, new)"),
    (too_long, "clean", "x = 1\n" * (LONGEST_MODULE + 1)),
    (unsafe, "storage", "import pickle"),
    (unsafe, "storage", "from pickle import loads"),
    (unsafe, "storage", "frame.to_pickle(path)"),
    (unsafe, "measure", "eval(text)"),
    (unsafe, "measure", "frame.eval(text)"),
    (unsafe, "measure", "exec(text)"),
    (unsafe, "commands", "subprocess.run(text, shell=True)"),
    (unsafe, "commands", "subprocess.run(text, shell=wanted)"),
    (unsafe, "declared", "import yaml\nyaml.load(text)"),
    (unsafe, "declared", "import yaml\nyaml.load(text, Loader=yaml.Loader)"),
    (unsafe, "declared", "from yaml import load\nload(text)"),
    (unsafe, "declared", "import yaml\nyaml.unsafe_load(text)"),
]

KEEPS = [
    (unknown_rooms, "clean", ""),
    (
        imports_against_the_way,
        "clean",
        "from anchor_analysis.read import Rows\nfrom anchor_analysis import storage",
    ),
    (imports_against_the_way, "clean", "from .dates import read_date\nfrom . import amounts\nimport pandas"),
    (imports_against_the_way, "clean", "from anchor_analysis import __version__"),
    (imports_against_the_way, "running", "from anchor_analysis import publish, engine"),
    (
        imports_against_the_way,
        "commands",
        "from anchor_analysis import running, doors, demonstration, open_network",
    ),
    (imports_what_checks_it, "audit", "from anchor_analysis import publish\nfrom anchor_analysis.audit import audit"),
    (imports_what_checks_it, "running", "from anchor_analysis import protect"),
    (
        private_names_of_other_rooms,
        "clean",
        "from .dates import _months\nfrom anchor_analysis.read import Rows",
    ),
    (collected_rows, "clean", "collect = [1]\nframe.lazy().select(df)"),
    (collected_rows, "engine", "frame.collect().to_pandas()"),
    (collected_rows, "compare", "frame.to_native()"),
    (touched_files, "declared", "from anchor_analysis import storage\nstorage.read_text(path)"),
    (touched_files, "clean", "text.replace('a', 'b')"),
    (touched_files, "storage", "import shutil\nopen(path)"),
    (too_long, "clean", "x = 1\n" * LONGEST_MODULE),
    (unsafe, "declared", "import yaml\nyaml.safe_load(text)\nyaml.load(text, Loader=yaml.CSafeLoader)"),
    (unsafe, "commands", "subprocess.run([tool], shell=False)\nre.compile(pattern)"),
]


def snippet(room: str, source: str) -> Module:
    return Module(f"{LIBRARY}/{room}/example.py", source)


@pytest.mark.parametrize(("rule", "room", "source"), BREAKS)
def test_a_rule_fires_on(rule, room, source):
    assert rule(snippet(room, source))


@pytest.mark.parametrize(("rule", "room", "source"), KEEPS)
def test_a_rule_lets_pass(rule, room, source):
    assert rule(snippet(room, source)) == []


def test_every_rule_is_shown_to_fire_and_to_let_pass():
    assert {rule for rule, _, _ in BREAKS} == {rule for rule, _, _ in KEEPS} == set(RULES)


def test_public_names_are_read_without_running_the_module():
    assert public_names("import nothing_of_the_kind\n__all__ = ['a', 'b']") == ["a", "b"]
    assert public_names("__all__: list[str] = ['a']") == ["a"]
    assert public_names("") == []


def test_a_missing_an_inherited_and_a_generated_docstring_are_noticed():
    @dataclass
    class Generated:
        value: int

    class Inherits(Module):
        pass

    def bare():
        pass

    assert not any(has_own_docstring(thing) for thing in [Generated, Inherits, bare, 24, "text"])
    assert has_own_docstring(Module) and has_own_docstring(public_names)


@pytest.mark.parametrize("package", [LIBRARY, f"{LIBRARY}.read", f"{LIBRARY}.running"])
def test_a_package_whose_names_are_imported_when_asked_for_gives_each_of_them(package):
    module = importlib.import_module(package)
    homes = vars(module).get("_HOMES") or vars(module)["_ROOMS"]
    assert sorted(homes) == sorted(module.__all__)
    assert [name for name in homes if not hasattr(module, name)] == []
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        module.nothing  # noqa: B018
