"""Names for invented suppliers, and what is bought from them. No name of a person is made anywhere."""

from __future__ import annotations

from functools import cache

from anchor_analysis.demonstration.draws import Draws

#: What stands for a supplier that a publisher took out: the word, its class, and how often out of ten thousand.
REDACTED = (
    ("REDACTED PERSONAL DATA", "personal", 7000),
    ("Redacted personal data", "personal", 1000),
    ("REDCATED PERSONAL DATA", "personal", 300),
    ("Redacted - commercially confidential", "commercial", 700),
    ("REDACTED", "unspecified", 800),
    ("Name withheld", "personal", 200),
)
#: A supplier whose name only looks redacted.
LOOKS_REDACTED = "REDACTIVE LINES PUBLISHING LIMITED"
#: A supplier that is named like a member, and is none.
NAMED_LIKE_A_MEMBER = "Owlgate City Councillors Benevolent Fund"

_FIRST_WORDS = """Amberfold Bluebadger Brasskettle Café Canalside Chalkmoth Clockwork Coppernail Crowthistle Dandelion
Doublemoon Driftglass Dustypaw Elderhedge Fablefield Featherstep Fiddlewood Flintcup Foxwhistle Gingerlamp
Greenbutton Halfpenny Hazelknot Hollowreed Inkwell Ironteapot Jackdaw Juniperlane Kitebottle Knottedoak Lacewing
Lemonquay Littlethunder Magpiebell Mapletin Marbleduck Mossyarch Nettlebank Nightferry Nimblegoat Oatmeal
Orchardline Otterhat Paperlantern Pebblegate Pepperjar Pocketwatch Puddlestone Quillfeather Quincewell Rabbitstar
Rainbarrel Redwheel Rustyharp Saltspoon Seventhgate Silverbroom Slowriver Snowpocket Sparrowdeep Springheel
Starlingway Stonepuddle Teacosy Thimblerow Thornapple Threecorner Toffeehill Turnipfield Umbrella Velvetmole
Violetcog Wagtail Walnutshell Weathervane Whistlepot Willowcrate Windypost Wobblybridge Yellowlatch"""
_SECOND = {
    "Catering": ("Kitchens", "Catering"),
    "Cleaning": ("Cleaning", "Laundries"),
    "Building works": ("Builders", "Roofing", "Groundworks"),
    "Construction": ("Construction", "Civils"),
    "Energy": ("Energy", "Fuels"),
    "IT and telecoms": ("Systems", "Software", "Networks"),
    "Medical supplies": ("Medical", "Surgical"),
    "Agency staff": ("Staffing", "Resourcing"),
    "Professional services": ("Associates", "Consulting"),
    "Social care": ("Homecare", "Lodges"),
    "Training": ("Training", "Learning"),
    "Transport": ("Coaches", "Haulage"),
    "Office supplies": ("Stationers", "Papers"),
    "Security": ("Guarding", "Locks"),
}
_FORM = ("Limited", "Ltd", "LLP", "plc", "& Co Ltd", "CIC", "Group", "(Yorkshire) Ltd")


@cache
def supplier_names() -> tuple[list[str], list[str]]:
    """Names, no two alike and in a fixed order, and what each supplier sells.

    >>> names, sold = supplier_names()
    >>> len(names) == len(set(names)) == len(sold)
    True
    """
    first_words = _FIRST_WORDS.split()
    lines = [(word, category) for category, words in _SECOND.items() for word in words]
    names, sold = [], []
    for number in Draws(0, "supplier names").order(len(first_words) * len(lines) * len(_FORM)).tolist():
        rest, form = divmod(number, len(_FORM))
        first, line = divmod(rest, len(lines))
        names.append(f"{first_words[first]} {lines[line][0]} {_FORM[form]}")
        sold.append(lines[line][1])
    return names, sold
