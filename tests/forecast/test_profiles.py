"""Cells, order values and tenths."""

import numpy as np
import pandas as pd
import pytest

from clientela.forecast.history import Outcome, history_of
from clientela.forecast.profiles import cell_rates, cell_sums, cells_of, order_values, tenths_of

AS_OF = pd.Timestamp("2024-06-01").date()


def test_cells_are_bands_of_recency_and_orders(settings):
    days = np.array([30, 31, 400, 400, 400])
    history = history_of(pd.Series(["a", "b", "c", "c", "c"]), days, np.ones(5), as_of=AS_OF)
    bands = len(settings.profiles.orders) + 1
    assert cells_of(history, settings.profiles).tolist() == [0, bands, 6 * bands + 2]


def test_customers_of_a_recent_cell_get_more(three_years, settings):
    past = three_years.before(90)
    sums = cell_sums(past, three_years.outcome(90, 0), settings.profiles)
    orders, intensity = cell_rates([sums], settings.profiles)
    shape = (len(settings.profiles.recency_days) + 1, len(settings.profiles.orders) + 1)
    assert orders.reshape(shape)[0, 4] > 2 * orders.reshape(shape)[5, 1]
    assert intensity.reshape(shape)[0, 4] > 2 * intensity.reshape(shape)[5, 1]


def test_a_small_cell_is_drawn_towards_its_band(settings):
    history = history_of(pd.Series(["a", "b", "b"]), np.array([10, 10, 20]), np.ones(3), as_of=AS_OF)
    sums = cell_sums(history, Outcome(np.zeros(2), np.array([0.0, 4.0])), settings.profiles)
    orders, _ = cell_rates([sums], settings.profiles)
    assert 0.5 < orders[0] < orders[1] < 1.5


def test_the_order_value_of_a_customer_is_his_own_where_customers_differ(settings):
    rng = np.random.default_rng(0)
    customer = np.repeat(np.arange(300), 6)
    ids = pd.Series([f"{number:03}" for number in customer])
    own = np.exp(rng.normal(3, 1, 300))
    days = rng.integers(1, 300, len(customer))
    differ = history_of(ids, days, own[customer] * np.exp(rng.normal(0, 0.1, len(customer))), as_of=AS_OF)
    mean = differ.spend / 6
    assert np.median(np.abs(order_values(differ, settings.profiles) / mean - 1)) < 0.06
    alike = history_of(ids, days, np.exp(rng.normal(3, 1, len(customer))), as_of=AS_OF)
    values = order_values(alike, settings.profiles)
    assert values.std() < 0.25 * (alike.spend / 6).std()


def test_tenths_hold_equal_shares_of_the_expected_spend():
    expected = np.random.default_rng(0).gamma(0.5, size=2000)
    groups = tenths_of(expected, np.ones(2000, dtype=bool), 10)
    assert np.bincount(groups, expected) == pytest.approx(np.full(10, expected.sum() / 10), rel=0.05)
    assert expected[groups == 0].min() > expected[groups == 9].max()
