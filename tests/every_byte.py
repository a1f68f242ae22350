"""A search through every byte of a folder, written apart from the library's own, for values that must not be there.

Files are opened as far down as they go: archives and workbooks, Parquet, compressed texts of pictures, whatever stands
in base64. A value is looked for as it is written, without its spaces, in both cases, in UTF-8, Latin-1 and UTF-16, in
base64 from any offset, in hexadecimal, and escaped as JSON, HTML, URLs and Python write it.
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
from collections.abc import Collection, Iterable, Iterator
from contextlib import suppress
from pathlib import Path

import pyarrow.parquet as pq

_BASE64 = re.compile(rb"[A-Za-z0-9+/\n\\]{24,}={0,2}")


def found_in(folder: Path, values: Collection[str], besides: Iterable[str] = ()) -> list[str]:
    """The places below a folder that hold one of the values, as `place: value`; `besides` are folders left out."""
    wanted = {form: value for value in values for form in forms(value)}
    form = re.compile(b"|".join(re.escape(one) for one in sorted(wanted, key=len, reverse=True)))
    found = set()
    for path in _files(folder, tuple(besides)):
        place = path.relative_to(folder).as_posix()
        for content in [place.encode(), *_opened(path.read_bytes())]:
            found |= {f"{place}: {wanted[hit]}" for hit in form.findall(content.lower())}
    return sorted(found)


def forms(value: str) -> set[bytes]:
    """Every way in which a value may stand in a file, in lower case."""
    found: set[bytes] = set()
    for said in {value, value.upper(), value.lower(), value.title(), value.replace(" ", "")}:
        found |= {said.encode(code) for code in ("utf-8", "utf-16-le", "utf-16-be")} | _escaped(said)
        with suppress(UnicodeEncodeError):
            found.add(said.encode("latin-1"))
        found |= {inside for at in range(3) if len(inside := _in_base64(said.encode(), at)) > 7}
        found.add(said.encode().hex().encode())
    return {one.lower() for one in found if len(one) > 4}


def _escaped(said: str) -> set[bytes]:
    numbered = "".join(sign if sign.isascii() and sign not in "'&" else f"&#{ord(sign)};" for sign in said)
    ways = [
        json.dumps(said)[1:-1],
        html.escape(said),
        said.replace("'", "&#39;"),
        numbered,
        urllib.parse.quote(said),
        ascii(said)[1:-1],
    ]
    return {one.encode() for one in ways}


def _in_base64(content: bytes, at: int) -> bytes:
    """What of some bytes is the same in base64 whatever stands before and after them."""
    whole = base64.b64encode(b"\0" * at + content)
    return whole[(0, 2, 3)[at] : len(whole) - (0, 4, 4)[len(b"\0" * at + content) % 3]]


def _files(folder: Path, besides: tuple[str, ...]) -> Iterator[Path]:
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not path.relative_to(folder).as_posix().startswith(besides or ("\0",)):
            yield path


def _opened(content: bytes, depth: int = 0) -> Iterator[bytes]:
    """Some bytes, and those of whatever they hold."""
    yield content
    if depth > 6:
        return
    if content.startswith(b"PK\x03\x04"):
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            for name in archive.namelist():
                yield from _opened(archive.read(name), depth + 1)
    elif content.startswith(b"PAR1"):
        table = pq.read_table(io.BytesIO(content))
        yield repr(table.schema.metadata).encode()
        yield "\n".join(str(value) for column in table.columns for value in column.unique().to_pylist()).encode()
    elif content.startswith(b"\x89PNG"):
        yield from _texts_of_picture(content)
    else:
        for blob in _BASE64.findall(content):
            with suppress(binascii.Error, ValueError):
                yield from _opened(base64.b64decode(blob.replace(b"\\n", b"").replace(b"\n", b"")), depth + 1)


def _texts_of_picture(content: bytes) -> Iterator[bytes]:
    at = 8
    while at < len(content):
        size, kind = int.from_bytes(content[at : at + 4], "big"), content[at + 4 : at + 8]
        chunk = content[at + 8 : at + 8 + size]
        at += size + 12
        if kind in (b"zTXt", b"iTXt"):
            for start in range(len(chunk)):
                with suppress(zlib.error):
                    yield zlib.decompress(chunk[start:])
                    break
