"""Coverage of the intervals on customers simulated from the models."""

from datetime import date
from statistics import NormalDist

import numpy as np
import pytest

from clientela.clv import Bootstrap, CustomerValue, PurchaseSummary, estimate_revenue

pytestmark = pytest.mark.slow

SIMULATIONS, CUSTOMERS, WEEKS = 200, 800, 26
# With 39 draws the 5 % and 95 % quantiles are the second draw from either end, exactly.
LEVEL, DRAWS = 0.9, 39


def test_nine_of_ten_intervals_cover_the_true_value(truth, spend):
    """Of parameters (asymptotic) and of the revenue that then came (predictive); 85 to 95 % leave room for chance."""
    width = NormalDist().inv_cdf((1 + LEVEL) / 2)
    parameters, revenues, each = [], [], []
    for seed in range(SIMULATIONS):
        rng = np.random.default_rng([seed, 11])
        customers = truth.simulate(rng.uniform(26, 104, CUSTOMERS), rng)
        spends = spend.simulate(customers["frequency"].to_numpy(), rng)
        summary = PurchaseSummary(
            customers.assign(monetary_value=spends, customer_id=customers.index), date(2024, 1, 1)
        )
        value = CustomerValue(truth).fit(summary)
        orders = truth.sample_purchases(summary.customers, [WEEKS], rng)[1][:, 0]
        came = spend.sample_totals(spend.sample_rates(summary.customers, rng), orders, rng)
        made = estimate_revenue(value, summary, periods=WEEKS, bootstrap=Bootstrap(level=LEVEL, draws=DRAWS, seed=seed))
        parameters.append([*_held(value.purchases_, truth, width), *_held(value.spend_, spend, width)])
        revenues.append(made.totals["low"][0] <= came.sum() <= made.totals["high"][0])
        each.append(((made.customers["low"] <= came) & (came <= made.customers["high"])).mean())

    assert 0.85 <= np.mean(parameters) <= 0.95
    # Single parameters scatter by 2 points of chance; the beta's two are skewed where few customers stop.
    assert np.all(np.abs(np.mean(parameters, axis=0) - LEVEL) < 0.08), np.mean(parameters, axis=0)
    assert 0.85 <= np.mean(revenues) <= 0.95, np.mean(revenues)
    # Most spend nothing, and an interval from nothing on cannot be cut to hold exactly nine of ten.
    assert 0.9 <= np.mean(each) <= 0.98


def _held(fitted, true, width):
    return np.abs(np.log(fitted.values_ / true.values_)) <= width * np.sqrt(np.diag(fitted.covariance_))
