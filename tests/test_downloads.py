"""Archives and addresses: the one file that is meant, and downloads from a server that does what servers do."""

import io
import threading
import zipfile
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from anchor_analysis import storage
from anchor_analysis.declared import catalogue
from anchor_analysis.problems import UserError
from anchor_analysis.read import add_reference, downloads, list_references
from anchor_analysis.running import fetching
from tests.test_references import LEEDS, NSPL_MAY_2025, refused, save, table

DIRECTORY = ",".join(NSPL_MAY_2025) + "\n" + ",".join(LEEDS) + "\n"
SOURCE = {
    "title": "A directory", "kind": "postcodes", "vintage": "2025-05", "publisher": "A publisher", "licence": "none",
    "page": "https://example.org/", "source": "needed", "source_status": "unverified",
}  # fmt: skip


@pytest.fixture
def workspace(tmp_path):
    (tmp_path / "workspace" / "networks").mkdir(parents=True)
    return storage.Workspace(tmp_path / "workspace")


@pytest.fixture
def archive(tmp_path):
    """Packs texts under the names that an archive gives them."""

    def pack(name="NSPL_MAY_2025.zip", **options):
        def packed(files):
            with zipfile.ZipFile(tmp_path / name, "w", zipfile.ZIP_DEFLATED) as stream:
                for inner, text in files.items():
                    stream.writestr(inner, text)
            return tmp_path / name

        return packed

    return pack()


# --- archives ---


def test_the_national_file_is_taken_from_an_archive_as_it_is_published(workspace, archive):
    path = archive({
        "Data/NSPL_MAY_2025_UK.csv": DIRECTORY,
        "Data/multi_csv/NSPL_MAY_2025_UK_LS.csv": DIRECTORY,
        "Documents/LA_UA names and codes UK as at 04_23.csv": "LAD23CD,LAD23NM\nE08000035,Leeds\n",
        "Data/IMD lookup EN.csv": "LSOA11CD,IMD19\nE01011100,5\n",
        "User Guide/NSPL User Guide.pdf": "%PDF",
    })  # fmt: skip
    about = add_reference(path, workspace)
    assert (about["id"], about["source"], about["archive"]) == ("nspl-2025-05", "NSPL_MAY_2025_UK.csv", path.name)
    assert about["archive_sha256"] == storage.file_hash(path)
    assert table(workspace, "nspl-2025-05")[0]["postcode"] == "LS11UR"


def test_a_file_is_the_same_in_its_archive_and_out_of_it(workspace, archive, tmp_path):
    plain = save(tmp_path / "NSPL_MAY_2025_UK.csv", NSPL_MAY_2025, [LEEDS])
    packed = add_reference(archive({"Data/NSPL_MAY_2025_UK.csv": plain.read_bytes()}), workspace)
    assert packed["sha256"] == storage.file_hash(plain)


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({"NSPL_MAY_2025_UK.csv": DIRECTORY, "NSPL_AUG_2025_UK.csv": DIRECTORY}, "more than one file"),
        ({"Data/multi_csv/NSPL_MAY_2025_UK_LS.csv": DIRECTORY}, "in parts and not whole"),
        ({"Data/read me.txt": "nothing"}, "without one"),
        ({"Data/other.csv": "name,age\nAnn,40\n"}, "without one"),
        ({"Data/bomb.csv": DIRECTORY + "\0" * (220 << 20)}, "times its size"),
    ],
)  # fmt: skip
def test_an_archive_that_does_not_say_what_is_meant_is_refused(workspace, archive, files, said):
    [problem] = refused(archive(files), workspace)
    assert (problem.code, problem.where) == ("AN020", "NSPL_MAY_2025.zip")
    assert said in problem.what


def test_an_archive_that_broke_off_is_refused(workspace, archive):
    path = archive({"Data/NSPL_MAY_2025_UK.csv": DIRECTORY})
    path.write_bytes(path.read_bytes()[:-40])
    assert "damaged" in refused(path, workspace)[0].what


def test_nothing_is_written_where_an_archive_says(workspace, archive, tmp_path):
    add_reference(archive({"../../../NSPL_MAY_2025_UK.csv": DIRECTORY}), workspace)
    assert not [path for path in tmp_path.rglob("NSPL_MAY_2025_UK.csv")]
    assert sorted(path.name for path in workspace.reference().iterdir()) == ["nspl-2025-05"]


# --- a server ---


class Server(ThreadingHTTPServer):
    """Serves one file, and does to it what it is told."""

    content, etag, status, breaks, ranges, redirect = DIRECTORY.encode(), '"one"', 200, [], True, ""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Answer)
        self.asked = []
        self.breaks = []

    @property
    def address(self):
        return f"http://127.0.0.1:{self.server_port}/NSPL_MAY_2025_UK.csv"


class Answer(BaseHTTPRequestHandler):
    def do_GET(self):
        server, asked = self.server, self.headers.get("Range")
        server.asked.append(asked)
        if server.redirect:
            self.send_response(302)
            self.send_header("Location", server.redirect)
            self.end_headers()
            return
        if server.status != 200:
            self.send_error(server.status)
            return
        here = 0
        if asked and server.ranges and self.headers.get("If-Range") == server.etag:
            here = int(asked.removeprefix("bytes=").rstrip("-"))
        if here > len(server.content):
            self.send_error(416)
            return
        self.send_response(206 if here else 200)
        if here:
            self.send_header("Content-Range", f"bytes {here}-{len(server.content) - 1}/{len(server.content)}")
        self.send_header("Content-Length", str(len(server.content) - here))
        self.send_header("ETag", server.etag)
        self.end_headers()
        rest = server.content[here:]
        self.wfile.write(rest[: server.breaks.pop(0)] if server.breaks else rest)

    def log_message(self, *arguments):
        pass


@pytest.fixture
def server(monkeypatch):
    monkeypatch.setattr(downloads, "PAUSE", 0)
    with Server() as found:
        threading.Thread(target=found.serve_forever, args=(0.01,), daemon=True).start()
        yield found
        found.shutdown()


@pytest.fixture
def declared(server, monkeypatch):
    """The server's file as a declared source called `here`."""
    source = catalogue.ReferenceSource.model_construct(**SOURCE, id="here", url=server.address, sha256="", issue="")
    known = catalogue.load_catalogue()
    monkeypatch.setitem(known.references, "here", source)
    return source


def fetch(workspace):
    return fetching.fetch_reference(workspace, "here")


def failed(call, *arguments):
    with pytest.raises(UserError) as error:
        call(*arguments)
    return error.value.problems[0]


def left(workspace):
    return sorted(path.name for path in workspace.downloads().iterdir())


def test_a_file_is_added_from_its_address(workspace, server):
    about = add_reference(server.address, workspace)
    assert (about["id"], about["source"], about["url"]) == ("nspl-2025-05", "NSPL_MAY_2025_UK.csv", server.address)
    assert left(workspace) == []


def test_a_transfer_that_breaks_off_is_taken_up_where_it_broke_off(workspace, server):
    server.breaks = [10, 20]
    add_reference(server.address, workspace)
    assert server.asked == [None, "bytes=10-", "bytes=30-"]
    assert len(table(workspace, "nspl-2025-05")) == 1


def test_what_came_is_kept_for_the_next_time(workspace, server):
    server.breaks = [1] * downloads.TRIES
    assert failed(add_reference, server.address, workspace).code == "AN015"
    assert list_references(workspace) == []
    add_reference(server.address, workspace)
    assert server.asked[-1] == f"bytes={downloads.TRIES}-"


def test_a_file_that_changed_in_between_begins_anew(workspace, server):
    server.breaks = [10] * downloads.TRIES
    failed(add_reference, server.address, workspace)
    server.content, server.etag = DIRECTORY.replace("LS1 1UR", "LS9 9AA").encode(), '"two"'
    add_reference(server.address, workspace)
    assert table(workspace, "nspl-2025-05")[0]["postcode"] == "LS99AA"


def test_a_server_that_knows_no_ranges_sends_all_again(workspace, server):
    server.ranges, server.breaks = False, [50]
    add_reference(server.address, workspace)
    assert len(table(workspace, "nspl-2025-05")) == 1


def test_a_file_without_a_mark_of_its_own_is_never_pieced_together(workspace, server):
    server.etag, server.breaks = 'W/"weak"', [50]
    add_reference(server.address, workspace)
    assert server.asked == [None, None]


@pytest.mark.parametrize(("status", "times"), [(404, 1), (403, 1), (503, downloads.TRIES)])
def test_a_server_that_will_not_is_asked_again_only_if_that_may_help(workspace, server, status, times):
    server.status = status
    problem = failed(add_reference, server.address, workspace)
    assert (problem.code, str(status) in problem.what, len(server.asked)) == ("AN015", True, times)


def test_a_file_that_is_too_large_is_not_taken(workspace, server, monkeypatch):
    monkeypatch.setattr(downloads, "LARGEST", 20)
    assert "larger than" in failed(add_reference, server.address, workspace).what
    assert [name for name in left(workspace) if name.endswith(".part")] == []


@pytest.mark.parametrize(
    "address", ["http://example.org/x.csv", "https://name:secret@example.org/x.csv", "HTTP://10.0.0.1/x.csv"]
)
def test_only_https_is_asked_and_no_password_is_sent_or_shown(workspace, address):
    problem = failed(add_reference, address, workspace)
    assert problem.code == "AN015"
    assert "secret" not in str(problem)


def test_nobody_is_led_away_to_an_address_that_is_not_https(workspace, server):
    server.redirect = "http://example.org/x.csv"
    assert "not an https address" in failed(add_reference, server.address, workspace).what


def test_a_web_page_instead_of_the_file_is_refused(workspace, server):
    server.content = b"<!DOCTYPE html><p>Sign in"
    assert failed(add_reference, server.address, workspace).code == "AN020"


def test_what_is_refused_is_asked_for_again(workspace, server):
    """A page for the time of maintenance may come once, where the file was and will be."""
    server.content = b"<!DOCTYPE html><p>Back soon"
    assert failed(add_reference, server.address, workspace).code == "AN020"
    assert left(workspace) == []
    server.content = DIRECTORY.encode()
    add_reference(server.address, workspace)
    assert len(table(workspace, "nspl-2025-05")) == 1


def test_a_file_that_is_right_is_kept_while_somebody_else_is_at_work(workspace, server):
    with storage.locked(workspace.reference(), "another reference"):
        assert failed(add_reference, server.address, workspace).code == "AN011"
    add_reference(server.address, workspace)
    assert server.asked == [None]


def test_nothing_is_asked_for_under_a_name_that_cannot_be(workspace, server):
    assert failed(add_reference, server.address, workspace, "../x").code == "AN005"
    assert server.asked == []


DAMAGED = {
    "garbage": "\0\0\0", "a list": "[]", "other types": '{"name": 5, "same": []}', "lost": None,
    "what no request may hold": '{"name": "", "same": "\u20ac"}',
}  # fmt: skip


@pytest.mark.parametrize("said", DAMAGED.values(), ids=DAMAGED)
@pytest.mark.parametrize("whole", [True, False], ids=["a file", "a part"])
def test_what_was_noted_beside_a_download_may_be_damaged(workspace, server, monkeypatch, whole, said):
    """Then it begins anew: neither what it is called is known, nor whether it is still the same."""
    if whole:
        with monkeypatch.context() as patch, pytest.raises(OSError):
            patch.setattr("anchor_analysis.read.references._add", full)
            add_reference(server.address, workspace)
    else:
        server.breaks = [10] * downloads.TRIES
        failed(add_reference, server.address, workspace)
    [state] = workspace.downloads().glob("*.json")
    state.unlink() if said is None else state.write_text(said, encoding="utf-8")
    about = add_reference(server.address, workspace)
    assert (server.asked[-1], about["source"]) == (None, "NSPL_MAY_2025_UK.csv")
    assert left(workspace) == []


def full(*arguments):
    raise OSError("what keeps a file that is right from being added")


# --- fetching ---


def test_the_hash_of_the_first_fetch_is_kept_beside_the_networks(workspace, declared):
    about = fetch(workspace)
    assert (about["id"], about["vintage"], about["issue"]) == ("here", "2025-05", "here")
    assert storage.read_json(workspace.networks / "fetched.json") == {"here": about["sha256"]}


def test_the_command_says_what_was_fetched(workspace, declared, say, monkeypatch):
    monkeypatch.setenv("ANCHOR_WORKSPACE", str(workspace.root))
    for words, said in ((["fetch", "here"], "here: postcodes, 1 rows. It is here by its hash."), (["fetch"], "here ")):
        code, printed = say("reference", *words)
        assert code == 0 and said in printed


def test_the_same_file_is_fetched_again_without_a_word(workspace, declared):
    assert fetch(workspace) == fetch(workspace)


def test_a_file_that_is_another_than_before_is_refused_and_the_old_stays(workspace, server, declared):
    before = fetch(workspace)
    server.content = DIRECTORY.replace("LS1 1UR", "LS9 9AA").encode()
    problem = failed(fetch, workspace)
    assert problem.code == "AN016"
    assert "reference add" in problem.remedy and "networks/fetched.json" in problem.remedy
    assert list_references(workspace) == [before]
    assert storage.read_json(workspace.fetched()) == {"here": before["sha256"]}
    assert left(workspace) == []


def test_a_declared_hash_is_held_to_from_the_first_time(workspace, server, declared, monkeypatch):
    pinned = declared.model_copy(update={"sha256": "0" * 64})
    monkeypatch.setitem(catalogue.load_catalogue().references, "here", pinned)
    assert failed(fetch, workspace).code == "AN016"


def test_a_file_of_another_kind_is_not_added_and_its_hash_not_kept(workspace, server, declared):
    server.content = b"area,n\nE08000035,1\n"
    assert failed(fetch, workspace).code == "AN031"
    assert not workspace.fetched().exists()


def test_a_declared_file_that_is_refused_is_asked_for_again(workspace, server, declared):
    server.content = b"<!DOCTYPE html><p>Back soon"
    assert failed(fetch, workspace).code == "AN020"
    server.content = DIRECTORY.encode()
    assert fetch(workspace)["id"] == "here"


@pytest.mark.parametrize("said", ["", "[]", '{"here": 5}', '{"here": null}', "[" * 100_000])
def test_hashes_that_somebody_has_damaged_are_refused_and_not_forgotten(workspace, declared, said):
    fetch(workspace)
    workspace.fetched().write_text(said)
    problem = failed(fetch, workspace)
    assert (problem.code, problem.where) == ("AN007", "networks/fetched.json")
    assert workspace.fetched().read_text() == said


def test_a_file_that_was_fetched_is_known_when_it_is_added_by_hand(workspace, declared, tmp_path):
    fetch(workspace)
    (tmp_path / "NSPL_MAY_2025_UK.csv").write_text(DIRECTORY, encoding="utf-8", newline="")
    assert add_reference(tmp_path / "NSPL_MAY_2025_UK.csv", workspace)["issue"] == "here"
    (tmp_path / "NSPL_JUN_2025_UK.csv").write_text(DIRECTORY + "\n", encoding="utf-8", newline="")
    assert add_reference(tmp_path / "NSPL_JUN_2025_UK.csv", workspace)["issue"] == ""


def test_an_archive_is_known_by_its_own_hash(workspace, server, declared):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as stream:
        stream.writestr("Data/NSPL_MAY_2025_UK.csv", DIRECTORY)
    server.content = packed.getvalue()
    about = fetch(workspace)
    assert storage.read_json(workspace.fetched()) == {"here": about["archive_sha256"]}


def test_a_source_without_an_address_says_where_to_find_it(workspace):
    problem = failed(fetching.fetch_reference, workspace, "lsoa11-lsoa21")
    assert problem.code == "AN006" and "geoportal" in problem.remedy


def test_a_source_that_is_not_declared_is_told_with_the_nearest(workspace):
    assert "imd-2025" in failed(fetching.fetch_reference, workspace, "imd-2026").remedy
