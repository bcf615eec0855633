"""A small shop for the checks: literal rows, cleaned as in a run."""

from datetime import date

import duckdb

from clientela.data.cleaning import clean
from clientela.data.reading import Reading
from clientela.data.rules import Rule, with_implied_rules
from clientela.quality.lines import view_lines

COLUMNS = {
    "customer_id": "client", "order_id": "invoice", "ordered_at": "day", "product_id": "code", "description": "name",
    "quantity": "items", "unit_price": "price", "country": "land",
}  # fmt: skip
RULES = [
    Rule("unreadable_date"), Rule("missing_customer_id"), Rule("cancellation"), Rule("bad_quantity"), Rule("bad_price"),
]  # fmt: skip


def line(client="ann", invoice="1", day="2024-01-02", code="A", name="Cup", items=1, price=2.0, land="BR"):
    return (client, invoice, day, code, name, items, price, land)


def shop_of(rows, *, columns=COLUMNS, rules=RULES, as_of=date(2030, 1, 1), reading=None):
    """A connection with the cleaned rows and the view `source_lines`."""
    connection = duckdb.connect()
    names = ", ".join(COLUMNS.values())
    types = ("varchar", "varchar", "varchar", "varchar", "varchar", "varchar", "varchar", "varchar")
    declared = ", ".join(f"{name} {type_}" for name, type_ in zip(COLUMNS.values(), types, strict=True))
    connection.execute(f"create table source ({declared})")
    connection.executemany(f"insert into source ({names}) values ({', '.join('?' * len(COLUMNS))})", rows)
    implied = with_implied_rules(rules, has_amount="amount" in columns, net_refunds=True)
    clean(connection, columns=columns, rules=implied, reading=reading or Reading())
    view_lines(connection, as_of=as_of)
    return connection
