"""An edition's folder as a Research Object Crate 1.3 (https://w3id.org/ro/crate/1.3), for archives and their readers.

One file lists every other with its hash, under which licence it is, what the edition was made from, told by
its hash, and with which libraries. It says nothing that the edition does not say, and stands outside the edition's
hash, which it holds.
"""

from __future__ import annotations

import mimetypes
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from anchor_analysis import storage
from anchor_analysis.present import wording
from anchor_analysis.publish.described import DESCRIPTION, licence_address
from anchor_analysis.publish.notebooks import ARCHIVE

#: The file that makes a folder a crate, by the standard.
CRATE = "ro-crate-metadata.json"

#: Files about an edition that are made when it is whole, and again when it is audited again: listed without a hash.
_LATER = ("audit.json", "signoff.html", "signoff.json")

_HOMES = {
    "duckdb": "https://duckdb.org/", "matplotlib": "https://matplotlib.org/",
    "narwhals": "https://narwhals-dev.github.io/narwhals/", "nbconvert": "https://nbconvert.readthedocs.io/",
    "numpy": "https://numpy.org/", "pandas": "https://pandas.pydata.org/",
    "papermill": "https://papermill.readthedocs.io/", "pyarrow": "https://arrow.apache.org/docs/python/",
    "python": "https://www.python.org/", "seaborn": "https://seaborn.pydata.org/",
}  # fmt: skip

_WHAT = {
    "cells.parquet": "Every released figure of the edition, one row per figure",
    "claims.json": "Every sentence with a number, with the figures that it rests on",
    "notebooks.zip": "The notebooks that the pages were made from, with what they gave",
    "conditions.csv": "Conditions in the place, apart from what members did",
    "edition.json": "Facts of the edition: members, definitions, references, rules of protection",
    "workbook.xlsx": "Every released table, one a sheet",
    "index.html": "First page: headlines, pages, downloads",
    "signoff.html": "What is withheld, by which rules, and what was checked",
    "signoff.json": "The sign-off as data",
    "audit.json": "Whether the audit has passed on just these files",
    "manifest.json": "Every file with its hash, and what the edition was made from",
    DESCRIPTION: "What the columns of the conditions hold",
    f"tables/{DESCRIPTION}": "What the columns of the tables hold",
}

_TYPES = {
    ".parquet": "application/vnd.apache.parquet", ".zip": "application/zip", ".csv": "text/csv",
    ".json": "application/json", ".html": "text/html",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}  # fmt: skip


def write_crate(folder: Path, day: str) -> None:
    """Write what makes an edition's folder a crate; `day` is that on which it was made, or released."""
    storage.write_text(folder / CRATE, storage.to_json(_crate(folder, day)))


def _crate(folder: Path, day: str) -> dict[str, Any]:
    from rocrate.model import ContextEntity, File  # takes a fifth of a second
    from rocrate.rocrate import ROCrate

    facts, manifest = storage.read_json(folder / "edition.json"), storage.read_json(folder / "manifest.json")
    crate = ROCrate(version="1.3")

    def add(at: str, kind: str, **said: Any) -> Any:
        return crate.add(ContextEntity(crate, at, properties={"@type": kind, **said}))

    network = add(f"#network-{facts['network']}", "Organization", name=facts["name"], areaServed=facts["place"])
    network["contactPoint"] = add("#contact", "ContactPoint", **_contact(facts))
    licence = licence_address(facts["licence"]) or "#licence"
    said = "The licence under which the network publishes its figures"
    add(licence, "CreativeWork", name=facts["licence"], description=said)
    python = add("#python", "ComputerLanguage", name="Python", url=_HOMES["python"],
                 version=manifest["environment"]["python"])  # fmt: skip
    root = crate.root_dataset
    for name, value in _edition(facts, manifest).items():
        root[name] = value
    root["license"], root["publisher"], root["author"] = {"@id": licence}, network, network
    root["identifier"] = add("#edition", "PropertyValue", name="Hash of the edition",
                             propertyID="sha256 of the manifest", value=manifest["edition_hash"])  # fmt: skip
    files = [crate.add(File(crate, None, name, properties=about)) for name, about in _files(folder, manifest)]
    for file in files:
        if "SoftwareSourceCode" in file["@type"]:
            file["programmingLanguage"] = python
    made = _made(add, facts, manifest)
    made["result"] = [root, *files]
    root["mentions"] = made
    return _in_order(crate.metadata.generate(), day)


def _in_order(graph: dict[str, Any], day: str) -> dict[str, Any]:
    """The graph in a fixed order, with the one day that is meant and no other."""
    entities = sorted(graph["@graph"], key=lambda entity: (entity["@id"] != CRATE, str(entity["@id"])))
    for entity in entities:
        if "datePublished" in entity:
            entity["datePublished"] = day
    return {**graph, "@graph": entities}


def _contact(facts: Mapping[str, Any]) -> dict[str, Any]:
    said = str(facts["contact"])
    about = {"contactType": "questions about the figures", "name": said}
    return about | ({"email": said} if "@" in said and " " not in said else {})


def _edition(facts: Mapping[str, Any], manifest: Mapping[str, Any]) -> dict[str, Any]:
    invented = " Everything in it is invented: it is a demonstration." if facts["synthetic"] else ""
    return {
        "name": f"{facts['name']}: findings of {facts['year']}, revision {facts['revision']}",
        "description": "What the members of an anchor network reported of a year, protected against disclosure, with "
        f"pages, tables, and what each number rests on.{invented}",
        "alternateName": manifest["edition"],
        "version": facts["revision"],
        "creativeWorkStatus": facts["status"],
        "temporalCoverage": f"{facts['period_start']}/{facts['period_end']}",
        "spatialCoverage": facts["place"],
        "keywords": ["anchor institutions", "anchor network", "official statistics"],
    }


def _files(folder: Path, manifest: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every file of an edition and those about it, with what it is, its form, and where it is whole, its hash.

    Not its size: among the sizes of a hundred files are numbers that are somebody's in a network whose ids are numbers.
    """
    hashes = manifest["files"] | {"manifest.json": storage.file_hash(folder / "manifest.json")}
    for name in sorted([*hashes, *_LATER]):
        suffix = Path(name).suffix
        kind = "File" if name != ARCHIVE else ["File", "SoftwareSourceCode"]
        form = _TYPES.get(suffix) or mimetypes.guess_type(name)[0] or "application/octet-stream"
        about: dict[str, Any] = {"@type": kind, "name": name, "description": _said(name), "encodingFormat": form}
        if name in hashes:
            about["sha256"] = hashes[name]
        yield name, about


def _said(name: str) -> str:
    stem = wording.capital(Path(name).stem.replace("_", " "))
    kinds = {"tables/": f"{stem}, as CSV"}
    return _WHAT.get(name) or next((said for at, said in kinds.items() if name.startswith(at)), f"{stem}: a page")


def _made(add: Any, facts: Mapping[str, Any], manifest: Mapping[str, Any]) -> Any:
    """The run as an action: by which program and libraries, from which returns and references, told by their hashes."""
    used = [
        add(f"#library-{name}", "SoftwareApplication", name=name, version=version, url=_HOMES[name])
        for name, version in sorted(manifest["environment"].items())
    ]
    said = "The library that made the edition; its version is the beginning of the hash of its definitions"
    program = add("#anchor-analysis", "CreativeWork", name="anchor_analysis", description=said,
                  isBasedOn=used, version=manifest["definitions"][:16])  # fmt: skip
    returns = [
        add(f"#return-{part.replace('/', '-')}", "CreativeWork", name=f"Return {part}, not part of the crate",
            identifier=f"sha256:{sealed}")
        for part, sealed in sorted(manifest["returns"].items())
    ]  # fmt: skip
    about = {one["id"]: one for one in facts["references"]}
    references = [
        add(f"#reference-{name}", "Dataset", name=f"{name} ({about.get(name, {}).get('kind', 'reference')})",
            description=f"Source: {about.get(name, {}).get('source', 'not told')}", identifier=f"sha256:{sealed}")
        for name, sealed in sorted(manifest["references"].items())
    ]  # fmt: skip
    return add("#run", "CreateAction", name="From returns to this edition", instrument=program,
               object=[*returns, *references])  # fmt: skip
