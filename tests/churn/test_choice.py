"""The choice: the simplest model that is not significantly below the best."""

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


def verdicts(probabilities, **changes):
    given = {"interval": 0.95, "draws": 200, "seed": 0, **changes}
    return {row.name: row for row in choose(Y, GROUPS, probabilities, **given)}


def test_the_simpler_of_two_similar_models_wins():
    rows = verdicts({"dummy": np.full(SIZE, 0.2), "logistic_regression": RISK + BLUR, "gradient_boosting": RISK})
    best, chosen = rows["gradient_boosting"], rows["logistic_regression"]
    assert chosen.verdict == "winner"
    assert best.average_precision > chosen.average_precision
    assert best.verdict == "best"
    assert rows["dummy"].verdict == "worse"
    assert "significantly below" in rows["dummy"].reason


def test_a_significantly_better_complex_model_wins():
    rows = verdicts({"logistic_regression": RNG.random(SIZE), "random_forest": RISK, "gradient_boosting": RISK + BLUR})
    assert rows["random_forest"].verdict == "winner"
    assert rows["logistic_regression"].verdict == "worse"
    assert rows["logistic_regression"].behind[1] < 0


def test_equal_models_are_chosen_by_simplicity():
    rows = verdicts({"gradient_boosting": RISK, "decision_tree": RISK})
    assert rows["decision_tree"].verdict == "winner"
    assert rows["decision_tree"].behind == (0.0, 0.0)
    assert rows["gradient_boosting"].verdict == "tied"


def test_the_same_seed_gives_the_same_intervals():
    assert verdicts({"decision_tree": RISK}) == verdicts({"decision_tree": RISK})
    other = verdicts({"decision_tree": RISK}, seed=1)["decision_tree"]
    assert other.interval != verdicts({"decision_tree": RISK})["decision_tree"].interval


@pytest.mark.parametrize("scores", [RISK, np.round(RISK, 1), np.full(SIZE, 0.5)], ids=["all", "ties", "one"])
def test_average_precision_is_scikit_learns_also_with_weights_and_ties(scores):
    weights = RNG.integers(0, 4, (3, SIZE)).astype("float32")
    expected = [average_precision_score(Y, scores, sample_weight=weight) for weight in weights]
    assert _average_precisions(Y, scores, weights) == pytest.approx(expected)


def test_the_bootstrap_draws_customers_not_rows():
    """A customer with two equal rows adds no information: the intervals are those of single rows."""
    single = verdicts({"logistic_regression": RISK + BLUR, "gradient_boosting": RISK})
    twice = choose(
        np.repeat(Y, 2), np.repeat(GROUPS, 2),
        {"logistic_regression": np.repeat(RISK + BLUR, 2), "gradient_boosting": np.repeat(RISK, 2)},
        interval=0.95, draws=200, seed=0,
    )  # fmt: skip
    for row in twice:
        assert row.interval == pytest.approx(single[row.name].interval)
        assert row.behind == pytest.approx(single[row.name].behind)


def test_a_higher_level_gives_a_wider_interval():
    narrow, wide = (verdicts({"decision_tree": RISK}, interval=level)["decision_tree"] for level in (0.5, 0.95))
    assert wide.interval[0] < narrow.interval[0] < narrow.average_precision < narrow.interval[1] < wide.interval[1]
