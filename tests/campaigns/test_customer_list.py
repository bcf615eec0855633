"""Lists of campaigns: what is read, and what is refused in one sentence."""

from datetime import date

import pandas as pd
import pytest

from clientela.campaigns.customer_list import list_of_assignment, read_list
from clientela.errors import InvalidData


@pytest.fixture
def write(tmp_path):
    def file(text: str) -> str:
        path = tmp_path / "list.csv"
        path.write_text(text, encoding="utf-8")
        return str(path)

    return file


def test_a_list_of_a_score_has_segments_arms_and_a_start(write):
    listed = read_list(
        write(
            "customer_id,segment,as_of,arm\n007,Champions,2024-09-01,treatment\n12.0,Bulk buyers,2024-09-01,control\n"
        )
    )
    assert listed.customers.tolist() == ["007", "12"]
    assert listed.groups.tolist() == ["Champions", "Bulk buyers"]
    assert listed.treated.tolist() == [True, False]
    assert listed.start == date(2024, 9, 1)


def test_a_list_of_ids_is_one_group_without_arms_and_start(write):
    listed = read_list(write("customer_id\n1\n2\n"))
    assert listed.groups.tolist() == ["all", "all"]
    assert (listed.treated, listed.start) == (None, None)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("id\n1\n", "must have a column customer_id. Got id instead"),
        ("customer_id,arm\n1,treatment\n1,control\n", "Got 2 rows, 1 of them with a repeated id"),
        ("customer_id,arm\n1,treatment\n2,holdout\n", "must say treatment or control. Got 1 rows"),
        ("customer_id,as_of\n1,2024-01-01\n2,2024-01-02\n", "must be one date. Got 2 dates"),
    ],
)
def test_other_lists_are_refused(write, text, says):
    with pytest.raises(InvalidData, match=says):
        read_list(write(text))


def test_only_treatment_and_control_of_an_assignment_are_compared():
    arms = ["treatment", "holdout", "control", "excluded"]
    listed = list_of_assignment(
        pd.DataFrame({"customer_id": ["1", "2", "3", "4"], "segment": ["A", "A", "B", "B"], "arm": arms})
    )
    assert listed.customers.tolist() == ["1", "3"]
    assert listed.groups.tolist() == ["A", "B"]
    assert listed.treated.tolist() == [True, False]
