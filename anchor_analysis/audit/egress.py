"""What every byte that would be shared is looked through for: what names a person, a machine or a secret.

Files are opened as far down as they go: members of zip archives, and so of workbooks; pictures and other blobs in
base64, in pages and notebooks; the text that a picture carries; the compressed streams of a PDF; the text columns and
the metadata of Parquet. What is found is told by its place and its kind, and never by itself.

The forms are those of their publishers: postcodes as Royal Mail writes them; National Insurance numbers by HM Revenue
and Customs' manual NIM39110, with the prefixes that are never given out; keys and tokens by the prefixes under which
Amazon, GitHub, Slack and others issue them, RFC 7468 for private keys and RFC 7519 for JSON Web Tokens.
"""

from __future__ import annotations

import base64
import binascii
import getpass
import html
import io
import re
import socket
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

#: How deep files in files are opened, and how many bytes of one: what is larger or deeper is itself a finding.
DEEPEST, LARGEST = 6, 256 << 20

#: A UK postcode as people write it.
POSTCODE = re.compile(r"\b[A-Z]{1,2}[0-9][0-9A-Z]? ?[0-9][ABD-HJLNP-UW-Z]{2}\b")

_FORMS = {
    "a postcode": POSTCODE,
    "an e-mail address": re.compile(r"\b[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,24}\b"),
    "a National Insurance number": re.compile(
        r"\b(?!BG|GB|KN|NK|NT|TN|ZZ)[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z] ?\d{2} ?\d{2} ?\d{2} ?[A-D]\b"
    ),
    "a path of somebody's machine": re.compile(r"(?:/home/|/Users/|/root/|[A-Za-z]:\\{1,2}Users\\)[A-Za-z0-9._-]"),
    "a key or a token": re.compile(
        r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b|\bgh[pousr]_[A-Za-z0-9]{36}|\bgithub_pat_\w{22}|\bxox[abeprs]-[A-Za-z0-9-]{10}"
        r"|\bsk-[A-Za-z0-9_-]{20}|-----BEGIN [A-Z ]*PRIVATE KEY-----"
        r"|\beyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8}|\b[a-z]+://[^/\s:@\"']+:[^/\s:@\"']+@"
    ),
}

#: Names of accounts and machines that say nothing of anybody, and stand in texts of all kinds.
_OF_NOBODY = {"root", "user", "admin", "runner", "ubuntu", "debian", "localhost", "jovyan", "vagrant", "build"}

_TAG, _ESCAPE = re.compile(r"<[^<>]*>"), re.compile(r"\\u([0-9A-Fa-f]{4})")
_BLOB = re.compile(rb"[A-Za-z0-9+/]{4,}(?:(?:\\n|\s)[A-Za-z0-9+/]{4,})*={0,2}")
_LONG = 64
_PDF_STREAM = re.compile(rb"stream\r?\n(.*?)\r?\nendstream", re.DOTALL)
_PNG = b"\x89PNG\r\n\x1a\n"


class Finding(NamedTuple):
    """Where something is that must not leave, and what kind of thing it is."""

    place: str
    kind: str


def findings(path: Path, name: str, allowed: Sequence[str] = ()) -> list[Finding]:
    """What of a file must not leave, each kind once for each place in it; texts that are `allowed` are none.

    A file in a file that is deeper than DEEPEST or larger than LARGEST, or that cannot be opened, is a finding, since
    nobody has seen what it holds.
    """
    found: dict[Finding, None] = {}
    for place, text in _texts(path.read_bytes(), name, 0):
        if text is None:
            found[Finding(place, "something that cannot be opened to be looked through")] = None
            continue
        for read in _readings(text):
            for permitted in allowed:
                read = read.replace(permitted, "")
            found |= {Finding(place, kind): None for kind, form in _forms().items() if form.search(read)}
    return list(found)


def _readings(text: str) -> Iterator[str]:
    """A text as it is written and, where that is another, as a browser or a reader of JSON shows it."""
    yield text
    if "<" in text or "&" in text:
        yield html.unescape(_TAG.sub(" ", text))
    if "\\u" in text:
        yield _ESCAPE.sub(lambda found: chr(int(found[1], 16)), text)


def _forms() -> dict[str, re.Pattern[str]]:
    names = {_of_machine(getpass.getuser), _of_machine(socket.gethostname)} - _OF_NOBODY
    names = {re.escape(name) for name in names if len(name) > 3}
    if not names:
        return _FORMS
    return _FORMS | {"the name of an account or a machine": re.compile(rf"(?<![\w-])(?:{'|'.join(names)})(?![\w-])")}


def _of_machine(ask) -> str:  # type: ignore[no-untyped-def]
    try:
        return str(ask())
    except (OSError, KeyError):  # a machine without one
        return ""


def _texts(content: bytes, place: str, depth: int) -> Iterator[tuple[str, str | None]]:
    """Every text of some bytes with its place; None for what cannot be opened."""
    if depth > DEEPEST or len(content) > LARGEST:
        yield place, None
    elif content.startswith(b"PK\x03\x04"):
        yield from _of_archive(content, place, depth)
    elif content.startswith(_PNG):
        yield from _of_picture(content, place)
    elif content.startswith(b"PAR1"):
        yield from _of_parquet(content, place)
    elif content.startswith(b"\x1f\x8b"):
        yield from _unpacked(content, place, depth, 31)
    else:
        if content.startswith(b"%PDF"):
            for number, stream in enumerate(_PDF_STREAM.findall(content), 1):
                with suppress(zlib.error):  # one that is stored as it is stands in the bytes themselves
                    yield from _texts(zlib.decompress(stream), f"{place}, stream {number}", depth + 1)
        kept, last = [], 0
        for blob, start, end in _blobs(content):
            kept.append(content[last:start])
            last = end
            yield from _texts(blob, f"{place}, blob at {start}", depth + 1)
        yield place, b" ".join([*kept, content[last:]]).decode(_encoding(content), "replace")


def _encoding(content: bytes) -> str:
    return "utf-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8"


def _blobs(content: bytes) -> Iterator[tuple[bytes, int, int]]:
    """What stands in base64 and holds a file or a text, with where it begins and ends."""
    for found in _BLOB.finditer(content):
        written = re.sub(rb"\\n|\s", b"", found[0])
        if len(written) < _LONG or len(written) % 4:
            continue
        with suppress(binascii.Error):
            blob = base64.b64decode(written, validate=True)
            if blob.startswith((_PNG, b"PK\x03\x04", b"PAR1", b"\x1f\x8b", b"%PDF")) or _is_text(blob):
                yield blob, found.start(), found.end()


def _is_text(blob: bytes) -> bool:
    """Whether bytes are a text: other blobs, such as pictures without text, are left alone."""
    try:
        text = blob.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return all(sign.isprintable() or sign in "\n\r\t" for sign in text)


def _called(kind: str, number: int, name: str) -> str:
    """A thing in a file by its name, or by its number where the name is no plain one or must not leave itself."""
    plain = re.fullmatch(r"[\w ./()\[\]-]{1,80}", name) and not any(form.search(name) for form in _forms().values())
    return f"{kind} {name if plain else number}"


def _of_archive(content: bytes, place: str, depth: int) -> Iterator[tuple[str, str | None]]:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            yield place, archive.comment.decode("utf-8", "replace")
            for number, member in enumerate(archive.infolist(), 1):
                inside = f"{place}, {_called('file', number, member.filename)}"
                yield inside, member.filename
                if member.flag_bits & 1 or member.file_size > LARGEST:
                    yield inside, None
                else:
                    yield from _texts(archive.read(member), inside, depth + 1)
    except (zipfile.BadZipFile, zlib.error, NotImplementedError):
        yield place, None


def _of_picture(content: bytes, place: str) -> Iterator[tuple[str, str | None]]:
    """The texts that a PNG carries: title, description, software, and whatever else was put there."""
    from PIL import Image

    try:
        with Image.open(io.BytesIO(content)) as picture:
            picture.load()
            told = getattr(picture, "text", {}) | {key: value for key, value in picture.info.items() if key == "exif"}
    except (OSError, ValueError, SyntaxError, zlib.error):
        yield place, None
        return
    for key, value in told.items():
        said = value.decode("latin-1") if isinstance(value, bytes) else str(value)
        yield f"{place}, text of the picture", f"{key}\n{said}"


def _of_parquet(content: bytes, place: str) -> Iterator[tuple[str, str | None]]:
    import pyarrow as pa
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    try:
        table = pq.read_table(io.BytesIO(content))
    except (pa.ArrowInvalid, OSError):
        yield place, None
        return
    told = table.schema.metadata or {}
    yield f"{place}, metadata", b"\n".join([*told.keys(), *told.values()]).decode("utf-8", "replace")
    for number, name in enumerate(table.column_names, 1):
        if pa.types.is_string(table.schema.field(name).type) or pa.types.is_large_string(table.schema.field(name).type):
            values = pc.unique(table[name]).to_pylist()
            yield (
                f"{place}, {_called('column', number, name)}",
                "\n".join(str(value) for value in values if value is not None),
            )


def _unpacked(content: bytes, place: str, depth: int, bits: int) -> Iterator[tuple[str, str | None]]:
    try:
        inner = zlib.decompressobj(bits).decompress(content, LARGEST + 1)
    except zlib.error:
        yield place, None
        return
    yield from _texts(inner, f"{place}, unpacked", depth + 1)
