"""Whether what is withheld keeps what must be kept, what it costs beside the least that would, and how long it takes.

`python -m tests.suppression_study --to docs/studies/suppression.md` draws all tables again, protects them, attacks
them, and writes the page; `--only systems` does so for one section, and leaves the others as they are.

Counts are drawn as a Poisson of a gamma, so that many are small and some are large; amounts are log-normal, one in
five nought and one in twelve below nought. *Tables* of one way or two, with their margins, are protected as an edition
is, by a profile: nineteen in twenty are of counts, by thresholds of 3, 5, 10 and 20, zeros shown or withheld, the
others of amounts, as what three to five members keep confidential; both are rounded to 1, 5 or 10. *Hierarchies* have
rows in groups, two to four deep, and every sum over groups, columns and both. *Linked tables* are every two, or every
three, of two to four columns of the same rows, with all margins that they share; what is finer is told nowhere, and
protected all the same.

The attack is written apart from the protection (`tests/reader_attack.py`): it knows the sums, what each told cell may
have been before it was rounded, and that no count is below nought; of amounts all know the signs, and each member what
it has itself. A count under the threshold may not be known to be as large as it is, nor to be under the threshold; an
amount of a member not to within 10 % of it. The optimum is that of one programme of all switches and all movements
(`tests/least_cost.py`), which shares nothing with the cuts by which the library finds it.
"""

from __future__ import annotations

import argparse
import contextlib
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from anchor_analysis.protect import suppression
from tests.drawn_numbers import any_table
from tests.drawn_tables import Cell, Question, hierarchy, linked, tree, two_ways
from tests.least_cost import cheapest, cost, withheld
from tests.reader_attack import Reader, rounding_range, within_sign
from tests.study_page import made_by, write_section

SEED = 20_261_129
THRESHOLDS, BASES = (3, 5, 10, 20), (1, 5, 10)

#: Of so many systems of each kind whole numbers are attacked as well.
MOST_WHOLE = 200

#: So many seconds the one large programme may take for one table.
MOST_SECONDS = 20.0

Draw = Callable[[np.random.Generator], Question]


# --- what is drawn ---


def any_hierarchy(rng: np.random.Generator) -> Question:
    parents = tree(rng, int(rng.integers(4, 11)), int(rng.integers(2, 5)))
    return Question(hierarchy(rng, parents, int(rng.integers(2, 5))), *_told(rng))


def any_linked(rng: np.random.Generator) -> Question:
    columns = int(rng.integers(2, 5))
    sizes = tuple(int(size) for size in rng.integers(2, {2: 6, 3: 4, 4: 3}[columns], size=columns))
    return Question(linked(rng, sizes), *_told(rng), most_columns=min(columns, int(rng.integers(2, 4))))


def any_small(rng: np.random.Generator) -> Question:
    """A table of two columns, a hierarchy or linked tables of a size that the one large programme can take."""
    kind, told = rng.integers(3), _told(rng)
    if kind == 0:
        return Question(two_ways(rng, int(rng.integers(3, 7)), int(rng.integers(3, 6)), 60.0), *told)
    if kind == 1:
        return Question(hierarchy(rng, tree(rng, int(rng.integers(4, 8)), 3), int(rng.integers(2, 4)), 60.0), *told)
    return Question(linked(rng, ((2, 2, 2), (3, 2, 2), (3, 3, 2))[rng.integers(3)]), *told)


def any_larger(rng: np.random.Generator) -> Question:
    """A table of two columns or a hierarchy of one to some hundred cells of which one in ten or so is small."""
    rows, columns, told = int(rng.integers(8, 21)), int(rng.integers(5, 11)), _told(rng)
    if rng.integers(2):
        return Question(two_ways(rng, rows, columns, 120.0), *told)
    return Question(hierarchy(rng, tree(rng, rows, 3), min(columns, 6), 120.0), *told)


def _told(rng: np.random.Generator) -> tuple[int, int]:
    return int(rng.choice(THRESHOLDS)), int(rng.choice(BASES))


# --- tables by their profile ---


def tables(count: int, seed: int) -> Counter[str]:
    """How many tables of each kind were drawn, and how often anything was amiss."""
    found: Counter[str] = Counter()
    for number in _counting(count, "tables"):
        found += _judged(np.random.default_rng([seed, 1, number]))
    return found


def _judged(rng: np.random.Generator) -> Counter[str]:
    table = any_table(rng)
    first, hidden, decided = table.protected()
    forbidden = table.forbidden()
    said = {tuple("" if part == "all" else part for part in name.split("|")) for name in decided.unsafe}
    found = Counter({"amounts" if table.amounts else "counts": 1})
    found["forbidden"], found["told although forbidden"] = len(forbidden), len(forbidden - hidden)
    found["withheld without need"] = len(first - forbidden)
    found["second"] = len(hidden - first)
    found["refused"], found["numbers refused"] = bool(said), len(said)
    for reader, kept in table.readers(hidden):
        found["asked"] += len(kept)
        amiss = [cell for cell, least, most in kept if reader.narrowed(cell, least, most)]
        found["narrowed"] += len([cell for cell in amiss if cell not in said])
        found["exact"] += len([cell for cell in amiss if cell not in said and _is_exact(*reader.range_of(cell))])
    return found


def _is_exact(least: float, most: float) -> bool:
    return most - least < 0.5


# --- hierarchies and linked tables ---


def reader_of(question: Question, hidden: set) -> Reader:
    known = {}
    for name, number in question.drawing.cells.items():
        told = question.is_told(name) and name not in hidden
        known[name] = within_sign(number, rounding_range(number, question.base)) if told else within_sign(number)
    return Reader(question.drawing.sums, known)


def attacked(question: Question, whole: bool) -> Counter[str]:
    """How many cells must be kept of a drawing, and of how many too much can be worked out."""
    reader = reader_of(question, withheld(question))
    found = Counter({"systems": 1, "cells": len(question.drawing.cells)})
    for cell, number in question.drawing.cells.items():
        if not 0 < number < question.threshold:
            continue
        found["asked"] += 1
        if reader.narrowed(cell, number - 1, question.threshold):
            found["narrowed"] += 1
            found["exact"] += _is_exact(*reader.range_of(cell))
        if whole:
            found += _attacked_whole(reader, cell, number, question.threshold)
    return found


def _attacked_whole(reader: Reader, cell: Cell, number: int, threshold: int) -> Counter[str]:
    """What knowing that all counts are whole adds to what can be worked out of a cell."""
    (least, most), (low, high) = reader.range_of(cell), reader.range_of(cell, whole=True)
    tighter = low > np.ceil(least - 1e-6) + 0.5 or high < np.floor(most + 1e-6) - 0.5
    return Counter({
        "whole asked": 1, "whole tighter": tighter, "whole exact": _is_exact(low, high),
        "whole narrowed": low > number - 0.5 or high < threshold - 0.5,
    })  # fmt: skip


def systems(draw: Draw, count: int, seed: list[int], what: str) -> Counter[str]:
    found: Counter[str] = Counter()
    for number in _counting(count, what):
        found += attacked(draw(np.random.default_rng([*seed, number])), whole=number < MOST_WHOLE)
    return found


def larger_systems(count: int, seed: int) -> tuple[Counter[str], Counter[str]]:
    """What can be worked out of larger tables and hierarchies, protected by the exact way and by the cheapest ways."""
    exact = systems(any_larger, count, [seed, 7], "larger, exact way")
    with by_cheapest_ways():
        return exact, systems(any_larger, count, [seed, 7], "larger, cheapest ways")


# --- what is lost ---


@contextlib.contextmanager
def by_cheapest_ways() -> Iterator[None]:
    """Without the exact way, as for what is too large for it."""
    before, suppression.MOST_SWITCHES = suppression.MOST_SWITCHES, 0
    try:
        yield
    finally:
        suppression.MOST_SWITCHES = before


def costs_beside_least(count: int, seed: int) -> dict[str, list[float]]:
    """What is lost by the exact way and by the cheapest ways as a share of the optimum, and of what is a bound only."""
    found: dict[str, list[float]] = {"exact": [], "ways": [], "exact, bound": [], "ways, bound": []}
    for question in _with_small(any_small, count, [seed, 4], "costs"):
        least = cheapest(question, MOST_SECONDS)
        end = "" if least.solved else ", bound"
        found[f"exact{end}"].append(cost(question, withheld(question)) / max(least.least, 1))
        with by_cheapest_ways():
            found[f"ways{end}"].append(cost(question, withheld(question)) / max(least.least, 1))
    return found


def costs_of_larger(count: int, seed: int) -> list[float]:
    """What is lost by the cheapest ways as a share of what the exact way has proven to be the least."""
    found = []
    for question in _with_small(any_larger, count, [seed, 5], "larger costs"):
        exact, proven = cost(question, withheld(question)), is_proven(question)
        with by_cheapest_ways():
            found += [cost(question, withheld(question)) / exact] if proven else []
    return found


def is_proven(question: Question) -> bool:
    small = set(question.small)
    return suppression.withhold(
        question.system(), [at for at, name in enumerate(question.drawing.names) if name in small]
    ).proven


def _with_small(draw: Draw, count: int, seed: list[int], what: str) -> Iterator[Question]:
    """So many drawings in which something is small."""
    drawn = (draw(np.random.default_rng([*seed, number])) for number in range(100 * count))
    found = (question for question in drawn if question.small)
    for _ in _counting(count, what):
        yield next(found)


# --- how long it takes ---

SIZES = ((10, 8), (20, 14), (32, 30), (60, 48))


def times(seed: int) -> Iterator[tuple[str, int, int, int, bool, float]]:
    """Of tables and hierarchies: kind, cells, small cells, cells withheld, whether nothing less would do, seconds."""
    for place, (rows, columns) in enumerate(SIZES):
        for mean in (25.0, 250.0):
            rng = np.random.default_rng([seed, 6, place, int(mean)])
            for kind in ("two ways", "hierarchy"):  # a third of the rows of a hierarchy are sums of others
                parents = {f"r{i}": "" for i in range(rows)} if kind == "two ways" else tree(rng, 2 * rows // 3, 4)
                question = Question(hierarchy(rng, parents, columns, mean), 10)
                yield kind, len(question.drawing.cells), len(question.small), *_timed(question)


def _timed(question: Question) -> tuple[int, bool, float]:
    system, small = question.system(), set(question.small)
    started = time.perf_counter()
    found = suppression.withhold(system, [at for at, name in enumerate(question.drawing.names) if name in small])
    return len(found.figures), found.proven, time.perf_counter() - started


# --- the page ---


def of_tables(given: argparse.Namespace) -> list[str]:
    found = tables(given.tables, given.seed)
    rows = {
        "tables of counts": "counts", "tables of amounts": "amounts",
        "cells that the words of the profile forbid": "forbidden", "**of these told**": "told although forbidden",
        "withheld by themselves without being forbidden": "withheld without need",
        "cells withheld besides, so that these are kept": "second",
        "ranges asked about, over all readers": "asked", "**ranges narrowed below their protection**": "narrowed",
        "**recovered exactly**": "exact", "tables of which the library says that something cannot be kept": "refused",
        "numbers of which it says so": "numbers refused",
    }  # fmt: skip
    said = (
        "Nothing helps where amounts of members in a sum are below nought: everybody is taken to know whether\n"
        "a sum is above or below nought, so that of two one may know that the other has no less than itself.\n"
        "An edition with such a number is held."
    )
    return ["| | |", "|---|---|", *(f"| {words} | {found[key]:,} |" for words, key in rows.items()), "", said, ""]


def of_systems(given: argparse.Namespace) -> list[str]:
    found = (
        systems(any_hierarchy, given.hierarchies, [given.seed, 2], "hierarchies"),
        systems(any_linked, given.linked, [given.seed, 3], "linked tables"),
        *larger_systems(given.larger, given.seed),
    )
    rows = {
        "systems": "systems", "cells": "cells", "counts that must be kept": "asked",
        "**ranges narrowed below their protection**": "narrowed", "**recovered exactly**": "exact",
        f"counts of the first {MOST_WHOLE} of each, attacked in whole numbers as well": "whole asked",
        "range of these narrower than the linear one": "whole tighter",
        "**below its protection by whole numbers**": "whole narrowed", "**exact by whole numbers**": "whole exact",
    }  # fmt: skip
    cells = (f"| {words} | {' | '.join(f'{one[key]:,}' for one in found)} |" for words, key in rows.items())
    head = "| | hierarchies | linked tables | larger ones, exact way | the same, cheapest ways |"
    return [head, "|---|---|---|---|---|", *cells, ""]


def of_costs(given: argparse.Namespace) -> list[str]:
    found = costs_beside_least(given.costs, given.seed)
    rows = {
        "exact way, beside the optimum": found["exact"],
        "cheapest ways, beside the optimum": found["ways"],
        "exact way, where only a lower bound was found": found["exact, bound"],
        "cheapest ways, where only a lower bound was found": found["ways, bound"],
        "cheapest ways on larger tables, beside what the exact way proved to be the least": costs_of_larger(
            given.costs // 4, given.seed
        ),
    }
    said = (
        f"The exact way is what the library does with up to {suppression.MOST_SWITCHES:,} figures that hang together, "
        "the cheapest ways what it\ndoes beyond. The optimum is looked for during "
        f"{MOST_SECONDS:.0f} seconds; after these there is a lower bound only."
    )
    head = "| | tables | median | nine in ten below | most | within 1.10 |"
    return [said, "", head, "|---|---|---|---|---|---|",
            *(f"| {words} | {distribution(ratios)} |" for words, ratios in rows.items()), ""]  # fmt: skip


def distribution(ratios: list[float]) -> str:
    if not ratios:
        return "0 | | | | "
    middle, high, most = np.quantile(ratios, [0.5, 0.9, 1.0])
    within = np.mean(np.array(ratios) <= 1.10 + 1e-9)
    return f"{len(ratios)} | {middle:.3f} | {high:.3f} | {most:.3f} | {within:.1%}"


def of_times(given: argparse.Namespace) -> list[str]:
    said = [
        f"| {kind} | {cells:,} | {small:,} | {hidden:,} | {'yes' if proven else 'no'} | {seconds:.1f} |"
        for kind, cells, small, hidden, proven, seconds in times(given.seed)
    ]
    head = "| kind | cells | small | withheld | proven least | seconds |"
    return ["With a threshold of 10 and nothing rounded, on one core of a machine that had other work as well.", "",
            head, "|---|---|---|---|---|---|", *said, ""]  # fmt: skip


SECTIONS: dict[str, tuple[str, Callable[[argparse.Namespace], list[str]], tuple[str, ...]]] = {
    "tables": ("## Tables by their profile", of_tables, ("tables",)),
    "systems": ("## Hierarchies and linked tables", of_systems, ("hierarchies", "linked", "larger")),
    "costs": ("## What is lost, as a multiple of the least", of_costs, ("costs",)),
    "times": ("## How long it takes", of_times, ()),
}


def introduction() -> str:
    title, _, about = (__doc__ or "").split("\n\n", 2)
    return f"# What of withheld figures can be worked out\n\n{title}\n\n{about}"


def section(name: str, given: argparse.Namespace) -> list[str]:
    """The lines of a section, first how it was made."""
    _, made, options = SECTIONS[name]
    wanted = "".join(f" --{option} {getattr(given, option)}" for option in options)
    return [made_by(f"python -m tests.suppression_study --only {name}{wanted}", given.seed), "", *made(given)]


def _counting(count: int, what: str) -> Iterator[int]:
    for number in range(count):
        if number % 100 == 0:
            print(f"{what}: {number:,} of {count:,}", file=sys.stderr, flush=True)
        yield number


def arguments() -> argparse.ArgumentParser:
    asked = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    for name, count in (
        ("tables", 10_000), ("hierarchies", 1_000), ("linked", 200), ("larger", 100), ("costs", 200), ("seed", SEED)
    ):  # fmt: skip
        asked.add_argument(f"--{name}", type=int, default=count)
    asked.add_argument("--only", choices=SECTIONS, action="append")
    asked.add_argument("--to", type=Path)
    return asked


def main() -> None:
    given = arguments().parse_args()
    for name in given.only or SECTIONS:
        lines = section(name, given)
        print("\n".join([SECTIONS[name][0], "", *lines]), flush=True)
        if given.to:
            write_section(given.to, introduction(), SECTIONS[name][0], lines)


if __name__ == "__main__":
    main()
