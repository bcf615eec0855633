from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clientela.features.profile import order_by_value, profile_segments

FEATURES = pd.DataFrame(
    {
        "customer_id": ["a", "b", "c", "d", "e"],
        "days_since_last_purchase": [10.0, 20.0, 30.0, 40.0, 50.0],
        "order_count": [5.0, 1.0, 1.0, 1.0, 2.0],
        "total_spend": [500.0, 100.0, 200.0, 100.0, 100.0],
        "mean_item_price": [np.nan] * 5,
        "mean_days_between_orders": [8.0, np.nan, np.nan, np.nan, 6.0],
    }
)
IDS = np.array([1, 2, 1, 2, 2], dtype=np.int32)


# Order


def test_segment_one_is_that_of_the_highest_mean_spend():
    labels = np.array([7, 7, 0, 3, 3])
    assert order_by_value(labels, np.array([10.0, 30.0, 90.0, 1.0, 2.0])).tolist() == [2, 2, 1, 3, 3]


def test_value_is_the_mean_not_the_sum():
    assert order_by_value(np.array([0, 0, 0, 1]), np.array([50.0, 50.0, 50.0, 60.0])).tolist() == [2, 2, 2, 1]


def test_a_tie_falls_to_the_label_whose_first_customer_comes_first():
    spend = np.array([5.0, 5.0, 5.0, 5.0])
    assert order_by_value(np.array([8, 2, 8, 2]), spend).tolist() == [1, 2, 1, 2]
    assert order_by_value(np.array([2, 8, 2, 8]), spend).tolist() == [1, 2, 1, 2]


def test_noise_and_a_single_label_are_ordered_like_any_other():
    assert order_by_value(np.array([-1, 0]), np.array([9.0, 1.0])).tolist() == [1, 2]
    assert order_by_value(np.array([-1, -1]), np.array([9.0, 1.0])).tolist() == [1, 1]


@settings(max_examples=100)
@given(
    st.lists(st.tuples(st.integers(0, 5), st.integers(1, 50)), min_size=1, max_size=40),
    st.permutations(range(-1, 5)),
)
def test_ids_do_not_depend_on_the_integers_of_the_labels(customers, order):
    labels, spend = np.array(customers).T
    ids = order_by_value(labels, spend.astype(float))
    np.testing.assert_array_equal(order_by_value(np.array(order)[labels], spend.astype(float)), ids)
    assert set(ids) == set(range(1, len(set(labels)) + 1))
    means = [spend[ids == id_].mean() for id_ in sorted(set(ids))]
    assert means == sorted(means, reverse=True)


# Profiles


def test_a_profile_by_hand():
    first, second = profile_segments(FEATURES, IDS)
    assert (first.id, first.rank, first.customers, first.customer_share) == (1, 1, 2, 0.4)
    assert (first.spend, first.spend_share, first.mean_spend) == (700.0, 0.7, 350.0)
    assert first.medians == {
        "days_since_last_purchase": 20.0,
        "order_count": 3.0,
        "total_spend": 350.0,
        "mean_days_between_orders": 8.0,
    }
    # Below the median plus half of those at it: 1.5 of 5 days, 4 of 5 orders, 4 of 5 spends, 1.5 of 2 gaps.
    assert first.ranks == {
        "days_since_last_purchase": 0.3,
        "order_count": 0.8,
        "total_spend": 0.8,
        "mean_days_between_orders": 0.75,
    }
    # A quarter and three quarters of the way between the two customers' values; the gap is known of one of them.
    assert first.quartiles == {
        "days_since_last_purchase": (15.0, 25.0),
        "order_count": (2.0, 4.0),
        "total_spend": (275.0, 425.0),
        "mean_days_between_orders": (8.0, 8.0),
    }
    # Of six pairs: 10 days are fewer than all three, 30 than two; 5 orders are more than all, 1 ties twice and loses
    # once; 500 and 200 are more than all. The one gap of 8 days is longer than the other's 6.
    assert first.effects == pytest.approx(
        {
            "days_since_last_purchase": -4 / 6,
            "order_count": 2 / 6,
            "total_spend": 1.0,
            "mean_days_between_orders": 1.0,
        }
    )
    assert second.effects == pytest.approx({name: -effect for name, effect in first.effects.items()})
    assert (second.id, second.rank, second.customers, second.spend_share) == (2, 2, 3, 0.3)
    assert second.ranks["order_count"] == 0.3  # three of five are equal, none lies below


def test_what_a_source_or_a_segment_does_not_have_is_left_out():
    lonely = profile_segments(FEATURES, np.array([1, 2, 2, 2, 1]))[1]
    assert "mean_item_price" not in lonely.medians
    assert "mean_days_between_orders" not in lonely.medians
    known = {"days_since_last_purchase", "order_count", "total_spend"}
    assert set(lonely.ranks) == set(lonely.medians) == set(lonely.quartiles) == set(lonely.effects) == known
    # Of the gaps, whose customers are all in the other segment, there is no effect against anybody.
    other = profile_segments(FEATURES, np.array([1, 2, 2, 2, 1]))[0]
    assert "mean_days_between_orders" in other.medians
    assert "mean_days_between_orders" not in other.effects


def test_a_continued_segment_keeps_its_id_and_takes_the_rank_of_its_value():
    kept = np.array([9, 4, 9, 4, 4])
    first, second = profile_segments(FEATURES, kept)
    assert (first.id, first.rank, second.id, second.rank) == (9, 1, 4, 2)
    turned = profile_segments(FEATURES, np.array([4, 9, 4, 9, 9]))
    assert [(one.id, one.rank) for one in turned] == [(4, 1), (9, 2)]
    # Nothing else hangs on the ids.
    fresh = profile_segments(FEATURES, IDS)
    assert [replace(one, id=0) for one in (first, second)] == [replace(one, id=0) for one in fresh]


def test_the_same_customers_have_the_same_profiles():
    assert profile_segments(FEATURES, IDS) == profile_segments(FEATURES.copy(), IDS.copy())


def test_the_features_are_not_changed():
    before = FEATURES.copy()
    profile_segments(FEATURES, IDS)
    pd.testing.assert_frame_equal(FEATURES, before)


def test_figures_are_plain_python_numbers():
    (profile,) = profile_segments(FEATURES, np.ones(5, dtype=np.int32))
    assert type(profile.id) is int
    assert {type(value) for value in [profile.mean_spend, *profile.medians.values(), *profile.ranks.values()]} == {
        float
    }


@settings(max_examples=50)
@given(
    st.lists(
        st.tuples(st.integers(1, 4), st.integers(1, 400), st.integers(1, 20), st.integers(1, 9_000)),
        min_size=1,
        max_size=30,
    )
)
def test_ranks_lie_between_zero_and_one_and_shares_sum_to_one(customers):
    ids, *columns = np.array(customers, dtype=float).T
    names = ["days_since_last_purchase", "order_count", "total_spend"]
    features = pd.DataFrame(dict(zip(names, columns, strict=True)))
    features.insert(0, "customer_id", [str(row) for row in range(len(features))])
    profiles = profile_segments(features, ids.astype(int))
    assert sum(profile.customers for profile in profiles) == len(features)
    assert sum(profile.customer_share for profile in profiles) == pytest.approx(1)
    assert sum(profile.spend_share for profile in profiles) == pytest.approx(1)
    assert all(0 <= rank <= 1 for profile in profiles for rank in profile.ranks.values())
    assert {profile.id for profile in profiles} == set(ids)
    assert [profile.rank for profile in profiles] == list(range(1, len(profiles) + 1))
    means = [profile.mean_spend for profile in profiles]
    assert means == sorted(means, reverse=True)
    for profile in profiles:
        assert all(low <= profile.medians[name] <= high for name, (low, high) in profile.quartiles.items())
        assert all(-1 <= effect <= 1 for effect in profile.effects.values())
