"""The published facts of UCI Online Retail (see the data set's page and its description), and our ledger of it."""

from datetime import date, datetime
from decimal import Decimal

import duckdb
import pandas as pd
import pytest

from clientela.data.cleaning import clean
from clientela.data.readers import read_source
from clientela.data.rules import Rule
from clientela.features.build import build_features, default_as_of
from clientela.loading import read_transactions
from clientela.settings import load_settings

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def connection(root, shared_data):
    settings = load_settings("online_retail", conf=root / "conf")
    with duckdb.connect() as connection:
        read_transactions(connection, settings.dataset, source=str(shared_data / "online_retail.parquet"), seed=0)
        yield connection


@pytest.fixture(scope="module")
def ledger(connection):
    rows = connection.sql("select * from ledger").to_arrow_table().to_pylist()
    return {row["rule"]: row for row in rows}


@pytest.mark.parametrize(
    ("counted", "count"),
    [
        ("*", 541_909),
        ("distinct InvoiceNo", 25_900),
        ("distinct CustomerID", 4_372),
        ("distinct Country", 38),
        ("distinct StockCode", 4_070),
        ("CustomerID", 541_909 - 135_080),
        ("Description", 541_909 - 1_454),
    ],
)
def test_the_source_is_read_in_full(connection, counted, count):
    assert connection.execute(f"select count({counted}) from source").fetchall() == [(count,)]


@pytest.mark.parametrize(
    ("rule", "rows"),
    [
        ("source", 541_909),
        ("missing_customer_id", 135_080),
        ("cancellation", 9_288),
        ("bad_debt", 3),
        ("duplicate", 5_268),
        ("bad_quantity", 10_624),
        ("bad_price", 2_517),
    ],
)
def test_the_rules_find_the_published_counts(ledger, rule, rows):
    assert ledger[rule]["rows_left" if rule == "source" else "rows_matching"] == rows


def test_the_ledger_adds_up_to_the_row_and_the_penny(connection, ledger):
    steps = [row for rule, row in ledger.items() if rule not in ("source", "kept")]
    source, kept = ledger["source"], ledger["kept"]
    assert source["rows_left"] - sum(row["rows_out"] for row in steps) == kept["rows_left"] == 388_414
    assert source["money_left"] - sum(row["money_out"] for row in steps) == kept["money_left"] == Decimal("8298620.16")
    assert source["money_left"] == Decimal("9747747.934")


def test_what_was_kept(connection, ledger):
    assert ledger["cancellation"]["rows_out"] == 7_009
    assert ledger["cancellation_unmatched"]["rows_out"] == 1_497
    features = build_features(connection, as_of=default_as_of(connection))
    assert default_as_of(connection) == date(2011, 12, 10)
    assert len(features) == 4_324
    assert features["total_spend"].sum() == pytest.approx(8_298_620.16)


def test_dates_and_ids_are_canonical(connection):
    first, last = connection.execute("select min(ordered_at), max(ordered_at) from transactions").fetchall()[0]
    assert (first, last) == (datetime(2010, 12, 1, 8, 26), datetime(2011, 12, 9, 12, 50))
    ids = "select count(distinct customer_id) filter (not regexp_full_match(customer_id, '[0-9]{5}')) from transactions"
    assert connection.execute(ids).fetchall() == [(0,)]


def test_one_thread_gives_the_same_features(connection, root, shared_data):
    as_of = default_as_of(connection)
    settings = load_settings("online_retail", conf=root / "conf")
    with duckdb.connect(config={"threads": 1}) as single:
        read_transactions(single, settings.dataset, source=str(shared_data / "online_retail.parquet"), seed=0)
        frames = [build_features(each, as_of=as_of) for each in (connection, single)]
    pd.testing.assert_frame_equal(*frames, check_exact=True)


def test_a_famous_cancelled_order_makes_nobody_a_best_customer(connection):
    features = build_features(connection, as_of=default_as_of(connection)).set_index("customer_id")
    # 12346 bought 74,215 jars for 77,183.60 GBP and cancelled them 16 minutes later.
    assert "12346" not in features.index


def test_plain_purchases_are_those_of_the_literature(root, shared_data):
    dataset = load_settings("online_retail", conf=root / "conf").dataset
    with duckdb.connect() as connection:
        read_source(connection, str(shared_data / "online_retail.parquet"))
        rules = [Rule(name) for name in ("unreadable_date", "missing_customer_id", "bad_quantity", "bad_price")]
        clean(connection, columns=dataset.columns, rules=rules)
        counted = connection.execute("select count(*), count(distinct customer_id) from transactions").fetchall()
    assert counted == [(397_884, 4_338)]
