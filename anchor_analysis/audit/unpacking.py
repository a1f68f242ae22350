"""Every text in the bytes of a file, however they are packed, with the place in the file where it stands.

Files are opened as far down as they go: members of zip archives, and so of workbooks; what is in base64; the texts that
a picture carries; the streams of a PDF; the columns, names and metadata of Parquet. What cannot be opened has a place
and no text, since nobody has seen what it holds. Places name nothing that a file brings with it: a name can stand there
as well, so members of archives and columns go by their number.
"""

from __future__ import annotations

import base64
import binascii
import html
import io
import json
import re
import urllib.parse
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from anchor_analysis.audit.printed import NotReadable, texts_of_pdf

#: How deep files in files are opened, and how many bytes of one.
DEEPEST, LARGEST = 6, 256 << 20

#: A place, and the text that stands there, or None for what cannot be opened.
Text = tuple[str, str | None]

_PNG, _ZIP, _GZIP, _PARQUET, _PDF = b"\x89PNG\r\n\x1a\n", b"PK\x03\x04", b"\x1f\x8b", b"PAR1", b"%PDF"

#: How files begin that nothing here opens: bzip2, xz, 7z, Zstandard, RAR, and Office's before 2007.
_SHUT = (b"BZh", b"\xfd7zXZ\x00", b"7z\xbc\xaf'\x1c", b"\x28\xb5\x2f\xfd", b"Rar!", b"\xd0\xcf\x11\xe0")

#: The parts of a workbook whose names are Office's own, and notebooks, whose names pages have too.
_PART = re.compile(
    r"xl/(?:(?:sharedStrings|styles|workbook)|comments[0-9]+|worksheets/sheet[0-9]+|drawings/[a-z]+Drawing[0-9]+)\.xml"
    r"|docProps/(?:app|core|custom)\.xml|[a-z_]+\.ipynb"
)

_TAG, _PERCENT, _PIECE = re.compile(r"<[^<>]*>"), re.compile(r"%[0-9A-Fa-f]{2}"), re.compile(r"[\s\"'<>]+")
_ESCAPE = re.compile(r"\\(?:u([0-9A-Fa-f]{4})|([nrtbf])|([\"/\\]))")
_BLOB = re.compile(rb"[A-Za-z0-9+/]{4,}(?:(?:\\n|\s)[A-Za-z0-9+/]{4,})*={0,2}")

#: The shortest thing in base64 that is looked into, and the shortest that is taken out of the text around it: what is
#: shorter may be a word.
_SHORT, _LONG = 16, 64


def texts_of(content: bytes, place: str, depth: int = 0) -> Iterator[Text]:
    """Every text of some bytes with its place; None for what cannot be opened, is too large, or lies too deep."""
    if depth > DEEPEST or len(content) > LARGEST or content.startswith(_SHUT):
        yield place, None
    elif content.startswith(_ZIP):
        yield from _of_archive(content, place, depth)
    elif content.startswith(_PNG):
        yield from _of_picture(content, place, depth)
    elif content.startswith(_PARQUET):
        yield from _of_parquet(content, place, depth)
    elif content.startswith(_GZIP):
        yield from _of_gzip(content, place, depth)
    elif content.startswith(_PDF):
        yield from _of_pdf(content, place, depth)
    else:
        yield from _of_plain(content, place, depth)


def readings(text: str, between: str = " ") -> list[str]:
    """A text as it is written and, where that is another, as JSON and a browser show it; and addresses as meant.

    `between` is what stands in the place of tags.
    """
    found = [text]
    if "\\" in text:
        found.append(_ESCAPE.sub(_unescaped, text))
    if "<" in text or "&" in text:
        found.append(html.unescape(_TAG.sub(between, found[-1])))
    if _PERCENT.search(text):
        pieces = [piece for piece in _PIECE.split(text) if _PERCENT.search(piece)]
        found.append("\n".join(urllib.parse.unquote(piece, errors="replace") for piece in pieces))
    return found


def named(path: str) -> str:
    """The name of a file, whole and in its parts, each on a line."""
    return "\n".join([path, *re.split(r"[/\\.]", path)])


def _unescaped(found: re.Match[str]) -> str:
    number, blank, itself = found.groups()
    return chr(int(number, 16)) if number else " " if blank else itself


def _of_plain(content: bytes, place: str, depth: int) -> Iterator[Text]:
    kept, last = [], 0
    for blob, start, end in _blobs(content):
        if end - start >= _LONG:
            kept.append(content[last:start])
            last = end
        yield from texts_of(blob, f"{place}, blob at {start}", depth + 1)
    yield from ((place, text) for text in _decoded(b" ".join([*kept, content[last:]])))


def _decoded(content: bytes) -> Iterator[str]:
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        yield content.decode("utf-16", "replace")
        return
    yield content.decode("utf-8", "replace")
    if content.count(0) * 4 > len(content):  # letters of two bytes, with nothing that says so
        yield from (content.decode(code, "replace") for code in ("utf-16-le", "utf-16-be"))


def _blobs(content: bytes) -> Iterator[tuple[bytes, int, int]]:
    """What stands in base64 and holds a file or a text, with where it begins and ends."""
    for found in _BLOB.finditer(content):
        written = re.sub(rb"\\n|\s", b"", found[0]) if len(found[0]) >= _LONG else found[0]
        if len(written) < _SHORT or len(written) % 4:
            continue
        with suppress(binascii.Error):
            blob = base64.b64decode(written, validate=True)
            if blob.startswith((_PNG, _ZIP, _PARQUET, _GZIP, _PDF)) or _is_text(blob):
                yield blob, found.start(), found.end()


def _is_text(blob: bytes) -> bool:
    """Whether bytes are a text: other blobs, such as pictures without text, are left alone."""
    try:
        text = blob.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return all(sign.isprintable() or sign in "\n\r\t" for sign in text)


def _of_archive(content: bytes, place: str, depth: int) -> Iterator[Text]:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            yield place, archive.comment.decode("utf-8", "replace")
            for number, member in enumerate(archive.infolist(), 1):
                inside = f"{place}, file {member.filename if _PART.fullmatch(member.filename) else number}"
                yield inside, "\n".join([named(member.filename), member.comment.decode("utf-8", "replace")])
                if member.flag_bits & 1 or member.file_size > LARGEST:
                    yield inside, None
                else:
                    yield from texts_of(archive.read(member), inside, depth + 1)
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, EOFError):
        yield place, None


def _of_gzip(content: bytes, place: str, depth: int) -> Iterator[Text]:
    unpacking = zlib.decompressobj(31)
    try:
        inner = unpacking.decompress(content, LARGEST + 1)
    except zlib.error:
        yield place, None
        return
    yield from texts_of(inner, f"{place}, unpacked", depth + 1)
    if unpacking.unused_data:
        yield from texts_of(unpacking.unused_data, f"{place}, after the first", depth + 1)


def _of_pdf(content: bytes, place: str, depth: int) -> Iterator[Text]:
    try:
        for where, text in texts_of_pdf(content, LARGEST):
            yield from texts_of(text, f"{place}{where}", depth + 1)
    except NotReadable:
        yield place, None


# --- pictures ---


def _of_picture(content: bytes, place: str, depth: int) -> Iterator[Text]:
    """What stands in the chunks of a PNG besides the picture itself, and after its end."""
    at, kind = len(_PNG), b""
    while kind != b"IEND":
        size, kind = int.from_bytes(content[at : at + 4], "big"), content[at + 4 : at + 8]
        chunk, at = content[at + 8 : at + 8 + size], at + 12 + size
        if at > len(content):
            yield place, None
            return
        if kind not in (b"IHDR", b"PLTE", b"IDAT", b"IEND"):
            yield from _of_chunk(kind, chunk, f"{place}, text of the picture", depth)
    if at < len(content):
        yield from texts_of(content[at:], f"{place}, after the picture", depth + 1)


def _of_chunk(kind: bytes, chunk: bytes, place: str, depth: int) -> Iterator[Text]:
    """The texts of a chunk: its key, and its content, which `zTXt`, `iCCP` and some `iTXt` have compressed."""
    key, _, rest = chunk.partition(b"\x00")
    if kind in (b"zTXt", b"iCCP"):
        packed, rest = rest[1:], b""
    else:
        packed = b""
    if kind == b"iTXt":
        language, translated, itself = [*rest[2:].split(b"\x00", 2), b"", b""][:3]
        packed, itself = (itself, b"") if rest[:1] == b"\x01" else (b"", itself)
        rest = b"\n".join([language, translated, itself])
    said = b"\n".join([key, rest]).decode("utf-8" if kind == b"iTXt" else "latin-1", "replace")
    yield from texts_of(said.encode(), place, depth + 1)
    if packed:
        try:
            inner = zlib.decompressobj().decompress(packed, LARGEST + 1)
        except zlib.error:
            yield place, None
            return
        yield from texts_of(inner, place, depth + 1)
        yield place, inner.decode("latin-1")


# --- Parquet ---


def _of_parquet(content: bytes, place: str, depth: int) -> Iterator[Text]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        table = pq.read_table(io.BytesIO(content))
    except (pa.ArrowInvalid, OSError):
        yield place, None
        return
    told = table.schema.metadata or {}
    yield from texts_of(b"\n".join([*told.keys(), *told.values()]), f"{place}, metadata", depth + 1)
    yield f"{place}, names of columns", "\n".join(table.column_names)
    for number, column in enumerate(table.columns, 1):
        for values in _leaves(column.combine_chunks()):
            yield from texts_of(values, f"{place}, column {number}", depth + 1)


def _leaves(values: Any) -> Iterator[bytes]:
    """The texts of a column, on lines of their own, and its bytes, also where they lie in lists or are categories."""
    import pyarrow as pa
    import pyarrow.compute as pc

    kind = values.type
    if pa.types.is_dictionary(kind):
        yield from _leaves(values.dictionary)
    elif pa.types.is_nested(kind):
        yield json.dumps([str(kind), values.to_pylist()], ensure_ascii=False, default=str).encode()
    elif pa.types.is_binary(kind) or pa.types.is_large_binary(kind) or pa.types.is_fixed_size_binary(kind):
        yield from pc.unique(values).drop_null().to_pylist()
    elif pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind):
        yield "\n\n".join(pc.unique(values.cast(pa.large_string())).drop_null().to_pylist()).encode()
