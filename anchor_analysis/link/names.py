"""What of a supplier's name and numbers is compared: without what spellings of one name differ in."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

#: Legal forms as they stand at the end of a name, and the one that is compared. Blank: it tells nothing of the form.
_FORMS = {
    "limited": "ltd", "ltd": "ltd", "public limited company": "plc", "plc": "plc",
    "limited liability partnership": "llp", "llp": "llp", "community interest company": "cic", "cic": "cic", "lp": "lp",
    "inc": "inc", "gmbh": "gmbh", "company": "", "co": "", "and co": "", "and company": "", "group": "", "holdings": "",
    "uk": "", "the": "",
}  # fmt: skip
_LONGEST_FORM = max(len(form.split()) for form in _FORMS)

#: Words that ledgers shorten, as they are compared.
_SHORTENED = {
    "assoc": "associates", "assocs": "associates", "bros": "brothers", "bldrs": "builders", "bldg": "building",
    "centre": "center", "const": "construction", "ctr": "center", "dept": "department", "eng": "engineering",
    "engrs": "engineers", "intl": "international", "mfg": "manufacturing", "mgmt": "management", "mgt": "management",
    "svc": "services", "svcs": "services", "serv": "services", "servs": "services", "sys": "systems",
    "tech": "technology", "technologies": "technology", "univ": "university", "hosp": "hospital", "st": "saint",
}  # fmt: skip

#: Words that say what kind of body it is, or where, and not which one. A name of nothing else names nobody.
_GENERIC_WORDS = """
academy and association authority bc borough care cc center charity church city clinic college commissioner community
constabulary council county department district east england fire for foundation government hall health hm hmrc homes
hospital hospitals hotel housing in inn library local london ministry national nhs north of office parish pharmacy
police practice primary public revenue royal saint school schools service services shop society south store surgery
taxis town trust trusts uk union university village west yorkshire
"""
_GENERIC = frozenset(_GENERIC_WORDS.split())

_NOT_WORDS = re.compile(r"[^a-z0-9]+")


def name_words(name: str) -> list[str]:
    """The words of a name: small letters without accents, "&" as "and", shortened words in full.

    >>> name_words("Fiddlewood & Lark Bldrs. (Yorkshire) LTD")
    ['fiddlewood', 'and', 'lark', 'builders', 'yorkshire', 'ltd']
    """
    plain = unicodedata.normalize("NFKD", name.replace("&", " and ").replace("'", "").replace("’", "")).lower()
    plain = "".join(sign for sign in plain if not unicodedata.combining(sign))
    joined = _joined_initials([word for word in _NOT_WORDS.split(plain) if word])
    return [_SHORTENED.get(word, word) for word in joined]


def _joined_initials(words: list[str]) -> list[str]:
    """Letters that stand alone side by side are one word: "N.H.S." and "B T" as "nhs" and "bt"."""
    found: list[str] = []
    alone = False
    for word in words:
        if len(word) == 1 and alone:
            found[-1] += word
        else:
            found.append(word)
        alone = len(word) == 1
    return found


def core_and_form(name: str) -> tuple[str, str]:
    """A name without "the" and its legal forms, and the form that it has, blank where it tells none.

    >>> core_and_form("The Fiddlewood & Lark Builders Limited")
    ('fiddlewood and lark builders', 'ltd')
    >>> core_and_form("Limited")
    ('limited', '')
    """
    words = name_words(name)
    kept, form = words, ""
    while (size := _form_at_end(kept)) and size < len(kept):
        form = form or _FORMS[" ".join(kept[-size:])]
        kept = kept[:-size]
    if len(kept) > 1 and kept[0] == "the":
        kept = kept[1:]
    return " ".join(kept or words), form


def _form_at_end(words: list[str]) -> int:
    """Of how many words the legal form is that the words end in; 0 for none."""
    sizes = range(min(_LONGEST_FORM, len(words)), 0, -1)
    return next((size for size in sizes if " ".join(words[-size:]) in _FORMS), 0)


def is_generic(core: str, form: str, members: Iterable[str]) -> bool:
    """Whether a name means another body at another member: one word without a legal form, kinds of bodies, a member.

    `members` are the cores of the members' own names.

    >>> is_generic("nhs", "", []), is_generic("city council", "", []), is_generic("fiddlewood", "ltd", [])
    (True, True, False)
    """
    words = core.split()
    single = len(words) < 2 and not form
    return single or all(word in _GENERIC or len(word) < 3 for word in words) or core in members


#: So many words, or a legal form, tell a firm from a private person of the same name.
_WORDS_OF_A_FIRM = 3
_TITLES = {
    "mr", "mrs", "ms", "miss", "mx", "dr", "prof", "professor", "sir", "dame", "lady", "lord", "rev", "reverend",
    "councillor", "cllr",
}  # fmt: skip


def may_be_a_person(core: str, form: str) -> bool:
    """Whether a name may be that of a private person, of whom there are others: few words or a title, and no form.

    >>> may_be_a_person("ann example", ""), may_be_a_person("ann example", "ltd"), may_be_a_person("mr a b example", "")
    (True, False, True)
    """
    words = core.split()
    return not form and (len(words) < _WORDS_OF_A_FIRM or words[0] in _TITLES)


def company_number(text: str) -> str:
    """A number of Companies House in its eight signs, blank for what is none.

    >>> company_number("1234567"), company_number("sc 12345"), company_number("NI0012345"), company_number("none")
    ('01234567', 'SC012345', 'NI012345', '')
    """
    plain = re.sub(r"[^A-Z0-9]", "", text.upper())
    found = re.fullmatch(r"([A-Z]{2}|)([0-9]+)", plain)
    if not found or not int(found[2]):
        return ""
    digits = 8 - len(found[1])
    number = found[2].lstrip("0")
    return found[1] + number.zfill(digits) if len(number) <= digits else ""


def charity_number(text: str) -> str:
    """A charity's number: England and Wales six or seven figures, Scotland SC and six, Northern Ireland NIC and six.

    >>> charity_number("0123456"), charity_number("1012345-1"), charity_number("SC12345"), charity_number("NIC 100123")
    ('123456', '1012345', 'SC012345', 'NIC100123')
    """
    plain = re.sub(r"[^A-Z0-9-]", "", text.upper()).partition("-")[0]
    found = re.fullmatch(r"(SC|SCO|NIC|)([0-9]+)", plain)
    if not found or not int(found[2]):
        return ""
    number = found[2].lstrip("0")
    if found[1]:
        return f"{found[1][:2] if found[1] != 'NIC' else 'NIC'}{number.zfill(6)}" if len(number) <= 6 else ""
    return number if 5 <= len(number) <= 7 else ""


#: The charity regulators' lists of org-id.guide, and what their numbers begin with.
_CHARITIES = {"GB-CHC": "", "GB-SC": "SC", "GB-NIC": "NIC"}


def identifiers(company: str, charity: str, org_id: str) -> dict[str, str]:
    """What identifies a supplier beyond its member, by the register: company, charity, and other registers by list.

    A 360Giving id (org-id.guide) names its register first: GB-COH is Companies House, GB-CHC, GB-SC and GB-NIC are the
    charity regulators, so that it is the same as the number itself.

    >>> identifiers("", "", "GB-COH-1234567")
    {'company': '01234567'}
    >>> identifiers("SC123456", "", "gb-chc-1012345")
    {'company': 'SC123456', 'charity': '1012345'}
    """
    found = {"company": company_number(company), "charity": charity_number(charity)}
    register = re.fullmatch(r"([A-Z]{2,3}-[A-Z0-9]+)-(.+)", org_id.strip().upper())
    if register:
        scheme, number = register.groups()
        if scheme == "GB-COH":
            found["company"] = found["company"] or company_number(number)
        elif scheme in _CHARITIES:
            prefix = "" if number.startswith(_CHARITIES[scheme]) else _CHARITIES[scheme]
            found["charity"] = found["charity"] or charity_number(prefix + number)
        else:
            found["other"] = f"{scheme}-{re.sub(r'[^A-Z0-9]', '', number)}"
    return {kind: number for kind, number in found.items() if number}
