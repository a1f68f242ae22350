"""answers.toml: what members said of their returns is done, is logged, and is refused where it does not fit."""

import pandas as pd
import pytest

from anchor_analysis import storage
from anchor_analysis.problems import UserError
from tests.spec import write_network
from tests.steps import MEMBER, Steps
from tests.test_clean import LEDGER, account

ROWS = LEDGER + "T1,01/05/2023,A,100\nT2,02/05/2023,B,250\n"
ABOUT = 'member = "a"\nyear = "2023/24"\nreason = "the member says so"\n'


def answered(tmp_path, text: str) -> Steps:
    storage.write_text(tmp_path / "networks" / "example" / "answers.toml", text)
    steps = Steps(tmp_path, write_network(tmp_path, MEMBER))
    steps.send("ledger.csv", ROWS)
    return steps


def correction(**told) -> str:
    cell = {"file": "ledger.csv", "row": 3, "column": "net_gbp", "was": "250", "now": "25.00"} | told
    return f"[[corrections]]\n{ABOUT}" + "".join(f"{name} = {value!r}\n" for name, value in cell.items())


def said(steps: Steps) -> str:
    with pytest.raises(UserError) as raised:
        steps.clean()
    return "\n".join(map(str, raised.value.problems))


@pytest.mark.parametrize("column", ["net_gbp", "net_pence"])
def test_a_cell_is_corrected_and_logged_and_the_file_stays_as_it_came(tmp_path, column):
    steps = answered(tmp_path, correction(column=column))
    assert account(steps)["value_kept_pence"] == 12500
    (log,) = pd.concat(pd.read_parquet(path) for path in (steps.clean() / "ledger_edits").glob("*")).to_dict("records")
    assert (log["source_row"], log["column"], log["rule"]) == (3, "net_pence", "corrected by the member")
    assert (log["before"], log["after"]) == ("250", "25.00")
    assert (tmp_path / "return" / "ledger.csv").read_text(encoding="utf-8") == ROWS


def test_a_correction_may_mend_a_cell_that_could_not_be_read(tmp_path):
    steps = answered(tmp_path, correction(was="12k", now="12000"))
    steps.send("ledger.csv", ROWS.replace("250", "12k"))
    assert account(steps)["value_kept_pence"] == 1210000


@pytest.mark.parametrize(
    ("told", "what"),
    [
        ({"was": "251"}, "holds something else"),
        ({"row": 9}, "the cell is not there"),
        ({"column": "net"}, "no such column that may be corrected"),
        ({"column": "supplier_name"}, "no such column that may be corrected"),
        ({"file": "other.csv"}, "no such file or sheet"),
    ],
)
def test_a_correction_that_fits_nothing_is_refused_and_shows_no_cell(tmp_path, told, what):
    message = said(answered(tmp_path, correction(**told)))
    assert "AN035" in message and what in message
    assert "250" not in message and "251" not in message


def test_a_file_that_is_left_out_is_not_even_opened(tmp_path):
    steps = answered(tmp_path, f'[[left_out]]\n{ABOUT}file = "ledger again.pdf"\n')
    steps.send("ledger again.pdf", "%PDF-1.7 and no ledger")
    assert account(steps)["value_kept_pence"] == 35000


def test_a_file_that_is_left_out_and_is_not_there_is_named(tmp_path):
    message = said(answered(tmp_path, f'[[left_out]]\n{ABOUT}file = "gone.csv"\n'))
    assert "AN035" in message and "gone.csv" in message


def test_answers_about_other_returns_change_nothing(tmp_path):
    other = correction(was="251").replace("2023/24", "2022/23")
    assert account(answered(tmp_path, other))["value_kept_pence"] == 35000


def test_answers_of_a_kind_that_is_not_known_and_of_nobody_are_refused(tmp_path):
    for text, what in ((f"[[accepted]]\n{ABOUT}", "accepted"), (correction().replace('"a"', '"zed"', 1), "zed")):
        with pytest.raises(UserError, match="AN007") as raised:
            answered(tmp_path, text)
        assert what in str(raised.value)
