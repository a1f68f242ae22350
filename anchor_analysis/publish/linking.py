"""Every figure of a page a link to its card, every picture with its figures beneath, and the cards that it has."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from bs4 import BeautifulSoup, Tag

from anchor_analysis.present.made_from import made_from
from anchor_analysis.present.markup import Html, element, join
from anchor_analysis.present.origins import Origins, Place
from anchor_analysis.present.pictured import figures_table

#: What of a figure is said in words and leads nowhere.
_WORDS = ("note", "rule")

#: The most places that a card names: there are thousands of cards, and the browser's way back leads to any other.
_MOST_PLACES = 1

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
        with_cards = {self.origins.metric(claim) for claim in self._with_cards()} | self.origins.homes.keys()
        for folded in soup.select("[data-definition]"):
            if str(folded["data-definition"]) in with_cards:
                self._lead_to_definition(soup, folded)
        if self.origins.homes:
            _name_sentences(soup)

    def _leads(self, tag: Tag, claim: str) -> bool:
        """Whether what an element shows leads to a card: figures do, and what was a link; statuses in a grid do not."""
        if tag.get("data-field") in _WORDS:
            return False
        return tag.name == "a" or not self.origins.is_status(claim)

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
        link["href"] = self.origins.address(claim)
        if not self.origins.home(claim):
            self._note_place(link, claim)

    def _lead_to_definition(self, soup: BeautifulSoup, folded: Tag) -> None:
        """A definition of the appendix becomes a link to where it stands with the cards of its figures."""
        metric = str(folded["data-definition"])
        name = folded.select("summary")[0].get_text()
        link = element("p", element("a", name, href=self.origins.definition_address(metric)), id=f"counts~{metric}")
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
        """What the figures of the page come from and went through, with hashes, or where that stands for all pages."""
        if not self.origins.told_here:
            link = element(
                "a", "what was checked, the returns and the reference data", href=self.origins.source_address("checks")
            )
            return element("p", "For all pages of the edition stand together, with their hashes: ", link, ".")
        told = self.origins.entries if self.origins.homes else self._with_cards()
        names = {name for claim in told for name in self.origins.entries[claim].get("sources", [])}
        return element("div", made_from(self.origins.known, self.origins.register, names), class_="made-from")

    def cards(self, soup: BeautifulSoup) -> Html:
        """The cards that the page has, measure by measure."""
        there = {str(tag["id"]) for tag in soup.find_all(id=re.compile("^(claim-|counts~)"))}
        sentences = {name.removeprefix("claim-") for name in there}
        measures: dict[str, list[str]] = {}
        for claim in self._with_cards():
            measures.setdefault(self.origins.metric(claim), []).append(claim)
        said = []
        for about, claims in measures.items():
            cards = [self.origins.card(claim, self.places.get(claim, []), sentences) for claim in claims]
            back = f"counts~{about}"
            said.append(self.origins.measure(about, claims, cards, back if back in there else ""))
        return element("div", join(said, "\n"), class_="origins")

    def _with_cards(self) -> list[str]:
        """The figures whose cards are on the page: its own, and all that these are made of, but for those elsewhere."""
        found = dict.fromkeys([*self.places, *self.origins.of_this_page()])
        todo = list(found)
        while todo:
            operands = self.origins.operands(todo.pop())
            new = [name for name in operands if name not in found and not self.origins.home(name)]
            found |= dict.fromkeys(new)
            todo += new
        return list(found)


def _names_a_figure(tag: Tag) -> bool:
    return (
        tag.has_attr("data-of")
        or tag.has_attr("data-cell")
        or (tag.has_attr("data-claim") and tag.has_attr("data-fact"))
    )


def _name_sentences(soup: BeautifulSoup) -> None:
    """Give each sentence of a page an id where its entry in an appendix has none, so that cards lead there."""
    named = {str(tag["id"]) for tag in soup.find_all(id=re.compile("^claim-"))}
    for sentence in soup.select("p[data-claim]"):
        name = f"claim-{sentence['data-claim']}"
        if name not in named:
            sentence["id"] = name
            named.add(name)


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
