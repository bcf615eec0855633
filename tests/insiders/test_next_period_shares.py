"""Shares of the next period's revenue: intervals and paired differences."""

import numpy as np
import pandas as pd
import pytest

from clientela.insiders.next_period_shares import (
    CustomerBootstrap,
    Trial,
    compare_with_others,
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


def test_the_interval_of_a_ratio_covers_it_where_spend_is_skewed():
    """A hundred members with lognormal spend, on average twice that of a thousand others."""
    covered = 0
    for seed in range(100):
        rng = np.random.default_rng(seed)
        spend = np.concatenate([2 * rng.lognormal(0, 1.0, 100), rng.lognormal(0, 1.0, 1000)])
        ratio = compare_with_others(spend, np.arange(1100) < 100, bootstrap=CustomerBootstrap(0.9, 150, seed)).ratio
        covered += ratio.low <= 2 <= ratio.high
    assert 84 <= covered <= 97


def test_the_mean_of_skewed_spend_has_a_longer_upper_arm():
    spend = np.random.default_rng(3).lognormal(0, 1.5, 300)
    member = compare_with_others(spend, np.arange(300) < 150, bootstrap=CustomerBootstrap(0.9, 400, 0)).member_spend
    assert member.high - member.value > 1.3 * (member.value - member.low)


def test_a_group_beside_others_without_spend_has_no_finite_ratio():
    spend = np.array([5.0, 3.0, 0.0, 0.0])
    found = compare_with_others(spend, np.array([True, True, False, False]), bootstrap=CustomerBootstrap(0.9, 50, 0))
    assert found.ratio.as_list() == [np.inf] * 3
    assert found.share.value == 1
    reversed_ = compare_with_others(
        spend, np.array([False, False, True, True]), bootstrap=CustomerBootstrap(0.9, 50, 0)
    )
    assert reversed_.ratio.as_list() == [0.0] * 3


def test_a_bootstrap_sample_has_as_many_customers_as_there_are():
    assert CustomerBootstrap(0.9, 3, 0).sums(np.ones((7, 2))).tolist() == [[7.0, 7.0]] * 3
