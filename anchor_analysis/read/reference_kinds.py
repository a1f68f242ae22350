"""What each kind of reference is: the headers its columns go by, the form of their values, what is derived."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from anchor_analysis.declared.references import ReferenceKind
from anchor_analysis.problems import Problem, UserError
from anchor_analysis.read.plans import normalise

#: Which release of the Index ranks the LSOAs of which census (MHCLG, IoD2019 and IoD2025).
RELEASES = {2011: "2019", 2021: "2025"}
#: A header of the release of 2015, which ranks LSOAs of 2011 too and is not taken.
_OF_2015 = "localauthoritydistrictcode2013"

_ACCEPTED = "docs/references.md lists what is taken, each as the publisher's own file."

_POSTCODE = "(?:GIR0AA|[A-Z]{1,2}[0-9][0-9A-Z]?[0-9][A-Z]{2})"
#: Nine-character codes of all four nations and the islands; Northern Ireland's old areas have eight.
AREA = "(?:[A-Z][0-9]{8}|[0-9]{2}[A-Z]{2}[0-9]{2}[A-Z][0-9])"
_MONTH = "(?:19|20)[0-9]{2}(?:0[1-9]|1[0-2])"
_DAYS = "['%Y-%m-%d', '%d/%m/%Y', '%Y-%m-%d %H:%M:%S', '%d/%m/%Y %H:%M:%S']"


def _like(form: str) -> str:
    return f"regexp_full_match({{}}, '{form}')"


@dataclass(frozen=True)
class Column:
    """A column of a reference table, made from a column of the file.

    `headers` are what it goes by, the best first, without signs and spaces. `text` is what is read of a cell and blank
    where it means nothing, `valid` what must hold of it, `value` what it becomes: SQL, with `{}` for what comes in.
    """

    headers: list[str]
    text: str = "trim({})"
    valid: str = _like(AREA)
    value: str = "{}"
    type: str = "VARCHAR"
    needed: bool = False
    filled: bool = False


def _code(*headers: str, needed: bool = False, filled: bool = False) -> Column:
    """A column of area codes, missing where the code stands for no area: a letter and eight nines."""
    no_area = "CASE WHEN substr({}, 2) <> '99999999' THEN {} END"
    return Column(list(headers), value=no_area, needed=needed, filled=filled)


@dataclass(frozen=True)
class Form:
    """A form of file that is taken: told by its `signature`, one header of each list; the columns and their key.

    `derived` columns are SQL over the others; rows are kept where `kept` holds, equal ones once if `distinct`.
    """

    kind: ReferenceKind
    signature: list[list[str]]
    columns: dict[str, Column]
    key: list[str]
    one_of: list[str] = field(default_factory=list)
    derived: dict[str, str] = field(default_factory=dict)
    kept: str = "true"
    distinct: bool = False

    @property
    def table(self) -> list[str]:
        """The columns of the table, in their order."""
        return [*self.columns, *(name for name in self.derived if name not in self.columns)]


@dataclass(frozen=True)
class Recognised:
    """What a file is by its headers: its form, where each column stands among how many, and in which row."""

    form: Form
    columns: dict[str, int]
    headers: list[str]
    row: int = 0

    @property
    def named(self) -> dict[str, str | None]:
        """The header of each column of the table; missing where the file lacks it."""
        return {name: self.headers[self.columns[name]] if name in self.columns else None for name in self.form.columns}

    @property
    def lsoa_year(self) -> int | None:
        """The census whose LSOAs a deprivation file ranks."""
        if self.form.kind != "deprivation":
            return None
        return int(normalise(self.headers[self.columns["lsoa"]])[-4:])


_POSTCODES = Form(
    "postcodes",
    [["pcds", "pcd8", "pcd7", "pcd"]],
    {
        "postcode": Column(
            ["pcds", "pcd8", "pcd7", "pcd"], "upper(replace({}, ' ', ''))", _like(_POSTCODE), needed=True, filled=True
        ),
        "introduced": Column(["dointr"], valid=_like(_MONTH), type="INTEGER"),
        "terminated": Column(["doterm"], valid=_like(_MONTH), type="INTEGER"),
        "large_user": Column(["usrtypind", "usertype"], valid=_like("[01]"), value="{} = '1'", type="BOOLEAN"),
        "lad": _code(r"lad\d\dcd", "laua", "oslaua", needed=True),
        "ward": _code(r"wd\d\dcd", "ward", "osward", needed=True),
        "region": _code(r"rgn\d\dcd", "rgn", "gor"),
        "lsoa11": _code("lsoa11cd", "lsoa11"),
        "lsoa21": _code("lsoa21cd", "lsoa21"),
        "msoa11": _code("msoa11cd", "msoa11"),
        "msoa21": _code("msoa21cd", "msoa21"),
    },
    key=["postcode"],
    one_of=["lsoa11", "lsoa21"],
)
_NUMBER = "replace(trim({}), ',', '')"
_DEPRIVATION = Form(
    "deprivation",
    [[r"lsoacode20\d\d"], ["indexofmultipledeprivation.*"]],
    {
        "lsoa": Column([r"lsoacode20\d\d"], valid=_like("[A-Z][0-9]{8}"), needed=True, filled=True),
        "rank": Column(
            ["indexofmultipledeprivationimdrank.*"], _NUMBER, _like("[1-9][0-9]{0,8}"),
            type="INTEGER", needed=True, filled=True,
        ),
        "decile": Column(
            ["indexofmultipledeprivationimddecile.*"], valid=_like("[1-9]|10"),
            type="INTEGER", needed=True, filled=True,
        ),
        "score": Column(
            ["indexofmultipledeprivationimdscore.*"], _NUMBER, _like("[0-9]{1,3}([.][0-9]+)?"), type="DOUBLE"
        ),
        "population": Column([r"totalpopulationmid20\d\d.*"], _NUMBER, _like("[0-9]{1,9}"), type="INTEGER"),
    },
    key=["lsoa"],
    derived={"quintile": "CAST((decile + 1) // 2 AS INTEGER)"},  # a fifth is two tenths
)  # fmt: skip
_CHANGES = Form(
    "lookup",
    [["chn?gind"]],
    {
        "lsoa11": Column([r"lsoa11cd", "flsoa11cd"], needed=True, filled=True),
        "lsoa21": Column([r"lsoa21cd"], needed=True, filled=True),
        "change": Column(["chn?gind"], valid=_like("[USMX]"), needed=True, filled=True),
    },
    key=["lsoa11", "lsoa21"],
)
_BEST_FIT = Form(
    "lookup",
    [["lsoa21cd"], [r"wd\d\dcd"]],
    {
        "lsoa21": Column(["lsoa21cd"], needed=True, filled=True),
        "ward": Column([r"wd\d\dcd"], needed=True, filled=True),
    },
    key=["lsoa21"],
)
_SEVERAL = " OR ".join(
    f"min({one}) OVER (PARTITION BY {by}, date) <> max({one}) OVER (PARTITION BY {by}, date)"
    for one, by in (("to_code", "from_code"), ("from_code", "to_code"))
)
_RECODES = Form(
    "recodes",
    [["geogcdp", "fromcode", "from", "oldcode"], ["geogcd", "tocode", "to", "newcode"]],
    {
        "from_code": Column(["geogcdp", "fromcode", "from", "oldcode"], valid=_like("[A-Z0-9]{3,9}"), needed=True),
        "to_code": Column(
            ["geogcd", "tocode", "to", "newcode"], valid=_like("[A-Z0-9]{3,9}"), needed=True, filled=True
        ),
        "date": Column(
            ["operdate", "date"], valid=f"try_strptime({{}}, {_DAYS}) IS NOT NULL",
            value=f"try_strptime({{}}, {_DAYS})", type="DATE", needed=True, filled=True,
        ),
        "geometry_changed": Column(
            ["geometrychanged"], "lower(trim({}))", _like("true|false|yes|no|1|0"),
            "{} IN ('true', 'yes', '1')", "BOOLEAN",
        ),
    },
    key=["from_code", "to_code", "date"],
    # an area that was divided, or joined to another, did change; of others only a column could say so
    derived={"geometry_changed": f"coalesce(geometry_changed, CASE WHEN {_SEVERAL} THEN true END)"},
    kept="from_code <> to_code",
    distinct=True,
)  # fmt: skip
#: The GDP deflator by financial year: an index, or how prices grew, as factors (1.02) or in per cent (2.0). The one
#: cannot be taken for the other: prices never grew by less than 1.3 % in all years of a table, nor by 30 % in one.
_FACTORS = "(SELECT min(growth) >= 0.8 AND max(growth) <= 1.3 FROM typed)"
_GROWN = f"CASE WHEN growth IS NULL THEN 1 WHEN {_FACTORS} THEN growth ELSE 1 + growth / 100 END"
_DEFLATOR = Form(
    "deflator",
    [["financialyear"], ["gdpdeflator.*", "index.*", r"[0-9]{4,8}100", "per(cent|centage)change.*", "growth.*"]],
    {
        "year": Column(
            ["financialyear"], valid=_like("(19|20)[0-9]{2}([-/][0-9]{2,4})?"),
            value="substr({}, 1, 4)", type="INTEGER", needed=True, filled=True,
        ),
        "index": Column(
            ["gdpdeflator.*", "index.*", r"[0-9]{4,8}100"], _NUMBER, _like("[0-9]{1,6}([.][0-9]+)?"), type="DOUBLE"
        ),
        "growth": Column(
            ["per(?:cent|centage)change.*", "growth.*"], _NUMBER, _like("-?[0-9]{1,3}([.][0-9]+)?"), type="DOUBLE"
        ),
    },
    key=["year"],
    one_of=["index", "growth"],
    derived={"index": f"coalesce(index, 100 * exp(sum(ln({_GROWN})) OVER (ORDER BY year)))"},
)  # fmt: skip
#: A table of figures by area, when it has been brought to one row per area and category.
BENCHMARK = Form(
    "benchmark",
    [],
    {
        "area": Column([], needed=True, filled=True),
        "category": Column([], valid="true"),
        "value": Column([], _NUMBER, _like("-?[0-9]{1,12}([.][0-9]+)?"), type="DOUBLE"),
    },
    key=["area", "category"],
)
#: The forms that headers tell, in the order in which they are tried.
FORMS = [_POSTCODES, _DEPRIVATION, _CHANGES, _RECODES, _BEST_FIT, _DEFLATOR]


def form_of(headers: Sequence[str]) -> Form | None:
    """The form that a row of headers tells."""
    known = [normalise(header) for header in headers]
    return next((form for form in FORMS if all(_places(known, names) for names in form.signature)), None)


def recognise(form: Form, headers: list[str], file: str) -> Recognised:
    """Where the columns of a form stand in a file; raises UserError (AN031) for one that lacks or doubles any."""
    known = [normalise(header) for header in headers]
    places = {name: _places(known, column.headers) for name, column in form.columns.items()}
    missing = [name for name, column in form.columns.items() if column.needed and not places[name]]
    if form.one_of and not any(places[name] for name in form.one_of):
        missing += form.one_of
    if missing:
        raise UserError(refused(file, f"there is no column for {', '.join(missing)}.", _ACCEPTED))
    twice = sorted(name for name, found in places.items() if len(found) > 1)
    if twice:
        what = f"more than one column could be {', '.join(twice)}."
        raise UserError(refused(file, what, "Leave only the column of the newest areas."))
    found = Recognised(form, {name: at[0] for name, at in places.items() if at}, headers)
    if found.lsoa_year and (found.lsoa_year not in RELEASES or _OF_2015 in known):
        raise UserError(refused(file, "this release of the Index is not taken.", _ACCEPTED))
    return found


def not_recognised(file: str) -> UserError:
    """The error for a file of no form that is known."""
    return UserError(refused(file, "its headers are of no reference data that is known here.", _ACCEPTED))


def refused(file: str, what: str, remedy: str) -> Problem:
    """The problem of a reference file that is not taken."""
    return Problem("AN031", file, what, remedy)


def _places(headers: Sequence[str], names: list[str]) -> list[int]:
    """The positions of the headers that the first name that fits any of them fits."""
    for name in names:
        if found := [place for place, header in enumerate(headers) if re.fullmatch(name, header)]:
            return found
    return []
