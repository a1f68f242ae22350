"""Signs that stand in a text and are not seen: what moves a cursor, or turns the direction of writing.

A name with such signs reads otherwise than it is, and a terminal does what it says. What is declared has none; what is
shown of anything else says them as Python writes them, so that whoever has to take them out can find them.
"""

from __future__ import annotations

import re

#: Control characters but for the tab and the line feed, halves of signs, ends of lines beside the line feed, and marks,
#: embeddings, overrides and isolates of the Unicode bidirectional algorithm (UAX #9, section 2).
_UNSEEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\u2028\u2029\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]"
)
_ENDS_A_LINE = re.compile("\n+")


def visible(text: str) -> str:
    r"""The text with every sign that is not seen written out; a tab and a line feed stay.

    >>> visible("Vale\x1b[2J \u202egnp.exe")
    'Vale\\x1b[2J \\u202egnp.exe'
    """
    return _UNSEEN.sub(lambda found: ascii(found[0])[1:-1], text)


def on_one_line(text: str) -> str:
    r"""The text as `visible` has it, and line feeds written out too: what it quotes cannot look like another line.

    >>> on_one_line("ledger\nAll is well.csv")
    'ledger\\nAll is well.csv'
    """
    return _ENDS_A_LINE.sub(lambda found: "\\n" * len(found[0]), visible(text))


def unseen(text: str) -> str:
    r"""The first sign of a text that is not seen, as Python writes it; nothing where all are.

    >>> unseen("Vale\x07"), unseen("Vale\n")
    ('\\x07', '')
    """
    found = _UNSEEN.search(text)
    return ascii(found[0])[1:-1] if found else ""
