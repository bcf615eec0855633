"""Published files of other shops: what their descriptions say, and what is read of them."""

import csv
from datetime import date
from decimal import Decimal

import duckdb
import pytest

from clientela.loading import read_transactions
from clientela.settings import load_settings

FACTS = (
    "count(distinct customer_id), count(distinct order_id), min(ordered_at)::date, max(ordered_at)::date, sum(amount)"
)


def facts(dataset, source):
    with duckdb.connect() as connection:
        read_transactions(connection, dataset, source=str(source), seed=0)
        return connection.execute(f"select {FACTS} from transactions").fetchall()[0]


@pytest.fixture(scope="module")
def superstore(shared_data):
    return shared_data / "field" / "superstore.csv"


@pytest.fixture(scope="module")
def dataset(root):
    return load_settings("superstore", conf=root / "conf").dataset


SUPERSTORE = (793, 5_009, date(2016, 1, 3), date(2019, 12, 30), Decimal("2297200.8603"))


def test_superstore(dataset, superstore):
    assert facts(dataset, superstore) == SUPERSTORE


def test_superstore_with_semicolons_and_decimal_commas(dataset, superstore, tmp_path):
    with superstore.open(encoding="utf-8-sig", newline="") as file:
        header, *rows = csv.reader(file)
    sales = header.index("Sales")
    with (tmp_path / "superstore.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, delimiter=";")
        writer.writerow(header)
        writer.writerows([*row[:sales], row[sales].replace(".", ","), *row[sales + 1 :]] for row in rows)
    german = dataset.model_copy(update={"decimal": ",", "thousands": "."})
    assert facts(german, tmp_path / "superstore.csv") == SUPERSTORE


def test_groceries_have_one_basket_per_customer_and_day(root, shared_data):
    dataset = load_settings("groceries", conf=root / "conf").dataset
    read = facts(dataset, shared_data / "field" / "groceries.csv")
    assert read == (3_898, 14_963, date(2014, 1, 1), date(2015, 12, 30), Decimal("292770.62"))
