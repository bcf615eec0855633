"""The judgement by what came next: shares, differences, chance."""

import numpy as np
import pandas as pd
import pytest

from clientela.insiders.comparison import (
    Trial,
    choose,
    estimate,
    permutation_test,
    share_of,
    shares_of_next_period,
    times_the_rest,
)

N = 400
IDS = pd.Index([f"c{i}" for i in range(N)])


def masks(rng, spend):
    good = np.zeros(N, dtype=bool)
    good[np.argsort(-spend)[:40]] = True
    chance = np.zeros(N, dtype=bool)
    chance[rng.choice(N, 40, replace=False)] = True
    return {"good": good, "chance": chance}


@pytest.fixture
def trial():
    rng = np.random.default_rng(0)
    spend = rng.lognormal(3, 1, N)
    return Trial(IDS, spend, masks(rng, spend))


def judged(trials, seed=0):
    return shares_of_next_period(trials, ["good", "chance"], against="good", level=0.9, draws=400, seed=seed)


def test_a_share_is_the_groups_part_of_all_that_was_spent(trial):
    found = judged([trial])
    good = trial.groups["good"]
    assert found["good"]["share"].value == pytest.approx(trial.next_spend[good].sum() / trial.next_spend.sum())
    assert share_of([trial], "good") == pytest.approx(found["good"]["share"].value)


def test_intervals_hold_their_value_and_tell_good_from_chance(trial):
    found = judged([trial])
    for row in found.values():
        assert row["share"].low < row["share"].value < row["share"].high
    assert found["chance"]["behind"].low > 0
    behind = found["good"]["behind"]
    assert (behind.low, behind.value, behind.high) == (0, 0, 0)
    assert judged([trial]) == found


def test_dates_are_added_up_by_customer(trial):
    later = Trial(IDS[:200], trial.next_spend[:200] * 3, {k: mask[:200] for k, mask in trial.groups.items()})
    both = share_of([trial, later], "good")
    spent = sum(one.next_spend[one.groups["good"]].sum() for one in (trial, later))
    assert both == pytest.approx(spent / (trial.next_spend.sum() + later.next_spend.sum()))
    assert judged([trial, later])["good"]["share"].value == pytest.approx(both)


def test_the_interval_covers_the_truth():
    """Spend of one distribution, a fixed tenth of the customers: the share is 0.1 in truth."""
    covered = 0
    for seed in range(60):
        rng = np.random.default_rng(seed)
        group = np.arange(N) < 40
        trial = Trial(IDS, rng.gamma(2.0, 10.0, N), {"one": group})
        share = shares_of_next_period([trial], ["one"], against="one", level=0.9, draws=200, seed=seed)["one"]["share"]
        covered += share.low <= 0.1 <= share.high
    assert 46 <= covered <= 60


@pytest.mark.parametrize(
    ("shares", "choice"),
    [
        ({"revenue_sort": 0.50, "expected_value": 0.60, "rfm_score": 0.4}, "expected_value"),
        ({"revenue_sort": 0.598, "expected_value": 0.60}, "revenue_sort"),
        ({"expected_value": 0.60, "model": 0.604}, "expected_value"),
        ({"expected_value": 0.60, "model": 0.61}, "model"),
    ],
)
def test_the_best_is_chosen_and_of_equals_the_simplest(shares, choice):
    assert choose(shares, tie=0.005) == choice


class TestPermutation:
    def test_the_best_spenders_are_no_chance(self, trial):
        found = permutation_test(trial.next_spend, trial.groups["good"], draws=199, seed=0)
        assert found.probability == 1 / 200
        assert found.random.max() < found.share

    def test_p_values_of_random_groups_are_spread_over_all(self, trial):
        rng = np.random.default_rng(1)
        values = []
        for seed in range(80):
            group = np.zeros(N, dtype=bool)
            group[rng.choice(N, 40, replace=False)] = True
            values.append(permutation_test(trial.next_spend, group, draws=99, seed=seed).probability)
        assert 0.02 <= np.mean(np.array(values) <= 0.1) <= 0.22
        assert 0.35 < np.mean(values) < 0.65


def test_times_the_rest(trial):
    good = trial.groups["good"]
    found = times_the_rest(trial.next_spend, good, level=0.9, draws=300, seed=0)
    assert found["each"].value == pytest.approx(trial.next_spend[good].mean())
    assert found["rest"].value == pytest.approx(trial.next_spend[~good].mean())
    assert found["times"].value == pytest.approx(found["each"].value / found["rest"].value)
    assert found["times"].low > 1
    assert found["share"].value == pytest.approx(share_of([trial], "good"))


def test_an_interval_leaves_half_of_the_rest_out_at_each_end():
    interval = estimate(50, np.arange(101.0), level=0.9)
    assert (interval.low, interval.value, interval.high) == pytest.approx((5, 50, 95))


def test_with_a_tie_of_0_the_best_is_chosen():
    assert choose({"revenue_sort": 0.5, "expected_value": 0.6}, tie=0) == "expected_value"


def test_the_p_value_is_1_where_all_customers_spend_the_same():
    group = np.arange(N) < 40
    assert permutation_test(np.full(N, 8.0), group, draws=19, seed=0).probability == 1
