"""`run --due`: what needs a run is run, what does not is left, and both are said; two at once do not collide."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from anchor_analysis import problems, storage
from anchor_analysis.publish.editions import edition_folders, status_of
from anchor_analysis.running import run_network
from anchor_analysis.running.due import look
from anchor_analysis.running.releasing import release
from tests.small_network import send


def why(workspace: storage.Workspace) -> dict[str, tuple[bool, str]]:
    """Of each year whether it is due, and what is said of it."""
    return {str(one.year): (one.due, one.why) for one in look(workspace, "example")}


def due(workspace: storage.Workspace, year: str = "2023/24") -> str:
    """Why a year is due; it fails where it is not."""
    is_due, said = why(workspace)[year]
    assert is_due, said
    return said


def change(path: Path, old: str, new: str) -> None:
    text = storage.read_text(path)
    assert old in text
    storage.write_text(path, text.replace(old, new))


# --- what is due, and why ---


def test_what_was_run_whole_is_not_due(workspace):
    assert why(workspace) == {"2023/24": (False, "r1 (audited) is made of just what is here")}


def test_a_return_that_was_touched_is_not_due(workspace):
    (workspace.raw("example") / "2023-24" / "a" / "ledger.csv").touch()
    assert not why(workspace)["2023/24"][0]


def test_returns_that_came_changed_or_went_are_due_by_name(workspace):
    send(workspace, "a", "2023-24", 90)
    shutil.rmtree(workspace.raw("example") / "2022-23" / "b")
    send(workspace, "c", "2021-22", 100)
    said = "the return of a 2023-24 changed; the return of b 2022-23 went; the return of c 2021-22 came"
    assert due(workspace) == said


def test_settings_that_changed_are_due(workspace):
    change(workspace.network("example") / "network.toml", 'sector = "x"', 'sector = "y"')
    assert due(workspace) == "the network's settings changed"


def test_a_definition_that_came_is_due(workspace):
    own = storage.read_text(storage.PACKAGE / "definitions" / "metrics" / "staff_fte.yaml")
    storage.write_text(workspace.network("example") / "definitions" / "metrics" / "our_posts.yaml", own)
    assert "definitions changed" in due(workspace)


def test_code_that_changed_is_due(workspace, monkeypatch):
    known = storage.code_hash
    monkeypatch.setattr(storage, "code_hash", lambda *rooms: known(*rooms) + "another")
    assert "the code of anchor_analysis changed" in due(workspace)


def test_a_library_of_another_release_is_due(workspace, monkeypatch):
    here = storage.environment() | {"pandas": "9.0"}
    monkeypatch.setattr(storage, "environment", lambda: here)
    assert due(workspace).startswith("the release of pandas changed")


def test_a_notebook_that_changed_is_due(workspace):
    change(workspace.notebooks / "network_impact.ipynb", "edition.sources()", "edition.sources() ")
    assert due(workspace) == "the notebook network_impact has to run"


def test_a_year_without_an_edition_is_due_when_somebody_has_sent_something_for_it(workspace):
    change(workspace.network("example") / "network.toml", 'latest = "2023/24"', 'latest = "2024/25"')
    said = why(workspace)
    assert said["2024/25"] == (False, "nothing was sent for it yet")
    send(workspace, "a", "2024-25", 100)
    assert due(workspace, "2024/25") == "there is no edition of it yet"


def test_an_edition_that_did_not_pass_its_audit_is_due(workspace):
    storage.remove(edition_folders(workspace, "example")[-1].folder / "audit.json")
    assert due(workspace) == "r1 has not passed its audit"


def test_a_run_that_failed_is_due_until_one_works(workspace, say):
    change(workspace.notebooks / "network_impact.ipynb", "edition.answer()", "edition.nothing()")
    assert say("run", "example", "-q")[0] == 2
    change(workspace.notebooks / "network_impact.ipynb", "edition.nothing()", "edition.answer()")
    assert due(workspace) == "its last run failed (AN041)"
    assert say("run", "--due", "-q")[0] == 0
    assert not why(workspace)["2023/24"][0]


def test_a_run_that_was_killed_is_due(workspace):
    storage.write_text(workspace.processed("example") / "unfinished" / "2023-24.json", '{"said": "was broken off"}')
    assert due(workspace) == "its last run was broken off"


def test_what_a_run_makes_on_its_way_has_to_be_here(workspace):
    shutil.rmtree(workspace.processed("example") / "linked")
    assert due(workspace) == "what a run makes on its way is not here, or is of something else"


def test_a_released_year_gone_by_is_reopened_by_its_returns_alone(workspace):
    release(workspace, "example", by="chief executive")
    change(workspace.network("example") / "network.toml", 'latest = "2023/24"', 'latest = "2024/25"')
    assert why(workspace)["2023/24"] == (False, "r1 is released, and of the same returns")
    send(workspace, "a", "2023-24", 90)
    assert due(workspace) == "the return of a 2023-24 changed"


def test_a_network_that_nobody_sent_anything_for_waits_for_no_reference(workspace):
    shutil.rmtree(workspace.raw("example"))
    shutil.rmtree(workspace.editions("example"))
    change(workspace.network("example") / "network.toml", "[reference]", '[reference]\npostcodes = "not-there"')
    assert why(workspace)["2023/24"] == (False, "nothing was sent for any of its years yet")


# --- the command ---


def test_nothing_is_made_where_nothing_is_due_and_a_scheduler_sends_no_mail(workspace, say):
    before = storage.folder_hash(workspace.root)
    assert say("run", "--due", "--quiet") == (0, "")
    code, printed = say("run", "--due")
    assert code == 0 and "example 2023/24: nothing to do: r1 (audited)" in printed
    assert storage.folder_hash(workspace.root) == before


def test_nothing_due_is_told_without_loading_what_protects_audits_and_draws(workspace):
    """That takes under two seconds, which a machine that does something else meanwhile cannot be held to."""
    code = (
        "import sys; from anchor_analysis.commands import main; sys.argv[1:] = ['run', '--due', '-q']\n"
        "try: main()\n"
        "finally: print(sorted({'scipy', 'matplotlib', 'papermill', 'nbconvert'} & set(sys.modules)))"
    )
    found = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert found.stdout == "[]\n"


def test_years_and_networks_are_run_whichever_fails_and_nothing_is_released(workspace, say):
    run_network(workspace, "example", "2022/23", workers=1)
    assert {year: one[0] for year, one in why(workspace).items()} == {"2022/23": False, "2023/24": False}
    send(workspace, "a", "2022-23", 90)
    storage.write_text(workspace.network("broken") / "network.toml", "nothing = 1")
    code, printed = say("run", "--due", "--quiet")
    assert code == 2 and "\nbroken:\n" in printed and "AN007" in printed
    assert "example 2022/23: to be run: the return of a 2022-23 changed." in printed
    assert "example/2023-24/r1: made, a draft until a person releases it: outputs/example/2023-24/r1/index.html" in (
        printed
    )
    assert "\nRun: 2. Not run to the end: 1 (broken).\n" in printed
    assert [status_of(workspace, one) for one in edition_folders(workspace, "example")] == ["audited", "audited"]
    assert {year: one[0] for year, one in why(workspace).items()} == {"2022/23": False, "2023/24": False}


def test_one_network_alone_is_looked_at_if_it_is_named(workspace, say):
    storage.write_text(workspace.network("broken") / "network.toml", "nothing = 1")
    assert say("run", "example", "--due", "-q") == (0, "")
    code, printed = say("run", "exampel", "--due")
    assert code == 2 and "Did you mean example?" in printed


def test_a_bug_in_one_network_is_told_without_values_and_exits_with_1(workspace, say, monkeypatch):
    def broken(*_: object) -> None:
        raise ValueError("QQ 12 34 56 C")

    send(workspace, "a", "2023-24", 90)
    monkeypatch.setattr("anchor_analysis.running.pipeline.make_results", broken)
    code, printed = say("run", "--due", "-q")
    assert code == 1 and "ValueError" in printed and "QQ 12" not in printed
    monkeypatch.undo()
    monkeypatch.setenv("ANCHOR_WORKSPACE", str(workspace.root))
    assert due(workspace).startswith("its last run failed by a bug; the return of a 2023-24 changed")


def test_years_are_not_given_to_it_and_a_network_is_to_run_alone(workspace, say):
    code, printed = say("run", "--due", "--year", "2023/24")
    assert code == 2 and "works out itself" in printed
    code, printed = say("run")
    assert code == 2 and "Name a network, or say --due" in printed


# --- two at once ---


def test_a_second_one_is_told_who_is_at_work_and_exits_with_4(workspace, say):
    with storage.locked(workspace.everything(), "a run of what is due"):
        code, printed = say("run", "--due")
    assert code == 4 and re.search(r"a run of what is due \(process \d+\) is at work here", printed)


def test_a_network_that_somebody_runs_is_told_and_the_others_are_looked_at(workspace, say):
    with storage.locked(workspace.processed("example"), "a run"):
        code, printed = say("run", "--due")
    assert code == 4 and "a run (process" in printed and "Not run to the end: 1 (example)" in printed


def test_of_many_that_begin_at_once_one_holds_the_folder(tmp_path):
    """Each takes the lock, notes that it did, and finds that no other holds it meanwhile."""
    code = (
        "import sys, time; from pathlib import Path; from anchor_analysis import problems, storage\n"
        "folder = Path(sys.argv[1])\n"
        "while not (folder / 'go').exists(): time.sleep(0.001)\n"
        "for _ in range(200):\n"
        "    try:\n"
        "        with storage.locked(folder / 'held', 'one'):\n"
        "            (folder / 'inside').mkdir(); (folder / 'inside').rmdir()\n"
        "    except problems.BusyError: pass\n"
    )
    storage.made(tmp_path / "held")
    storage.write_text(tmp_path / "held" / ".lock", "999999 a run")  # a dead one's, to begin with
    running = [subprocess.Popen([sys.executable, "-c", code, str(tmp_path)], stderr=subprocess.PIPE) for _ in range(4)]
    (tmp_path / "go").touch()
    assert [process.communicate()[1] for process in running] == [b""] * 4
    assert not (tmp_path / "held" / ".lock").exists()


def test_a_killed_holder_holds_no_longer(tmp_path):
    code = "import sys, time; from pathlib import Path; from anchor_analysis import storage\n"
    code += "with storage.locked(Path(sys.argv[1]), 'one'): print('held', flush=True); time.sleep(60)"
    holder = subprocess.Popen([sys.executable, "-c", code, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    assert holder.stdout and holder.stdout.readline() == "held\n"
    with pytest.raises(problems.BusyError, match=f"process {holder.pid}"), storage.locked(tmp_path, "two"):
        pass
    holder.kill()
    holder.wait()
    with storage.locked(tmp_path, "two"):
        pass
