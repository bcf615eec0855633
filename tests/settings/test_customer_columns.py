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


PERSONA = {
    "id": "older",
    "claims": {"age": [60, None]},
    "name": {"en": "Older", "pt-BR": "Mais velhos"},
    "description": {"en": "They are {age} or older.", "pt-BR": "Têm {age} anos ou mais."},
    "action": {"en": "Call them.", "pt-BR": "Ligue para eles."},
}


def test_a_persona_may_claim_what_the_fit_knows(load):
    personas = load(CUSTOMERS, personas=[PERSONA], fit={"age": {}}).dataset.personas
    assert personas[0].claims == {"age": (60, None)}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"claims": {"age": [60, None], "agee": [60, None]}},
            "must be on customer features, or on features of the data",
        ),
        ({"claims": {}}, "claims"),
        ({"claims": {"age": [60, 70]}}, "a claim has one bound"),
        ({"claims": {"age": [60, None], "age_in_medians": [None, 3]}}, "must bound each feature from one side"),
        ({"claims": {"age_in_gaps": [60, None]}}, "can be given in gaps"),
        ({"description": {"en": "{score}", "pt-BR": "{score}"}}, "the places .'score'.; known: .'age', 'gap'."),
    ],
)
def test_a_wrong_persona_is_refused(load, changes, message):
    with pytest.raises(InvalidSettings, match=message):
        load(CUSTOMERS, personas=[PERSONA | changes], fit={"age": {}})


def test_a_persona_must_not_claim_a_feature_outside_of_the_fit(load):
    columns = {"age": {"column": "Age", "kind": "numeric"}, "score": {"column": "Score", "kind": "numeric"}}
    with pytest.raises(InvalidSettings, match="that its fit uses: .'score'.; got .'age'"):
        load(CUSTOMERS, personas=[PERSONA], fit={"score": {}}, attributes={"columns": columns})


def test_two_personas_must_not_have_the_same_id(load):
    with pytest.raises(InvalidSettings, match="personas must have different ids; .'older'."):
        load(CUSTOMERS, personas=[PERSONA, PERSONA], fit={"age": {}})
