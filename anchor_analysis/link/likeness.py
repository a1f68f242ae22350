"""How probable it is that two supplier records of like names are one supplier, by Splink where it is installed."""

from __future__ import annotations

import logging
import re
from collections import Counter
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import pandas as pd

from anchor_analysis.engine import Engine
from anchor_analysis.engine.comparing import pairs_found

#: Of two records taken at random this share is one supplier, and so for every network: a pair has the same probability
#: next year. This and the weights of names were counted by hand among the 11.9 million pairs of 4,900 names in six
#: published ledgers (docs/suppliers.md); those of places and of what tells branches apart are set by judgement.
PRIOR = 3e-5

#: The levels of a comparison, the first that fits: SQL, how probable it is of one supplier (m), and of two (u). Where
#: engines have different SQL they have a word for it in common (engine.comparing).
Level = tuple[str, float, float]

_NAMES: list[Level] = [
    ("core_l = core_r", 0.64, 2e-7),
    ("squeezed_l = squeezed_r OR bag_l = bag_r OR alike(core_l, core_r, 0.98)", 0.05, 2e-7),
    ("alike(core_l, core_r, 0.96)", 0.04, 8e-7),
    ("least(many_l, many_r) >= 2 AND (has_all(words_l, words_r) OR has_all(words_r, words_l))", 0.20, 7e-6),
    ("alike(core_l, core_r, 0.92)", 0.04, 9e-6),
]  # fmt: skip
_PLACES: list[Level] = [
    ("postcode_l = postcode_r", 0.50, 0.002),
    ("district_l = district_r", 0.15, 0.02),
    ("area_l = area_r", 0.15, 0.30),
]
_FORMS: list[Level] = [("form_l = form_r", 0.97, 0.90)]
_BRANCHES: list[Level] = [("branch_l = branch_r", 0.98, 0.80)]

#: A rare word in common says more than a common one. On the average of the pairs counted it says nothing, since the
#: comparison of names has said that already.
#: The rarest counts as one of so many, so that a like name alone never is as sure as one with a place that agrees.
_SAME_WORD = 7e-4
_WEIGHT_OF_WORDS = 0.5
_RAREST = 3.5e-4

#: Words that tell one branch, site or company of a group from another.
_BRANCH = re.compile(r"[0-9]+|one|two|three|four|north|south|east|west")

#: A word that more records have than this brings no pair together by itself.
_COMMON = 200
_START = 6


def splink_release() -> str:
    """The release of Splink that is installed, blank where none is."""
    try:
        return version("splink")
    except PackageNotFoundError:
        return ""


def likely_pairs(records: pd.DataFrame, lowest: float, engine: Engine) -> pd.DataFrame:
    """One row per pair of records of like names: `first`, `second`, `probability`, from a lowest probability on.

    Names by which nobody is meant are left out. Nothing is trained: weights are given, and only how common a name is
    in these records changes them, so that the same records give the same probabilities (to six decimals).
    """
    named = records[~records["generic"] & (records["core"] != "")].sort_values("record", ignore_index=True)
    if len(named) < 2:
        return _NO_PAIRS
    from splink import Linker, block_on

    for name in ("splink", "splink.internals"):
        logging.getLogger(name).setLevel(logging.ERROR)
    with engine.compared(_prepared(named)) as table:
        linker = Linker(table, _settings(block_on), log_level=logging.ERROR)
        found = pairs_found(linker.inference.predict(threshold_match_probability=lowest))
    pairs = pd.DataFrame({
        "first": found[["record_l", "record_r"]].min(axis=1), "second": found[["record_l", "record_r"]].max(axis=1),
        "probability": found["match_probability"].round(6),
    })  # fmt: skip
    return pairs.sort_values(["first", "second"], ignore_index=True)


_NO_PAIRS = pd.DataFrame({"first": pd.Series(dtype="str"), "second": pd.Series(dtype="str"),
                          "probability": pd.Series(dtype="float64")})  # fmt: skip


def _prepared(named: pd.DataFrame) -> pd.DataFrame:
    """The columns that are compared: words, the two rarest of them, how the name starts; nothing for what is blank."""
    words = [sorted(core.split()) for core in named["core"]]
    often = Counter(word for of_name in words for word in set(of_name))
    rarest = [sorted(set(of_name), key=lambda word: (often[word], word))[:2] for of_name in words]
    telling = [[word if often[word] <= _COMMON else None for word in of_name] for of_name in rarest]
    frame = named[["record", "core", "form", "postcode", "district"]].assign(
        words=words, many=[len(of_name) for of_name in words],
        bag=[" ".join(of_name) for of_name in words], word=[of_name[0] for of_name in rarest],
        block=[of_name[0] for of_name in telling],
        other=[of_name[1] if len(of_name) > 1 else None for of_name in telling],
        squeezed=[core.replace(" ", "") for core in named["core"]],
        branch=[" ".join(word for word in of_name if _BRANCH.fullmatch(word)) for of_name in words],
        area=[_POSTCODE_AREA.sub("", district) for district in named["district"]],
    )  # fmt: skip
    blank = frame[["form", "postcode", "district", "area"]]
    return frame.assign(start=frame["squeezed"].str.slice(0, _START), **blank.astype("object").where(blank != "", None))


_POSTCODE_AREA = re.compile("[0-9].*")


def _settings(block_on: Any) -> Any:
    from splink import SettingsCreator

    comparisons = {"core": _NAMES, "postcode": _PLACES, "form": _FORMS, "branch": _BRANCHES}
    return SettingsCreator(
        link_type="dedupe_only",
        unique_id_column_name="record",
        probability_two_random_records_match=PRIOR,
        comparisons=[*(_comparison(*one) for one in comparisons.items()), _words()],
        blocking_rules_to_generate_predictions=[block_on(*rule) for rule in _BLOCKS],
        retain_matching_columns=False,
    )


#: Two records are compared where they share one of their two rarest words, the name without spaces, or its start and
#: either the postcode district or the second rarest word.
_BLOCKS = [("block",), ("other",), ("squeezed",), ("start", "district"), ("start", "other")]


def _comparison(column: str, given: list[Level]) -> dict[str, Any]:
    unlike = ("ELSE", 1 - sum(m for _, m, _ in given), 1 - sum(u for _, _, u in given))
    levels = [_null(column), *(_level(*one) for one in (*given, unlike))]
    return {"output_column_name": column, "comparison_levels": levels}


def _words() -> dict[str, Any]:
    """The rarest word of the names: of itself it says nothing, and more or less by how rare it is."""
    same = _level("word_l = word_r", _SAME_WORD, _SAME_WORD)
    same |= {"tf_adjustment_column": "word", "tf_adjustment_weight": _WEIGHT_OF_WORDS, "tf_minimum_u_value": _RAREST}
    levels = [_null("word"), same, _level("ELSE", 1 - _SAME_WORD, 1 - _SAME_WORD)]
    return {"output_column_name": "word", "comparison_levels": levels}


def _null(column: str) -> dict[str, Any]:
    sql = f"{column}_l IS NULL OR {column}_r IS NULL"
    return {"sql_condition": sql, "label_for_charts": "not known", "is_null_level": True}


def _level(sql: str, m: float, u: float) -> dict[str, Any]:
    return {"sql_condition": sql, "label_for_charts": sql, "m_probability": m, "u_probability": u}
