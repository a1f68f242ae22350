"""How a text can be packed into a file that is shared: where tests hide names and keys from the audit's searches."""

from __future__ import annotations

import base64
import gzip
import html
import io
import json
import urllib.parse
import zipfile
import zlib
from collections.abc import Callable

import matplotlib
import matplotlib.pyplot as plt
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import xlsxwriter
from PIL import Image
from PIL.PngImagePlugin import PngInfo


def picture(text: str, kind: str = "itxt") -> bytes:
    about, stream = PngInfo(), io.BytesIO()
    {"itxt": about.add_itxt, "text": about.add_text}[kind]("Description", text)
    Image.new("RGB", (4, 4)).save(stream, "PNG", pnginfo=about)
    return stream.getvalue()


def compressed_picture(text: str) -> bytes:
    about, stream = PngInfo(), io.BytesIO()
    about.add_text("Author", text, zip=True)
    Image.new("RGB", (4, 4)).save(stream, "PNG", pnginfo=about)
    return stream.getvalue()


def archive(text: str, name: str = "inside.txt") -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr(name, text)
    return stream.getvalue()


def archive_in_archive(text: str) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as made:
        made.writestr("inner.zip", archive(text))
    return stream.getvalue()


def with_comment(text: str) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as made:
        made.writestr("x", "x")
        made.comment = text.encode()
    return stream.getvalue()


def workbook(text: str, where: str) -> bytes:
    stream = io.BytesIO()
    book = xlsxwriter.Workbook(stream, {"in_memory": True})
    sheet = book.add_worksheet()
    if where == "cell":
        sheet.write_string(0, 0, text)
    elif where == "comment":
        sheet.write_comment(0, 0, text)
    else:
        book.set_properties({"author": text})
    book.close()
    return stream.getvalue()


def notebook(text: str) -> bytes:
    output = {"data": {"image/png": base64.b64encode(picture(text)).decode()}, "output_type": "display_data"}
    return json.dumps({"cells": [{"cell_type": "code", "outputs": [output]}]}).encode()


def parquet(text: str, where: str) -> bytes:
    stream = io.BytesIO()
    frame = pd.DataFrame({"said": ["x", text]}) if where == "column" else pd.DataFrame({text: [text]})
    frame.to_parquet(stream)
    return stream.getvalue()


def pdf(content: bytes, named: str = "FlateDecode", *more: bytes) -> bytes:
    """A PDF with a packed stream, and others that are as they are."""
    stream = {"FlateDecode": zlib.compress, "ASCII85Decode": base64.a85encode}[named](content)
    parts = [b"%PDF-1.7\n1 0 obj\n<< /Filter /" + named.encode() + b" >>\nstream\n" + stream + b"\nendstream\nendobj"]
    parts += [b"2 0 obj\n<< >>\nstream\n" + one + b"\nendstream\nendobj" for one in more]
    return b"\n".join([*parts, b"%%EOF"])


def in_pieces(text: str) -> bytes:
    """A page that prints a text as typesetters do: in pieces, with gaps between letters and in the place of spaces."""
    pieces = [f"({word[:1]}) 15 ({word[1:]})" for word in text.split()]
    return pdf(f"BT [{' -333 '.join(pieces)}] TJ ET".encode("cp1252"))


def in_codes(text: str) -> bytes:
    """A page that prints numbers of letters, and the table that says which letters they are."""
    numbers = {sign: number for number, sign in enumerate(sorted(set(text)), 7)}
    page = "<" + "".join(f"{numbers[sign]:04x}" for sign in text) + "> Tj"
    table = "".join(f"<{number:04x}> <{ord(sign):04x}>\n" for sign, number in numbers.items())
    return pdf(page.encode(), "ASCII85Decode", f"{len(numbers)} beginbfchar\n{table}endbfchar".encode())


def drawn(text: str, fonts: int) -> bytes:
    """A PDF as matplotlib draws it, with the fonts within as Type 3 or as TrueType."""
    stream = io.BytesIO()
    with matplotlib.rc_context({"pdf.fonttype": fonts}):
        figure = plt.figure(figsize=(2, 2))
        figure.text(0, 0.5, text)
        figure.savefig(stream, format="pdf")
        plt.close(figure)
    return stream.getvalue()


def pdf_by(author: str) -> bytes:
    written = b"\xfe\xff" + author.encode("utf-16-be")
    return b"%PDF-1.7\n1 0 obj\n<< /Author <" + written.hex().encode() + b"> >>\nendobj\n%%EOF"


def in_base64(text: str) -> bytes:
    return b'{"file": "' + base64.b64encode(f"{text} {'and more of it ' * 6}".encode()) + b'"}'


def short_base64(text: str) -> bytes:
    return b'{"file": "' + base64.b64encode(text.ljust(12 + -len(text) % 3).encode()) + b'"}'


def nested(text: str) -> bytes:
    stream = io.BytesIO()
    columns = {"lists": [[], [{"said": text}]], "bytes": [b"x", b"y"]}
    pq.write_table(pa.table(columns), stream)
    return stream.getvalue()


def categories(text: str) -> bytes:
    stream = io.BytesIO()
    pd.DataFrame({"said": pd.Categorical(["x", text])}).to_parquet(stream)
    return stream.getvalue()


def wrapped(text: str) -> bytes:
    return base64.encodebytes(f"{text} {'and more of it ' * 12}".encode())


#: Where a text stands in the midst of other words, or of words of its own.
IN_PROSE: dict[str, Callable[[str], bytes]] = {
    "a page": lambda text: f"<p>Someone is at {html.escape(text)}.</p>".encode(),
    "a comment in a page": lambda text: f"<main><!-- as {text} has it --></main>".encode(),
    "a script": lambda text: f"<script>let about = 'of {json.dumps(text)[1:-1]} alone';</script>".encode(),
    "an address": lambda text: f'<a href="mailto:a?subject={urllib.parse.quote(f"of {text}")}">'.encode(),
    "lines in JSON": lambda text: json.dumps({"cells": [f"Paid\n{text}\nin May"]}).encode(),
    "UTF-16": lambda text: f"said: {text}".encode("utf-16"),
    "UTF-16 that does not say so": lambda text: f"said: {text}".encode("utf-16-le"),
    "base64": in_base64,
    "base64 in lines": wrapped,
    "a short text in base64": short_base64,
    "a PDF": lambda text: pdf(f"({text}) Tj".encode("cp1252")),
    "a PDF in pieces": in_pieces,
    "a PDF of codes": in_codes,
    "a PDF with drawn letters": lambda text: drawn(text, 3),
    "a PDF with fonts": lambda text: drawn(text, 42),
    "a PDF's author": pdf_by,
}

#: Where a text is a field by itself: a cell, a string, an attribute, the text of a picture.
AS_FIELD: dict[str, Callable[[str], bytes]] = {
    "a cell of a page": lambda text: f"<tr><td>1</td><td> {html.escape(text)} </td><td>x</td></tr>".encode(),
    "a picture's words": lambda text: f'<img alt="{html.escape(text)}">'.encode(),
    "a title": lambda text: f"<p title='{html.escape(text)}'>".encode(),
    "data of an element": lambda text: f'<p data-of="{html.escape(text)}">'.encode(),
    "entities": lambda text: ("<p>" + "".join(f"&#{ord(sign)};" for sign in text) + "</p>").encode(),
    "CSV": lambda text: f'member,said,value\na,"{text}",3\n'.encode(),
    "JSON": lambda text: json.dumps({"a": [text]}, ensure_ascii=False).encode(),
    "escapes of JSON": lambda text: ('["' + "".join(f"\\u{ord(sign):04x}" for sign in text) + '"]').encode(),
    "a page in a notebook": lambda text: json.dumps({"text/html": [f"<td>\n{html.escape(text)}</td>"]}).encode(),
    "a picture's text": picture,
    "a picture's old text": lambda text: picture(text, "text"),
    "a picture's compressed text": compressed_picture,
    "after a picture": lambda text: picture("x") + text.encode(),
    "a notebook's picture": notebook,
    "a page's picture": lambda text: b'<img src="data:image/png;base64,' + base64.b64encode(picture(text)) + b'">',
    "an archive": archive,
    "an archive in an archive": archive_in_archive,
    "an archive in base64": lambda text: b'{"a": "' + base64.b64encode(archive(text)) + b'"}',
    "an archive's comment": with_comment,
    "a member's name": lambda text: archive("x", text.replace("/", "_") + ".txt"),
    "a cell": lambda text: workbook(text, "cell"),
    "a comment on a cell": lambda text: workbook(text, "comment"),
    "a workbook's author": lambda text: workbook(text, "author"),
    "a column of Parquet": lambda text: parquet(text, "column"),
    "the schema of Parquet": lambda text: parquet(text, "schema"),
    "a structure in Parquet": nested,
    "categories in Parquet": categories,
    "base64 in Parquet": lambda text: parquet(base64.b64encode(archive(text)).decode(), "column"),
    "gzip": lambda text: gzip.compress(text.encode()),
}

CARRIERS = IN_PROSE | AS_FIELD
