"""Intervals by parametric bootstrap."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from clientela.clv import (
    Bootstrap,
    CustomerValue,
    PurchaseSummary,
    estimate_alive,
    estimate_lifetime_value,
    estimate_purchases,
    estimate_revenue,
    estimate_spend,
    intervals,
)
from clientela.errors import InvalidInput

MANY = Bootstrap(draws=300)


@pytest.fixture
def summary(simulated):
    return PurchaseSummary(simulated, date(2024, 1, 1))


@pytest.fixture
def value(truth, summary):
    return CustomerValue(truth).fit(summary)


@pytest.mark.parametrize(
    ("estimate", "arguments"),
    [
        (estimate_purchases, {"periods": 26}),
        (estimate_revenue, {"periods": 26}),
        (estimate_alive, {}),
        (estimate_spend, {}),
        (estimate_lifetime_value, {"months": 3, "discount_rate": 0.1}),
    ],
)
def test_every_estimate_has_both_kinds_of_intervals(value, summary, estimate, arguments):
    made = {
        kind: estimate(value, summary, **arguments, bootstrap=Bootstrap(kind, draws=200))
        for kind in ("mean", "predictive")
    }
    for each in made.values():
        assert list(each.customers["customer_id"]) == list(summary.customers["customer_id"])
        assert (each.customers["low"] <= each.customers["high"]).all()
        assert each.totals["expected"][0] == pytest.approx(each.customers["expected"].sum())
        assert each.totals["low"][0] < each.totals["expected"][0] < each.totals["high"][0]
    width = {kind: (each.totals["high"] - each.totals["low"])[0] for kind, each in made.items()}
    assert width["mean"] < width["predictive"]
    assert (made["mean"].customers["expected"] == made["predictive"].customers["expected"]).all()


def test_expected_values_are_those_of_the_models(value, summary):
    np.testing.assert_allclose(
        estimate_lifetime_value(value, summary, months=6, discount_rate=0.2, bootstrap=Bootstrap(draws=2)).customers[
            "expected"
        ],
        value.customer_lifetime_value(summary, 6, discount_rate=0.2),
    )
    np.testing.assert_allclose(
        estimate_lifetime_value(value, summary, months=6, bootstrap=Bootstrap(draws=2)).customers["expected"],
        value.customer_lifetime_value(summary, 6),
    )


def test_groups_may_overlap_and_sums_have_relatively_narrower_intervals(value, summary):
    best = (summary.customers["frequency"] > 3).to_numpy()
    groups = {"best": best, "rest": ~best, "all": np.ones(len(best), dtype=bool)}
    totals = estimate_purchases(value, summary, periods=26, groups=groups, bootstrap=MANY).totals.set_index("group")
    assert totals.loc["all", "customers"] == totals.loc[["best", "rest"], "customers"].sum() == len(best)
    assert totals.loc["all", "expected"] == pytest.approx(totals.loc[["best", "rest"], "expected"].sum())
    width = totals["high"] - totals["low"]
    assert width["all"] < width["best"] + width["rest"]


def test_intervals_depend_on_the_seed_only(value, summary):
    first, again, other = (
        estimate_revenue(value, summary, periods=8, bootstrap=Bootstrap(draws=20, seed=seed)) for seed in (0, 0, 1)
    )
    assert first.customers.equals(again.customers)
    assert first.totals.equals(again.totals)
    assert not first.totals.equals(other.totals)


def test_the_block_size_does_not_change_the_results_much(value, summary, monkeypatch):
    whole = estimate_purchases(value, summary, periods=26, bootstrap=Bootstrap("mean", draws=50))
    monkeypatch.setattr(intervals, "BLOCK", 400)
    parts = estimate_purchases(value, summary, periods=26, bootstrap=Bootstrap("mean", draws=50))
    np.testing.assert_allclose(parts.customers[["expected", "low", "high"]], whole.customers.iloc[:, 1:])
    np.testing.assert_allclose(parts.totals["high"], whole.totals["high"])


def test_asymptotic_errors_match_those_of_refits(truth, simulated):
    """A parametric bootstrap with refits would say the same of the parameters, and need one fit per draw."""
    fitted = type(truth)().fit(simulated)
    rng = np.random.default_rng(0)
    refits = [type(truth)().fit(fitted.simulate(simulated["T"].to_numpy(), rng)).values_ for _ in range(30)]
    asymptotic = np.sqrt(np.diag(fitted.covariance_))
    assert np.log(refits).std(axis=0) == pytest.approx(asymptotic, rel=0.45)


@pytest.mark.parametrize(
    ("arguments", "rule"), [({"kind": "both"}, "kind"), ({"level": 1.0}, "level"), ({"draws": 1}, "draws")]
)
def test_settings_out_of_range_are_refused(arguments, rule):
    with pytest.raises(InvalidInput, match=f"The {rule} of a Bootstrap"):
        Bootstrap(**arguments)


def test_groups_that_are_not_masks_are_refused(value, summary):
    with pytest.raises(InvalidInput, match=r"'best' must be a boolean mask of 1500 customers. Got int64 of shape"):
        estimate_alive(value, summary, groups={"best": np.arange(1_500)})


def test_each_block_of_customers_draws_its_own_numbers(value, simulated, monkeypatch):
    """Equal customers of two blocks do not buy the same in each draw, or their sum would vary too much."""
    twice = pd.concat([simulated, simulated], ignore_index=True)
    monkeypatch.setattr(intervals, "BLOCK", len(simulated))
    made = estimate_purchases(
        value, PurchaseSummary(twice, date(2024, 1, 1)), periods=26, bootstrap=Bootstrap(draws=20)
    ).customers
    first, second = made[: len(simulated)], made[len(simulated) :].reset_index(drop=True)
    assert (first["expected"] == second["expected"]).all()
    assert (first["high"] != second["high"]).mean() > 0.1


def test_of_39_draws_the_ends_at_90_percent_are_the_second_from_either_end(value, summary):
    """The quantiles between which one more draw lies as often as the level says (Weibull's)."""
    draws = iter(np.random.default_rng(0).permutation(39))

    def outcome(model, some, rng):
        return np.full(len(some.customers), float(next(draws)))

    def mean(model, some, rng):
        return np.full(len(some.customers), 19.0)

    made = intervals._estimate(value, summary, mean, outcome, None, Bootstrap(level=0.9, draws=39))
    assert made.customers[["low", "high"]].drop_duplicates().to_numpy().tolist() == [pytest.approx([1, 37])]
    assert made.totals.loc[0, ["low", "high"]].tolist() == pytest.approx([1_500, 37 * 1_500])
