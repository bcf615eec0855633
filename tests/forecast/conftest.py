"""A generated shop with a season of known size."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from clientela.forecast.history import OrderHistory, history_of
from clientela.settings import load_forecast
from clientela.settings.forecast import ForecastSettings

AS_OF = date(2024, 3, 1)


@pytest.fixture(scope="session")
def settings(root: Path) -> ForecastSettings:
    return load_forecast(conf=root / "conf")


@pytest.fixture(scope="session")
def make_shop() -> Callable[..., OrderHistory]:
    """A shop whose customers order at rates of their own, more often in the last quarter of the year."""

    def make(*, days: int, customers: int = 1200, season: float = 0.8, seed: int = 0) -> OrderHistory:
        rng = np.random.default_rng(seed)
        day = np.arange(1, days + 1)
        month = pd.DatetimeIndex(pd.Timestamp(AS_OF) - pd.to_timedelta(day, unit="D")).month
        rate = np.where(month >= 10, 1 + season, 1 - season / 3)
        first = rng.integers(1, days + 1, customers) + rng.integers(0, 2, customers) * days
        intensity = rng.gamma(1.0, 1 / 50, customers)
        value = np.exp(rng.normal(4, 0.8, customers))
        orders = rng.poisson(intensity[:, None] * rate[None, :]) * (day[None, :] < first[:, None])
        customer, column = np.nonzero(orders)
        amount = value[customer] * np.exp(rng.normal(0, 0.4, len(customer)))
        ids = pd.Series([f"c{number:05}" for number in customer])
        return history_of(ids, day[column], amount, as_of=AS_OF)

    return make


@pytest.fixture(scope="session")
def three_years(make_shop) -> OrderHistory:
    return make_shop(days=1095)
