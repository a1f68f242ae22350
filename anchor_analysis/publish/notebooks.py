"""The notebooks of an edition, with what they gave, in one archive: unpacked they would be a seventh of its size."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from pathlib import Path

from anchor_analysis import storage

ARCHIVE = "notebooks.zip"

#: When a member of the archive says that it was written: always the same, so that the same content is the same bytes.
_WRITTEN = (1980, 1, 1, 0, 0, 0)


def write_notebooks(folder: Path, notebooks: Mapping[str, str]) -> None:
    """Write the archive of an edition's notebooks, by their names without a suffix; none where there are none."""
    if not notebooks:
        return
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, text in sorted(notebooks.items()):
            member = zipfile.ZipInfo(f"{name}.ipynb", _WRITTEN)
            member.create_system, member.external_attr = 3, 0o644 << 16
            archive.writestr(member, text.encode("utf-8"), zipfile.ZIP_DEFLATED, compresslevel=9)
    storage.write_bytes(folder / ARCHIVE, packed.getvalue())


def read_notebooks(folder: Path) -> dict[str, str]:
    """The text of every notebook of an edition, by its name without a suffix.

    Editions that were made before there was an archive have them in a folder. Raises ValueError for an archive that
    cannot be opened.
    """
    if not (folder / ARCHIVE).is_file():
        return {path.stem: storage.read_text(path) for path in sorted((folder / "notebooks").glob("*.ipynb"))}
    try:
        with zipfile.ZipFile(folder / ARCHIVE) as archive:
            return {Path(name).stem: archive.read(name).decode("utf-8") for name in archive.namelist()}
    except (zipfile.BadZipFile, OSError, NotImplementedError) as error:
        raise ValueError(f"{ARCHIVE} cannot be opened.") from error
