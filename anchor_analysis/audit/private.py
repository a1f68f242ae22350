"""Private values of returns in the texts of an edition: ids, names and words that stand in a private column.

A value is its words, runs of letters and figures, whatever their case and whatever stands between them; of what is
longer its first eight. What is looked for in which way:

| a value | where |
|---|---|
| of two words or more, with three letters | any run of these words |
| one word with a figure, of five signs or more | any word, or part of one that has `-`, `/`, `.` and the like inside |
| one word with a letter and a figure, of three or four signs | a field of its own: a cell, a string, a CSV field |
| one word of three letters or more in a column on persons | any word with a capital, and a field of its own |

What is `public` is none, however many ledgers have it too. What is not found: docs/threat-model.md.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import NamedTuple

import narwhals as nw
import pandas as pd

from anchor_analysis import storage
from anchor_analysis.audit.public import Public, in_words
from anchor_analysis.audit.unpacking import Text, readings
from anchor_analysis.declared import Catalogue
from anchor_analysis.engine import Engine, open_engine

#: How many words of a value are looked for.
LONGEST_NAME = 8

#: The fewest signs of an id that is looked for in the midst of a text.
_LONG_ID = 5

#: What of a value on the engine is not its words; the same as `in_words`, whose words are of Python's making.
_BETWEEN = r"[^\p{L}\p{N}]+"

_WORD = re.compile(r"[^\W_]+")
_COMPOUND = re.compile(r"[^\W_]+(?:[-/.&'’_:+][^\W_]+)*")
_TAG = re.compile(r"<[^<>]*>")

#: Signs that nobody sees, by which a word can be broken: soft hyphens, and what has no width.
_HIDDEN = re.compile("[\u00ad\u200b-\u200d\u2060\ufeff]")

#: What stands between fields, and between words.
_FIELDS = re.compile(r"[<>\"',;|\t\n]+")
_PIECES = re.compile(r"[\s<>\"',;|()\[\]{}=]+")

_LETTER, _QUOTED = re.compile(r"[^\W\d_]"), re.compile(r'="([^"]*)"')

#: Colours, and numbers, days, times and hashes, of which editions are full.
_COLOUR = re.compile(r"[:\"'(,=]\s?#[0-9A-Fa-f]{6}\b")
_PLAIN = re.compile(
    r"[0-9]+\.[0-9]+(?:e[-+]?[0-9]+)?|[0-9]{4}[-/][0-9]{2}(?:[-/][0-9]{2}(?:t[0-9:.+-]+)?)?|[eswn][0-9]{8}"
    r"|(?=[0-9]*[a-f])[0-9a-f]{8,64}"
)


class Found(NamedTuple):
    """How many values of a private column stand at a place of an edition."""

    place: str
    column: str
    values: int


@dataclass(frozen=True)
class _PrivateColumn:
    """A private column of a canonical table, the files that have it, and whether it is on persons."""

    name: str
    column: str
    paths: list[Path]
    personal: bool


def private_values(
    texts: Iterable[Text], catalogue: Catalogue, cleaned: Sequence[Path], public: Public, beside: Path | None = None
) -> list[Found]:
    """Where texts hold values of the private columns of the canonical tables in `cleaned`, by place and column.

    Values stay on the engine, and what it needs of them on disk for a while stands in the folder `beside`; if none is
    named, beside the rows that have them.
    """
    columns = list(_private_columns(catalogue, cleaned))
    if not columns:
        return []
    places = _places(texts)
    words, of_piece = {text: in_words(text) for text in places}, cache(_of_piece)
    with storage.scratch(beside or cleaned[0].parent) as folder:
        values = _Values(open_engine(beside=folder), columns, folder)
        begins = set(values.among(set().union(*words.values()), first=True))
        said = {text: _parts(text, of_piece) | _runs(words[text], begins) for text in places}
        private = {
            phrase: names for phrase, names in values.among(set().union(*said.values())).items()
            if not public.has(phrase)
        }  # fmt: skip
    hits = {(place, phrase) for text, at in places.items() for phrase in said[text] & private.keys() for place in at}
    counted = Counter((place, name) for place, phrase in hits for name in private[phrase])
    return [Found(*where, values) for where, values in sorted(counted.items())]


def _places(texts: Iterable[Text]) -> dict[str, list[str]]:
    """Every reading of the texts with all places where it stands; pages have much in common."""
    places: dict[str, list[str]] = {}
    for place, text in texts:
        for read in _read(text or ""):
            places.setdefault(_HIDDEN.sub("", unicodedata.normalize("NFC", read)), []).append(place)
    return places


def _read(text: str) -> list[str]:
    """A text as it may be read, with what stands in tags by itself.

    In Office's XML what is in quotes is how the file is packed: a cell's "A1" is no field, a width no id.
    """
    first, *others = readings(text, "\n")
    if "<" not in text:
        return [first, *others]
    tags = "\n".join(_TAG.findall(first))
    return [_QUOTED.sub(_packing, tags) if text.startswith("<?xml") else html.unescape(tags), *others]


def _packing(found: re.Match[str]) -> str:
    return " " if found[1].isdigit() else f"= {found[1]} "


class _Values:
    """The values of private columns, as words; they stay on the engine."""

    def __init__(self, engine: Engine, columns: Sequence[_PrivateColumn], folder: Path):
        self._engine, self._said, self._path = engine, folder / "said.parquet", folder / "values.parquet"
        self._personal = {one.name for one in columns if one.personal}
        values = nw.concat([
            engine.scan(one.paths).select(phrase=nw.col(one.column)).unique().drop_nulls()
            .with_columns(name=nw.lit(one.name))
            for one in columns
        ])  # fmt: skip
        words = nw.col("phrase").str.to_lowercase().str.replace_all(_BETWEEN, " ").str.strip_chars()
        engine.write(values.with_columns(words).with_columns(_beginning(nw.col("phrase"))), self._path)

    def among(self, phrases: set[str], first: bool = False) -> dict[str, list[str]]:
        """Which of some phrases are values, or the `first` words of values of several, with the columns of each."""
        storage.write_frame(pd.DataFrame({"phrase": sorted(phrases)}, dtype="str"), self._said)
        values = self._engine.scan([self._path])
        if first:
            values = values.filter(nw.col("phrase").str.contains(" ", literal=True))
            values = values.with_columns(nw.col("phrase").str.replace_all(" .*", ""))
        said = self._engine.scan([self._said]).join(values.unique(), on="phrase")
        found: dict[str, list[str]] = {}
        for phrase, name in self._engine.observe(said).sort_values(["phrase", "name"])[["phrase", "name"]].to_numpy():
            if first or name in self._personal or not phrase.isalpha():
                found.setdefault(phrase, []).append(name)
        return found


def _beginning(words: nw.Expr) -> nw.Expr:
    """What is looked for of a value of many words."""
    parts = words.str.split(" ")
    begun = nw.concat_str(*[parts.list.get(at) for at in range(LONGEST_NAME)], separator=" ", ignore_nulls=True)
    is_long = words.str.contains(f"^(?:[^ ]+ ){{{LONGEST_NAME}}}")
    return nw.when(is_long).then(begun).otherwise(words).alias("phrase")


def _private_columns(catalogue: Catalogue, cleaned: Sequence[Path]) -> Iterator[_PrivateColumn]:
    for table, schema in catalogue.schema.items():
        paths = [path for folder in cleaned for path in storage.table_files(folder, table)]
        for column, declared in schema.columns.items():
            if paths and declared.private and declared.type in ("text", "postcode"):
                yield _PrivateColumn(f"{table}.{column}", column, paths, declared.personal)


def _parts(text: str, of_piece: Callable[[str], set[str]]) -> set[str]:
    """What of a text could be a private value of one word, or one of an id's form, as its words."""
    text = _COLOUR.sub(" ", text)
    fields = {field.strip() for field in set(_FIELDS.split(text))}
    found = {field.lower() for field in fields if field.isalnum() and (field.isalpha() or _is_short_id(field))}
    found = found.union(*map(of_piece, set(_PIECES.split(text))))
    return {one for one in found if len(one) > 2}


def _of_piece(piece: str) -> set[str]:
    """What could be one of what stands between two blanks."""
    found = {word.lower() for word in _WORD.findall(piece) if word[0].isupper() and word.isalpha()}
    compounds = _COMPOUND.findall(piece.lower()) if re.search("[0-9]", piece) else []
    return found.union(*map(_ids, compounds))


def _is_short_id(word: str) -> bool:
    return len(word) < _LONG_ID and not word.isdigit()


def _ids(compound: str) -> set[str]:
    """The parts of a word that could be an id of five signs or more; of parts of figures alone, one or all of them."""
    if _PLAIN.fullmatch(compound):
        return set()
    parts = in_words(compound)
    runs = [parts[at : at + size] for size in range(1, LONGEST_NAME + 1) for at in range(len(parts) - size + 1)]
    return {" ".join(run) for run in runs if _is_long_id("".join(run), len(run) in (1, len(parts)))}


def _is_long_id(signs: str, is_whole: bool) -> bool:
    figures = any(sign.isdigit() for sign in signs)
    return len(signs) >= _LONG_ID and figures and (is_whole or not signs.isdigit()) and not _PLAIN.fullmatch(signs)


def _runs(words: list[str], begins: Container[str]) -> set[str]:
    starts = [at for at, word in enumerate(words) if word in begins]
    runs = {" ".join(words[at : at + size]) for at in starts for size in range(2, LONGEST_NAME + 1)}
    return {run for run in runs if len(_LETTER.findall(run)) > 2}
