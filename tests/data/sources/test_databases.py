"""Tables and queries of real databases: values and types of the engine, read-only, and errors in one sentence."""

import datetime as dt
import importlib
import os
from decimal import Decimal

import duckdb
import pytest

from clientela.data.inspection.inspect import inspect_source
from clientela.data.readers import read_source
from clientela.data.reading import FileFormat
from clientela.data.sources import mysql, postgres
from clientela.data.sources.statements import checked_query
from clientela.errors import ClientelaError, InvalidData, InvalidInput
from clientela.loading import read_transactions
from clientela.settings import DatasetSettings

SALES = (
    "create table sales (client varchar(20), day date, amount decimal(10, 2))",
    "insert into sales values ('007', '2024-01-05', 12.50), ('008', '2024-02-05', null), ('ção', null, -0.01)",
)


def read(location: str, columns: str = "*") -> tuple[list[tuple], dict[str, str]]:
    """The rows, and the types of the columns."""
    with duckdb.connect() as connection:
        read_source(connection, location)
        types = dict(connection.execute("select column_name, column_type from (describe source)").fetchall())
        return connection.execute(f"select {columns} from source").fetchall(), types


def digest(location: str) -> str:
    with duckdb.connect() as connection:
        return read_source(connection, location).digest


def error_of(location: str) -> str:
    with duckdb.connect() as connection, pytest.raises(ClientelaError) as caught:
        read_source(connection, location)
    text = str(caught.value)
    assert "\n" not in text
    return text


def test_a_table_and_a_query_are_read(shop, run_sql):
    run_sql(shop, *SALES)
    rows, _ = read(f"{shop}?table=sales", "client, day::date, amount")
    assert sorted(rows)[:2] == [("007", dt.date(2024, 1, 5), 12.5), ("008", dt.date(2024, 2, 5), None)]
    assert sorted(rows)[2][:2] == ("ção", None)
    found, _ = read(f"{shop}?query=select client, amount as paid from sales where amount > 1;")
    assert found == [("007", 12.5)]


def test_the_only_table_needs_no_name_and_several_are_listed(shop, run_sql):
    run_sql(shop, *SALES)
    assert len(read(shop)[0]) == 3
    run_sql(shop, "create table clients (id int)")
    assert "must name a table, as ?table=NAME; it has 'clients', 'sales'" in error_of(shop)


def test_the_digest_depends_on_the_rows_and_not_on_their_order(shop, run_sql):
    run_sql(shop, *SALES)
    ordered = {digest(f"{shop}?query=select * from sales order by client {order}") for order in ("asc", "desc")}
    assert ordered == {digest(f"{shop}?table=sales")}
    run_sql(shop, "insert into sales values ('007', '2024-01-05', 12.50)")
    assert digest(f"{shop}?table=sales") not in ordered


def test_many_rows_arrive_whole(shop, run_sql):
    digits = ", ".join(f"({digit})" for digit in range(10))
    number = "a.n + 10 * b.n + 100 * c.n + 1000 * d.n + 10000 * e.n"
    run_sql(shop, "create table digits (n int)", f"insert into digits values {digits}")
    run_sql(
        shop,
        "create table many (id int, code int)",
        f"insert into many select {number}, a.n from digits a, digits b, digits c, digits d, digits e where e.n < 5",
    )
    rows, _ = read(f"{shop}?table=many", "count(*), count(distinct id), sum(id), sum(code)")
    assert rows == [(50_000, 50_000, 1_249_975_000, 225_000)]


def test_an_empty_table_has_columns_and_no_rows(shop, run_sql):
    run_sql(shop, "create table sales (client varchar(20), amount decimal(10, 2))")
    rows, types = read(f"{shop}?table=sales")
    assert rows == []
    assert list(types) == ["client", "amount"]


@pytest.mark.parametrize(
    "suffix, expected",
    [
        ("?table=missing", "missing"),
        ("?query=select nope from sales", "nope"),
        ("?query=select client from sales wher client = '007'", "cannot be read"),
        ("?query=select 1 as one; drop table sales", "must be one statement"),
        ("?query=delete from sales", "must begin with SELECT"),
        ("?query=select * from (delete from sales returning *) as gone", "cannot be read"),
        ("?query=with gone as (delete from sales returning *) select * from gone", "cannot be read"),
        ("?query=;", "must be a statement that reads rows"),
        ("?table=sales&query=select 1", "must have a table or a query"),
    ],
)
def test_what_cannot_be_read_is_one_sentence_and_changes_nothing(shop, run_sql, suffix, expected):
    run_sql(shop, *SALES)
    assert expected in error_of(shop + suffix)
    assert len(read(f"{shop}?table=sales")[0]) == 3


def test_types_of_postgres_carry_over(postgres_shop, run_sql):
    run_sql(
        postgres_shop,
        """create type size as enum ('small', 'large');
        create table all_types (
            big bigint, small smallint, price numeric(10, 2), free numeric, long numeric(50, 2), rate float8,
            ok boolean, day date, at timestamp, instant timestamptz, txt text, kind size, doc jsonb, code uuid,
            many int[], paid money, place inet, span interval
        )""",
        """insert into all_types values (
            9007199254740993, 2, 12.50, 1.2345678, 123456789012345678901234567890123456789012.55, 0.1,
            true, '2024-01-05', '2024-01-05 10:11:12.123456', '2024-01-05 10:11:12-03', '007', 'large', '{"a": 1}',
            'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', '{1,2}', 12.5, '10.0.0.1', '1 day'
        )""",
        "insert into all_types (free) values (-20), ('NaN')",
    )
    rows, types = read(f"{postgres_shop}?table=all_types", "* replace (epoch(instant) as instant)")
    assert {name: types[name] for name in ("big", "price", "free", "long", "ok", "day", "at", "instant")} == {
        "big": "BIGINT",
        "price": "DECIMAL(10,2)",
        "free": "DECIMAL(9,7)",
        "long": "VARCHAR",
        "ok": "BOOLEAN",
        "day": "DATE",
        "at": "TIMESTAMP",
        "instant": "TIMESTAMP WITH TIME ZONE",
    }
    assert rows[0] == (
        9007199254740993, 2, Decimal("12.50"), Decimal("1.2345678"), "123456789012345678901234567890123456789012.55",
        0.1, True, dt.date(2024, 1, 5), dt.datetime(2024, 1, 5, 10, 11, 12, 123456), 1704460272.0, "007", "large",
        '{"a": 1}', "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11", "{1,2}", Decimal("12.50"), "10.0.0.1/32", "1 day",
    )  # fmt: skip
    assert [row[3] for row in rows[1:]] == [Decimal("-20.0000000"), None]
    assert set(rows[2]) == {None}


def test_types_of_mysql_carry_over(mysql_shop, run_sql):
    run_sql(
        mysql_shop,
        """create table all_types (
            big bigint, huge bigint unsigned, price decimal(10, 2), exact_one decimal(30, 10) unsigned, rate double,
            ok boolean, rating boolean, bits bit(1), day date, at datetime(6), instant timestamp(6) null, txt text,
            kind enum('small', 'large'), doc json, span time
        )""",
        "set time_zone = '-03:00'",
        """insert into all_types values (
            9007199254740993, 18446744073709551615, -99999999.99, 12345678901234567890.1234567891, 0.1, true, 5, 1,
            '2024-01-05', '2024-01-05 10:11:12.123456', '2024-01-05 10:11:12', '007', 'large', '{"a": 1}', '30:00:00'
        )""",
        "set sql_mode = ''",
        "insert into all_types (day, at, ok, rating) values ('0000-00-00', '0000-00-00 00:00:00', false, 1)",
    )
    rows, types = read(f"{mysql_shop}?table=all_types", "* replace (epoch(instant) as instant)")
    assert {name: types[name] for name in ("huge", "price", "exact_one", "ok", "rating", "bits", "day", "at")} == {
        "huge": "UBIGINT",
        "price": "DECIMAL(10,2)",
        "exact_one": "DECIMAL(30,10)",
        "ok": "BOOLEAN",
        "rating": "TINYINT",
        "bits": "BOOLEAN",
        "day": "DATE",
        "at": "TIMESTAMP",
    }
    assert types["instant"] == "TIMESTAMP WITH TIME ZONE"
    assert rows[0] == (
        9007199254740993, 18446744073709551615, Decimal("-99999999.99"), Decimal("12345678901234567890.1234567891"),
        0.1, True, 5, True, dt.date(2024, 1, 5), dt.datetime(2024, 1, 5, 10, 11, 12, 123456), 1704460272.0, "007",
        "large", '{"a": 1}', "30:00:00",
    )  # fmt: skip
    assert (rows[1][5], rows[1][8], rows[1][9]) == (False, None, None)  # zero dates are no dates


def test_types_of_sqlite_are_those_of_its_values(tmp_path, run_sql):
    shop = f"sqlite:///{tmp_path / 'shop.db'}"
    run_sql(shop, "create table mixed (id integer, price, code, empty, late)")
    run_sql(shop, *(f"insert into mixed values ({i}, {i}, {i}, null, null)" for i in range(2000)))
    run_sql(shop, "insert into mixed values (9007199254740993, 2.5, 'x7', null, 'a text after two thousand nulls')")
    rows, types = read(f"{shop}?table=mixed")
    assert types == {"id": "BIGINT", "price": "DOUBLE", "code": "VARCHAR", "empty": "VARCHAR", "late": "VARCHAR"}
    assert len(rows) == 2001
    assert rows[0] == (0, 0.0, "0", None, None)
    assert rows[-1] == (9007199254740993, 2.5, "x7", None, "a text after two thousand nulls")


def test_types_of_duckdb_carry_over(tmp_path, run_sql):
    shop = f"duckdb:///{tmp_path / 'shop.duckdb'}"
    values = (
        "7::hugeint as id, 1.5::decimal(10, 2) as price, true as ok, date '2024-01-05' as day, null::integer as nothing"
    )
    run_sql(shop, f"create table sales as select {values}, timestamptz '2024-01-05 10:00:00-03' as instant")
    _, types = read(f"{shop}?table=sales", "id")
    assert types["price"] == "DECIMAL(10,2)"
    assert (types["ok"], types["day"], types["nothing"]) == ("BOOLEAN", "DATE", "INTEGER")
    assert types["instant"] == "TIMESTAMP WITH TIME ZONE"


def test_the_digest_does_not_depend_on_the_time_zone_of_the_machine(tmp_path, run_sql):
    shop = f"duckdb:///{tmp_path / 'shop.duckdb'}"
    run_sql(shop, "create table sales as select timestamptz '2024-01-05 10:00:00-03' as instant")
    digests = set()
    for zone in ("America/Sao_Paulo", "Asia/Tokyo"):
        with duckdb.connect() as connection:
            connection.execute(f"set timezone = '{zone}'")
            digests.add(read_source(connection, shop).digest)
    assert len(digests) == 1


def test_a_duckdb_query_reads_nothing_but_its_file(tmp_path, run_sql):
    shop = f"duckdb:///{tmp_path / 'shop.duckdb'}"
    run_sql(shop, *SALES)
    (tmp_path / "secret.csv").write_text("a\n1\n")
    assert "may only read the database file" in error_of(f"{shop}?query=select * from '{tmp_path / 'secret.csv'}'")


def test_a_database_file_is_known_by_its_content(tmp_path, run_sql):
    for engine, name in (("sqlite", "a.db"), ("duckdb", "b.db")):
        run_sql(f"{engine}:///{tmp_path / name}", *SALES)
        assert len(read(str(tmp_path / name))[0]) == 3
    (tmp_path / "c.db").write_text("neither")
    assert "must end in one of .csv" in error_of(str(tmp_path / "c.db"))
    assert "the file does not exist" in error_of(f"sqlite:///{tmp_path / 'missing.db'}")


def test_columns_need_names_of_their_own(postgres_shop, mysql_shop, run_sql):
    for shop in (postgres_shop, mysql_shop):
        run_sql(shop, *SALES)
        assert "client" in error_of(f"{shop}?query=select client, client from sales")


def test_postgres_functions_cannot_write_either(postgres_shop, run_sql):
    run_sql(postgres_shop, *SALES, "create function sell() returns int language sql as 'delete from sales; select 1'")
    assert "a query must only read" in error_of(f"{postgres_shop}?query=select sell() as one")


def test_errors_about_values_do_not_show_them(postgres_shop, mysql_shop, run_sql):
    for shop in (postgres_shop, mysql_shop):
        run_sql(shop, "create table people (name varchar(40))", "insert into people values ('Ann Secret')")
    text = error_of(f"{postgres_shop}?query=select name::int as number from people")
    assert "the query fails in the database" in text
    assert "Secret" not in text
    query = "select cast(exp(length(name) * 1000) as signed) as x from people"
    text = error_of(f"{mysql_shop}?query={query}")
    assert "the query fails in the database" in text
    assert "Secret" not in text


def test_queries_that_take_too_long_are_ended(postgres_shop, mysql_shop, monkeypatch):
    for location in (
        f"{postgres_shop}?query=select pg_sleep(30)::text as x",
        f"{mysql_shop}?query=select sleep(30) as x",
    ):
        with duckdb.connect() as connection, pytest.raises(InvalidData) as caught:
            read_source(connection, location, FileFormat(query_seconds=1))
        assert "the query takes longer than query_seconds" in str(caught.value)


def test_wrong_passwords_are_not_shown(postgres_shop, mysql_shop, monkeypatch):
    monkeypatch.setenv("PGPASSWORD", "wrong-word")
    monkeypatch.setenv("MYSQL_PWD", "wrong-word")
    for shop, place in ((postgres_shop, "PGPASSWORD"), (mysql_shop, "MYSQL_PWD")):
        text = error_of(f"{shop}?table=sales")
        assert f"access is refused. The password belongs into {place}" in text
        assert "wrong-word" not in text


def test_a_password_may_come_from_another_variable(postgres_shop, mysql_shop, run_sql, monkeypatch):
    for shop, name in ((postgres_shop, "PGPASSWORD"), (mysql_shop, "MYSQL_PWD")):
        run_sql(shop, *SALES)
        monkeypatch.setenv("SHOP_PASSWORD", os.environ[name])
        monkeypatch.delenv(name)
        location = shop.replace("@", ":${SHOP_PASSWORD}@") + "?table=sales"
        with duckdb.connect() as connection:
            source = read_source(connection, location)
        assert source.rows == 3
        assert "SHOP_PASSWORD" not in source.location


def test_a_password_in_an_address_is_refused_without_being_shown():
    for scheme in ("postgresql", "mysql"):
        text = error_of(f"{scheme}://me:secret-word@127.0.0.1/shop?table=sales")
        assert "must not contain a password" in text
        assert "secret-word" not in text


@pytest.mark.parametrize("scheme", ["postgresql", "mysql"])
def test_servers_that_are_not_there_or_silent_are_given_up(scheme, silent_port, monkeypatch):
    monkeypatch.setattr(postgres, "CONNECT_SECONDS", 2)
    monkeypatch.setattr(mysql, "CONNECT_SECONDS", 1)
    assert "no server answers there" in error_of(f"{scheme}://me@127.0.0.1:1/shop?table=sales")
    assert "the server does not answer" in error_of(f"{scheme}://me@127.0.0.1:{silent_port}/shop?table=sales")


def test_a_database_that_does_not_exist_is_named(postgres_shop, mysql_shop):
    for shop in (postgres_shop, mysql_shop):
        text = error_of(f"{shop.rpartition('/')[0]}/missing?table=sales")
        assert "the database does not exist" in text
        assert "/missing" in text


@pytest.mark.parametrize(
    "location, module, extra",
    [
        ("postgresql://db/shop?table=sales", "adbc_driver_postgresql.dbapi", "sources"),
        ("mysql://db/shop?table=sales", "connectorx", "mysql"),
        ("sqlite:///shop.db?table=sales", "adbc_driver_sqlite.dbapi", "sources"),
    ],
)
def test_a_missing_driver_is_one_sentence_with_the_command(location, module, extra, monkeypatch):
    import_module = importlib.import_module

    def without(name: str, *args):
        if name == module:
            raise ImportError(name)
        return import_module(name, *args)

    monkeypatch.setattr(importlib, "import_module", without)
    assert error_of(location).endswith(f"({module}); pip install 'clientela[{extra}]'.")


@pytest.mark.parametrize(
    "location",
    ["postgresql://", "postgresql://host", "mysql://host:port/shop", "sqlite://shop.db", "duckdb:///"],
)
def test_incomplete_addresses_are_refused(location):
    with duckdb.connect() as connection, pytest.raises(InvalidInput, match="must be"):
        read_source(connection, location)


def test_semicolons_and_comments_in_texts_end_no_statement():
    assert checked_query("select ';' as a, \"b;\" /* ; */ from t -- ;\n;") == "select ';' as a, \"b;\"   from t"
    assert checked_query("select $tag$ ; $tag$ as a") == "select $tag$ ; $tag$ as a"
    assert checked_query("(select 1) union (select 2)") == "(select 1) union (select 2)"
    with pytest.raises(InvalidInput, match="one statement"):
        checked_query("select 'a'; select 'b'")


def test_inspect_writes_a_data_set_that_reads_the_same_table(shop, run_sql):
    lines = ", ".join(
        f"('c{number % 40:03}', 'o{number:04}', '2024-{number % 12 + 1:02}-{number % 28 + 1:02}', {number % 90 + 1}.25)"
        for number in range(400)
    )
    run_sql(
        shop,
        "create table orders (customer_id varchar(10), order_id varchar(10), order_date date, total decimal(10, 2))",
        f"insert into orders values {lines}",
    )
    inspection = inspect_source(f"{shop}?table=orders", name="orders")
    assert inspection.verdict.name == "ready", inspection.verdict
    dataset = DatasetSettings.model_validate(inspection.settings)
    assert dataset.source == f"{shop}?table=orders"
    assert dataset.transaction_columns == {
        "customer_id": "customer_id", "order_id": "order_id", "ordered_at": "order_date", "amount": "total",
    }  # fmt: skip
    with duckdb.connect() as connection:
        source, _ = read_transactions(connection, dataset, source=None, seed=0)
        money = connection.execute("select sum(amount), count(*) from transactions").fetchall()
    assert money == [(Decimal("17300.0000"), 400)]
    assert source.location.endswith("(table orders)")
