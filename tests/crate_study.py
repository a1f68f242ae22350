"""An edition's crate and the description of its tables, held to their standards by libraries that we did not write.

    python tests/crate_study.py FOLDER [--to docs/studies/crate.md]

FOLDER is an edition, outputs/<network>/<year>/r<n>. It makes an environment of its own, .cache/crate, since
roc-validator wants an older release of a library that we use; making it is the one thing that needs a network. The
validator reads the standard's context from the rocrate package, which ships it, and whatever else asks for an address
is refused.
"""

from __future__ import annotations

import argparse
import importlib.resources
import json
import shutil
import socket
import subprocess
import sys
import tempfile
from datetime import date
from importlib.metadata import version
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
HOME = ROOT / ".cache" / "crate"
LIBRARIES = ("roc-validator==0.13.0", "csvw==4.1.1", "rocrate==0.16.0")
PROFILE = "ro-crate-1.3"
CONTEXT = "https://w3id.org/ro/crate/1.3/context"
CRATE = "ro-crate-metadata.json"


def without_network() -> None:
    """Answer for the standard's context from the rocrate package, and refuse every other address."""
    import requests
    import requests_cache

    context = (importlib.resources.files("rocrate") / "data" / "ro-crate.jsonld").read_bytes()

    def send(session: Any, request: Any, **named: Any) -> requests.Response:
        answer = requests.Response()
        answer.url, answer.request = request.url, request
        answer.status_code = 200 if request.url == CONTEXT else 504
        answer._content = context if request.url == CONTEXT else b""
        answer.headers["Content-Type"] = "application/ld+json"
        return answer

    def refuse(*given: Any) -> None:
        raise OSError("this study uses no network")

    for session in (requests.Session, requests_cache.CachedSession):
        session.send = send
    socket.socket.connect = refuse


def issues(folder: Path, severity: str) -> list[str]:
    """What the validator finds in a crate, of this severity and above."""
    from rocrate_validator import models, services

    settings = services.ValidationSettings(
        rocrate_uri=str(folder), profile_identifier=PROFILE, requirement_severity=models.Severity[severity],
        enable_profile_inheritance=True, abort_on_first=False,
    )  # fmt: skip
    found = services.validate(settings).get_issues()
    return sorted({f"{one.check.identifier} {one.severity.name}: {one.message}" for one in found})


def tables_read(folder: Path) -> dict[str, Any]:
    """How many tables and rows a reader of CSV on the Web reads by their descriptions, and what it refuses."""
    from csvw import TableGroup

    tables, rows, refused = 0, 0, []
    for path in sorted(folder.rglob("csv-metadata.json")):
        group = TableGroup.from_file(path)
        for table in group.tables:
            try:
                rows += sum(1 for _ in table.iterdicts(strict=True))
                if not table.check_primary_key():
                    refused.append(f"{table.url}: its key is not one")
            except ValueError as error:
                refused.append(f"{table.url}: {type(error).__name__}")
            tables += 1
    return {"tables": tables, "rows": rows, "refused": refused}


def spoilt(folder: Path, into: Path) -> dict[str, Any]:
    """What is found when a crate has no licence, and a figure of a table is a word: the controls of this study."""
    graph = json.loads((folder / CRATE).read_text(encoding="utf-8"))
    for entity in graph["@graph"]:
        if entity["@id"] == "./":
            del entity["license"]
    bare = into / "crate"
    shutil.copytree(folder, bare)
    (bare / CRATE).write_text(json.dumps(graph), encoding="utf-8")
    table = sorted((bare / "tables").glob("*.csv"))[0]
    head, first, *rest = table.read_text(encoding="utf-8").splitlines()
    cut = first.split(",")
    cut[head.split(",").index("value")] = "many"
    table.write_text("\n".join([head, ",".join(cut), *rest]) + "\n", encoding="utf-8")
    return {"crate": issues(bare, "REQUIRED"), "tables": tables_read(bare)["refused"]}


def inside(folder: Path) -> None:
    """Within the environment: print what was found, as JSON."""
    without_network()
    with tempfile.TemporaryDirectory() as beside:
        found = {
            "issues": issues(folder, "RECOMMENDED"),
            "tables": tables_read(folder),
            "spoilt": spoilt(folder, Path(beside)),
            "entities": len(json.loads((folder / CRATE).read_text(encoding="utf-8"))["@graph"]),
            "with": {name: version(name) for name in ("roc-validator", "csvw")},
        }
    print("\n" + json.dumps(found))


def page(folder: Path, found: dict[str, Any]) -> str:
    """The page of the study."""
    required = [one for one in found["issues"] if " REQUIRED:" in one]
    advised = [one for one in found["issues"] if " REQUIRED:" not in one]
    read, spoilt_ones = found["tables"], found["spoilt"]
    lines = [
        "# The edition as a crate, by others' validators",
        "",
        f"Made on {date.today():%-d %B %Y} by `python tests/crate_study.py FOLDER` on `{'/'.join(folder.parts[-3:])}`, "
        f"with roc-validator {found['with']['roc-validator']} and csvw {found['with']['csvw']}, neither of which the "
        "library uses, and with every connection refused.",
        "",
        "| | asked | found |",
        "|---|---|---|",
        f"| RO-Crate 1.3, all that it requires | {found['entities']:,} entities | {len(required)} not met |",
        f"| what it recommends | the same | {len(advised)} not followed |",
        f"| CSV on the Web: read strictly, types and keys | {read['tables']:,} tables, {read['rows']:,} rows "
        f"| {len(read['refused'])} refused |",
        f"| a copy whose crate has no licence | must be found | {'found' if spoilt_ones['crate'] else 'NOT FOUND'} |",
        f"| a copy with a word for a figure | must be found | {'found' if spoilt_ones['tables'] else 'NOT FOUND'} |",
        "",
        *(f"Not met: {one}." for one in [*required, *read["refused"]]),
        "Not followed:",
        "",
        *(f"- {one.rstrip('.')}." for one in advised),
        "",
        "No file is given with its size: some of these numbers would be a person's or a payment's wherever ids are "
        "plain numbers. Of a network, the library knows no address and no entry in the Research Organization Registry.",
    ]
    return "\n".join(lines) + "\n"


def main() -> int:
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    asked.add_argument("folder", type=Path)
    asked.add_argument("--to", type=Path, default=ROOT / "docs" / "studies" / "crate.md")
    asked.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    given = asked.parse_args()
    if given.inside:
        inside(given.folder)
        return 0
    python = HOME / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", HOME], check=True)
    subprocess.run([python, "-m", "pip", "install", "--quiet", *LIBRARIES], check=True)
    command = [python, __file__, given.folder.resolve(), "--inside"]
    found = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()[-1])
    given.to.write_text(page(given.folder.resolve(), found), encoding="utf-8")
    print(given.to.read_text(encoding="utf-8"))
    controls = found["spoilt"]["crate"] and found["spoilt"]["tables"]
    return 0 if controls and not found["tables"]["refused"] and " REQUIRED:" not in str(found["issues"]) else 1


if __name__ == "__main__":
    sys.exit(main())
