"""The hold-out design: the members that a test needs do see the uplift, as often as the power says."""

import numpy as np
import pytest

from clientela.insiders.uplift import Outcome, amount_outcome, members_needed, share_outcome, uplift_seen

TEST = {"control": 0.5, "power": 0.8, "significance": 0.1}


def test_simulated_tests_see_the_uplift_as_often_as_the_power_says():
    outcome = Outcome(mean=100.0, deviation=50.0)
    needed = members_needed(outcome, 0.1, **TEST)
    rng, seen, tests = np.random.default_rng(0), 0, 400
    for _ in range(tests):
        control, treated = rng.normal(100, 50, needed // 2), rng.normal(110, 50, needed // 2)
        error = np.sqrt(control.var(ddof=1) / len(control) + treated.var(ddof=1) / len(treated))
        seen += abs(treated.mean() - control.mean()) / error > 1.645
    assert 0.74 <= seen / tests <= 0.86


def test_the_textbook_number():
    # Cohen (1988), table 2.4.1: d = 0.5, two-sided 0.05, power 0.80 needs 64 a group; the normal one needs 63.
    assert members_needed(Outcome(1.0, 1.0), 0.5, control=0.5, power=0.8, significance=0.05) == 126


@pytest.mark.parametrize("members", [50, 500, 5000])
def test_what_is_seen_is_the_inverse_of_what_is_needed(members):
    outcome = Outcome(80.0, 120.0)
    uplift = uplift_seen(outcome, members, **TEST)
    assert members_needed(outcome, uplift, **TEST) == pytest.approx(members, abs=1)


def test_a_smaller_control_needs_more_members():
    outcome = Outcome(80.0, 120.0)
    assert members_needed(outcome, 0.1, **{**TEST, "control": 0.1}) > members_needed(outcome, 0.1, **TEST)


def test_earlier_amounts_take_variance_out_and_giants_are_capped():
    rng = np.random.default_rng(0)
    before = rng.gamma(2, 50, 1000)
    after = before + rng.normal(0, 10, 1000)
    plain = amount_outcome(after, rng.permutation(before))
    assert amount_outcome(after, before).deviation < 0.3 * plain.deviation
    giant = after.copy()
    giant[0] = 1e9
    assert amount_outcome(giant, before).mean == pytest.approx(after.mean(), rel=0.1)


def test_shares_and_what_cannot_be_tested():
    assert share_outcome(np.array([True, True, False, False])) == Outcome(0.5, 0.5)
    assert members_needed(Outcome(0.0, 1.0), 0.1, **TEST) is None
    assert members_needed(Outcome(1.0, 0.0), 0.1, **TEST) is None
    assert uplift_seen(Outcome(0.0, 1.0), 100, **TEST) is None
