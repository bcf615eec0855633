"""How good the forecasts were: fitted on the past, compared with what happened in a hold-out period.

Two naive forecasts stand beside the model: each customer's own past rate goes on, and everybody buys at the base's.
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
    """Forecasts of a hold-out period beside what happened, as plain frames.

    Attributes:
        model: name of the purchase model.
        customers: of the calibration.
        days: of the hold-out period.
        findings: where the models do not fit, the hold-out period's totals included.
        scores: one row a quantity ("purchases", "spend") and forecast ("model", "own rate", "base rate"): quantity,
            forecast, rmse and mae (a customer), correlation (Pearson's; none for a constant forecast), lift (mean
            outcome of the tenth of customers with the highest forecast, over that of all), expected and actual
            (totals).
        coverage: one row a quantity: quantity, level, customers (share of customers whose outcome lay in the predictive
            interval; of counts at least the level, as no interval of whole numbers has it exactly), deciles (share of
            the ten groups whose total did), low and high (of the total), inside (whether the total did).
        deciles: one row a tenth of the customers by forecast of purchases, best first: decile, customers, expected,
            low, high, actual; totals of purchases.
        weekly: one row a week since the first customer: week (1 is the first), start (of it), held_out, actual (repeat
            purchases of the calibration's customers), expected (by the model that knows only when each of them came)
            and forecast (by the one that knows their past; hold-out weeks only).
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
        """One row of the scores."""
        rows = self.scores.set_index(["quantity", "forecast"])
        return {str(name): float(figure) for name, figure in rows.loc[(quantity, forecast)].items()}


def backtest(held: HoldOut, *, model: PurchaseModel | None = None, bootstrap: Bootstrap | None = None) -> Backtest:
    """Fit on the calibration period, forecast the hold-out period, compare.

    Args:
        held: both periods.
        model: of purchases; BG/NBD where None.
        bootstrap: of the intervals; its kind is always "predictive" here.

    Raises:
        InvalidData: the models cannot be fitted (see `CustomerValue.fit`).
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
    """Quantity ("purchases", "spend") -> forecast ("own rate", "base rate") -> one figure a customer.

    The own rate is repeat purchases over T, 0 for who came on the last day; the base's is all repeats over all of T.
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
    """Repeat purchases by week, as they were and as the fitted model has them; columns as in `Backtest.weekly`."""
    summary = held.calibration
    first = (pd.to_datetime(summary.customers["first_day"]) - pd.Timestamp(summary.as_of)).dt.days.to_numpy()
    # Weeks end at the hold-out period's start, days are counted from it; the last week may be a short one.
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
    """Repeat purchases expected until the ends, of customers who first bought on these days."""
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
    """All, and the tenths of the customers by forecast, "1" the highest; of equals the first row is first."""
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
