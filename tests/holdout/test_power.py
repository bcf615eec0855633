"""The hold-out test: with the members that it needs, it detects the uplift as often as its power says."""

from dataclasses import replace

import numpy as np
import pytest

from clientela.holdout.outcomes import Outcome, amount_outcome, share_outcome
from clientela.holdout.power import HoldoutTest, control_needed, detectable_uplift, members_needed

TEST = HoldoutTest(control=0.5, power=0.8, significance=0.1)


def test_simulated_tests_detect_the_uplift_as_often_as_the_power_says():
    outcome = Outcome(mean=100.0, deviation=50.0)
    needed = members_needed(outcome, 0.1, TEST)
    rng, detected, tests = np.random.default_rng(0), 0, 400
    for _ in range(tests):
        control, treated = rng.normal(100, 50, needed // 2), rng.normal(110, 50, needed // 2)
        error = np.sqrt(control.var(ddof=1) / len(control) + treated.var(ddof=1) / len(treated))
        detected += abs(treated.mean() - control.mean()) / error > 1.645
    assert 0.74 <= detected / tests <= 0.86


def test_the_sample_size_is_that_of_cohen_1988_table_2_4_1():
    # Cohen (1988), table 2.4.1: d = 0.5, two-sided 0.05, power 0.80 needs 64 a group; the normal one needs 63.
    assert members_needed(Outcome(1.0, 1.0), 0.5, HoldoutTest(control=0.5, power=0.8, significance=0.05)) == 126


@pytest.mark.parametrize("members", [50, 500, 5000])
def test_the_detectable_uplift_is_the_inverse_of_the_members_needed(members):
    outcome = Outcome(80.0, 120.0)
    uplift = detectable_uplift(outcome, members, TEST)
    assert members_needed(outcome, uplift, TEST) == pytest.approx(members, abs=1)


@pytest.mark.parametrize("uplift", [0.1, 0.2, 0.4])
def test_the_control_share_needed_makes_the_uplift_detectable(uplift):
    outcome, members = Outcome(80.0, 120.0), 10_000
    share = control_needed(outcome, uplift, members, TEST)
    assert share < 0.5
    assert detectable_uplift(outcome, members, replace(TEST, control=share)) == pytest.approx(uplift)
    assert control_needed(outcome, uplift, 20, TEST) is None


def test_a_smaller_control_group_needs_more_members():
    outcome = Outcome(80.0, 120.0)
    assert members_needed(outcome, 0.1, replace(TEST, control=0.1)) > members_needed(outcome, 0.1, TEST)


def test_earlier_amounts_reduce_variance_and_extreme_amounts_are_capped():
    rng = np.random.default_rng(0)
    before = rng.gamma(2, 50, 1000)
    after = before + rng.normal(0, 10, 1000)
    plain = amount_outcome(after, rng.permutation(before))
    assert amount_outcome(after, before).deviation < 0.3 * plain.deviation
    giant = after.copy()
    giant[0] = 1e9
    assert amount_outcome(giant, before).mean == pytest.approx(after.mean(), rel=0.1)


def test_shares_and_outcomes_that_cannot_be_tested():
    assert share_outcome(np.array([True, True, False, False])) == Outcome(0.5, 0.5)
    assert members_needed(Outcome(0.0, 1.0), 0.1, TEST) is None
    assert members_needed(Outcome(1.0, 0.0), 0.1, TEST) is None
    assert detectable_uplift(Outcome(0.0, 1.0), 100, TEST) is None


def test_amounts_are_capped_at_the_99th_percentile():
    outcome = amount_outcome(np.arange(101.0), np.ones(101))
    capped = np.minimum(np.arange(101), 99)
    assert outcome.mean == pytest.approx(capped.mean())
    assert outcome.deviation == pytest.approx(capped.std(ddof=1), rel=1e-12)


def test_a_test_needs_two_members():
    assert detectable_uplift(Outcome(1.0, 1.0), 1, TEST) is None
    assert detectable_uplift(Outcome(1.0, 1.0), 2, TEST) > 1
