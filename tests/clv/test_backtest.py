"""Backtests on simulated customers: scores, deciles, weeks, coverage."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from clientela.clv import Bootstrap, Estimates, HoldOut, PurchaseSummary, backtest
from clientela.clv.backtest import _coverage, _score, naive_forecasts, weekly_totals

AS_OF = date(2024, 1, 1)
DAYS = 28


@pytest.fixture
def held(truth, simulated, spend):
    """Customers of the true model, and a future of 28 days drawn from it."""
    rng = np.random.default_rng(5)
    weekly = truth.sample_purchases(simulated, [1, 2, 3, 4], rng)[1]
    customer, week = np.nonzero(weekly)
    which = np.repeat(np.arange(len(customer)), weekly[customer, week])
    customer, week = customer[which], week[which]
    rates = spend.sample_rates(simulated, rng)[customer]
    days = pd.Timestamp(AS_OF) + pd.to_timedelta(week * 7 + rng.integers(0, 7, len(week)), unit="D")
    first = pd.Timestamp(AS_OF) - pd.to_timedelta(np.ceil(simulated["T"] * 7) + 1, unit="D")
    spends = spend.sample_totals(rates, np.ones(len(which)), rng)
    repeats = pd.DataFrame({"customer_id": simulated["customer_id"].to_numpy()[customer], "day": days, "spend": spends})
    return HoldOut(PurchaseSummary(simulated.assign(first_day=first), AS_OF), DAYS, repeats)


def test_the_true_model_is_best_and_its_interval_covers_the_total(held, truth):
    tested = backtest(held, model=truth, bootstrap=Bootstrap(draws=200))
    scores = tested.scores.set_index(["quantity", "forecast"])
    assert scores.loc[("purchases", "model"), "rmse"] == scores.loc["purchases", "rmse"].min()
    assert scores.loc[("purchases", "model"), "lift"] > 2
    coverage = tested.coverage.set_index("quantity")
    assert coverage["inside"].all()
    assert coverage.loc["purchases", "customers"] >= 0.9
    assert coverage["deciles"].min() >= 0.6
    assert tested.findings == []
    assert tested.customers == 1_500


def test_a_changed_purchase_rate_is_a_finding(held, truth):
    doubled = pd.concat([held.repeats, held.repeats], ignore_index=True)
    tested = backtest(HoldOut(held.calibration, DAYS, doubled), model=truth, bootstrap=Bootstrap(draws=100))
    found = [finding for finding in tested.findings if finding.code == "total_missed"]
    assert [finding.subject for finding in found] == ["purchases", "spend"]
    assert found[0].figures["actual"] == len(doubled)
    assert f"purchases were {len(doubled):,}" in found[0].message


def test_deciles_contain_all_customers_by_falling_forecast(held, truth):
    deciles = backtest(held, model=truth, bootstrap=Bootstrap(draws=50)).deciles
    assert deciles["decile"].tolist() == list(range(1, 11))
    assert deciles["customers"].sum() == 1_500
    assert deciles["actual"].sum() == len(held.repeats)
    assert deciles["expected"].is_monotonic_decreasing


def test_weekly_totals_add_up(held, truth):
    weekly = weekly_totals(truth, held)
    ahead = weekly[weekly["held_out"]]
    assert ahead["start"].tolist() == list(pd.date_range(AS_OF, periods=4, freq="7D"))
    assert ahead["actual"].sum() == len(held.repeats)
    forecast = truth.expected_purchases(held.calibration.customers, DAYS / 7).sum()
    assert ahead["forecast"].sum() == pytest.approx(forecast)
    assert weekly.loc[~weekly["held_out"], "forecast"].isna().all()
    # Without the customers' past the model expects of all what it expects of new customers since their first day.
    new = pd.DataFrame({"frequency": [0], "recency": [0.0], "T": [0.0]})
    since = (pd.Timestamp(AS_OF) - held.calibration.customers["first_day"]).dt.days.to_numpy() + DAYS - 1
    assert weekly["expected"].sum() == pytest.approx(truth.expected_purchases(new, list(since / 7)).sum())


def test_naive_forecasts_of_an_example():
    rows = pd.DataFrame({"frequency": [4, 0, 1], "recency": [8.0, 0, 0], "T": [10.0, 6.0, 0.0]})
    summary = PurchaseSummary(rows.assign(monetary_value=[5.0, 0.0, 12.0]), AS_OF)
    made = naive_forecasts(HoldOut(summary, 14, pd.DataFrame()))
    assert made["purchases"]["own rate"].tolist() == pytest.approx([0.8, 0, 0])
    assert made["purchases"]["base rate"].tolist() == pytest.approx([5 / 16 * 2] * 3)
    assert made["spend"]["own rate"].tolist() == pytest.approx([4, 0, 0])
    assert made["spend"]["base rate"].tolist() == pytest.approx([4] * 3)


def test_scores_of_an_example():
    score = _score(np.array([3.0, 1.0, 1.0, 1.0]), np.array([5.0, 1.0, 0.0, 2.0]))
    assert score["rmse"] == pytest.approx(np.sqrt(6 / 4))
    assert score["mae"] == 1.0
    assert score["lift"] == 5 / 2
    assert (score["expected"], score["actual"]) == (6, 8)
    assert np.isnan(_score(np.ones(4), np.arange(4.0))["correlation"])


def test_coverage_of_deciles_excludes_the_group_of_all():
    groups = {"all": np.ones(4, dtype=bool), "1": np.arange(4) < 2, "2": np.arange(4) >= 2}
    customers = pd.DataFrame({"low": [0.0, 0, 3, 0], "high": [2.0, 2, 4, 1]})
    totals = pd.DataFrame({"low": [0.0, 2, 5], "high": [9.0, 3, 6]})
    made = Estimates(Bootstrap(level=0.8), customers, totals)
    outcome = pd.DataFrame({"purchases": [1.0, 2, 0, 1]})
    assert _coverage("purchases", made, outcome, groups) == {
        "quantity": "purchases", "level": 0.8, "customers": 0.75, "deciles": 0.5, "low": 0.0, "high": 9.0,
        "inside": True,
    }  # fmt: skip
