"""The gate of the churn model: each check passes, and fails where it must."""

from dataclasses import replace
from datetime import date

import pytest

from clientela.registry.churn_gates import ChurnGolden, ChurnSide, compare_churn

TAGS = {"dataset": "telecom", "window_days": "90", "roc_auc": "0.8000", "average_precision": "0.5000"}
CHAMPION = ChurnSide("1", TAGS, date(2024, 1, 1))
WORSE_BY = {"roc_auc": 0.03, "average_precision": 0.05}


def failed(**changes):
    tags = {**TAGS, **changes.pop("tags", {})}
    side = replace(CHAMPION, number="2", tags=tags, **changes)
    return [gate.name for gate in compare_churn(side, CHAMPION, worse_by=WORSE_BY) if not gate.passed]


def test_an_equal_version_passes_all():
    assert failed() == []


@pytest.mark.parametrize(
    "changes, names",
    [
        ({"tags": {"dataset": "shop"}}, ["comparable"]),
        ({"tags": {"window_days": "60"}}, ["comparable"]),
        ({"tags": {"roc_auc": "0.7700"}}, []),
        ({"tags": {"roc_auc": "0.7699"}}, ["metrics"]),
        ({"tags": {"average_precision": "0.4"}}, ["metrics"]),
        ({"tags": {"roc_auc": "nan"}}, ["metrics"]),
        ({"as_of": date(2023, 12, 31)}, ["fresh"]),
    ],
    ids=str,
)
def test_what_fails(changes, names):
    assert failed(**changes) == names


def test_a_golden_answer_is_right_in_both_forms_or_wrong():
    golden = ChurnGolden({"a": 0.25}, "nobody")
    right = {"customer_id": "a", "probability": 0.25}
    assert golden.ids == ["a", "nobody"]
    assert golden.is_right("a", right, {**right, "detail": {}})
    assert not golden.is_right("a", {**right, "probability": 0.26}, right)
    assert not golden.is_right("a", right, None)
    assert golden.is_right("nobody", *[{"customer_id": "nobody", "probability": None}] * 2)
