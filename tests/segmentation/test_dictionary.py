"""The data dictionary of a run: ranges and missing values of its data."""

import io
from dataclasses import replace
from datetime import date

import duckdb
import pandas as pd
import pytest

from clientela.contracts import LANGUAGES
from clientela.data.cleaning import clean
from clientela.data.readers import Source
from clientela.data.rules import Rule
from clientela.features.build import build_features
from clientela.loading import ShopData
from clientela.reporting.dictionary import CONTRACTS
from clientela.reporting.words import Words
from clientela.segmentation.dictionary import (
    HEADERS,
    DictionaryData,
    dictionary_entries,
    dictionary_page,
    dictionary_sheet,
)
from clientela.settings import load_settings

COLUMN = {"valid": 1.0, "distinct": None, "consistent": None, "key": "", "recent": None}


@pytest.fixture
def known(root):
    """A shop of three rows, one of them without a customer, and a column that is not used."""
    connection = duckdb.connect()
    connection.execute("""
        create view source as from (values
            ('ann', '2024-01-05', 9.5, 'x'), ('bob', '2024-02-06', 30.5, 'y'), (null, '2024-02-07', 3.0, 'z')
        ) as t(client, day, paid, note)
    """)
    columns = {"customer_id": "client", "ordered_at": "day", "amount": "paid"}
    clean(connection, columns=columns, rules=[Rule("missing_customer_id")])
    features = build_features(connection, as_of=date(2024, 3, 1))
    attributes = pd.DataFrame({"customer_id": ["ann", "bob"], "age": [41.0, None], "city": ["Rio", "Natal"]})
    data = ShopData(Source("shop/sales.csv", "abc", 3), pd.DataFrame(), date(2024, 3, 1), features, attributes, None)
    quality = {
        "columns": [
            {**COLUMN, "column": "customer_id", "source": "client", "filled": 2 / 3},
            {**COLUMN, "column": "ordered_at", "source": "day", "filled": 1.0},
            {**COLUMN, "column": "amount", "source": "paid", "filled": 1.0},
        ]
    }
    return DictionaryData(connection, load_settings("demo", conf=root / "conf").dataset, data, quality)


def entries_of(known, language="en"):
    words = Words(language, currency="BRL", book="segmentation")
    return {(entry["table"], entry["column"]): entry for entry in dictionary_entries(known, words)}


def test_every_column_of_the_source_is_listed(known):
    found = entries_of(known)
    columns = {column: entry for (table, column), entry in found.items() if table == "source"}
    assert list(columns) == ["client", "day", "paid", "note"]
    assert columns["client"]["missing"] == pytest.approx(1 / 3)
    assert (columns["client"]["meaning"], columns["client"]["sensitivity"]) == ("read as customer_id", "identifier")
    assert (columns["note"]["meaning"], columns["note"]["sensitivity"]) == ("not used by Clientela", "not classified")
    assert {entry["origin"] for entry in columns.values()} == {"sales.csv"}


def test_tables_of_the_run_have_ranges_and_missing_shares(known):
    found = entries_of(known)
    assert found["transactions", "amount"]["range"] == "9.50 to 30.50"
    assert found["transactions", "ordered_at"]["range"] == "5\u00a0Jan\u00a02024 to 6\u00a0Feb\u00a02024"
    assert found["transactions", "country"]["missing"] == 1.0
    assert found["customer_features", "total_spend"]["range"] == "9.50 to 30.50"
    assert found["customer_features", "mean_days_between_orders"]["missing"] == 1.0
    assert (found["attributes", "age"]["range"], found["attributes", "age"]["missing"]) == ("41 to 41", 0.5)
    assert found["insiders", "spend"]["missing"] is None


def test_identifiers_have_no_range(known):
    shown = [entry for entry in entries_of(known).values() if entry["sensitivity"] == "identifier"]
    assert shown
    assert {entry["range"] for entry in shown} == {""}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_column_of_every_contract_has_a_meaning_on_the_page(known, language):
    found = entries_of(known, language)
    assert {(contract.name, name) for contract in CONTRACTS for name in contract.names} <= set(found)
    assert all(entry["meaning"] for entry in found.values())
    page = dictionary_page(list(found.values()), title="Shop <1>", words=Words(language, book="segmentation"))
    assert "Shop &lt;1&gt;" in page
    assert page.count("<section") == len({table for table, _ in found})


def test_the_sheet_has_one_row_per_column(known):
    found = entries_of(known)
    sheet = pd.read_excel(io.BytesIO(dictionary_sheet(list(found.values()))))
    assert tuple(sheet.columns) == HEADERS
    assert len(sheet) == len(found)


def test_a_table_of_customers_has_no_ranges_of_transactions(known):
    table = replace(known, data=replace(known.data, has_transactions=False, attributes=None))
    found = entries_of(table)
    assert found["transactions", "amount"]["range"] == ""
    assert ("attributes", "age") not in found
