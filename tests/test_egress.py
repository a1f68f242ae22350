"""Every byte of an edition is looked through, however it is packed, and what is found is never said itself."""

from __future__ import annotations

import gzip
import io
import json
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anchor_analysis.audit import egress, unpacking
from anchor_analysis.audit.egress import findings
from anchor_analysis.audit.unpacking import DEEPEST
from tests.packed import CARRIERS, archive

SECRETS = {
    "a postcode": "LS1 4AP",
    "an e-mail address": "jo.bloggs@leeds.example.org",
    "a National Insurance number": "AB 12 34 56 C",
    "a path of somebody's machine": "/home/jo/returns",
    "a key or a token": "ghp_" + "a1B2" * 9,
    "the name of an account or a machine": "jobloggs-laptop",
}


@pytest.fixture(autouse=True)
def machine(monkeypatch):
    monkeypatch.setattr(egress.socket, "gethostname", lambda: SECRETS["the name of an account or a machine"])
    monkeypatch.setattr(egress.getpass, "getuser", lambda: "root")


@pytest.mark.parametrize("kind", SECRETS)
@pytest.mark.parametrize("carrier", CARRIERS)
def test_what_must_not_leave_is_found_however_it_is_packed(tmp_path, carrier, kind):
    path, secret = tmp_path / "file", SECRETS[kind]
    if carrier == "a member's name" and "/" in secret:
        pytest.skip("a path is no name of a member")
    path.write_bytes(CARRIERS[carrier](secret))
    found = findings(path, "file")
    assert kind in {one.kind for one in found}
    assert secret not in str(found)


@pytest.mark.parametrize("carrier", CARRIERS)
def test_what_may_leave_is_not_found(tmp_path, carrier):
    path = tmp_path / "file"
    plain = "61,975 people in E08000035, 2023/24, sha256 " + "0f" * 32 + ", anchors@example.org, AS 1/2, T-2024-000603"
    plain = plain.replace("/", "-") if carrier == "a member's name" else plain
    plain = plain.replace("anchors@", "") if carrier == "a PDF in pieces" else plain  # half an address is another one
    path.write_bytes(CARRIERS[carrier](plain))
    assert findings(path, "file", ["anchors@example.org"]) == []


def test_what_cannot_be_opened_is_a_finding(tmp_path):
    whole = archive("x" * 5000)
    deep = b"x"
    for _ in range(DEEPEST + 2):
        stream = io.BytesIO()
        with zipfile.ZipFile(stream, "w") as made:
            made.writestr("inner.zip", deep)
        deep = stream.getvalue()
    for content in (whole[: len(whole) // 2], deep, b"PAR1 and no more", b"\x89PNG\r\n\x1a\n and no more"):
        (tmp_path / "file").write_bytes(content)
        assert "cannot be opened" in str(findings(tmp_path / "file", "file"))


def test_an_archive_that_grows_is_not_unpacked(tmp_path, monkeypatch):
    monkeypatch.setattr(unpacking, "LARGEST", 1 << 20)
    for content in (archive("0" * (5 << 20)), gzip.compress(b"0" * (5 << 20))):
        (tmp_path / "file").write_bytes(content)
        assert "cannot be opened" in str(findings(tmp_path / "file", "file"))


@pytest.mark.parametrize("number", ["BG123456A", "QQ123456C", "AO123456A", "AB123456E", "AB12345C"])
def test_a_number_that_nobody_is_given_is_none(tmp_path, number):
    (tmp_path / "file").write_text(f"form {number}")
    assert findings(tmp_path / "file", "file") == []


def test_a_machine_without_a_name_or_an_account_is_no_fault(tmp_path, monkeypatch):
    def nobody():
        raise OSError("no account")

    monkeypatch.setattr(egress.getpass, "getuser", nobody)
    (tmp_path / "file").write_text("plain words")
    assert findings(tmp_path / "file", "file") == []


@given(st.binary(max_size=400))
def test_any_bytes_are_looked_through_without_a_fault(tmp_path_factory, content):
    path: Path = tmp_path_factory.mktemp("bytes") / "file"
    for start in (b"", b"PK\x03\x04", b"\x89PNG\r\n\x1a\n", b"PAR1", b"\x1f\x8b\x08", b"%PDF\nstream\n"):
        path.write_bytes(start + content)
        findings(path, "file")


def test_the_demonstrations_edition_holds_nothing_of_the_kind(demonstration):
    folder = demonstration.root / "outputs" / "demonstration" / "2023-24" / "r1"
    files = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    contact = json.loads((folder / "edition.json").read_text(encoding="utf-8"))["contact"]
    assert len(files) > 50 and [one for path in files for one in findings(path, path.name, [contact])] == []
