"""The revenue of the members: their share so far, and what to expect of them in the next months."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TypedDict

import duckdb
import numpy as np
import pandas as pd

from clientela.clv import Bootstrap, estimate_lifetime_value
from clientela.features.concentration import Concentration, concentration
from clientela.forecast.coverage import coverage
from clientela.forecast.shop import ShopForecast, forecast_shop
from clientela.insiders.customer_values import DAYS_PER_MONTH, horizon_months
from clientela.insiders.next_period_shares import CustomerBootstrap, Trial, shares_of_next_period
from clientela.insiders.programme import Programme
from clientela.insiders.rankings import RankedCustomers
from clientela.settings.forecast import ForecastSettings
from clientela.settings.insiders import InsidersSettings

MOST_DRAWS = 400  # of the parametric bootstrap
SEED = 0  # of the intervals of past shares, which do not depend on the run's seed
MEMBERS = "members"
COLUMNS = ["expected", "low", "high"]


class ExpectedTotal(TypedDict):
    """Revenue to expect in a number of months of 30 days; lower end, expected value and upper end (currency).

    `too_small` says that chance alone makes the members too few to forecast (see `forecast.group`).
    """

    months: int
    members: list[float]
    all: list[float]
    too_small: bool


class ForecastRecord(TypedDict):
    """The same forecast at past dates (see `forecast.coverage.Coverage`): how often its intervals covered the outcome.

    `seasonal` says whether the season of a year ago is part of today's forecast. Dates without it are not counted then.
    """

    seasonal: bool
    dates: int
    covered: int
    tenths: int
    tenths_covered: int
    periods: float
    error: float | None


class RevenueShare(TypedDict):
    """The members' share of past revenue (lower end, value, upper end), and what they spent (currency)."""

    share: list[float]
    spend: float


class RevenueShares(TypedDict):
    """The members' share of the revenue of the whole history and of the rules' window.

    `concentration` is that of the members' spend in the whole history.
    """

    history: RevenueShare
    window: RevenueShare
    window_days: int
    concentration: Concentration


@dataclass(frozen=True)
class ExpectedRevenue:
    """The revenue to expect.

    Attributes:
        totals: totals of the members and of all customers, one per number of months; without those for which the
            history is too short.
        customers: expected, low and high of each customer in the horizon, by customer_id (currency); NaN where the
            purchase model does not say it.
        months: length of the horizon (months of 30 days).
        record: the forecast of the horizon at past dates; None without one.
    """

    totals: list[ExpectedTotal]
    customers: pd.DataFrame
    months: int
    record: ForecastRecord | None


@dataclass(frozen=True)
class Forecasts:
    """The shop's forecasts at the dates of a run: the same that the segments' report shows.

    Attributes:
        connection: connection with the tables `transactions` and `cancellations`.
        settings: forecast settings.
    """

    connection: duckdb.DuckDBPyConnection
    settings: ForecastSettings

    def at(self, as_of: date, days: Iterable[int]) -> ShopForecast:
        """The forecasts of several lengths (days), from what was known on a date."""
        return forecast_shop(self.connection, as_of=as_of, settings=self.settings, days=days)


def expected_revenue(
    today: RankedCustomers, member: np.ndarray, forecasts: Forecasts, settings: InsidersSettings, *, seed: int
) -> ExpectedRevenue:
    """The revenue to expect of the members and of all customers, with intervals calibrated on past dates.

    Totals are those of the shop's forecast. The purchase model shares them out: its expected values are multiplied so
    that the members' add up to the members' total, and those of the others to theirs.

    Args:
        today: customers as of the present with their value models.
        member: whether each customer is a member; (customers,).
        forecasts: forecasts of the run.
        settings: programme settings: months, level and draws of the intervals.
        seed: random seed of the draws.
    """
    months, snapshot = horizon_months(settings), today.inputs.snapshot
    lengths = sorted({*settings.expected_months, months})
    forecast = forecasts.at(snapshot.as_of, [DAYS_PER_MONTH * number for number in lengths])
    totals = [_total(number, forecast, snapshot.customers[member]) for number in lengths]
    known = {total["months"]: total for total in totals if total}
    return ExpectedRevenue(
        [known[number] for number in settings.expected_months if number in known],
        _scaled(_by_customer(today, settings, months, seed=seed), member, known.get(months)),
        months,
        _record(forecast, DAYS_PER_MONTH * months),
    )


def revenue_shares(today: RankedCustomers, programme: Programme, settings: InsidersSettings) -> RevenueShares:
    """The members' share of past revenue, in the whole history and in the rules' window, with bootstrap intervals.

    Args:
        today: customers as of the present.
        programme: today's programme.
        settings: programme settings: level and draws of the intervals.
    """
    window = programme.rules.window_days
    in_window = today.inputs.figures[window]["spend"].to_numpy()
    bootstrap = CustomerBootstrap(settings.interval, settings.draws, SEED)
    return {
        "history": _past_share(today, programme, today.inputs.snapshot.revenue, bootstrap),
        "window": _past_share(today, programme, in_window, bootstrap),
        "window_days": window,
        "concentration": concentration(today.inputs.snapshot.revenue[programme.member]),
    }


def _total(months: int, forecast: ShopForecast, members: Sequence[str]) -> ExpectedTotal | None:
    days = DAYS_PER_MONTH * months
    group, everybody = forecast.group(members, days=days), forecast.all(days=days)
    if group is None or everybody is None:
        return None
    return {
        "months": months,
        "members": group.spend.as_list(),
        "all": everybody.spend.as_list(),
        "too_small": group.is_too_small,
    }


def _by_customer(today: RankedCustomers, settings: InsidersSettings, months: int, *, seed: int) -> pd.DataFrame:
    """What the purchase model expects of each customer in a number of months, with predictive intervals (currency)."""
    values, customers = today.values, today.inputs.snapshot.customers
    if values.models is None:
        frame = pd.DataFrame(np.nan, customers, COLUMNS)
        return frame if values.expected is None else frame.assign(expected=values.expected)
    bootstrap = Bootstrap("predictive", settings.interval, min(settings.draws, MOST_DRAWS), seed)
    estimates = estimate_lifetime_value(values.models, today.inputs.purchases, months=months, bootstrap=bootstrap)
    return estimates.customers.set_index("customer_id")[COLUMNS]


def _scaled(customers: pd.DataFrame, member: np.ndarray, total: ExpectedTotal | None) -> pd.DataFrame:
    if total is None:
        return customers
    wanted = total["members"][1], total["all"][1] - total["members"][1]
    factor = np.ones(len(customers))
    for group, sum_ in zip((member, ~member), wanted, strict=True):
        expected = float(customers["expected"].to_numpy()[group].sum())
        if expected > 0:
            factor[group] = sum_ / expected
    return customers.mul(factor, axis=0)


def _record(forecast: ShopForecast, days: int) -> ForecastRecord | None:
    current = forecast.horizons.get(days)
    if current is None:
        return None
    seasonal, step = current.is_seasonal, forecast.settings.step_days
    found = coverage(forecast.checks[days], is_seasonal=seasonal, days=days, step=step)
    return {
        "seasonal": seasonal,
        "dates": found.dates,
        "covered": found.covered,
        "tenths": found.tenths,
        "tenths_covered": found.tenths_covered,
        "periods": found.periods,
        "error": found.error,
    }


def _past_share(
    today: RankedCustomers, programme: Programme, spend: np.ndarray, bootstrap: CustomerBootstrap
) -> RevenueShare:
    trial = Trial(today.inputs.snapshot.customers, spend, {MEMBERS: programme.member})
    shares = shares_of_next_period([trial], [MEMBERS], reference=MEMBERS, bootstrap=bootstrap)
    return {"share": shares[MEMBERS].share.as_list(), "spend": float(spend[programme.member].sum())}
