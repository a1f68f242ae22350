"""How the text of a cell becomes a value: one lazy expression for each column type.

Every function takes stripped text (missing for a blank cell) and gives missing where the text cannot be
read; the caller tells that from a blank. Text in its usual spelling goes by the short way of one pattern. Patterns
use no capture groups and no lookaround, so that every engine reads them alike, and nothing is cast before it is
guarded.
"""

from __future__ import annotations

from collections.abc import Sequence

import narwhals as nw

from anchor_analysis.declared import names
from anchor_analysis.declared.schema import Column
from anchor_analysis.engine.base import EXCEL_DAYS
from anchor_analysis.engine.letters import small_letters
from anchor_analysis.rounding import half_up

Expr = nw.Expr

#: What Excel and web pages call a space; a plain strip leaves some of these.
SPACES = " \t\r\n\f\v\u00a0\u2007\u202f\ufeff"

_WHOLE = "(?:[0-9]{1,11}|[0-9]{1,3}(?:,[0-9]{3}){1,3})"
_NUMBER = f"(?:{_WHOLE}(?:[.][0-9]{{0,20}})?|[.][0-9]{{1,20}})"
_QUANTITY = "(?:(?:[0-9]{1,10}|[0-9]{1,3}(?:,[0-9]{3}){1,2})(?:[.][0-9]{0,20})?|[.][0-9]{1,20})"
_MONEY = f"^(?:[-−+]£?{_NUMBER}|£?[-−]?{_NUMBER}|£?{_NUMBER}[-−]|[(]£?{_NUMBER}[)]|£?{_NUMBER}(?:[Cc][Rr]|[Dd][Rr]))$"

#: What makes an amount negative: a minus before or after, brackets, CR for a credit.
_NEGATIVE = "[(−-]|[Cc][Rr]$"

#: Of a postcode: signs that are no letter and no figure, by Unicode block; full-width letters and figures, and how far
#: those are from the plain ones; what a cell is blotted out with.
_NO_LETTERS = (
    r"\x00-/:-@\x5b-`{-\x{bf}\x{1680}\x{180e}\x{2000}-\x{206f}\x{2500}-\x{25ff}\x{3000}-\x{303f}\x{fe00}-\x{fe6f}"
    r"\x{feff}\x{ff01}-\x{ff0f}\x{ff1a}-\x{ff20}\x{ff3b}-\x{ff40}\x{ff5b}-\x{ff65}"
)
_WIDE = r"\x{ff10}-\x{ff19}\x{ff21}-\x{ff3a}\x{ff41}-\x{ff5a}"
_TO_WIDE = 0xFEE0
_STARS = r"[*\x{2022}\x{2500}-\x{25ff}]"

#: The canonical form of the types whose value is no text.
TIDY = {"money": "^-?[0-9]{1,11}(?:[.][0-9]{1,2})?$", "date": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"}

#: Of each type that is a number: its spellings; the plain one, figures with a point and a minus at most; and in which
#: 10^-places of its unit it is carried. Money is in 1/10,000 of a pound, so that rounding to pence can be accounted
#: for; an FTE goes to 9.99999; a quantity below zero was given back, and has at most ten figures before the point,
#: since with more it could not be multiplied by a factor in whole numbers.
_PLAIN = "^-?[0-9]{1,10}(?:[.][0-9]{1,20})?$"
NUMBERS = {
    "money": (_MONEY, TIDY["money"], 4),
    "fte": ("^[0-9]?(?:[.][0-9]{1,15})?$", "^[0-9](?:[.][0-9]{1,15})?$", 5),
    "figure": (f"^(?:-?£?{_NUMBER})$", _PLAIN, 5),
    "quantity": (f"^[-−]?{_QUANTITY}$", _PLAIN, 3),
}

#: How days are mostly written.
_USUAL_DAY = "^[0-9]{2}/[0-9]{2}/[0-9]{4}$"

#: Guard and form of every date that is read; years of two figures are brought to four before.
DATE_FORMATS = {
    "[0-9]{4}-[0-9]{2}-[0-9]{2}": "%Y-%m-%d",
    "[0-9]{1,2}/[0-9]{1,2}/[0-9]{4}": "%d/%m/%Y",
    "[0-9]{1,2}-[A-Za-z]{3}-[0-9]{4}": "%d-%b-%Y",
    "[0-9]{1,2}-[0-9]{1,2}-[0-9]{4}": "%d-%m-%Y",
    "[0-9]{1,2}[.][0-9]{1,2}[.][0-9]{4}": "%d.%m.%Y",
    "[0-9]{1,2} [A-Za-z]{3} [0-9]{4}": "%d %b %Y",
    "[0-9]{1,2} [A-Za-z]{4,9} [0-9]{4}": "%d %B %Y",
    "[0-9]{4}/[0-9]{1,2}/[0-9]{1,2}": "%Y/%m/%d",
    "(?:19|20)[0-9]{6}": "%Y%m%d",
    "[2-5][0-9]{4}(?:[.][0-9]+)?": EXCEL_DAYS,
}

FLAGS = {1: ["yes", "y", "true", "1"], 0: ["no", "n", "false", "0"]}


def stripped(column: str) -> Expr:
    """The text of a cell without the spaces around it; missing where nothing is left."""
    text = nw.col(column)
    bare = text.str.strip_chars(SPACES)  # slow, so only in rows that reading found spaces in
    stripped = nw.when(bare.str.len_chars() > 0).then(bare)
    return nw.when(nw.col("source_spaced")).then(stripped).otherwise(text)


def number(column: Column, name: str) -> Expr:
    """The number that a cell tells, of a type that NUMBERS has; missing where it does not fit."""
    text, (pattern, plain, _) = nw.col(f"{name}__text"), NUMBERS[column.type]
    bare = text.str.replace_all(f"[{SPACES}]", "")
    figures = bare.str.replace_all("[^0-9.]", "")
    signed = nw.when(bare.str.contains(_NEGATIVE)).then(nw.concat_str(nw.lit("-"), figures)).otherwise(figures)
    told = nw.when(bare.str.contains(pattern)).then(signed)
    is_plain = nw.col(f"{name}__tidy") if column.type in TIDY else text.str.contains(plain)
    return nw.when(is_plain).then(text).otherwise(told).cast(nw.Float64)


def fixed_point(number: Expr, places: int) -> Expr:
    """A number as a whole number of 10^-places, half away from zero.

    At most eleven figures before the point and four after are exact in the double that carries them.
    """
    size = half_up(number.abs() * 10**places).cast(nw.Int64)
    return nw.when(number < 0).then(0 - size).otherwise(size)


def pence(money_e4: Expr) -> Expr:
    """Whole pence, half away from zero."""
    up = ((money_e4.abs() + 50) // 100).cast(nw.Int64)
    return nw.when(money_e4 < 0).then(0 - up).otherwise(up)


def area(text: Expr) -> Expr:
    """The code of an area (GSS), in capitals; never a name, since places share these."""
    return nw.when(text.str.contains("^[A-Za-z][0-9]{8}$")).then(text.str.to_uppercase())


def integer(text: Expr) -> Expr:
    """A whole number."""
    return nw.when(text.str.contains("^-?[0-9]{1,15}$")).then(text).cast(nw.Int64)


def postcode(text: Expr) -> Expr:
    """Letters and figures only, in capitals; what it is is for locating to say.

    Spaces and punctuation of every kind go, and full-width letters become plain. Any other letter becomes "?", since
    without it another postcode might be left. Of a cell with nothing else "?" is left, of one of stars "XXX".
    """
    spaceless = text.str.replace_all(" ", "", literal=True)
    bare = text.str.replace_all(f"[{_NO_LETTERS}]", "")
    plain = "^[A-Za-z0-9]+$"
    odd = nw.when(bare.str.contains(plain)).then(bare.str.to_uppercase()).otherwise(_odd_postcode(text, bare))
    usual = nw.when(spaceless.str.contains(plain)).then(spaceless.str.to_uppercase()).otherwise(odd)
    return nw.when(~text.is_null()).then(usual)


def _odd_postcode(text: Expr, bare: Expr) -> Expr:
    # every odd letter is gone before case is changed: engines differ in what becomes of some
    bare = bare.str.replace_all(f"[^A-Za-z0-9{_WIDE}]", "?").str.to_uppercase()
    for letter in "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ":
        bare = bare.str.replace_all(chr(ord(letter) + _TO_WIDE), letter, literal=True)
    hidden = nw.when(text.str.contains(_STARS)).then(nw.lit("XXX")).otherwise(nw.lit("?"))
    return nw.when(bare.str.len_chars() > 0).then(bare).otherwise(hidden)


def choice(text: Expr, options: dict[str, list[str]] | dict[int, list[str]]) -> Expr:
    """The option whose spellings hold the text, whatever its case."""
    low = small_letters(text)
    chosen = nw.lit(None).cast(nw.Int64 if isinstance(next(iter(options)), int) else nw.String)
    for option, spellings in options.items():
        known = sorted({names.small_letters(spelling) for spelling in (str(option), *spellings)})
        chosen = nw.when(low.is_in(known)).then(nw.lit(option)).otherwise(chosen)
    return chosen


def date_text(text: Expr, tidy: Expr) -> Expr:
    """Text that one of DATE_FORMATS fits: no time of day, four figures of year."""
    return nw.when(tidy | text.str.contains(_USUAL_DAY)).then(text).otherwise(_odd_date(text))


def _odd_date(text: Expr) -> Expr:
    day = text.str.replace_all("[ T][0-9]{1,2}:[0-9]{2}(?::[0-9]{2}(?:[.][0-9]+)?)?Z?$", "")
    short = day.str.contains("^[0-9]{1,2}[/. -](?:[0-9]{1,2}|[A-Za-z]{3})[/. -][0-9]{2}$")
    by_length = day
    for length in range(6, 10):
        # The pivot of POSIX strptime: 69 to 99 are of the last century, as many start dates are.
        century = nw.when(day.str.slice(length - 2, 1) >= "7").then(nw.lit("19")).otherwise(nw.lit("20"))
        century = nw.when(day.str.slice(length - 2, 2) == "69").then(nw.lit("19")).otherwise(century)
        long = nw.concat_str(day.str.slice(0, length - 2), century, day.str.slice(length - 2, 2))
        by_length = nw.when(short & (day.str.len_chars() == length)).then(long).otherwise(by_length)
    return by_length


def tidy(column: Column, name: str) -> Expr:
    """Whether the text of a cell, `<name>__text`, is the canonical form of its type, of which TIDY has the pattern."""
    return nw.col(f"{name}__text").str.contains(TIDY[column.type])


def read_value(column: Column, name: str, metrics: Sequence[str] = ()) -> Expr:
    """The value of a cell by its column's type; a date's text is parsed by the engine afterwards.

    The frame has `<name>__text`, `<name>__tidy` where TIDY has the type, and `<name>__number` where NUMBERS has it.
    `metrics` are the ids that a column of metrics may name.
    """
    text = nw.col(f"{name}__text")
    if column.type in NUMBERS:
        return fixed_point(nw.col(f"{name}__number"), NUMBERS[column.type][-1])
    if column.type == "metric":
        return nw.when(text.is_in(list(metrics))).then(text)
    if column.type == "category":
        return choice(text, column.categories)
    if column.type == "flag":
        return choice(text, FLAGS)
    if column.type == "date":
        return date_text(text, nw.col(f"{name}__tidy"))
    readers = {"integer": integer, "postcode": postcode, "area": area}
    return readers[column.type](text) if column.type in readers else text


def tidy_form(column: Column, name: str) -> Expr:
    """Whether a cell that has been read was written in the canonical form of its type already."""
    if column.type in TIDY:
        return nw.col(f"{name}__tidy")
    if column.type in ("category", "postcode", "area"):
        return nw.col(f"{name}__text") == nw.col(name)
    return nw.lit(True)
