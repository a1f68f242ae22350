"""The ledger of editions: a chain of entries that shows what was done to it, and who released or withdrew what."""

from __future__ import annotations

import shutil
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anchor_analysis import UserError, storage
from anchor_analysis.declared import load_network, parse_year
from anchor_analysis.declared.model import read_data
from anchor_analysis.publish.editions import find_edition, list_editions, next_revision, status_of
from anchor_analysis.publish.ledger import FIELDS, GENESIS, enter_in_ledger, ledger_of, ledger_problems
from anchor_analysis.running import releasing, run_network
from anchor_analysis.running.releasing import release, withdraw
from tests.small_network import make_workspace, write_settings
from tests.test_revisions import cell, make

BY = "network analyst"


def released(workspace: storage.Workspace, *names: str) -> storage.Workspace:
    """A workspace in which editions by `2023-24/r1` are released, in this order."""
    write_settings(workspace.root)
    for name in names:
        make(workspace, name, cell(), manifest={"status": "released"}, released=True)
    return workspace


@pytest.fixture
def workspace(tmp_path) -> storage.Workspace:
    return released(storage.Workspace(tmp_path), "2021-22/r1", "2022-23/r1", "2023-24/r1", "2023-24/r2")


def ledger_file(workspace: storage.Workspace):
    return workspace.network("example") / "editions.toml"


def blocks(workspace: storage.Workspace) -> list[str]:
    """The ledger's text: its head, and each entry."""
    head, *entries = storage.read_text(ledger_file(workspace)).split("[[editions]]\n")
    return [head, *(f"[[editions]]\n{entry.rstrip()}\n\n" for entry in entries)]


def rewrite(workspace: storage.Workspace, parts: list[str]) -> None:
    storage.write_text(ledger_file(workspace), "".join(parts))


def refused(do: Callable[[], object], *said: str) -> str:
    with pytest.raises(UserError) as caught:
        do()
    told = str(caught.value)
    for words in said:
        assert words in told, told
    return told


# --- the chain ---


def test_each_entry_has_the_hash_of_the_one_before_it(workspace):
    entries = ledger_of(workspace, "example")
    assert [entry["revision"] for entry in entries] == ["r1", "r1", "r1", "r2"]
    assert entries[0]["previous"] == GENESIS
    assert [entry["previous"] for entry in entries[1:]] == [entry["entry"] for entry in entries[:-1]]
    assert all(tuple(entry) == FIELDS["released"] for entry in entries)
    assert {entry["released_by"] for entry in entries} == {BY}


@pytest.mark.parametrize("name", ["year", "revision", "edition_hash", "released", "released_by", "previous", "entry"])
def test_an_entry_of_which_a_field_was_changed_is_named(workspace, name):
    parts = blocks(workspace)
    value = read_data(ledger_file(workspace))["editions"][1][name]
    parts[2] = parts[2].replace(f'{name} = "{value}"', f'{name} = "{value[:-1]}x"')
    rewrite(workspace, parts)
    said = refused(lambda: ledger_of(workspace, "example"), "it is not as it was written", "(AN048", "version control")
    assert "networks/example/editions.toml, line 14, entry 2: " in said
    assert "2022/23 r1" in said or name in ("year", "revision")


def test_an_entry_that_was_changed_and_sealed_again_is_told_by_the_one_after_it(workspace):
    entries, parts = ledger_of(workspace, "example"), blocks(workspace)
    path = ledger_file(workspace)
    path.unlink()
    edition = find_edition(workspace, "example", "2022/23")
    enter_in_ledger(load_network(workspace, "example"), edition, {"edition_hash": "other"}, "somebody else")
    forged = blocks(workspace)[1].replace(GENESIS, entries[0]["entry"])
    rewrite(workspace, [*parts[:2], forged, *parts[3:]])
    refused(lambda: ledger_of(workspace, "example"), "entry 2: 2022/23 r1: it is not as it was written")
    resealed = forged.replace(read_data(path)["editions"][1]["entry"], seal_of(read_data(path)["editions"][1]))
    rewrite(workspace, [*parts[:2], resealed, *parts[3:]])
    said = refused(lambda: ledger_of(workspace, "example"), "entry 3: 2023/24 r1: it does not follow the entry before")
    assert said.count("AN048, ") == 1


def seal_of(entry: dict) -> str:
    """The hash of an entry's other fields, from the words of docs/editions.md."""
    import hashlib
    import json

    told = {name: value for name, value in entry.items() if name != "entry"}
    text = json.dumps(told, ensure_ascii=False, indent=1, sort_keys=True) + "\n"
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def test_the_hash_of_an_entry_can_be_recomputed_by_anybody(workspace):
    assert all(entry["entry"] == seal_of(entry) for entry in ledger_of(workspace, "example"))


@pytest.mark.parametrize(
    ("change", "at"),
    [
        (lambda parts: [*parts[:2], *parts[3:]], "entry 2: 2023/24 r1: it does not follow"),
        (lambda parts: [parts[0], *parts[2:]], "entry 1: 2022/23 r1: it does not follow"),
        (lambda parts: [*parts[:2], parts[3], parts[2], parts[4]], "entry 2: 2023/24 r1: it does not follow"),
        (lambda parts: [*parts, parts[-1]], "entry 5: 2023/24 r2: it does not follow"),
    ],
    ids=["taken out of the middle", "taken out at the start", "moved", "put in twice"],
)
def test_an_entry_that_was_taken_out_moved_or_put_in_is_told_where_the_chain_breaks(workspace, change, at):
    rewrite(workspace, change(blocks(workspace)))
    refused(lambda: ledger_of(workspace, "example"), at, "was taken out, put in, moved or changed here", "AN048")


BARE = '[[editions]]\nyear = "2023/24"\nrevision = "r3"\nedition_hash = "0"\nreleased = "2024-06-30"\n'


@pytest.mark.parametrize(
    ("added", "said"),
    [
        (BARE, "entry 5: 2023/24 r3: it has no `previous` or no `entry`"),
        (BARE + 'previous = "0"\nentry = "0"\n', "entry 5: 2023/24 r3: it is not as it was written"),
        (BARE.replace('"2024-06-30"', "2024-06-30") + 'previous = "0"\nentry = "0"\n', "entry 5: 2023/24 r3"),
        ("[[editions]]\n", "entry 5: no year no revision: it has no `previous`"),
        ('[[editions]]\nkind = ["a"]\nprevious = 3\nentry = {}\n', "entry 5: no year no revision"),
        ("[other]\n", "holds something else than entries"),
    ],
)
def test_what_was_added_by_hand_is_refused_and_nothing_of_it_ends_in_a_traceback(workspace, added, said):
    rewrite(workspace, [*blocks(workspace), added])
    refused(lambda: ledger_of(workspace, "example"), said, "AN048", "Take the file back from version control")


@pytest.mark.parametrize("text", ["editions = 3\n", 'editions = ["r1"]\n', "editions = [{}]\n"])
def test_a_file_that_is_no_ledger_is_refused(workspace, text):
    storage.write_text(ledger_file(workspace), text)
    refused(lambda: ledger_of(workspace, "example"), "networks/example/editions.toml", "AN048")


def test_a_ledger_without_hashes_is_refused_entry_by_entry(workspace):
    rewrite(workspace, [BARE, BARE])
    said = refused(lambda: ledger_of(workspace, "example"), "entry 1: ", "entry 2: ", "line 6")
    assert said.count("it has no `previous`") == 2


def test_every_entry_at_fault_is_told_at_once(workspace):
    rewrite(workspace, [part.replace(BY, "somebody") for part in blocks(workspace)])
    said = refused(lambda: ledger_of(workspace, "example"))
    assert said.count("it is not as it was written") == 4


@given(data=st.data())
def test_no_sign_of_an_entry_can_be_changed_unnoticed(tmp_path_factory, data):
    workspace = released(storage.Workspace(tmp_path_factory.mktemp("ledger")), "2022-23/r1", "2023-24/r1")
    text = storage.read_text(ledger_file(workspace))
    at = data.draw(st.integers(text.index("kind"), len(text) - 2).filter(lambda place: text[place].isalnum()))
    sign = data.draw(st.sampled_from("0123456789abcdefr").filter(lambda one: one != text[at]))
    storage.write_text(ledger_file(workspace), text[:at] + sign + text[at + 1 :])
    refused(lambda: ledger_of(workspace, "example"), "editions.toml")


def test_words_of_any_script_are_read_as_they_were_written(workspace):
    entry = withdraw(workspace, "example", "2023/24", "r2", reason='Größe "x" \\ 🙂 = 1', by="directrice générale")
    assert ledger_of(workspace, "example")[-1] == entry
    assert entry["reason"] == 'Größe "x" \\ 🙂 = 1'


# --- what stands and is not entered ---


def test_an_entry_that_is_gone_from_the_end_is_told_by_the_edition_that_stands(workspace):
    rewrite(workspace, blocks(workspace)[:-1])
    assert len(ledger_of(workspace, "example")) == 3
    (problem,) = ledger_problems(load_network(workspace, "example"), workspace)
    assert (problem.code, problem.where) == ("AN048", "outputs, 2023-24/r2")
    assert "the ledger has no entry of it" in problem.what and "version control" in problem.remedy


def test_a_ledger_that_is_gone_is_told_by_every_edition_that_stands(workspace):
    ledger_file(workspace).unlink()
    assert len(ledger_problems(load_network(workspace, "example"), workspace)) == 4


def test_an_edition_that_stands_otherwise_than_entered_is_told(workspace):
    make(workspace, "2023-24/r1", cell(value=7), manifest={"status": "released"})
    (problem,) = ledger_problems(load_network(workspace, "example"), workspace)
    assert problem.what == "it is not the edition that the ledger says was released."


def test_an_entry_that_is_gone_is_told_by_the_archive_too(workspace):
    path = workspace.network("example") / "network.toml"
    storage.write_text(path, storage.read_text(path).replace('place = "Leeds"', 'place = "Leeds"\narchive = "kept"'))
    shutil.copytree(workspace.editions("example"), workspace.root / "kept" / "example")
    shutil.rmtree(workspace.editions("example"))
    network = load_network(workspace, "example")
    assert ledger_problems(network, workspace) == []
    rewrite(workspace, blocks(workspace)[:-1])
    assert [problem.where for problem in ledger_problems(network, workspace)] == ["the archive, 2023-24/r2"]


# --- releasing and withdrawing ---


@pytest.fixture(scope="module")
def finished(tmp_path_factory) -> storage.Workspace:
    made = make_workspace(tmp_path_factory.mktemp("finished"))
    path = made.network("example") / "network.toml"
    storage.write_text(path, storage.read_text(path).replace('place = "Leeds"', 'place = "Leeds"\narchive = "kept"'))
    run_network(made, "example", workers=1)
    return made


@pytest.fixture
def run(finished, tmp_path, monkeypatch) -> storage.Workspace:
    """A copy of a workspace with an audited draft, to do with as a test likes."""
    shutil.copytree(finished.root, tmp_path / "run")
    monkeypatch.setenv("ANCHOR_WORKSPACE", str(tmp_path / "run"))
    monkeypatch.setenv("COLUMNS", "200")
    return storage.Workspace(tmp_path / "run")


def statuses(workspace: storage.Workspace) -> list[str]:
    return list(list_editions(workspace, "example")["status"])


def test_a_release_says_who_released_it_as_a_role(run, say):
    code, printed = say("edition", "release", "example")
    assert code == 2 and "--by" in printed and "Traceback" not in printed
    assert statuses(run) == ["audited"]
    code, printed = say("edition", "release", "example", "--by", " chief  executive ")
    assert code == 0 and "is released" in printed
    (entry,) = ledger_of(run, "example")
    assert (entry["kind"], entry["released_by"]) == ("released", "chief executive")
    assert entry["edition_hash"] == find_edition(run, "example").manifest["edition_hash"]


@pytest.mark.parametrize("by", ["", "  ", "jo.bloggs@example.org", "chief executive <jo@example>", "chief\x07"])
def test_what_is_no_role_is_refused_before_anything_is_done_and_is_not_repeated(run, by):
    said = refused(lambda: release(run, "example", by=by), "--by", "AN049", "Name a role")
    assert "jo" not in said.lower()
    assert statuses(run) == ["audited"] and not ledger_file(run).exists()


def test_nothing_is_run_or_released_over_an_edition_whose_entry_is_gone(run):
    edition = release(run, "example", by=BY)
    sealed = storage.folder_hash(edition.folder)
    ledger_file(run).unlink()
    for do in (lambda: release(run, "example", by=BY), lambda: run_network(run, "example", workers=1)):
        refused(do, "outputs, 2023-24/r1", "the archive, 2023-24/r1", "AN048", "the ledger has no entry of it")
    assert storage.folder_hash(edition.folder) == sealed


def test_with_an_altered_ledger_no_command_goes_on(run, say):
    release(run, "example", by=BY)
    storage.write_text(ledger_file(run), storage.read_text(ledger_file(run)).replace(BY, "somebody"))
    for words in (("run", "example"), ("edition", "list", "example"), ("edition", "release", "example", "--by", BY)):
        code, printed = say(*words)
        assert code == 2 and "AN048" in printed and "Traceback" not in printed


@pytest.mark.parametrize("error", [KeyboardInterrupt(), OSError(28, "No space left", "editions.toml")])
def test_a_release_that_is_broken_off_leaves_the_draft_and_nothing_in_the_archive(run, monkeypatch, error):
    def fail(*given: object) -> None:
        raise error

    monkeypatch.setattr(releasing, "enter_in_ledger", fail)
    with pytest.raises((KeyboardInterrupt, UserError), match=r"nothing is released|^$"):
        release(run, "example", by=BY)
    assert find_edition(run, "example").manifest["status"] == "draft"
    assert not list((run.root / "kept").rglob("manifest.json"))
    monkeypatch.undo()
    assert ledger_problems(load_network(run, "example"), run) == []


def test_a_withdrawn_edition_stays_and_is_no_longer_what_is_opened(run, say):
    edition = release(run, "example", by=BY)
    sealed = storage.folder_hash(edition.folder)
    words = ("edition", "withdraw", "example", "--year", "2023/24", "--revision", "r1", "--by", "chief executive")
    code, printed = say(*words, "--reason", "Member B sent the return of another year.")
    assert code == 0 and "example 2023/24 r1 is withdrawn" in printed
    first, second = ledger_of(run, "example")
    assert (second["kind"], second["previous"], second["edition_hash"]) == (
        "withdrawn", first["entry"], first["edition_hash"],
    )  # fmt: skip
    assert (second["withdrawn_by"], second["reason"]) == (
        "chief executive", "Member B sent the return of another year.",
    )  # fmt: skip
    assert statuses(run) == ["withdrawn"] and storage.folder_hash(edition.folder) == sealed
    refused(lambda: find_edition(run, "example"), "There is: example/2023-24/r1 (withdrawn)", "AN008")
    assert status_of(run, find_edition(run, "example", revision="r1")) == "withdrawn"


def test_after_a_withdrawal_a_run_makes_the_next_revision(run):
    release(run, "example", by=BY)
    withdraw(run, "example", "2023/24", "r1", reason="A mistake.", by=BY)
    assert next_revision(run, "example", parse_year("2023/24")) == "r2"
    result = run_network(run, "example", workers=1)
    assert (result.fresh, result.edition.revision) == (True, "r2")
    assert statuses(run) == ["withdrawn", "audited"]


def test_a_withdrawn_edition_is_not_released_again(run):
    release(run, "example", by=BY)
    withdraw(run, "example", "2023/24", "r1", reason="A mistake.", by=BY)
    refused(lambda: release(run, "example", revision="r1", by=BY), "this edition is withdrawn already", "AN009")


def test_only_what_was_released_is_withdrawn_and_only_once(workspace):
    withdraw(workspace, "example", "2023-24", "r1", reason="A mistake.", by=BY)
    for year, revision, said, code in (
        ("2023/24", "r1", "this edition is withdrawn already", "AN009"),
        ("2023/24", "r9", "there is nothing to withdraw", "AN008"),
        ("2019/20", "r1", "there is nothing to withdraw", "AN008"),
        ("2024", "r1", "2023/24 or 2024/25", "AN003"),
    ):
        refused(lambda: withdraw(workspace, "example", year, revision, reason="Why.", by=BY), said, code)  # noqa: B023
    assert len(ledger_of(workspace, "example")) == 5


def test_a_withdrawal_says_who_and_why_without_naming_a_person(workspace):
    said = refused(
        lambda: withdraw(workspace, "example", "2023/24", "r1", reason="ask jo@example.org", by=""),
        "--by: it is blank", "--reason: it holds an e-mail address", "AN049",
    )  # fmt: skip
    assert "jo@" not in said
