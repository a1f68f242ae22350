"""Whatever a file holds, it is read or it is refused: never a traceback, an endless read, or a personal value told.

Each line of FOUND was found by the fuzzer (`make fuzz`) or by what hypothesis draws here, has brought a reader down
once, and is tried for ever. `tests/fuzzing.py` says what a finding is, `tests/fuzz_targets.py` what is fuzzed.
"""

from __future__ import annotations

import json
import mmap
import shutil
import struct
import subprocess
import sys
import time
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from anchor_analysis.declared.lines import line_of
from anchor_analysis.declared.model import read_data
from anchor_analysis.problems import UserError
from anchor_analysis.running.verifying import verify_edition
from anchor_analysis.storage import Workspace
from tests import fuzzing
from tests.fuzz_targets import LEDGER, PERSONAL, WORKFORCE, Target, as_csv, prepared, target_list
from tests.messy_files import Page, write_xlsx

TARGETS = {target.name: target for target in target_list()}

#: How many changes of each target are drawn in every run, and in `make long`.
DRAWN, DRAWN_LONG = 10, 1_000

#: What an input may take on a machine several times slower than the fuzzer's own.
SECONDS = 5 * fuzzing.SECONDS

HEADING = "Files and definitions, fuzzed"


# --- what was found once ---


def seed(name: str, old: bytes = b"", new: bytes = b"", at: int = 0) -> bytes:
    """A seed of a target, in which one thing is another."""
    found = TARGETS[name].seeds()[at]
    assert old in found
    return found.replace(old, new, 1)


def wards(**changes: Any) -> bytes:
    return json.dumps(json.loads(seed("boundaries")) | changes).encode()


def shaped(coordinates: Any) -> bytes:
    told = json.loads(seed("boundaries"))
    told["features"][0]["geometry"]["coordinates"] = coordinates
    return json.dumps(told).encode()


def laughs(field: str) -> bytes:
    """A billion values in ten lines, each of which says the one before it nine times."""
    lines = [f"x{one}: &x{one} [{', '.join([f'*x{one - 1}'] * 9)}]" for one in range(1, 10)]
    return "\n".join(["x0: &x0 [a, b]", *lines, f"{field}: *x9", ""]).encode()


#: A day as workbooks have it, the number of days since 1899, and one of no calendar.
DAY, NO_DAY = struct.pack("<d", 43709), struct.pack("<d", -1e12)

FOUND: list[tuple[str, str, bytes]] = [
    ("parameters", "a day that does not exist", b"title: 2024-02-30\n"),
    ("parameters", "nested without end", b"[" * 5_000),
    ("parameters", "nested deeply", b"a: " + b"[" * 3_000 + b"]" * 3_000),
    ("parameters", "a number of 5,000 figures", b"title: " + b"1" * 5_000),
    ("parameters", "a list that holds itself", b"parameters: &a [*a]\n"),
    ("parameters", "a mapping that holds itself", b"parameters: &a {a: *a}\n"),
    ("parameters", "a billion laughs", laughs("parameters")),
    ("parameters", "a list where a mapping belongs", b"parameters: [1]\n"),
    ("parameters", "half a sign", b'title: "\\ud800"\naudience: x\n'),
    *(("parameters", f"no {tag}", f"title: !!{tag} x\n".encode()) for tag in ("timestamp", "int", "float", "bool")),
    ("parameters", "a tab that one reader of YAML takes and the other does not", b"title:\tx\n"),
    ("mappings/one.yaml", "a day that does not exist", b"files: 2024-02-30"),
    ("network.toml", "nested without end", b"a = " + b"[" * 5_000),
    ("network.toml", "nested deeply", b"a = " + b"{a=" * 400 + b"1" + b"}" * 400),
    ("network.toml", "a key of 3,000 parts", b".".join([b"a"] * 3_000) + b" = 1"),
    ("network.toml", "a number of 5,000 figures", b"a = " + b"1" * 5_000),
    ("network.toml", "a table where a list belongs", b"[members.a]\nid = 1\n"),
    ("answers.toml", "a list where an answer belongs", b"answers = [[]]\n"),
    ("supplier_decisions.toml", "a decision without its records",
     b'[[decisions]]\nverdict = "same"\nby = "analyst"\nwhen = 2024-01-01\n'),
    ("conditions.csv", "no UTF-8", b"\xff"),
    ("conditions.csv", "a cell of 140,000 letters", seed("conditions.csv") + b"x" * 140_000),
    ("boundaries", "a system of coordinates without properties", wards(crs={"properties": None})),
    ("boundaries", "a system of coordinates that is a list", wards(crs={"properties": []})),
    ("boundaries", "a coordinate of 400 figures", shaped([[[10**400, 1]] * 4])),
    ("boundaries", "half a sign, as bytes", seed("boundaries", b"Armley", b"Arm\xed\xa0\x80")),
    ("boundaries", "half a sign, spelt out", seed("boundaries", b'"Polygon"', b'"Pol\\ud800ygon"')),
    ("boundaries", "UTF-8 with a mark before it", b"\xef\xbb\xbf" + seed("boundaries")),
    ("boundaries", "UTF-16", seed("boundaries").decode().encode("utf-16")),
    ("definition", "a version of forty figures", seed("definition") + b"\nversion: 1" + b"0" * 40),
    ("address", "an open bracket", b"https://[::1/x"),
    ("address", "signs that are others when they are made plain", "https://a\u2100b/x".encode()),
    ("return .xlsx", "a sheet without an id", seed("return .xlsx", b' r:id="rId1"')),
    ("return .xls", "another order of bytes", seed("return .xls", b"\xfe\xff\t\0", b"\xfe\xfe\t\0")),
    ("return .xls", "more rows than a number of its size can say",
     seed("return .xls", struct.pack("<HHII", 0x0200, 14, 0, 3), struct.pack("<HHII", 0x0200, 14, 0, 0x80000003))),
    ("return .xlsx", "a day of no calendar", seed("return .xlsx", b"<v>43709</v>", b"<v>-1000000000000</v>")),
    ("return .xls", "a day of no calendar", seed("return .xls", DAY, NO_DAY)),
    ("return .xlsb", "a day of no calendar", seed("return .xlsb", DAY, NO_DAY)),
    ("return .xlsb", "a sheet that nothing leads to",
     seed("return .xlsb", b'<Relationship Id="rId2"', b'<Relationshop Id="rId2"')),
    ("reference archive", "a place before the beginning", seed("reference archive")[1:]),
    ("return .parquet", "a column whose name is no text",
     seed("return .parquet").replace(b"net_gbp", b"net\x80gbp")),
    ("return .parquet", "lists and records in cells", seed("return .parquet", at=1)),
    ("return .csv", "one row of 16,000 columns among 9,000 short ones",
     as_csv(LEDGER[:1]) + b",\n" * 9_000 + b"," * 16_000 + b"\n"),
]  # fmt: skip


@pytest.mark.parametrize("name", dict.fromkeys(name for name, _, _ in FOUND))
def test_what_was_found_once_is_refused_or_read(tmp_path, survived, name):
    target, inputs = TARGETS[name], {what: data for of, what, data in FOUND if of == name}
    found = {
        what: fuzzing.judged(target, tmp_path, prepared(target, data), PERSONAL, SECONDS)
        for what, data in inputs.items()
    }
    wrong = {what: finding.told for what, finding in found.items() if finding}
    survived(HEADING, f"{name}: what was found before", tried=len(found), held=len(found) - len(wrong))
    assert not wrong, wrong


def test_yaml_that_is_nested_so_deeply_that_c_breaks_down_ends_no_process(tmp_path):
    """The quick reader of YAML goes down the stack of C, and takes the process with it."""
    path = tmp_path / "one.yaml"
    path.write_text("[" * 300_000 + "]" * 300_000)
    script = "import sys, pathlib\nfrom anchor_analysis.declared.model import read_data\n"
    script += "read_data(pathlib.Path(sys.argv[1]))"
    done = subprocess.run([sys.executable, "-c", script, str(path)], capture_output=True, text=True, timeout=300)
    assert done.returncode == 1 and "nested too deeply" in done.stderr, done.stderr[-500:]


@pytest.mark.parametrize(("tag", "said"), [("2024-02-30", "line 2"), ("!!int x", "line 2")])
def test_a_value_that_cannot_be_is_told_with_its_line(tmp_path, tag, said):
    path = tmp_path / "one.yaml"
    path.write_text(f"title: x\nwhen: {tag}\nmore: y\n")
    with pytest.raises(UserError) as error:
        read_data(path)
    assert said in error.value.problems[0].where


def test_a_list_over_thousands_of_lines_is_soon_known_by_its_lines(tmp_path):
    """Every fault asks for its line: neither is the file read anew for each, nor each line with all before it."""
    path = tmp_path / "one.toml"
    path.write_text("a = [\n" + '  "[{",  # ]]\n' * 5_000 + "]\nb = 1\n")
    begun = time.perf_counter()
    assert [line_of(path, ("b",)) for _ in range(500)] == [5_003] * 500
    assert time.perf_counter() - begun < 25


# --- what is drawn ---


@st.composite
def changed(draw: st.DrawFn, target: Target) -> bytes:
    """A seed that is another at one place: bytes put in, taken out or in place of others; of a document a value."""
    text = draw(st.sampled_from(target.seeds()))
    if target.document and draw(st.booleans()):
        return document(draw, text, target.document)
    at = draw(st.integers(0, len(text)))
    taken = draw(st.sampled_from([0, 1, 2, 8, 100]))
    put = draw(st.sampled_from(fuzzing.NASTY) | st.binary(max_size=4))
    again = draw(st.sampled_from([1, 1, 1, 50]))
    return text[:at] + put * again + text[at + taken :]


VALUES: list[Any] = [
    None, True, "", "\ud800", "x" * 300, -1, 0, 10**40, 0.5, float("nan"), float("inf"), [], [[]], {}, {"": ""},
    {"a": 1}, [None], ["a", 1], date(1, 1, 1), datetime(9999, 12, 31, 23, 59), "2024/23", "9999/00", "=1+1", "<b>",
    "\n", "{0.x}",
]  # fmt: skip


def document(draw: st.DrawFn, text: bytes, kind: str) -> bytes:
    """A document in which one value is another, is gone, or goes by another name."""
    if kind == ".csv":
        rows = [line.split(b",") for line in text.splitlines()]
        row = draw(st.sampled_from(rows))
        row[draw(st.integers(0, len(row) - 1))] = str(draw(st.sampled_from(VALUES))).encode("utf-8", "surrogatepass")
        return b"\n".join(b",".join(row) for row in rows)
    read = {".json": json.loads, ".yaml": yaml.safe_load, ".toml": _toml}[kind]
    data = read(text.decode())
    holder, key = draw(st.sampled_from(list(_places(data))))
    action = draw(st.sampled_from(["other", "other", "other", "gone", "named", "again"]))
    value = holder.pop(key) if action in ("gone", "named") else holder[key]
    if action == "other":
        holder[key] = draw(st.sampled_from(VALUES))
    elif action == "named" and isinstance(holder, dict):
        holder[draw(st.sampled_from(["", "x", "ids", key.upper()]))] = value
    elif action == "again" and isinstance(holder, list):
        holder += [value] * 3
    return _written(data, kind).encode("utf-8", "surrogatepass")


def _toml(text: str) -> Any:
    import tomllib

    return tomllib.loads(text)


def _places(data: Any):
    """Every mapping and list of a document, with every key of it."""
    for key, inner in list(data.items() if isinstance(data, dict) else enumerate(data)):
        yield data, key
        if isinstance(inner, dict | list):
            yield from _places(inner)


def _written(data: Any, kind: str) -> str:
    if kind == ".json":
        return json.dumps(data, default=str)
    if kind == ".yaml":
        return yaml.safe_dump(data, sort_keys=False)
    return "".join(f"{json.dumps(key)} = {_in_toml(value)}\n" for key, value in data.items())


def _in_toml(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(key)} = {_in_toml(one)}" for key, one in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_in_toml, value)) + "]"
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    return {None: '""', True: "true", False: "false"}.get(value) or str(value) if not isinstance(value, date) else (
        value.isoformat())  # fmt: skip


def fuzz(target: Target, folder: Path, examples: int, survived: Any) -> None:
    """Try so many changes of a target, and tell how many it survived."""
    tried, findings = 0, []

    @settings(max_examples=examples)
    @given(changed(target))
    def each(data: bytes) -> None:
        nonlocal tried
        tried += 1
        if found := fuzzing.judged(target, folder, prepared(target, data), seconds=SECONDS):
            findings.append(found)
            raise AssertionError(f"{found.key}\n{data[:500]!r}\n{found.told}")

    try:
        each()
    finally:
        survived(HEADING, f"{target.name}: drawn changes of one place", tried=tried, held=tried - len(findings))


@pytest.mark.parametrize("name", TARGETS)
def test_a_file_that_is_changed_at_one_place_is_refused_or_read(tmp_path, survived, name):
    fuzz(TARGETS[name], tmp_path, DRAWN, survived)


@pytest.mark.long
@pytest.mark.parametrize("name", TARGETS)
def test_a_file_that_is_changed_at_a_thousand_places_is_refused_or_read(tmp_path, survived, name):
    fuzz(TARGETS[name], tmp_path, DRAWN_LONG, survived)


# --- personal values ---

MARK = "Qzx7"
CELLS = st.text(max_size=12).map(lambda text: MARK + text) | st.sampled_from([MARK, f"{MARK}\n{MARK}", f"={MARK}"])


@settings(max_examples=DRAWN)
@given(
    st.lists(st.tuples(CELLS, CELLS, st.sampled_from(["1", "", "x", "99/99/2024", "12k"])), max_size=4), st.booleans()
)
def test_no_message_holds_what_stands_in_a_column_on_persons(tmp_path_factory, people, as_workbook):
    """Whatever stands there, and whatever else is wrong with the row."""
    rows = [WORKFORCE[0], *([who, fte, "permanent", "Nursing", fte, home, fte] for who, home, fte in people)]
    target = TARGETS["return .xlsx" if as_workbook else "return of persons"]
    folder = tmp_path_factory.mktemp("persons")
    if as_workbook:
        write_xlsx(folder / "book.xlsx", [Page("Workforce", [["".join(filter(_writable, str(cell))) for cell in row]
                                                             for row in rows])])  # fmt: skip
    data = (folder / "book.xlsx").read_bytes() if as_workbook else as_csv(rows)
    found = fuzzing.judged(target, folder, data, (MARK,), SECONDS)
    assert found is None, found.told


def _writable(sign: str) -> bool:
    return sign in "\n\t" or (sign >= " " and sign not in "\ufffe\uffff")


# --- the fuzzer finds what is there to be found ---


def _raises(folder: Path, data: bytes) -> None:
    raise KeyError("PRIVATE-77")


def _tells(folder: Path, data: bytes) -> None:
    from anchor_analysis.problems import Problem

    raise UserError(Problem("AN021", "x", f"{PERSONAL[0]} is wrong.", "Mend it."))


def _is_slow(folder: Path, data: bytes) -> None:
    begun = time.process_time()
    while time.process_time() - begun < 0.05:
        pass


def _is_large(folder: Path, data: bytes) -> None:
    size = 64 << 20
    pages = mmap.mmap(-1, size)  # which no memory that was given back serves
    pages[:: mmap.PAGESIZE] = bytes(size // mmap.PAGESIZE)


def _exits(folder: Path, data: bytes) -> None:
    sys.exit(0)


@pytest.mark.parametrize(
    ("run", "what"),
    [(_raises, "KeyError"), (_tells, "told"), (_is_slow, "slow"), (_is_large, "large"), (_exits, "SystemExit")],
)
def test_a_fault_of_each_kind_is_a_finding(tmp_path, monkeypatch, run, what):
    if what == "large" and not Path("/proc/self/clear_refs").exists():
        pytest.skip("only Linux tells the most memory of a while")
    monkeypatch.setattr(fuzzing, "BYTES", 32 << 20)
    found = fuzzing.judged(
        Target("broken", lambda: [b""], run), tmp_path, b"", PERSONAL, 0.04 if what == "slow" else 60
    )
    assert found is not None and found.what == what


def test_every_seed_is_read_or_refused_for_what_it_shows(tmp_path):
    """A seed that brings its reader down would hide all that is made of it."""
    for target in TARGETS.values():
        assert target.seeds()
        for data in target.seeds():
            assert fuzzing.judged(target, tmp_path, prepared(target, data), seconds=SECONDS) is None


# --- editions that came from elsewhere ---

#: The files of an edition that `verify` reads, each a document or bytes.
OF_EDITIONS = {
    "manifest.json": ".json", "edition.json": ".json", "claims.json": ".json", "ro-crate-metadata.json": ".json",
    "tables/members.csv": ".csv", "cells.parquet": "", "workbook.xlsx": "", "notebooks.zip": "",
    "network_impact.html": "",
}  # fmt: skip
EDITIONS_DRAWN, EDITIONS_DRAWN_LONG = 1, 40


def verified(folder: Path, name: str, data: bytes, elsewhere: Path) -> None:
    """Verify an edition, one file of which holds something else, where nothing else of the network is."""
    whole = (folder / name).read_bytes()
    try:
        (folder / name).write_bytes(data)
        if verify_edition(Workspace(elsewhere), "example", against=folder).holds:
            # of the crate only what it says of files is held to the edition; of all else the bytes, or what they say
            assert name == "ro-crate-metadata.json" or data == whole or json.loads(data) == json.loads(whole)
    finally:
        (folder / name).write_bytes(whole)


def verify_changed(folder: Path, name: str, examples: int, elsewhere: Path, survived: Any) -> None:
    text = (folder / name).read_bytes()
    target = Target(f"edition, {name}", lambda: [text], lambda _, data: verified(folder, name, data, elsewhere),
                    document=OF_EDITIONS[name])  # fmt: skip
    fuzz(target, folder, examples, survived)


@pytest.fixture
def sent(made, tmp_path):
    """The folder of an edition that somebody sent."""
    (found,) = made.editions("example").glob("*/r1")
    shutil.copytree(found, tmp_path / "sent")
    (tmp_path / "elsewhere").mkdir()
    return tmp_path / "sent"


@pytest.mark.parametrize("name", OF_EDITIONS)
def test_an_edition_of_which_a_file_is_changed_is_refused_or_told_to_differ(sent, survived, name):
    verify_changed(sent, name, EDITIONS_DRAWN, sent.with_name("elsewhere"), survived)


@pytest.mark.long
@pytest.mark.parametrize("name", OF_EDITIONS)
def test_an_edition_that_is_changed_in_many_ways_is_refused_or_told_to_differ(sent, survived, name):
    verify_changed(sent, name, EDITIONS_DRAWN_LONG, sent.with_name("elsewhere"), survived)
