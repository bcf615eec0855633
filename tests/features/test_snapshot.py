"""Snapshots: the features and outcomes of one date, each snapshot taken once."""

from datetime import timedelta
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pyarrow.parquet
import pytest

from clientela.data.demo import generate_demo
from clientela.features.build import build_features, default_as_of, next_period
from clientela.features.snapshot import SnapshotCache, take_snapshot
from clientela.loading import read_transactions
from clientela.settings import load_settings

SETTINGS = load_settings("demo", conf=Path(__file__).resolve().parents[2] / "conf")


@pytest.fixture(scope="module")
def connection(tmp_path_factory):
    path = tmp_path_factory.mktemp("shop") / "shop.parquet"
    pyarrow.parquet.write_table(generate_demo(seed=0, customers=100).transactions, path)
    with duckdb.connect() as connection:
        read_transactions(connection, SETTINGS.dataset, source=str(path), seed=0)
        yield connection


@pytest.fixture(scope="module")
def past(connection):
    return default_as_of(connection) - timedelta(days=90)


def test_outcomes_are_in_the_order_of_the_features_with_zero_for_no_order(connection, past):
    snapshot = take_snapshot(connection, as_of=past, horizon_days=90)
    pd.testing.assert_frame_equal(snapshot.features, build_features(connection, as_of=past))
    outcome = next_period(connection, start=past, days=90)
    known = outcome.index.intersection(snapshot.customers)
    spend = pd.Series(snapshot.next_spend, snapshot.customers)
    orders = pd.Series(snapshot.next_orders, snapshot.customers)
    np.testing.assert_array_equal(spend[known], outcome.loc[known, "next_spend"])
    np.testing.assert_array_equal(orders[known], outcome.loc[known, "next_orders"])
    assert (spend.drop(known) == 0).all()
    assert len(spend.drop(known)) > 0


def test_outcomes_of_a_snapshot_without_a_next_period_are_refused(connection, past):
    snapshot = take_snapshot(connection, as_of=past)
    assert snapshot.revenue.tolist() == snapshot.features["total_spend"].tolist()
    with pytest.raises(ValueError, match=f"The snapshot as of {past} must have a next period"):
        _ = snapshot.next_spend


def test_the_cache_takes_each_snapshot_once(connection, past):
    cache = SnapshotCache(connection, horizon_days=30)
    with_next = cache.at(past, with_next_period=True)
    assert cache.at(past, with_next_period=True) is with_next
    assert cache.at(past, with_next_period=False).next_period is None
    expected = take_snapshot(connection, as_of=past, horizon_days=30)
    np.testing.assert_array_equal(with_next.next_orders, expected.next_orders)
