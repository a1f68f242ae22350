"""Names of private persons in ledgers are in nothing that a run shows: no edition, internal page, result or message.

Twenty persons are suppliers, by all the ways in which ledgers write them: sole traders, foster carers, clients, with
titles, accents, hyphens and apostrophes, in the description of what was bought as well, and behind redactions that were
mistyped. They are paid enough to be among each member's largest suppliers. The search is the tests' own and looks at
every byte; the surnames are invented, so that one of them anywhere is a person told of.
"""

from __future__ import annotations

import csv
import io
import shutil
from pathlib import Path

import pytest

from anchor_analysis import storage
from anchor_analysis.problems import UserError
from anchor_analysis.publish.notebooks import read_notebooks
from anchor_analysis.running import check_returns, run_network
from anchor_analysis.running.releasing import release
from tests.every_byte import found_in
from tests.injections import MEMBER, ROOT
from tests.small_network import NO_REFERENCE, OPEN

#: Each person by the surname that is looked for, and as the ledger writes them: supplier, and what was bought.
PERSONS = {
    "Quistwarden": ("Quistwarden, Maud", "Catering"),
    "Brambleigh": ("Mr J Brambleigh", "Building works"),
    "Nuñez-Thornquay": ("Zoë Nuñez-Thornquay", "Cleaning"),
    "O'Fallowbrook": ("Seán O'Fallowbrook t/a Fallowbrook Roofing", "Building works"),
    "Vantongerlooze": ("DR P. VANTONGERLOOZE", "Medical"),
    "Szymborzewska": ("szymborzewska, agnieszka", "Interpreting"),
    "D’Arcquith": ("Mrs É. D’Arcquith", "Foster carer allowance"),
    "Llwynogfardd": ("Miss Carys Llwynogfardd (foster carer)", "Foster care"),
    "Okonkwuoma": ("REDACTD - Okonkwuoma, Chidi", "Direct payment"),
    "Hartlewhin": ("Redcated: Hartlewhin T", "Direct payment"),
    "Featherstanhaugh": ("Personal dta Featherstanhaugh", "Direct payment"),
    "Björkvallen": ("Björkvallen  Åsa", "Catering"),
    "Çelikdöven": ("Mehmet ÇELİKDÖVEN".replace("İ", "I"), "Taxis"),
    "Prendergarth": ("A N Prendergarth & Son", "Building works"),
    "Mapplethwaite": ("Redacted Supplier", "Foster care for Mapplethwaite, Ben"),
    "Ulverskelf": ("REDACTED PERSONAL DATA", "Direct payment ref Ulverskelf"),
    "Ravenscroy": ("Example Legal LLP", "Settlement - Ms Ravenscroy v Council"),
    "Zuckerbrodt": ("Example Temps Limited", "Agency worker Zuckerbrodt, Emil"),
    "Whinfellow": ("Whinfellow", "Room hire"),
    "Ngatokoroa": ("Estate of the late Mere Ngatokoroa", "Refund"),
}
FIRMS = [f"Example Supplies {number} Limited" for number in range(30)]
HEADERS = ["transaction_id", "payment_date", "supplier_id", "supplier_name", "category", "net_gbp"]
NOTEBOOKS = ["spend", "network_impact", "data_quality"]

#: Where rows belong: the returns, and what is made of them row by row.
ROWS = ["data/raw/", *(f"data/processed/example/{one}/" for one in ("cleaned", "located", "linked"))]


def as_csv(rows: list[list[object]]) -> str:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue()


def ledger(year: int, growth: int) -> str:
    """A year's payments, the persons' the largest of them; those behind redactions have no number."""
    rows: list[list[object]] = [list(HEADERS)]
    for number, (supplier, bought) in enumerate(PERSONS.values()):
        known = "" if "red" in supplier.lower() else f"S{number:03d}"
        rows += [[f"T{number}-{m}", f"15/{m:02d}/{year}", known, supplier, bought, 9000 + 90 * m] for m in (4, 7, 10)]
    for number, firm in enumerate(FIRMS):
        rows += [[f"F{number}", f"15/05/{year}", f"F{number:03d}", firm, "Catering", 100 * growth + number]]
    return as_csv(rows)


def make_workspace(folder: Path) -> storage.Workspace:
    """Three members whose ledgers and supplier masters name the persons, and the shipped notebooks on spending."""
    workspace = storage.Workspace(folder)
    settings = NO_REFERENCE.format(**OPEN)
    settings = settings.replace('"2021/22"', '"2022/23"').replace(
        'place = "Leeds"', 'place = "Leeds"\narchive = "kept"'
    )
    members = "".join(MEMBER.format(name).replace('"employer", ', "") for name in "abc")
    storage.write_text(workspace.network("example") / "network.toml", settings + members)
    for member in "abc":
        for year in (2022, 2023):
            raw = workspace.raw("example") / f"{year}-{year - 1999}" / member
            storage.write_text(raw / "ledger.csv", ledger(year, 1 + ord(member) % 5 + year % 2))
            known = [[f"S{n:03d}", name, "LX1 1AA"] for n, (name, _) in enumerate(PERSONS.values())]
            storage.write_text(
                raw / "suppliers.csv", as_csv([["supplier_id", "supplier_name", "supplier_postcode"], *known])
            )
    for name in NOTEBOOKS:
        for end in ("ipynb", "parameters.yaml"):
            storage.made(workspace.notebooks)
            shutil.copy(ROOT / "notebooks" / f"{name}.{end}", workspace.notebooks)
    return workspace


def surnames() -> list[str]:
    """What is looked for: each surname as written, and without its accents where a program may drop them."""
    plain = str.maketrans("ñëéÉöåÅÇçİ", "neeEoaACcI")
    return sorted({*PERSONS, *(name.translate(plain) for name in PERSONS), "Arcquith", "Thornquay"})


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> storage.Workspace:
    """The workspace after a run."""
    workspace = make_workspace(tmp_path_factory.mktemp("seeded"))
    run_network(workspace, "example")
    return workspace


def test_the_names_are_in_the_returns_and_in_the_rows_made_of_them(made):
    assert len(PERSONS) >= 20
    found = "\n".join(found_in(made.root, list(PERSONS)))
    assert [name for name in PERSONS if f"ledger.csv: {name}" not in found] == []
    assert "data/processed/example/cleaned" in found and "data/processed/example/linked" in found


def test_the_persons_are_among_the_largest_suppliers(made):
    cells = storage.read_frame(made.editions("example") / "2023-24" / "r1" / "cells.parquet")
    share = cells[(cells["metric"] == "spend_top_10_share") & (cells["table"] == "spend_concentration")]
    assert len(share) and share["status"].eq("shown").any()


def test_no_name_is_in_the_edition(made):
    edition = made.editions("example") / "2023-24" / "r1"
    names = {path.name for path in edition.rglob("*")}
    assert {"spend.html", "network_impact.html", "workbook.xlsx", "claims.json", "cells.parquet"} <= names
    assert "spend" in read_notebooks(edition)
    assert found_in(edition, surnames()) == []


def test_no_name_is_in_internal_pages_results_notebooks_or_anything_else(made):
    assert (made.editions("example") / "2023-24" / "internal" / "data_quality.html").is_file()
    assert found_in(made.root, surnames(), ROWS) == []


def test_no_name_is_in_a_released_edition_or_its_archive(made, tmp_path):
    shutil.copytree(made.root, tmp_path / "copy")
    workspace = storage.Workspace(tmp_path / "copy")
    release(workspace, "example", by="head of research")
    assert (workspace.root / "kept" / "example" / "2023-24" / "r1" / "spend.html").is_file()
    assert found_in(workspace.root, surnames(), ROWS) == []


def test_no_name_is_in_what_is_to_be_mended(made, tmp_path):
    shutil.copytree(made.root, tmp_path / "copy")
    workspace = storage.Workspace(tmp_path / "copy")
    path = workspace.raw("example") / "2023-24" / "a" / "ledger.csv"
    faulty = storage.read_text(path).replace(",9360", ",12k").replace("15/07/2023", "31/02/2023")
    storage.write_text(path, faulty)
    with pytest.raises(UserError) as caught:
        check_returns(workspace, "example", to=workspace.root / "mend.xlsx")
    storage.write_text(workspace.root / "said.txt", str(caught.value))
    assert "12k" in str(caught.value) and (workspace.root / "mend.xlsx").is_file()
    assert found_in(workspace.root, surnames(), ROWS) == []
