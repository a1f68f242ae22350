"""Ids: names of ours that become names of folders and files, and have to be these on every system."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator

_FORM = re.compile("[a-z0-9][a-z0-9_-]{0,63}")

#: Names that Windows keeps for devices: no folder and no file can have them, whatever follows a full stop.
_DEVICES = re.compile("con|prn|aux|nul|com[0-9]|lpt[0-9]")

#: How an id is written, for those who have to mend one.
WRITTEN = "Use small letters, figures, - and _, beginning with a letter or figure, at most 64."


def id_fault(text: str) -> str:
    """What is wrong with an id, or nothing.

    Capitals are none, since `Vale` and `vale` are one folder on some systems; nor are letters that have two spellings.

    >>> id_fault("vale_college"), id_fault("Vale"), id_fault("nul")
    ('', 'it is no id', 'it is the name of a device on Windows, where no folder can be called so')
    """
    if not _FORM.fullmatch(text):
        return "it is no id"
    return "it is the name of a device on Windows, where no folder can be called so" if _DEVICES.fullmatch(text) else ""


def _checked(text: str) -> str:
    if fault := id_fault(text):
        raise ValueError(f"{fault}. {WRITTEN}")
    return text


#: The id of something that is declared.
Id = Annotated[str, AfterValidator(_checked)]
