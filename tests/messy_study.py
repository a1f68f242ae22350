"""How often messy files are read right: every file of `tests.messy` through reading and cleaning, against its ledger.

`python -m tests.messy_study [how many] [the first]` prints the study as Markdown; a file that is READ WRONG is the
one outcome that must never be.
"""

from __future__ import annotations

import sys
import tempfile
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from anchor_analysis import storage
from anchor_analysis.clean import SentReturn, clean_returns
from anchor_analysis.declared import Network
from anchor_analysis.engine import open_engine
from anchor_analysis.problems import HeldError, UserError
from anchor_analysis.read import read_return
from tests.messy import CASES, Case, make
from tests.spec import write_network

RIGHT, HELD, REFUSED, WRONG, CRASHED = "read right", "held", "refused", "READ WRONG", "CRASHED"
OUTCOMES = [RIGHT, HELD, REFUSED, WRONG, CRASHED]
COMPARED = ["transaction_id", "payment_date", "supplier_name", "net_pence"]

#: So many files are cleaned in one pass.
_BATCH = 100


@dataclass(frozen=True)
class Result:
    """What became of one file, and why."""

    case: Case
    outcome: str
    why: str = ""

    @property
    def good(self) -> bool:
        """Whether a right reader does the same: it reads what can be read, and nothing that is spoilt."""
        return self.outcome in ([RIGHT] if self.case.expected == "read" else [HELD, REFUSED])


def study(numbers: Iterable[int], folder: Path) -> list[Result]:
    """What becomes of each file; a folder of its own, that is empty, holds files and all that is made of them."""
    cases = [make(number, storage.made(folder / "files" / _member(number))) for number in numbers]
    network = _network(cases, folder)
    results: list[Result] = []
    for start in range(0, len(cases), _BATCH):
        results += _batch(cases[start : start + _BATCH], network, folder / f"cleaned-{start}")
    return results


def _member(number: int) -> str:
    return f"m{number:04d}"


def _network(cases: list[Case], folder: Path) -> Network:
    """A network in which each file is the return of a member of its own, with its mapping if it has one."""
    members = "".join(
        f'[[members]]\nid = "{_member(case.number)}"\nname = "{case.number}"\nsector = "x"\n'
        'joined = 2018-04-01\nlevers = ["spender"]\n'
        for case in cases
    )
    for case in cases:
        if case.mapping:
            path = folder / "networks" / "example" / "mappings" / f"{_member(case.number)}.yaml"
            storage.write_text(path, storage.to_json(case.mapping | {"member": _member(case.number)}))
    return write_network(folder, members)


def _batch(cases: list[Case], network: Network, into: Path) -> list[Result]:
    results: list[Result] = []
    sent: list[tuple[Case, SentReturn]] = []
    for case in cases:
        read = _read(case, network, into)
        if isinstance(read, Result):
            results.append(read)
        else:
            sent.append((case, read))
    storage.made(into / "cleaned")
    errors = clean_returns([item for _, item in sent], network, open_engine("duckdb"), into / "cleaned")
    results += [_cleaned(case, item, errors, into / "cleaned") for case, item in sent]
    return sorted(results, key=lambda result: result.case.number)


def _read(case: Case, network: Network, into: Path) -> SentReturn | Result:
    member = network.member(_member(case.number))
    try:
        sources = read_return(case.path.parent, network, member, into / "rows" / member.id)
    except UserError as error:
        return Result(case, REFUSED, _said(error))
    except Exception as error:  # the study goes on, and tells of it
        return Result(case, CRASHED, f"{type(error).__name__}: {error}")
    return SentReturn(member, network.latest, sources)


def _cleaned(case: Case, sent: SentReturn, errors: dict[str, UserError], into: Path) -> Result:
    if error := errors.get(sent.part):
        return Result(case, HELD if isinstance(error, HeldError) else REFUSED, _said(error))
    if unlike := difference(case, into / sent.part / "ledger"):
        return Result(case, WRONG, unlike)
    return Result(case, RIGHT if case.expected == "read" else WRONG, "" if case.expected == "read" else "not noticed")


def _said(error: UserError) -> str:
    return "; ".join(f"{problem.code} {problem.where}: {problem.what}" for problem in error.problems[:2])


def difference(case: Case, ledger: Path) -> str:
    """What of the kept rows is not as it truly was, in words; nothing if all is."""
    if not ledger.is_dir():
        return "no row was kept"
    kept = pd.read_parquet(ledger)[COMPARED]
    kept["payment_date"] = pd.to_datetime(kept["payment_date"]).dt.date
    found, true = (Counter(frame.itertuples(index=False, name=None)) for frame in (kept, case.truth[COMPARED]))
    lost, strange = list((true - found).elements()), list((found - true).elements())
    if not lost and not strange:
        return ""
    return f"{len(lost)} payments lost, such as {lost[:1]}; {len(strange)} that never were, such as {strange[:1]}"


# --- the study as a page ---


def page(results: list[Result]) -> str:
    """The study in Markdown: counts, outcomes by mess, and each file that was not dealt with as it should be."""
    good = sum(result.good for result in results)
    blocks = [
        f"# Messy files\n\n{len(results)} files, {good} dealt with as they should be.",
        _table(["a right reader"], OUTCOMES, Counter((r.case.expected, r.outcome) for r in results), ["read", "held"]),
        _messes(results),
        *(_list(results, outcome) for outcome in (WRONG, CRASHED, REFUSED, HELD)),
    ]
    return "\n\n".join(block for block in blocks if block) + "\n"


def _table(head: list[str], columns: list[str], counts: Counter[tuple[str, str]], rows: list[str]) -> str:
    lines = [f"| {' | '.join([*head, *columns])} |", f"|---|{'--:|' * len(columns)}"]
    lines += [f"| {row} | {' | '.join(str(counts[row, column]) for column in columns)} |" for row in rows]
    return "\n".join(lines)


def _messes(results: list[Result]) -> str:
    """By mess, the files that can be read: how many have it, and what became of them; worst first."""
    read = [result for result in results if result.case.expected == "read"]
    counts = Counter((mess, result.outcome) for result in read for mess in set(result.case.messes))
    messes = sorted({mess for mess, _ in counts}, key=lambda mess: (_share(counts, mess), mess))
    missed = [mess for mess in messes if _share(counts, mess) < 1]
    if not missed:
        return ""
    return "## Messes of files that can be read\n\n" + _table(["mess"], OUTCOMES, counts, missed)


def _share(counts: Counter[tuple[str, str]], mess: str) -> float:
    return counts[mess, RIGHT] / sum(counts[mess, outcome] for outcome in OUTCOMES)


def _list(results: list[Result], outcome: str) -> str:
    chosen = [result for result in results if result.outcome == outcome and not result.good]
    lines = [f"- {result.case.number}: {', '.join(map(repr, result.case.messes))}\n  {result.why}" for result in chosen]
    return "\n".join([f"## {outcome.capitalize()}\n", *lines]) if lines else ""


def main(arguments: list[Any]) -> int:
    """Print the study; exits with 1 where a file was read wrong."""
    count, first = ([int(argument) for argument in arguments] + [CASES, 0][len(arguments) :])[:2]
    with tempfile.TemporaryDirectory() as folder:
        results = study(range(first, first + count), Path(folder))
    sys.stdout.reconfigure(encoding="utf-8")  # type: ignore[union-attr]
    print(page(results))
    return int(any(result.outcome in (WRONG, CRASHED) for result in results))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
