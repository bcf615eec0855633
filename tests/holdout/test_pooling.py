"""Pooled and shrunk effects: published figures, limits, and a smaller error on effects that are known."""

from math import log, sqrt

import numpy as np
import pytest

from clientela.holdout.pooling import Estimate, PooledEffects, pool_effects, shrink_effects

# Thirteen trials of the BCG vaccine (Colditz et al. 1994, JAMA 271): with and without tuberculosis, first vaccinated.
BCG = [
    (4, 119, 11, 128), (6, 300, 29, 274), (3, 228, 11, 209), (62, 13536, 248, 12619), (33, 5036, 47, 5761),
    (180, 1361, 372, 1079), (8, 2537, 10, 619), (505, 87886, 499, 87892), (29, 7470, 45, 7232), (17, 1699, 65, 1600),
    (186, 50448, 141, 27197), (5, 2493, 3, 2338), (27, 16886, 29, 17825),
]  # fmt: skip


def risk_ratio(ill, well, control_ill, control_well):
    treated, control = ill + well, control_ill + control_well
    variance = 1 / ill - 1 / treated + 1 / control_ill - 1 / control
    return Estimate(log(ill / treated / (control_ill / control)), sqrt(variance))


def test_the_paule_mandel_estimate_of_the_bcg_trials_is_the_published_one():
    # Viechtbauer's R package metafor, rma(measure="RR", method="PM"): tau^2 = 0.3181, mean -0.7150, error 0.1808.
    pooled = pool_effects([risk_ratio(*row) for row in BCG])
    assert pooled.tau2 == pytest.approx(0.3181, abs=5e-5)
    assert pooled.mean.effect == pytest.approx(-0.7150, abs=5e-4)
    assert pooled.mean.error == pytest.approx(0.1808, abs=5e-4)


def test_effects_with_equal_errors_differ_by_their_variance_less_the_error():
    pooled = pool_effects([Estimate(effect, 0.1) for effect in (0.0, 0.2, 0.7)])
    assert pooled.tau2 == pytest.approx(np.var([0.0, 0.2, 0.7], ddof=1) - 0.01)
    assert pooled.mean.effect == pytest.approx(0.3)


def test_effects_that_differ_less_than_their_errors_are_moved_close_together():
    found = shrink_effects([Estimate(effect, 0.2) for effect in (0.1, 0.12, 0.14, 0.16, 0.18)])
    assert pool_effects(found).tau2 == 0
    # With k effects that do not differ, (k - 3) / (k - 1) of the way: here one half.
    assert [one.effect for one in found] == pytest.approx([0.12, 0.13, 0.14, 0.15, 0.16])


def test_the_less_precise_effect_moves_further_and_three_effects_stay():
    given = [Estimate(0.5, 0.05), Estimate(0.5, 0.3), Estimate(-0.1, 0.05), Estimate(0.0, 0.05), Estimate(0.2, 0.05)]
    precise, rough, other, *_ = shrink_effects(given)
    assert 0.45 < precise.effect < 0.5
    assert rough.effect < precise.effect - 0.05
    assert rough.error < 0.3
    assert other.effect > -0.1
    assert shrink_effects(given[:3]) == given[:3]


def test_the_interval_of_a_new_effect_is_wider_than_that_of_the_mean():
    pooled = PooledEffects(Estimate(0.1, 0.02), 0.01, 10)
    low, high = pooled.new_effect(0.9)
    assert (low, high) == pytest.approx((0.1 - 1.833 * sqrt(0.0104), 0.1 + 1.833 * sqrt(0.0104)), abs=1e-4)
    assert PooledEffects(Estimate(0.1, 0.02), 0.0, 1).new_effect(0.9) == Estimate(0.1, 0.02).interval(0.9)


@pytest.mark.parametrize(("spread", "most"), [(0.0, 0.6), (0.05, 0.7), (0.3, 0.97)])
def test_shrunk_estimates_are_nearer_to_the_truth_and_their_intervals_cover_it(spread, most):
    rng, squares, covered = np.random.default_rng(3), [], []
    for _ in range(200):
        truth = rng.normal(0.1, spread, 8)
        errors = rng.uniform(0.05, 0.2, 8)
        raw = [Estimate(*pair) for pair in zip(rng.normal(truth, errors), errors, strict=True)]
        shrunk = shrink_effects(raw)
        squares.append([np.square([one.effect for one in found] - truth).mean() for found in (raw, shrunk)])
        ends = np.array([one.interval(0.9) for one in shrunk])
        covered.append(np.mean((ends[:, 0] <= truth) & (truth <= ends[:, 1])))
    of_raw, of_shrunk = np.sqrt(np.mean(squares, axis=0))
    assert of_shrunk < most * of_raw
    assert np.mean(covered) >= 0.87
