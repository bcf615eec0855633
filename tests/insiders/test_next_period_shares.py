"""Shares of the next period's revenue: intervals, paired differences, permutation test."""

import numpy as np
import pandas as pd
import pytest

from clientela.insiders.next_period_shares import (
    CustomerBootstrap,
    Trial,
    compare_with_others,
    permutation_test,
    share_of,
    shares_of_next_period,
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


def shares_of(trials, seed=0):
    return shares_of_next_period(
        trials, ["good", "chance"], reference="good", bootstrap=CustomerBootstrap(0.9, 400, seed)
    )


def test_a_share_is_the_spend_of_the_group_divided_by_all_spend(trial):
    found = shares_of([trial])
    good = trial.groups["good"]
    assert found["good"].share.value == pytest.approx(trial.next_spend[good].sum() / trial.next_spend.sum())
    assert share_of([trial], "good") == pytest.approx(found["good"].share.value)


def test_intervals_contain_their_value_and_separate_good_groups_from_random_ones(trial):
    found = shares_of([trial])
    for row in found.values():
        assert row.share.low < row.share.value < row.share.high
    assert found["chance"].difference.low > 0
    difference = found["good"].difference
    assert (difference.low, difference.value, difference.high) == (0, 0, 0)
    assert shares_of([trial]) == found


def test_trials_are_added_up_by_customer(trial):
    later = Trial(IDS[:200], trial.next_spend[:200] * 3, {k: mask[:200] for k, mask in trial.groups.items()})
    both = share_of([trial, later], "good")
    spent = sum(one.next_spend[one.groups["good"]].sum() for one in (trial, later))
    assert both == pytest.approx(spent / (trial.next_spend.sum() + later.next_spend.sum()))
    assert shares_of([trial, later])["good"].share.value == pytest.approx(both)


def test_intervals_cover_the_true_share():
    """All spend comes from one distribution, and the group is a tenth of the customers: the true share is 0.1."""
    covered = 0
    for seed in range(60):
        rng = np.random.default_rng(seed)
        group = np.arange(N) < 40
        trial = Trial(IDS, rng.gamma(2.0, 10.0, N), {"one": group})
        bootstrap = CustomerBootstrap(0.9, 200, seed)
        share = shares_of_next_period([trial], ["one"], reference="one", bootstrap=bootstrap)["one"].share
        covered += share.low <= 0.1 <= share.high
    assert 46 <= covered <= 60


class TestPermutation:
    def test_the_best_spenders_are_significant(self, trial):
        found = permutation_test(trial.next_spend, trial.groups["good"], draws=199, seed=0)
        assert found.probability == 1 / 200
        assert found.random.max() < found.share

    def test_p_values_of_random_groups_are_uniform(self, trial):
        rng = np.random.default_rng(1)
        values = []
        for seed in range(80):
            group = np.zeros(N, dtype=bool)
            group[rng.choice(N, 40, replace=False)] = True
            values.append(permutation_test(trial.next_spend, group, draws=99, seed=seed).probability)
        assert 0.02 <= np.mean(np.array(values) <= 0.1) <= 0.22
        assert 0.35 < np.mean(values) < 0.65


def test_members_are_compared_with_all_others(trial):
    good = trial.groups["good"]
    found = compare_with_others(trial.next_spend, good, bootstrap=CustomerBootstrap(0.9, 300, 0))
    assert found.member_spend.value == pytest.approx(trial.next_spend[good].mean())
    assert found.other_spend.value == pytest.approx(trial.next_spend[~good].mean())
    assert found.ratio.value == pytest.approx(found.member_spend.value / found.other_spend.value)
    assert found.ratio.low > 1
    assert found.share.value == pytest.approx(share_of([trial], "good"))


def test_an_interval_leaves_out_the_same_share_at_each_end():
    interval = CustomerBootstrap(0.9, 100, 0).estimate(50, np.arange(101.0))
    assert (interval.low, interval.value, interval.high) == pytest.approx((5, 50, 95))


def test_the_p_value_is_1_where_all_customers_spend_the_same():
    group = np.arange(N) < 40
    assert permutation_test(np.full(N, 8.0), group, draws=19, seed=0).probability == 1


def test_random_groups_have_each_customer_once(trial):
    found = permutation_test(trial.next_spend, np.ones(N, dtype=bool), draws=19, seed=0)
    assert found.random.tolist() == pytest.approx([1.0] * 19)


def test_a_bootstrap_sample_has_as_many_customers_as_there_are():
    assert CustomerBootstrap(0.9, 3, 0).sums(np.ones((7, 2))).tolist() == [[7.0, 7.0]] * 3
