"""Hostile names and parameters, through every door: refused in words that can be read, or kept as they are.

Nothing is written outside the workspace, nothing is run, and no two names make one file.
"""

from __future__ import annotations

import json
import os
import random
import re
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
import pytest
import yaml

from anchor_analysis import open_edition, open_network, storage
from anchor_analysis.declared import load_network
from anchor_analysis.declared.ids import id_fault
from anchor_analysis.problems import UserError
from anchor_analysis.running.checking import suggest
from anchor_analysis.running.executing import run_notebook
from anchor_analysis.running.finding import find_returns
from anchor_analysis.running.notebooks import NotebookSchema, checked_parameters, find_notebooks
from anchor_analysis.running.plan import Job
from anchor_analysis.running.references import geography_of
from anchor_analysis.signs import unseen
from tests.hostile_words import CANARY, NAMES
from tests.small_network import SCHEMA, send, write_settings

HEADING = "Names and parameters"

#: So many of the names are tried where each takes a command or a load; a long test tries all.
FEW = 20


def some(count: int | None) -> list[str]:
    return NAMES if count is None else random.Random(10).sample(NAMES, count)


def counts(function: Callable[..., None]) -> Callable[..., None]:
    """Of a test: with a few of the names always, and with all of them among the long ones."""
    every = pytest.param(None, marks=pytest.mark.long, id="all")
    return pytest.mark.parametrize("count", [pytest.param(FEW, id="few"), every])(function)


@dataclass
class Around:
    """What stands around a workspace, which nothing may touch."""

    folder: Path
    before: dict[str, str]

    def touched(self) -> list[str]:
        now = standing(self.folder)
        names = now.keys() | self.before.keys()
        ran = [str(CANARY)] if CANARY.exists() else []
        return ran + sorted(name for name in names if now.get(name) != self.before.get(name))


def standing(folder: Path) -> dict[str, str]:
    """Every file and folder but those of the workspace, by its hash."""
    found = {}
    for here, folders, files in os.walk(folder):
        if Path(here) == folder:
            folders.remove("workspace")
        found |= {os.path.join(here, name): "" for name in folders}
        found |= {os.path.join(here, name): storage.file_hash(Path(here, name)) for name in files}
    return found


@pytest.fixture
def around(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Around]:
    """The folder around `workspace`, with files that hostile names would reach, and TMPDIR; untouched at the end."""
    for name in ("outside", "etc/passwd", "temporary/kept", "home/kept", "network.toml", "networks.txt"):
        storage.write_text(tmp_path / name, "not yours\n")
    monkeypatch.setenv("TMPDIR", str(tmp_path / "temporary"))
    monkeypatch.setattr(tempfile, "tempdir", None)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    write_settings(tmp_path / "workspace")
    CANARY.unlink(missing_ok=True)
    watch = Around(tmp_path, standing(tmp_path))
    yield watch
    assert watch.touched() == []


@pytest.fixture
def here(around: Around, monkeypatch: pytest.MonkeyPatch) -> storage.Workspace:
    """The workspace amid all that, in which the command line is."""
    workspace = storage.Workspace(around.folder / "workspace")
    monkeypatch.setenv("ANCHOR_WORKSPACE", str(workspace.root))
    monkeypatch.chdir(workspace.root)
    return workspace


def clear(error: UserError) -> bool:
    """Whether what an error says can be read as it is, and each problem of it is two lines."""
    said = [str(problem) for problem in error.problems]
    return bool(said) and not any(unseen(one) or one.count("\n") != 1 for one in said) and error.exit_code == 2


def refused_or(accept: Callable[[Any], bool], call: Callable[[], Any]) -> bool:
    """Whether a call refuses in clear words, or gives what can be accepted."""
    try:
        return accept(call())
    except UserError as error:
        return clear(error)


def toml(text: str) -> str:
    """A text as TOML, which has no halves of signs."""
    return re.sub("[\x7f-\x9f]", lambda sign: f"\\u{ord(sign[0]):04x}", json.dumps(text, ensure_ascii=False))


def never(_: Any) -> bool:
    return False


# --- ids ---


def test_only_plain_ids_are_ids_and_no_two_of_them_are_one_folder_anywhere():
    ids = [name for name in NAMES if not id_fault(name)]
    assert 5 < len(ids) < 20 and all(re.fullmatch("[a-z0-9][a-z0-9_-]*", name) and len(name) <= 64 for name in ids)
    assert len({name.casefold() for name in ids}) == len(ids)
    assert all(id_fault(name) for name in ("con", "nul", "com1", "lpt9", "a.", "a ", "A", "é", "a" * 65, "-rf", ""))


@counts
def test_a_hostile_member_or_network_is_refused_in_network_toml(here, survived, count):
    path = here.network("example") / "network.toml"
    sound = storage.read_text(path)
    doors = {"id of a member": 'id = "a"\n', "id of the network": 'id = "example"\n'}
    for door, line in doors.items():
        held = 0
        for name in some(count):
            storage.write_text(path, sound.replace(line, f"id = {toml(name)}\n", 1))
            held += refused_or(
                lambda network, name=name: network.members[0].id == name and not id_fault(name),
                lambda: load_network(here, "example"),
            )
        survived(HEADING, f"Hostile {door}, in network.toml", tried=len(some(count)), held=held)
        assert held == len(some(count))


@counts
def test_a_hostile_definition_writes_no_file_of_its_name(here, survived, count):
    shipped = storage.PACKAGE / "definitions"
    kinds = {"metrics": "staff.yaml", "tables": "series.yaml", "codebooks": "listening_v1.yaml"}
    for kind, name in kinds.items():
        text = storage.read_text(shipped / kind / name)
        for at, hostile in enumerate(some(count)):
            data = {**yaml.safe_load(text), "id": hostile}
            storage.write_text(here.network("example") / "definitions" / kind / f"own_{at}.yaml", yaml.safe_dump(data))
    with pytest.raises(UserError) as raised:
        load_network(here, "example")
    told = {
        problem.where.split(",")[0]
        for problem in raised.value.problems
        if "id" in problem.where or "sign" in problem.what
    }
    bad = [
        f"networks/example/definitions/{kind}/own_{at}.yaml"
        for kind in kinds for at, name in enumerate(some(count)) if id_fault(name)
    ]  # fmt: skip
    held = sum(place in told for place in bad)
    survived(HEADING, "Hostile id of a metric, table or codebook of a network's own", tried=len(bad), held=held)
    assert held == len(bad) and clear(raised.value)


# --- folders ---


def made(folder: Path, name: str) -> bool:
    """Whether a folder can have this name on this system; it is there afterwards."""
    if not name or "/" in name or "\0" in name or name in (".", ".."):
        return False
    try:
        (folder / name).mkdir(parents=True)
    except (OSError, ValueError):
        return False
    return True


def test_a_hostile_folder_of_returns_is_told_and_never_read(here, survived, say):
    raw = here.raw("example")
    members = [name for name in NAMES if made(raw / "2023-24", name) and not name.startswith(".")]
    years = [name for name in NAMES if made(raw, name) and not name.startswith(".")]
    (raw / os.fsdecode(b"2023-24/not\xff utf-8")).mkdir()
    code, printed = say("check", "example")
    assert code == 2 and "Traceback" not in printed and not unseen(printed)
    held = printed.count("is not a member that is known here") + printed.count("(AN003,")
    tried = len(members) + len(years) + 1
    survived(HEADING, "Hostile folder of a year or a member, in data/raw", tried=tried, held=min(held, tried))
    assert held >= tried and tried > 250


@counts
def test_a_hostile_folder_of_networks_is_no_network(here, survived, say, count):
    names = [name for name in some(count) if made(here.networks, name)]
    for name in names:
        storage.write_text(
            here.networks / name / "network.toml", storage.read_text(here.network("example") / "network.toml")
        )
    held = sum(refused_or(never, lambda name=name: load_network(here, name)) for name in names)
    survived(HEADING, "Hostile folder of a network", tried=len(names), held=held)
    assert held == len(names) > len(some(count)) // 2
    for words in (["doctor"], ["reference", "list"], ["run", "--due"]):
        code, printed = say(*words)
        assert not unseen(printed) and "Traceback" not in printed and code in (0, 1, 2)


def test_two_folders_of_one_member_and_year_are_not_counted_twice(here, survived, say):
    folders = ["2023-24", "FY24", "fy2024", "23-24", "2023\u201324", "2023 - 24", "academic year 2023-24", "2023-2024"]
    for folder in folders:
        send(here, "a", folder if re.match("20..-", folder) else "2023-24", 12)
        if not (here.raw("example") / folder).exists():
            (here.raw("example") / "2023-24").rename(here.raw("example") / folder)
    send(here, "a", "2023-24", 12)
    code, printed = say("check", "example")
    held = printed.count("are returns of one member and year")
    survived(HEADING, "Folders that spell one year in several ways", tried=len(folders) - 1, held=held)
    assert code == 2 and held == len(folders) - 1 and "(AN003," in printed


def test_links_lead_nowhere(here, around, survived, say):
    held, outside = 0, around.folder / "elsewhere"
    outside.mkdir()
    storage.write_text(outside / "kept", "not yours\n")
    send(here, "a", "2023-24", 12)
    around.before = standing(around.folder)
    spots = ["outputs", "outputs/example", "data/processed", "data/processed/example", "data/processed/example/current",
             "networks/example/definitions", "explore", "outputs/example/2023-24", "outputs/example/2023-24/members",
             "data/processed/example/notebooks/2023-24", "networks/example/definitions/areas",
             "data/processed/example/.lock"]  # fmt: skip
    for spot in spots:
        path = here.root / spot
        path.parent.mkdir(parents=True, exist_ok=True)
        kept = path.rename(path.with_name(f"{path.name}.kept")) if path.exists() else None
        path.symlink_to(outside)
        code, printed = say("run", "example")
        held += code == 2 and "leads out of the workspace by a link" in printed and not around.touched()
        path.unlink()
        if kept:
            kept.rename(path)
    inside = here.raw("example") / "2023-24" / "a"
    for name, target in {
        "to_a_file.csv": inside / "ledger.csv",
        "to_a_folder": outside,
        "to_nothing": inside / "x",
    }.items():
        (inside / name).symlink_to(target)
        code, printed = say("check", "example")
        held += code == 2 and "it is a link" in printed and not around.touched()
        (inside / name).unlink()
    survived(HEADING, "Links to elsewhere, in place of folders and of sent files", tried=len(spots) + 3, held=held)
    assert held == len(spots) + 3


def test_a_notebook_or_a_members_folder_may_be_a_link_and_is_only_read(here, around):
    elsewhere = around.folder / "elsewhere"
    send(storage.Workspace(elsewhere), "a", "2023-24", 12)
    storage.write_text(elsewhere / "page.parameters.yaml", SCHEMA)
    around.before = standing(around.folder)
    (here.raw("example") / "2023-24").mkdir(parents=True)
    (here.raw("example") / "2023-24" / "a").symlink_to(elsewhere / "data" / "raw" / "example" / "2023-24" / "a")
    here.notebooks.mkdir()
    (here.notebooks / "page.parameters.yaml").symlink_to(elsewhere / "page.parameters.yaml")
    assert list(find_notebooks(here)) == ["page"]
    network = load_network(here, "example")
    [found] = find_returns(network, here, geography_of(network, here), network.latest)
    assert found.folder.is_symlink()


# --- the command line and Python ---

DOORS: list[list[str]] = [
    ["network", "init", "NAME"], ["network", "show", "NAME"], ["run", "NAME"], ["run", "example", "--year", "NAME"],
    ["run", "NAME", "--due"], ["check", "NAME"], ["check", "example", "--year", "NAME"],
    ["check", "example", "--member", "NAME"], ["check", "example", "--suggest", "--member", "NAME"],
    ["catalogue", "NAME"], ["catalogue", "--network", "NAME"], ["return", "template", "example", "NAME", "2023/24"],
    ["return", "template", "example", "a", "NAME"],
    ["return", "aggregate", "example", "NAME", "2023/24", "x.csv", "--to", "x.xlsx"],
    ["return", "profile", "example", "NAME", "--to", "x.xlsx"], ["reference", "add", "nothing.csv", "--name", "NAME"],
    ["reference", "fetch", "NAME"], ["edition", "list", "NAME"], ["edition", "audit", "example", "--revision", "NAME"],
    ["edition", "release", "example", "--by", "NAME"], ["edition", "diff", "example", "--from", "NAME"],
    ["edition", "diff", "example", "--to", "NAME"], ["edition", "trace", "NAME"],
    ["edition", "withdraw", "example", "--year", "2023/24", "--revision", "NAME", "--reason", "x", "--by", "y"],
    ["edition", "verify", "example", "--year", "NAME"], ["suppliers", "review", "NAME", "--to", "x.xlsx"],
]  # fmt: skip


@counts
def test_a_hostile_word_on_the_command_line_is_refused(here, survived, say, count):
    tried = held = 0
    wrong = []
    for at, name in enumerate(some(None if count is None else 4 * count)):
        for door in DOORS if count is None else [DOORS[at % len(DOORS)]]:
            if "\0" in name:
                continue  # no system hands it over
            code, printed = say(*(name if word == "NAME" else word for word in door))
            answered = code == 0 and (name in ("--help", "-q", "--", "") or not id_fault(name))  # which are no words
            by_typer = "Usage: " in printed or printed.startswith("Error: Option '--")
            fine = code == 2 and (by_typer or re.search(r"\(AN\d{3}, docs/errors\.md#an\d{3}\)", printed))
            well = bool(fine or answered) and "Traceback" not in printed and not unseen(printed)
            tried, held = tried + 1, held + well
            wrong += [] if well else [(door, name, code, printed[-300:])]
    fault = "Hostile word on the command line" + (", through every command" if count is None else "")
    survived(HEADING, fault, tried=tried, held=held)
    assert wrong == []


@counts
def test_a_hostile_name_opens_nothing_in_python(here, survived, count):
    tried = held = 0
    for name in some(count):
        for call in (
            lambda name=name: open_network(name),
            lambda name=name: open_network("example", name or "?"),
            lambda name=name: open_edition(name),
        ):
            tried, held = tried + 1, held + refused_or(never, call)
    survived(HEADING, "Hostile network or year, in Python", tried=tried, held=held)
    assert held == tried


# --- notebooks and their parameters ---


def test_a_hostile_notebook_makes_no_page(here, survived):
    tried = held = 0
    for name in dict.fromkeys([*NAMES, "index", "signoff", "Page", "page.html"]):
        if not name or "/" in name or "\0" in name or len(os.fsencode(name)) > 200:
            continue
        path = here.notebooks / f"{name}.parameters.yaml"
        storage.write_text(path, SCHEMA)
        tried += 1
        named = [] if name.startswith(".") else [name]  # what is hidden is nobody's notebook
        held += refused_or(
            lambda found, named=named: list(found) == named and not any(map(id_fault, named)),
            lambda: find_notebooks(here),
        )
        path.unlink()
    survived(HEADING, "Hostile name of a notebook", tried=tried, held=held)
    assert held == tried > 200


def test_two_notebooks_do_not_write_into_one_folder(here):
    each = SCHEMA.replace(
        "parameters:", "for_each: metric\npages: metrics\nparameters:\n  metric: {type: metric, description: x}"
    )
    for name in ("one", "two"):
        storage.write_text(here.notebooks / f"{name}.parameters.yaml", each)
    with pytest.raises(UserError, match="would take the places of those of one"):
        find_notebooks(here)


def test_a_hostile_name_of_a_parameter_is_never_written_into_a_cell(here, survived):
    tried = held = 0
    path = here.notebooks / "page.parameters.yaml"
    for name in [*NAMES, "ｎetwork", "x\u0301", "__class__", "True"]:
        data = {"title": "x", "audience": "public", "parameters": {name: {"type": "text", "description": "x"}}}
        storage.write_text(path, yaml.safe_dump(data))
        tried += 1
        held += refused_or(
            lambda found: all(re.fullmatch("[a-z][a-z0-9_]*", one) for one in found["page"][1].parameters),
            lambda: find_notebooks(here),
        )
    survived(HEADING, "Hostile name of a parameter", tried=tried, held=held)
    assert held == tried


def test_a_parameter_that_is_not_of_its_type_is_refused_as_given_and_as_default(survived):
    tried = held = 0
    kinds = {"network", "year", "revision", "metric", "member"}
    for kind in kinds:
        for name in NAMES:
            for given, default in (({"x": name}, ""), ({}, name)):
                if not name:
                    continue
                schema = NotebookSchema.model_validate({
                    "title": "x", "audience": "public",
                    "parameters": {"x": {"type": kind, "default": default, "description": "x"}},
                })  # fmt: skip
                tried += 1
                held += refused_or(
                    lambda taken, name=name: taken == {"x": name} and bool(re.fullmatch("[a-z0-9_-]+", name)),
                    lambda schema=schema, given=given: checked_parameters("page", schema, given),
                )
    survived(HEADING, "Hostile value of a parameter", tried=tried, held=held)
    assert held == tried


def test_a_text_that_is_accepted_reaches_the_notebook_as_it_is_and_is_not_run(here, survived, monkeypatch):
    home = storage.made(here.root / "home")  # IPython keeps a history and settings there
    monkeypatch.setenv("HOME", str(home))
    texts = [name for name in NAMES if not unseen(name) and len(name) <= 200 and not re.search("[\x00-\x1f]", name)]
    given = {f"p{at}": {"type": "text", "default": text, "description": "x"} for at, text in enumerate(texts)}
    schema = NotebookSchema.model_validate({"title": "x", "audience": "internal", "parameters": given})
    parameters = checked_parameters("page", schema, {})
    assert list(parameters.values()) == texts and len(texts) > 150
    said = f"import json; print(json.dumps([globals()[f'p{{at}}'] for at in range({len(texts)})]))"
    cells = [nbformat.v4.new_code_cell(
        "\n".join(f'{name} = ""' for name in parameters), metadata={"tags": ["parameters"]}
    ), nbformat.v4.new_code_cell(said)]  # fmt: skip
    source = here.notebooks / "page.ipynb"
    storage.write_text(source, nbformat.writes(nbformat.v4.new_notebook(cells=cells)))
    folder = storage.made(here.processed("example") / "notebooks")
    job = Job(
        name="page", of="", title="x", audience="internal", source=source, parameters=parameters, cell_seconds=300,
        notebook_seconds=300, memory_megabytes=4_000, inputs=folder, results=folder, folder=folder,
        written=storage.file_hash(source), key="0" * 64, page_key="0" * 64,
    )  # fmt: skip
    run_notebook(job)
    [printed] = [
        output.text for cell in nbformat.read(job.notebook, as_version=4).cells if cell.cell_type == "code"
        for output in cell.outputs if output.output_type == "stream"
    ]  # fmt: skip
    held = sum(found == text for found, text in zip(json.loads(printed), texts, strict=True))
    survived(HEADING, "Hostile text that a notebook is given: the same in its kernel", tried=len(texts), held=held)
    assert held == len(texts) and not CANARY.exists()


# --- files ---

LAUGHS = "a0: &a0 [lol, lol]\n" + "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 12))

YAML = {
    "a tag that runs": f"title: !!python/object/apply:os.system ['touch {CANARY}']\n",
    "a tag that makes an object": f"!!python/object/new:os.system ['touch {CANARY}']\n",
    "a tag that names a module": "title: !!python/module:os\n",
    "a tag that does not fit": "title: !!int x\n",
    "a day that is none": "title: 2024-13-45\n",
    "a time that is none": "title: !!timestamp x\n",
    "a truth that is none": "title: !!bool x\n",
    "a key that is a list": "? [a, b]\n: c\n",
    "aliases of aliases": LAUGHS + "title: *a11\n",
    "an alias of itself": "title: &a [*a]\n",
    "an alias that is not there": "title: *nobody\n",
    "lists in lists": f"title: {'[' * 5000}{']' * 5000}\n",
    "two documents": "title: x\n---\ntitle: y\n",
    "a merge": "a: &a {title: x}\n<<: *a\nb: 1\n",
    "no mapping": "- x\n",
    "nothing": "",
    "a sign that clears": 'title: "a\\x1b[2J"\n',
    "a sign that turns": "title: \u202egnp.exe\n",
    "half a sign": 'title: "\\ud800"\n',
    "a field with a sign": '"ti\\u202etle": x\n',
    "a field that is not known": "title: x\n__class__: y\n",
    "no UTF-8": b"title: \xff\xfe\n",
    "a number without end": f"title: {'9' * 5000}\nversion: {'9' * 5000}\n",
}
TOML = {
    "a sign that clears": 'x = "a\\u001b[2J"\n',
    "a sign that turns": 'x = "\u202e"\n',
    "nothing there": 'x = "\\u0000"\n',
    "tables in tables": "x = " + "[" * 5000 + "]" * 5000 + "\n",
    "a table twice": "[a]\n[a]\n",
    "a field twice": "a = 1\na = 2\n",
    "dotted into a value": "a = 1\na.b = 2\n",
    "a number without end": f"x = {'9' * 5000}\n",
    "no number": "x = nan\n",
    "a day that is none": "x = 2024-13-45\n",
    "a text that does not end": 'x = "a\n',
    "no UTF-8": b'x = "\xff"\n',
    "a field that is code": f"\"__import__('os').system('touch {CANARY}')\" = 1\n",
}
YAML_FILES = [
    "mappings/own.yaml",
    "definitions/metrics/own.yaml",
    "definitions/areas/own.yaml",
    "definitions/codebooks/own.yaml",
]
TOML_FILES = [
    "answers.toml",
    "actions.toml",
    "agreements.toml",
    "categories.toml",
    "supplier_decisions.toml",
    "network.toml",
]


@counts
def test_a_hostile_declared_file_is_refused(here, survived, count):
    sound = storage.read_text(here.network("example") / "network.toml")
    files = [(name, YAML) for name in YAML_FILES] + [(name, TOML) for name in TOML_FILES]
    chosen = files if count is None else [files[0], files[-1]]
    cases = [(name, what, text) for name, texts in chosen for what, text in texts.items()]
    wrong = []
    for name, what, text in cases:
        path = here.network("example") / name
        content = text if isinstance(text, bytes) else text.encode()
        before = sound.encode() + b"\n" if name == "network.toml" and content else b""
        storage.write_bytes(path, before + content)
        if what == "nothing" and name.endswith(".toml"):
            continue
        try:
            fine = refused_or(never, lambda: load_network(here, "example"))
        except Exception as error:
            fine = False
            what = f"{what} ({type(error).__name__})"
        wrong += [] if fine else [f"{name}: {what}"]
        path.unlink()
        if name == "network.toml":
            storage.write_text(path, sound)
    for what, text in YAML.items():
        path = here.notebooks / "page.parameters.yaml"
        storage.write_bytes(path, text if isinstance(text, bytes) else text.encode())
        wrong += [] if refused_or(never, lambda: find_notebooks(here)) else [f"parameters.yaml: {what}"]
    survived(HEADING, "Hostile YAML or TOML", tried=len(cases) + len(YAML), held=len(cases) + len(YAML) - len(wrong))
    assert wrong == []


def test_drafts_of_files_that_are_named_alike_stand_side_by_side(here, survived):
    names = ["Pay ments.csv", "pay-ments.csv", "PAY@MENTS.csv", "pay ments!.csv", "pay\u0301 ments.csv"]
    for name in names:
        text = "Paid on,Payee,Net amount,Whom\n" + "01/05/2023,a,5.00,c\n" * 5
        storage.write_text(here.raw("example") / "2023-24" / "a" / name, text)
    written = suggest(here, "example")
    files = {yaml.safe_load(storage.read_text(path))["files"] for path in written}
    survived(HEADING, "Files that are named alike, drafted side by side", tried=len(names), held=len(files))
    assert len(set(written)) == len(written) and files == set(names)
