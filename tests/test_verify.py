"""Verifying: an edition made again is the same; whatever was changed is told; what is gone is said."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from anchor_analysis import storage
from anchor_analysis.declared import parse_year
from anchor_analysis.problems import UserError
from anchor_analysis.publish.editions import EditionFolder, find_edition, write_manifest
from anchor_analysis.publish.notebooks import read_notebooks, write_notebooks
from anchor_analysis.running import run_network
from anchor_analysis.running.releasing import release
from anchor_analysis.running.verifying import Verified, verify_edition
from tests.small_network import refused, send
from tests.test_editions import reseal


def edition_of(workspace: storage.Workspace) -> EditionFolder:
    return find_edition(workspace, "example")


def verify(workspace: storage.Workspace, **named) -> Verified:
    return verify_edition(workspace, "example", workers=1, **named)


def restated(edition: EditionFolder, **changes: Callable[[dict], dict]) -> None:
    """Have the manifest say something else of what went in, and no crate that contradicts it."""
    about = {name: value for name, value in edition.manifest.items() if name not in ("files", "edition_hash")}
    write_manifest(edition.folder, about | {name: change(about[name]) for name, change in changes.items()})
    (edition.folder / "ro-crate-metadata.json").unlink()


def faults(found: Verified) -> dict[str, tuple[str, ...]]:
    """What differs, by part."""
    return {part.what: part.differing for part in found.parts if part.differing and not part.told}


def files_of(folder: Path) -> dict[str, tuple[int, str]]:
    """Every file below a folder with its time and hash, and every folder."""
    return {
        path.relative_to(folder).as_posix(): (path.stat().st_mtime_ns, storage.file_hash(path))
        if path.is_file()
        else ()
        for path in folder.rglob("*")
        if not path.is_symlink()
    }


def test_an_edition_is_verified_and_nothing_of_the_workspace_changes(workspace, say):
    before = files_of(workspace.root)
    code, printed = say("edition", "verify", "example", "--quiet")
    assert code == 0, printed
    cells = len(storage.read_frame(edition_of(workspace).folder / "cells.parquet"))
    claims = len(storage.read_json(edition_of(workspace).folder / "claims.json")["claims"])
    assert f"Verified: {cells:,} figures, {claims:,} claims" in printed
    assert "the same to the byte" in printed and "made again from the returns" in printed
    assert files_of(workspace.root) == before


@pytest.fixture(scope="module")
def corrected(made, tmp_path_factory) -> storage.Workspace:
    """A workspace in which a first edition was released, and a second one corrects a return."""
    workspace = storage.Workspace(tmp_path_factory.mktemp("corrected") / "copy")
    shutil.copytree(made.root, workspace.root)
    release(workspace, "example", by="chief executive")
    send(workspace, "a", "2023-24", 220)
    run_network(workspace, "example", workers=1)
    return workspace


@pytest.fixture
def two_revisions(corrected, tmp_path) -> storage.Workspace:
    shutil.copytree(corrected.root, tmp_path / "two")
    return storage.Workspace(tmp_path / "two")


def test_a_released_edition_is_verified_with_the_ledger_as_it_was(two_revisions):
    shutil.rmtree(two_revisions.raw("example") / "2023-24" / "a")
    send(two_revisions, "a", "2023-24", 107)
    found = verify(two_revisions, revision="r1")
    assert found.holds and found.exact and found.status == "released"


@pytest.mark.long
def test_a_revision_is_verified_with_what_was_released_before_it(two_revisions):
    assert verify(two_revisions, revision="r2").exact
    (two_revisions.network("example") / "editions.toml").unlink()
    with pytest.raises(UserError, match=r"after the release of 2023/24 r1"):
        verify(two_revisions, revision="r2")


@pytest.mark.long
def test_results_of_another_edition_are_not_taken_for_this_ones(two_revisions):
    shutil.rmtree(two_revisions.raw("example"))
    assert verify(two_revisions, revision="r1").way.name == "edition"
    assert verify(two_revisions, revision="r2").way.name == "canonical"


@pytest.mark.long
def test_a_changed_return_is_named_with_what_moved(workspace, say, tmp_path):
    send(workspace, "b", "2023-24", 190)
    listed = tmp_path / "differences.csv"
    code, printed = say("edition", "verify", "example", "--csv", str(listed), "--quiet")
    assert code == 1
    assert "returns: 5 the same, 1 difference" in printed and "b/2023-24 (changed)" in printed
    found = pd.read_csv(listed)
    figures = " ".join(found[found["part"] == "figures"]["what"])
    assert "members|staff|2023-24|all|b|value (" in figures and "members|staff|2023-24|all|c|value" not in figures
    for part in ("figures", "claims", "tables", "sheets of the workbook", "notebooks", "pages"):
        assert f"{part} (" in printed.splitlines()[-2]


@pytest.mark.long
def test_a_return_that_came_since_is_named(workspace):
    restated(
        edition_of(workspace), returns=lambda then: {part: one for part, one in then.items() if part != "c/2022-23"}
    )
    assert faults(verify(workspace))["returns that came since"] == ("c/2022-23",)


def tamper_with_a_cell(edition: EditionFolder) -> str:
    cells = storage.read_frame(edition.folder / "cells.parquet")
    at = cells.index[(cells["status"] == "shown") & (cells["unit"] == "persons")][0]
    cells.loc[at, "value"] += 5
    storage.write_frame(cells, edition.folder / "cells.parquet")
    return str(cells.loc[at, "cell_id"])


def tamper_with_a_claim(edition: EditionFolder) -> str:
    register = storage.read_json(edition.folder / "claims.json")
    entry = next(one for one in register["claims"] if one.get("sentence"))
    entry["sentence"] += " It is splendid."
    storage.write_text(edition.folder / "claims.json", storage.to_json(register))
    return str(entry["id"])


def tamper_with_a_table(edition: EditionFolder) -> str:
    path = edition.folder / "tables" / "members.csv"
    table = pd.read_csv(path, dtype=str, keep_default_na=False)
    table.loc[0, "shown"] = "9,995"
    table.to_csv(path, index=False, lineterminator="\n")
    return str(table.loc[0, "cell_id"])


def tamper_with_a_notebook(edition: EditionFolder) -> str:
    held = read_notebooks(edition.folder)
    write_notebooks(edition.folder, held | {"network_impact": held["network_impact"].replace("Member A", "Member Z")})
    return "notebooks/network_impact.ipynb: cell"


def tamper_with_a_page(edition: EditionFolder) -> str:
    path = edition.folder / "network_impact.html"
    storage.write_text(path, storage.read_text(path).replace("</main>", "<p>All is well.</p></main>"))
    return "network_impact.html"


def tamper_with_the_facts(edition: EditionFolder) -> str:
    facts = edition.facts | {"licence": "None"}
    storage.write_text(edition.folder / "edition.json", storage.to_json(facts))
    return "edition.json: licence"


TAMPERED = {
    "figures": tamper_with_a_cell, "claims": tamper_with_a_claim, "tables": tamper_with_a_table,
    "notebooks": tamper_with_a_notebook, "pages": tamper_with_a_page, "other files": tamper_with_the_facts,
}  # fmt: skip


def test_whatever_was_tampered_with_is_told_though_the_manifest_was_made_to_fit(workspace):
    edition = edition_of(workspace)
    names = {part: tamper(edition) for part, tamper in TAMPERED.items()}
    reseal(edition)
    found = faults(verify(workspace))
    assert found.keys() == {*TAMPERED, "seals"}
    for part, name in names.items():
        assert all(name in one for one in found[part]), found[part]
    assert all("is not as ro-crate-metadata.json says" in one for one in found["seals"]), "the crate has the old hashes"


def test_a_file_that_is_not_as_sealed_is_told(workspace):
    edition = edition_of(workspace)
    storage.write_text(edition.folder / "tables" / "extra.csv", "a\n1\n")
    found = faults(verify(workspace))
    assert "tables/extra.csv is not as the manifest says." in " ".join(found["seals"])
    assert found["tables"] == ("tables/extra.csv: is not made again",)


def test_where_a_return_is_gone_the_canonical_tables_are_counted_again(workspace, say):
    shutil.rmtree(workspace.raw("example") / "2022-23" / "a")
    code, printed = say("edition", "verify", "example", "--quiet")
    assert code == 0, printed
    assert "Not here: a/2022-23." in printed and "from the canonical tables" in printed
    assert "Not verified: that these tables are what the returns say" in printed
    assert "Verified as far as it can be" in printed and "the same to the byte" in printed


def test_where_the_rows_are_gone_the_notebooks_are_run_on_the_results(workspace):
    for folder in (workspace.raw("example"), *(workspace.processed("example") / one for one in ("cleaned", "located"))):
        shutil.rmtree(folder)
    found = verify(workspace)
    assert found.way.name == "results" and len(found.gone) == 6 and found.holds
    tamper_with_a_notebook(edition_of(workspace))
    assert "notebooks" in faults(verify(workspace))


def test_where_all_is_gone_seals_and_agreement_are_what_remains(workspace, say):
    shutil.rmtree(workspace.root / "data")
    before = files_of(workspace.root)
    code, printed = say("edition", "verify", "example", "--quiet")
    assert code == 0, printed
    assert "from its own figures alone" in printed and "nothing was run again" in printed
    assert "statements that agree with the figures" in printed and "notebooks" not in printed.splitlines()[-1]
    assert files_of(workspace.root) == before, "not even an empty folder of data"
    edition = edition_of(workspace)
    name = tamper_with_a_cell(edition)
    reseal(edition)
    found = faults(verify(workspace))
    assert any(name in one for one in found["statements that agree with the figures"])
    assert any(name in one for one in found["tables"])


def test_a_folder_from_elsewhere_is_held_against_what_is_made_here(workspace, tmp_path, say):
    folder = tmp_path / "sent"
    shutil.move(edition_of(workspace).folder, folder)
    code, printed = say("edition", "verify", "example", "--against", str(folder), "--quiet")
    assert code == 0 and "example/2023-24/r1 (draft)" in printed, printed


def test_whoever_has_only_the_folder_can_check_its_seals_and_whether_it_agrees_with_itself(
    workspace, tmp_path, say, monkeypatch
):
    folder = tmp_path / "sent"
    shutil.move(edition_of(workspace).folder, folder)
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.delenv("ANCHOR_WORKSPACE")
    monkeypatch.chdir(tmp_path / "elsewhere")
    before = files_of(folder)
    code, printed = say("edition", "verify", "example", "--against", str(folder), "--quiet")
    assert code == 0 and "Not here: a/2022-23" in printed and "nothing was run again" in printed, printed
    assert files_of(folder) == before and not list((tmp_path / "elsewhere").iterdir())
    name = tamper_with_a_table(EditionFolder("example", parse_year("2023/24"), "r1", folder))
    code, printed = say("edition", "verify", "example", "--against", str(folder), "--quiet")
    assert code == 1 and name in printed and "tables/members.csv is not as the manifest says" in printed


def test_what_cannot_begin_is_a_users_mistake(workspace, tmp_path, say):
    refused(say("edition", "verify", "exampel"), "Did you mean example?")
    refused(say("edition", "verify", "example", "--revision", "r7"), "there is no edition")
    refused(say("edition", "verify", "example", "--against", str(tmp_path)), "there is no edition in this folder")
    edition = edition_of(workspace)
    manifest = edition.manifest
    storage.write_text(edition.folder / "manifest.json", storage.to_json(manifest | {"edition": "other/2023-24/r1"}))
    refused(say("edition", "verify", "example", "--against", str(edition.folder)), "an edition of other")
    storage.write_text(edition.folder / "manifest.json", storage.to_json(manifest | {"edition": "example/2023-24/.."}))
    refused(say("edition", "verify", "example", "--against", str(edition.folder)), "cannot be read")
    storage.write_text(edition.folder / "manifest.json", "{")
    refused(say("edition", "verify", "example"), "cannot be read")


def test_a_return_with_a_fault_now_is_told_as_a_run_tells_it(workspace, say):
    path = workspace.raw("example") / "2023-24" / "a" / "workforce.csv"
    storage.write_text(path, storage.read_text(path).replace(",permanent,1,", ",permanent,many,", 1))
    before = files_of(workspace.root)
    refused(say("edition", "verify", "example", "--quiet"), "workforce.csv")
    assert files_of(workspace.root) == before


def test_one_that_is_interrupted_leaves_nothing(workspace, monkeypatch):
    before = files_of(workspace.root)

    def interrupt(step: str, done: int, total: int, what: str) -> None:
        if step == "Notebooks":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        verify_edition(workspace, "example", progress=interrupt, workers=1)
    assert files_of(workspace.root) == before


def test_nothing_else_may_be_at_work_on_the_network(workspace, say):
    with storage.locked(workspace.processed("example"), "a run"):
        code, printed = say("edition", "verify", "example")
    assert code == 4 and "a run" in printed and "AN011" in printed and "Traceback" not in printed


@pytest.mark.long
def test_another_release_of_a_library_is_told_and_no_fault(workspace):
    restated(edition_of(workspace), environment=lambda then: then | {"numpy": "1.0"})
    found = verify(workspace)
    told = {part.what: part.differing for part in found.parts if part.told}
    assert found.holds and not found.exact
    assert told["releases of Python and libraries"][0].startswith("numpy 1.0, now ")


def test_pictures_may_be_drawn_otherwise_by_other_libraries_and_their_words_not(tmp_path):
    from anchor_analysis.running.comparing import compare_whole

    for name, picture, words in (("a", "AAAA", "Bar chart. 5"), ("b", "BBBB", "Bar chart. 5"), ("c", "AAAA", "Six")):
        output = {"output_type": "display_data", "data": {"image/png": picture, "text/plain": words}}
        cells = [{"source": "draw()", "outputs": [output]}]
        write_notebooks(storage.made(tmp_path / name), {"x": json.dumps({"cells": cells})})

    def other(first: str, second: str, pictures: bool) -> set[str]:
        parts = compare_whole(tmp_path / first, tmp_path / second, pictures)
        return {one for part in parts for one in part.differing if not part.told and "x.ipynb" in one}

    assert other("a", "b", True) == {"notebooks/x.ipynb: cell 1, image/png"}
    assert other("a", "b", False) == set()
    assert other("a", "c", False) == {"notebooks/x.ipynb: cell 1, text/plain"}
