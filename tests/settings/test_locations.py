"""Where a table is: paths, addresses, and tables and queries of databases in a data set's file."""

import pytest
import yaml
from pydantic import TypeAdapter, ValidationError

from clientela.data.sources.addresses import database_of
from clientela.errors import InvalidSettings
from clientela.settings import load_settings
from clientela.settings.locations import Location

QUERY = "select * from sales\nwhere day > '2024-01-01' and note like '%a+b&c%'"


def write(tmp_path, **keys):
    path = tmp_path / "shop.yaml"
    shop = {
        "name": "shop", "title": "Shop", "columns": {"customer_id": "c", "ordered_at": "d", "amount": "a"},
        "cleaning": [{"rule": rule} for rule in ("unreadable_date", "missing_customer_id", "bad_amount")],
    }  # fmt: skip
    path.write_text(yaml.safe_dump(shop | keys))
    return str(path)


def test_a_query_keeps_all_its_signs(tmp_path, root):
    path = write(tmp_path, source={"database": "postgresql://me@db/shop?sslmode=require", "query": QUERY})
    address = database_of(load_settings(path, conf=root / "conf").dataset.source)
    assert (address.query, address.table, address.parameters) == (QUERY, None, {"sslmode": "require"})


def test_every_source_may_be_in_a_database(tmp_path, root):
    table = {"database": "mysql://me@db/shop", "table": "people"}
    path = write(
        tmp_path,
        source={"database": "sqlite:///shop.db", "table": "sales"},
        joins=[{"source": table, "on": "c"}],
        attributes={"source": table, "customer_id": "c", "columns": {"age": {"column": "age", "kind": "numeric"}}},
        customers={"source": table, "columns": {"customer_id": "c"}},
    )
    dataset = load_settings(path, conf=root / "conf").dataset
    assert dataset.source == "sqlite:///shop.db?table=sales"
    assert {dataset.joins[0].source, dataset.attributes.source, dataset.customers.source} == {
        "mysql://me@db/shop?table=people"
    }


@pytest.mark.parametrize(
    "value, expected",
    [
        ({"database": "postgresql://db/shop"}, "must have either a table or a query"),
        ({"database": "postgresql://db/shop", "table": "a", "query": "b"}, "must have either a table or a query"),
        ({"database": "postgresql://db/shop", "tabel": "a"}, "got ['tabel']"),
        ({"database": "postgresql://db/shop", "table": ""}, "must be texts that are not empty"),
        ({"database": "postgresql://db/shop", "table": 3}, "must be texts that are not empty"),
    ],
)
def test_half_described_sources_are_refused(value, expected):
    with pytest.raises(ValidationError) as caught:
        TypeAdapter(Location).validate_python(value)
    assert expected in str(caught.value)


@pytest.mark.parametrize(
    "source",
    [
        "postgresql://me:secret-word@db/shop?table=sales",
        {"database": "mysql://me:secret-word@db/shop", "table": "sales"},
        {"glob": "s3://me:secret-word@shop/*.csv"},
    ],
)
def test_a_password_in_a_file_is_refused_without_being_shown(tmp_path, root, source):
    with pytest.raises(InvalidSettings) as caught:
        load_settings(write(tmp_path, source=source), conf=root / "conf")
    assert "must not contain a password" in str(caught.value)
    assert "secret-word" not in str(caught.value)
