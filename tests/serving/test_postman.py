"""The Postman collection has the requests of the OpenAPI document in the form of Postman."""

import json
from pathlib import Path

import pytest

from clientela.serving.openapi import make_schema
from clientela.serving.postman import main, make_collection, render

ROOT = Path(__file__).resolve().parents[2]
DOCUMENT = make_schema(ids_a_request=1000, keys=True, churn=True)


@pytest.fixture
def requests():
    return {item["name"]: item["request"] for item in make_collection(DOCUMENT)["item"]}


def test_the_committed_collection_is_up_to_date():
    committed = (ROOT / "docs" / "postman_collection.json").read_text(encoding="utf-8")
    assert committed == render(), "python -m clientela.serving.postman docs/postman_collection.json"


def test_the_collection_has_format_2_1_with_variables_and_the_key():
    collection = make_collection(DOCUMENT)
    assert collection["info"]["schema"] == "https://schema.getpostman.com/json/collection/v2.1.0/collection.json"
    assert collection["info"]["name"] == "Clientela"
    assert {one["key"] for one in collection["variable"]} == {"baseUrl", "apiKey"}
    assert collection["auth"] == {
        "type": "bearer",
        "bearer": [{"key": "token", "value": "{{apiKey}}", "type": "string"}],
    }
    assert collection.keys() == {"info", "auth", "variable", "item"}


def test_every_operation_has_a_request_in_the_form_of_postman(requests):
    asked = {
        (request["method"].lower(), request["url"]["raw"].removeprefix("{{baseUrl}}").replace(":id", "{id}"))
        for request in requests.values()
    }
    assert asked == {(method, path) for path, operations in DOCUMENT["paths"].items() for method in operations}
    for request in requests.values():
        url = request["url"]
        assert url["host"] == ["{{baseUrl}}"]
        assert url["raw"] == "/".join(["{{baseUrl}}", *url["path"]])
        assert {part[1:] for part in url["path"] if part[0] == ":"} == {one["key"] for one in url.get("variable", [])}
        assert request["description"]


def test_every_example_of_the_document_is_the_body_of_a_request(requests):
    bodies = {name: request["body"]["raw"] for name, request in requests.items() if "body" in request}
    contents = DOCUMENT["paths"]["/invocations"]["post"]["requestBody"]["content"]
    for name, example in contents["application/json"]["examples"].items():
        assert json.loads(bodies[f"POST /invocations, {name}"]) == example["value"]
    assert bodies["POST /invocations, text/csv"] == contents["text/csv"]["example"]
    assert json.loads(bodies["POST /customers:lookup"])["ids"]
    kinds = {name: request["header"] for name, request in requests.items() if "body" in request}
    assert kinds["POST /customers:lookup"] == [{"key": "Content-Type", "value": "application/json"}]
    assert kinds["POST /invocations, text/csv"] == [{"key": "Content-Type", "value": "text/csv"}]


def test_requests_that_need_no_key_send_none(requests):
    assert {name for name, request in requests.items() if request.get("auth") == {"type": "noauth"}} == {
        "GET /health",
        "GET /ready",
    }


def test_the_command_writes_the_file(tmp_path, capsys):
    assert main([str(tmp_path / "c.json")]) == 0
    assert (tmp_path / "c.json").read_text(encoding="utf-8") == render()
    assert main([]) == 2
    assert "Usage:" in capsys.readouterr().err
