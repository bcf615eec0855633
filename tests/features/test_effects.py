import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clientela.features.effects import cliffs_delta

VALUES = st.lists(st.tuples(st.integers(-3, 3) | st.floats(-1e6, 1e6), st.booleans()), min_size=2, max_size=30)


def by_definition(values, mask):
    signs = [np.sign(x - y) for x, inside in zip(values, mask, strict=True) if inside
             for y, also in zip(values, mask, strict=True) if not also]  # fmt: skip
    return np.mean(signs)


@pytest.mark.parametrize(
    ("values", "members", "delta"),
    [
        ([1, 2, 3, 4], [0, 0, 1, 1], 1.0),
        ([1, 2, 3, 4], [1, 1, 0, 0], -1.0),
        ([5, 5, 5, 5], [1, 0, 1, 0], 0.0),
        ([1, 3, 2, 4], [1, 1, 0, 0], -0.5),  # of four pairs one is won, three are lost
        ([1, 2, 2], [1, 1, 0], -0.5),  # a tie is neither
    ],
)
def test_as_counted_by_hand(values, members, delta):
    assert cliffs_delta(values, members) == pytest.approx(delta)


@given(VALUES)
def test_it_is_the_mean_sign_over_all_pairs_and_turns_with_the_sides(rows):
    values, mask = (np.array(column) for column in zip(*rows, strict=True))
    if mask.all() or not mask.any():
        assert np.isnan(cliffs_delta(values, mask))
    else:
        assert cliffs_delta(values, mask) == pytest.approx(by_definition(values, mask), abs=1e-9)
        assert cliffs_delta(values, ~mask) == pytest.approx(-cliffs_delta(values, mask), abs=1e-9)


def test_what_is_not_known_is_left_out():
    assert cliffs_delta([1, np.nan, 3, np.nan, 2], [0, 1, 1, 0, 0]) == 1.0
    assert np.isnan(cliffs_delta([1, np.nan], [0, 1]))


def test_an_outlier_weighs_no_more_than_any_other_value():
    assert cliffs_delta([1, 2, 3, 4], [0, 1, 0, 1]) == cliffs_delta([1, 2, 3, 4e9], [0, 1, 0, 1])
