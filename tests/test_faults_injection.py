"""Hostile words in names, remarks, returns and notebooks: nothing that comes out runs, reckons or obeys."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import subprocess
import sys
from datetime import datetime
from html import unescape
from itertools import cycle
from pathlib import Path

import nbformat
import openpyxl
import pandas as pd
import pytest

from anchor_analysis import storage
from anchor_analysis.declared import load_network
from anchor_analysis.present import Released, make_claims, make_register
from anchor_analysis.present.origins import Origins
from anchor_analysis.problems import Problem, UserError
from anchor_analysis.publish.copies import find_browser
from anchor_analysis.publish.editions import find_edition
from anchor_analysis.publish.index import render_editions, render_index
from anchor_analysis.publish.page_check import page_faults
from anchor_analysis.publish.workbook import safe_csv, tidy_csv, write_workbook
from anchor_analysis.read.books import new_workbook
from anchor_analysis.signs import unseen
from tests.hostile_edition import (
    DECLARED,
    csv_reckons,
    every_output,
    hostile_facts,
    page_runs,
    rendered,
    terminal_obeys,
    workbook_reckons,
)  # fmt: skip
from tests.hostile_words import CANARY, HOOK, MARKUP, PAYLOADS
from tests.small_network import NO_REFERENCE, OPEN, PAGE, SCHEMA, write_settings
from tests.test_faults_names import toml
from tests.test_pages import prose

HEADING = "Injection"
ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def edition():
    return hostile_facts(DECLARED)


@pytest.fixture(scope="module")
def pages(edition) -> dict[str, str]:
    """Pages in which every text of people's own begins with a payload."""
    cells, facts, _ = edition
    hashes = {year: {one["id"]: "ab" * 32 for one in facts["members"]} for year in dict.fromkeys(cells["period"])}
    register = make_register(cells, facts, make_claims(cells, facts), hashes, lambda metric, table: {"postcodes"})
    origins = Origins(Released(cells, facts), register)
    titles = {f"page{at}.html": text for at, text in enumerate(DECLARED)}
    standing = [
        {"year": "2022/23", "revision": "r1", "status": "withdrawn", "href": "x.html", "said": text}
        for text in DECLARED
    ]
    return {
        "internal": rendered(list(every_output(cells, facts)), facts),
        "index": render_index(cells, facts, titles, ["workbook.xlsx", "tables/series.csv"], origins),
        "editions": render_editions(facts, standing),
    }


# --- what an edition says ---


def test_no_text_of_an_edition_comes_alive_on_its_pages(edition, pages, survived):
    wrong = {name: found for name, page in pages.items() if (found := page_runs(page))}
    texts = {name: re.sub(r"\s+", " ", unescape(re.sub("<[^>]*>", "", page))) for name, page in pages.items()}
    names = [re.sub(r"\s+", " ", one["name"]).strip() for one in edition[1]["members"]]
    lost = [name for name in names if name not in texts["internal"]]
    told = [text for text in DECLARED if re.sub(r"\s+", " ", text).strip() not in texts["editions"]]
    tried, alive = edition[2] + 2 * len(DECLARED), sum(map(len, wrong.values())) + len(lost) + len(told)
    survived(HEADING, "Texts of an edition, on its pages", tried=tried, held=max(tried - alive, 0))
    assert (wrong, lost, told) == ({}, [], []) and edition[2] > len(DECLARED)


def test_no_text_of_an_edition_reckons_in_its_workbook_or_its_tables(edition, survived, tmp_path):
    cells, facts, count = edition
    write_workbook(cells, [], facts, tmp_path / "workbook.xlsx")
    wrong = workbook_reckons(tmp_path / "workbook.xlsx")
    for name in dict.fromkeys(cells["table"]):
        wrong += csv_reckons(tidy_csv(cells, name))
    held = {
        str(cell.value)
        for sheet in openpyxl.load_workbook(tmp_path / "workbook.xlsx")
        for row in sheet.iter_rows()
        for cell in row
    }
    cover = f"{facts['name']}, {facts['place']}"
    survived(HEADING, "Texts of an edition, in its workbook and its tables", tried=count, held=count - len(wrong))
    assert wrong == [] and cover in held


def test_no_payload_is_a_formula_in_a_file_of_ours(survived, tmp_path):
    text = safe_csv(pd.DataFrame({"=head": PAYLOADS, "number": [-1.5] * len(PAYLOADS)}))
    wrong = csv_reckons(text)
    read = pd.read_csv(io.StringIO(text), keep_default_na=False, dtype=str, lineterminator="\n")
    assert len(read) == len(PAYLOADS) or "\r" in text
    assert text.count(",-1.5\n") == len(PAYLOADS)  # a number keeps its sign
    with new_workbook(tmp_path / "x.xlsx", "=1+1", datetime(2024, 1, 1)) as book:
        sheet = book.add_worksheet("A")
        for row, payload in enumerate(PAYLOADS):
            sheet.write(row, 0, payload)  # whatever kind of cell it would be taken for
    wrong += workbook_reckons(tmp_path / "x.xlsx")
    survived(
        HEADING,
        "Payloads as cells of CSV and of a workbook",
        tried=2 * len(PAYLOADS),
        held=2 * len(PAYLOADS) - len(wrong),
    )
    assert wrong == []


# --- what a notebook says ---


def outputs(text: str) -> list:
    """A cell that printed the text, gave it as plain text and as a frame, and one that gave it as HTML."""
    frame = pd.DataFrame({text: [text]})._repr_html_()
    plain = nbformat.v4.new_output("execute_result", {"text/plain": text}, execution_count=1)
    said = nbformat.v4.new_output("stream", name="stdout", text=text)
    framed = nbformat.v4.new_output("display_data", {"text/html": frame, "text/plain": text})
    others = {
        "image/svg+xml": text,
        "application/javascript": text,
        "text/markdown": text,
        "text/latex": text,
        "text/plain": "x",
    }
    return [nbformat.v4.new_code_cell(outputs=[said, plain, framed, nbformat.v4.new_output("display_data", others)])]


def html(text: str) -> list:
    return [
        nbformat.v4.new_code_cell(
            outputs=[nbformat.v4.new_output("display_data", {"text/html": text, "text/plain": "x"})]
        )
    ]


def test_a_page_is_made_harmless_or_refused_whatever_a_notebook_holds(edition, survived):
    facts = hostile_facts(["x"])[1]
    tried, wrong, refused = 0, [], 0
    for text in PAYLOADS:
        for kind, cells in (("prose", [prose(text)]), ("output", outputs(text)), ("html", html(text))):
            tried += 1
            try:
                page = rendered([prose("## First"), *cells], facts)
            except ValueError:
                refused += 1
                wrong += ["output"] if kind == "output" else []
                continue
            wrong += [(kind, text, page_runs(page))] if page_runs(page) else []
    survived(HEADING, "Prose, prints, frames and HTML of a notebook, on its page", tried=tried, held=tried - len(wrong))
    assert wrong == [] and 20 < refused < tried // 2


def test_the_check_of_pages_finds_what_stands_in_one_after_all(pages, survived):
    sound = pages["editions"]
    assert page_faults(sound) == []
    live = [text for text in MARKUP if page_runs(sound.replace("</main>", f"{text}</main>"))]
    held = [text for text in live if page_faults(sound.replace("</main>", f"{text}</main>"))]
    survived(HEADING, "Markup that got onto a page all the same, found by the check", tried=len(live), held=len(held))
    assert held == live and len(live) > 35


# --- what a terminal is shown ---


def test_a_terminal_is_told_and_never_commanded(survived, capsys, monkeypatch):
    from rich.console import Console
    from rich.table import Table

    from anchor_analysis.commands import screen

    wrong, shown = [], 0
    for text in PAYLOADS:
        table = Table(title=text)
        table.add_column(text)
        table.add_row(text)
        for what in (text, table):
            screen.out.print(what)
            screen.err.print(what, style="bold")
        screen.show_problems(UserError([Problem("AN020", text, text, text), Problem("AN020", text, text, text)]))
        printed = "".join(capsys.readouterr())
        wrong += [text] if terminal_obeys(printed) else []
        shown += bool(unseen(text)) or text.expandtabs().split("\n")[0].strip() in printed
    survived(HEADING, "Payloads on a terminal", tried=len(PAYLOADS), held=len(PAYLOADS) - len(wrong))
    assert wrong == [] and shown == len(PAYLOADS) and isinstance(screen.out, Console)


@pytest.mark.skipif(os.name == "nt", reason="pseudo-terminals are of Unix")
def test_a_real_terminal_is_shown_what_is_wrong_with_hostile_values_in_colours_and_nothing_more(survived, tmp_path):
    workspace = write_settings(tmp_path)
    texts = [text for text in PAYLOADS if "\0" not in text]
    rows = [["transaction_id", "payment_date", "supplier_name", "net_gbp"]]
    rows += [[f"T{at}", text, text, text] for at, text in enumerate(texts)]
    for member in "ab":
        storage.write_text(workspace.raw("example") / "2023-24" / member / "ledger.csv", lines_of(rows))
    code, told = on_a_terminal(workspace, "check", "example", "--to", str(tmp_path / "mend.xlsx"))
    wrong = terminal_obeys(told) + workbook_reckons(tmp_path / "mend.xlsx")
    names = ["[bold]\x1b]0;owned\x07[/]", "\x1b[2J", "\u202egnp", "[link=http:]a[link]", "\r\x9b2J"]
    for name in names:
        storage.write_text(workspace.raw("example") / "2023-24" / name / "ledger.csv", "x\n")
        storage.write_text(workspace.raw("example") / "2023-24" / "c" / f"{name}.csv", lines_of(rows))
    again, folders = on_a_terminal(workspace, "check", "example")
    wrong += terminal_obeys(folders)
    tried = 2 * len(texts) + 2 * len(names)
    fault = "Values, folders and files, told on a pseudo-terminal and in the workbook to send back"
    survived(HEADING, fault, tried=tried, held=tried - len(wrong))
    assert wrong == [] and (code, again) == (2, 2) and "Traceback" not in told + folders
    assert "\\x1b]0;owned\\x07" in folders and "(AN021," in told


def on_a_terminal(workspace: storage.Workspace, *words: str) -> tuple[int, str]:
    """The exit code of a command on a pseudo-terminal, and what it printed, but for colours and movements of bars."""
    import pty

    mine, theirs = pty.openpty()
    environment = os.environ | {"ANCHOR_WORKSPACE": str(workspace.root), "TERM": "xterm-256color"}
    command = [sys.executable, "-c", "from anchor_analysis.commands import command_line; command_line()", *words]
    with subprocess.Popen(command, env=environment, stdout=theirs, stderr=theirs, stdin=theirs) as process:
        os.close(theirs)
        printed = read_all(mine)
    return process.returncode, re.sub("\x1b\\[[?]?[0-9;]*[mhlAK]|\r", "", printed)


def read_all(terminal: int) -> str:
    """What is printed on a pseudo-terminal until nobody holds it any more."""
    found = b""
    while True:
        try:
            part = os.read(terminal, 65_536)
        except OSError:  # how Linux says that the other end is closed
            part = b""
        if not part:
            os.close(terminal)
            return found.decode("utf-8")
        found += part


# --- a browser ---


@pytest.fixture(scope="module")
def opened(tmp_path_factory):
    """Opens a page in Chromium without the policy that forbids scripts; gives what the page then is."""
    try:
        browser = find_browser()
    except UserError:
        pytest.skip("no Chromium, Chrome or Edge is installed")
    folder = tmp_path_factory.mktemp("browser")

    def look(page: str) -> str:
        path = folder / "page.html"
        path.write_text(re.sub('<meta http-equiv="Content-Security-Policy"[^>]*>', "", page), encoding="utf-8")
        command = [str(browser), "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={folder / 'own'}",
                   "--virtual-time-budget=3000", "--dump-dom", path.as_uri()]  # fmt: skip
        done = subprocess.run(command, capture_output=True, check=True, timeout=300)
        return done.stdout.decode("utf-8")

    return look


@pytest.mark.long
def test_nothing_runs_in_a_browser_without_the_policy_of_pages(edition, pages, opened, survived):
    live = pages["editions"].replace("</main>", f"<img src=x onerror={HOOK}></main>")
    assert "data-ran" in opened(live).split(">", 2)[1]  # what ran would be seen
    facts = hostile_facts(["x"])[1]
    harmless = []
    for text in PAYLOADS:
        try:
            rendered([prose("## First"), prose(text), *outputs(text), *html(text)], facts)
        except ValueError:
            continue
        harmless += [prose(text), *outputs(text), *html(text)]
    shown = [*pages.values(), rendered([prose("## First"), *harmless], facts)]
    ran = [page for page in shown if "data-ran" in opened(page).split(">", 2)[1]]
    tried = edition[2] + len(DECLARED) + len(harmless)
    survived(
        HEADING,
        "Texts and notebooks in Chromium, without the policy of pages",
        tried=tried,
        held=tried if not ran else 0,
    )
    assert ran == [] and len(harmless) > 100


# --- a whole run ---

IDS = "abc"
_DAYS = [f"{day:02d}/{month:02d}/{{}}" for month in (5, 9, 12) for day in (3, 17)]

#: Payloads that can stand in a return, where a NUL is refused: others than are declared, since the audit would rightly
#: find a supplier's name on a page that has it as a member's.
SENT = [text.replace(HOOK, "top.heard()") for text in PAYLOADS[::2] if "\0" not in text]

_MAPPING = """files: "*pay*.csv"
table: ledger
columns:
  transaction_id: [transaction_id]
  payment_date: [payment_date]
  supplier_name: [supplier_name]
  net_pence: [net_gbp]
"""


def lines_of(rows: list[list[str]]) -> str:
    stream = io.StringIO()
    csv.writer(stream, quoting=csv.QUOTE_ALL, lineterminator="\n").writerows(rows)
    return stream.getvalue()


def hostile_network(folder: Path) -> storage.Workspace:
    """A network in which whatever people write in words of their own begins with a payload."""
    words = cycle([text for text in DECLARED if text not in PAYLOADS[::2]])
    workspace = storage.Workspace(folder)
    own = workspace.network("example")
    settings = NO_REFERENCE.format(**OPEN).replace(
        'estate = "open_data"', 'estate = "open_data"\nlistening = "open_data"'
    )
    settings = settings.replace('estate = "shared"', 'estate = "shared"\nlistening = "shared"')
    for was in ("Example Network", '"Leeds"', "someone@example.org", "CC0-1.0"):
        settings = settings.replace(f'"{was}"' if was[0] != '"' else was, toml(next(words)))
    for member in IDS:
        settings += f'[[members]]\nid = "{member}"\nname = {toml(f"{next(words)} Member {member.upper()}")}\n'
        settings += (
            f"sector = {toml(next(words))}\njoined = 2018-04-01\nknown_as = [{toml(f'{next(words)} {member}ll')}]\n"
        )
        settings += 'levers = ["employer", "spender", "community"]\n'
        settings += f'[[coverage]]\nmember = "{member}"\nyear = "2021/22"\ntables = ["workforce"]\nstatus = "missing"\n'
        settings += f"reason = {toml(next(words))}\n"
        settings += (
            f'[[breaks]]\nmember = "{member}"\nfrom = "2023/24"\nmetrics = ["staff"]\nwhy = {toml(next(words))}\n'
        )
    storage.write_text(own / "network.toml", settings + '[listening]\ncodebook = "ours"\n')
    answers = [
        f'[[answers]]\ncode = "AN047"\nmember = "{member}"\nyear = "{year}"\nmetric = "staff_left"\n'
        f"reason = {toml(next(words))}\n"
        for member in IDS for year in ("2022/23", "2023/24")
    ]  # fmt: skip
    storage.write_text(own / "answers.toml", "".join(answers))
    themes = {f"t{at}": {"title": f"{next(words)} {at}", "description": next(words)} for at in range(30)}
    book = {"title": next(words), "version": 1, "source": next(words), "source_status": next(words), "themes": themes}
    storage.write_text(own / "definitions" / "codebooks" / "ours.yaml", json.dumps(book))
    storage.write_text(own / "mappings" / "pay.yaml", _MAPPING)
    storage.write_text(own / "actions.toml", "".join(
        f'[[actions]]\ntheme = "t{at}"\naction = {toml(next(words))}\nmember = "{IDS[at % 3]}"\nstatus = "done"\n'
        'metric = "staff"\nsince = 2022-04-01\n' for at in range(30)
    ))  # fmt: skip
    head = ["condition", "period", "area", "name", "value", "lower", "upper", "mark", "source", "released"]
    rows = [["claimant_count", str(year), f"{next(words)} {at}", next(words), "3.4", "", "", "", next(words),
    "2024-01-16"]
            for at in range(8) for year in (2022, 2023)]  # fmt: skip
    storage.write_text(own / "conditions.csv", lines_of([head, *rows]))
    for year in ("2022-23", "2023-24"):
        for at, member in enumerate(IDS):
            send_hostile(workspace, member, year, at)
    return workspace


def send_hostile(workspace: storage.Workspace, member: str, year: str, at: int) -> None:
    """Staff, what was heard, and payments in files whose names are payloads too."""
    folder = workspace.raw("example") / year / member
    people = "".join(f"EMP-{member}-{n:05d},1,permanent,1,LX1 1AA\n" for n in range(40 + 10 * at))
    storage.write_text(folder / "workforce.csv", "employee_id,assignment_id,contract,fte,home_postcode\n" + people)
    heard = [["item_id", "project", "source", "date", "ward", "kind", "theme", "coder", "verbatim", "consent"]]
    heard += [[f"L-{n}", SENT[n] or "x", "workshop", f"16/05/{year[:4]}", "", "barrier", f"t{n % 30}", "AB",
    f"{SENT[n]} heard{n}", "no"]
              for n in range(at, len(SENT), len(IDS))]  # fmt: skip
    storage.write_text(folder / "listening.csv", lines_of(heard))
    names = [text for text in DECLARED if "/" not in text and len(os.fsencode(text)) < 200][at::3]
    for number, name in enumerate(names):
        paid = [["transaction_id", "payment_date", "supplier_name", "net_gbp"]]
        paid += [[f"T-{number}-{n}", _DAYS[n % 6].format(year[:4]), f"{text} Paid{n}{member}", str(1000 + n)]
                 for n, text in enumerate(SENT) if n % 9 == number % 9]  # fmt: skip
        storage.write_text(folder / f"{name} pay.csv", lines_of(paid))


@pytest.fixture(scope="module")
def whole(tmp_path_factory) -> storage.Workspace:
    """That network, run."""
    from anchor_analysis.running import forking, run_network
    from anchor_analysis.running.preparing import held

    forking.OF_ONE_KERNEL += ("PYTEST_",)
    workspace = hostile_network(tmp_path_factory.mktemp("hostile"))
    for name in ("data_quality", "community", "member_profile"):
        for suffix in (".ipynb", ".parameters.yaml"):
            storage.write_bytes(
                workspace.notebooks / f"{name}{suffix}", (ROOT / "notebooks" / f"{name}{suffix}").read_bytes()
            )
    cells = [nbformat.v4.new_code_cell('network = "example"\nyear = "2023/24"', metadata={"tags": ["parameters"]}),
             nbformat.v4.new_code_cell(PAGE)]  # fmt: skip
    storage.write_text(
        workspace.notebooks / "network_impact.ipynb", nbformat.writes(nbformat.v4.new_notebook(cells=cells))
    )
    storage.write_text(workspace.notebooks / "network_impact.parameters.yaml", SCHEMA)
    CANARY.unlink(missing_ok=True)
    with held():
        run_network(workspace, "example")
        yield workspace


@pytest.mark.long
def test_a_run_on_hostile_words_makes_nothing_that_runs_reckons_or_obeys(whole, survived, say, monkeypatch, tmp_path):
    monkeypatch.setenv("ANCHOR_WORKSPACE", str(whole.root))
    monkeypatch.chdir(tmp_path)
    edition = find_edition(whole, "example")
    claim = storage.read_json(edition.folder / "claims.json")
    figure = next(iter(claim["figures"] if isinstance(claim, dict) and "figures" in claim else claim["claims"]))
    figure = figure if isinstance(figure, str) else figure["id"]
    commands = [
        ["network", "show", "example"], ["edition", "list", "example"], ["edition", "trace", figure, "--csv",
        "rows.csv"],
        ["return", "template", "example", "a", "2023/24", "--to", "template.xlsx"],
        ["return", "profile", "example", "b", "--to", "profile.xlsx"], ["suppliers", "review", "example", "--to",
        "review.xlsx"],
        ["check", "example", "--to", "check.xlsx"], ["edition", "verify", "example"], ["run", "example"],
        ["edition", "pages", "example", "--to", "pages", "--with-code"], ["edition", "release", "example", "--by",
        "=1+1 <b>role</b>"],
        ["edition", "diff", "example", "--from", "r1", "--csv", "diff.csv"], ["network", "agreements", "example"],
    ]  # fmt: skip
    wrong: list[object] = []
    for words in commands:
        code, printed = say(*words)
        wrong += [(words, code, terminal_obeys(printed), printed[-600:])] if code or terminal_obeys(printed) else []
    files = [path for path in [*whole.editions("example").rglob("*"), *tmp_path.rglob("*")] if path.is_file()]
    for path in files:
        found = {
            ".html": lambda path=path: page_runs(storage.read_text(path)),
            ".xlsx": lambda path=path: workbook_reckons(path, OURS),
            ".csv": lambda path=path: csv_reckons(path.read_bytes().decode("utf-8")),
            ".json": lambda path=path: [] if json.loads(storage.read_text(path)) is not None else ["nothing"],
        }.get(path.suffix, list)()
        wrong += [(path.name, found[:3])] if found else []
    kinds = {suffix: sum(path.suffix == suffix for path in files) for suffix in (".html", ".xlsx", ".csv", ".json")}
    survived(HEADING, "Commands and files of a whole run on hostile words", tried=len(commands) + len(files),
             held=len(commands) + len(files) - len(wrong))  # fmt: skip
    assert wrong == [] and all(kinds.values()) and kinds[".html"] > 10 and not CANARY.exists()


#: Formulas that a blank return is made with: what the member tells beside its rows, and its own figures of last year.
OURS = ("=IF", "=COUNT", "=SUM", "=ROUND")


@pytest.mark.long
def test_what_is_accepted_comes_out_as_it_was_written(whole, survived):
    network, edition = load_network(whole, "example"), find_edition(whole, "example")
    facts = storage.read_json(edition.folder / "edition.json")
    crate = storage.read_text(edition.folder / "ro-crate-metadata.json")
    book = openpyxl.load_workbook(edition.folder / "workbook.xlsx")
    cells = {str(cell.value) for sheet in book for row in sheet.iter_rows() for cell in row}
    page = re.sub(
        r"\s+", " ", unescape(re.sub("<[^>]*>", "", storage.read_text(edition.folder / "network_impact.html")))
    )
    csvs = "".join(path.read_text("utf-8") for path in edition.folder.rglob("*.csv"))
    tried = held = 0
    for member, told in zip(network.members, facts["members"], strict=True):
        tried += 3
        held += (told["name"], told["sector"]) == (member.name, member.sector)
        held += re.sub(r"\s+", " ", member.name).strip() in page
        profile = storage.read_text(edition.folder.parent / "members" / member.id / "member_profile.html")
        held += re.sub(r"\s+", " ", member.name).strip() in re.sub(
            r"\s+", " ", unescape(re.sub("<[^>]*>", "", profile))
        )
    for told in (facts["name"], facts["place"], facts["licence"], facts["contact"]):
        tried += 2
        held += told in (network.about.name, network.about.place, network.about.licence, network.about.contact)
        held += json.dumps(told, ensure_ascii=False)[1:-1] in crate
    for condition in network.conditions:
        tried += 2
        held += condition.source in cells
        field = safe_csv(pd.DataFrame({"x": [condition.source]})).splitlines()[1]
        held += field in csvs
    survived(HEADING, "Hostile words that are accepted: the same in every output", tried=tried, held=held)
    assert held == tried > 40
