"""Errors and coverage of the forecast at all monthly past dates of public data sets (docs/forecast.md)."""

from datetime import date
from importlib.metadata import distribution
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from clientela.features.build import default_as_of
from clientela.forecast.coverage import PastCheck
from clientela.forecast.history import OrderHistory, history_of, load_history
from clientela.forecast.shop import forecast_history
from clientela.settings import load_forecast

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def settings(root):
    return load_forecast(conf=root / "conf")


@pytest.fixture(scope="module")
def load(open_shop):
    """The orders of a data set of the shared folder."""

    def read(dataset: str) -> OrderHistory:
        with open_shop(dataset) as connection:
            return load_history(connection, as_of=default_as_of(connection))

    return read


@pytest.fixture(scope="module")
def cdnow() -> OrderHistory:
    """The sample of CDNOW of the package lifetimes, without purchases for nothing."""
    path = Path(str(distribution("lifetimes").locate_file("lifetimes/datasets/CDNOW_sample.txt")))
    rows = [line.split() for line in path.read_text().splitlines() if line.strip()]
    rows = [row for row in rows if float(row[4]) > 0]
    days = (pd.Timestamp("1998-07-01") - pd.to_datetime([row[2] for row in rows], format="%Y%m%d")).days.to_numpy()
    amounts = np.array([float(row[4]) for row in rows])
    return history_of(pd.Series([row[1] for row in rows]), days, amounts, as_of=date(1998, 7, 1))


def median_error(checks: list[PastCheck]) -> float:
    return float(np.median([abs(one.spend.expected / one.actual - 1) for one in checks]))


def median_error_of_last_period(checks: list[PastCheck]) -> float:
    return float(np.median([abs(one.last / one.actual - 1) for one in checks]))


def share_covered(checks: list[PastCheck]) -> float:
    return float(np.mean([one.is_covered for one in checks]))


def share_of_tenths_covered(checks: list[PastCheck]) -> float:
    return sum(one.tenths_covered for one in checks) / sum(len(one.tenths) for one in checks)


def median_width(checks: list[PastCheck]) -> float:
    return float(np.median([(one.spend.high - one.spend.low) / 2 / one.spend.expected for one in checks]))


@pytest.mark.parametrize(
    ("dataset", "dates", "error", "times_last"),
    [
        # A strong season: much better than the last period. None: no worse.
        ("superstore", 22, 0.10, 0.5),
        ("retail_transactions", 22, 0.02, 1.02),
        ("groceries", 7, 0.06, 1.02),
    ],
)
def test_totals_of_90_days(load, settings, dataset, dates, error, times_last):
    checks = forecast_history(load(dataset), settings, days=[90]).checks[90]
    seasonal = [one for one in checks if one.is_seasonal]
    assert len(seasonal) == dates
    assert median_error(seasonal) <= error
    assert median_error(seasonal) <= times_last * median_error_of_last_period(seasonal)
    assert share_covered(seasonal) >= 0.85
    assert 0.85 <= share_of_tenths_covered(seasonal) <= 0.99
    # Half-width of a 90 % interval of normal errors: 2.4 times their median.
    assert median_width(seasonal) <= 4 * median_error(seasonal)


def test_the_year_of_online_retail_has_no_seasonal_forecast(load, settings):
    """The totals fell by half after that Christmas; only an interval as wide as past differences covers that."""
    forecast = forecast_history(load("online_retail"), settings)
    assert not any(horizon.is_seasonal for horizon in forecast.horizons.values())
    assert 180 not in forecast.horizons
    spend = forecast.all(days=90).spend
    assert spend.low < spend.expected / 2
    checks = forecast.checks[30]
    assert len(checks) == 9
    assert share_covered(checks) >= 0.85
    assert share_of_tenths_covered(checks) >= 0.85


def test_cdnow_is_a_list_without_new_customers(cdnow, settings):
    """The cohort's first quarter is no season: totals stay those of the last period, and intervals cover them."""
    forecast = forecast_history(cdnow, settings, days=[30, 90])
    checks = forecast.checks[90]
    assert not any(one.is_seasonal for one in checks)
    assert median_error(checks) <= 0.15
    assert share_covered(checks) == 1.0
    assert share_of_tenths_covered(checks) >= 0.85
    monthly = forecast.checks[30]
    assert share_covered(monthly) >= 0.85
    assert share_of_tenths_covered(monthly) >= 0.85
