import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clientela.features import rfm
from clientela.features.rfm import SEGMENT_MAP, RfmRules

# One row per customer: days since the last purchase, orders, spend.
FIVE = np.array([[5.0, 50.0, 500.0], [4.0, 40.0, 400.0], [3.0, 30.0, 300.0], [2.0, 20.0, 200.0], [1.0, 10.0, 100.0]])


def test_quintiles_score_from_one_to_five_and_five_is_best():
    hundred = np.column_stack([np.arange(1, 101), np.arange(1, 101), np.arange(1, 101)]).astype(float)
    scores = RfmRules().fit(hundred).scores(hundred)
    fifths = np.repeat([1, 2, 3, 4, 5], 20)
    assert scores[:, 0].tolist() == fifths[::-1].tolist()
    assert scores[:, 1].tolist() == scores[:, 2].tolist() == fifths.tolist()


def test_few_days_score_high_and_many_orders_and_much_spend_do():
    assert RfmRules().fit(FIVE).scores(FIVE).tolist() == [[1, 5, 5], [2, 4, 4], [3, 3, 3], [4, 2, 2], [5, 1, 1]]


def test_equal_values_score_the_same_however_many_they_are():
    orders = np.array([1.0] * 70 + [2.0] * 20 + [9.0] * 10)
    customers = np.column_stack([np.full(100, 30.0), orders, np.arange(100.0)])
    scores = RfmRules().fit(customers).scores(customers)
    assert [set(scores[orders == value, 1]) for value in (1, 2, 9)] == [{1}, {4}, {5}]
    assert len(set(scores[:, 0])) == 1


def test_customers_that_were_not_fitted_are_scored_by_the_fitted_quintiles():
    rules = RfmRules().fit(FIVE)
    assert rules.scores(np.array([[0.0, 900.0, 9000.0], [900.0, 0.0, 0.0]])).tolist() == [[5, 5, 5], [1, 1, 1]]
    assert rules.edges_.shape == (4, 3)


@pytest.mark.parametrize(
    "recency, frequency, monetary, cell",
    [
        (5, 5, 5, rfm.CHAMPIONS),
        (5, 5, 4, rfm.CHAMPIONS),
        (5, 3, 4, rfm.CHAMPIONS),  # the mean of frequency and monetary, 3.5, is rounded half up
        (4, 4, 4, rfm.LOYAL),
        (3, 5, 5, rfm.LOYAL),
        (5, 1, 1, rfm.NEW),
        (4, 1, 1, rfm.PROMISING),
        (5, 2, 2, rfm.POTENTIAL),
        (5, 1, 2, rfm.POTENTIAL),
        (3, 3, 3, rfm.NEED_ATTENTION),
        (3, 1, 2, rfm.ABOUT_TO_SLEEP),
        (2, 3, 3, rfm.AT_RISK),
        (1, 5, 5, rfm.CANNOT_LOSE),
        (1, 1, 1, rfm.HIBERNATING),
    ],
)
def test_a_cell_of_the_segment_map(recency, frequency, monetary, cell):
    rules = RfmRules().fit(FIVE)
    customer = np.array([[6.0 - recency, 10.0 * frequency, 100.0 * monetary]])
    assert rules.scores(customer).tolist() == [[recency, frequency, monetary]]
    assert rules.predict(customer).tolist() == [cell]


def test_the_segment_map_has_all_ten_cells():
    assert set(SEGMENT_MAP.ravel()) == set(range(10))


def test_the_map_is_read_by_recency_first():
    rules = RfmRules().fit(FIVE)
    recent_and_small, long_ago_and_large = [[1.0, 10.0, 100.0]], [[5.0, 50.0, 500.0]]
    assert rules.predict(np.array(recent_and_small + long_ago_and_large)).tolist() == [rfm.NEW, rfm.CANNOT_LOSE]


customers = st.lists(
    st.tuples(st.integers(1, 400), st.integers(1, 30), st.integers(1, 9_000)), min_size=5, max_size=40
).map(lambda rows: np.array(rows, dtype=float))


@settings(max_examples=60)
@given(customers)
def test_more_recent_frequent_or_spending_never_scores_lower(rows):
    scores = RfmRules().fit(rows).scores(rows)
    assert scores.min() >= 1
    assert scores.max() <= 5
    for column, sign in ((0, -1), (1, 1), (2, 1)):
        order = np.argsort(sign * rows[:, column], kind="stable")
        assert (np.diff(scores[order, column]) >= 0).all()


@settings(max_examples=30)
@given(customers, st.randoms(use_true_random=False))
def test_scores_do_not_depend_on_the_order_of_the_customers(rows, random):
    order = random.sample(range(len(rows)), len(rows))
    shuffled = RfmRules().fit(rows[order]).scores(rows[order])
    np.testing.assert_array_equal(shuffled, RfmRules().fit(rows).scores(rows)[order])
