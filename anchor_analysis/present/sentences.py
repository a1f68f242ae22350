"""Sentences about one metric: its level, its change, where the change came from, and like for like.

They describe and say nothing of causes. A change that comes of members joining is never called growth.
"""

from __future__ import annotations

from anchor_analysis.compare.verdicts import direction
from anchor_analysis.declared.units import COUNTED, NOT_ADDITIVE
from anchor_analysis.present import wording
from anchor_analysis.present.parts import (
    Part,
    Words,
    figure,
    in_a_row,
    noun,
    plain,
    put_together,
    sentence,
    title,
    year,
)
from anchor_analysis.present.released import Cell, Released, add_up, number

NO_VERDICT = ("not comparable", "too few")


def level(released: Released, metric: str) -> list[Part]:
    """What the network's figure is in the edition's year, of how many members, and between which bounds."""
    cell = released.level(metric)
    if cell is None or cell.is_absent:
        return []
    if not cell.is_number:
        return not_told(released, cell)
    known = " where it is known" if cell.unit == "share" and cell.has_bounds else ""
    return sentence(_level(released, cell), known, _counting(cell), _note(cell), _between(cell))


def short_level(released: Released, cell: Cell) -> list[Part]:
    """The same without years, bounds and members: for the first screen."""
    if cell.unit in NOT_ADDITIVE:
        return put_together("the ", noun(released.facts, cell.metric), " was ", figure(cell))
    if cell.unit in COUNTED:
        return put_together("there were ", figure(cell), " ", noun(released.facts, cell.metric))
    return put_together(figure(cell), " was ", noun(released.facts, cell.metric))


def _level(released: Released, cell: Cell) -> list[Part]:
    # Staff are counted on the last day of each member's own year; payments and shares belong to all of it.
    when = " at the end of " if wording.is_of_last_day(released.facts, cell.metric) else " in "
    words = short_level(released, cell)
    comma = "," if cell.unit == "gbp" and "," in plain(words[-1:]) else ""
    return put_together(words, comma, when, year(cell.period))


def _between(cell: Cell) -> list[Part]:
    if not cell.has_bounds:
        return []
    bounds = put_together(figure(cell, "lower"), " and ", figure(cell, "upper"))
    return put_together("; between ", bounds, " whatever the unknown part turns out to be")


def _counting(cell: Cell) -> list[Part]:
    if cell.members_expected < 2:
        return []
    if cell.members_counted == cell.members_expected:
        return put_together(", counting all ", figure(cell, "expected"), " members")
    counted = put_together(figure(cell, "counted"), " of ", figure(cell, "expected"))
    return put_together(", counting the ", counted, " members that reported")


def _note(cell: Cell) -> list[Part]:
    return put_together(" (", figure(cell, "note"), ")") if cell.note else []


def not_told(released: Released, cell: Cell, words: Words = "") -> list[Part]:
    """Why a figure is not there: withheld, not known, or not reported."""
    subject = words or put_together(title(released.facts, cell.metric), " for ", year(cell.period))
    return sentence(subject, ": ", why_not(cell))


def why_not(cell: Cell) -> list[Part]:
    """Why a cell shows no figure, in a few words."""
    if cell.is_withheld:
        return put_together("withheld", [" (", figure(cell, "rule"), ")"] if cell.rule else "")
    if cell.status == "no_value":
        known = put_together("; it lies ", figure(cell)) if cell.shown.startswith("between") else ""
        return put_together("not known", known, _note(cell))
    return put_together("no figure, ", wording.STATUSES.get(cell.status, "not available"), _note(cell))


def is_comparable(released: Released, cell: Cell | None) -> bool:
    """Whether a change is a figure, and its verdict does not forbid to compare."""
    if cell is None or not cell.is_number:
        return False
    verdict = released.change(cell.metric, cell.since, cell.panel, "verdict", cell.period)
    return verdict is None or verdict.shown not in NO_VERDICT


def change(released: Released, metric: str, since: str) -> list[Part]:
    """From where to where the figure went, of whoever reported in each year, and what the change is made of."""
    cell = released.change(metric, since, "all", "change")
    if cell is None:
        return []
    if not cell.is_number:
        return sentence(_change_subject(released, cell), ": ", why_no_change(released, cell))
    levels = _from_and_to(released, cell)
    if not is_comparable(released, cell):
        return sentence(levels, "; ", why_no_change(released, cell))
    difference = put_together(", a difference of ", figure(cell), _in_percent(released, cell, "shown"))
    counting = ", counting whoever reported in each year"
    return sentence(levels, difference, counting) + parts_of_change(released, metric, since)


def _from_and_to(released: Released, cell: Cell) -> list[Part]:
    ends = [released.change(cell.metric, cell.since, cell.panel, item, cell.period) for item in ("from", "to")]
    words = put_together(title(released.facts, cell.metric), ": ")
    if not (ends[0] and ends[1]):
        return words
    before = put_together(figure(ends[0]), " in ", year(cell.since_period))
    return put_together(words, before, " and ", figure(ends[1]), " in ", year(cell.period))


def _change_subject(released: Released, cell: Cell) -> list[Part]:
    return put_together(title(released.facts, cell.metric), ", change since ", year(cell.since_period))


def why_no_change(released: Released, cell: Cell) -> list[Part]:
    """Why no amount stands beside a change: withheld, not comparable, too few, or not known."""
    verdict = released.change(cell.metric, cell.since, cell.panel, "verdict", cell.period)
    if verdict and not cell.is_withheld and verdict.shown in NO_VERDICT:
        return put_together(figure(verdict), [", ", figure(verdict, "note")] if verdict.note else "")
    return why_not(cell)


def _in_percent(released: Released, cell: Cell, field: str) -> list[Part]:
    percent = released.change(cell.metric, cell.since, cell.panel, "percent", cell.period)
    return put_together(" (", figure(percent, field), ")") if percent and percent.is_number else []


def parts_of_change(released: Released, metric: str, since: str) -> list[Part]:
    """How much of a change comes from members that stayed, joined, left, or reported in one year only."""
    found = {item: released.part(metric, since, item) for item in wording.PARTS if item != "change"}
    named = {item: cell for item, cell in found.items() if cell and not cell.is_nothing}
    if not any(cell.is_number for cell in named.values()):
        return []
    pieces = [_piece(cell, wording.PARTS[item]) for item, cell in named.items()]
    whole = add_up(named.values(), released.change(metric, since, "all", "change"))
    return [Part(" "), *sentence("of this, ", in_a_row(pieces), "" if whole else " (each rounded by itself)")]


def _piece(cell: Cell, who: str) -> list[Part]:
    amount = put_together(figure(cell), " (withheld)" if cell.is_withheld else "")
    return put_together(amount, " is from ", who)


def like_for_like(released: Released, metric: str, since: str) -> list[Part]:
    """How the figure changed among the members that reported in both years, and how that stands to the unknowns."""
    cell = released.change(metric, since, "like_for_like", "change")
    verdict = released.change(metric, since, "like_for_like", "verdict")
    if cell is None:
        return []
    subject = title(released.facts, metric)
    both = put_together(year(cell.since_period), " and ", year(cell.period))
    if not cell.members_counted:
        return sentence("no member reported ", subject, " in both ", both, ", so nothing is said like for like")
    one = cell.members_counted == 1
    whom = put_together("for the one member" if one else ["among the ", figure(cell, "counted"), " members"])
    among = put_together(whom, " that reported in both ", both, ", ")
    if not is_comparable(released, cell):
        return sentence(among, subject, ": ", why_no_change(released, cell))
    return sentence(among, subject, moved(released, cell, verdict), _standing(verdict), _change_between(cell))


def reduction(released: Released, metric: str) -> list[Part]:
    """How much less there was than in the baseline year: in the latest year, and over all years since together."""
    then, together = (released.reduction(metric, item) for item in ("point_to_point", "cumulative"))
    if then is None or together is None:
        return []
    subject = put_together(title(released.facts, metric), ", among the ", figure(then, "counted"), " members that ")
    subject = put_together(subject, "reported every year from ", year(then.since_period), ": ")
    if not (then.is_number and together.is_number):
        return sentence(subject, why_not(then if not then.is_number else together))
    point = put_together(_less_or_more(then), " in ", year(then.period), " itself (point to point)")
    whole = put_together(_less_or_more(together), " over all the years since, taken together (cumulative)")
    return sentence(subject, point, "; ", whole, ". The two answer different questions and are never added")


def _less_or_more(cell: Cell) -> list[Part]:
    return put_together(figure(cell, "size"), " less" if not cell.shown.startswith(("−", "-")) else " more")


def moved(released: Released, cell: Cell, verdict: Cell | None) -> list[Part]:
    """What a figure did, in the words of its verdict."""
    if verdict is None or verdict.is_withheld:
        return put_together(" changed by ", figure(cell), _in_percent(released, cell, "shown"))
    if verdict.shown in ("rose", "fell"):
        amount = put_together(figure(cell, "size"), _in_percent(released, cell, "size"))
        return put_together(" ", figure(verdict), " by ", amount, for_the(released, verdict))
    percent = released.change(cell.metric, cell.since, cell.panel, "percent", cell.period)
    amount = put_together(figure(cell), [", ", figure(percent)] if percent and percent.is_number else "")
    return put_together(": ", figure(verdict), " (", amount, ")")


def for_the(released: Released, verdict: Cell) -> str:
    """Whether what rose or fell did so for the better or the worse, if the metric is better in one way."""
    better = str(wording.defined(released.facts, verdict.metric).get("better", "neither"))
    towards = direction(verdict.shown, better)
    return f", for the {towards}" if towards else ""


def _standing(verdict: Cell | None) -> list[Part]:
    return put_together("; ", figure(verdict, "note")) if verdict and verdict.note else []


def _change_between(cell: Cell) -> list[Part]:
    if not cell.has_bounds:
        return []
    bounds = put_together(figure(cell, "lower"), " and ", figure(cell, "upper"))
    return put_together("; the change lies between ", bounds, ", whatever the unknown part turns out to be")


def more_or_less(cell: Cell) -> list[Part]:
    """How much more, without a sign: "4,310 more"."""
    amount = number(cell.shown) or 0
    if not amount:
        return put_together("as many" if cell.unit in COUNTED else "as much")
    counted = ("more", "fewer") if cell.unit in COUNTED else ("more", "less")
    higher, lower = ("higher", "lower") if cell.unit in NOT_ADDITIVE else counted
    return put_together(figure(cell, "size"), " ", higher if amount > 0 else lower)
