"""The first screen in sentences: what changed, for whom, how sure we are.

Which metrics answer is decided by their definitions: a metric without a direction tells how much there is,
a share with a direction tells for whom.
"""

from __future__ import annotations

from collections.abc import Collection

from anchor_analysis.present import sensitivity, sentences, wording
from anchor_analysis.present.parts import Part, figure, in_a_row, noun, put_together, sentence, title, year
from anchor_analysis.present.released import Cell, Released


def sizes(released: Released) -> list[str]:
    """The first metric of each lever that tells how much there is, in the order of the tables."""
    facts = released.facts
    chosen: dict[str, str] = {}
    for metric in released.metrics("changes", "levels"):
        undirected = wording.defined(facts, metric).get("better") == "neither" and wording.is_headline(facts, metric)
        if undirected and not wording.is_ratio(facts, metric) and is_told(released, metric):
            chosen.setdefault(wording.lever(facts, metric), metric)
    return list(chosen.values())


def is_told(released: Released, metric: str) -> bool:
    """Whether anybody reported a metric for the edition's year."""
    cell = released.level(metric)
    return cell is not None and cell.is_told


def shares(released: Released) -> list[str]:
    """The shares with a direction, in the order of the tables."""
    facts = released.facts
    return [
        metric
        for metric in released.metrics("changes", "levels")
        if wording.is_ratio(facts, metric)
        and wording.is_headline(facts, metric)
        and wording.defined(facts, metric).get("better") != "neither"
        and is_told(released, metric)
    ]


def main_metrics(released: Released) -> list[str]:
    """The metrics of the first screen: how much there is, then for whom."""
    return [*sizes(released), *shares(released)]


def what_changed(released: Released) -> list[Part]:
    """For each lever how much there is, how much more than the year before, and like for like."""
    metrics = sizes(released)
    said = [_what_changed(released, metric, first=place == 0) for place, metric in enumerate(metrics)]
    without = [metric for metric in metrics if not _change_clauses(released, metric)]
    if without and len(without) == len(metrics):
        return paragraph([*said, no_change(released, metrics[0])])
    return paragraph(said) or sentence("no figure was reported for ", year(released.year))


def _what_changed(released: Released, metric: str, *, first: bool) -> list[Part]:
    cell = released.level(metric)
    if cell is None:
        return []
    if not cell.is_number:
        return sentences.not_told(released, cell)
    words = sentences.short_level(released, cell)
    changed = _change_clauses(released, metric, first=first)
    if changed:
        return sentence(words, ", ", changed)
    return sentence(words, ", " if "," in words[-1].text else " ", "in ", year(cell.period), _note(cell))


def _note(cell: Cell) -> list[Part]:
    return put_together(" (", figure(cell, "note"), ")") if cell.note else []


def _change_clauses(released: Released, metric: str, *, first: bool = True) -> list[Part]:
    """How much more than the year before, and like for like; nothing where neither can be told.

    Only the `first` says which years are compared and what like for like means.
    """
    change = released.change(metric, "previous", "all", "change")
    same = released.change(metric, "previous", "like_for_like", "change")
    clauses = []
    if change and sentences.is_comparable(released, change):
        than = put_together(" as in " if change.is_nothing else " than in ", year(change.since_period))
        clauses.append(put_together(sentences.more_or_less(change), than if first or change.is_nothing else ""))
    elif change and change.is_number:
        clauses.append(put_together("not comparable with ", year(change.since_period)))
    if same and sentences.is_comparable(released, same):
        counted = figure(same, "counted")
        among = put_together("among the ", counted, " members that reported in both years it")
        again = put_together("like for like (", counted, " members) it")
        clauses.append(put_together(among if first else again, _it_moved(released, same)))
    return put_together(wording.interleave(clauses, [Part("; ")], [Part("; ")]))


def _it_moved(released: Released, cell: Cell) -> list[Part]:
    verdict = released.change(cell.metric, cell.since, cell.panel, "verdict", cell.period)
    if verdict and not verdict.is_withheld and verdict.shown not in ("rose", "fell"):
        return put_together(" shows ", figure(verdict), " (", figure(cell), ")")
    return sentences.moved(released, cell, verdict)


def no_change(released: Released, metric: str) -> list[Part]:
    """Why no change since the year before can be told of a metric."""
    cell = released.change(metric, "previous", "all", "change")
    if cell is not None and cell.since_period:
        return sentence("change since ", year(cell.since_period), ": ", sentences.why_no_change(released, cell))
    return sentence("no change can be told, because ", nothing_before(released, metric))


def nothing_before(released: Released, metric: str) -> list[Part]:
    """What a change would need and is not there."""
    previous = str(released.facts.get("previous") or "")
    earlier = [released.level(metric, period) for period in released.periods(metric) if period < released.year]
    if previous and any(level is not None and level.is_number for level in earlier):
        return put_together(year(previous), " has no figure to compare with")
    return put_together("there is no earlier year to compare with")


def for_whom(released: Released) -> list[Part]:
    """The shares of each lever, with what they did like for like in brackets."""
    facts = released.facts
    by_lever: dict[str, list[Cell]] = {}
    for metric in shares(released):
        cell = released.level(metric)
        if cell:
            by_lever.setdefault(wording.lever(facts, metric), []).append(cell)
    said = [_shares_of_lever(released, cells, place == 0) for place, cells in enumerate(by_lever.values())]
    said.append(sensitivity.by_other_choices(released, shares(released)))
    return paragraph(said) or sentence("nothing was reported for ", year(released.year), " that tells for whom")


def _shares_of_lever(released: Released, cells: list[Cell], first: bool) -> list[Part]:
    told = [cell for cell in cells if cell.is_number]
    untold = [sentences.not_told(released, cell) for cell in cells if not cell.is_number]
    return paragraph([_told_shares(released, told, first), *untold])


def _told_shares(released: Released, cells: list[Cell], first: bool) -> list[Part]:
    if not cells:
        return []
    nouns = _without_repetition([wording.noun(released.facts, cell.metric) for cell in cells])
    items = []
    for place, (cell, text) in enumerate(zip(cells, nouns, strict=True)):
        was = " was " if place == 0 else " "
        bracket = _like_for_like_bracket(released, cell, with_words=first and place == 0)
        items.append(put_together(noun(released.facts, cell.metric, text), was, figure(cell), bracket))
    return sentence("the ", in_a_row(items))


def _like_for_like_bracket(released: Released, cell: Cell, *, with_words: bool) -> list[Part]:
    verdict = released.change(cell.metric, "previous", "like_for_like", "verdict", cell.period)
    if verdict is None or verdict.is_withheld:
        return []
    return put_together(" (", "like for like: " if with_words else "", figure(verdict), ")")


def _without_repetition(nouns: list[str]) -> list[str]:
    """The nouns, where all begin with the same words the later ones without these.

    >>> _without_repetition(["share of staff who live here", "share of staff from there"])
    ['share of staff who live here', 'from there']
    """
    split = [text.split() for text in nouns]
    common = 0
    while all(len(words) > common + 1 for words in split) and len({words[common] for words in split}) == 1:
        common += 1
    if len(nouns) < 2 or common < 2:
        return nouns
    return [nouns[0], *(" ".join(words[common:]) for words in split[1:])]


def how_sure(released: Released) -> list[Part]:
    """How many members are in the figures, how wide the widest unknown is, and how the changes stand to it."""
    said = [coverage(released, released.metrics()), _widest(released), _standings(released)]
    return paragraph(said) or sentence("nothing was reported, so nothing is sure")


def coverage(released: Released, about: Collection[str]) -> list[Part]:
    """How many of how many members are in the main figures among some metrics."""
    metrics = [name for name in _first_of_each_lever(released) or shares(released) if name in about]
    cells = [cell for metric in metrics if (cell := released.level(metric)) and cell.members_expected]
    if not cells:
        return []
    counts = {(cell.members_counted, cell.members_expected) for cell in cells}
    alike = len({cell.note for cell in cells}) == 1  # then it stands once, at the end
    names = [put_together(title(released.facts, cell.metric), [] if alike else _note(cell)) for cell in cells]
    if len(counts) == 1:
        words = put_together(_of_members(cells[0]), " reported ", in_a_row(names))
    else:
        first = put_together(_of_members(cells[0]), " reported ", names[0])
        others = [
            put_together(_of_members(cell, short=True), " ", name)
            for cell, name in zip(cells[1:], names[1:], strict=True)
        ]
        words = in_a_row([first, *others])
    return sentence(words, _note(cells[0]) if alike else "")


def _first_of_each_lever(released: Released) -> list[str]:
    """As `sizes`, and also where a lever's members were asked and nobody reported."""
    facts = released.facts
    chosen = {wording.lever(facts, metric): metric for metric in sizes(released)}
    for metric in released.metrics("levels", "changes"):
        cell = released.level(metric)
        if wording.defined(facts, metric).get("better") == "neither" and cell and cell.status == "missing":
            chosen.setdefault(wording.lever(facts, metric), metric)
    return list(chosen.values())


def _of_members(cell: Cell, *, short: bool = False) -> list[Part]:
    members = "" if short else " members"
    if not cell.members_counted:
        return put_together("none" if short else "no member")
    if cell.members_counted == cell.members_expected:
        if cell.members_expected == 1:
            return put_together("the one member")
        return put_together("all ", figure(cell, "expected"), members)
    return put_together(figure(cell, "counted"), " of ", figure(cell, "expected"), members)


def _widest(released: Released) -> list[Part]:
    cells = [cell for metric in shares(released) if (cell := released.level(metric))]
    known = [cell for cell in cells if cell.is_number and cell.has_bounds]
    if not known:
        return []
    widest = max(known, key=lambda cell: round(cell.upper - cell.lower, 6))
    bounds = put_together(figure(widest, "lower"), " to ", figure(widest, "upper"))
    subject = put_together("the ", noun(released.facts, widest.metric))
    if len(known) == 1:
        return sentence(subject, " is anything from ", bounds, ", depending on what is unknown")
    return sentence("least certain is ", subject, ": anything from ", bounds, ", depending on what is unknown")


def _standings(released: Released) -> list[Part]:
    """How what rose or fell like for like stands to the unknowns, the smaller groups by name."""
    by_note: dict[str, list[Cell]] = {}
    for metric in main_metrics(released):
        verdict = released.change(metric, "previous", "like_for_like", "verdict")
        if verdict and verdict.note and verdict.shown in ("rose", "fell"):
            by_note.setdefault(verdict.note, []).append(verdict)
    groups = sorted(by_note.values(), key=len)
    if not groups:
        return []
    if len(groups) == 1:
        return sentence("what rose or fell like for like ", figure(groups[0][0], "note"))
    said = [put_together(figure(cells[0], "note"), " (", _titles(released, cells), ")") for cells in groups]
    if len(groups[-1]) > 1:
        said[-1] = put_together(figure(groups[-1][0], "note"), " (the rest)")
    return sentence("what rose or fell like for like ", wording.interleave(said, [Part("; ")], [Part("; ")]))


def _titles(released: Released, cells: list[Cell]) -> list[Part]:
    return in_a_row([[title(released.facts, cell.metric)] for cell in cells])


def paragraph(said: list[list[Part]]) -> list[Part]:
    """Sentences one after the other."""
    return put_together(wording.interleave([words for words in said if words], [Part(" ")], [Part(" ")]))
