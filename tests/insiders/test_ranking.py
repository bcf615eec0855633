"""Sizes and orders."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clientela.errors import InvalidInput
from clientela.insiders.ranking import bend, by_segment, check_size, rfm_score, settle_size, top

BOUNDS = (0.02, 0.2)


@pytest.mark.parametrize(("text", "expected"), [("auto", None), ("500", 500.0), ("0.1", 0.1), ("1", 1.0)])
def test_the_size_is_a_number_a_share_or_auto(text, expected):
    assert check_size(text) == expected


@pytest.mark.parametrize("text", ["0", "-1", "1.5", "many", "nan", "inf", "", "10%"])
def test_other_sizes_are_refused(text):
    with pytest.raises(InvalidInput, match="must be a whole number of customers, a share between 0 and 1, or auto"):
        check_size(text)


def test_numbers_and_shares_of_the_customers():
    scores = np.arange(200.0)
    assert settle_size(30.0, scores, bounds=BOUNDS).customers == 30
    assert settle_size(0.1, scores, bounds=BOUNDS).customers == 20
    assert settle_size(0.0001, scores, bounds=BOUNDS).customers == 1
    with pytest.raises(InvalidInput, match="must leave some of the 200 customers out. Got 200"):
        settle_size(200.0, scores, bounds=BOUNDS)


def test_auto_finds_the_bend():
    # Fifty who bring much, the others little: the curve bends at fifty.
    scores = np.r_[np.full(950, 1.0), np.full(50, 20.0)]
    size = settle_size(None, scores, bounds=BOUNDS)
    assert (size.customers, size.criterion, size.bounds) == (50, "auto", (20, 200))


@given(st.lists(st.floats(0, 1e6), min_size=10, max_size=200), st.floats(0.01, 0.3), st.floats(0.31, 0.99))
def test_the_bend_lies_within_its_bounds(scores, low, high):
    low_at, high_at = max(1, round(low * len(scores))), max(1, round(high * len(scores)))
    assert low_at <= bend(np.array(scores), low=low_at, high=high_at) <= high_at


def test_the_top_breaks_ties_by_revenue():
    mask = top(np.array([1.0, 2.0, 1.0, 1.0]), np.array([5.0, 0.0, 9.0, 1.0]), 2)
    assert mask.tolist() == [False, True, True, False]


def test_an_rfm_score_rises_with_each_of_the_three():
    rng = np.random.default_rng(0)
    rfm = np.column_stack([rng.integers(1, 300, 100), rng.integers(1, 20, 100), rng.uniform(1, 900, 100)])
    scores = rfm_score(rfm)
    assert scores.min() >= 3
    assert scores.max() <= 15
    assert np.corrcoef(scores, rfm[:, 2])[0, 1] > 0.3
    assert np.corrcoef(scores, rfm[:, 0])[0, 1] < -0.3


def test_segments_stand_by_their_mean_revenue():
    labels = np.array([7, 7, 3, 3])
    assert by_segment(labels, np.array([1.0, 3.0, 10.0, 0.0])).tolist() == [2.0, 2.0, 5.0, 5.0]
