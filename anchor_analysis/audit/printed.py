"""What a PDF says: its streams unpacked, and the words that these print, by the codes of its fonts.

A PDF prints strings of codes. What letter a code is, a font's table tells (ISO 32000-1, 9.10: ToUnicode); a font
without a table is taken to have those of Windows. Which font a string is in is not followed: every string is read
by every table, which is more than is needed, and never less.
"""

from __future__ import annotations

import base64
import binascii
import re
import zlib
from collections.abc import Iterator

_STREAM = re.compile(rb"stream\r?\n(.*?)\r?\n?endstream", re.DOTALL)
_FILTERS = re.compile(rb"/(\w+)")

#: Filters of pictures, in which no text stands that a search could find.
_OF_PICTURES = {b"DCTDecode", b"JPXDecode", b"CCITTFaxDecode", b"JBIG2Decode"}

#: A string of a page; an array of strings with the gaps between them; and the operators after which a word is over.
_STRING = rb"\((?:\\.|[^\\()]|\((?:\\.|[^\\()])*+\))*+\)|<[0-9A-Fa-f\s]*+>(?!>)"
_PIECE = re.compile(rb"\[(?:" + _STRING + rb"|[-0-9.\s])*+\]|" + _STRING + rb"|\b(?:T[*dDmJj]|ET)\b", re.DOTALL)
_IN_ARRAY = re.compile(_STRING + rb"|-?[0-9.]+", re.DOTALL)
_ESCAPE = re.compile(rb"\\(?:([0-7]{1,3})|\r?\n|(.))", re.DOTALL)
_MEANS = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f"}

_MAPS = re.compile(rb"beginbf(char|range)(.*?)endbf", re.DOTALL)
_CODE = rb"<([0-9A-Fa-f\s]*)>"
_CHAR, _RANGE = re.compile(_CODE + rb"\s*" + _CODE), re.compile(_CODE + rb"\s*" + _CODE + rb"\s*(<[^<>]*>|\[[^\]]*\])")

#: A gap that is as wide as this, in thousandths of the letters' size, is a space.
_SPACE = -180

#: The codes of a font with the letters that they are.
Table = dict[bytes, str]


class NotReadable(Exception):
    """A PDF of which something cannot be looked through."""


def texts_of_pdf(content: bytes, largest: int) -> Iterator[tuple[str, bytes]]:
    """The bytes of a PDF outside its streams, each stream, and what they print, with where it stands.

    Raises NotReadable where a stream is packed in a way that is not known, or grows beyond `largest`, or where all is
    encrypted.
    """
    if b"/Encrypt" in content:
        raise NotReadable
    streams, last, outside = [], 0, []
    for found in _STREAM.finditer(content):
        outside.append(content[last : found.start()])
        last = found.end()
        streams.append(_unpacked(found[1], outside[-1], largest))
    body = b"\n".join([*outside, content[last:]]).replace(b"%PDF", b"PDF")  # is not to be taken for another PDF
    tables = [table for stream in streams if (table := _table(stream))]
    if not tables and any(b"/Identity-H" in part for part in (body, *streams)):
        raise NotReadable
    for number, stream in enumerate([body, *streams]):
        where = f", stream {number}" if number else ""
        yield where, stream
        for table in ({}, *tables):
            yield where, _said(stream, table).encode()


def _unpacked(stream: bytes, before: bytes, largest: int) -> bytes:
    """A stream as its filters, which stand before it, have it; nothing of a picture."""
    about = before[before.rfind(b" obj") :]
    named = re.search(rb"/Filter\s*(\[[^\]]*\]|/\w+)", about)
    for name in _FILTERS.findall(named[1]) if named else ():
        if name in _OF_PICTURES:
            return b""
        try:
            stream = _without(name, stream, largest)
        except (zlib.error, binascii.Error, ValueError) as error:
            raise NotReadable from error
    return stream


def _without(name: bytes, stream: bytes, largest: int) -> bytes:
    if name in (b"FlateDecode", b"Fl"):
        found = zlib.decompressobj().decompress(stream, largest + 1)
        if len(found) > largest:
            raise NotReadable
        return found
    if name in (b"ASCII85Decode", b"A85"):
        return base64.a85decode(stream.strip().removeprefix(b"<~").removesuffix(b"~>"))
    if name in (b"ASCIIHexDecode", b"AHx"):
        return _of_hex(stream.partition(b">")[0])
    raise NotReadable


def _said(stream: bytes, table: Table) -> str:
    """What a stream prints by a table of codes: words as they stand on a line."""
    said: list[str] = []
    for found in _PIECE.finditer(stream):
        for piece in _IN_ARRAY.findall(found[0]) if found[0].startswith(b"[") else [found[0]]:
            if piece[:1] in b"(<":
                said.append(_letters(_codes(piece), table))
            elif piece[:1].isalpha() or _is_wide(piece):
                said.append(" ")
    return "".join(said)


def _is_wide(gap: bytes) -> bool:
    try:
        return float(gap) <= _SPACE
    except ValueError:
        return False


def _codes(string: bytes) -> bytes:
    if string.startswith(b"<"):
        return _of_hex(string[1:-1])
    return _ESCAPE.sub(_meant, string[1:-1])


def _meant(found: re.Match[bytes]) -> bytes:
    number, sign = found.groups()
    return bytes([int(number, 8) & 255]) if number else _MEANS.get(sign, sign) if sign else b""


def _of_hex(digits: bytes) -> bytes:
    plain = re.sub(rb"[^0-9A-Fa-f]", b"", digits)
    return bytes.fromhex((plain + b"0" * (len(plain) % 2)).decode())


def _letters(codes: bytes, table: Table) -> str:
    if not table:
        return codes.decode("utf-16" if codes[:2] in (b"\xfe\xff", b"\xff\xfe") else "cp1252", "replace")
    width = max(map(len, table))
    return "".join(table.get(codes[at : at + width], "") for at in range(0, len(codes), width))


def _table(stream: bytes) -> Table:
    """The table of codes that a stream is; empty for one that is none."""
    table: Table = {}
    for kind, lines in _MAPS.findall(stream):
        if kind == b"char":
            table |= {_of_hex(code): _of_hex(letters).decode("utf-16-be", "replace") for code, letters in
                      _CHAR.findall(lines)}  # fmt: skip
        else:
            for first, last, letters in _RANGE.findall(lines):
                table |= _range(_of_hex(first), _of_hex(last), letters)
    return {code: letters for code, letters in table.items() if code}


def _range(first: bytes, last: bytes, letters: bytes) -> Table:
    start = int.from_bytes(first, "big")
    codes = range(start, min(int.from_bytes(last, "big"), start + 65535) + 1)
    listed = [_of_hex(one) for one in re.findall(_CODE, letters)]
    if letters.startswith(b"["):
        given = [one.decode("utf-16-be", "replace") for one in listed]
    else:
        begin = listed[0].decode("utf-16-be", "replace")
        given = [begin[:-1] + chr(min(ord(begin[-1]) + step, 0x10FFFF)) for step in range(len(codes))] if begin else []
    return {code.to_bytes(len(first) or 1, "big"): one for code, one in zip(codes, given, strict=False)}
