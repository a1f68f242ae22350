"""What a file is, by what it holds and not by what it is called; what is not read is refused by what it is."""

from __future__ import annotations

import errno
import lzma
import struct
import sys
import zipfile
import zlib
from contextlib import suppress
from pathlib import Path
from typing import IO, Literal
from xml.parsers import expat

from anchor_analysis import telling
from anchor_analysis.problems import Problem, UserError

Kind = Literal["text", "xlsx", "xlsb", "xls", "ods", "zip", "parquet"]

#: A package that unpacks to more than this, at more than this many times its size, is made to do harm.
LARGEST_UNPACKED, LARGEST_RATIO = 200 << 20, 100

#: A spreadsheet has no more columns, and its cells hold no more characters.
MOST_COLUMNS, LARGEST_TEXT = 16_384, 32_767

_TABLE = "Send the data themselves as CSV UTF-8 or as an Excel workbook (.xlsx)."
_AGAIN = "Open it in a spreadsheet program and save it as an Excel workbook (.xlsx). Then send it again."
_EMPTY_ZIP = b"PK\x05\x06"
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_REFUSED: list[tuple[bytes, str]] = [
    (b"%PDF", "a PDF"),
    (b"{\\rtf", "a text document (RTF)"),
    (b"MZ", "a program"),
    (b"\x7fELF", "a program"),
    (b"SQLite format 3", "a database (SQLite)"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"GIF8", "a picture"),
    (b"\x1f\x8b", "an archive (gzip)"),
    (b"BZh", "an archive (bzip2)"),
    (b"\xfd7zXZ", "an archive (xz)"),
    (b"7z\xbc\xaf", "an archive (7-Zip)"),
    (b"Rar!", "an archive (RAR)"),
    *((b"\x80" + bytes([version]), "a Python pickle, which can run code") for version in range(2, 6)),
]  # fmt: skip
_MARKUP = (b"<?xml", b"<html", b"<!doctype", b"<table", b"<workbook")
#: What Python's reader of archives raises of one that is damaged, or protected where none should be (RuntimeError).
BROKEN = (
    OSError, EOFError, zipfile.BadZipFile, zlib.error, lzma.LZMAError, struct.error, LookupError, ValueError,
    RuntimeError,
)  # fmt: skip


def kind_of(path: Path, where: str) -> Kind:
    """What a file is, one of the kinds that are read.

    Raises UserError (AN020) for an empty, protected or damaged file, a workbook with macros, a package that is
    made to do harm, and every other kind, each by what it is.
    """
    with path.open("rb") as stream:
        start = stream.read(512)
    if not start:
        raise refused(where, "is empty", "Export it again, or take it out of the return.")
    if start.startswith((b"PK\x03\x04", _EMPTY_ZIP)):
        return _package_kind(path, where)
    if start.startswith(_OLE):
        return _ole_kind(path, where)
    if start.startswith(b"PAR1"):
        return "parquet"
    for signature, what in _REFUSED:
        if start.startswith(signature):
            raise refused(where, f"is {what}, which is not read", _TABLE)
    if start.lstrip(b"\xef\xbb\xbf \t\r\n").lower().startswith(_MARKUP):
        raise refused(where, "is a web page or XML, whatever its name says", _AGAIN)
    return "text"


def refused(where: str, what: str, remedy: str) -> UserError:
    """The error for a file that cannot be opened: `what` goes on after "the file"."""
    return UserError(Problem("AN020", where, f"the file {what}.", remedy))


def damaged(where: str) -> UserError:
    """The error for a workbook or archive that broke; what the machine refused meanwhile is raised as it is.

    Not where memory was wanting: what is damaged may say that it is of any size.
    """
    error = sys.exception()
    if error is not None and telling.refusal(error) and not telling.wants_memory(error):
        raise error
    return refused(where, "is damaged and cannot be opened", _AGAIN)


def is_of_the_disk(error: Exception) -> bool:
    """Whether an error is of the disk, and not of an archive that names a place before its beginning (EINVAL)."""
    return isinstance(error, OSError) and error.errno not in (None, errno.EINVAL)


def _ole_kind(path: Path, where: str) -> Kind:
    content = path.read_bytes()
    if _utf16("EncryptedPackage") in content:
        remedy = "Save it without a password, and send it in a protected way instead."
        raise refused(where, "is protected by a password, so nobody can read it here", remedy)
    if _utf16("_VBA_PROJECT") in content:
        raise refused(where, "is a workbook with macros, which are programs", _AGAIN)
    if _utf16("Workbook") in content or _utf16("Book") in content:
        return "xls"
    raise refused(where, "is an old Office document or a message, not a workbook", _TABLE)


def _utf16(name: str) -> bytes:
    return name.encode("utf-16-le")


def _package_kind(path: Path, where: str) -> Kind:
    try:
        with zipfile.ZipFile(path) as package:
            entries = package.infolist()
            _must_be_harmless(package, entries, where)
            names = {entry.filename for entry in entries}
            mimetype = package.read("mimetype").decode("ascii", "replace") if "mimetype" in names else ""
            locked = "META-INF/manifest.xml" in names and b"encryption-data" in package.read("META-INF/manifest.xml")
    except BROKEN:
        raise damaged(where) from None
    if "opendocument" in mimetype:
        return _ods(mimetype, locked, names, where)
    if any(name.lower().endswith("vbaproject.bin") for name in names):
        raise refused(where, "is a workbook with macros, which are programs", _AGAIN)
    if any(name.endswith(".iwa") for name in names):
        raise refused(where, "is a Numbers document", "Export it as an Excel workbook (.xlsx) or as CSV.")
    if any(name.startswith(("word/", "ppt/")) for name in names):
        raise refused(where, "is a text document or a presentation", _TABLE)
    if any(name.endswith("workbook.bin") for name in names):
        return "xlsb"
    return "xlsx" if any(name.endswith("workbook.xml") for name in names) else "zip"


def _ods(mimetype: str, locked: bool, names: set[str], where: str) -> Kind:
    if locked:
        raise refused(where, "is protected by a password, so nobody can read it here", "Save it without a password.")
    if not mimetype.startswith("application/vnd.oasis.opendocument.spreadsheet"):
        raise refused(where, "is an OpenDocument file, but not a spreadsheet", _TABLE)
    if any(name.startswith("Basic/") and name.endswith(".xml") and "script-l" not in name for name in names):
        raise refused(where, "is a workbook with macros, which are programs", _AGAIN)
    return "ods"


def must_unpack_fairly(unpacked: int, packed: int, where: str) -> None:
    """Refuse what unpacks to much more than a table does."""
    if unpacked > LARGEST_UNPACKED and unpacked > LARGEST_RATIO * max(packed, 1):
        what = f"would unpack to {unpacked >> 20:,} MB, {unpacked // max(packed, 1):,} times its size, as no table does"
        raise refused(where, what, _AGAIN)


def _must_be_harmless(package: zipfile.ZipFile, entries: list[zipfile.ZipInfo], where: str) -> None:
    """Refuse what unpacks to much more than it should, and XML that declares entities."""
    unpacked, packed = (sum(getattr(entry, size) for entry in entries) for size in ("file_size", "compress_size"))
    must_unpack_fairly(unpacked, packed, where)
    for entry in entries:
        if not entry.flag_bits & 1:  # whatever its name: which parts are read as XML, the package itself says
            with package.open(entry) as stream:
                if _declares_a_type(stream):
                    raise refused(
                        where, "declares a document type of its own, which no spreadsheet program writes", _AGAIN
                    )


def _declares_a_type(stream: IO[bytes]) -> bool:
    """Whether XML declares a document type before its first element, in whatever encoding, and however far down."""
    found: list[bool] = []
    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = lambda *_: found.append(True)
    parser.StartElementHandler = lambda *_: found.append(False)
    with suppress(expat.ExpatError, ValueError, LookupError):  # what is no XML is for its reader to refuse
        while not found and (chunk := stream.read(4096)):
            parser.Parse(chunk)
    return found[:1] == [True]
