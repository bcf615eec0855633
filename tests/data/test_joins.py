"""Tables that are joined to the source: at most one row to a row of the source, and what is lost is in the ledger."""

from decimal import Decimal

import duckdb
import pytest

from clientela.data.cleaning import clean
from clientela.data.joins import join_rules, join_tables
from clientela.data.readers import read_source
from clientela.data.reading import FileFormat, Join, Reading, RowFilter
from clientela.data.rules import Rule
from clientela.errors import InvalidData

ORDERS = "order_id,customer,status\nA1,c1,delivered\nA2,c2,delivered\nA3,c9,delivered\nA4,c1,canceled\n"
CUSTOMERS = "customer,person,city\nc1,p1,Recife\nc2,p1,Olinda\nc3,p2,\n"
PAYMENTS = "order_id;part;paid\nA1;1;10.00\nA1;2;5.50\nA2;1;7.00\nA7;1;99\nA4;1;3\n"
DATES = "order;bought at\nA1;2024-01-05\nA2.0;2024-02-05\n A4 ;2024-03-05\n"


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name, text in (("orders", ORDERS), ("customers", CUSTOMERS), ("payments", PAYMENTS), ("dates", DATES)):
        (tmp_path / f"{name}.csv").write_text(text)
    return tmp_path


@pytest.fixture
def connection(folder):
    with duckdb.connect() as connection:
        read_source(connection, "payments.csv")
        yield connection


def join(location, keys, columns=None, **options):
    return Join(location, keys, columns, **options)


TO_ORDERS = join("orders.csv", {"order_id": "order_id"})
TO_CUSTOMERS = join("customers.csv", {"customer": "customer"}, ("person",))
TO_DATES = join("dates.csv", {"order_id": "order"})


def rows(connection, columns="*"):
    return connection.execute(f"select {columns} from source").fetchall()


def test_a_join_keeps_the_rows_and_their_order(connection):
    join_tables(connection, [TO_ORDERS])
    assert rows(connection, "order_id, part, paid, customer, status") == [
        ("A1", "1", "10.00", "c1", "delivered"), ("A1", "2", "5.50", "c1", "delivered"),
        ("A2", "1", "7.00", "c2", "delivered"), ("A7", "1", "99", None, None), ("A4", "1", "3", "c1", "canceled"),
    ]  # fmt: skip


def test_a_later_join_uses_the_columns_of_an_earlier_one(connection):
    join_tables(connection, [TO_ORDERS, TO_CUSTOMERS])
    assert rows(connection, "order_id, person") == [
        ("A1", "p1"), ("A1", "p1"), ("A2", "p1"), ("A7", None), ("A4", "p1"),
    ]  # fmt: skip


def test_only_the_listed_columns_are_taken(connection):
    join_tables(connection, [join("orders.csv", {"order_id": "order_id"}, ("customer",))])
    names = [name for name, *_ in connection.execute("describe source").fetchall()]
    assert names[:4] == ["order_id", "part", "paid", "customer"]
    assert "status" not in names


def test_a_column_of_both_tables_gets_the_name_of_its_table(folder, connection):
    (folder / "shops.csv").write_text("part,paid\n1,cash\n")
    join_tables(connection, [join("shops.csv", {"part": "part"})])
    assert rows(connection, '"shops.paid", paid')[:2] == [("cash", "10.00"), (None, "5.50")]


def test_several_keys(folder, connection):
    (folder / "parts.csv").write_text("o,p,method\nA1,1,card\nA1,2,slip\n")
    join_tables(connection, [join("parts.csv", {"order_id": "o", "part": "p"})])
    assert rows(connection, "method") == [("card",), ("slip",), (None,), (None,), (None,)]


def test_keys_are_compared_like_ids_and_empty_keys_match_nothing(folder, connection):
    (folder / "dates.csv").write_text("order;bought at\n\xa0A1;2024-01-05\n;2024-02-05\n;2024-02-06\n", "utf-8")
    join_tables(connection, [TO_DATES])
    assert [row[0] for row in rows(connection, '"bought at"')] == ["2024-01-05", "2024-01-05", None, None, None]


def test_a_table_with_repeated_keys_is_refused(connection):
    with pytest.raises(InvalidData) as caught:
        join_tables(connection, [join("payments.csv", {"order_id": "order_id"})])
    assert str(caught.value) == (
        "The joined table 'payments.csv' must have one row per 'order_id'. Got 1 keys with several rows (2 rows). Take "
        "it as the source and join the other table to it, or sum it up first."
    )


@pytest.mark.parametrize(
    ("keys", "columns", "says"),
    [
        ({"Order_ID": "order_id"}, None, r"The source must have the columns \['Order_ID'\].*Did you mean 'order_id'"),
        ({"order_id": "orderid"}, None, "joined table 'orders.csv' must have .*Did you mean 'order_id' for 'orderid'"),
        ({"order_id": "order_id"}, ("Status",), "joined table 'orders.csv' .*Did you mean 'status' for 'Status'"),
    ],
)
def test_a_missing_column_is_named(connection, keys, columns, says):
    with pytest.raises(InvalidData, match=says) as caught:
        join_tables(connection, [join("orders.csv", keys, columns)])
    assert "clientela." not in str(caught.value)


def test_the_format_of_a_joined_file_is_used(folder, connection):
    (folder / "orders.csv").write_bytes("Pedidos\norder_id|name\nA1|Анна\n".encode("cp1251"))
    file = FileFormat(encoding="cp1251", delimiter="|", skip_rows=1)
    join_tables(connection, [join("orders.csv", {"order_id": "order_id"}, file=file)])
    assert rows(connection, "name")[:3] == [("Анна",), ("Анна",), (None,)]


COLUMNS = {"customer_id": "person", "order_id": "order_id", "ordered_at": "bought at", "amount": "paid"}


def ledger_of(connection, joins):
    join_tables(connection, joins)
    rules = [Rule("unreadable_date"), Rule("missing_customer_id"), Rule("bad_amount")]
    status = RowFilter("status", "drop", ("canceled",))
    clean(connection, columns=COLUMNS, rules=rules, reading=Reading(joins=tuple(joins), filters=(status,)))
    return connection.execute(
        "select rule, rows_out, money_out from ledger where rows_out > 0 order by step"
    ).fetchall()


def test_rows_without_a_match_are_in_the_ledger(folder, connection):
    (folder / "dates.csv").write_text("order;bought at\nA1;2024-01-05\nA4;2024-03-05\n")
    assert ledger_of(connection, [TO_ORDERS, TO_CUSTOMERS, TO_DATES]) == [
        ("join orders.csv", 1, 99), ("join dates.csv", 1, 7), ("drop status", 1, 3),
    ]  # fmt: skip
    assert connection.execute("select customer_id, sum(amount) from transactions group by all").fetchall() == [
        ("p1", Decimal("15.50"))
    ]
    definition = connection.execute("select definition from ledger where rule = 'join orders.csv'").fetchall()
    assert definition == [("no row of orders.csv has the key of this row",)]


def test_an_optional_join_drops_nothing(connection):
    joins = [TO_ORDERS, TO_CUSTOMERS, join("dates.csv", {"order_id": "order"}, optional=True)]
    assert ledger_of(connection, joins) == [
        ("join orders.csv", 1, 99), ("drop status", 1, 3), ("unreadable_date", 1, 7),
    ]  # fmt: skip


def test_two_joins_of_one_file_have_a_line_each():
    assert [rule.name for rule in join_rules([TO_ORDERS, TO_ORDERS])] == ["join orders.csv 1", "join orders.csv 2"]
