"""Totals of a shop whose list grew fast a year ago and hardly grows now."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from clientela.forecast.composition import band_rates, composed_ratio, dated_lists
from clientela.forecast.history import history_of
from clientela.forecast.profiles import cell_sums
from clientela.forecast.season import Season, seasonal_ratio
from clientela.forecast.totals import forecast_totals

AS_OF = date(2024, 3, 1)
DAYS = 90
END = DAYS  # the coming period: days after the as-of date that the shop is simulated for
FIRST_DAY = 700


@pytest.fixture(scope="module")
def shop():
    """Customers order every 30 days on average until they leave; most of them came more than 250 days ago."""
    rng = np.random.default_rng(0)
    first = np.concatenate([rng.integers(250, FIRST_DAY, 2000), rng.integers(0, 250, 200)]) + END
    last = np.maximum(first - rng.exponential(700, len(first)).astype(int), 0)
    day = np.arange(1, FIRST_DAY + END + 1)
    known = (day[None, :] <= first[:, None]) & (day[None, :] > last[:, None])
    orders = (rng.random(known.shape) < 1 / 30) & known
    orders[np.arange(len(first)), np.maximum(first, 1) - 1] = True
    customer, column = np.nonzero(orders)
    ids = pd.Series([f"c{number:04}" for number in customer])
    return history_of(ids, day[column], np.full(len(customer), 10.0), as_of=AS_OF)


@pytest.fixture(scope="module")
def then(shop):
    return shop.before(END)


@pytest.fixture(scope="module")
def cells(then, settings):
    dates = range(DAYS, 361, 30)
    return [cell_sums(then.before(back), then.outcome(back, back - DAYS), settings.profiles) for back in dates]


def test_the_change_of_the_list_corrects_a_ratio_of_a_time_with_more_new_customers(shop, then, cells, settings):
    total = forecast_totals(then, DAYS, cells, settings)["orders"]
    actual = shop.outcome(END, 0).orders[then.known].sum()
    by_totals_alone = total.level * total.season.ratio
    assert by_totals_alone > 1.15 * actual
    assert abs(total.expected / actual - 1) < 0.6 * abs(by_totals_alone / actual - 1)
    assert total.log_ratio == pytest.approx((total.season.log_ratio + total.composed) / 2)


def test_the_rates_are_per_customer_of_each_band(then, cells, settings):
    rates = band_rates(cells, settings)
    assert (np.diff(rates["orders"][:3]) < 0).all()  # The longer ago the last order, the fewer the next ones.
    assert rates["orders"][0] == pytest.approx(2.8, abs=0.2)  # of three orders in 90 days, less those who leave
    assert (rates["buyers"] <= 1).all()


def test_without_a_list_of_a_year_ago_there_is_no_composed_ratio(then, cells, settings):
    lists, rates = dated_lists(then, DAYS, settings), band_rates(cells, settings)
    season, options = Season(0.1, 1, 1.0), {"days": DAYS, "settings": settings.season}
    assert composed_ratio(lists, rates["orders"], "orders", season=season, **options) is not None
    short = {back: one for back, one in lists.items() if back != 364 + DAYS}
    assert composed_ratio(short, rates["orders"], "orders", season=season, **options) is None


def test_the_composed_ratio_is_the_change_of_the_list_where_no_season_counts(then, cells, settings):
    lists, rates = dated_lists(then, DAYS, settings), band_rates(cells, settings)["buyers"]
    ratio = composed_ratio(lists, rates, "buyers", days=DAYS, season=Season(0.0, 1, 0.0), settings=settings.season)
    assert ratio == pytest.approx(np.log(lists[0].customers @ rates / (lists[DAYS].customers @ rates)))
    assert seasonal_ratio(then, DAYS, "buyers", settings.season) is not None
