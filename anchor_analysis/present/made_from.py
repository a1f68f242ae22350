"""What an edition's figures come from and how they were checked: said once, with every hash."""

from __future__ import annotations

import hashlib
from typing import Any

from anchor_analysis.present import wording
from anchor_analysis.present.markup import Content, Html, element
from anchor_analysis.present.register import Register
from anchor_analysis.present.released import Facts, Released

ACCOUNTED = (
    "Every row of every return is accounted for: it is counted, or set aside with a reason, and so is its value. A "
    "return that does not come to its own total is held until somebody has answered."
)
AUDITED = (
    "Every figure of every page, sentence, picture and download is held against the released cells, and all of them "
    "together against what is withheld, by an audit that shares nothing with what protects. An edition that has not "
    "passed it cannot be released."
)


def sources_id(name: str) -> str:
    """The id of the element of a page that tells of a source, or of the checks.

    >>> sources_id("returns 2023/24"), sources_id("checks")
    ('source~returns~2023-24', 'source~checks')
    """
    return "~".join(["source", *name.replace("/", "-").split()])


def all_of_year(register: Register, name: str) -> str:
    """One hash for all returns of a year: the SHA-256 of theirs, in order, each followed by the end of a line.

    So a card names what its figure was made from in one line, and whoever has the hashes can find it again.
    """
    hashes = sorted(str(register["sources"][one]["sha256"]) for one in register["sources"][name]["of"])
    return hashlib.sha256("".join(f"{one}\n" for one in hashes).encode("ascii")).hexdigest()


def made_from(known: Released, register: Register, names: set[str]) -> list[Html]:
    """The checks, the returns and the reference data that a page's figures name as sources, each folded."""
    sources = register["sources"]
    years = {about["period"] for name, about in sources.items() if name in names and about["kind"] != "reference"}
    returns = [_returns(known, register, year) for year in sorted(years, reverse=True)]
    references = [
        _reference(name, sources[name]) for name in sources if name in names and sources[name]["kind"] == "reference"
    ]
    return [_checks(known.facts), *returns, *references]


def _fold(name: str, words: str, *content: Content) -> Html:
    inner = element("div", content, id=sources_id(name))  # within the fold, so that a link opens it
    return element("details", element("summary", words), inner, class_="source")


def _checks(facts: Facts) -> Html:
    said: list[Content] = [element("p", ACCOUNTED)]
    lines = [_total(year, about) for year, about in sorted(facts.get("checks", {}).items(), reverse=True)]
    said.append(element("ul", [element("li", line, data_fact="checks") for line in lines]) if lines else None)
    titles = list(dict.fromkeys(str(title) for title in facts.get("profiles", {}).values()))
    profiles = element("span", "; ".join(titles), data_fact="profiles")
    said += [element("p", "Protected by: ", profiles, ".") if titles else None, element("p", AUDITED)]
    return _fold("checks", "What was checked", *said)


def _total(year: str, about: dict[str, Any]) -> str:
    """How the sheets of a year's returns stand to the totals that they bring with them."""
    verb = "differs" if about["with_total"] - about["agree"] == 1 else "differ"
    differ = about["with_total"] - about["agree"]
    apart = f", {differ} {verb} by no more than is tolerated, or was answered for" if differ else ""
    own = f"{about['with_total']} have a total of their own, {about['agree']} agree with it{apart}"
    return f"{year}: {about['sheets']} sheets; {own}."


def _returns(known: Released, register: Register, year: str) -> Html:
    """The hashes of a year's returns; whose they are only where the edition tells who reported."""
    sources, name = register["sources"], f"returns {year}"
    own = {name: about for name, about in sources.items() if about["kind"] == "return" and about["period"] == year}
    told = {cell.member for cell in known.cells if cell.member and cell.period == year}
    items = [
        element("li", f"{_whose(known, about['member'], told)}: ", element("code", about["sha256"][:16]),
                id=sources_id(name))
        for name, about in own.items()
    ]  # fmt: skip
    words = (
        "The first figures of the SHA-256 of each return; manifest.json has them whole. The SHA-256 of all of them, "
        "in order and one a line, is "
    )
    whole = element("p", words, element("code", all_of_year(register, name)[:16]), ".")
    return _fold(name, f"Returns of {year}: {len(own)}", whole, element("ul", items))


def _whose(known: Released, member: str, told: set[str]) -> str:
    return wording.member_name(known.facts, member) if member in told else "A member"


def _reference(name: str, about: dict[str, Any]) -> Html:
    words = f"Reference data: {about['is']}, {about['id']}, {about.get('vintage') or 'vintage not told'}"
    hashed = element("p", "SHA-256 ", element("code", about["sha256"]))
    return _fold(name, words, element("p", str(about["source"]), data_fact="references"), hashed)
