"""Every figure of a page a link to its card, every picture with its figures beneath, every card on the page itself."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from bs4 import BeautifulSoup, Tag

from anchor_analysis.present.definitions import definition, definition_id
from anchor_analysis.present.made_from import made_from
from anchor_analysis.present.markup import Html, element, join
from anchor_analysis.present.origins import Origins, Place, fragment
from anchor_analysis.present.pictured import figures_table

#: What of a figure is said in words and leads nowhere.
_WORDS = ("note", "rule")

#: The most places that a card names.
_MOST_PLACES = 3


@dataclass
class Linked:
    """The figures that stand on a page, each with the places where it does."""

    origins: Origins
    places: dict[str, list[Place]] = field(default_factory=dict)
    given: int = 0

    def link(self, soup: BeautifulSoup) -> None:
        """Make every figure of a page a link, and put the figures of each picture beneath it."""
        self._picture_tables(soup)
        for tag in soup.select("[data-cell], [data-claim][data-fact]"):
            claim = str(tag.get("data-cell") or tag.get("data-claim"))
            if self.origins.has_card(claim) and self._leads(tag, claim):
                self._make_link(soup, tag, claim)

    def _leads(self, tag: Tag, claim: str) -> bool:
        """Whether what an element shows leads to a card: figures do, and what was a link; statuses in a grid do not."""
        if tag.get("data-field") in _WORDS:
            return False
        cell = self.origins.known.by_id.get(claim)
        return tag.name == "a" or cell is None or cell.kind != "coverage"

    def _make_link(self, soup: BeautifulSoup, tag: Tag, claim: str) -> None:
        link = tag
        if tag.name == "td" or tag.name == "th":
            link = soup.new_tag("a")
            for child in list(tag.contents):
                link.append(child.extract())
            tag.append(link)
        elif tag.name != "a":
            tag.name = "a"
        link["href"] = f"#{fragment(claim)}"
        link["class"] = " ".join([*(str(name) for name in (link.get("class") or [])), "of"])
        self._note_place(link, claim)

    def _note_place(self, link: Tag, claim: str) -> None:
        """Give the first link of a figure in each part of the page an id, so that its card leads back there."""
        places = self.places.setdefault(claim, [])
        name = _standing(link)
        if len(places) < _MOST_PLACES and all(place.name != name for place in places):
            self.given += 1
            link["id"] = f"at-{self.given}"
            places.append(Place(f"at-{self.given}", name))

    def _picture_tables(self, soup: BeautifulSoup) -> None:
        for number, picture in enumerate(soup.select("figure[data-figures]"), start=1):
            claims = str(picture.attrs.pop("data-figures")).split("\n")
            known = [claim for claim in claims if self.origins.has_card(claim)]
            if known:
                table = figures_table(self.origins.known, self.origins.entries, known, f"Figures of picture {number}")
                picture.append(BeautifulSoup(table, "html.parser"))

    def made_from(self, soup: BeautifulSoup) -> Html:
        """What the figures of the page count, come from and went through, without what the page says already."""
        claims = self._with_operands()
        there = {str(tag["id"]) for tag in soup.find_all(id=True)}
        metrics = dict.fromkeys(name for claim in claims if (name := self.origins.metric(claim)))
        definitions = [
            definition(self.origins.facts, metric) for metric in metrics if definition_id(metric) not in there
        ]
        named = {name for claim in claims for name in self.origins.entries[claim].get("sources", [])}
        sources = made_from(self.origins.known, self.origins.register, named)
        return element("div", sources, definitions, class_="made-from")

    def cards(self, soup: BeautifulSoup) -> Html:
        """The card of every figure of the page, and of the figures that these are made of."""
        ids = [str(tag["id"]) for tag in soup.select("[id^='claim-']")]
        sentences = {name.removeprefix("claim-") for name in ids}
        cards = [self.origins.card(claim, self.places.get(claim, []), sentences) for claim in self._with_operands()]
        return element("div", join(cards, "\n"), class_="origins")

    def _with_operands(self) -> list[str]:
        """The figures of the page, and all those that these are made of, which are on it only as cards."""
        found = dict.fromkeys(self.places)
        todo = list(found)
        while todo:
            new = [name for name in self.origins.operands(todo.pop()) if name not in found]
            found |= dict.fromkeys(new)
            todo += new
        return list(found)


def marked(page: BeautifulSoup) -> Iterator[tuple[str, str]]:
    """What a page marks, and as what: the id of a figure or a sentence, by `cell` or `claim`, or `of` a card."""
    for tag in page.find_all(True):
        for name in ("cell", "claim", "of"):
            if claim := tag.get(f"data-{name}"):
                yield name, str(claim)


def _standing(link: Tag) -> str:
    """What a figure stands in, for people: the table, or the section of the page."""
    table = link.find_parent("table")
    caption = table.find("caption") if table else None
    title = caption.find("strong") if caption else None
    if title is not None:
        return _short(title.get_text(" "))
    if link.find_parent("details", class_="source"):
        return "where the numbers come from"
    heading = link.find_previous(["h2", "h3"])
    return _short(heading.get_text(" ")) if heading else "the page"


def _short(text: str) -> str:
    words = re.sub(r"\s+", " ", text).strip()
    return words if len(words) <= 60 else f"{words[:57].rsplit(' ', 1)[0]} …"
