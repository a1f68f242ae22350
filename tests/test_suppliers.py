"""The same supplier across ledgers and years: by numbers, decisions and names; and where it is, if only others know."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from anchor_analysis import storage
from anchor_analysis.clean import SentReturn, clean_returns
from anchor_analysis.declared import Network, load_network, parse_year
from anchor_analysis.declared.suppliers import SupplierDecision, SupplierDecisions, check_decisions
from anchor_analysis.engine import Engine, open_engine
from anchor_analysis.link import Linked, likeness, link_suppliers, linking, named_suppliers, to_review
from anchor_analysis.link.records import record_of
from anchor_analysis.locate import Geography, locate_returns
from anchor_analysis.problems import UserError
from anchor_analysis.read import read_answered, read_return
from anchor_analysis.running import check_returns
from anchor_analysis.running.suppliers import take_decisions, write_review
from tests.small_network import refused
from tests.spec import write_network
from tests.steps import as_directory

MEMBER = '[[members]]\nid = "{id}"\nname = "{name}"\nsector = "x"\njoined = 2018-04-01\nlevers = ["spender"]\n'
MEMBERS = "".join(MEMBER.format(id=one, name=f"Member {one.upper()} Council") for one in "abcd")
LX1, LX2, LX9 = "LX1 1AA", "LX2 2BB", "LX9 9AA"
DIRECTORY = as_directory(pd.DataFrame([
    {"postcode": "LX11AA", "lad": "E08000035"}, {"postcode": "LX11AB", "lad": "E08000035"},
    {"postcode": "LX22BB", "lad": "E08000036"},
]))  # fmt: skip
HEADERS = "supplier_id,supplier_name,supplier_postcode,company_number,charity_number,org_id\n"

needs_splink = pytest.mark.skipif(not likeness.splink_release(), reason="Splink is not installed")


class Books:
    """What members know of suppliers and pay to them, and what becomes of it, on an engine of choice."""

    def __init__(self, folder: Path, engine: str = "duckdb", settings: str = ""):
        self.folder, self.engine = folder, engine
        self.settings = settings
        self.masters: dict[tuple[str, str], list[str]] = {}
        self.payments: dict[tuple[str, str], list[str]] = {}

    def knows(self, member: str, number: str, name: str, postcode: str = "", year: str = "2023/24", **ids: str) -> None:
        of = [ids.get(one, "") for one in ("company_number", "charity_number", "org_id")]
        self.masters.setdefault((member, year), []).append(",".join([number, f'"{name}"', postcode, *of]))

    def pays(self, member: str, number: str = "", name: str = "", year: str = "2023/24", postcode: str = "") -> None:
        rows = self.payments.setdefault((member, year), [])
        rows.append(f'T{len(rows)},01/05/{year[:4]},{number},"{name}",{postcode},10')

    @property
    def network(self) -> Network:
        return write_network(self.folder, MEMBERS, coverage=self.settings)

    def write(self, folder: Path) -> Iterator[tuple[str, str, Path]]:
        for member, year in sorted({*self.masters, *self.payments}):
            into = folder / year.replace("/", "-") / member
            if (member, year) in self.masters:
                storage.write_text(into / "suppliers.csv", HEADERS + "\n".join(self.masters[member, year]) + "\n")
            if (member, year) in self.payments:
                head = "transaction_id,payment_date,supplier_id,supplier_name,supplier_postcode,net_gbp\n"
                storage.write_text(into / "ledger.csv", head + "\n".join(self.payments[member, year]) + "\n")
            yield member, year, into

    def cleaned(self) -> dict[str, Path]:
        network, sent = self.network, []
        for member, year, folder in self.write(self.folder / "raw"):
            who, of = network.member(member), parse_year(year)
            rows = self.folder / f"rows-{self.engine}" / f"{member}-{year[:4]}"
            answers = network.answered.about(member, of)
            sent.append(SentReturn(who, of, read_return(folder, network, who, storage.made(rows), []), answers))
        into = storage.made(self.folder / f"cleaned-{self.engine}")
        assert not clean_returns(sent, network, open_engine(self.engine), into)
        return {item.part: into / item.part for item in sent}

    def linked(self) -> Linked:
        return self.link(self.cleaned(), open_engine(self.engine))

    def link(self, cleaned: dict[str, Path], engine: Engine) -> Linked:
        return link_suppliers(named_suppliers(cleaned, self.network, engine), self.network, engine)

    def entities(self) -> dict[tuple[str, str], str]:
        """By member and key, the entity; two that are one have the same."""
        records = self.linked().records
        return dict(zip(zip(records["member"], records["key"], strict=True), records["entity"], strict=True))

    def located(self) -> pd.DataFrame:
        """The ledger lines as located, in the order in which they were paid."""
        cleaned, engine = self.cleaned(), open_engine(self.engine)
        found = self.link(cleaned, engine)
        storage.write_frame(found.lines, self.folder / "lines.parquet")
        storage.write_frame(DIRECTORY, self.folder / "directory.parquet")
        geography = Geography(self.folder / "directory.parquet", None, "lsoa21", "example")
        into = storage.made(self.folder / f"located-{self.engine}")
        locate_returns(cleaned, self.network, geography, engine, into, self.folder / "lines.parquet")
        frames = [pd.read_parquet(path) for part in cleaned for path in storage.table_files(into / part, "ledger")]
        return pd.concat(frames).sort_values(["member", "network_year", "transaction_id"], ignore_index=True)


@pytest.fixture(params=["duckdb", "polars"])
def books(tmp_path, request) -> Books:
    return Books(tmp_path, request.param)


@pytest.fixture
def one_engine(tmp_path) -> Books:
    return Books(tmp_path)


def are_one(books: Books, *keys: tuple[str, str]) -> bool:
    entities = books.entities()
    return len({entities[key] for key in keys}) == 1


# --- where a payment's supplier is ---


def test_each_way_of_placing_a_payment_comes_before_the_next(books):
    books.knows("a", "1", "Otterscar Haulage Ltd", LX1)
    books.knows("b", "7", "Otterscar Haulage Limited", LX2)
    for number, postcode in (("7", LX1), ("7", ""), ("8", ""), ("9", "")):
        names = {"7": "Otterscar Haulage Limited", "8": "Pickersdale Tiles Ltd", "9": "Rawthorpe Vans plc"}
        books.pays("b", number, names[number], postcode=postcode)
    books.knows("b", "8", "Pickersdale Tiles Ltd", LX1, year="2022/23")
    books.knows("c", "1", "RAWTHORPE VANS PLC.", LX1)
    books.pays("b", "10", "Nobody Knows Where Ltd")
    rows = books.located()
    assert rows["supplier_place_from"].tolist() == ["line", "own_master", "linked_by_id", "linked_by_name", "none"]
    assert rows["supplier_place"].tolist() == ["in_area", "elsewhere", "in_area", "in_area", "unknown"]
    assert rows["supplier_class"].tolist()[-1] == "no_supplier_record" and rows["supplier_entity"].notna().all()


def test_a_payment_without_a_number_finds_its_supplier_by_name_in_the_members_own_books(books):
    books.knows("a", "1", "Community Trust", LX1)
    books.pays("a", "", "Community Trust")
    books.pays("a", "", "")
    rows = books.located()
    assert rows["supplier_place_from"].tolist() == ["linked_by_name", "none"]
    assert rows["supplier_entity"].isna().tolist() == [False, True]


def test_no_payment_is_lost_or_doubled(books):
    for year in ("2022/23", "2023/24"):
        for member in "ab":
            books.knows(member, "1", "Otterscar Haulage Ltd", LX1, year=year)
            for number in ("1", "2", ""):
                books.pays(member, number, "Otterscar Haulage Ltd", year=year)
    assert len(books.located()) == 12


def test_what_a_master_says_in_place_of_a_postcode_is_not_replaced(books):
    books.knows("a", "1", "Otterscar Haulage Ltd", LX1)
    books.knows("b", "1", "Otterscar Haulage Ltd", "tbc")
    books.pays("b", "1", "Otterscar Haulage Ltd")
    assert books.located()[["supplier_place_from", "supplier_class"]].values.tolist() == [
        ["own_master", "not_a_postcode"]
    ]


def test_where_the_books_of_others_disagree_no_place_is_taken(books):
    for member, postcode in (("a", LX1), ("b", LX2)):
        books.knows(member, "1", "Otterscar Haulage Ltd", postcode)
    books.pays("c", "1", "Otterscar Haulage Ltd")
    rows = books.located()
    assert rows["supplier_place_from"].tolist() == ["none"] and are_one(books, ("a", "id:1"), ("c", "id:1"))


# --- who is one ---


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"company_number": "1234567"}, {"company_number": "01234567"}),
        ({"company_number": "SC012345"}, {"org_id": "GB-COH-SC12345"}),
        ({"charity_number": "1012345"}, {"org_id": "GB-CHC-1012345"}),
        ({"org_id": "XI-PB-A1B2"}, {"org_id": "xi-pb-a1b2"}),
    ],
)
def test_a_number_of_a_register_makes_two_names_one_supplier(one_engine, one, other):
    one_engine.knows("a", "1", "Otterscar Haulage Ltd", **one)
    one_engine.knows("b", "2", "Something Else Altogether", **other)
    one_engine.pays("a", "1", "Otterscar Haulage Ltd")
    assert are_one(one_engine, ("a", "id:1"), ("b", "id:2"))


#: What any organisation or person may be called, and what is no name.
ANYBODY = [
    "NHS",
    "City Council",
    "University",
    "Otterscar",
    "Member D Council",
    "Ann Example",
    "Mr A B Example",
    "-",
    "",
]


def test_a_name_of_anybody_is_one_supplier_in_one_postcode_district_only(one_engine):
    for number, name in enumerate(ANYBODY):
        one_engine.knows("a", str(number), name, LX1)
        one_engine.knows("b", str(number), name, LX2)
        one_engine.knows("c", str(number), name)
    one_engine.pays("a", "0", ANYBODY[0])
    apart = one_engine.entities()
    assert len(set(apart.values())) == len(apart) == 3 * len(ANYBODY)
    for number, name in enumerate(ANYBODY):
        one_engine.knows("d", str(number), name, "LX1 1AB")
    found = one_engine.entities()
    near = {name: found["a", f"id:{at}"] == found["d", f"id:{at}"] for at, name in enumerate(ANYBODY)}
    assert near == {name: bool(name.strip("-")) for name in ANYBODY}
    assert not [name for at, name in enumerate(ANYBODY) if found["a", f"id:{at}"] == found["b", f"id:{at}"]]


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Fiddlewood & Lark Builders Ltd", "THE FIDDLEWOOD AND LARK BLDRS LIMITED", True),
        ("Otterscar Haulage Ltd", "Otterscar Haulage LLP", False),
        ("Otterscar Haulage Ltd", "Otterscar Homecare Ltd", False),
    ],
)
def test_names_are_the_same_but_for_spelling_and_legal_form(one_engine, one, other, same):
    one_engine.knows("a", "1", one, LX1)
    one_engine.knows("b", "1", other)
    one_engine.pays("a", "1", one)
    assert are_one(one_engine, ("a", "id:1"), ("b", "id:1")) == same


def test_two_numbers_of_one_register_are_two_suppliers_whatever_their_name(one_engine):
    one_engine.knows("a", "1", "Otterscar Haulage Ltd", company_number="01234567")
    one_engine.knows("b", "1", "Otterscar Haulage Ltd", company_number="07654321")
    one_engine.pays("a", "1", "Otterscar Haulage Ltd")
    assert not are_one(one_engine, ("a", "id:1"), ("b", "id:1"))


def test_a_name_that_was_taken_out_is_no_name(books):
    for member, postcode in (("a", LX1), ("b", "")):
        books.knows(member, "1", "REDACTED PERSONAL DATA", postcode)
        books.pays(member, "1", "REDACTED PERSONAL DATA")
        books.pays(member, "", "REDACTED PERSONAL DATA")
    rows = books.located()
    assert rows["supplier_place_from"].tolist() == ["own_master", "none", "none", "none"]
    assert rows["supplier_entity"].isna().tolist() == [False, True, False, True]


# --- like names ---


@needs_splink
def test_like_names_are_one_where_the_place_agrees_and_else_for_a_person_to_decide(one_engine):
    one_engine.knows("a", "1", "Muckleburgh Office Supplies Ltd", LX1)
    one_engine.knows("b", "1", "Mucklebrugh Office Supplies Ltd", LX1)
    one_engine.knows("c", "1", "Muckelburgh Office Supplies Ltd")
    one_engine.pays("c", "1", "Muckelburgh Office Supplies Ltd")
    found = one_engine.linked()
    assert are_one(one_engine, ("a", "id:1"), ("b", "id:1")) and not are_one(one_engine, ("a", "id:1"), ("c", "id:1"))
    review = to_review(found)
    assert (
        set(review["member_a"]) | set(review["member_b"]) == {"a", "b", "c"}
        and review["probability"].between(0.4, 0.95).all()
    )
    assert one_engine.located()["supplier_place"].tolist() == ["unknown"]


@needs_splink
def test_the_network_says_from_which_probability_on_like_names_are_one(tmp_path):
    books = Books(tmp_path, settings="[suppliers]\nlink = 0.8\nreview = 0.7\n")
    books.knows("a", "1", "Muckleburgh Office Supplies Ltd", LX1)
    books.knows("c", "1", "Muckelburgh Office Supplies Ltd")
    books.pays("c", "1", "Muckelburgh Office Supplies Ltd")
    assert books.located()["supplier_place_from"].tolist() == ["linked_by_name"]


def test_without_splink_numbers_and_equal_names_are_used_and_no_probability_is_told(one_engine, monkeypatch):
    monkeypatch.setattr(linking, "splink_release", lambda: "")
    one_engine.knows("a", "1", "Muckleburgh Office Supplies Ltd", LX1)
    one_engine.knows("b", "1", "Muckleburgh Office Supplies Limited")
    one_engine.knows("c", "1", "Muckelburgh Office Supplies Ltd")
    one_engine.pays("b", "1", "Muckleburgh Office Supplies Limited")
    found = one_engine.linked()
    assert found.splink == "" and found.pairs["probability"].isna().all()
    assert found.records["entity"].nunique() == 2
    assert one_engine.located()["supplier_place_from"].tolist() == ["linked_by_name"]


def test_the_same_books_in_another_order_and_on_another_engine_give_the_same(tmp_path):
    names = [
        "Muckleburgh Office Supplies Ltd",
        "Mucklebrugh Office Supplies",
        "Otterscar Haulage Ltd",
        "NHS",
        "Ann Bee",
    ]
    found = []
    for place, (engine, order) in enumerate([("duckdb", 1), ("duckdb", -1), ("polars", 1)]):
        books = Books(tmp_path / str(place), engine)
        for member in "abcd"[::order]:
            for number, name in list(enumerate(names))[::order]:
                books.knows(member, str(number), name, LX1 if (number + ord(member)) % 2 else "")
                books.pays(member, str(number), name)
        found.append(books.linked())
    for other in found[1:]:
        pd.testing.assert_frame_equal(found[0].records, other.records)
        pd.testing.assert_frame_equal(found[0].pairs, other.pairs)
        pd.testing.assert_frame_equal(found[0].lines, other.lines)


# --- decisions ---


def decision(one: str, other: str, verdict: str) -> SupplierDecision:
    return SupplierDecision(records=(one * 16, other * 16), verdict=verdict, by="analyst", when=date(2024, 1, 1))


def decided(books: Books, verdict: str, *pairs: tuple[tuple[str, str], tuple[str, str]]) -> None:
    blocks = [
        f'[[decisions]]\nrecords = ["{record_of("example", *one)}", "{record_of("example", *other)}"]\n'
        f'verdict = "{verdict}"\nby = "analyst"\nwhen = 2024-01-01\n'
        for one, other in pairs
    ]
    storage.write_text(books.folder / "networks" / "example" / "supplier_decisions.toml", "\n".join(blocks))


def test_a_decision_joins_what_nothing_else_would_and_gives_a_place(books):
    books.knows("a", "1", "Otterscar Haulage Ltd", LX1)
    books.pays("b", "5", "O. Haulage (Leeds)", year="2022/23")
    books.pays("b", "5", "O. Haulage (Leeds)")
    decided(books, "same", (("a", "id:1"), ("b", "id:5")))
    assert books.located()["supplier_place_from"].tolist() == ["reviewed", "reviewed"]


def test_a_decision_parts_what_is_the_same_name_or_number(books):
    books.knows("a", "1", "Otterscar Haulage Ltd", LX1, company_number="01234567")
    books.knows("b", "1", "Otterscar Haulage Ltd", company_number="01234567")
    books.pays("b", "1", "Otterscar Haulage Ltd")
    decided(books, "not_same", (("a", "id:1"), ("b", "id:1")))
    assert books.located()["supplier_place_from"].tolist() == ["none"]
    assert "apart" in set(books.linked().pairs["verdict"]) and to_review(books.linked()).empty


def test_a_decision_about_a_supplier_that_has_gone_is_told_and_does_nothing(one_engine):
    one_engine.knows("a", "1", "Otterscar Haulage Ltd", LX1)
    one_engine.pays("a", "1", "Otterscar Haulage Ltd")
    decided(one_engine, "same", (("a", "id:1"), ("b", "id:99")))
    assert one_engine.linked().missing == [record_of("example", "b", "id:99")]


def test_decisions_that_contradict_are_one_error_that_names_the_way(tmp_path):
    told = SupplierDecisions(decisions=[decision("a", "b", "same"), decision("b", "c", "same")])
    check_decisions(told, "x")
    with pytest.raises(UserError) as wrong:
        check_decisions(SupplierDecisions(decisions=[*told.decisions, decision("c", "a", "not_same")]), "x")
    (problem,) = wrong.value.problems
    assert problem.code == "AN080" and f"{'a' * 16} = {'b' * 16}, {'b' * 16} = {'c' * 16}" in str(problem)


# --- the workspace: review file, commands, what is tracked ---


@pytest.fixture
def workspace(tmp_path, monkeypatch) -> storage.Workspace:
    books = Books(tmp_path)
    monkeypatch.setenv("ANCHOR_WORKSPACE", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    books.knows("a", "1", "Ann Smithson", LX1)
    books.knows("b", "1", "Ann Smithson")
    for member in "ab":
        books.pays(member, "1", "Ann Smithson")
    made = storage.Workspace(tmp_path)
    assert books.network and list(books.write(made.raw("example")))
    settings = storage.read_text(made.network("example") / "network.toml")
    plain = settings.replace('postcodes = "directory"\ndeprivation = "ranks"\n', "")
    storage.write_text(made.network("example") / "network.toml", plain)
    check_returns(made, "example")
    return made


def answered(file: Path, answer: str, why: str = "") -> None:
    sheet = pd.read_excel(file, dtype=str, keep_default_na=False, engine="calamine")
    sheet.assign(answer=answer, why=why).to_excel(file, index=False, sheet_name="suppliers")


def test_a_review_is_filled_in_taken_back_and_honoured(workspace, say):
    asked = say("suppliers", "review", "example", "--to", "review.xlsx")
    answered(workspace.root / "review.xlsx", "same", "one invoice address")
    words = ("suppliers", "decide", "example", "review.xlsx", "--by", "procurement lead", "--on", "2024-06-30")
    told = say(*words)
    assert (asked[0], told[0]) == (0, 0)
    (one,) = load_network(workspace, "example").suppliers_decided.decisions
    assert (one.verdict, one.by, one.when, one.why) == (
        "same",
        "procurement lead",
        date(2024, 6, 30),
        "one invoice address",
    )
    tracked = storage.read_text(workspace.network("example") / "supplier_decisions.toml")
    assert "smithson" not in (tracked + asked[1] + told[1]).lower()
    assert write_review(workspace, "example", workspace.root / "again.xlsx") == 0
    assert take_decisions(workspace, "example", workspace.root / "review.xlsx", "lead", date(2024, 7, 1)) == []


@pytest.mark.parametrize(
    ("answer", "why", "said"),
    [
        ("perhaps", "", "neither same nor not_same"),
        ("same", "It is Mrs Smithson", "a word of the supplier's name"),
    ],
)
def test_an_answer_that_is_none_or_a_reason_with_a_name_is_refused_without_the_name(workspace, answer, why, said):
    write_review(workspace, "example", workspace.root / "review.xlsx")
    answered(workspace.root / "review.xlsx", answer, why)
    with pytest.raises(UserError) as wrong:
        take_decisions(workspace, "example", workspace.root / "review.xlsx", "lead", date(2024, 7, 1))
    assert "AN082" in str(wrong.value) and said in str(wrong.value) and "mithson" not in str(wrong.value)
    assert not (workspace.network("example") / "supplier_decisions.toml").exists()


def test_a_review_file_is_never_written_over_and_another_workbook_is_refused(workspace, say):
    file = workspace.root / "review.xlsx"
    write_review(workspace, "example", file)
    refused(say("suppliers", "review", "example", "--to", "review.xlsx"), "it is there already", "AN014")
    pd.DataFrame({"a": [1]}).to_excel(file, index=False)
    with pytest.raises(UserError, match="AN082"):
        take_decisions(workspace, "example", file, "lead", date(2024, 7, 1))
    storage.write_text(file, "no workbook")
    for path in (file, Path(os.devnull), workspace.root):
        with pytest.raises(UserError, match="AN082"):
            take_decisions(workspace, "example", path, "lead", date(2024, 7, 1))
    file.write_bytes(b"PK\x03\x04 and nothing more")
    with pytest.raises(UserError, match="AN020"):
        take_decisions(workspace, "example", file, "lead", date(2024, 7, 1))


def test_of_a_review_only_rows_that_are_answered_are_read_in_whatever_order_its_columns_are(tmp_path):
    filled = {"why": ["", " one address ", "x"], "answer": ["", "same", " "], "note": ["", "", ""]}
    sheet = pd.DataFrame({**filled, "record_b": [1, 2, 3], "record_a": ["a", "b", "c"]})
    sheet.to_excel(tmp_path / "review.xlsx", index=False)
    columns = ("record_a", "record_b", "answer", "why")
    row = {"record_a": "b", "record_b": "2", "answer": "same", "why": "one address"}
    assert read_answered(tmp_path / "review.xlsx", columns, "answer") == [(3, row)]


def test_contradicting_decisions_stop_every_command_with_two(workspace, say):
    pair = (("a", "id:1"), ("b", "id:1"))
    text = ""
    for verdict in ("same", "not_same"):
        decided(Books(workspace.root), verdict, pair)
        text += storage.read_text(workspace.network("example") / "supplier_decisions.toml") + "\n"
    storage.write_text(workspace.network("example") / "supplier_decisions.toml", text)
    code, printed = say("check", "example")
    assert code == 2 and printed.count("AN080") == 1 and "Traceback" not in printed


def test_a_check_tells_of_decisions_whose_supplier_is_gone(workspace):
    decided(Books(workspace.root), "same", (("a", "id:1"), ("b", "id:77")))
    questions = check_returns(workspace, "example").questions
    assert [one.code for one in questions] == ["AN081"] and record_of("example", "b", "id:77") in str(questions[0])
    assert not check_returns(workspace, "example", member="a").questions


def test_another_members_new_supplier_does_not_locate_a_return_again(workspace):
    located = set(workspace.processed("example").glob("located/*/*/*"))
    path = workspace.raw("example") / "2023-24" / "b" / "suppliers.csv"
    storage.write_text(path, storage.read_text(path) + "2,Something New Ltd,LX2 2BB,,,\n")
    check_returns(workspace, "example")
    again = set(workspace.processed("example").glob("located/*/*/*")) - located
    assert {path.parent.name for path in again} == {"b"}
