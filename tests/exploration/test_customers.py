"""Distributions, concentration and pairs of features."""

import numpy as np
import pandas as pd
import pytest

from clientela.exploration.customers import concentration, distribution, pairs


def test_the_best_fifth_and_the_lower_half_have_their_shares():
    # 20 customers with 100 each, 80 with 12.5: 2,000 of 3,000; the lower half has 50 x 12.5 = 625.
    found = concentration(pd.Series([12.5] * 80 + [100.0] * 20))
    assert found["best"] == pytest.approx(2000 / 3000)
    assert found["lower"] == pytest.approx(625 / 3000)
    assert found["curve"][0] == [0, 0]
    assert found["curve"][-1] == [1, 1]
    assert found["curve"][10] == pytest.approx([0.2, 2000 / 3000], abs=1e-4)


def test_equal_spend_is_a_straight_line_without_concentration():
    found = concentration(pd.Series([7.0] * 40))
    assert (found["best"], found["lower"], found["gini"]) == (0.2, 0.5, pytest.approx(0))
    assert all(x == pytest.approx(y) for x, y in found["curve"])


def test_the_gini_coefficient_is_half_the_mean_difference_relative_to_the_mean():
    values = np.random.default_rng(0).gamma(0.5, size=300)
    expected = np.abs(values[:, None] - values).mean() / 2 / values.mean()
    assert concentration(pd.Series(values))["gini"] == pytest.approx(expected)


def test_few_customers_or_no_revenue_have_no_concentration():
    assert concentration(pd.Series([1.0] * 19)) is None
    assert concentration(pd.Series([0.0] * 30)) is None


def test_long_ranges_have_bins_of_equal_ratio_and_others_of_equal_width():
    long = distribution("total_spend", pd.Series([1.0, 4096.0, *np.linspace(2, 100, 30)]))
    ratios = np.diff(np.log(long["edges"]))
    assert ratios == pytest.approx(ratios[0])
    short = distribution("mean_order_value", pd.Series(np.linspace(10, 34, 25)))
    assert np.diff(short["edges"]) == pytest.approx(2)
    assert short["counts"] == [2] * 11 + [3]


def test_all_customers_are_in_a_bin():
    values = pd.Series([*np.random.default_rng(1).lognormal(3, 2, size=500), np.nan])
    found = distribution("total_spend", values)
    assert sum(found["counts"]) == 500
    assert found["quartiles"] == pytest.approx(np.quantile(values.dropna(), [0.25, 0.5, 0.75]))


def test_equal_values_have_no_distribution():
    assert distribution("order_count", pd.Series([1.0] * 50)) is None


def test_pairs_are_rank_correlations_of_the_columns_that_vary():
    rng = np.random.default_rng(2)
    a = rng.normal(size=200)
    features = pd.DataFrame({"a": a, "b": np.exp(a), "c": -a + rng.normal(size=200), "same": 1.0})
    found = pairs(features, ["a", "b", "c", "same", "absent"])
    assert found["features"] == ["a", "b", "c"]
    assert found["together"] == {"first": "b", "second": "a", "value": pytest.approx(1)}
    expected = features[["a", "c"]].corr("spearman").iloc[0, 1]
    assert found["apart"]["value"] == pytest.approx(expected)
    assert found["matrix"][2][0] == pytest.approx(expected, abs=1e-3)


def test_pairs_need_two_columns():
    assert pairs(pd.DataFrame({"a": range(50), "same": 1}), ["a", "same"]) is None
