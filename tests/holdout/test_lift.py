"""The comparison of treated and control customers: published formulas, and what it says of known effects."""

import numpy as np
import pytest

from clientela.holdout.lift import combine_lifts, compare_arms, holm, sample_ratio_p_value

BEFORE = np.array([12.0, 0, 35, 8, 0, 20, 5, 40, 15, 3, 9, 28, 0, 17, 22, 6, 31, 2, 11, 19])
SPEND = np.array([20.0, 3, 30, 12, 0, 28, 9, 55, 14, 0, 16, 21, 4, 25, 18, 11, 44, 0, 8, 27])
TREATED = np.array([1, 0, 1, 1, 0, 1, 1, 1, 0, 0, 1, 0, 1, 1, 0, 1, 1, 0, 0, 1], dtype=bool)

# What the package tea-tasting 1.14.0 computes of these customers: Mean(..., covariate=..., confidence_level=0.9).
TEA_TASTING = {
    "raw": (8.0, 23.416666666666668, 6.270562735860635, 24.5627705974727, 1.9270833333333335, 0.3613641268263956,
            5.29355267370753, 0.009128334568478546),
    "adjusted": (12.447341599757882, 20.45177226682808, 4.596767992022087, 11.412093342118308, 0.6430634688475083,
                 0.30388205130841883, 1.0704768195498633, 0.0007563210045269788),
}  # fmt: skip


@pytest.mark.parametrize(("name", "known"), [("raw", np.zeros(20)), ("adjusted", BEFORE)])
def test_the_figures_are_those_of_tea_tasting(name, known):
    lift = compare_arms(SPEND, known, TREATED, level=0.9)
    found = (
        lift.control.mean, lift.treated.mean, lift.low, lift.high, lift.relative, lift.relative_low,
        lift.relative_high, lift.p_value,
    )  # fmt: skip
    assert found == pytest.approx(TEA_TASTING[name], rel=1e-9)


def test_without_a_variance_in_an_arm_there_is_no_lift():
    assert compare_arms(SPEND, BEFORE, np.arange(20) == 3, level=0.9) is None


def test_customers_who_all_did_the_same_show_no_difference():
    lift = compare_arms(np.ones(20), BEFORE, TREATED, level=0.9)
    assert (lift.difference, lift.p_value) == (0.0, 1.0)


def test_a_control_group_that_bought_nothing_has_no_relative_lift():
    lift = compare_arms(np.where(TREATED, SPEND + 1, 0.0), np.zeros(20), TREATED, level=0.9)
    assert np.isnan([lift.relative, lift.relative_low, lift.relative_high]).all()
    assert lift.difference > 0


def test_the_total_is_the_mean_of_the_groups_weighted_by_customers():
    rng, sizes, effects = np.random.default_rng(0), (4000, 1000), (2.0, 10.0)
    lifts = []
    for size, effect in zip(sizes, effects, strict=True):
        treated = rng.random(size) < 0.5
        lifts.append(compare_arms(rng.normal(50, 5, size) + effect * treated, np.zeros(size), treated, level=0.9))
    total = combine_lifts(lifts, level=0.9)
    assert total.difference == pytest.approx(0.8 * lifts[0].difference + 0.2 * lifts[1].difference)
    assert total.error == pytest.approx(np.hypot(0.8 * lifts[0].error, 0.2 * lifts[1].error))
    assert total.low < 0.8 * 2 + 0.2 * 10 < total.high


def test_the_total_of_one_group_is_the_group():
    lift = compare_arms(SPEND, BEFORE, TREATED, level=0.9)
    total = combine_lifts([lift], level=0.9)
    assert (total.low, total.high, total.p_value) == pytest.approx((lift.low, lift.high, lift.p_value))


def test_p_values_are_those_of_holm_1979():
    # R: p.adjust(c(0.01, 0.02, 0.03, 0.005), "holm")
    assert holm([0.01, 0.02, 0.03, 0.005]) == pytest.approx([0.03, 0.04, 0.04, 0.02])


def test_a_control_group_of_another_size_than_planned_is_no_chance():
    assert sample_ratio_p_value(1000, 10_000, share=0.1) == pytest.approx(1)
    assert sample_ratio_p_value(850, 10_000, share=0.1) < 1e-6
