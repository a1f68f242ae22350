"""Telling of a bug of our own: everything that helps to find it, and no value of any row.

What another library says of an error is not known beforehand: a database quotes the cell that it could not convert, a
dictionary the postcode that it does not have, an assertion both frames. So nothing that an exception, a warning or a
log record says in words is told, but only the type of the exception, the file, function and line of every frame, the
texts of our own problems, and the places that the steps note with `at`. `accounts` makes that text, `kernels` are those
of notebooks, which errors leave only so, and `records` makes log records and warnings without their texts.
`refusals` knows what the machine refused, such as room on a full disk, which is nobody's bug.
"""

from anchor_analysis.telling.accounts import (
    SHOW_VALUES,
    Broken,
    Place,
    account,
    at,
    brief,
    note,
    quoted,
    shows_values,
    told_safely,
    type_name,
)
from anchor_analysis.telling.refusals import Refused, into, refusal, wants_memory

__all__ = [
    "SHOW_VALUES",
    "Broken",
    "Place",
    "Refused",
    "account",
    "at",
    "brief",
    "into",
    "note",
    "quoted",
    "refusal",
    "shows_values",
    "told_safely",
    "type_name",
    "wants_memory",
]
