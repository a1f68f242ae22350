"""Names and ids of returns are found wherever they stand in an edition, and what is public is not taken for one.

The persons and ids are made of syllables by a generator with a seed, and planted in a ledger, a supplier master and a
payroll; then each is packed in every way that `packed` knows. What the search says must not hold what it found.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterable
from pathlib import Path

import pandas as pd
import pytest

from anchor_analysis import storage
from anchor_analysis.audit.private import Found, private_values
from anchor_analysis.audit.public import Public, in_words, public_of
from anchor_analysis.audit.unpacking import texts_of
from anchor_analysis.declared import load_catalogue, load_network
from anchor_analysis.running.pointing import cleaned_folders
from tests.packed import AS_FIELD, CARRIERS, IN_PROSE

SEED = 20
NOBODY = Public(frozenset(), " ", frozenset())
Rows = dict[str, list[str]]


# --- what is planted ---


def surname(draw: random.Random) -> str:
    return "".join(
        draw.choice(["br", "zo", "quis", "lle", "thwa", "ng", "ska", "wen", "dö", "ña"]) for _ in range(3)
    ).title()


def persons(draw: random.Random) -> dict[str, str]:
    """Names as a ledger writes them, with how a page would have them."""
    ways: list[Callable[[str, str], tuple[str, str]]] = [
        lambda one, other: (one, one),
        lambda one, other: (one.upper(), one),
        lambda one, other: (one.lower(), one),
        lambda one, other: (f"{one}, {other}", f"{one} {other}"),
        lambda one, other: (f"MR {other[0]} {one}".upper(), f"Mr {other[0]}. {one}"),
        lambda one, other: (f"{other} O'{one}", f"{other} O’{one}"),
        lambda one, other: (f"{other}  {one}-{other}", f"{other} {one}-{other}"),
    ]
    return dict(ways[number % len(ways)](surname(draw), surname(draw)) for number in range(14))


def ids(draw: random.Random) -> dict[str, str]:
    """Ids of six figures, of letters and figures, and short ones, as they stand in returns and in pages."""
    forms = ["R-00{}", "T/2024/{}", "{}", "S0{}"]
    long = [forms[number % 4].format(draw.randrange(10000, 99999)) for number in range(6)]
    return {one: one for one in [*long, *(f"{draw.choice('KQXZ')}{draw.randrange(10, 999)}" for _ in range(6))]}


DRAW = random.Random(SEED)
PERSONS, IDS = persons(DRAW), ids(DRAW)
PLANTED = PERSONS | IDS
SHORT = [one for one in IDS if len(one) < 5]


@pytest.fixture(scope="module")
def cleaned(tmp_path_factory) -> Path:
    """The canonical tables of a return with these persons and ids, among others."""
    folder = tmp_path_factory.mktemp("cleaned")
    names, numbers = [*PERSONS, "Price", "Ward", "Leeds Community Fund"], [*IDS, "2023/24", "12345", "A1"]
    write(folder, "ledger", supplier_name=names, transaction_id=[f"X-{number}-99" for number in range(len(names))])
    write(folder, "suppliers", supplier_id=numbers[::2], supplier_name=["Example Limited"] * len(numbers[::2]))
    write(folder, "workforce", employee_id=numbers[1::2], assignment_id=["1"] * len(numbers[1::2]))
    return folder


def write(folder: Path, table: str, **columns: list[str]) -> None:
    """Rows of a canonical table, with its other private columns blank."""
    declared = {name for name, column in load_catalogue().schema[table].columns.items() if column.private}
    frame = pd.DataFrame({name: pd.Series(columns.get(name), dtype="str") for name in declared | set(columns)})
    storage.write_frame(frame, storage.made(folder / table) / "part-0.parquet")


def look(files: Iterable[tuple[str, bytes]], cleaned: Path, public: Public = NOBODY) -> list[Found]:
    texts = [text for name, content in files for text in texts_of(content, name)]
    return private_values(texts, load_catalogue(), [cleaned], public)


# --- what is found ---


def test_enough_is_planted():
    assert len(PERSONS) + len(IDS) >= 20 and len(SHORT) >= 5
    assert sum(name.isalpha() for name in PERSONS) >= 5


@pytest.fixture(scope="module")
def found(cleaned) -> dict[tuple[str, str], list[Found]]:
    """What is found of everything in every way of packing it, all in one search, by the two of them."""
    packed = {(way, shown): pack(shown) for way, pack in CARRIERS.items() for shown in (*PLANTED.values(), plain(way))}
    names = {f"file {number}": pair for number, pair in enumerate(packed)}
    hits: dict[tuple[str, str], list[Found]] = {pair: [] for pair in packed}
    for one in look(zip(names, packed.values(), strict=True), cleaned):
        hits[names[one.place.partition(",")[0]]].append(one)
    return hits


def plain(way: str) -> str:
    """Words, numbers and codes that are in no return."""
    said = "Staff of 2023/24, 1,234,567 in E08000035, sha256 0f0f0f0f, 98765.4321"
    return said.replace("/", "-") if way == "a member's name" else said


@pytest.mark.parametrize("carrier", CARRIERS)
def test_each_is_found_however_it_is_packed(found, carrier):
    looked_for = {one: shown for one, shown in PLANTED.items() if one not in SHORT or carrier in AS_FIELD}
    assert [one for one, shown in looked_for.items() if not found[carrier, shown]] == []


def test_what_is_found_is_never_said(found):
    said = str([one for hits in found.values() for one in hits]).lower()
    assert "supplier_name" in said and not [one for one in PLANTED.values() if one.lower() in said]


def test_each_is_told_with_its_column_and_counted_once_for_a_place(cleaned):
    one, other, number = *list(PERSONS.values())[:2], next(iter(IDS))
    page = f"<p>{one} and {one}, {other}</p><td>{number}</td>".encode()
    assert look([("page", page)], cleaned) == [
        ("page", "ledger.supplier_name", 2), ("page", "suppliers.supplier_id", 1),
    ]  # fmt: skip


def test_nothing_is_left_beside_the_rows(cleaned):
    look([("page", b"Nobody")], cleaned)
    assert list(cleaned.parent.glob(".scratch-*")) == []


# --- what is none ---


@pytest.mark.parametrize("carrier", CARRIERS)
def test_what_is_not_in_the_returns_is_not_found(found, carrier):
    assert found[carrier, plain(carrier)] == []


def test_what_is_public_is_none(cleaned):
    page = b"<p>The Price of a Ward: Leeds Community Fund, 12345, <td>A1</td></p>"
    assert [one.values for one in look([("page", page)], cleaned)] == [3, 1]
    public = Public(frozenset({"price", "ward"}), " the leeds community fund ", frozenset({"12345"}))
    assert look([("page", page)], cleaned, public) == []


@pytest.mark.parametrize("carrier", [name for name in IN_PROSE if "PDF" not in name and "short" not in name])
def test_a_short_id_in_the_midst_of_words_is_not_looked_for(found, carrier):
    assert found[carrier, SHORT[0]] == []


def test_a_word_in_small_letters_is_a_name_only_where_it_stands_alone(cleaned):
    name = next(name for name in PERSONS if name.isalpha()).lower()
    assert look([("page", f"<p>of {name} we".encode())], cleaned) == []
    assert len(look([("page", f"<td>{name}</td>".encode())], cleaned)) == 1


def test_how_a_workbook_is_packed_is_no_field(cleaned):
    packed = b'<?xml version="1.0"?><sheet><c r="%s"><v>3</v></c></sheet>' % SHORT[0].encode()
    assert look([("sheet", packed)], cleaned) == []
    assert len(look([("page", packed.partition(b"?>")[2])], cleaned)) == 1


def test_what_somebody_said_is_found_by_its_beginning(tmp_path):
    said = "I never hear back when I ask, and so I have given up asking."
    write(tmp_path / "cleaned", "listening", verbatim=[said], coder=["Quill"])
    assert len(look([("page", f"<q>{said[:33]}".encode())], tmp_path / "cleaned")) == 1
    assert look([("page", f"<q>{said[20:]}".encode())], tmp_path / "cleaned") == []


@pytest.mark.parametrize("broken", ["Quis\u00adtwarden", "Quis&shy;twarden", "Quis\u200btwarden", "Nun\u0303ez"])
def test_a_name_is_found_however_its_letters_are_written(tmp_path, broken):
    write(tmp_path / "cleaned", "ledger", supplier_name=["QUISTWARDEN", "Nu\u00f1ez"], transaction_id=["1", "2"])
    assert len(look([("page", f"<p>of {broken} it".encode())], tmp_path / "cleaned")) == 1


def test_a_word_of_a_column_that_is_on_no_person_is_no_name(tmp_path):
    write(tmp_path / "cleaned", "workforce", pay_scale=["Director", "Grade Nine"], employee_id=["Director", ""])
    found = look([("page", b"The Director of Grade Nine")], tmp_path / "cleaned")
    assert [one.column for one in found] == ["workforce.employee_id", "workforce.pay_scale"]
    write(tmp_path / "cleaned", "workforce", pay_scale=["Director"], employee_id=["R-00123"])
    assert look([("page", b"The Director of Grade Nine")], tmp_path / "cleaned") == []


def test_what_ships_and_what_a_network_decided_is_public(network):
    network.reports("Aldersyde", "2023/24", staff=100)
    public = public_of(network.network, network.cells())
    assert all(public.has(one) for one in ("price", "ward", "aldersyde", "leeds", "chapel allerton"))
    assert not any(public.has(" ".join(in_words(name))) for name in PERSONS)


# --- how it holds ---


def test_a_payroll_of_a_hundred_thousand_is_looked_for_in_seconds(tmp_path):
    draw = random.Random(SEED)
    names = [f"{surname(draw)}{number % 7 * 'a'} {surname(draw)}" for number in range(100_000)]
    write(tmp_path / "cleaned", "ledger", supplier_name=names, transaction_id=[f"T-{n:06d}" for n in range(100_000)])
    page = " ".join(f"word{number % 5000} of Nobody" for number in range(60_000)) + f" {names[777]} T-000123"
    started = time.process_time()
    found = look([("page", page.encode())], tmp_path / "cleaned")
    assert time.process_time() - started < 10
    assert [one.column for one in found] == ["ledger.supplier_name", "ledger.transaction_id"]


@pytest.fixture(scope="module")
def edition(demonstration) -> tuple[list[tuple[str, bytes]], Public, list[Path]]:
    """The files of the demonstration's edition, what is public beside it, and what it was made from."""
    folder = demonstration.root / "outputs" / "demonstration" / "2023-24" / "r1"
    network = load_network(demonstration, "demonstration")
    files = [(path.name, path.read_bytes()) for path in sorted(folder.rglob("*")) if path.is_file()]
    public = public_of(network, storage.read_frame(folder / "cells.parquet"))
    return files, public, cleaned_folders(demonstration, network, network.latest)


def test_the_demonstrations_edition_holds_nothing_of_its_returns(edition):
    files, public, cleaned = edition
    texts = [text for name, content in files for text in texts_of(content, name)]
    assert len(files) > 50 and private_values(texts, load_catalogue(), cleaned, public) == []


def test_ids_of_figures_and_common_words_are_not_found_in_the_demonstrations_edition(edition, tmp_path):
    files, public, _ = edition
    numbers = [f"{number}" for number in range(10_000, 1_000_000)] + [f"{a}{n}" for a in "AEKS" for n in range(10, 999)]
    words = [
        "Price",
        "Ward",
        "Page",
        "Young",
        "Banks",
        "May",
        "Field",
        "Read",
        "Bond",
        "Case",
        "Day",
        "Park",
        "Wells",
        "Microsoft",
    ]
    write(tmp_path / "cleaned", "workforce", employee_id=numbers, assignment_id=["1"] * len(numbers))
    write(tmp_path / "cleaned", "ledger", supplier_name=words, transaction_id=words)
    assert look(files, tmp_path / "cleaned", public) == []
