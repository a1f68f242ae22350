"""The search that the tests of hygiene rely on finds a value however it is packed."""

from __future__ import annotations

import base64
import io
import json
import zipfile

import pandas as pd
import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from tests.every_byte import found_in

VALUE = "O'Brien-Nuñez, Zoë"


def picture(text: str) -> bytes:
    about, made = PngInfo(), io.BytesIO()
    about.add_itxt("Description", text, zip=True)
    Image.new("RGB", (1, 1)).save(made, "PNG", pnginfo=about)
    return made.getvalue()


def archive(content: bytes) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("a/b", content)
    return made.getvalue()


def parquet(text: str) -> bytes:
    made = io.BytesIO()
    pd.DataFrame({"a": ["x", text]}).to_parquet(made)
    return made.getvalue()


@pytest.mark.parametrize(
    "content",
    [
        f"text {VALUE} text".encode(), VALUE.upper().encode("utf-16"), VALUE.encode("latin-1"),
        json.dumps({"a": VALUE}).encode(), VALUE.replace("'", "&#39;").encode(), repr([VALUE]).encode(),
        base64.b64encode(f"1 {VALUE} after".encode()), base64.b64encode(f"12 {VALUE} after".encode()),
        base64.b64encode(picture(f"who: {VALUE}")), archive(archive(f"x {VALUE}".encode())), parquet(f"paid {VALUE}"),
        VALUE.replace(" ", "").encode(), VALUE.encode().hex().encode(),
    ],
)  # fmt: skip
def test_a_value_is_found(tmp_path, content):
    (tmp_path / "file.bin").write_bytes(content)
    assert found_in(tmp_path, [VALUE]) == [f"file.bin: {VALUE}"]


def test_another_value_is_not_found_and_a_name_of_a_file_is(tmp_path):
    (tmp_path / "file.bin").write_bytes(b"O'Brien, Zo\xc3\xab")
    assert found_in(tmp_path, [VALUE]) == []
    (tmp_path / "LS1 4AP.csv").write_bytes(b"")
    assert found_in(tmp_path, ["LS1 4AP"]) == ["LS1 4AP.csv: LS1 4AP"]
    assert found_in(tmp_path, ["LS1 4AP"], besides=["LS1"]) == []
