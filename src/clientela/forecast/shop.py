"""The forecasts of a shop as of one date: all lengths, for any group of customers, with their record on past dates."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

import duckdb
import numpy as np
import pandas as pd

from clientela.forecast.coverage import PastCheck, check
from clientela.forecast.group import GroupForecast, HorizonForecast
from clientela.forecast.history import OrderHistory, load_history
from clientela.forecast.rolling import rolling_forecasts
from clientela.settings.forecast import ForecastSettings


@dataclass(frozen=True)
class ShopForecast:
    """The forecasts as of one date. Every page of that date reads this one, so that groups add up on all pages.

    Attributes:
        history: orders before the as-of date.
        horizons: length (days) -> forecast; without the lengths for which the history is too short.
        checks: length (days) -> the same forecast at past dates against what happened, the latest first.
        settings: forecast settings.
    """

    history: OrderHistory
    horizons: Mapping[int, HorizonForecast]
    checks: Mapping[int, list[PastCheck]]
    settings: ForecastSettings

    @property
    def as_of(self) -> date:
        """As-of date."""
        return self.history.as_of

    def group(self, customer_ids: Iterable[str], *, days: int) -> GroupForecast | None:
        """The forecast of a group of customers.

        Args:
            customer_ids: ids of the group's customers; ids without an order count for nothing.
            days: length of the forecast (days).

        Returns:
            Spend, orders and buyers with intervals; None if the history is too short for this length.
        """
        forecast = self.horizons.get(days)
        return forecast.of(self.mask(customer_ids)) if forecast else None

    def all(self, *, days: int) -> GroupForecast | None:
        """The forecast of all known customers; None if the history is too short for this length (days)."""
        forecast = self.horizons.get(days)
        return forecast.of(self.history.known) if forecast else None

    def customers(self, *, days: int) -> pd.DataFrame | None:
        """Expected spend (currency), orders and chance of an order (buyers) by customer id, for one length (days)."""
        forecast = self.horizons.get(days)
        return forecast.customers(self.history.customers) if forecast else None

    def mask(self, customer_ids: Iterable[str]) -> np.ndarray:
        """Whether each customer of the history is in a group; (customers,)."""
        return np.asarray(self.history.customers.isin(list(customer_ids)))


def forecast_shop(
    connection: duckdb.DuckDBPyConnection, *, as_of: date, settings: ForecastSettings, days: Iterable[int] = ()
) -> ShopForecast:
    """Forecast the customers of a shop.

    Args:
        connection: connection with the tables `transactions` and `cancellations`; the table `net_lines` is recreated.
        as_of: as-of date; nothing on or after it is known.
        settings: forecast settings.
        days: lengths of the forecasts (days); by default those of the settings.

    Returns:
        The forecasts with their record on past dates.

    Example:
        >>> forecast = forecast_shop(connection, as_of=date(2011, 12, 10), settings=settings)  # doctest: +SKIP
        >>> forecast.group(["12347", "12348"], days=90).spend.as_list()  # doctest: +SKIP
    """
    history = load_history(connection, as_of=as_of)
    return forecast_history(history, settings, days=days)


def forecast_history(history: OrderHistory, settings: ForecastSettings, *, days: Iterable[int] = ()) -> ShopForecast:
    """Forecast the customers of a history.

    Args:
        history: orders before the as-of date.
        settings: forecast settings.
        days: lengths of the forecasts (days); by default those of the settings.

    Returns:
        The forecasts with their record on past dates.
    """
    horizons, checks = {}, {}
    for length in tuple(days) or settings.horizons_days:
        past = []
        for dated in rolling_forecasts(history, length, settings):
            if dated.outcome is not None:
                past.append(check(dated, dated.outcome))
            if not dated.days_back:
                horizons[length] = dated.forecast
        checks[length] = past[::-1]
    return ShopForecast(history, horizons, checks, settings)
