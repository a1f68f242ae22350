"""Year labels as people write them mean one network year, or are refused."""

import pytest

from anchor_analysis.declared import parse_year
from anchor_analysis.problems import UserError

SAME = [
    "2023/24", "2023-24", "23-24", "23/24", "2023/2024", "2023-2024", "2023\u201324", " 2023 / 24 ",
    "FY24", "FY 24", "fy24", "FY2024", "FY2023-24", "FY 23/24", "financial year 2023/24",
    "AY2023/24", "AY 23-24", "academic year 2023/24", "Academic Year 2023-24",
]  # fmt: skip


@pytest.mark.parametrize("label", SAME)
def test_every_spelling_of_a_year_means_the_same(label):
    assert str(parse_year(label)) == "2023/24"


def test_the_turn_of_a_century_is_no_exception():
    assert str(parse_year("1999/00")) == "1999/00" and str(parse_year("1999/2000")) == "1999/00"
    assert str(parse_year("FY20")) == "2019/20"


def test_a_bare_year_is_refused_with_the_two_that_it_may_be():
    with pytest.raises(UserError, match="could be 2023/24 or 2024/25"):
        parse_year("2024")


@pytest.mark.parametrize("label", ["2023/25", "24", "AY24", "2023/2025", "23/24/25", "FY2023-25", "", "next year"])
def test_what_is_no_year_is_refused(label):
    with pytest.raises(UserError, match="AN003"):
        parse_year(label)
