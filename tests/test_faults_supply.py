"""What others wrote is known, needed and checked; and nothing that a file holds is run, unpacked or fetched unasked.

The rules read the source with `ast`, as those of test_architecture, whose `unsafe` they go on with. One thing they do
not see: between our own processes Python hands objects over as pickles (`multiprocessing`), through pipes that only
these processes have. No file, and nothing of the network, is ever read so.
"""

from __future__ import annotations

import ast
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from anchor_analysis.declared import load_catalogue
from anchor_analysis.problems import UserError
from anchor_analysis.read import downloads
from tests import advisories
from tests.test_architecture import Module, calls, imports, library_modules, snippet
from tests.test_downloads import server, workspace  # noqa: F401
from tests.test_packaging import LOCK, ROOT, RUN_TIME, imported, locked, provided

#: What is required at run time and imported nowhere, with the reason.
NEVER_IMPORTED = {"jupyterlab": "`anchor-analysis lab` starts it as a program"}

#: Who may ask the network, and who may start programs or processes; all others do neither.
ASK = {"anchor_analysis/read/downloads.py"}
NETWORK = {"urllib.request", "urllib.error", "http.client", "http.server", "ftplib", "smtplib", "telnetlib", "xmlrpc",
           "requests", "httpx", "aiohttp", "urllib3", "ssl"}  # fmt: skip
START = {
    *(f"anchor_analysis/running/{name}.py" for name in ("kernels", "forking")),
    "anchor_analysis/publish/copies.py",  # the browser that prints
    "anchor_analysis/commands/app.py",  # JupyterLab
}

#: Where XML of others is read, after `read.kinds` has refused what declares a document type.
XML = {"faulty_cells.py", "currencies.py", "packages.py", "workbooks.py", "kinds.py"}

UNSAFE_CALLS = {
    "compile", "__import__", "tempfile.mktemp", "shutil.unpack_archive", "subprocess.getoutput",
    "subprocess.getstatusoutput", "os.spawnl", "os.spawnv", "os.execv", "os.execl", "os.execvp", "input",
}  # fmt: skip
UNSAFE_MODULES = {"tarfile", "lxml", "xml.dom", "xml.etree.cElementTree", "ctypes", "runpy", "code", "joblib",
                  "cPickle", "_pickle", "jsonpickle", "xmlrpc"}  # fmt: skip

#: Who may all the same: three call what only the system has (folders exchanged in one step, orphans that fall to
#: whoever started their parent, from how many places memory comes), and a command begins itself anew where names of
#: files are not in UTF-8.
ALLOWED = {
    "anchor_analysis/engine/native.py": {"ctypes"},
    "anchor_analysis/placing.py": {"ctypes"},
    "anchor_analysis/running/zygote.py": {"ctypes"},
    "anchor_analysis/commands/beginning.py": {"os.execv"},
}


# --- rules: each gives the places that break it ---


def runs_or_unpacks(module: Module) -> list[str]:
    """Nothing is compiled, unpacked as it says itself, or asked of whoever is at the keyboard."""
    allowed = ALLOWED.get(module.path, set())
    found = [
        module.at(node, f"{name}(…)")
        for node, name in calls(module)
        if name in UNSAFE_CALLS - allowed or (name.endswith(".extractall") and ".str." not in name)
    ]
    return found + [module.at(node, name) for node, name in imports(module) if _is_of(name, UNSAFE_MODULES - allowed)]


def asks_the_network(module: Module) -> list[str]:
    """Only downloads of reference data ask the network, and only over https."""
    if module.path in ASK:
        return []
    return [module.at(node, name) for node, name in imports(module) if _is_of(name, NETWORK)]


def names_an_address_without_encryption(module: Module) -> list[str]:
    """No address of ours begins with http://, but for names that are spelt like one (namespaces)."""
    bare = re.compile(r"http://(?!(schemas\.openxmlformats\.org|www\.w3\.org|json-schema\.org|purl\.org)/)\w")
    texts = [(node, node.value) for node in ast.walk(module.tree) if isinstance(node, ast.Constant)]
    return [module.at(node, text[:60]) for node, text in texts if isinstance(text, str) and bare.search(text)]


def starts_programs(module: Module) -> list[str]:
    """Only kernels, and the browser that prints a page, are started; and never through a shell (test_architecture)."""
    if module.path in START:
        return []
    return [module.at(node, name) for node, name in imports(module) if _is_of(name, {"subprocess", "pty"})]


def reads_xml(module: Module) -> list[str]:
    """XML of others is read only where its document type has been refused before."""
    if Path(module.path).name in XML and "/read/" in module.path:
        return []
    parsers = {"xml.etree", "xml.parsers", "xml.sax.make_parser", "xml.sax.parse", "xml.sax.parseString"}
    return [module.at(node, name) for node, name in imports(module) if _is_of(name, parsers)]


def _is_of(name: str, modules: set[str]) -> bool:
    return any(name == one or name.startswith(f"{one}.") for one in modules)


RULES = [runs_or_unpacks, asks_the_network, names_an_address_without_encryption, starts_programs, reads_xml]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_the_library_keeps(rule):
    broken = [place for module in library_modules() for place in rule(module)]
    assert not broken, "\n".join([rule.__doc__, *broken])


@pytest.mark.parametrize(
    ("rule", "source"),
    [
        (runs_or_unpacks, "compile(text, 'x', 'exec')"),
        (runs_or_unpacks, "import tempfile\ntempfile.mktemp()"),
        (runs_or_unpacks, "from tempfile import mktemp\nmktemp()"),
        (runs_or_unpacks, "archive.extractall(folder)"),
        (runs_or_unpacks, "import tarfile"),
        (runs_or_unpacks, "import shutil\nshutil.unpack_archive(path)"),
        (runs_or_unpacks, "from joblib import load"),
        (asks_the_network, "from urllib.request import urlopen"),
        (asks_the_network, "import requests"),
        (names_an_address_without_encryption, "x = 'http://example.org/a.csv'"),
        (names_an_address_without_encryption, "x = 'see http://example.org/'"),
        (starts_programs, "import subprocess"),
        (starts_programs, "def later():\n    from subprocess import run"),
        (reads_xml, "from xml.etree import ElementTree"),
        (reads_xml, "import xml.parsers.expat"),
    ],
)
def test_a_rule_fires_on(rule, source):
    assert rule(snippet("present", source))


@pytest.mark.parametrize(
    ("rule", "source"),
    [
        (runs_or_unpacks, "import re\nre.compile('a')\nframe.column.str.extract('(a)')"),
        (asks_the_network, "from urllib.parse import quote"),
        (names_an_address_without_encryption, "x = 'http://www.w3.org/ns/csvw'\ny = 'https://example.org'"),
        (starts_programs, "import os"),
        (reads_xml, "from xml.sax.saxutils import escape"),
    ],
)
def test_a_rule_lets_pass(rule, source):
    assert rule(snippet("present", source)) == []


# --- what is installed ---


def test_everything_that_is_required_at_run_time_is_imported():
    """What nobody needs is one more thing to trust."""
    names = {name for path in (ROOT / "anchor_analysis").rglob("*.py")
             for name in imported(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))}  # fmt: skip
    unused = {one.name for one in RUN_TIME if not any(provided(name, [one]) for name in names)}
    assert unused == set(NEVER_IMPORTED)


def test_what_the_library_imports_when_it_is_used_is_what_it_requires():
    """An import of all of it, in a process of its own, brings nothing of the extras and nothing of the tests' tools."""
    script = """
import importlib, pkgutil, sys, anchor_analysis
for one in pkgutil.walk_packages(anchor_analysis.__path__, "anchor_analysis."):
    if not one.name.endswith("__main__"):
        importlib.import_module(one.name)
print(*{name.partition(".")[0] for name in sys.modules})
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=600)
    never = {
        "pyspark",
        "distributed",
        "fsspec",
        "upath",
        "splink",
        "pytest",
        "hypothesis",
        "polars",
        "openpyxl",
        "mypy",
    }
    assert never.isdisjoint(done.stdout.split())


def test_every_package_of_the_lock_is_held_to_hashes_of_its_files():
    for name, _, rest in locked():
        hashes = re.findall(r"--hash=(\w+):([0-9a-f]+)", rest)
        assert hashes and all(kind == "sha256" and len(sealed) == 64 for kind, sealed in hashes), name
    assert not re.search(r"(index-url|find-links|trusted-host|git\+|://| @ )", LOCK)


def test_setting_up_takes_nothing_that_is_not_in_the_lock():
    tasks = (ROOT / "tasks.py").read_text(encoding="utf-8")
    installs = re.findall(r'\((?:uv|pip)?\(?"install", [^\n]*', tasks)
    assert 'uv("install", "--compile-bytecode", "--require-hashes"' in tasks
    assert 'pip("install", "--require-hashes", "-r", LOCK)' in tasks
    assert '"--no-deps", "--no-build-isolation", "-e"' in tasks, installs


def workflow_files() -> list[Path]:
    return [*(ROOT / ".github" / "workflows").glob("*.yml"), *(ROOT / "docs" / "schedules").glob("*.yml")]


@pytest.mark.parametrize("path", workflow_files(), ids=lambda path: path.name)
def test_a_workflow_takes_actions_by_their_hash_and_may_read_only(path):
    text = path.read_text(encoding="utf-8")
    used = re.findall(r"uses: (\S+)", text)
    assert used and all(re.fullmatch(r"[\w./-]+@[0-9a-f]{40}", one) for one in used), used
    assert yaml.safe_load(text)["permissions"] == {"contents": "read"}
    assert text.count("persist-credentials: false") == text.count("actions/checkout@")
    assert not re.search(r"run:.*\$\{\{", text), "an expression within a script is code of whoever gives the value"


# --- advisories ---


def advisory(folder: Path, name: str, **about: object) -> None:
    affected = [{"package": {"ecosystem": "PyPI", "name": name}, **about}]
    (folder / f"{name}.json").write_text(json.dumps({"id": "PYSEC-0-1", "summary": "A hole.", "affected": affected}))


def audit(feed: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "ANCHOR_ADVISORIES": feed}
    command = [sys.executable, str(ROOT / "tasks.py"), "audit"]
    return subprocess.run(command, capture_output=True, text=True, env=environment, timeout=600, cwd=ROOT)


def test_an_audit_without_a_feed_says_that_nothing_was_audited():
    done = audit("")
    assert done.returncode == 0 and "not looked up" in done.stdout


def test_a_feed_that_is_none_is_refused():
    done = audit("http://example.org")
    assert done.returncode == 2 and "https" in done.stderr


@pytest.mark.parametrize(
    ("about", "found"),
    [
        ({"versions": ["PINNED"]}, True),
        ({"versions": ["0.0.1"]}, False),
        ({"ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}]}]}, True),
        ({"ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "PINNED"}]}]}, False),
        ({"ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"last_affected": "PINNED"}]}]}, True),
        ({"ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "9999"}]}]}, False),
        ({"ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "0.1"},
                                                      {"introduced": "PINNED"}]}]}, True),
        ({"ranges": [{"type": "GIT", "events": [{"introduced": "0"}]}]}, False),
    ],
)  # fmt: skip
def test_a_package_of_the_lock_that_an_advisory_names_is_found(tmp_path, capsys, about, found):
    pinned = next(str(version) for name, version, _ in locked() if name == "pyyaml")
    advisory(tmp_path, "PyYAML", **json.loads(json.dumps(about).replace("PINNED", pinned)))
    assert advisories.main(tmp_path) == int(found)
    assert (f"pyyaml {pinned}: PYSEC-0-1 A hole." in capsys.readouterr().out) == found


def test_a_folder_without_advisories_is_no_audit(tmp_path):
    assert advisories.main(tmp_path) == 2


# --- downloads ---


def test_every_declared_file_is_fetched_over_https():
    sources = load_catalogue().references.values()
    assert all(source.url.startswith("https://") for source in sources if source.url) and sources


@pytest.mark.parametrize(
    "address",
    ["file:///etc/passwd", "ftp://example.org/x", "data:text/plain,x", "http://example.org/x", "//example.org/x",
     "https://[::1/x", "gopher://127.0.0.1/"],
)  # fmt: skip
def test_nobody_is_led_from_the_web_to_another_kind_of_address(workspace, server, address):  # noqa: F811
    """A publisher's server, or who speaks in its place, may not have us read a file or a service of this machine."""
    server.redirect = address
    if address.startswith("//"):
        address = "http:" + address
    with pytest.raises(UserError) as error:
        downloads.download(server.address, workspace.downloads())
    assert error.value.problems[0].code == "AN015"
    assert not [path for path in workspace.downloads().iterdir() if path.suffix not in (".lock", ".json")]


def test_nobody_is_led_from_https_to_a_service_of_this_machine(server):  # noqa: F811
    handler = downloads._SafeRedirects()
    asked = downloads.Request("https://example.org/x.csv")
    with pytest.raises(UserError):
        handler.redirect_request(asked, None, 302, "Found", {}, server.address)
    assert handler.redirect_request(asked, None, 302, "Found", {}, "https://elsewhere.org/x.csv") is not None


def test_a_head_that_is_no_answer_is_told_and_no_traceback(workspace, server, monkeypatch):  # noqa: F811
    """What a server says of its file is from outside, as the file is."""
    monkeypatch.setattr(downloads, "_told", lambda answer: int("no number"))
    with pytest.raises(UserError) as error:
        downloads.download(server.address, workspace.downloads())
    assert error.value.problems[0].code == "AN015"
