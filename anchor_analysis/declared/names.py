"""When two spellings are one organisation's name: exactly, never by likeness."""

from __future__ import annotations

import unicodedata


def name_key(name: str) -> str:
    """A name without what spellings differ in: case, spaces, punctuation, and "&" for "and".

    Two names are the same where their keys are; `clean.derived` makes the keys of ledger lines by the same rule.

    >>> name_key("St. Mary's  College & Hall") == name_key("ST MARYS COLLEGE AND HALL")
    True
    >>> name_key("Owlgate City Council") == name_key("Owlgate City Councillors")
    False
    """
    spelled = name.replace("&", "and").lower()
    return "".join(letter for letter in spelled if unicodedata.category(letter)[0] in "LN")
