"""The quality of a table with one row per customer."""

import duckdb

from clientela.data.attributes import Attribute
from clientela.data.customer_table import clean_customer_table
from clientela.quality.customer_table import repeated_customers, table_columns


def test_columns_and_repeated_customers_are_counted():
    connection = duckdb.connect()
    connection.execute("""
        create view source as from (values
            ('7', 2, '2024-01-02', 40.5, 30), ('8', 0, '2024-01-03', 3, null), ('8', 1, '2024-01-03', 3, 999),
            (null, 1, 'never', 5, 50)
        ) as t(id, orders, last, paid, years)
    """)
    columns = {"customer_id": ["id"], "order_count": ["orders"], "last_purchase": ["last"], "total_spend": ["paid"]}
    age = Attribute("age", "years", "numeric", (16, 110))
    table = clean_customer_table(connection, columns=columns, attributes=[age])
    refused = {"age": sum(table.attributes.attrs["refused"]["age"].values())}
    found = {one["column"]: one for one in table_columns(connection, columns, {"age": "years"}, refused=refused)}
    assert {name: one["filled"] for name, one in found.items()} == {
        "customer_id": 0.75, "order_count": 1.0, "last_purchase": 0.75, "total_spend": 1.0, "age": 0.75
    }  # fmt: skip
    assert found["order_count"]["valid"] == 0.75
    assert found["age"]["valid"] == 2 / 3
    assert found["age"]["source"] == "years"
    assert repeated_customers(connection) == (4, 1)
