"""Rounding by which the parts of a table still make its totals: instead of withholding, where a profile prefers it.

Each figure becomes the multiple of the base just below it or just above it, so that all sums of figures that are told
hold among what is shown, and as little is moved as can be. A multiple stays what it is, and so does nought. It is the
integer programme of Salazar-González (A unified mathematical programming framework for different statistical disclosure
limitation methods, Operations Research 53(5), 2005), solved for each set of figures that hang together. Where no such
rounding is, as can be with three or more ways through a table, figures may be moved by one base more.
"""

from __future__ import annotations

import numpy as np
from scipy.optimize import LinearConstraint, milp
from scipy.sparse import csr_matrix, hstack
from scipy.sparse.csgraph import connected_components

from anchor_analysis.declared.units import UNITS
from anchor_analysis.protect.numbers import Number, Numbers
from anchor_analysis.rounding import nearest

#: How many bases further than the two nearest multiples a figure may be moved, tried one after the other.
FURTHER = (0, 1, 2)


def rounded_jointly(numbers: Numbers) -> dict[str, int]:
    """What each figure is shown as whose profile asks for controlled rounding, by name, in the parts of its unit."""
    names = [
        number.name for number in numbers.known.values() if number.figure == number.name and _asks(numbers, number)
    ]
    place = {name: at for at, name in enumerate(names)}
    sums = [terms for terms in numbers.equations if all(name in place for name, _ in terms)]
    entries = [(row, place[name], times) for row, terms in enumerate(sums) for name, times in terms]
    rows, columns, times = (np.array([entry[part] for entry in entries], dtype=int) for part in range(3))
    matrix = csr_matrix((times, (rows, columns)), shape=(len(sums), len(names)), dtype=float)
    _, label = connected_components(matrix.T.astype(bool).astype(float) @ matrix.astype(bool).astype(float))
    found: dict[str, int] = {}
    for one in range(label.max() + 1 if len(names) else 0):
        own = np.flatnonzero(label == one)
        equations = matrix[:, own]
        found |= _component([numbers.known[names[at]] for at in own], equations[equations.getnnz(axis=1) > 0], numbers)
    return found


def _asks(numbers: Numbers, number: Number) -> bool:
    return numbers.profile(number).method == "controlled_rounding"


def _component(own: list[Number], equations: csr_matrix, numbers: Numbers) -> dict[str, int]:
    bases = np.array([numbers.profile(one).base(one.metric.unit) * UNITS[one.metric.unit].scale for one in own])
    values = np.array([one.value for one in own])
    if not equations.shape[0]:
        return {one.name: nearest(one.value, int(base)) for one, base in zip(own, bases, strict=True)}
    for further in FURTHER:
        steps = _steps(values, np.maximum(bases, 1), equations, further)
        if steps is not None:
            return {one.name: int(step) for one, step in zip(own, steps * np.maximum(bases, 1), strict=True)}
    raise AssertionError(f"no rounding of {own[0].name} and what hangs together with it adds up")


def _steps(values: np.ndarray, bases: np.ndarray, equations: csr_matrix, further: int) -> np.ndarray | None:
    """How many bases each figure is shown as, so that the equations hold and the sum of all moves is the least."""
    count = len(values)
    low, high = values // bases, -(-values // bases)
    wide = np.where(values == 0, 0, further)
    held = np.zeros((equations.shape[0], count))
    moved = csr_matrix(np.diag(bases.astype(float)))
    eye = csr_matrix(np.eye(count))
    constraints = [
        LinearConstraint(hstack([equations.multiply(bases), csr_matrix(held)]).tocsr(), 0, 0),
        LinearConstraint(hstack([moved, eye]).tocsr(), values, np.inf),
        LinearConstraint(hstack([moved, -eye]).tocsr(), -np.inf, values),
    ]
    found = milp(
        np.append(np.zeros(count), 1 / bases), constraints=constraints,
        integrality=np.append(np.ones(count), np.zeros(count)),
        bounds=(np.append(low - wide, np.zeros(count)), np.append(high + wide, np.full(count, np.inf))),
    )  # fmt: skip
    return np.rint(found.x[:count]).astype(int) if found.x is not None else None
