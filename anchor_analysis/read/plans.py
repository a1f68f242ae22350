"""For which canonical table a file or sheet is: by the template's shape, or by a network's mapping."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cached_property
from itertools import chain

from anchor_analysis.declared.areas import Crosswalk, Mapping
from anchor_analysis.declared.network import Member, Network
from anchor_analysis.declared.schema import Other, TableSchema
from anchor_analysis.problems import Problem, UserError, did_you_mean, unknown

#: What a header means that is known and not needed.
NOT_NEEDED = ""

#: Sheets that hold no rows, by their normalised names.
NOTES = frozenset(
    {"about", "guide", "notes", "readme", "contents", "cover", "totals", "lastyear", "staffbyward", "staffbydecile"}
)


@dataclass(frozen=True)
class Plan:
    """How a source is read.

    `name` says by what: the template, a crosswalk or a mapping. `meaning` gives the canonical column of every
    normalised header, or NOT_NEEDED; `shown` the header that a message calls each column; `add` says where a
    person adds a line for a header that is not known.
    """

    name: str
    schema: TableSchema
    meaning: dict[str, str]
    shown: dict[str, str]
    add: str

    @property
    def required(self) -> set[str]:
        """The columns that the source must have."""
        return {name for name, column in self.schema.columns.items() if column.required}

    @cached_property
    def others(self) -> dict[str, tuple[str, Other]]:
        """What headers without a meaning are, by normalised header, and the column that each may be taken for."""
        return {
            name: (column, other)
            for column, declared in self.schema.columns.items()
            for other in declared.others
            for name in map(normalise, chain.from_iterable(other.headers))
            if name not in self.meaning
        }

    def is_sure(self, column: str, header: str) -> bool:
        """Whether a column's header says that it is none of what stands beside it."""
        return any(normalise(word) in normalise(header) for word in self.schema.columns[column].words)


def normalise(name: str) -> str:
    """A name without case, spaces, punctuation, byte-order marks; one of signs only stays as it is.

    >>> normalise("Net Amount (£)")
    'netamount'
    """
    plain = unicodedata.normalize("NFKC", name).casefold()
    return "".join(letter for letter in plain if letter.isalnum()) or plain.strip()


def how_to_map(network: Network, table: str = "") -> str:
    """The end of a remedy: how a file that is not in the template's shape comes to be read."""
    tables = table or "|".join(sheet_names(network))
    shipped = sorted(name for name, found in network.catalogue.crosswalks.items() if table in ("", found.table))
    crosswalk = f"`crosswalk: {'|'.join(shipped)}` or " if shipped else ""
    file = f"networks/{network.id}/mappings/NAME.yaml"
    return f"write a mapping {file} with `files: PATTERN`, `table: {tables.lower()}` and {crosswalk}`columns`."


def sheet_names(network: Network) -> list[str]:
    """The sheets of the template: one for each canonical table, figures last."""
    tables = network.catalogue.schema.values()
    return [table.table.capitalize() for table in sorted(tables, key=lambda table: table.lever == "any")]


def template_plan(network: Network, table: str) -> Plan:
    """The plan of a sheet or file in the template's shape."""
    schema = network.catalogue.schema[table]
    shown = {column: schema.header(column) for column in schema.columns}
    meaning = {normalise(header): column for column, header in shown.items()}
    add = f"in a mapping for this file (networks/{network.id}/mappings/NAME.yaml) add"
    return Plan("the template", schema, meaning, shown, add)


def template_table(network: Network, name: str) -> str | None:
    """The canonical table of a template's sheet of this name."""
    return next((table for table in network.catalogue.schema if normalise(table) == normalise(name)), None)


def _template_file(network: Network, file: str) -> str:
    """The canonical table of a file `<table>.csv` or `<table>_<anything>.csv`, or nothing."""
    stem = file.lower().partition(".")[0]
    fitting = [table for table in network.catalogue.schema if f"{stem}_".startswith(f"{table}_")]
    return max(fitting, key=len, default="")


def mapped_plan(network: Network, mapping: Mapping) -> Plan:
    """The plan of a mapped source: the template's headers, then the crosswalk's, then the mapping's own.

    Raises UserError (AN007) for a mapping whose table, crosswalk or columns are not there.
    """
    layers: list[Crosswalk | Mapping] = [*_crosswalks(network, mapping), mapping]
    _check(network, mapping, layers)
    add = f"to the mapping of `{mapping.files}` (networks/{network.id}/mappings/) add"
    return _layered(network, mapping.table, layers, f"the mapping of {mapping.files}", add)


def known_plans(network: Network, table: str = "") -> list[Plan]:
    """The plans by which headers are recognised without a mapping: the template's shape, then each crosswalk."""
    tables = [table] if table else list(network.catalogue.schema)
    crosswalks = [found for found in network.catalogue.crosswalks.values() if found.table in tables]
    plans = [template_plan(network, name) for name in tables]
    return [*plans, *(_by_crosswalk(network, crosswalk) for crosswalk in crosswalks)]


def _by_crosswalk(network: Network, crosswalk: Crosswalk) -> Plan:
    add = f"in a mapping for this file (networks/{network.id}/mappings/NAME.yaml, `crosswalk: {crosswalk.id}`) add"
    return _layered(network, crosswalk.table, [crosswalk], f"the crosswalk {crosswalk.id}", add)


def _layered(network: Network, table: str, layers: Sequence[Crosswalk | Mapping], name: str, add: str) -> Plan:
    plan = template_plan(network, table)
    for layer in layers:
        plan.meaning.update({normalise(name): column for column, names in layer.columns.items() for name in names})
        plan.meaning.update({normalise(name): NOT_NEEDED for name in _flat(layer.ignored)})
        plan.shown.update({column: names[0] for column, names in layer.columns.items() if names})
    return Plan(name, plan.schema, plan.meaning, plan.shown, add)


def _crosswalks(network: Network, mapping: Mapping) -> list[Crosswalk]:
    if not mapping.crosswalk:
        return []
    known = network.catalogue.crosswalks
    if mapping.crosswalk not in known:
        raise unknown("AN007", "crosswalk", mapping.crosswalk, known, _place(mapping))
    return [known[mapping.crosswalk]]


def _check(network: Network, mapping: Mapping, layers: list[Crosswalk | Mapping]) -> None:
    known = network.catalogue.schema
    if mapping.table not in known:
        raise unknown("AN007", "canonical table", mapping.table, known, _place(mapping))
    place, columns = _place(mapping), known[mapping.table].columns
    faults = [
        Problem("AN007", place, f'"{layer.table}" is not the table of the crosswalk and the mapping alike.', _MEND)
        for layer in layers
        if layer.table != mapping.table
    ]
    strange = sorted({column for layer in layers for column in layer.columns} - set(columns))
    faults += [
        Problem("AN007", place, f'"{name}" is no column of {mapping.table}.', did_you_mean(name, columns, "column"))
        for name in strange
    ]
    if faults:
        raise UserError(faults)


_MEND = "Mend the mapping."


def _place(mapping: Mapping) -> str:
    return f"mapping of {mapping.files}"


def _flat(ignored: list[str | list[str]]) -> Iterable[str]:
    return chain.from_iterable([names] if isinstance(names, str) else names for names in ignored)


def mappings_for(network: Network, member: Member, file: str) -> list[Mapping]:
    """The mappings of a member's file of this name; those that name the member go before others."""
    fitting = [one for one in network.mappings_of(member) if fnmatchcase(file.lower(), one.files.lower())]
    own = {normalise(mapping.sheet) for mapping in fitting if mapping.member}
    return [mapping for mapping in fitting if mapping.member or normalise(mapping.sheet) not in own]


def file_plans(network: Network, member: Member, file: str, where: str) -> list[Plan]:
    """The plans that a file without sheets may have, the likeliest first.

    A mapping decides alone; a name of the template says which table; else the headers have to say it. Raises
    UserError (AN007) where two mappings fit.
    """
    mappings = [mapping for mapping in mappings_for(network, member, file) if not mapping.sheet]
    if len(mappings) > 1:
        raise UserError(_two_mappings(mappings, where))
    return [mapped_plan(network, mappings[0])] if mappings else known_plans(network, _template_file(network, file))


def unknown_file(network: Network, where: str) -> Problem:
    """The problem of a file whose name and headers nobody knows."""
    expected = ", ".join(f"{name.lower()}.csv" for name in sheet_names(network))
    what = "its headers are in none of the shapes that are known here, and no mapping names this file."
    remedy = f"Name it as one of {expected} (ledger_2.csv goes too), or {how_to_map(network)}"
    return Problem("AN024", where, what, remedy)


def sheet_plans(
    network: Network, member: Member, file: str, sheets: list[str], where: str
) -> tuple[dict[str, list[Plan]], list[Problem]]:
    """The plans that each sheet of a workbook may have, and what is wrong with its mappings (AN007, AN024).

    `sheets` are those that hold anything. A mapping that names a sheet decides on its workbook: sheets that
    neither it nor the template knows have no plan. A mapping that names none is for the only sheet.
    """
    found, faults = _mapped_sheets(mappings_for(network, member, file), sheets, where)
    plans: dict[str, list[Plan]] = {}
    for sheet in sheets:
        table = template_table(network, sheet)
        if sheet in found:
            plans[sheet] = [mapped_plan(network, found[sheet])]
        elif normalise(sheet) not in NOTES and (table or not (found or faults)):
            plans[sheet] = known_plans(network, table or "")
    return plans, faults


def _mapped_sheets(mappings: list[Mapping], sheets: list[str], where: str) -> tuple[dict[str, Mapping], list[Problem]]:
    found: dict[str, Mapping] = {}
    faults: list[Problem] = []
    for mapping in mappings:
        wanted = [sheet for sheet in sheets if normalise(sheet) == normalise(mapping.sheet)]
        if not mapping.sheet:
            wanted = [sheet for sheet in sheets if normalise(sheet) not in NOTES]
        if len(wanted) != 1:
            faults.append(_which_sheet(mapping, sheets, where))
        elif wanted[0] in found:
            faults.append(_two_mappings([found[wanted[0]], mapping], where))
        else:
            found[wanted[0]] = mapping
    return found, faults


def _which_sheet(mapping: Mapping, sheets: list[str], where: str) -> Problem:
    there = ", ".join(f'"{sheet}"' for sheet in sheets) or "no sheet that holds anything"
    said = f'names the sheet "{mapping.sheet}"' if mapping.sheet else "does not say which sheet is meant"
    what = f"its mapping {said}, and the workbook has {there}."
    return Problem("AN024", where, what, "Write the sheet's name in the mapping: `sheet: NAME`.")


def _two_mappings(mappings: list[Mapping], where: str) -> Problem:
    names = " and ".join(f"`{mapping.files}`" for mapping in mappings)
    return Problem("AN007", where, f"more than one mapping fits: {names}.", "Make their `files` patterns narrower.")


def unknown_sheets(network: Network, strange: list[str], some_known: bool, where: str) -> Problem:
    there = ", ".join(f'"{sheet}"' for sheet in strange)
    expected = ", ".join(sheet_names(network))
    what = f"nobody has said what the sheet {there} is." if there else "the workbook holds no rows."
    if strange and not some_known:
        what = f"the workbook has no sheet of the template; it has {there}."
    remedy = f"Name sheets {expected} (notes go on one named About), take others out, or {how_to_map(network)}"
    return Problem("AN024", where, what, remedy)
