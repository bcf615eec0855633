"""The ranking comparison: which ranking is used."""

import pytest

from clientela.insiders.compare import choose


@pytest.mark.parametrize(
    ("shares", "choice"),
    [
        ({"revenue_sort": 0.50, "expected_value": 0.60, "rfm_score": 0.4}, "expected_value"),
        ({"revenue_sort": 0.598, "expected_value": 0.60}, "revenue_sort"),
        ({"expected_value": 0.60, "model": 0.604}, "expected_value"),
        ({"expected_value": 0.60, "model": 0.61}, "model"),
    ],
)
def test_the_best_ranking_is_chosen_and_the_simplest_of_equal_ones(shares, choice):
    assert choose(shares, tie=0.005) == choice


def test_with_a_tie_of_0_the_best_ranking_is_chosen():
    assert choose({"revenue_sort": 0.5, "expected_value": 0.6}, tie=0) == "expected_value"
