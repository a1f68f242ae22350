#!/usr/bin/env python3
"""The project's tasks, for every system: `python tasks.py` lists them. Needs Python 3.11 and nothing else.

The Makefile's targets call this file. What stands after `--` is handed on to the tool that the task runs.
"""

import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
SCRIPTS = VENV / ("Scripts" if os.name == "nt" else "bin")
PYTHON = SCRIPTS / ("python.exe" if os.name == "nt" else "python")
PLACE = VENV / ".place"  # where .venv was made: it works nowhere else
LOCK = ROOT / "requirements.lock"
PROJECT = ROOT / "pyproject.toml"
OLDEST_PYTHON = (3, 11)
TEST_WORKSPACE = ROOT / ".cache" / "tests" / "workspace"
XDIST = ["-n", "2", "--dist", "loadfile"]
A_STORE = ["s3fs>=2026.2", "moto[server]>=5.1"]  # what speaks with S3, and a server that speaks as S3 does
IN_ORDER = "--no-loadscope-reorder"  # tests/conftest.py says which files are begun first, not how many tests they hold


class Stop(Exception):
    """Ends the run with a message for the person and an exit code; an empty message prints nothing."""

    def __init__(self, message="", code=1):
        super().__init__(message)
        self.code = code


# --- running things ---


def say(line):
    print(line, flush=True)


def environment(**more):
    """The environment of every tool: the project's own .venv first, and caches under .cache."""
    env = dict(os.environ)
    for hindering in ("PYTHONHOME", "PYTHONDONTWRITEBYTECODE"):  # nothing compiled would be kept, and each process slow
        env.pop(hindering, None)
    env["VIRTUAL_ENV"] = str(VENV)
    env["PATH"] = str(SCRIPTS) + os.pathsep + env.get("PATH", "")
    env["PYTHONUTF8"] = "1"
    env.setdefault("HYPOTHESIS_STORAGE_DIRECTORY", str(ROOT / ".cache" / "hypothesis"))
    env.update(more)
    return env


def run(command, **env):
    """Run a command in the repository; its failure is ours, with its exit code."""
    process = subprocess.Popen([str(part) for part in command], cwd=ROOT, env=environment(**env))
    try:
        code = process.wait()
    except KeyboardInterrupt:
        process.wait()  # Ctrl-C reached it too: let it finish tidying up
        raise
    if code:
        raise Stop(code=code if code > 0 else 128 - code)


def python(*arguments, **env):
    run([PYTHON, *arguments], **env)


def anchor_analysis(*arguments):
    setup()
    run([SCRIPTS / "anchor-analysis", *arguments])


def try_quietly(command):
    """What the command said if it failed, or None if it worked."""
    parts = [str(part) for part in command]
    captured = {"capture_output": True, "text": True, "errors": "replace"}
    done = subprocess.run(parts, cwd=ROOT, env=environment(), **captured)
    if done.returncode == 0:
        return None
    return done.stderr.strip() or done.stdout.strip() or f"exit code {done.returncode}"


# --- setup ---


def stamp():
    """The file that says that .venv is what the lock asks for; named by the hash of lock and pyproject."""
    content = hashlib.sha256(LOCK.read_bytes() + b"\0" + PROJECT.read_bytes()).hexdigest()
    return VENV / f".ready-{content[:16]}"


def ready():
    """A .venv that was moved or copied still points at its old place, so the stamp holds the place too."""
    file = stamp()
    return PYTHON.exists() and file.exists() and file.read_text(encoding="utf-8") == str(ROOT)


def setup():
    """Make .venv and install the project into it; does nothing when that is done already."""
    if ready():
        return
    started = time.monotonic()
    make_environment()
    install_requirements()
    install_project()
    for old in VENV.glob(".ready-*"):
        old.unlink()
    stamp().write_text(str(ROOT), encoding="utf-8")
    say(f"Set up in {time.monotonic() - started:.0f} s.")


def make_environment():
    if usable_environment():
        return
    if VENV.exists():
        if not (VENV / "pyvenv.cfg").exists():
            raise Stop(f"{VENV} is in the way and is no Python environment. Move it, and try again.")
        shutil.rmtree(VENV)
    version = ".".join(str(part) for part in sys.version_info[:3])
    say(f"Setting up (once): making .venv with Python {version}")
    failure = try_quietly([sys.executable, "-m", "venv", VENV])
    if failure:
        shutil.rmtree(VENV, ignore_errors=True)
        raise Stop(without_venv(failure))
    PLACE.write_text(str(ROOT), encoding="utf-8")


def usable_environment():
    """Whether .venv runs, was made at this place, and has pip and a Python that is new enough."""
    if not (PYTHON.exists() and PLACE.exists() and PLACE.read_text(encoding="utf-8") == str(ROOT)):
        return False
    check = f"import sys, pip; sys.exit(sys.version_info < {OLDEST_PYTHON})"
    return try_quietly([PYTHON, "-c", check]) is None


def without_venv(failure):
    lacks_venv = "ensurepip" in failure or "No module named venv" in failure
    if not lacks_venv:
        return f"Python could not make .venv:\n{failure}"
    package = f"python{sys.version_info[0]}.{sys.version_info[1]}-venv"
    return (
        f"This Python ({sys.executable}) comes without what makes an environment (venv, ensurepip).\n"
        f"On Debian or Ubuntu: sudo apt install {package}. Elsewhere: install Python from python.org.\n"
        "Then run this again."
    )


def install_requirements():
    count = len(re.findall(r"^\S+==", LOCK.read_text(encoding="utf-8"), flags=re.MULTILINE))
    if any(VENV.glob(".ready-*")):
        say("Bringing .venv up to date with requirements.lock and pyproject.toml")
    else:
        say(f"Setting up (once): installing about {count} packages, which takes a minute or two")
    failure = install_uv() or uv("install", "--compile-bytecode", "--require-hashes", "-r", LOCK)
    if failure is None:
        return
    say(f"uv cannot be used ({last_line(failure)}); going on with pip, which takes some minutes")
    failure = pip("install", "--require-hashes", "-r", LOCK)
    if failure:
        raise Stop(f"The packages could not be installed:\n{failure}\nWhat is installed so far is kept.")


def install_uv():
    """Install the very uv that the lock pins; says what went wrong, or None."""
    lock = LOCK.read_text(encoding="utf-8")
    pinned = re.search(r"^uv==(\S+)[^\n]*\n(?: +--hash=\S+[^\n]*\n)+", lock, flags=re.MULTILINE)
    if pinned is None:
        return "the lock does not pin it"
    check = f"from importlib.metadata import version; assert version('uv') == '{pinned[1]}'"
    if try_quietly([PYTHON, "-c", check]) is None:
        return None
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "uv.txt"
        file.write_text(pinned[0], encoding="utf-8")
        return pip("install", "--require-hashes", "--no-deps", "-r", file)


def install_project():
    """Install the project itself, editable; needs no network, since the lock holds what builds it."""
    arguments = ("install", "--no-deps", "--no-build-isolation", "-e", ROOT)
    if uv(*arguments) is None:
        return
    failure = pip(*arguments)
    if failure:
        raise Stop(f"The project itself could not be installed:\n{failure}")


def uv(action, *arguments):
    return try_quietly([PYTHON, "-m", "uv", "--quiet", "pip", action, "--python", PYTHON, *arguments])


def pip(action, *arguments):
    return try_quietly([PYTHON, "-m", "pip", "--quiet", "--disable-pip-version-check", action, *arguments])


def last_line(text):
    return text.splitlines()[-1].strip()


# --- the tasks ---


def task_setup(extra):
    """make .venv and install everything into it (once)"""
    was_ready = ready()
    setup()
    if was_ready:
        say("Already set up.")


def task_findings(extra):
    """the demonstration network's annual findings, from raw returns to a page"""
    anchor_analysis("demo", *extra)


def task_test(extra):
    """checks, tests and notebooks; `-- ARGUMENTS` go to pytest, and then the notebooks are left out"""
    setup()
    checks()
    say("Tests")
    python("-m", "pytest", *XDIST, IN_ORDER, *extra)
    if not extra:
        test_notebooks()


def task_long(extra):
    """the longest tests, which `test` leaves out; before an issue is closed or a version released"""
    setup()
    python("-m", "pytest", *XDIST, IN_ORDER, "-m", "long", *extra)


def task_faults(extra):
    """every fault that is tried, the long ones too, and the page that says what was survived; takes hours"""
    setup()
    files = sorted(path.relative_to(ROOT) for path in (ROOT / "tests").glob("test_faults_*.py"))
    page = ["--faults", Path("docs", "studies", "faults.md")]
    python("-m", "pytest", *XDIST, "-m", "long or not long", *page, *(extra or ["--anew", *files]))


def task_engines(extra):
    """tests on Spark, Dask and a store, in an environment of their own beside .venv; needs Java 17 or newer"""
    setup()
    wanted = [line for name in ("spark", "cluster", "store") for line in extras()[name]] + A_STORE
    engine_python = beside("engines", wanted, "pyspark, distributed and an S3 of our own, half a gigabyte")
    files = [f"tests/test_{name}.py" for name in ("spark", "cluster", "store")]
    arguments = ["-m", "pytest", "-m", "long", *files, *extra]
    run([engine_python, *arguments], PYTHONPATH=str(ROOT), JUPYTER_PATH=str(VENV / "share" / "jupyter"))


def beside(name, wanted, what):
    """The Python of an environment beside .venv, which has all that .venv has and what is wanted more."""
    made = ROOT / ".cache" / name
    its_python = made / SCRIPTS.name / PYTHON.name
    libraries = next(iter(sorted(VENV.glob("lib/python*/site-packages"))), VENV / "Lib" / "site-packages")
    done = made / ".ready"  # written last, so that what is half made is made again
    if not (done.exists() and done.read_text(encoding="utf-8") == str(wanted)):
        say(f"Setting up (once): {what}")
        run([PYTHON, "-m", "venv", "--clear", made])
        own = next(iter(sorted(made.glob("lib/python*/site-packages"))), made / "Lib" / "site-packages")
        (own / "ours.pth").write_text(f"{libraries}\n{ROOT}\n", encoding="utf-8")
        run([its_python, "-m", "pip", "--quiet", "--disable-pip-version-check", "install", *wanted])
        done.write_text(str(wanted), encoding="utf-8")
    return its_python


def task_fuzz(extra):
    """what a coverage-guided fuzzer finds in readers and definitions; `-- --seconds 600 boundaries` for longer"""
    setup()
    run([beside("fuzz", ["atheris>=3.0"], "atheris, the fuzzer"), "-m", "tests.fuzzing", *extra], PYTHONPATH=str(ROOT))


def task_audit(extra):
    """whether an advisory names a package of the lock, where ANCHOR_ADVISORIES says who knows of advisories"""
    feed = os.environ.get("ANCHOR_ADVISORIES", "").strip()
    if not feed:
        say("Advisories: not looked up, since ANCHOR_ADVISORIES names nobody to ask (docs/security.md).")
        return
    if Path(feed).is_dir():
        setup()
        python("-m", "tests.advisories", feed, *extra)
        return
    service = [feed] if feed in ("pypi", "osv", "esms") else ["osv", "--osv-url", feed]
    if len(service) > 1 and not feed.startswith("https://"):
        raise Stop("ANCHOR_ADVISORIES is a folder, an https address of an OSV service, or pypi, osv, esms.", code=2)
    setup()
    audit_python = beside("audit", ["pip-audit>=2.10"], "pip-audit")
    run([audit_python, "-m", "pip_audit", "--disable-pip", "--require-hashes", "-r", LOCK, "-s", *service, *extra])


def extras():
    import tomllib

    return tomllib.loads(PROJECT.read_text(encoding="utf-8"))["project"]["optional-dependencies"]


def checks():
    say("Checks: format, lint, types")
    python("-m", "ruff", "format", "--check", "--quiet", ".")
    python("-m", "ruff", "check", "--quiet", ".")
    python("-m", "mypy", "anchor_analysis", Path("docs", "site"))


def test_notebooks():
    notebooks = sorted((ROOT / "notebooks").glob("*.ipynb"))
    if not notebooks:
        say("No notebooks to test.")
        return
    say(f"Notebooks: {len(notebooks)}, against what they gave")
    python("-m", "tests.workspace")
    names = [file.relative_to(ROOT) for file in notebooks]
    arguments = ["-p", "tests.kernels_for_nbval", "--nbval", "--nbval-current-env", *XDIST, *names]
    python("-m", "pytest", *arguments, ANCHOR_WORKSPACE=str(TEST_WORKSPACE))


def task_notebooks(extra):
    """re-execute the notebooks in place with the demonstration"""
    setup()
    python("-m", "tests.refresh_notebooks", *extra)


def task_real(extra):
    """try the library on the real data in the folder that ANCHOR_REAL_DATA names"""
    setup()
    python("-m", "tests.real", *extra)


def task_browser(extra):
    """look at the demonstration's pages in a browser; needs node and Chromium, Chrome or Edge"""
    setup()
    npm = shutil.which("npm")
    if npm is None:
        raise Stop("This needs Node with npm, and there is none. Install it from nodejs.org.", code=2)
    run([npm, "--prefix", ROOT / "tests" / "browser", "ci", "--no-progress"])
    say("Pictures of every page go to .cache/browser")
    python("-m", "pytest", "tests/test_browser.py", *extra, ANCHOR_PICTURES="1")


def task_lint(extra):
    """format, lint and types, as they are; changes nothing"""
    setup()
    checks()


def task_format(extra):
    """put the code into the house's format"""
    setup()
    python("-m", "ruff", "check", "--quiet", "--fix-only", ".")
    python("-m", "ruff", "format", ".")


def task_lock(extra):
    """remake requirements.lock from pyproject.toml; `-- --upgrade` moves to newer releases"""
    setup()
    options = ["--universal", "--generate-hashes", "--extra", "dev", "--fork-strategy", "fewest"]
    header = ["--custom-compile-command", "make lock, or: python tasks.py lock [-- --upgrade]"]
    target = ["--output-file", LOCK.name, PROJECT.name]
    python("-m", "uv", "--quiet", "pip", "compile", *options, *header, *extra, *target)


def task_lab(extra):
    """open JupyterLab with the notebooks"""
    anchor_analysis("lab", *extra)


def task_docs(extra):
    """write the generated pages of docs/ anew"""
    setup()
    python("-m", "anchor_analysis.commands.docs", *extra)


def task_site(extra):
    """build the documentation into build/site; works offline"""
    setup()
    python(Path("docs", "site", "make.py"), *extra)


def task_clean(extra):
    """remove what can be rebuilt (data/processed, .cache, build); raw returns and editions stay"""
    processed = ROOT / "data" / "processed"
    if processed.is_dir():
        for path in processed.iterdir():
            if path.name != ".gitkeep":
                remove(path)
    remove(ROOT / ".cache")
    remove(ROOT / "build")


def remove(path):
    """Remove a file or a folder; of a link, the link and not what it points at."""
    if path.is_symlink() or path.is_file():
        path.unlink()
    elif path.is_dir():
        shutil.rmtree(path)


TASKS = {name[len("task_") :]: task for name, task in list(globals().items()) if name.startswith("task_")}


def listing():
    lines = [f"  {name:<10} {task.__doc__}" for name, task in TASKS.items()]
    return "\n".join(["Usage: python tasks.py TASK [-- more arguments]", "", *lines])


def main(arguments):
    """Run one task and say with which code to exit."""
    if sys.version_info < OLDEST_PYTHON:
        wanted, here = ".".join(map(str, OLDEST_PYTHON)), ".".join(map(str, sys.version_info[:3]))
        raise Stop(f"This needs Python {wanted} or newer, and {sys.executable} is {here}.", code=2)
    if not arguments or arguments[0] in ("-h", "--help", "help"):
        say(listing())
        return
    name, extra = arguments[0], arguments[1:]
    if name not in TASKS:
        raise Stop(f"There is no task {name!r}.\n\n{listing()}", code=2)
    if extra and extra[0] != "--":
        better = " ".join(["python tasks.py", name, "--", *extra])
        raise Stop(f"Write -- before what goes on to the tool: {better}", code=2)
    TASKS[name](extra[1:])


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except Stop as stop:
        if str(stop):
            print(stop, file=sys.stderr)
        sys.exit(stop.code)
    except KeyboardInterrupt:
        sys.exit(130)
