"""The customer table: each rule, the ledger, and tables that are refused."""

from collections.abc import Iterator

import duckdb
import pandas as pd
import pytest

from clientela.contracts import CUSTOMERS, LEDGER
from clientela.data.customers import CUSTOMER_RULES, CustomerTable, clean_customers, no_customers
from clientela.errors import InvalidData

COLUMNS = {name: name for name in CUSTOMERS.names}
ROWS = [
    # customer_id, age, gender, region, signup_date, churn
    ("1", "40", "female", "north", "2024-01-05", "0"),
    ("2", "0", "male", "north", "2024-01-05", "1"),
    ("3", "200", "male", "??", "2024-01-05", "yes"),
    ("4", "", "?", "south", "2024-03-01", "no"),
    ("5", "x", "male", "south", "soon", "perhaps"),
    ("", "30", "male", "south", "2024-01-05", "0"),
    ("6", "30", "male", "south", "2024-01-05", "0"),
    ("6.0", "31", "male", "south", "2024-01-06", "1"),
]


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection with one transaction per customer, on 1 February 2024."""
    with duckdb.connect() as connection:
        connection.execute(
            "create table transactions as select unnest(['1', '2', '3', '4', '5', '6']) as customer_id, "
            "timestamp '2024-02-01 10:00:00' as ordered_at"
        )
        yield connection


def clean(connection, tmp_path, rows=ROWS, **changes):
    path = tmp_path / "customers.csv"
    pd.DataFrame(rows, columns=list(COLUMNS)).to_csv(path, index=False)
    table = CustomerTable(**{"columns": COLUMNS, "unknown": ["?", "??"], **changes})
    _, ledger = clean_customers(connection, str(path), table)
    return connection.execute("from customers").df().set_index("customer_id"), ledger.set_index("rule")


def test_each_rule_corrects_its_values(connection, tmp_path):
    customers, ledger = clean(connection, tmp_path)
    assert list(customers.index) == ["1", "2", "3", "4", "5", "6"]
    assert customers["age"].fillna(-1).to_dict() == {"1": 40, "2": -1, "3": -1, "4": -1, "5": -1, "6": 31}
    assert customers["churn"].fillna(-1).to_dict() == {"1": 0, "2": 1, "3": 1, "4": 0, "5": -1, "6": 1}
    assert customers["region"].isna().to_dict()["3"]
    assert customers["gender"].isna().to_dict()["4"]
    # Customer 4 signed up after the first transaction; the signup date of customer 5 is unreadable.
    assert customers["signup_date"].dt.strftime("%m-%d").to_dict() == {
        "1": "01-05", "2": "01-05", "3": "01-05", "4": "02-01", "5": "02-01", "6": "01-06",
    }  # fmt: skip
    assert ledger["rows_out"].drop(["source", "kept"]).loc[lambda n: n > 0].to_dict() == {
        "missing_customer_id": 1, "repeated_customer": 1,
    }  # fmt: skip
    assert ledger["rows_changed"].loc[lambda n: n > 0].to_dict() == {
        "missing_age": 2, "impossible_age": 2, "unknown_gender": 1, "unknown_region": 1, "unreadable_signup": 1,
        "signup_after_first_transaction": 1, "unknown_churn": 1,
    }  # fmt: skip


def test_labels_may_be_words_in_english_or_portuguese(connection, tmp_path):
    said = ["Sim", "não", "S", "N", "TRUE", "f"]
    rows = [(str(n), "40", "male", "north", "2024-01-05", word) for n, word in enumerate(said, start=1)]
    customers, _ = clean(connection, tmp_path, rows)
    assert customers["churn"].tolist() == [1, 0, 1, 0, 1, 0]


def test_unreadable_labels_are_refused_and_empty_labels_are_missing(connection, tmp_path):
    rows = [(str(n), "40", "male", "north", "2024-01-05", "gone") for n in range(3)]
    with pytest.raises(
        InvalidData, match="The column 'churn' of the customers must have churn labels: .*for example 'gone'"
    ):
        clean(connection, tmp_path, rows)
    customers, _ = clean(connection, tmp_path, [(*row[:5], "") for row in rows])
    assert customers["churn"].isna().all()


def test_the_ledger_follows_its_contract_and_adds_up(connection, tmp_path):
    _, ledger = clean(connection, tmp_path)
    assert list(ledger.reset_index()[list(LEDGER.names)].columns) == list(LEDGER.names)
    assert ledger["rows_left"].iloc[0] - ledger["rows_out"].sum() == ledger["rows_left"].iloc[-1] == 6
    assert set(ledger.index) == {"source", *CUSTOMER_RULES, "kept"} - {"forgotten_customer", "silent_customer"}
    assert ledger.loc["impossible_age", "example"].startswith("customer 2 age 0")


def test_rules_of_unmapped_columns_do_not_apply(connection, tmp_path):
    customers, ledger = clean(connection, tmp_path, columns={"customer_id": "customer_id", "age": "age"})
    assert customers[["gender", "region", "signup_date", "churn"]].isna().all(axis=None)
    assert set(ledger.index) == {
        "source", "missing_customer_id", "repeated_customer", "missing_age", "impossible_age", "kept",
    }  # fmt: skip


def test_values_not_listed_are_unknown(connection, tmp_path):
    customers, ledger = clean(connection, tmp_path, regions=["north"])
    assert customers["region"].dropna().unique().tolist() == ["north"]
    assert ledger.loc["unknown_region", "rows_changed"] == 4


def test_dates_may_have_a_format(connection, tmp_path):
    rows = [("1", "40", "female", "north", "05/01/2024", "0")]
    customers, _ = clean(connection, tmp_path, rows, date_format="%d/%m/%Y")
    assert customers["signup_date"].astype(str).tolist() == ["2024-01-05"]


def test_a_missing_column_is_named(connection, tmp_path):
    with pytest.raises(InvalidData, match=r"must have the columns \['years'\]"):
        clean(connection, tmp_path, columns={**COLUMNS, "age": "years"})


def test_a_table_without_customers_is_refused(connection, tmp_path):
    with pytest.raises(InvalidData, match="must have at least one customer"):
        clean(connection, tmp_path, [("", "1", "", "", "", "")])


def test_no_customers_makes_an_empty_table(connection):
    no_customers(connection)
    assert [row[0] for row in connection.execute("describe customers").fetchall()] == list(CUSTOMERS.names)
