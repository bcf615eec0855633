"""The size of the programme: what the parameter accepts, and where the curve of the value bends."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clientela.errors import InvalidInput
from clientela.insiders.programme_size import Size, bend, check_size, resolve_size, value_curve

BOUNDS = (0.02, 0.2)


@pytest.mark.parametrize(("text", "expected"), [("auto", None), ("500", 500.0), ("0.1", 0.1), ("1", 1.0)])
def test_a_size_is_a_number_a_share_or_auto(text, expected):
    assert check_size(text) == expected


@pytest.mark.parametrize("text", ["0", "-1", "1.5", "many", "nan", "inf", "", "10%"])
def test_other_sizes_are_refused(text):
    with pytest.raises(InvalidInput, match="must be a whole number of customers, a share between 0 and 1, or auto"):
        check_size(text)


def test_numbers_and_shares_are_resolved_to_customers():
    scores = np.arange(200.0)
    assert resolve_size(30.0, scores, bounds=BOUNDS).customers == 30
    assert resolve_size(0.1, scores, bounds=BOUNDS).customers == 20
    assert resolve_size(0.0001, scores, bounds=BOUNDS).customers == 1
    with pytest.raises(InvalidInput, match="must leave some of the 200 customers out. Got 200"):
        resolve_size(200.0, scores, bounds=BOUNDS)


def test_auto_finds_the_bend_of_the_curve():
    # Fifty customers of high value, all others of low value: the curve bends at fifty.
    scores = np.r_[np.full(950, 1.0), np.full(50, 20.0)]
    size = resolve_size(None, scores, bounds=BOUNDS)
    assert (size.customers, size.criterion, size.bounds) == (50, "auto", (20, 200))


@given(st.lists(st.floats(0, 1e6), min_size=10, max_size=200), st.floats(0.01, 0.3), st.floats(0.31, 0.99))
def test_the_bend_lies_within_its_bounds(scores, low, high):
    low_at, high_at = max(1, round(low * len(scores))), max(1, round(high * len(scores)))
    assert low_at <= bend(np.array(scores), low=low_at, high=high_at) <= high_at


def test_the_curve_ends_at_all_customers_and_has_the_chosen_size():
    scores = np.r_[np.full(90, 1.0), np.full(10, 11.0)]
    curve = value_curve(scores, Size(10, "auto", (5, 20)), of="expected")
    assert (curve["customers"][0], curve["share"][0]) == (0.0, 0.0)
    assert curve["customers"][-1] == curve["share"][-1] == 1.0
    assert curve["share"][curve["customers"].index(0.1)] == pytest.approx(0.55)
    assert (curve["chosen"], curve["bounds"], curve["of"]) == (0.1, [0.05, 0.2], "expected")


def test_the_curve_of_a_requested_size_has_no_bounds_and_few_points():
    curve = value_curve(np.arange(5000.0), Size(777, "number"), of="revenue")
    assert curve["bounds"] is None
    assert len(curve["customers"]) == len(curve["share"]) <= 202
