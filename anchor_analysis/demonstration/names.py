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

_FIRST_WORDS = """
Amberfold Bluebadger Brasskettle Café Canalside Chalkmoth Clockwork Coppernail Crowthistle Dandelion Doublemoon
Driftglass Dustypaw Elderhedge Fablefield Featherstep Fiddlewood Flintcup Foxwhistle Gingerlamp Greenbutton Halfpenny
Hazelknot Hollowreed Inkwell Ironteapot Jackdaw Juniperlane Kitebottle Knottedoak Lacewing Lemonquay Littlethunder
Magpiebell Mapletin Marbleduck Mossyarch Nettlebank Nightferry Nimblegoat Oatmeal Orchardline Otterhat Paperlantern
Pebblegate Pepperjar Pocketwatch Puddlestone Quillfeather Quincewell Rabbitstar Rainbarrel Redwheel Rustyharp
Saltspoon Seventhgate Silverbroom Slowriver Snowpocket Sparrowdeep Springheel Acornfold Bramblecote Cobwebgate
Dovetailer Elmsparrow Fernwhistle Gooseberry Hopscotch Icicleway Jamspoon Kingcup Lilybarrow Moonbasket Nutmegrow
Owlfeather Plumtrolley Quiltmaker Roundpebble Sundialer Tinwhistle Underbough Starlingway Stonepuddle Teacosy
Thimblerow Thornapple Threecorner Toffeehill Turnipfield Umbrella Velvetmole Violetcog Wagtail Walnutshell Weathervane
Whistlepot Willowcrate Windypost Wobblybridge Yellowlatch
"""
_SECOND_WORDS = """
Acre Alcove Anvil Arbor Arch Attic Bark Barn Basin Bay Beacon Bell Bench Bloom Bobbin Bracken Branch Bridge Brook
Buckle Button Cairn Candle Canopy Cedar Chapel Chimney Clay Cliff Clover Cobble Copse Cove Crag Crest Cross Crown Dale
Dell Dock Dome Dune Eave Echo Ember Fallow Fern Field Flax Flint Foam Ford Forge Fount Frost Furrow Gable Gale Garland
Glade Glen Gorse Granite Grove Gully Harbour Harp Hatch Haven Hearth Hedge Hill Hinge Hollow Horn Hull Island Ivory
Jetty Junction Keel Kestrel Kiln Knoll Ladder Lagoon Lake Larder Lark Latch Ledge Lichen Lintel Loft Loom Lowland
Maple Marsh Mead Mill Mint Moor Moss Nook Notch Oak Oasis Orbit Paddock Parapet Park Path Pewter Pier Pine Plank Pond
Porch Prairie Quarry Quay Quilt Rafter Rampart Reef Ridge Rill Rock Root Rudder Rush Sable Sail Sandbar Saddle Sedge
Shale Shore Sickle Slate Sloop Spire Spoke Spruce Stair Steeple Stile Strand Summit Swale Tallow Tarn Teal Thatch
Thicket Tide Tile Timber Torrent Tower Trellis Tundra Turret Twine Upland Vale Valley Vault Verge Vine Wagon Walnut
Warren Weir Wharf Wheat Willow Winch Woodland Yard Yarrow Yew Zenith
"""
_TRADES = {
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

    Each pair of first words is there once: two suppliers are told apart by more than the legal form, and by more than
    a slip of the pen.

    >>> names, sold = supplier_names()
    >>> len(names) == len({tuple(name.split()[:2]) for name in names}) == len(sold)
    True
    """
    first_words, second_words = _FIRST_WORDS.split(), _SECOND_WORDS.split()
    lines = [(word, category) for category, words in _TRADES.items() for word in words]
    names, sold = [], []
    for number in Draws(0, "supplier names").order(len(first_words) * len(second_words)).tolist():
        first, second = divmod(number, len(second_words))
        word, category = lines[(5 * first + second) % len(lines)]
        form = _FORM[(3 * first + second) % len(_FORM)]
        names.append(f"{first_words[first]} {second_words[second]} {word} {form}")
        sold.append(category)
    return names, sold
