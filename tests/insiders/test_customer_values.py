"""The choice of a purchase model by how far groups of customers were off at past dates."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from clientela.insiders.customer_values import choose_model, group_error, plain_rule


def test_a_total_that_is_right_by_luck_does_not_hide_groups_that_are_wrong():
    expected = np.repeat(np.arange(10.0, 0, -1), 5)
    actual = expected[::-1].copy()
    assert expected.sum() == actual.sum()
    # The ten groups are off by 9, 7, 5, 3, 1, 1, 3, 5, 7, 9 per customer, of a mean of 5.5.
    assert group_error(expected, actual) == pytest.approx(50 / 55)
    assert group_error(expected, expected) == 0


def test_errors_of_all_signs_count():
    expected = np.full(20, 2.0)
    assert group_error(expected, np.full(20, 1.0)) == group_error(expected / 4, np.full(20, 1.0)) * 2 == 1


def test_the_model_with_the_smallest_mean_error_is_chosen_and_the_first_of_equal_ones():
    errors = {"mbg_nbd": [0.30, 0.20], "bg_nbd": [0.10, 0.202], "pareto_nbd": [0.10, 0.2]}
    assert choose_model(errors, tie=0.005) == "bg_nbd"
    assert choose_model(errors, tie=0) == "pareto_nbd"


def test_a_model_that_could_not_be_fitted_at_a_date_is_not_chosen():
    assert choose_model({"mbg_nbd": [0.1, float("inf")], "plain": [0.9, 0.9]}, tie=0.005) == "plain"


def test_without_past_dates_the_first_model_is_used():
    assert choose_model({"bg_nbd": [], "mbg_nbd": []}, tie=0.005) == "bg_nbd"


@pytest.mark.parametrize(("history_days", "expected"), [(400, 90.0), (364, 180.0), (60, 240.0)])
def test_the_plain_rule_continues_the_longest_window_that_the_history_fills(history_days, expected):
    figures = {days: pd.DataFrame({"spend": [spend]}) for days, spend in ((90, 160.0), (180, 360.0), (365, 365.0))}
    settings = SimpleNamespace(ranking=SimpleNamespace(horizon_days=90))
    found = plain_rule(SimpleNamespace(figures=figures), settings, history_days=history_days)
    assert found.tolist() == pytest.approx([expected])
