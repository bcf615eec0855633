import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clientela.segmentation.segments.rules import Condition, Rule, RuleList, explain_segments, rules_of

COLUMNS = ["days_since_last_purchase", "total_spend", "weekend_share"]


def explain(features, segment_ids, *, columns=COLUMNS, most_rules=12, smallest_rule=0.01, folds=5, seed=0):
    return explain_segments(
        features,
        np.asarray(segment_ids),
        columns=columns,
        most_rules=most_rules,
        smallest_rule=smallest_rule,
        folds=folds,
        seed=seed,
    )


def keeps(features, rule):
    """Whether each customer keeps all conditions, as the frame says."""
    held = np.ones(len(features), dtype=bool)
    for condition in rule.conditions:
        values = features[condition.feature].to_numpy()
        held &= {"<=": values <= condition.value, ">": values > condition.value}[condition.op]
    return held


def customers(rng, count=300):
    return pd.DataFrame(
        {
            "customer_id": [str(row) for row in range(count)],
            "days_since_last_purchase": rng.integers(1, 400, count).astype(float),
            "total_spend": np.round(rng.lognormal(5, 1, count), 2),
            "weekend_share": rng.integers(0, 11, count) / 10,
        }
    )


@pytest.fixture
def shop():
    return customers(np.random.default_rng(0))


@pytest.fixture
def by_recency_and_spend(shop):
    recent, rich = shop["days_since_last_purchase"] <= 100, shop["total_spend"] > 150
    return np.where(recent, np.where(rich, 1, 2), 3)


# What a rule is


def test_a_separable_segmentation_by_hand():
    features = pd.DataFrame(
        {"customer_id": list("abcdefgh"), "order_count": [1.0, 2, 2, 1, 7, 8, 9, 9], "total_spend": [5.0] * 8}
    )
    listed = explain(features, [4, 4, 4, 4, 9, 9, 9, 9], columns=["order_count", "total_spend"])
    assert listed.rules == (
        Rule(4, (Condition("order_count", "<=", 4.5),), 4, 1.0),
        Rule(9, (Condition("order_count", ">", 4.5),), 4, 1.0),
    )
    assert listed.rule_of.tolist() == [0] * 4 + [1] * 4
    assert (listed.fidelity, listed.depth) == (1.0, 1)


def test_a_segment_within_another_has_both_bounds_and_the_longest_rule_is_the_depth():
    days = np.arange(1.0, 91.0)
    features = pd.DataFrame({"customer_id": days.astype(str), "days_since_last_purchase": days})
    listed = explain(features, np.repeat([1, 2, 1], 30), columns=["days_since_last_purchase"])
    assert {rule.conditions for rule in rules_of(listed, 2)} == {
        (Condition("days_since_last_purchase", "<=", 60.5), Condition("days_since_last_purchase", ">", 30.5))
    }
    assert listed.depth == 2


def test_only_the_tightest_bound_per_feature_and_side_is_kept():
    days = np.arange(1.0, 121.0)
    features = pd.DataFrame({"customer_id": days.astype(str), "days_since_last_purchase": days})
    listed = explain(features, np.repeat([1, 2, 3, 4], 30), columns=["days_since_last_purchase"])
    for rule in listed.rules:
        sides = [(condition.feature, condition.op) for condition in rule.conditions]
        assert len(set(sides)) == len(sides)
    assert listed.depth == max(len(rule.conditions) for rule in listed.rules) == 2


def test_exactly_one_rule_applies_to_each_customer(shop, by_recency_and_spend):
    listed = explain(shop, by_recency_and_spend)
    held = np.column_stack([keeps(shop, rule) for rule in listed.rules])
    np.testing.assert_array_equal(held.sum(axis=1), 1)
    np.testing.assert_array_equal(held.argmax(axis=1), listed.rule_of)
    for position, rule in enumerate(listed.rules):
        members = by_recency_and_spend[listed.rule_of == position]
        assert rule.customers == len(members)
        assert rule.precision == pytest.approx((members == rule.segment_id).mean())
        assert rule.segment_id in members


def test_a_customer_on_a_threshold_keeps_the_written_condition():
    # The threshold is 0.3, and 0.3 in single precision, in which scikit-learn's trees compare, lies above it.
    shares = np.repeat([0.1, 0.3, 0.305, 0.5], 40)
    features = pd.DataFrame({"customer_id": [str(row) for row in range(160)], "weekend_share": shares})
    listed = explain(features, np.repeat([1, 2], 80), columns=["weekend_share"])
    assert listed.rules[0].conditions == (Condition("weekend_share", "<=", 0.3),)
    assert [(rule.customers, rule.precision) for rule in listed.rules] == [(80, 1.0), (80, 1.0)]
    assert listed.fidelity == 1.0


@settings(max_examples=60)
@given(st.integers(0, 10_000), st.integers(1, 6), st.integers(2, 12), st.sampled_from([0.01, 0.05, 0.2]))
def test_rules_cut_the_customers_up_whatever_the_segments(seed, segments, most, smallest):
    rng = np.random.default_rng(seed)
    features = customers(rng, 80)
    segment_ids = rng.integers(1, segments + 1, 80) * 3
    listed = explain(features, segment_ids, most_rules=most, smallest_rule=smallest, folds=2)
    held = np.column_stack([keeps(features, rule) for rule in listed.rules])
    np.testing.assert_array_equal(held.sum(axis=1), 1)
    np.testing.assert_array_equal(held.argmax(axis=1), listed.rule_of)
    assert 1 <= len(listed.rules) <= most
    assert sum(rule.customers for rule in listed.rules) == 80
    assert 0 <= listed.fidelity <= 1
    assert all(1 / segments <= rule.precision <= 1 for rule in listed.rules)


# Thresholds


def test_whole_numbers_are_cut_halfway_and_all_others_at_two_digits(shop, by_recency_and_spend):
    listed = explain(shop, by_recency_and_spend)
    thresholds = {condition.feature: [] for rule in listed.rules for condition in rule.conditions}
    for rule in listed.rules:
        for condition in rule.conditions:
            thresholds[condition.feature].append(condition.value)
    assert {"days_since_last_purchase", "total_spend"} <= set(thresholds)
    assert all(value % 1 == 0.5 for value in thresholds.pop("days_since_last_purchase"))
    assert all(value == float(f"{value:.2g}") for values in thresholds.values() for value in values)


@pytest.mark.parametrize(
    ("values", "threshold"),
    [
        ([0.123, 0.9], 0.51),
        ([812.1, 812.6], 810.0),
        ([12_340.5, 45_678.5], 29_000.0),
        ([-0.42, 0.1], -0.16),
        ([3.0, 8.0], 5.5),
        ([3.0, 5.0], 4.5),  # the middle is a whole number
    ],
)
def test_a_threshold_by_hand(values, threshold):
    features = pd.DataFrame({"customer_id": [str(row) for row in range(40)], "x": np.repeat(values, 20)})
    listed = explain(features, np.repeat([1, 2], 20), columns=["x"])
    assert {condition.value for rule in listed.rules for condition in rule.conditions} == {threshold}


# Fidelity


def test_fidelity_is_near_one_on_separable_data(shop, by_recency_and_spend):
    assert explain(shop, by_recency_and_spend, folds=10).fidelity > 0.97


def test_fidelity_on_noise_is_near_the_share_of_the_majority():
    rng = np.random.default_rng(5)
    features, segment_ids = customers(rng, 2_000), np.where(rng.random(2_000) < 0.8, 1, 2)
    listed = explain(features, segment_ids)
    assert listed.fidelity == pytest.approx((segment_ids == 1).mean(), abs=0.02)


def test_fidelity_is_out_of_fold():
    rng = np.random.default_rng(6)
    features, segment_ids = customers(rng, 200), rng.integers(1, 3, 200)
    listed = explain(features, segment_ids)
    in_sample = sum(rule.customers * rule.precision for rule in listed.rules) / 200
    assert in_sample > 0.6
    assert listed.fidelity < in_sample - 0.05


@pytest.mark.parametrize("fewest", [1, 2, 3])
def test_a_segment_of_few_customers_shrinks_the_folds(fewest):
    values = np.r_[np.arange(40.0), 100 + np.arange(fewest)]
    features = pd.DataFrame({"customer_id": [str(row) for row in range(40 + fewest)], "x": values})
    segment_ids = np.repeat([1, 2], [40, fewest])
    assert explain(features, segment_ids, columns=["x"], folds=10).fidelity == 1.0


def test_one_segment_has_one_rule_without_conditions(shop):
    listed = explain(shop, np.full(len(shop), 7))
    assert listed.rules == (Rule(7, (), len(shop), 1.0),)
    assert (listed.fidelity, listed.depth) == (1.0, 0)


# What the tree may use


def test_columns_with_missing_values_are_left_out(shop, by_recency_and_spend):
    telling = shop.assign(mean_days_between_orders=by_recency_and_spend.astype(float))
    columns = [*COLUMNS, "mean_days_between_orders"]
    named = {
        c.feature for rule in explain(telling, by_recency_and_spend, columns=columns).rules for c in rule.conditions
    }
    assert "mean_days_between_orders" in named
    telling.loc[0, "mean_days_between_orders"] = np.nan
    named = {
        c.feature for rule in explain(telling, by_recency_and_spend, columns=columns).rules for c in rule.conditions
    }
    assert named == {"days_since_last_purchase", "total_spend"}


def test_only_the_columns_given_are_spoken_of(shop, by_recency_and_spend):
    listed = explain(shop, by_recency_and_spend, columns=["total_spend"])
    assert {condition.feature for rule in listed.rules for condition in rule.conditions} == {"total_spend"}


@pytest.mark.parametrize("most", [2, 3, 5])
def test_there_are_no_more_rules_than_asked_for(shop, by_recency_and_spend, most):
    assert len(explain(shop, by_recency_and_spend, most_rules=most).rules) <= most


def test_a_rule_has_at_least_the_smallest_share_where_no_rounding_moves_it(shop):
    segment_ids = np.where(shop["days_since_last_purchase"] <= 5, 1, 2)
    columns = ["days_since_last_purchase"]
    assert min(rule.customers for rule in explain(shop, segment_ids, columns=columns, smallest_rule=0.1).rules) >= 30
    assert min(rule.customers for rule in explain(shop, segment_ids, columns=columns, smallest_rule=0.001).rules) < 10


def test_the_same_seed_gives_the_same_rules_and_nothing_is_changed(shop, by_recency_and_spend):
    before = shop.copy()
    one, other = (explain(shop, by_recency_and_spend, seed=3) for _ in range(2))
    assert (one.rules, one.fidelity, one.depth) == (other.rules, other.fidelity, other.depth)
    np.testing.assert_array_equal(one.rule_of, other.rule_of)
    pd.testing.assert_frame_equal(shop, before)


# A segment's own


def test_a_segments_rules_come_by_their_customers():
    rules = [Rule(1, (), 5, 1.0), Rule(2, (), 90, 1.0), Rule(1, (), 30, 0.5), Rule(1, (), 5, 0.9)]
    listed = RuleList(tuple(rules), np.zeros(130), 1.0, 1)
    assert rules_of(listed, 1) == [rules[2], rules[0], rules[3]]
    assert rules_of(listed, 2) == [rules[1]]
    assert rules_of(listed, 3) == []


def test_rfm_replaces_features_of_the_fit_with_missing_values(shop, by_recency_and_spend):
    features = shop.assign(order_count=1.0, mean_days_between_orders=np.nan)
    listed = explain(features, by_recency_and_spend, columns=["mean_days_between_orders"])
    spoken_of = {condition.feature for rule in listed.rules for condition in rule.conditions}
    assert spoken_of == {"days_since_last_purchase", "total_spend"}
