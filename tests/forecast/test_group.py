"""Forecasts of groups: they add up, and their intervals are as wide as they must be."""

import numpy as np
import pytest

from clientela.forecast.group import _interval, degrees_of_freedom
from clientela.forecast.shop import forecast_history


@pytest.fixture(scope="module")
def forecast(three_years, settings):
    return forecast_history(three_years, settings)


@pytest.mark.parametrize("days", [30, 90, 180])
def test_groups_add_up_to_all_customers(forecast, days):
    labels = np.arange(len(forecast.history.customers)) % 4
    parts = [forecast.group(forecast.history.customers[labels == label], days=days) for label in range(4)]
    whole = forecast.all(days=days)
    assert sum(part.customers for part in parts) == whole.customers
    for measure in ("spend", "orders", "buyers"):
        total = sum(getattr(part, measure).expected for part in parts)
        assert total == pytest.approx(getattr(whole, measure).expected)


def test_a_longer_period_has_more_of_everything(forecast):
    spend = [forecast.all(days=days).spend.expected for days in (30, 90, 180)]
    buyers = [forecast.all(days=days).buyer_share.expected for days in (30, 90, 180)]
    assert spend == sorted(spend)
    assert buyers == sorted(buyers)


def test_a_part_is_less_certain_than_the_whole(forecast):
    whole = forecast.all(days=90)
    part = forecast.group(forecast.history.customers[:60], days=90)

    def width(group):
        return (group.spend.high - group.spend.low) / group.spend.expected

    assert width(part) > 1.5 * width(whole)
    assert part.is_too_small
    assert not whole.is_too_small
    assert part.variation > 3 * whole.variation


def test_the_share_of_buyers_is_a_share(forecast):
    expected = forecast.horizons[180].points.expected["spend"]
    best = forecast.horizons[180].of(expected >= np.sort(expected)[-20])
    assert 0 < best.buyer_share.low < best.buyer_share.expected < best.buyer_share.high <= 1


def test_unknown_ids_count_for_nothing(forecast):
    some = list(forecast.history.customers[:50])
    assert forecast.group([*some, "nobody"], days=90) == forecast.group(some, days=90)
    nobody = forecast.group(["nobody"], days=90)
    assert (nobody.customers, nobody.spend.as_list()) == (0, [0.0, 0.0, 0.0])


def test_expected_values_per_customer_add_up(forecast):
    assert forecast.customers(days=90)["spend"].sum() == pytest.approx(forecast.all(days=90).spend.expected)


def test_the_same_history_gives_the_same_forecast(three_years, settings, forecast):
    again = forecast_history(three_years, settings, days=[90])
    assert again.all(days=90) == forecast.all(days=90)


def test_an_interval_far_wider_than_the_expected_value_has_a_high_upper_end():
    """A gamma distribution's upper quantile falls again as its variance grows; the interval must not."""
    with np.errstate(all="raise"):
        ends = [_interval(100.0, variance, freedom=1.0, level=0.9) for variance in (1.0, 4.0, 40.0, 4000.0)]
    assert [interval.high for interval in ends] == sorted(interval.high for interval in ends)
    assert ends[-1].high > 500
    assert ends[-1].low < 1


def test_the_part_of_a_variance_that_is_known_does_not_widen_the_interval():
    assert degrees_of_freedom(0.01, 0.01, periods=2) == 2
    assert degrees_of_freedom(0.03, 0.01, periods=2) == 18
    assert degrees_of_freedom(0.01, 0.0, periods=2) == np.inf
    wide, narrow = (_interval(100.0, 0.04, freedom=freedom, level=0.9) for freedom in (2, np.inf))
    assert wide.high > narrow.high
