"""Text in small letters, the same on every engine."""

from __future__ import annotations

import narwhals as nw

from anchor_analysis.declared.names import ODD_LETTERS


def small_letters(text: nw.Expr) -> nw.Expr:
    """Text in small letters, as `declared.names.small_letters` gives it; missing stays missing."""
    for letter, small in ODD_LETTERS.items():
        text = text.str.replace_all(letter, small, literal=True)
    return text.str.to_lowercase()
