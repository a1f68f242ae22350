"""Who decided something, told as a role: what a network tracks names no person."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator

_ADDRESS = re.compile(r"\S@\S")


def role_fault(text: str) -> str:
    """What is wrong with words that stand in a tracked file, or nothing; what was written is never repeated.

    That a word is somebody's name cannot be told; that it is an e-mail address can.

    >>> role_fault("the network's analyst")
    ''
    """
    if not text.strip():
        return "it is blank"
    if _ADDRESS.search(text):
        return "it holds an e-mail address, and no person is named in what is tracked"
    return "" if text.isprintable() else "it holds line breaks or signs that cannot be printed"


def _without_persons(text: str) -> str:
    if text and (fault := role_fault(text)):
        raise ValueError(fault)
    return text


def _role(text: str) -> str:
    if fault := role_fault(text):
        raise ValueError(f"{fault}; name a role, such as chief executive")
    return text


#: Who decided, as a role.
Role = Annotated[str, AfterValidator(_role)]

#: Words beside a decision, which may be blank.
Remark = Annotated[str, AfterValidator(_without_persons)]
