"""The published facts of UCI Online Retail (see the data set's page and its description), and our ledger of it."""

from datetime import date
from decimal import Decimal

import duckdb
import pytest

from clientela.data.cleaning import Rule, clean
from clientela.data.readers import read_source
from clientela.features.build import build_features, default_as_of
from clientela.settings import load_settings
from clientela.workflows.intake import take_in

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def connection(root, shared_data):
    settings = load_settings("online_retail", conf=root / "conf")
    with duckdb.connect() as connection:
        take_in(connection, settings.dataset, source=str(shared_data / "online_retail.parquet"), seed=0)
        yield connection


@pytest.fixture(scope="module")
def ledger(connection):
    rows = connection.sql("select * from ledger").to_arrow_table().to_pylist()
    return {row["rule"]: row for row in rows}


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
