import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from clientela.data.attributes import Attribute, read_attributes
from clientela.data.cleaning import clean
from clientela.data.rules import Rule
from clientela.errors import InvalidData
from clientela.loading import load_attributes, read_transactions
from clientela.settings import load_settings

AGE = Attribute("age", "Age", "numeric", (16, 110))
GENDER = Attribute("gender", "Gender", "categorical")

# The source of the transactions: ann's latest purchase is not her last row; bob's last row is not a purchase.
LINES = pa.table(
    {
        "id": ["ann", "ann", "ann", "bob", "bob", "zoe"],
        "ordered_at": ["2024-01-01", "2024-03-01", "2024-02-01", "2024-01-01", "2024-05-01", "2024-01-01"],
        "amount": ["1", "1", "1", "1", "-1", "-1"],
        "Age": ["30", "31", "32", "40", "41", "50"],
        "Gender": ["f", " ", "f", "m", "m", "x"],
    }
)


@pytest.fixture
def connection():
    with duckdb.connect() as connection:
        connection.register("source", LINES)
        rules = [Rule(name) for name in ("unreadable_date", "missing_customer_id", "bad_amount")]
        columns = {"customer_id": "id", "ordered_at": "ordered_at", "amount": "amount"}
        clean(connection, columns=columns, rules=rules)
        yield connection


@pytest.fixture
def table(connection, tmp_path):
    """Reads the attributes of a CSV."""

    def read(text, attributes=(AGE, GENDER)):
        path = tmp_path / "customers.csv"
        path.write_text(text)
        return read_attributes(connection, attributes, location=str(path), customer_id="Client")

    return read


def rows(frame):
    return frame.astype(object).where(frame.notna(), None).to_numpy().tolist()


def test_there_is_one_row_per_customer_ordered_by_id(table):
    frame = table("Client,Age,Gender\nbob,40,m\nann,30,f\n")
    assert rows(frame) == [["ann", 30.0, "f"], ["bob", 40.0, "m"]]
    assert list(frame) == ["customer_id", "age", "gender"]
    assert frame["age"].dtype == np.float64


def test_the_last_row_of_a_customer_is_used_even_if_it_has_missing_values(table):
    assert rows(table("Client,Age,Gender\nann,30,f\nbob,1,m\nann,,x\n")) == [["ann", None, "x"], ["bob", None, "m"]]


def test_values_set_to_missing_are_counted(table):
    frame = table("Client,Age,Gender\na,15.9,\nann,16,f\nb,110,f\nc,110.1,f\nd,old,f\ne,inf,f\nf,,f\n")
    assert frame["age"].isna().tolist() == [True, False, False, True, True, True, True]
    assert frame["gender"][0] is None
    assert frame.attrs["refused"] == {"age": {"unreadable": 2, "out_of_range": 2}}


def test_ids_and_codes_become_canonical(connection, tmp_path):
    connection.execute("update transactions set customer_id = '17850' where customer_id = 'ann'")
    ids = pa.array([17850.0, None, 12.5])
    pq.write_table(pa.table({"Client": ids, "Age": [30, 31, 32], "Gender": [1.0, 2.0, 3.5]}), tmp_path / "t.parquet")
    frame = read_attributes(connection, [AGE, GENDER], location=str(tmp_path / "t.parquet"), customer_id="Client")
    assert rows(frame) == [["12.5", 32.0, "3.5"], ["17850", 30.0, "1"]]


def test_source_columns_may_have_the_names_of_internal_columns(connection, tmp_path):
    text = "customer_id,id,known_at,place\n ,ann,7,8\n9,bob,,10\n"
    (tmp_path / "t.csv").write_text(text)
    names = ("customer_id", "known_at", "place")
    attributes = [Attribute(f"a_{name}", name, "numeric") for name in names]
    frame = read_attributes(connection, attributes, location=str(tmp_path / "t.csv"), customer_id="id")
    assert rows(frame) == [["ann", None, 7.0, 8.0], ["bob", 9.0, None, 10.0]]


def test_columns_of_the_transactions_are_those_of_the_latest_purchase(connection):
    frame = read_attributes(connection, [AGE, GENDER])
    assert rows(frame) == [["ann", 31.0, None], ["bob", 40.0, "m"]]


def test_the_source_of_the_transactions_is_not_changed(connection, table):
    table("Client,Age,Gender\nann,30,f\n")
    assert connection.sql("from source").to_arrow_table().equals(LINES)


def test_a_missing_column_is_named(connection, table):
    says = r"must have the columns \['Client', 'Gender'\]. It has 'client', 'Age'. Did you mean 'client' for 'Client'\?"
    with pytest.raises(InvalidData, match=says):
        table("client,Age\nann,3\n")
    with pytest.raises(InvalidData, match=r"must have the columns \['Shoe'\]"):
        read_attributes(connection, [Attribute("shoe", "Shoe", "numeric")])


def test_a_table_without_customers_who_bought_is_refused(table):
    with pytest.raises(InvalidData, match="at least one of the 2 customers with purchases. Got 1 other customers."):
        table("Client,Age,Gender\nzoe,30,f\n")


def test_attributes_of_the_demo_shop_use_its_seed(root):
    dataset = load_settings("demo", conf=root / "conf").dataset
    with duckdb.connect() as connection:
        read_transactions(connection, dataset, source=None, seed=2)
        frame = load_attributes(connection, dataset, seed=2)
        bought = connection.execute("select distinct customer_id from transactions order by 1").df()["customer_id"]
    assert frame["customer_id"].tolist() == bought.tolist()
    assert frame["age"].between(16, 110).sum() == frame["age"].notna().sum() > 4_500
    assert 10 < frame.attrs["refused"]["age"]["out_of_range"] < 60
    assert set(frame["packaging"].dropna()) == {"standard box", "gift wrap", "reusable bag"}


def test_a_data_set_without_attributes_gives_none(root):
    assert load_attributes(duckdb.connect(), load_settings("online_retail", conf=root / "conf").dataset, seed=0) is None


def test_the_order_of_the_customers_in_the_table_does_not_matter(table):
    lines = ["ann,30,f", "bob,40,m"]
    forth, back = (table("\n".join(["Client,Age,Gender", *order])) for order in (lines, lines[::-1]))
    pd.testing.assert_frame_equal(forth, back)
