"""Files of publishers over https: whole or not at all, and taken up where a transfer broke off."""

from __future__ import annotations

import http.client
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email.message import Message
from ipaddress import ip_address
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import unquote, urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

from anchor_analysis import storage
from anchor_analysis.problems import BusyError, Problem, UserError

#: Nothing that is taken is larger; seconds without an answer; how often a transfer is taken up again, after a pause.
LARGEST, TIMEOUT, TRIES, PAUSE = 2 << 30, 60.0, 5, 2.0

_CHUNK = 1 << 20

#: What the head of a request may hold.
_SENT = re.compile("[ -~\xa0-\xff]*")

_BY_HAND = "Download it with a browser, and add the file."

#: Told the bytes that are there and the bytes there will be, 0 if the server does not say.
Report = Callable[[int, int], None]


@dataclass(frozen=True)
class Download:
    """A file that was downloaded, what its server calls it, and where it is from; it stays until it is discarded."""

    path: Path
    name: str
    address: str

    def discard(self) -> None:
        """Remove it: it was added, or is not to be."""
        _discard(self.path)

    @contextmanager
    def refused_goes(self) -> Iterator[None]:
        """Remove it where it is refused inside: its server may have sent it by mistake, and has to be asked again."""
        try:
            yield
        except BusyError:
            raise
        except UserError:
            self.discard()
            raise


def is_address(text: str) -> bool:
    """Whether a text is an address of the web and not the name of a file."""
    return re.match(r"https?://", text, re.IGNORECASE) is not None


def download(address: str, folder: Path, report: Report = lambda done, total: None) -> Download:
    """The file of an address, in a folder of downloads; one that is there whole is not asked for again.

    A transfer that broke off is taken up again, also by a later call, if the server can and its file is still the same;
    otherwise it begins anew, as where what was noted beside it is damaged. Raises UserError (AN015) for an address that
    is not https (http only to this machine), a file that is not there or too large, a server that does not answer.
    """
    _must_be_safe(address)
    whole = storage.made(folder) / storage.text_hash(address)[:16]
    with storage.locked(folder, "a download"):
        if not _told_before(whole):
            _discard(whole)
        for again in range(TRIES):
            if whole.is_file():
                break
            time.sleep(PAUSE * again)
            failure = _tried(address, whole, report)
        else:
            remedy = "Run the command again; it goes on where it broke off. Or download it by hand and add the file."
            raise _failed(address, f"it broke off {TRIES} times, at last since {failure}.", remedy)
        return Download(whole, _told_before(whole)["name"], address)


def _tried(address: str, whole: Path, report: Report) -> str:
    """Go on with a transfer; why it broke off, or nothing if it did not."""
    part = _part(whole)
    try:
        _transfer(address, whole, part, report)
    except HTTPError as error:
        if error.code == 416:  # what is there already is more than the server has
            storage.remove(part)
        elif error.code < 500 and error.code != 429:
            raise _failed(address, f"the server says {error.code} ({error.reason}).", _BY_HAND) from None
        return f"the server said {error.code}"
    except (URLError, http.client.HTTPException, OSError, ValueError) as error:  # ValueError: a head that is no answer
        return str(getattr(error, "reason", "")) or str(error) or type(error).__name__
    storage.move(part, whole)
    return ""


def _transfer(address: str, whole: Path, part: Path, report: Report) -> None:
    state = _told_before(whole) if part.is_file() else {}
    here = part.stat().st_size if state.get("same") else 0
    headers = {"User-Agent": "anchor-analysis", "Accept-Encoding": "identity"}
    if here:
        headers |= {"Range": f"bytes={here}-", "If-Range": state["same"]}
    with _OPENER.open(Request(address, headers=headers), timeout=TIMEOUT) as answer:
        # a server that knows no ranges, or has another file by now, sends all of it
        if answer.status != 206 or not answer.headers.get("Content-Range", "").startswith(f"bytes {here}-"):
            here = 0
            storage.write_text(_state(whole), storage.to_json(_told(answer)))
        if answer.status == 206 and not here:
            storage.remove(part)
            raise http.client.HTTPException("the server sent another part than was asked for")
        told = answer.headers.get("Content-Length")
        total = here + int(told) if told else 0
        with part.open("ab" if here else "wb") as stream:
            while here <= LARGEST and (chunk := answer.read(_CHUNK)):
                stream.write(chunk)
                here += len(chunk)
                report(here, total)
        if max(here, total) > LARGEST:
            storage.remove(part)
            raise _failed(address, f"it is larger than {LARGEST >> 20:,} MB.", "Is this the file that was meant?")
        if total and here < total:
            raise http.client.IncompleteRead(b"", total - here)


def _told(answer: Any) -> dict[str, str]:
    """What the server calls the file, and by what it knows whether it is still the same."""
    etag = answer.headers.get("ETag", "")
    same = etag if etag.startswith('"') else answer.headers.get("Last-Modified", "")  # a weak ETag is not enough
    same = same if _SENT.fullmatch(same) else ""
    given = Message()
    given["Content-Disposition"] = answer.headers.get("Content-Disposition", "")
    name = given.get_filename() or unquote(PurePosixPath(urlsplit(answer.url).path).name)
    return {"same": same, "name": re.sub(r"[^\w.() -]", "_", name.replace("\\", "/").rpartition("/")[2])[:120]}


def _told_before(whole: Path) -> dict[str, str]:
    """What `_told` gave of a file that is here, or a part of it; nothing where that was lost or is damaged."""
    said = storage.recalled(_state(whole), same=str, name=str)
    return said if _SENT.fullmatch(said.get("same", "")) else {}


def _discard(whole: Path) -> None:
    for path in (whole, _part(whole), _state(whole)):
        storage.remove(path)


def _part(whole: Path) -> Path:
    return whole.with_name(f"{whole.name}.part")


def _state(whole: Path) -> Path:
    return whole.with_name(f"{whole.name}.json")


def _must_be_safe(address: str) -> None:
    try:
        parts = urlsplit(address)
    except ValueError:
        raise UserError(
            Problem("AN015", "address", "it is no address of the web.", "Look at how it is spelt.")
        ) from None
    if parts.username or parts.password:
        raise _failed(address, "the address holds a name or a password.", _BY_HAND)
    if parts.scheme != "https" and not (parts.scheme == "http" and _is_here(parts.hostname or "")):
        raise _failed(address, "it is not an https address.", "Give the https address, or download it by hand.")


def _is_here(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _failed(address: str, what: str, remedy: str) -> UserError:
    """The error for a download; without what a query may hold, and without a name and password."""
    parts = urlsplit(address)
    return UserError(Problem("AN015", f"{parts.scheme}://{parts.hostname}{parts.path}", what, remedy))


class _SafeRedirects(HTTPRedirectHandler):
    def redirect_request(self, request: Any, stream: Any, code: int, why: str, headers: Any, address: str) -> Any:
        _must_be_safe(address)
        if urlsplit(address).scheme != urlsplit(request.full_url).scheme:  # least of all to something of this machine
            raise _failed(address, "an https address leads to it, and it is none.", _BY_HAND)
        return super().redirect_request(request, stream, code, why, headers, address)


_OPENER = build_opener(_SafeRedirects)
