"""Indicators of a period, on numbers that can be computed by hand."""

from datetime import date
from math import log

import numpy as np
import pandas as pd
import pytest

from clientela.monitoring.indicators import (
    activity,
    feature_means,
    new_customers,
    prices,
    separation,
    shares,
    table_of,
    unlike_customers,
)
from clientela.monitoring.observe import Observed


def period(members=None, product_prices=None, *, after=("a", "b"), segments=(1, 2)):
    before = pd.DataFrame(index=pd.Index(["a", "b"] if members is None else members.index))
    return Observed(
        start=date(2024, 1, 1),
        end=date(2024, 1, 31),
        members=pd.DataFrame({"segment": [1, 2]}, index=before.index) if members is None else members,
        prices=pd.DataFrame(columns=["ratio", "weight"]) if product_prices is None else product_prices,
        before=before,
        after=pd.DataFrame(index=pd.Index(after)),
        segments=pd.Series(segments, index=pd.Index(after)),
    )


def members(orders, baseline, *, per_segment=30):
    """Members of two segments, each with the same orders in the period and in the three periods of the baseline."""
    size = 2 * per_segment
    rows = np.repeat([0, 1], per_segment)
    return pd.DataFrame(
        {
            "segment": rows + 1,
            "orders": np.array(orders, dtype=float)[rows],
            "spend": np.array(orders, dtype=float)[rows] * 10,
            "baseline_orders": np.array(baseline, dtype=float)[rows],
            "baseline_spend": np.array(baseline, dtype=float)[rows] * 10,
        },
        index=pd.Index([f"c{number}" for number in range(size)]),
    )


def found(indicators):
    return {(one.family, one.name, one.segment): one.value for one in indicators}


class TestActivity:
    def test_a_segment_is_compared_with_the_others(self):
        values = found(activity(period(members(orders=[2, 1], baseline=[3, 3]))))
        assert values["activity", "orders", 1] == pytest.approx(log(2 / 1))
        assert values["activity", "orders", 2] == pytest.approx(log(1 / 2))
        assert values["level", "orders", None] == pytest.approx(log(3 / 2))
        assert values["activity", "spend", 1] == pytest.approx(log(2))

    def test_what_changes_everywhere_is_in_the_level_only(self):
        values = found(activity(period(members(orders=[2, 2], baseline=[3, 3]))))
        assert values["activity", "orders", 1] == pytest.approx(0)
        assert values["level", "orders", None] == pytest.approx(log(2))

    def test_fewer_than_twenty_orders_say_nothing(self):
        assert activity(period(members(orders=[1, 0], baseline=[3, 3], per_segment=19))) == []

    def test_the_error_is_that_of_a_ratio(self):
        """For orders of a Poisson distribution the variance of the logarithm is 1/orders + 1/baseline orders."""
        rng = np.random.default_rng(0)
        table = members(orders=[1, 1], baseline=[3, 3], per_segment=20_000)
        table["orders"], table["baseline_orders"] = rng.poisson(1, 40_000), rng.poisson(3, 40_000)
        level = next(one for one in activity(period(table)) if (one.family, one.name) == ("level", "orders"))
        assert level.error == pytest.approx(np.sqrt(1 / 40_000 + 1 / 120_000), rel=0.05)


class TestPrices:
    def test_the_level_is_weighted_by_revenue(self):
        ratios = pd.DataFrame({"ratio": [1.0] * 20 + [1.2] * 20, "weight": [1.0] * 20 + [3.0] * 20})
        assert found(prices(period(product_prices=ratios)))["prices", "prices", None] == pytest.approx(0.75 * log(1.2))

    def test_one_wrong_price_does_not_move_the_level(self):
        ratios = pd.DataFrame({"ratio": [1.0] * 99 + [1000.0], "weight": [1.0] * 100})
        assert found(prices(period(product_prices=ratios)))["prices", "prices", None] < 0.01

    def test_too_few_products_say_nothing(self):
        assert prices(period(product_prices=pd.DataFrame({"ratio": [2.0] * 19, "weight": [1.0] * 19}))) == []


class TestCustomers:
    def test_a_share_changes_in_logits(self):
        table = pd.DataFrame({"segment": [1, 1, 2, 2]}, index=pd.Index(list("abcd")))
        values = found(shares(period(table, after=list("abcd"), segments=[1, 2, 2, 2])))
        assert values["shares", "share", 1] == pytest.approx(log((1 / 4) / (3 / 4)))
        assert values["shares", "share", 2] == pytest.approx(log(3))

    def test_a_feature_changes_by_moves_and_by_new_customers(self):
        before, after = np.array([[0.0], [2.0]]), np.array([[1.0], [2.0], [6.0]])
        (mean,) = feature_means(
            period(after=["a", "b", "new"], segments=[1, 2, 2]), before, after, columns=["order_count"]
        )
        assert (mean.name, mean.value) == ("order_count", pytest.approx(3.0 - 1.0))

    def test_a_feature_that_nobody_moved_has_the_smallest_error(self):
        same = np.array([[0.0], [2.0]])
        (mean,) = feature_means(period(), same, same, columns=["order_count"])
        assert (mean.value, mean.error) == (0.0, 0.002)

    def test_the_share_of_unlike_customers_is_known_even_if_there_is_none(self):
        (change,) = unlike_customers(np.zeros(99, dtype=bool), np.array([True] * 9 + [False] * 90))
        assert change.value == pytest.approx(log(9.5 / 90.5) - log(0.5 / 99.5))

    def test_new_customers_are_those_who_were_not_known_at_the_start(self):
        (share,) = new_customers(period(after=["a", "b", "new"], segments=[1, 2, 2]))
        assert share.value == pytest.approx(log(1.5 / 2.5))

    def test_segments_that_move_apart_have_a_higher_silhouette(self):
        near, far = np.array([[0.0], [1.0], [2.0], [3.0]]), np.array([[0.0], [1.0], [9.0], [10.0]])
        table = pd.DataFrame({"segment": [1, 1, 2, 2]}, index=pd.Index(list("abcd")))
        (change,) = separation(period(table, after=list("abcd"), segments=[1, 1, 2, 2]), near, far, seed=0)
        assert change.value > 0.3

    def test_one_segment_has_no_silhouette(self):
        one = np.array([[0.0], [1.0]])
        assert separation(period(segments=[1, 1]), one, one, seed=0) == []


def test_the_table_has_one_row_per_indicator_and_period():
    table = table_of([new_customers(period()), new_customers(period())])
    assert table[["period", "family", "segment"]].to_numpy().tolist() == [[0, "new", 0], [1, "new", 0]]
