"""Every figure of a page a link to its card, every picture with its figures beneath, every card on the page itself."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from bs4 import BeautifulSoup, Tag

from anchor_analysis.present.definitions import definition_id
from anchor_analysis.present.made_from import made_from
from anchor_analysis.present.markup import Html, element, join
from anchor_analysis.present.origins import Origins, Place, fragment
from anchor_analysis.present.pictured import figures_table

#: What of a figure is said in words and leads nowhere.
_WORDS = ("note", "rule")

#: The most places that a card names.
_MOST_PLACES = 2


#: The longest name of a place, in letters.
_LONGEST_NAME = 40


@dataclass
class Linked:
    """The figures that stand on a page, each with the places where it does."""

    origins: Origins
    places: dict[str, list[Place]] = field(default_factory=dict)
    given: int = 0

    def link(self, soup: BeautifulSoup) -> None:
        """Make every figure of a page a link, put those of each picture beneath it, and definitions with the cards."""
        self._picture_tables(soup)
        for tag in soup.find_all(_names_a_figure):
            claim = str(tag.get("data-of") or tag.get("data-cell") or tag.get("data-claim"))
            if self.origins.has_card(claim) and self._leads(tag, claim):
                self._make_link(soup, tag, claim)
        with_cards = {self.origins.metric(claim) for claim in self._with_operands()}
        for folded in soup.select("[data-definition]"):
            if str(folded["data-definition"]) in with_cards:
                self._lead_to_definition(soup, folded)

    def _leads(self, tag: Tag, claim: str) -> bool:
        """Whether what an element shows leads to a card: figures do, and what was a link; statuses in a grid do not."""
        if tag.get("data-field") in _WORDS:
            return False
        cell = self.origins.known.by_id.get(claim)
        return tag.name == "a" or cell is None or cell.kind != "coverage"

    def _make_link(self, soup: BeautifulSoup, tag: Tag, claim: str) -> None:
        """A link around what a field of a table shows, small print too; else the element that shows it becomes one.

        The link names the card and the card the figure, which is so named once on the page.
        """
        link = tag
        if tag.name == "td":
            link = soup.new_tag("a")
            for child in list(tag.contents):
                link.append(child.extract())
            tag.append(link)
            del tag["data-of"], tag["data-cell"]
        else:
            link = _shown_in(tag)
            link.name = "a"
            if not link.has_attr("data-fact"):
                del link["data-cell"], link["data-claim"]
        link["href"] = f"#{fragment(claim)}"
        self._note_place(link, claim)

    def _lead_to_definition(self, soup: BeautifulSoup, folded: Tag) -> None:
        """A definition of the appendix becomes a link to where it stands on the page, with the cards of its figures."""
        metric = str(folded["data-definition"])
        name = folded.select("summary")[0].get_text()
        link = element("p", element("a", name, href=f"#{definition_id(metric)}"), id=f"counts~{metric}")
        folded.replace_with(BeautifulSoup(link, "html.parser"))

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

    def made_from(self) -> Html:
        """What the figures of the page come from and went through, with hashes."""
        names = {name for claim in self._with_operands() for name in self.origins.entries[claim].get("sources", [])}
        return element("div", made_from(self.origins.known, self.origins.register, names), class_="made-from")

    def cards(self, soup: BeautifulSoup) -> Html:
        """The card of every figure of the page, and of the figures that these are made of, measure by measure."""
        there = {str(tag["id"]) for tag in soup.find_all(id=re.compile("^(claim-|counts~)"))}
        sentences = {name.removeprefix("claim-") for name in there}
        measures: dict[str, list[str]] = {}
        for claim in self._with_operands():
            measures.setdefault(self.origins.metric(claim), []).append(claim)
        said = []
        for about, claims in measures.items():
            cards = [self.origins.card(claim, self.places.get(claim, []), sentences) for claim in claims]
            back = f"counts~{about}"
            said.append(self.origins.measure(about, claims, cards, back if back in there else ""))
        return element("div", join(said, "\n"), class_="origins")

    def _with_operands(self) -> list[str]:
        """The figures of the page, and all those that these are made of, which are on it only as cards."""
        found = dict.fromkeys(self.places)
        todo = list(found)
        while todo:
            new = [name for name in self.origins.operands(todo.pop()) if name not in found]
            found |= dict.fromkeys(new)
            todo += new
        return list(found)


def _names_a_figure(tag: Tag) -> bool:
    return (
        tag.has_attr("data-of")
        or tag.has_attr("data-cell")
        or (tag.has_attr("data-claim") and tag.has_attr("data-fact"))
    )


def _shown_in(tag: Tag) -> Tag:
    """The element that shows the figure: where one names it for several fields, that of the figure itself."""
    found = tag.select("[data-field=shown]") if tag.has_attr("data-of") else []
    return found[0] if found else tag


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
    return words if len(words) <= _LONGEST_NAME else f"{words[: _LONGEST_NAME - 2].rsplit(' ', 1)[0]} …"
