"""The gate of the churn model: when each check passes and fails."""

from dataclasses import replace
from datetime import date

import pandas as pd
import pytest

from clientela.churn.gate import CHECKS, GOLDEN_IDS, gate_checks, golden_probabilities
from clientela.registry import VersionSummary

TAGS = {"dataset": "telecom", "window_days": "90", "label": "table", "roc_auc": "0.8000", "average_precision": "0.5000"}
PROBABILITY_OF = pd.Series([0.25, 0.75], ["a", "nobody"])
CHAMPION = VersionSummary("1", TAGS, date(2024, 1, 1), PROBABILITY_OF)


@pytest.fixture
def failed(limits):
    def failed(**changes):
        tags = {**TAGS, **changes.pop("tags", {})}
        challenger = replace(CHAMPION, number="2", tags=tags, **changes)
        return [result.name for result in gate_checks(challenger, CHAMPION, limits) if not result.passed]

    return failed


@pytest.fixture
def limits(root):
    from clientela.settings import load_promotion

    return load_promotion(conf=root / "conf")


def test_an_equal_version_passes_all_checks(failed):
    assert failed() == []


@pytest.mark.parametrize(
    "changes, names",
    [
        ({"tags": {"dataset": "shop"}}, ["comparable"]),
        ({"tags": {"window_days": "60"}}, ["window"]),
        ({"tags": {"label": "window"}}, ["window"]),
        ({"tags": {"roc_auc": "0.7700"}}, []),
        ({"tags": {"roc_auc": "0.7699"}}, ["metrics"]),
        ({"tags": {"average_precision": "0.4"}}, ["metrics"]),
        ({"as_of": date(2023, 12, 31)}, ["fresh"]),
        ({"answer_of": PROBABILITY_OF.head(0)}, []),
    ],
    ids=str,
)
def test_failed_checks(failed, changes, names):
    assert failed(**changes) == names


def test_the_results_are_in_the_order_of_checks(limits):
    assert [result.name for result in gate_checks(CHAMPION, CHAMPION, limits)] == list(CHECKS)


class TestGolden:
    def test_the_highest_and_lowest_risks_are_sent(self):
        probability_of = pd.Series([n / 1000 for n in range(999)], [f"c{n}" for n in range(999)])
        golden = golden_probabilities(probability_of.sample(frac=1, random_state=0))
        assert golden.ids == [f"c{n}" for n in [*range(GOLDEN_IDS), *range(999 - GOLDEN_IDS, 999)]] + ["nobody"]

    def test_an_answer_must_be_right_with_and_without_detail(self):
        golden = golden_probabilities(PROBABILITY_OF)
        right = {"customer_id": "a", "probability": 0.25}
        assert golden.ids == ["a", "nobody", "nobody-"]
        assert golden.is_right("a", right, {**right, "detail": {}})
        assert not golden.is_right("a", right, {**right, "detail": None})
        assert not golden.is_right("a", {**right, "probability": 0.26}, {**right, "detail": {}})
        assert not golden.is_right("a", right, None)
        nobody = {"customer_id": "nobody-", "probability": None}
        assert golden.is_right("nobody-", nobody, {**nobody, "detail": None})
        assert not golden.is_right("nobody-", nobody, {**nobody, "detail": {}})
