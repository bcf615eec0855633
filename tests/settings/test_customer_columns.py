"""Data sets of the kind `customers`, and further sources of events."""

import pytest
import yaml

from clientela.errors import InvalidSettings
from clientela.settings import load_settings

CUSTOMERS = """
name: members
title: Members
kind: customers
source: members.csv
columns:
  customer_id: id
  order_count: [online, offline]
attributes:
  columns:
    age: {column: Age, kind: numeric}
"""


@pytest.fixture
def load(tmp_path, root):
    def from_text(text, **changes):
        content = yaml.safe_load(text) | changes
        path = tmp_path / "members.yaml"
        path.write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")
        return load_settings(str(path), conf=root / "conf")

    return from_text


def test_a_table_of_customers_needs_no_dates_and_may_add_columns(load):
    dataset = load(CUSTOMERS).dataset
    assert dataset.summed_columns == {"customer_id": ("id",), "order_count": ("online", "offline")}
    assert dataset.cleaning == ()


def test_attributes_are_the_fit_where_recency_frequency_or_spend_is_not_known(load):
    assert list(load(CUSTOMERS, columns={"customer_id": "id"}).fit) == ["age"]
    known = {"customer_id": "id", "last_purchase": "last", "order_count": "orders", "total_spend": "paid"}
    assert "total_spend" in load(CUSTOMERS, columns=known).fit


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"columns": {"customer_id": "id", "ordered_at": "day"}}, "columns maps .'ordered_at'.*is an attribute"),
        ({"columns": {"order_count": "n"}}, "columns must map customer_id"),
        ({"columns": {"customer_id": "id"}, "attributes": None}, "needs attributes, or further columns"),
        ({"columns": {"customer_id": ["a", "b"]}}, "customer_id must map one column"),
        ({"cleaning": [{"rule": "bad_amount"}]}, "cleaning must be left out with kind: customers"),
        ({"columns": {"customer_id": "id", "last_purchase": "day"}, "as_of": "2024-01-01"}, "as_of is for kind"),
        ({"fit": {"agee": {}}}, "fit names .'agee'.*'age'"),
        ({"attributes": {"columns": {"tenure_days": {"column": "t", "kind": "numeric"}}}}, "'tenure_days'. twice"),
    ],
)
def test_a_wrong_table_of_customers_is_refused(load, changes, message):
    with pytest.raises(InvalidSettings, match=message):
        load(CUSTOMERS, **changes)


SOURCE = {"source": "visits.csv", "customer_id": "id", "timestamp": "at"}


@pytest.mark.parametrize(
    ("feature", "message"),
    [
        ({"aggregate": "most_frequent"}, "favourite is a most_frequent, which needs the key category"),
        ({"aggregate": "sum"}, "favourite is a sum, which needs the key value"),
        ({"aggregate": "count", "of": "food"}, "of must name the category of a category_share"),
        ({"aggregate": "category_share"}, "of must name the category of a category_share"),
    ],
)
def test_a_feature_of_a_source_needs_its_columns(load, feature, message):
    with pytest.raises(InvalidSettings, match=message):
        load(CUSTOMERS, sources={"visits": SOURCE | {"features": {"favourite": feature}}})


def test_a_fit_may_use_features_of_a_source(load):
    sources = {"visits": SOURCE | {"features": {"visit_count": {"aggregate": "count"}}}}
    assert list(load(CUSTOMERS, sources=sources, fit={"visit_count": {}, "age": {}}).fit) == ["visit_count", "age"]
