"""Kaggle "Retail Transaction Data": what its description says, and what stays of it."""

from datetime import date

import duckdb

from clientela.features.build import build_features, default_as_of
from clientela.loading import read_transactions
from clientela.settings import load_settings


def test_all_rows_stay_the_six_identical_ones_too(root, shared_data):
    dataset = load_settings("retail_transactions", conf=root / "conf").dataset
    with duckdb.connect() as connection:
        _, ledger = read_transactions(
            connection, dataset, source=str(shared_data / "retail_data_transactions.csv"), seed=0
        )
        assert ledger["rows_left"].tolist() == [125_000] * len(ledger)
        distinct = "select count(*) from (select distinct customer_id, ordered_at, amount from transactions)"
        assert connection.execute(distinct).fetchall()[0][0] == 125_000 - 6
        span = connection.execute("select min(ordered_at)::date, max(ordered_at)::date from transactions").fetchall()
        assert span == [(date(2011, 5, 16), date(2015, 3, 16))]
        features = build_features(connection, as_of=default_as_of(connection))
    assert len(features) == 6_889
    assert features["order_count"].sum() == 125_000
    assert features[["items_per_order", "mean_item_price", "evening_share"]].isna().all().all()
