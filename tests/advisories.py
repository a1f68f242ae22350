"""Which packages of the lock a folder of advisories names, without a network: `python -m tests.advisories FOLDER`.

The folder holds advisories in the form of OSV, a JSON or YAML file each, as the Python Packaging Advisory Database and
mirrors of OSV give them out. `python tasks.py audit` calls this where ANCHOR_ADVISORIES names a folder.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from tests.test_packaging import locked

Advisory = dict[str, Any]


def found_in(folder: Path) -> list[str]:
    """Each package of the lock that an advisory says is affected, with the advisory and what it is about."""
    pinned = {name: version for name, version, _ in locked()}
    return sorted(
        f"{name} {pinned[name]}: {advisory.get('id', path.stem)} {advisory.get('summary', '')}".rstrip()
        for path, advisory in _advisories(folder)
        if "withdrawn" not in advisory
        for name in sorted(set(_packages(advisory)) & pinned.keys())
        if any(is_affected(pinned[name], about) for about in _abouts(advisory, name))
    )


def _advisories(folder: Path) -> Iterator[tuple[Path, Advisory]]:
    for path in sorted([*folder.rglob("*.json"), *folder.rglob("*.yaml")]):
        text = path.read_text(encoding="utf-8")
        yield path, json.loads(text) if path.suffix == ".json" else yaml.safe_load(text)


def _abouts(advisory: Advisory, name: str) -> Iterator[dict[str, Any]]:
    """What an advisory says of a package of PyPI."""
    for about in advisory.get("affected", []):
        package = about.get("package", {})
        if package.get("ecosystem") == "PyPI" and canonicalize_name(package.get("name", "")) == name:
            yield about


def _packages(advisory: Advisory) -> Iterator[str]:
    yield from (canonicalize_name(about.get("package", {}).get("name", "")) for about in advisory.get("affected", []))


def is_affected(version: Version, about: dict[str, Any]) -> bool:
    """Whether a version is listed, or lies in a range from an event `introduced` to one `fixed` or `last_affected`."""
    if any(_same(version, listed) for listed in about.get("versions", [])):
        return True
    return any(_within(version, one["events"]) for one in about.get("ranges", []) if one.get("type") == "ECOSYSTEM")


def _same(version: Version, listed: str) -> bool:
    try:
        return Version(listed) == version
    except InvalidVersion:
        return False


def _within(version: Version, events: list[dict[str, str]]) -> bool:
    begun = any("introduced" in one and (one["introduced"] == "0" or Version(one["introduced"]) <= version)
                for one in events)  # fmt: skip
    starts = [Version(one["introduced"]) for one in events if one.get("introduced", "0") != "0"]
    last = max((start for start in starts if start <= version), default=Version("0.dev0"))
    ended = any(
        last < Version(one["fixed"]) <= version if "fixed" in one else last <= Version(one["last_affected"]) < version
        for one in events
        if "fixed" in one or "last_affected" in one
    )
    return begun and not ended


def main(folder: Path) -> int:
    """Print what was found; 1 where anything was, 2 where there is nothing to look in."""
    advisories = sum(1 for _ in _advisories(folder))
    if not advisories:
        print(f"{folder} holds no advisory, so nothing was audited.", file=sys.stderr)
        return 2
    found = found_in(folder)
    print(
        "\n".join([*found, f"{len(locked()):,} packages held against {advisories:,} advisories: {len(found)} found."])
    )
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
