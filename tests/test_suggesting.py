"""Drafts of mappings: what is known is found, nothing is used unseen, and nothing private is in them."""

import yaml

from anchor_analysis.read import suggest_mappings
from anchor_analysis.running import suggest
from tests.returns_example import Return, column

ROWS = "".join(f"Roads,{day:02d}/05/2023,Firm {day},{day}.50,R{day}\n" for day in range(1, 9))
PAYMENTS = f"Spend of May\n\nDirectorate,Paid on,Payee,Sum paid,Ref no\n{ROWS}"


def drafts(example: Return):
    network = example.network
    return suggest_mappings(example.folder, network, network.member("hospital"))


def test_a_draft_names_what_the_values_look_like(tmp_path):
    hospital = Return(tmp_path)
    hospital.file("payments.csv", PAYMENTS)
    [draft] = drafts(hospital)
    mapping = yaml.safe_load(draft.text)
    assert mapping["table"] == "ledger" and draft.missing == []
    assert mapping["columns"]["payment_date"] == ["Paid on"] and mapping["columns"]["net_pence"] == ["Sum paid"]
    assert {"Directorate", "Payee", "Ref no"} >= set(mapping["ignored"])


def test_a_draft_that_was_looked_through_reads_the_file(tmp_path):
    hospital = Return(tmp_path)
    hospital.file("payments.csv", PAYMENTS)
    [draft] = drafts(hospital)
    hospital.mapping(draft.text)
    [source] = hospital.read()
    assert column(source, "net_pence")[2:4] == ["1.50", "2.50"]  # below two rows above the headers
    assert drafts(hospital) == []


def test_what_cannot_be_found_stands_in_the_draft_as_a_line_to_fill(tmp_path):
    hospital = Return(tmp_path)
    hospital.file("ledger.csv", "Who,What,Whom\n" + "a,b,c\n" * 5)
    assert drafts(hospital) == []  # no header is known and no value tells
    hospital.file("ledger.csv", "Payee,Net amount,Whom\n" + "a,5.00,c\n" * 5)
    [draft] = drafts(hospital)
    assert "payment_date" in draft.missing and "# payment_date: [ITS HEADER]" in draft.text


def test_gross_and_vat_are_not_drafted_as_the_net_amount(tmp_path):
    hospital = Return(tmp_path)
    hospital.file("ledger.csv", "Paid on,Payee,Gross Amount,VAT Amount\n" + "01/05/2023,a,5.00,1.00\n" * 5)
    [draft] = drafts(hospital)
    assert draft.missing == ["net_pence"]
    assert yaml.safe_load(draft.text)["ignored"] == ["Payee", "Gross Amount", "VAT Amount"]


def test_a_file_without_headers_gives_no_draft_of_its_people(tmp_path):
    college = Return(tmp_path, "college")
    college.file("workforce.csv", "R-1,1,permanent,LS1 4AP\nR-2,1,permanent,LS1 4AP\n" * 4)
    assert drafts(college) == []


def test_a_draft_is_used_by_nothing_until_it_is_moved(tmp_path):
    hospital = Return(tmp_path)
    hospital.file("payments.csv", PAYMENTS)
    [path] = suggest(hospital.workspace, "example", member="hospital")
    assert path.parent.name == "drafts"
    assert [problem.code for problem in hospital.problems()] == ["AN024"]
