"""What may stand in any edition although a ledger has it too: words that ship, names that a network decided, figures.

A supplier may be called Price or Ward, and every page has these words. So whatever stands in the library's own wording,
definitions, templates and notebooks, or in a blank workbook, is no private value, nor are names of members and places,
nor the released figures.
What people wrote of single returns and actions is not public in this sense: it is looked through as all else is.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import pandas as pd

from anchor_analysis import storage
from anchor_analysis.audit.unpacking import readings, texts_of
from anchor_analysis.declared import Network

#: Rooms whose code says what pages and messages say; the demonstration's, with its invented names, is none of them.
_ROOMS = ("audit", "compare", "declared", "present", "protect", "publish", "running")

_WORD = re.compile(r"[^\W_]+")


def in_words(text: str) -> list[str]:
    """The words of a text: its runs of letters and figures, in small letters.

    >>> in_words("O'Fallowbrook, Seán (T-2024)")
    ['o', 'fallowbrook', 'seán', 't', '2024']
    """
    return _WORD.findall(text.lower())


@dataclass(frozen=True)
class Public:
    """Words that are nobody's, the text in which they stand, and the released figures."""

    words: frozenset[str]
    text: str
    figures: frozenset[str]

    def has(self, phrase: str) -> bool:
        """Whether words, with a space between them, stand in what is public; a number, whether it was released."""
        return phrase in self.figures or phrase in self.words or (" " in phrase and f" {phrase} " in self.text)


def public_of(network: Network, cells: pd.DataFrame) -> Public:
    """What is public beside a network's edition with these released cells."""
    words = [*in_words("\n".join(_of_network(network))), *_shipped()]
    return Public(frozenset(words), f" {' '.join(words)} ", frozenset(_figures(cells)))


@cache
def _shipped() -> tuple[str, ...]:
    """The words of everything that ships and is shown: wording in code, definitions, templates, notebooks."""
    package = storage.PACKAGE
    paths = [*(package / "definitions").rglob("*.yaml"), *(package / "publish" / "template").rglob("*.*")]
    paths += [path for room in _ROOMS for path in (package / room).rglob("*.py")]
    texts = [storage.read_text(path) for path in sorted(paths) if path.is_file()]
    for path in sorted(storage.packaged("notebooks").glob("*.ipynb")):
        texts += ["".join(cell["source"]) for cell in storage.read_json(path)["cells"]]
    texts += [read for _, text in texts_of(_blank_workbook(), "") for read in readings(text or "")]
    return tuple(in_words("\n".join([*texts, *storage.LIBRARIES])))


def _blank_workbook() -> bytes:
    """A workbook with nothing in it but what its format puts there: fonts of many languages, and who made it."""
    import xlsxwriter

    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream, {"in_memory": True}) as book:
        book.add_worksheet()
    return stream.getvalue()


def _of_network(network: Network) -> Iterator[str]:
    """What a network decided that is shown: itself, its members, its places, its categories, its own definitions."""
    about = network.about
    yield from (about.name, about.place, about.contact, about.licence)
    for member in network.members:
        yield from (member.id, member.sector, *member.names)
    if network.ward_set:
        yield from (ward.name for ward in network.ward_set.wards.values())
    yield from (f"{one}" for one in network.categories)
    yield from (storage.read_text(path) for path in sorted(network.definitions.rglob("*.yaml")))


def _figures(cells: pd.DataFrame) -> Iterator[str]:
    """Released numbers of five figures and more, as pages and files without separators have them."""
    numbers = pd.concat([cells[name] for name in ("value", "lower", "upper")]).dropna()
    yield from (f"{abs(number):.0f}" for number in numbers.unique())
    for shown in cells["shown"].dropna().unique():
        yield from re.findall("[0-9]{5,}", str(shown).replace(",", ""))
