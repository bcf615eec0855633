"""The gate of the churn model: each check passes, and fails where it must."""

from dataclasses import replace
from datetime import date

import pandas as pd
import pytest

from clientela.churn.gate import ASKED, churn_kind, golden_probabilities
from clientela.registry import Side

TAGS = {"dataset": "telecom", "window_days": "90", "label": "table", "roc_auc": "0.8000", "average_precision": "0.5000"}
PROBABILITY_OF = pd.Series([0.25, 0.75], ["a", "nobody"])
CHAMPION = Side("1", TAGS, date(2024, 1, 1), PROBABILITY_OF)


@pytest.fixture
def failed(root, limits):
    kind = churn_kind(root / "conf")

    def failed(**changes):
        tags = {**TAGS, **changes.pop("tags", {})}
        side = replace(CHAMPION, number="2", tags=tags, **changes)
        return [gate.name for gate in kind.compare(side, CHAMPION, limits) if not gate.passed]

    return failed


@pytest.fixture
def limits(root):
    from clientela.settings import load_promotion

    return load_promotion(conf=root / "conf")


def test_an_equal_version_passes_all(failed):
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
        ({"segment_of": PROBABILITY_OF.head(0)}, []),
    ],
    ids=str,
)
def test_what_fails(failed, changes, names):
    assert failed(**changes) == names


def test_the_checks_have_the_same_names_without_a_champion(root, limits):
    kind = churn_kind(root / "conf")
    assert [gate.name for gate in kind.alone] == [gate.name for gate in kind.compare(CHAMPION, CHAMPION, limits)]


class TestGolden:
    def test_who_is_asked(self):
        probability_of = pd.Series([n / 1000 for n in range(999)], [f"c{n}" for n in range(999)])
        golden = golden_probabilities(probability_of.sample(frac=1, random_state=0))
        assert golden.ids == [f"c{n}" for n in [*range(ASKED), *range(999 - ASKED, 999)]] + ["nobody"]

    def test_an_answer_is_right_in_both_forms_or_wrong(self):
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
