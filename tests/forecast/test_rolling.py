"""The forecast at past dates: without leakage, close to what happened, and covered as often as promised."""

import numpy as np
import pandas as pd

from clientela.forecast.coverage import coverage
from clientela.forecast.history import history_of
from clientela.forecast.rolling import rolling_forecasts
from clientela.forecast.shop import forecast_history


def test_a_past_forecast_is_the_one_that_was_made_then(make_shop, settings):
    """Nothing of a later date is used: neither in the expected values nor in the intervals."""
    shop = make_shop(days=800)
    past = next(dated for dated in rolling_forecasts(shop, 90, settings) if dated.days_back == 120)
    then = list(rolling_forecasts(shop.before(120), 90, settings))[-1]
    assert then.days_back == 0
    assert past.forecast.of(past.history.known) == then.forecast.of(then.history.known)


def test_the_season_makes_the_forecast_better_than_the_last_period(three_years, settings):
    checks = [one for one in forecast_history(three_years, settings, days=[90]).checks[90] if one.is_seasonal]
    error = np.median([abs(one.spend.expected / one.actual - 1) for one in checks])
    last = np.median([abs(one.last / one.actual - 1) for one in checks])
    assert len(checks) >= 15
    assert error < 0.7 * last
    assert error < 0.15


def test_without_a_season_the_forecast_is_no_worse_than_the_last_period(make_shop, settings):
    shop = make_shop(days=1095, season=0.0, seed=3)
    checks = [one for one in forecast_history(shop, settings, days=[90]).checks[90] if one.is_seasonal]
    error = np.median([abs(one.spend.expected / one.actual - 1) for one in checks])
    last = np.median([abs(one.last / one.actual - 1) for one in checks])
    assert error <= 1.05 * last


def test_intervals_cover_as_often_as_promised_and_are_no_wider(make_shop, settings):
    checks = [
        one
        for seed in (1, 2, 3)
        for one in forecast_history(make_shop(days=1095, customers=700, seed=seed), settings, days=[90]).checks[90]
        if one.is_seasonal
    ]
    found = coverage(checks, is_seasonal=True, days=90, step=30)
    width = np.median([(one.spend.high - one.spend.low) / 2 / one.spend.expected for one in checks])
    assert 0.85 <= found.covered / found.dates <= 1
    assert 0.85 <= found.tenths_covered / found.tenths <= 0.99
    assert width <= 4 * found.error


def test_overlapping_dates_are_counted_as_few_independent_periods(three_years, settings):
    checks = forecast_history(three_years, settings, days=[90]).checks[90]
    seven = coverage([one for one in checks if one.is_seasonal][:7], is_seasonal=True, days=90, step=30)
    assert (seven.dates, seven.periods) == (7, 3.0)
    assert coverage([], is_seasonal=True, days=90, step=30).error is None


def test_a_short_history_has_no_season_and_a_wide_interval(make_shop, settings):
    shop = make_shop(days=360)
    forecast = forecast_history(shop, settings, days=[90, 180])
    assert 180 not in forecast.horizons
    assert not forecast.horizons[90].is_seasonal
    spend = forecast.all(days=90).spend
    known = forecast.horizons[90].points.totals["spend"].factors
    assert spend.high / spend.expected >= np.exp(abs(known).max())


def test_a_very_short_history_has_no_forecast(make_shop, settings):
    forecast = forecast_history(make_shop(days=150), settings)
    assert 90 not in forecast.horizons
    assert forecast.all(days=90) is None


def test_an_empty_history_has_no_forecast(settings):
    empty = history_of(pd.Series([], dtype=object), np.array([], dtype=int), np.array([]), as_of=pd.Timestamp(0).date())
    assert not forecast_history(empty, settings).horizons
