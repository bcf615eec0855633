"""Backtest of the forecasts: models fitted to a calibration period, compared with a hold-out period.

The model is compared with two naive forecasts: each customer's own past rate continues ("own rate"), and all customers
buy at the mean rate of all ("base rate").
"""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from clientela.clv.findings import Finding, find_in_totals
from clientela.clv.intervals import ALL, Bootstrap, Estimates, estimate_purchases, estimate_revenue
from clientela.clv.lifetime import CustomerValue
from clientela.clv.purchase_model import PurchaseModel
from clientela.clv.summary import WEEK, HoldOut

DECILES = 10
MODEL, OWN_RATE, BASE_RATE = "model", "own rate", "base rate"


@dataclass(frozen=True)
class Backtest:
    """Forecasts of a hold-out period compared with the outcomes, as data frames.

    Attributes:
        model: class name of the purchase model.
        customers: number of customers in the calibration period.
        days: length of the hold-out period (days).
        findings: where the models do not fit, with findings on the totals of the hold-out period.
        scores: one row per quantity ("purchases", "spend") and forecast ("model", "own rate", "base rate"): quantity,
            forecast, rmse and mae (per customer), correlation (Pearson's; NaN for a constant forecast), lift (mean
            outcome of the tenth of customers with the highest forecast, divided by the mean of all), expected and
            actual (totals).
        coverage: one row per quantity: quantity, level, customers (share of customers whose outcome was within the
            predictive interval; for counts at least the level, because intervals of whole numbers cannot have it
            exactly), deciles (share of the ten groups whose total was within it), low and high (of the total), inside
            (whether the total was within it).
        deciles: one row per tenth of the customers by forecast purchases, the highest first: decile, customers,
            expected, low, high, actual; totals of purchases.
        weekly: one row per week since the first customer: week (from 1), start (date), held_out, actual (repeat
            purchases of the calibration's customers), expected (by the model, from first purchase dates alone) and
            forecast (by the model, from each customer's past; NaN before the hold-out period).
    """

    model: str
    customers: int
    days: int
    findings: list[Finding]
    scores: pd.DataFrame
    coverage: pd.DataFrame
    deciles: pd.DataFrame
    weekly: pd.DataFrame

    def score(self, quantity: str, forecast: str = MODEL) -> dict[str, float]:
        """One row of the scores, as figure name -> value."""
        rows = self.scores.set_index(["quantity", "forecast"])
        return {str(name): float(figure) for name, figure in rows.loc[(quantity, forecast)].items()}


def backtest(held: HoldOut, *, model: PurchaseModel | None = None, bootstrap: Bootstrap | None = None) -> Backtest:
    """Fit the models to the calibration period, forecast the hold-out period, and compare.

    Args:
        held: calibration and hold-out period (`hold_out`).
        model: unfitted purchase model; None means BG/NBD.
        bootstrap: how intervals are computed; its kind is always "predictive" here.

    Returns:
        Scores, coverage of the intervals, and totals by decile and week.

    Raises:
        InvalidData: the models cannot be fitted (see `CustomerValue.fit`).

    Example:
        >>> held = hold_out(connection, start=date(2011, 9, 10), days=91)  # doctest: +SKIP
        >>> backtest(held, model=ParetoNBD()).score("purchases")["correlation"]  # doctest: +SKIP
    """
    summary, totals = held.calibration, held.totals
    value = CustomerValue(model).fit(summary)
    how = replace(bootstrap or Bootstrap(), kind="predictive")
    horizon = summary.periods(held.days)
    groups = _deciles(value.expected_purchases(summary, horizon))
    forecasts = {
        "purchases": estimate_purchases(value, summary, periods=horizon, groups=groups, bootstrap=how),
        "spend": estimate_revenue(value, summary, periods=horizon, groups=groups, bootstrap=how),
    }
    scores = _scores(held, forecasts)
    coverage = pd.DataFrame([_coverage(name, made, totals, groups) for name, made in forecasts.items()])
    return Backtest(
        model=type(value.purchases_).__name__,
        customers=len(totals),
        days=held.days,
        findings=[*value.findings_, *find_in_totals(scores, coverage)],
        scores=scores,
        coverage=coverage,
        deciles=_by_decile(forecasts["purchases"], totals["purchases"].to_numpy(), groups),
        weekly=weekly_totals(value.purchases_, held),
    )


def naive_forecasts(held: HoldOut) -> dict[str, dict[str, np.ndarray]]:
    """Quantity ("purchases", "spend") -> forecast ("own rate", "base rate") -> forecast of each customer; (customers,).

    The own rate is the repeat purchases divided by T, and 0 where T is 0. The base rate is the sum of all repeat
    purchases divided by the sum of T.
    """
    customers, horizon = held.calibration.customers, held.calibration.periods(held.days)
    x, T = customers["frequency"].to_numpy(), customers["T"].to_numpy()
    spend = x * customers["monetary_value"].to_numpy()
    made = {}
    for quantity, past in {"purchases": x, "spend": spend}.items():
        own = np.divide(past, T, out=np.zeros(len(T)), where=T > 0) * horizon
        made[quantity] = {OWN_RATE: own, BASE_RATE: np.full(len(T), past.sum() / T.sum() * horizon)}
    return made


def weekly_totals(model: PurchaseModel, held: HoldOut) -> pd.DataFrame:
    """Actual and expected repeat purchases by week; columns as in `Backtest.weekly`."""
    summary = held.calibration
    first = (pd.to_datetime(summary.customers["first_day"]) - pd.Timestamp(summary.as_of)).dt.days.to_numpy()
    # Days are counted from the start of the hold-out period, at which a week starts; the last week may be shorter.
    starts = np.arange(first.min() // WEEK * WEEK, held.days, WEEK)
    ends = np.minimum(starts + WEEK, held.days)
    days = (held.repeats["day"] - pd.Timestamp(summary.as_of)).dt.days.to_numpy()
    actual = np.histogram(days, bins=[*starts, ends[-1]])[0]
    expected = np.diff(_expected_until(model, summary.periods(1), first, ends), prepend=0.0)
    later = starts >= 0
    until = model.expected_purchases(summary.customers, list(ends[later] * summary.periods(1))).sum(axis=0)
    forecast = np.full(len(starts), np.nan)
    forecast[later] = np.diff(until, prepend=0.0)
    return pd.DataFrame(
        {
            "week": np.arange(1, len(starts) + 1),
            "start": pd.Timestamp(summary.as_of) + pd.to_timedelta(starts, unit="D"),
            "held_out": later,
            "actual": actual,
            "expected": expected,
            "forecast": forecast,
        }
    )


def _expected_until(model: PurchaseModel, day: float, first: np.ndarray, ends: np.ndarray) -> np.ndarray:
    """Repeat purchases expected until each of the ends, of customers who first bought on these days."""
    when, count = np.unique(first, return_counts=True)
    seen = np.maximum(ends - 1 - when[:, None], 0)
    spans, place = np.unique(seen, return_inverse=True)
    new = pd.DataFrame({"frequency": [0], "recency": [0.0], "T": [0.0]})
    expected = model.expected_purchases(new, list(spans * day))[0]
    return np.asarray(count @ expected[place].reshape(seen.shape))


def _scores(held: HoldOut, forecasts: dict[str, Estimates]) -> pd.DataFrame:
    naive, rows = naive_forecasts(held), []
    for quantity, made in forecasts.items():
        actual = held.totals[quantity].to_numpy()
        for name, forecast in {MODEL: made.customers["expected"].to_numpy(), **naive[quantity]}.items():
            rows.append({"quantity": quantity, "forecast": name, **_score(forecast, actual)})
    return pd.DataFrame(rows)


def _score(forecast: np.ndarray, actual: np.ndarray) -> dict[str, float]:
    error = forecast - actual
    constant = np.ptp(forecast) == 0 or np.ptp(actual) == 0
    best = np.argsort(-forecast, kind="stable")[: max(len(forecast) // DECILES, 1)]
    return {
        "rmse": float(np.sqrt(np.mean(error**2))),
        "mae": float(np.mean(np.abs(error))),
        "correlation": float("nan") if constant else float(np.corrcoef(forecast, actual)[0, 1]),
        "lift": float("nan") if constant else float(actual[best].mean() / actual.mean()),
        "expected": float(forecast.sum()),
        "actual": float(actual.sum()),
    }


def _deciles(expected: np.ndarray) -> dict[str, np.ndarray]:
    """Masks of all customers and of the tenths by forecast, "1" the highest; equal forecasts keep the row order."""
    place = np.argsort(np.argsort(-expected, kind="stable"), kind="stable") * DECILES // len(expected)
    return {ALL: np.ones(len(expected), dtype=bool), **{str(tenth + 1): place == tenth for tenth in np.unique(place)}}


def _coverage(
    quantity: str, made: Estimates, totals: pd.DataFrame, groups: dict[str, np.ndarray]
) -> dict[str, float | str | bool]:
    actual = totals[quantity].to_numpy()
    inside = made.customers["low"].le(actual) & made.customers["high"].ge(actual)
    sums = np.array([actual[mask].sum() for mask in groups.values()])
    held = (made.totals["low"].to_numpy() <= sums) & (sums <= made.totals["high"].to_numpy())
    return {
        "quantity": quantity,
        "level": made.bootstrap.level,
        "customers": float(inside.mean()),
        "deciles": float(held[1:].mean()),
        "low": float(made.totals["low"].iloc[0]),
        "high": float(made.totals["high"].iloc[0]),
        "inside": bool(held[0]),
    }


def _by_decile(made: Estimates, actual: np.ndarray, groups: dict[str, np.ndarray]) -> pd.DataFrame:
    sums = [float(actual[mask].sum()) for mask in groups.values()]
    frame = made.totals.assign(actual=sums).rename(columns={"group": "decile"})
    return frame[frame["decile"] != ALL].astype({"decile": int}).reset_index(drop=True)
