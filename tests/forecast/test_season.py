"""The seasonal ratio: found where there is one, near 1 where there is none, refused where it would be wrong."""

import numpy as np
import pandas as pd
import pytest

from clientela.forecast.history import history_of
from clientela.forecast.season import period_totals, recent_factors, seasonal_ratio

# The year ends on 1 March: the next 90 days are a normal quarter, the last ones had a third of the peak.


def test_the_ratio_is_that_of_the_season(make_shop, settings):
    shop = make_shop(days=1095, customers=4000)
    before_peak = shop.before(153)  # as of 30 September: the peak begins the day after
    ratio = seasonal_ratio(before_peak, 90, "spend", settings.season).ratio
    assert ratio == pytest.approx(1.8 / (1 - 0.8 / 3), rel=0.2)


@pytest.mark.parametrize("measure", ["spend", "orders", "buyers"])
def test_a_shop_without_a_season_has_a_ratio_near_one(make_shop, settings, measure):
    shop = make_shop(days=1095, season=0.0)
    ratios = [seasonal_ratio(shop.before(back), 90, measure, settings.season).ratio for back in (0, 60, 120, 180)]
    assert max(abs(np.log(ratios))) < 0.06


def test_a_short_history_has_no_season(make_shop, settings):
    shop = make_shop(days=480)
    assert seasonal_ratio(shop, 90, "spend", settings.season) is not None
    assert seasonal_ratio(shop.before(30), 90, "spend", settings.season) is None
    assert seasonal_ratio(shop, 180, "spend", settings.season) is None  # needs two halves of a year, a year ago


def test_more_years_are_averaged(three_years, settings):
    assert seasonal_ratio(three_years, 90, "spend", settings.season).years == 2
    assert seasonal_ratio(three_years.before(400), 90, "spend", settings.season).years == 1


def test_a_list_that_was_closed_has_no_season(settings, make_shop):
    shop = make_shop(days=720, season=0.0, customers=3000)
    first = np.zeros(len(shop.customers))
    first[shop.customer] = shop.days_ago
    # Only customers of the period that the season would be read from, as in a file of one cohort.
    cohort = (first[shop.customer] <= 454) & (first[shop.customer] > 300)
    ids = pd.Series(shop.customers[shop.customer[cohort]])
    closed = history_of(ids, shop.days_ago[cohort], shop.amount[cohort], as_of=shop.as_of)
    least = settings.season.model_copy(update={"least_history_days": 450})
    assert seasonal_ratio(closed, 90, "spend", least) is None
    assert seasonal_ratio(shop, 90, "spend", least) is not None


def test_one_large_order_is_no_season(three_years, settings):
    amount = three_years.amount.copy()
    row = three_years.period(364, 274).start
    amount[row] = 100 * amount.sum()
    with_it = history_of(
        pd.Series(three_years.customers[three_years.customer]), three_years.days_ago, amount, as_of=three_years.as_of
    )
    plain = seasonal_ratio(three_years, 90, "spend", settings.season).ratio
    assert seasonal_ratio(with_it, 90, "spend", settings.season).ratio == pytest.approx(plain, rel=0.02)


def test_chance_is_the_sum_of_squared_shares():
    ids = pd.Series(["a", "a", "b"])
    history = history_of(ids, np.array([1, 2, 3]), np.array([1.0, 2.0, 1.0]), as_of=pd.Timestamp("2024-01-01").date())
    total = period_totals(history, [(3, 0)], "spend", largest_order=1.0)[0]
    assert (total.value, total.chance) == (4.0, pytest.approx((9 + 1) / 16))
    assert period_totals(history, [(3, 0)], "buyers", largest_order=1.0)[0].value == 2


def test_factors_compare_consecutive_periods(three_years):
    factors = recent_factors(three_years, 90, "orders", step=30, largest_order=1.0)
    latest = three_years.outcome(90, 0).orders.sum() / three_years.outcome(180, 90).orders.sum()
    assert factors[0] == pytest.approx(np.log(latest))
    assert len(factors) == (1095 - 180) // 30 + 1
