"""Labels, cut-offs and splits: training windows end before the test begins."""

from datetime import date, timedelta

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clientela.churn import panel
from clientela.errors import InvalidData

CUTOFF = date(2024, 7, 1)
AS_OF = date(2011, 12, 10)


def test_churn_is_no_purchase_in_the_window(load):
    purchases = [
        ("back", "2024-06-01", 5), ("back", "2024-07-01", 5), ("gone", "2024-06-01", 5),
        ("late", "2024-06-01", 5), ("late", "2024-09-29", 5), ("new", "2024-07-05", 5),
    ]  # fmt: skip
    rows = panel.by_window(load(purchases), cutoff=CUTOFF, days=90, active_days=None, services=None)
    # The ninetieth day is 28 September.
    assert rows.set_index("customer_id")["churn"].to_dict() == {"back": 0, "gone": 1, "late": 1}
    assert (rows["cutoff"] == CUTOFF).all()


def test_inactive_customers_are_left_out(load):
    purchases = [("old", "2024-01-01", 5), ("here", "2024-06-01", 5)]
    rows = panel.by_window(load(purchases), cutoff=CUTOFF, days=90, active_days=100, services=None)
    assert rows["customer_id"].tolist() == ["here"]


def test_labels_of_the_customer_table_are_used(load):
    purchases = [(who, "2024-06-01", 5) for who in "abc"]
    customers = [("a", "2024-01-01", 1), ("b", "2024-01-01", None), ("c", "2024-01-01", 0)]
    connection = load(purchases, customers)
    assert panel.has_labels(connection)
    rows = panel.labelled(connection, cutoff=CUTOFF, active_days=None, services=None)
    assert rows.set_index("customer_id")["churn"].to_dict() == {"a": 1.0, "c": 0.0}
    assert not panel.has_labels(load(purchases))


def test_the_automatic_window_is_a_quantile_of_gaps_within_bounds(load):
    days = [("a", str(date(2024, 1, 1) + timedelta(days=30 * i)), 5) for i in range(5)]
    assert panel.window_from_gaps(load(days), as_of=CUTOFF, quantile=0.9) == 30
    weekly = [("a", str(date(2024, 1, 1) + timedelta(days=i)), 5) for i in range(9)]
    assert panel.window_from_gaps(load(weekly), as_of=CUTOFF, quantile=0.9) == 14
    with pytest.raises(InvalidData, match="customers with at least two order days"):
        panel.window_from_gaps(load(days[:1]), as_of=CUTOFF, quantile=0.9)


def test_cut_offs_of_a_year():
    plan = {"first": date(2010, 12, 1), "days": 90, "step": 30, "least_history": 90}
    tests = panel.test_cutoffs(as_of=AS_OF, test=3, **plan)
    assert tests == [date(2011, 9, 11), date(2011, 8, 12), date(2011, 7, 13)]
    assert panel.train_cutoffs(cutoff=tests[2], train=4, **plan) == [date(2011, 4, 14), date(2011, 3, 15)]
    assert panel.test_cutoffs(as_of=date(2011, 6, 1), test=3, **plan) == []


@given(
    days=st.integers(1, 200), step=st.integers(1, 90), test=st.integers(1, 6), train=st.integers(1, 6),
    history=st.integers(1, 200),
)  # fmt: skip
def test_no_training_window_overlaps_the_test(days, step, test, train, history):
    plan = {"first": date(2010, 12, 1), "days": days, "step": step, "least_history": history}
    for cutoff in panel.test_cutoffs(as_of=AS_OF, test=test, **plan):
        assert cutoff + timedelta(days=days) <= AS_OF
        trains = panel.train_cutoffs(cutoff=cutoff, train=train, **plan)
        assert trains, "a test without anything to learn from"
        assert max(trains) + timedelta(days=days) <= cutoff
        assert min(trains) - timedelta(days=history) >= plan["first"]


def test_held_out_customers_have_the_same_churn_rate(panel_rows):
    split = panel.hold_out(panel_rows, share=0.25, seed=0)
    assert len(split.test) == 150
    assert not set(split.train["customer_id"]) & set(split.test["customer_id"])
    assert split.test["churn"].mean() == pytest.approx(panel_rows["churn"].mean(), abs=0.01)
    assert split.cutoff == date(2024, 10, 3)


def test_too_few_churners_are_refused(panel_rows):
    few = pd.concat([panel_rows[panel_rows["churn"] == 1][:49], panel_rows[panel_rows["churn"] == 0]])
    with pytest.raises(InvalidData, match="at least 50 customers who left and 50 who stayed. Got 49 and"):
        panel.hold_out(few, share=0.25, seed=0)


def test_all_rows_of_a_customer_are_in_one_fold(panel_rows):
    twice = panel.stacked([panel_rows.assign(cutoff=date(2024, 10, 3)), panel_rows.assign(cutoff=date(2024, 9, 3))])
    assert twice["cutoff"].iloc[0] == date(2024, 9, 3)
    for train, test in panel.folds_of(twice, folds=5, seed=0):
        assert not set(twice["customer_id"].iloc[train]) & set(twice["customer_id"].iloc[test])


def test_a_service_missing_at_an_early_cutoff_is_0(panel_rows):
    stacked = panel.stacked([panel_rows.assign(recent_orders_tv=2.0), panel_rows])
    assert stacked["recent_orders_tv"].tolist() == [0.0] * 600 + [2.0] * 600


def test_two_orders_on_one_day_do_not_change_the_window(load):
    twice = [
        ("a", f"{date(2024, 1, 1) + timedelta(days=30 * i)} {hour}:00", 5) for i in range(5) for hour in (9, 15)
    ]  # fmt: skip
    assert panel.window_from_gaps(load(twice), as_of=CUTOFF, quantile=0.5) == 30


def test_a_window_of_more_than_180_days_is_cut_to_180(load):
    yearly = [("a", f"{year}-01-01", 5) for year in range(2020, 2024)]
    assert panel.window_from_gaps(load(yearly), as_of=CUTOFF, quantile=0.9) == 180


@pytest.mark.parametrize(("active_days", "known"), [(30, ["here"]), (29, [])])
def test_a_customer_is_active_up_to_the_last_of_the_active_days(load, active_days, known):
    connection = load([("here", "2024-06-01 12:00", 5), ("before", "2023-01-01", 5)])
    rows = panel.by_window(connection, cutoff=CUTOFF, days=90, active_days=active_days, services=None)
    assert rows["customer_id"].tolist() == known


def test_fifty_churners_are_enough(panel_rows):
    few = pd.concat([panel_rows[panel_rows["churn"] == 1][:50], panel_rows[panel_rows["churn"] == 0]])
    assert panel.hold_out(few, share=0.25, seed=0).train["churn"].sum() == pytest.approx(37.5, abs=1)


@pytest.mark.parametrize(("first", "count"), [(date(2011, 6, 13), 1), (date(2011, 6, 14), 0)])
def test_a_cut_off_needs_its_history_to_the_day(first, count):
    """A test on 11 September has a training on 13 June, 90 days before it, which needs no day before itself."""
    plan = {"first": first, "days": 90, "step": 30, "least_history": 0}
    assert len(panel.test_cutoffs(as_of=AS_OF, test=1, **plan)) == count
    assert len(panel.train_cutoffs(cutoff=date(2011, 9, 11), train=1, **plan)) == count
