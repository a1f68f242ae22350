"""When two spellings are one organisation's name: exactly, never by likeness."""

from __future__ import annotations

import unicodedata

#: Letters whose small form is another at the end of a word, or is a letter with a mark: systems differ in these.
ODD_LETTERS = {"Σ": "σ", "ς": "σ", "İ": "i"}


def small_letters(text: str) -> str:
    """Text in small letters, as every engine gives it.

    >>> small_letters("ΟΔΟΣ LTD") == small_letters("οδος ltd"), small_letters("İSTANBUL")
    (True, 'istanbul')
    """
    for letter, small in ODD_LETTERS.items():
        text = text.replace(letter, small)
    return text.lower()


def name_key(name: str) -> str:
    """A name without what spellings differ in: case, spaces, punctuation, and "&" for "and".

    Two names are the same where their keys are; `clean.derived` makes the keys of ledger lines by the same rule.

    >>> name_key("St. Mary's  College & Hall") == name_key("ST MARYS COLLEGE AND HALL")
    True
    >>> name_key("Owlgate City Council") == name_key("Owlgate City Councillors")
    False
    """
    spelled = small_letters(name.replace("&", "and"))
    return "".join(letter for letter in spelled if unicodedata.category(letter)[0] in "LN")
