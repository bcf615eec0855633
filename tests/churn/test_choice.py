"""The choice: the simplest that is not significantly below the highest."""

import numpy as np
import pytest
from sklearn.metrics import average_precision_score

from clientela.churn.choice import _average_precisions, choose

RNG = np.random.default_rng(0)
SIZE = 1500
RISK = RNG.beta(1, 3, SIZE)
Y = (RNG.random(SIZE) < RISK).astype(float)
GROUPS = np.arange(SIZE)
BLUR = RNG.normal(0, 0.02, SIZE)


def judged(probabilities, **changes):
    given = {"interval": 0.95, "draws": 200, "seed": 0, **changes}
    return {row.name: row for row in choose(Y, GROUPS, probabilities, **given)}


def test_of_equals_the_simpler_wins_and_says_so():
    rows = judged({"dummy": np.full(SIZE, 0.2), "logistic_regression": RISK + BLUR, "gradient_boosting": RISK})
    best, chosen = rows["gradient_boosting"], rows["logistic_regression"]
    assert best.average_precision != chosen.average_precision
    assert chosen.verdict == "winner"
    assert {row.verdict for row in rows.values()} == {"winner", "best", "worse"} or best.verdict == "tied"
    assert rows["dummy"].verdict == "worse"
    assert "significantly below" in rows["dummy"].reason


def test_a_better_model_wins_though_it_is_not_simple():
    rows = judged({"logistic_regression": RNG.random(SIZE), "random_forest": RISK, "gradient_boosting": RISK + BLUR})
    assert rows["random_forest"].verdict == "winner"
    assert rows["logistic_regression"].verdict == "worse"
    assert rows["logistic_regression"].behind[1] < 0


def test_equal_models_go_by_simplicity():
    rows = judged({"gradient_boosting": RISK, "decision_tree": RISK})
    assert rows["decision_tree"].verdict == "winner"
    assert rows["decision_tree"].behind == (0.0, 0.0)


def test_the_same_seed_gives_the_same_intervals():
    assert judged({"decision_tree": RISK}) == judged({"decision_tree": RISK})
    other = judged({"decision_tree": RISK}, seed=1)["decision_tree"]
    assert other.interval != judged({"decision_tree": RISK})["decision_tree"].interval


@pytest.mark.parametrize("scores", [RISK, np.round(RISK, 1), np.full(SIZE, 0.5)], ids=["all", "ties", "one"])
def test_average_precision_is_scikit_learns_also_with_weights_and_ties(scores):
    weights = RNG.integers(0, 4, (3, SIZE)).astype("float32")
    expected = [average_precision_score(Y, scores, sample_weight=weight) for weight in weights]
    assert _average_precisions(Y, scores, weights) == pytest.approx(expected)
