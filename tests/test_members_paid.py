"""Payments between members: told by declared names, exactly, and kept out of what is paid to suppliers."""

from __future__ import annotations

import pandas as pd
import pytest

from anchor_analysis.declared.names import name_key
from anchor_analysis.problems import UserError
from tests.oracle import one_spelling
from tests.spec import write_network
from tests.steps import Steps

MEMBER = (
    '[[members]]\nid = "{id}"\nname = "{name}"\nsector = "x"\njoined = {joined}\nlevers = ["employer", "spender"]\n'
)
KNOWN = 'known_as = ["Owl CC", "Schools & Libraries of Owl", "Café Straße"]\n'

#: What a ledger says, and whom the line pays.
NAMES = {
    "Owlgate City Council": "b",
    "  OWLGATE  CITY COUNCIL. ": "b",
    "owlgate-city\u00a0council": "b",
    "OWL C.C.": "b",
    "schools and libraries of owl": "b",
    "Schools & Libraries of Owl": "b",
    "CAFÉ Straße": "b",
    "Owlgate City Councillors Benevolent Fund": None,
    "Owlgate Council": None,
    "Owlgate City Council Ltd": None,
    "Schools Libraries of Owl": None,
    "Cafe Strasse": None,
    "": None,
    "-": None,
    "St Mary\u2019s Hall": "a",
    "ST MARYS HALL": "a",
}


def members(known: str = KNOWN, joined: str = "2018-04-01", name: str = "St Mary's Hall") -> str:
    a = MEMBER.format(id="a", name=name, joined="2018-04-01")
    return a + MEMBER.format(id="b", name="Owlgate City Council", joined=joined) + known


def ledger(names: list[str]) -> str:
    rows = "".join(f'T{number},01/05/2023,"{name}",{10 * (number + 1)}\n' for number, name in enumerate(names))
    return "transaction_id,payment_date,supplier_name,net_gbp\n" + rows


def located(folder, names: list[str], engine: str = "duckdb", **about: str) -> tuple[Steps, pd.DataFrame]:
    steps = Steps(folder, write_network(folder, members(**about)), engine)
    steps.send("ledger.csv", ledger(names))
    return steps, steps.frame(steps.located() / "ledger")


@pytest.mark.parametrize("engine", ["duckdb", "polars"])
def test_a_name_is_a_members_whatever_its_spelling_and_never_by_likeness(tmp_path, engine):
    _, rows = located(tmp_path, list(NAMES), engine)
    paid = rows["paid_member"].astype(object).where(rows["paid_member"].notna(), None)
    assert dict(zip(NAMES, paid, strict=True)) == NAMES


def test_a_key_is_one_spelling_as_the_oracle_has_it():
    for name in NAMES:
        for other in NAMES:
            assert (name_key(name) == name_key(other)) == (one_spelling(name) == one_spelling(other)), (name, other)


@pytest.mark.parametrize("engine", ["duckdb", "polars"])
def test_what_members_are_paid_stands_by_itself_and_in_no_other_sum(tmp_path, engine):
    steps, rows = located(tmp_path, ["Owl CC", "St Mary's Hall", "Somebody else"], engine)
    assert rows["paid_to"].tolist() == ["other_member", "itself", "supplier"]
    sums = steps.sums(steps.located()).set_index("metric")
    names = ["net_spend", "spend_with_members", "local_spend"]
    spend = {name: tuple(sums.loc[name, ["numerator", "unknown"]]) for name in names}
    assert sums["numerator"].drop("spend_with_members").max() == 3000, "no measure holds what members are paid"
    assert spend == {"net_spend": (3000, 0), "spend_with_members": (3000, 0), "local_spend": (0, 3000)}


def test_a_ledger_without_names_pays_no_member_that_could_be_told(tmp_path):
    steps = Steps(tmp_path, write_network(tmp_path, members()))
    steps.send("ledger.csv", "transaction_id,payment_date,net_gbp\nT1,01/05/2023,5\n")
    rows = steps.frame(steps.located() / "ledger")
    assert rows["paid_to"].tolist() == ["supplier"] and rows["paid_member"].isna().all()


def test_a_member_counts_as_paid_before_it_joined(tmp_path):
    _, rows = located(tmp_path, ["Owl CC"], joined="2025-04-01")
    assert rows["paid_member"].tolist() == ["b"]


@pytest.mark.parametrize(
    ("about", "said"),
    [
        ({"known": 'known_as = ["ST. MARYS HALL"]\n'}, '"ST. MARYS HALL" is a name of b, and "St Mary\'s Hall" of a'),
        ({"name": "Owlgate City council"}, '"Owlgate City Council" is a name of b, and "Owlgate City council" of a'),
        ({"known": 'known_as = ["--"]\n'}, '"--", a name of b, has no letter and no figure'),
    ],
)
def test_a_name_of_two_members_or_of_nothing_is_a_fault(tmp_path, about, said):
    with pytest.raises(UserError) as caught:
        write_network(tmp_path, members(**about))
    assert said in str(caught.value) and "AN007" in str(caught.value)


def test_a_member_may_say_its_own_name_again(tmp_path):
    network = write_network(tmp_path, members(known='known_as = ["OWLGATE CITY COUNCIL"]\n'))
    assert network.payees["b"] == ["owlgatecitycouncil"]
