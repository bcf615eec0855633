"""Supervised models: what they learn, and that they learn from the past alone."""

import numpy as np
import pandas as pd
import pytest

from clientela.insiders.eligibility import MODELS, Window, precision_of, predict_top, top_spenders


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
def test_each_model_finds_the_next_top_group_from_earlier_windows(name):
    windows = [Window(features, top_spenders(spend, 0.1)) for features, spend in (window(1), window(2))]
    features, spend = window(3)
    scores = predict_top(name, windows, features, seed=0)
    assert scores.shape == (400,)
    assert ((scores >= 0) & (scores <= 1)).all()
    assert precision_of(scores, top_spenders(spend, 0.1)) > 0.6
    assert predict_top(name, windows, features, seed=0).tolist() == scores.tolist()


def test_a_window_in_which_nobody_is_in_the_top_teaches_nothing():
    features, _ = window(1)
    scores = predict_top("extra_trees", [Window(features, np.zeros(400, dtype=bool))], features, seed=0)
    assert set(scores.tolist()) == {0.0}


def test_who_spent_nothing_is_not_in_the_top():
    assert top_spenders(np.array([0.0, 5.0, 0.0, 0.0]), 0.5).tolist() == [False, True, False, False]


def test_the_average_precision_of_a_perfect_order_is_one():
    in_top = np.array([True, False, True, False])
    assert precision_of(np.array([4.0, 1.0, 3.0, 2.0]), in_top) == 1.0
    assert np.isnan(precision_of(np.zeros(4), np.zeros(4, dtype=bool)))
