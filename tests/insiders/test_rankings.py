"""The rankings that need no model: scores, and the top group of each."""

import numpy as np

from clientela.insiders.customer_values import PURCHASE_MODELS
from clientela.insiders.rankings import rfm_score, segment_revenue, top


def test_ties_at_the_top_fall_to_the_higher_revenue():
    mask = top(np.array([1.0, 2.0, 1.0, 1.0]), np.array([5.0, 0.0, 9.0, 1.0]), 2)
    assert mask.tolist() == [False, True, True, False]


def test_the_rfm_score_rises_with_orders_and_spend_and_falls_with_days():
    rng = np.random.default_rng(0)
    rfm = np.column_stack([rng.integers(1, 300, 100), rng.integers(1, 20, 100), rng.uniform(1, 900, 100)])
    scores = rfm_score(rfm)
    assert scores.min() >= 3
    assert scores.max() <= 15
    assert np.corrcoef(scores, rfm[:, 2])[0, 1] > 0.3
    assert np.corrcoef(scores, rfm[:, 0])[0, 1] < -0.3


def test_customers_are_scored_by_the_mean_revenue_of_their_segment():
    labels = np.array([7, 7, 3, 3])
    assert segment_revenue(labels, np.array([1.0, 3.0, 10.0, 0.0])).tolist() == [2.0, 2.0, 5.0, 5.0]


def test_each_name_in_the_settings_has_its_own_purchase_model():
    assert {name: model.__name__ for name, model in PURCHASE_MODELS.items()} == {
        "bg_nbd": "BetaGeometricNBD", "mbg_nbd": "ModifiedBetaGeometricNBD", "pareto_nbd": "ParetoNBD",
    }  # fmt: skip
