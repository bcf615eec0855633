import joblib
import numpy as np
import pandas as pd
import pytest
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.model_selection import KFold, cross_val_predict

from clientela.segmentation.clustering import next_period
from clientela.segmentation.clustering.next_period import (
    BOOSTING,
    boosted_share,
    explain_next_period,
    next_period_by_segment,
    start_boosting,
)
from clientela.segmentation.clustering.scores import explained_share, r_squared

COUNT = 600


@pytest.fixture
def features():
    rng = np.random.default_rng(0)
    return pd.DataFrame(
        {
            "customer_id": [str(row) for row in range(COUNT)],
            "days_since_last_purchase": rng.integers(1, 300, COUNT).astype(float),
            "order_count": rng.integers(1, 20, COUNT).astype(float),
            "total_spend": rng.permutation(np.arange(1.0, COUNT + 1)),
            "mean_item_price": np.nan,
        }
    )


@pytest.fixture
def labels():
    return np.random.default_rng(1).integers(4, size=COUNT)


# What is explained


def test_segments_that_determine_the_next_period_explain_all_of_it(features, labels):
    explained = explain_next_period(labels, features, np.expm1(labels.astype(float)), folds=5, seed=0)
    assert explained.segments == pytest.approx(1)
    # The features know nothing of these segments.
    assert explained.revenue_sort < 0.02
    assert explained.rfm_grid < 0.02
    assert explained.boosting < 0.1


def test_random_segments_explain_nothing_where_the_features_do(features, labels):
    spend = features["total_spend"].to_numpy()
    explained = explain_next_period(labels, features, spend, folds=5, seed=0)
    assert abs(explained.segments) < 0.03
    assert explained.revenue_sort > 0.4
    assert explained.rfm_grid > 0.4
    assert explained.boosting > 0.9


def test_a_period_without_purchases_has_nothing_to_explain(features, labels):
    explained = explain_next_period(labels, features, np.zeros(COUNT), folds=5, seed=0)
    assert (explained.segments, explained.rfm_grid, explained.revenue_sort, explained.boosting) == (0, 0, 0, 0)


def test_the_same_seed_gives_the_same_figures_and_nothing_is_changed(features, labels):
    before, spend = features.copy(), features["order_count"].to_numpy()
    one, other = (explain_next_period(labels, features, spend, folds=5, seed=2) for _ in range(2))
    assert one == other
    assert one != explain_next_period(labels, features, spend, folds=5, seed=3)
    pd.testing.assert_frame_equal(features, before)


def test_boosting_is_cross_validated_with_one_worker_and_with_two(features):
    outcome = np.log1p(features["total_spend"].to_numpy())
    model = HistGradientBoostingRegressor(random_state=4, **BOOSTING)
    folds = KFold(3, shuffle=True, random_state=4)
    X = features.drop(columns="customer_id").dropna(axis="columns", how="all").to_numpy()
    predicted = cross_val_predict(model, X, outcome, cv=folds)
    expected = r_squared(outcome, predicted)
    assert boosted_share(features, outcome, folds=3, seed=4) == expected
    with joblib.parallel_config("threading"):
        assert boosted_share(features, outcome, folds=3, seed=4, jobs=2) == expected


def test_boosting_of_several_cases_gives_the_share_of_each_in_order(features):
    outcome = np.log1p(features["total_spend"].to_numpy())
    fewer = features.head(200)
    cases = [(features, outcome), (fewer, outcome[:200])]
    with joblib.parallel_config("threading"):
        shares = list(start_boosting(cases, folds=3, seed=4, jobs=2))
    assert shares == [boosted_share(*case, folds=3, seed=4) for case in cases]
    assert shares[0] != shares[1]


def test_a_known_share_of_boosting_is_not_computed_again(monkeypatch, features, labels):
    monkeypatch.setattr(next_period, "boosted_share", None)
    assert explain_next_period(labels, features, np.ones(COUNT), folds=5, seed=0, boosting=0.3).boosting == 0.3


@pytest.mark.parametrize("segments", [1, 3, 7])
def test_the_revenue_sort_has_as_many_equal_groups_as_there_are_segments(monkeypatch, features, segments):
    seen = []
    monkeypatch.setattr(next_period, "explained_share", lambda labels, outcome, **_: seen.append(labels) or 0.0)
    labels = np.arange(COUNT) % segments * 10 - 1
    explain_next_period(labels, features, np.ones(COUNT), folds=5, seed=0)
    segments_seen, cells, groups = seen
    assert segments_seen is labels
    assert len(np.unique(cells)) > 60  # of 125
    sizes = np.unique(groups, return_counts=True)[1]
    assert len(sizes) == segments
    assert sizes.max() - sizes.min() <= 1
    spend = features["total_spend"].to_numpy()
    for group in range(segments - 1):
        assert spend[groups == group].min() > spend[groups == group + 1].max()


def test_customers_of_equal_spend_still_make_equal_groups(monkeypatch, features):
    seen = []
    monkeypatch.setattr(next_period, "explained_share", lambda labels, outcome, **_: seen.append(labels) or 0.0)
    explain_next_period(np.arange(COUNT) % 4, features.assign(total_spend=9.0), np.ones(COUNT), folds=5, seed=0)
    assert np.unique(seen[2], return_counts=True)[1].tolist() == [150] * 4


# By segment


def test_outcomes_by_segment_by_hand():
    ids = np.array([4, 4, 4, 4, 9, 9])
    spend, orders = np.array([10.0, 0, 30, 0, 7, 7]), np.array([1.0, 0, 2, 0, 3, 3])
    did = next_period_by_segment(ids, spend, orders, level=0.9, draws=200, seed=0)
    assert list(did) == [4, 9]
    assert {name: ends[1] for name, ends in did[4].items()} == {"spend": 10.0, "orders": 0.75, "retention": 0.5}
    assert did[9] == {"spend": (7.0, 7.0, 7.0), "orders": (3.0, 3.0, 3.0), "retention": (1.0, 1.0, 1.0)}
    for low, mean, high in did[4].values():
        assert low < mean < high
    assert did[4]["retention"][0] >= 0
    assert did[4]["retention"][2] <= 1
    assert did == next_period_by_segment(ids, spend, orders, level=0.9, draws=200, seed=0)


def test_the_outcome_is_the_logarithm_of_spend(features, labels):
    spend = features["total_spend"].to_numpy() * (1 + labels)
    explained = explain_next_period(labels, features, spend, folds=5, seed=0)
    assert explained.segments == explained_share(labels, np.log1p(spend), folds=5, seed=0)
    assert explained.segments != pytest.approx(explained_share(labels, spend, folds=5, seed=0), abs=0.01)
