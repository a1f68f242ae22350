"""Hostile files: what must be refused soon, in little memory, and with a reason that a person understands.

`FILES` gives for each name the function that writes the file into a folder. All are small on disk; what some would
unpack to is BOMB. `python -m tests.hostile` takes folders from its input, line by line, reads the return in each in
a process of its own, and tells what came of it.
"""

from __future__ import annotations

import json
import os
import pickle
import resource
import signal
import struct
import sys
import time
import traceback
import zipfile
import zlib
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import xlsxwriter
from xlsxwriter.utility import xl_col_to_name

from tests.messy_files import Page, write_xls, write_xlsb, write_xlsx

#: What a bomb unpacks to, in bytes.
BOMB = 5 << 30
COLUMNS = 1_000_000

_CHUNK = 1 << 20
_LONG_AGO = (2024, 4, 5, 9, 0, 0)
_HEADER = b"payment_date,net_gbp\n"
_ROW = b"01/05/2023,1.00\n"
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_SHEET = "xl/worksheets/sheet1.xml"
SECRET = "what no message may show"

#: So that a reader which is not careful cannot take the machine with it: a stop, and no measure.
_CAP = 6 << 30


# --- bombs: a chunk is packed once and stands there thousands of times ---


def _bomb(path: Path, name: str, before: bytes, filler: bytes, after: bytes, parts: dict[str, bytes]) -> Path:
    """An archive of ordinary parts, and of one that unpacks to `before`, then BOMB of `filler`, then `after`."""
    filler = filler * (_CHUNK // len(filler))
    times = BOMB // len(filler)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for part, content in parts.items():
            archive.writestr(zipfile.ZipInfo(part, _LONG_AGO), content, zipfile.ZIP_DEFLATED)
        about = zipfile.ZipInfo(name, _LONG_AGO)
        packed = _packed(before, filler, times, after)
        about.compress_type, about.header_offset = zipfile.ZIP_DEFLATED, archive.start_dir
        about.CRC, about.compress_size = _checksum(before, filler, times, after), len(packed)
        about.file_size = len(before) + len(filler) * times + len(after)
        assert archive.fp
        archive.fp.seek(archive.start_dir)
        archive.fp.write(about.FileHeader(zip64=True) + packed)
        archive.start_dir = archive.fp.tell()
        archive.filelist.append(about)
        archive.NameToInfo[name] = about
    return path


def _packed(before: bytes, filler: bytes, times: int, after: bytes) -> bytes:
    """Raw deflate; a full flush ends each chunk, so that the packed chunk can stand again as it is."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    head = packer.compress(before) + packer.flush(zlib.Z_FULL_FLUSH)
    chunk = packer.compress(filler) + packer.flush(zlib.Z_FULL_FLUSH)
    return head + chunk * times + packer.compress(after) + packer.flush(zlib.Z_FINISH)


def _checksum(before: bytes, filler: bytes, times: int, after: bytes) -> int:
    """The checksum of the whole without its bytes: what a chunk does to a checksum is linear but for a constant."""
    zeros = bytes(len(filler))
    moved = [zlib.crc32(zeros, 1 << bit) ^ zlib.crc32(zeros) for bit in range(32)]
    own, checksum = zlib.crc32(filler), zlib.crc32(before)
    for _ in range(times):
        after_zeros = 0
        for bit in range(32):
            after_zeros ^= moved[bit] if checksum >> bit & 1 else 0
        checksum = after_zeros ^ own
    return zlib.crc32(after, checksum)


def zipped_csv_bomb(folder: Path, name: str = "ledger.zip") -> Path:
    """Three hundred million payments."""
    return _bomb(folder / name, "ledger.csv", _HEADER, _ROW, b"", {})


def zipped_csv_of_one_line(folder: Path) -> Path:
    """A cell that never ends."""
    return _bomb(folder / "ledger.zip", "ledger.csv", _HEADER + b'01/05/2023,"', b"0", b'"\n', {})


def xlsx_bomb(folder: Path) -> Path:
    """A sheet of rows beyond number, each of them in order."""
    row = b'<row><c t="inlineStr"><is><t>01/05/2023</t></is></c><c><v>1</v></c></row>'
    return _sheet_bomb(folder, _SHEET, b"<sheetData>", row, b"</sheetData></worksheet>")


def xlsx_bomb_of_spaces(folder: Path) -> Path:
    """A sheet whose XML is nearly all white space."""
    return _sheet_bomb(folder, _SHEET, b"", b" ", b"<sheetData/></worksheet>")


def xlsx_bomb_of_strings(folder: Path) -> Path:
    """Shared strings beyond number, none of them used."""
    head = f'{_XML}<sst xmlns="{_MAIN}">'.encode()
    parts = _parts(folder, "<sheetData/>")
    parts.pop("xl/sharedStrings.xml", None)
    name = "xl/sharedStrings.xml"
    return _bomb(folder / "ledger.xlsx", name, head, b"<si><t>aaaaaaaaaaaaaaaa</t></si>", b"</sst>", parts)


def _sheet_bomb(folder: Path, name: str, before: bytes, filler: bytes, after: bytes) -> Path:
    parts = _parts(folder, "")
    parts.pop(_SHEET)
    head = f'{_XML}<worksheet xmlns="{_MAIN}">'.encode()
    return _bomb(folder / "ledger.xlsx", name, head + before, filler, after, parts)


def ods_bomb(folder: Path) -> Path:
    """An OpenDocument sheet of rows beyond number."""
    head, tail = _ods("")
    row = b'<table:table-row><table:table-cell office:value-type="float" office:value="1"/></table:table-row>'
    return _bomb(folder / "ledger.ods", "content.xml", head.encode(), row, tail.encode(), {"mimetype": _ODS.encode()})


def parquet_bomb(folder: Path) -> Path:
    """A hundred thousand cells of a megabyte, which the file holds once."""
    text = pa.DictionaryArray.from_arrays(pa.array([0] * 100_000, pa.int32()), pa.array(["x" * _CHUNK]))
    day = pa.DictionaryArray.from_arrays(pa.array([0] * 100_000, pa.int32()), pa.array(["01/05/2023"]))
    path = folder / "ledger.parquet"
    pq.write_table(pa.table({"payment_date": day, "net_gbp": day, "category": text}), path, store_schema=False)
    return path


# --- workbooks whose XML is not what it seems ---


def _parts(folder: Path, data: str, doctype: str = "") -> dict[str, bytes]:
    """The parts of a sound workbook whose one sheet, Ledger, is this."""
    whole = folder / "sound.xlsx"
    with xlsxwriter.Workbook(str(whole)) as book:
        book.add_worksheet("Ledger").write_row(0, 0, ["payment_date", "net_gbp"])
    with zipfile.ZipFile(whole) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    whole.unlink()
    parts[_SHEET] = f'{_XML}{doctype}<worksheet xmlns="{_MAIN}">{data}</worksheet>'.encode()
    return parts


def _workbook(folder: Path, parts: dict[str, bytes], name: str = "ledger.xlsx") -> Path:
    with zipfile.ZipFile(folder / name, "w", zipfile.ZIP_DEFLATED) as archive:
        for part, content in parts.items():
            archive.writestr(zipfile.ZipInfo(part, _LONG_AGO), content, zipfile.ZIP_DEFLATED)
    return folder / name


def _text_cell(place: str, text: str) -> str:
    return f'<c r="{place}" t="inlineStr"><is><t>{text}</t></is></c>'


def _rows(*rows: str) -> str:
    return (
        "<sheetData>" + "".join(f'<row r="{number}">{row}</row>' for number, row in enumerate(rows, 1)) + "</sheetData>"
    )


_HEADERS = _text_cell("A1", "payment_date") + _text_cell("B1", "net_gbp")


def billion_laughs(folder: Path, part: str = _SHEET) -> Path:
    """Entities that hold entities: three gigabytes of laughter."""
    entities = '<!ENTITY a0 "lol">' + "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10))
    parts = _parts(folder, _rows(_HEADERS, _text_cell("A2", "&a9;")), f"<!DOCTYPE worksheet [{entities}]>")
    if part != _SHEET:
        strings = (
            f'{_XML}<!DOCTYPE sst [{entities}]><sst xmlns="{_MAIN}"><si><t>payment_date</t></si><si><t>net_gbp</t></si>'
        )
        parts |= {part: f"{strings}<si><t>&a9;</t></si></sst>".encode()}
        cells = "".join(f'<c r="{place}" t="s"><v>{n}</v></c>' for n, place in enumerate(["A1", "B1"]))
        parts[_SHEET] = _parts(folder, _rows(cells, '<c r="A2" t="s"><v>2</v></c>'))[_SHEET]
    return _workbook(folder, parts)


def external_entity(folder: Path, part: str = _SHEET) -> Path:
    """An entity that is another file of the machine."""
    secret = _file(folder.parent, "secret.txt", SECRET.encode())
    doctype = f'[<!ENTITY secret SYSTEM "file://{secret}">]>'
    if part != _SHEET:
        parts = _parts(folder, _rows(_HEADERS))
        parts[part] = parts[part].replace(b"<workbook ", f"<!DOCTYPE workbook {doctype}<workbook ".encode(), 1)
        parts[part] = parts[part].replace(b'name="Ledger"', b'name="&secret;"')
        return _workbook(folder, parts)
    cells = _rows(_HEADERS, _text_cell("A2", "01/05/2023") + _text_cell("B2", "&secret;"))
    return _workbook(folder, _parts(folder, cells, f"<!DOCTYPE worksheet {doctype}"))


def xlsx_of_a_million_columns(folder: Path) -> Path:
    """More columns than a sheet can have, each with a header."""
    cells = "".join(_text_cell(f"{xl_col_to_name(column)}1", f"c{column}") for column in range(2, COLUMNS))
    return _workbook(folder, _parts(folder, _rows(_HEADERS + cells)))


def xlsx_with_a_cell_in_the_last_corner(folder: Path) -> Path:
    """Three cells, the third in the last row and column that a sheet can have."""
    last = f'<sheetData><row r="1">{_HEADERS}</row><row r="1048576">{_text_cell("XFD1048576", "x")}</row></sheetData>'
    return _workbook(folder, _parts(folder, f'<dimension ref="A1:XFD1048576"/>{last}'))


def xlsx_whose_rows_are_in_disorder(folder: Path) -> Path:
    """A cell far off in the midst, and near ones before and after it."""
    far = f'<row r="1048576">{_text_cell("XFD1048576", "x")}</row>'
    near = f'<row r="2">{_text_cell("A2", "01/05/2023")}</row>'
    return _workbook(folder, _parts(folder, f'<sheetData><row r="1">{_HEADERS}</row>{far}{near}</sheetData>'))


def xlsx_whose_rows_have_no_numbers(folder: Path) -> Path:
    """A cell far off, of which only its own reference tells."""
    far = f"<row>{_text_cell('XFD1048576', 'x')}</row>"
    return _workbook(folder, _parts(folder, f"<sheetData><row>{_HEADERS}</row>{far}</sheetData>"))


def xlsx_of_sheets_that_are_too_large_together(folder: Path) -> Path:
    """A hundred sheets, each of which alone could be read."""
    path = folder / "ledger.xlsx"
    write_xlsx(path, [Page(f"Ledger{number or ''}", far_off(100_000, 19)) for number in range(100)])
    return path


def xlsx_that_says_it_is_huge(folder: Path) -> Path:
    """Three cells of one row, one of them a header that nobody knows, and the dimension of a full sheet."""
    cells = _rows(_HEADERS + _text_cell("C1", "whatever"))
    return _workbook(folder, _parts(folder, f'<dimension ref="A1:XFD1048576"/>{cells}'))


def xlsx_whose_row_number_is_beyond_counting(folder: Path) -> Path:
    """A cell in row four thousand million."""
    row = f'<row r="4294967295">{_text_cell("A4294967295", "x")}</row>'
    return _workbook(folder, _parts(folder, f'<sheetData><row r="1">{_HEADERS}</row>{row}</sheetData>'))


def xlsx_with_macros(folder: Path) -> Path:
    """A workbook with a program in it, named as one without."""
    parts = _parts(folder, _rows(_HEADERS))
    parts["xl/vbaProject.bin"] = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(2048)
    parts["[Content_Types].xml"] = parts["[Content_Types].xml"].replace(
        b"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml",
        b"application/vnd.ms-excel.sheet.macroEnabled.main+xml",
    )
    return _workbook(folder, parts)


_ODS = "application/vnd.oasis.opendocument.spreadsheet"


def _ods(rows: str) -> tuple[str, str]:
    spaces = " ".join(f'xmlns:{n}="urn:oasis:names:tc:opendocument:xmlns:{n}:1.0"' for n in ("office", "table", "text"))
    head = f'{_XML}<office:document-content {spaces} office:version="1.2"><office:body><office:spreadsheet>'
    end = "</table:table></office:spreadsheet></office:body></office:document-content>"
    return f'{head}<table:table table:name="Ledger">{rows}', end


def ods_of_rows(folder: Path, rows: str) -> Path:
    """A sound OpenDocument workbook: the headers of a ledger, then these rows."""
    headers = "".join(
        f'<table:table-cell office:value-type="string"><text:p>{name}</text:p></table:table-cell>'
        for name in ("payment_date", "net_gbp")
    )
    spaces = 'xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"'
    entry = f'<manifest:file-entry manifest:full-path="/" manifest:media-type="{_ODS}"/>'
    parts = {
        "mimetype": _ODS,
        "content.xml": "".join(_ods(f"<table:table-row>{headers}</table:table-row>{rows}")),
        "META-INF/manifest.xml": f"{_XML}<manifest:manifest {spaces}>{entry}</manifest:manifest>",
    }
    return _workbook(folder, {name: text.encode() for name, text in parts.items()}, "ledger.ods")


def ods_with_repeats(folder: Path, rows: int = 1_048_575, columns: int = 16_384) -> Path:
    """One filled cell that says it stands in so many: by default in all seventeen thousand million of the sheet."""
    said = f'office:value-type="float" office:value="1" table:number-columns-repeated="{columns}"'
    row = f'<table:table-row table:number-rows-repeated="{rows}"><table:table-cell {said}/></table:table-row>'
    return ods_of_rows(folder, row)


def ods_with_a_cell_far_off(folder: Path, rows: int = 1_048_574, columns: int = 16_383) -> Path:
    """One cell after so many blank rows and columns: by default in the last corner of the sheet."""
    blank = f'<table:table-row table:number-rows-repeated="{rows}"><table:table-cell/></table:table-row>'
    cells = f'<table:table-cell table:number-columns-repeated="{columns}"/>' if columns else ""
    cells += '<table:table-cell office:value-type="float" office:value="1"/>'
    return ods_of_rows(folder, f"{blank}<table:table-row>{cells}</table:table-row>")


# --- binary workbooks ---


def far_off(row: int, column: int) -> list[tuple[Any, ...]]:
    """The headers of a ledger, and one cell at a row and column counted from 0."""
    return [("payment_date", "net_gbp"), *[()] * (row - 1), (*[""] * column, 1)]


def xlsb_with_a_cell_far_off(folder: Path, row: int = 1_048_575, column: int = 16_383, sheets: int = 1) -> Path:
    """A binary workbook with a cell far off on each of its sheets."""
    path = folder / "ledger.xlsb"
    write_xlsb(path, [Page(f"Ledger{number or ''}", far_off(row, column)) for number in range(sheets)])
    return path


def xls_with_a_cell_far_off(folder: Path, row: int = 65_535, column: int = 255, sheets: int = 1) -> Path:
    """An old workbook with a cell far off on each of its sheets."""
    path = folder / "ledger.xls"
    write_xls(path, [Page(f"Ledger{number or ''}", far_off(row, column)) for number in range(sheets)])
    return path


def xls_that_says_it_is_huge(folder: Path) -> Path:
    """Two cells, and the dimensions of more than any sheet can have."""
    path = folder / "ledger.xls"
    write_xls(path, [Page("Ledger", [("payment_date", "net_gbp")])])
    dimensions = struct.pack("<HH", 0x0200, 14) + struct.pack("<IIHHH", 0, 1, 0, 2, 0)
    huge = struct.pack("<HH", 0x0200, 14) + struct.pack("<IIHHH", 0, 0xFFFFFFFF, 0, 0xFFFF, 0)
    content = path.read_bytes()
    assert content.count(dimensions) == 1
    path.write_bytes(content.replace(dimensions, huge))
    return path


# --- text, and what is none ---


def csv_of_a_million_columns(folder: Path) -> Path:
    """Each column has a header."""
    text = _HEADER.decode().strip() + "".join(f",c{n}" for n in range(2, COLUMNS)) + "\n01/05/2023,1\n"
    return _file(folder, "ledger.csv", text.encode())


def csv_of_one_line(folder: Path) -> Path:
    """Fifty megabytes without a line end."""
    return _file(folder, "ledger.csv", b"payment_date " * (50_000_000 // 13))


def csv_of_quotation_marks(folder: Path) -> Path:
    """Twenty megabytes of quotation marks below sound headers."""
    return _file(folder, "ledger.csv", _HEADER + b'"' * 20_000_001)


def csv_of_commas(folder: Path) -> Path:
    """Rows of a million empty cells, and one that is filled beyond the headers."""
    return _file(folder, "ledger.csv", _HEADER + (b"," * 1_000_000 + b"\n") * 20 + b"," * 1_000_000 + b"x\n")


def _file(folder: Path, name: str, content: bytes) -> Path:
    (folder / name).write_bytes(content)
    return folder / name


class Touch:
    """An object that makes a file when it is unpickled."""

    def __init__(self, path: Path):
        self.path = path

    def __reduce__(self) -> tuple[Callable[..., None], tuple[str]]:
        return _touch, (str(self.path),)


def _touch(path: str) -> None:
    Path(path).touch()


def pickled(folder: Path, name: str) -> Path:
    """A pickle that makes the file `unpickled` beside the return's folder when it is loaded."""
    return _file(folder, name, pickle.dumps({"payment_date": Touch(folder.parent / "unpickled")}))


# --- archives ---


def encrypted_zip(folder: Path) -> Path:
    """An archive that asks for a password."""
    path = _workbook(folder, {"ledger.csv": _HEADER + _ROW}, "ledger.zip")
    content = bytearray(path.read_bytes())
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        content[content.index(mark) + offset] |= 1
    path.write_bytes(content)
    return path


def zip_that_climbs_out(folder: Path, name: str = "../../climbed.csv") -> Path:
    """An archive whose file would stand elsewhere when unpacked."""
    return _workbook(folder, {name: _HEADER + _ROW}, "ledger.zip")


def zip_of_zips(folder: Path) -> Path:
    """An archive of archives."""
    inner = _workbook(folder, {"ledger.csv": _HEADER + _ROW}, "inner.zip")
    content = inner.read_bytes()
    inner.unlink()
    return _workbook(folder, {"ledger.zip": content, "ledger_2.zip": content}, "ledger.zip")


def zip_of_a_link(folder: Path) -> Path:
    """An archive whose one file is a link to a file of the machine."""
    about = zipfile.ZipInfo("ledger.csv", _LONG_AGO)
    about.create_system, about.external_attr = 3, 0o120777 << 16
    with zipfile.ZipFile(folder / "ledger.zip", "w") as archive:
        archive.writestr(about, str(_file(folder.parent, "secret.txt", SECRET.encode())))
    return folder / "ledger.zip"


def zip_that_lies_about_its_size(folder: Path) -> Path:
    """A bomb whose directory says that it unpacks to a hundred bytes."""
    path = zipped_csv_bomb(folder)
    content = bytearray(path.read_bytes())
    central = content.rindex(b"PK\x01\x02")
    struct.pack_into("<I", content, central + 24, 100)
    path.write_bytes(content)
    return path


_PROGRAMS = {"MZ": b"MZ\x90\x00" + bytes(60), "ELF": b"\x7fELF\x02\x01\x01" + bytes(57)}
_PDF = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"

#: Each hostile file by name.
FILES: dict[str, Callable[[Path], Path]] = {
    "a zipped CSV of 5 GB": zipped_csv_bomb,
    "a zipped CSV of 5 GB named .csv": partial(zipped_csv_bomb, name="ledger.csv"),
    "a zipped CSV whose one cell is 5 GB": zipped_csv_of_one_line,
    "a zip that lies about its size": zip_that_lies_about_its_size,
    "a sheet of 5 GB of rows": xlsx_bomb,
    "a sheet of 5 GB of white space": xlsx_bomb_of_spaces,
    "shared strings of 5 GB": xlsx_bomb_of_strings,
    "an OpenDocument sheet of 5 GB": ods_bomb,
    "a Parquet file of 100 GB": parquet_bomb,
    "a billion laughs in a sheet": billion_laughs,
    "a billion laughs in shared strings": partial(billion_laughs, part="xl/sharedStrings.xml"),
    "an external entity in a sheet": external_entity,
    "an external entity in the workbook": partial(external_entity, part="xl/workbook.xml"),
    "a million columns in a workbook": xlsx_of_a_million_columns,
    "a million columns in a CSV": csv_of_a_million_columns,
    "a cell in the last corner of a sheet": xlsx_with_a_cell_in_the_last_corner,
    "a sheet that says it is huge": xlsx_that_says_it_is_huge,
    "a row number beyond counting": xlsx_whose_row_number_is_beyond_counting,
    "rows in disorder and a cell in the last corner": xlsx_whose_rows_are_in_disorder,
    "rows without numbers and a cell in the last corner": xlsx_whose_rows_have_no_numbers,
    "sheets that are too large together": xlsx_of_sheets_that_are_too_large_together,
    "an OpenDocument cell repeated everywhere": ods_with_repeats,
    "an OpenDocument row repeated beyond counting": partial(ods_with_repeats, rows=4_000_000_000, columns=2),
    "an OpenDocument cell repeated beyond counting": partial(ods_with_repeats, rows=1, columns=4_000_000_000),
    "a cell in the last corner of an OpenDocument sheet": ods_with_a_cell_far_off,
    "a cell far down an OpenDocument sheet": partial(ods_with_a_cell_far_off, rows=1_000_000, columns=19),
    "a cell in the last corner of a binary workbook": xlsb_with_a_cell_far_off,
    "a cell far down a binary workbook": partial(xlsb_with_a_cell_far_off, row=1_000_000, column=19),
    "a binary workbook whose row is beyond counting": partial(xlsb_with_a_cell_far_off, row=1_100_000, column=0),
    "cells in the last corner of an old workbook's sheets": partial(xls_with_a_cell_far_off, sheets=5),
    "an old workbook that says it is huge": xls_that_says_it_is_huge,
    "a workbook with macros": xlsx_with_macros,
    "a CSV of one line": csv_of_one_line,
    "a CSV of quotation marks": csv_of_quotation_marks,
    "a CSV of commas": csv_of_commas,
    "a pickle named .csv": partial(pickled, name="ledger.csv"),
    "a pickle named .parquet": partial(pickled, name="ledger.parquet"),
    "a PDF named .csv": partial(_file, name="ledger.csv", content=_PDF),
    "a PDF named .xlsx": partial(_file, name="ledger.xlsx", content=_PDF),
    "a program of Windows": partial(_file, name="ledger.xlsx", content=_PROGRAMS["MZ"]),
    "a program of Linux": partial(_file, name="ledger.csv", content=_PROGRAMS["ELF"]),
    "an encrypted zip": encrypted_zip,
    "a zip whose file climbs out": zip_that_climbs_out,
    "a zip whose file has a whole path": partial(zip_that_climbs_out, name="/tmp/climbed.csv"),
    "a zip of zips": zip_of_zips,
    "a zip of a link": zip_of_a_link,
}


# --- reading one in a process of its own ---


def main(folder: Path) -> None:
    """Read the return of a workspace made by tests.returns_example, and print what came of it as JSON."""
    from anchor_analysis.declared import load_network
    from anchor_analysis.problems import UserError
    from anchor_analysis.read import read_return
    from anchor_analysis.storage import Workspace

    resource.setrlimit(resource.RLIMIT_AS, (_CAP, resource.RLIM_INFINITY))
    workspace = Workspace(folder)
    network = load_network(workspace, "example")
    member, raw = network.member("hospital"), workspace.raw("example") / "2023-24" / "hospital"
    before, begun = _peak(), time.perf_counter()
    try:
        read_return(raw, network, member, folder / "into")
        outcome, said = "read", ""
    except UserError as error:
        outcome, said = "refused", str(error)
    seconds = time.perf_counter() - begun
    print(json.dumps({"outcome": outcome, "seconds": seconds, "before": before, "peak": _peak(), "said": said[:4000]}))


def _peak() -> int:
    """The most memory that this process has held, in bytes.

    Where the system tells it: what getrusage gives counts from the process that this one was started by.
    """
    status = Path("/proc/self/status")
    if status.exists():
        return next(int(line.split()[1]) for line in status.read_text().splitlines() if line.startswith("VmHWM")) * 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


#: How long one file may be read, in seconds.
LONGEST = 60


def serve() -> None:
    """Fork for each folder: the library is imported once, and what one file takes is gone with its process."""
    from anchor_analysis import declared, read  # noqa: F401  what `main` imports before it measures

    for line in sys.stdin:
        folder = Path(line.rstrip("\n"))
        child = os.fork()
        if not child:
            os._exit(_told(folder))
        print(json.dumps(_outcome(child, folder)), flush=True)


def _told(folder: Path) -> int:
    """Read one return in the child, its output in files beside it."""
    for stream, name in ((1, "told"), (2, "errors")):
        os.dup2(os.open(folder / name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), stream)
    try:
        main(folder)
    except BaseException:
        traceback.print_exc()
        return 1
    finally:
        sys.stdout.flush(), sys.stderr.flush()
    return 0


def _outcome(child: int, folder: Path) -> dict[str, Any]:
    """What the child told, or how it ended."""
    begun = time.monotonic()
    while not (ended := os.waitpid(child, os.WNOHANG))[0]:
        if time.monotonic() - begun > LONGEST:
            os.kill(child, signal.SIGKILL), os.waitpid(child, 0)
            return {"outcome": "still reading after a minute", "seconds": LONGEST, "peak": 0, "said": ""}
        time.sleep(0.01)
    if code := os.waitstatus_to_exitcode(ended[1]):
        said = (folder / "errors").read_text(encoding="utf-8", errors="replace")[-1500:]
        return {"outcome": f"ended with {code}", "seconds": 0, "peak": 0, "said": said}
    found: dict[str, Any] = json.loads((folder / "told").read_text(encoding="utf-8"))
    return found


if __name__ == "__main__":
    serve()
