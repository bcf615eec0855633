"""Supervised models of eligibility: what they predict from earlier windows."""

import numpy as np
import pandas as pd
import pytest

from clientela.insiders.eligibility import MODELS, TrainingWindow, average_precision, predict_top, top_spenders


def window(seed, customers=400):
    rng = np.random.default_rng(seed)
    good = rng.gamma(1.0, 1.0, customers)
    features = pd.DataFrame(
        {
            "customer_id": [f"{seed}-{i}" for i in range(customers)],
            "total_spend": good * 100 + rng.normal(0, 20, customers),
            "order_count": rng.poisson(3, customers).astype(float),
            "sd_days_between_orders": np.where(rng.random(customers) < 0.5, np.nan, 10.0),
            "evening_share": np.nan,
        }
    )
    return features, good * 50 + rng.normal(0, 10, customers)


@pytest.mark.parametrize("name", MODELS)
def test_each_model_predicts_the_top_group_from_earlier_windows(name):
    windows = [TrainingWindow(features, top_spenders(spend, 0.1)) for features, spend in (window(1), window(2))]
    features, spend = window(3)
    scores = predict_top(name, windows, features, seed=0)
    assert scores.shape == (400,)
    assert ((scores >= 0) & (scores <= 1)).all()
    assert average_precision(scores, top_spenders(spend, 0.1)) > 0.6
    assert predict_top(name, windows, features, seed=0).tolist() == scores.tolist()


def test_all_probabilities_are_equal_where_the_target_has_one_class():
    features, _ = window(1)
    scores = predict_top("extra_trees", [TrainingWindow(features, np.zeros(400, dtype=bool))], features, seed=0)
    assert set(scores.tolist()) == {0.0}


def test_customers_without_spend_are_not_in_the_top_group():
    assert top_spenders(np.array([0.0, 5.0, 0.0, 0.0]), 0.5).tolist() == [False, True, False, False]


def test_the_average_precision_of_a_perfect_ranking_is_one():
    in_top = np.array([True, False, True, False])
    assert average_precision(np.array([4.0, 1.0, 3.0, 2.0]), in_top) == 1.0
    assert np.isnan(average_precision(np.zeros(4), np.zeros(4, dtype=bool)))
