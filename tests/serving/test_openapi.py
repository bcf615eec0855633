"""The OpenAPI document: its components come from the models, and each reference is among them."""

import re

import orjson
import pytest

from clientela.serving import schemas
from clientela.serving.openapi import make_schema

SEGMENTS_ONLY = {
    "Answer", "Campaign", "CampaignLift", "Campaigns", "Condition", "CustomerArm", "Customers", "Detail", "Error",
    "Explanation", "NextSegment", "OutcomeLift", "Predictions", "Segment", "Segments", "Status", "Version",
}  # fmt: skip
WITH_CHURN = SEGMENTS_ONLY | {"Churn", "ChurnPredictions", "Reason"}


def components(churn):
    return make_schema(ids_a_request=5, keys=False, churn=churn)["components"]["schemas"]


@pytest.mark.parametrize(("churn", "names"), [(False, SEGMENTS_ONLY), (True, WITH_CHURN)])
def test_the_components_are_those_of_the_served_models(churn, names):
    assert components(churn).keys() == names


def test_every_reference_is_among_the_components():
    text = orjson.dumps(make_schema(ids_a_request=5, keys=True, churn=True)).decode()
    assert set(re.findall(r'"#/components/schemas/(\w+)"', text)) <= WITH_CHURN


def test_the_fields_of_an_answer():
    answer = components(False)["Answer"]
    assert answer["required"] == ["customer_id", "segment"]
    assert answer["properties"].keys() == {"customer_id", "segment", "detail"}
    assert answer["examples"] == [{"customer_id": "12346", "segment": "Champions"}]
    assert answer["properties"]["segment"]["anyOf"] == [{"type": "string"}, {"type": "null"}]


@pytest.mark.parametrize(
    "name", ["Condition", "CustomerArm", "Detail", "Explanation", "NextSegment", "Reason", "Status"]
)
def test_a_client_must_not_rely_on_the_fields_of_details(name):
    assert "required" not in components(True)[name]


def test_titles_and_null_defaults_are_left_out():
    text = orjson.dumps(components(True))
    assert b'"title"' not in text
    assert b'"default"' not in text


def test_every_component_has_a_description():
    assert all(schema["description"].endswith(".") for schema in components(True).values())


def test_a_reference_names_the_component_of_a_model():
    assert schemas.reference(schemas.Error) == {"$ref": "#/components/schemas/Error"}


@pytest.mark.parametrize(("ids_a_request", "most"), [(5, 5), (1_000_000, 10_000)])
def test_churn_takes_at_most_as_many_ids_as_details(ids_a_request, most):
    paths = make_schema(ids_a_request=ids_a_request, keys=False, churn=True)["paths"]
    limits = re.findall(rb'"maxItems":(\d+)', orjson.dumps(paths["/churn"]))
    assert {int(limit) for limit in limits} == {most}
