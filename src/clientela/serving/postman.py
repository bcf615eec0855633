"""The API as a Postman collection (format 2.1), generated from the OpenAPI document.

`python -m clientela.serving.postman docs/postman_collection.json` writes it.
"""

import json
import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from clientela.lookup.limits import MAX_IDS_PER_REQUEST
from clientela.serving.openapi import make_schema

SCHEMA = "https://schema.getpostman.com/json/collection/v2.1.0/collection.json"
BASE_URL = "http://127.0.0.1:8000"
PARAMETER = re.compile(r"{(\w+)}")


def make_collection(document: Mapping[str, Any]) -> dict[str, Any]:
    """Make one request per operation and example of its body, with the variables `baseUrl` and `apiKey`.

    Args:
        document: OpenAPI 3.1 document of `clientela.serving.openapi`.
    """
    info = document["info"]
    return {
        "info": {
            "name": info["title"],
            "description": info["description"],
            "version": info["version"],
            "schema": SCHEMA,
        },
        "auth": {"type": "bearer", "bearer": [_text("token", "{{apiKey}}")]},
        "variable": [_text("baseUrl", BASE_URL), _text("apiKey", "")],
        "item": [
            item
            for path, operations in document["paths"].items()
            for method, operation in operations.items()
            for item in _items(path, method.upper(), operation)
        ],
    }


def _items(path: str, method: str, operation: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """One request per example of the body, or one request without a body."""
    bodies = list(_bodies(operation)) or [("", "", None)]
    for name, kind, example in bodies:
        request: dict[str, Any] = {
            "method": method,
            "header": [{"key": "Content-Type", "value": kind}] if kind else [],
            "url": _url(path, operation),
            "description": _description(operation),
        }
        if "security" in operation and not operation["security"]:
            request["auth"] = {"type": "noauth"}
        if kind:
            raw = example if isinstance(example, str) else json.dumps(example, ensure_ascii=False, indent=2)
            language = "json" if kind == "application/json" else "text"
            request["body"] = {"mode": "raw", "raw": raw, "options": {"raw": {"language": language}}}
        yield {"name": f"{method} {path}{f', {name}' if name else ''}", "request": request, "response": []}


def _bodies(operation: Mapping[str, Any]) -> Iterator[tuple[str, str, Any]]:
    """Name, content type and value of each example of the body."""
    for kind, content in operation.get("requestBody", {}).get("content", {}).items():
        for name, example in content.get("examples", {}).items():
            yield name, kind, example["value"]
        if "example" in content:
            yield ("" if kind == "application/json" else kind), kind, content["example"]


def _url(path: str, operation: Mapping[str, Any]) -> dict[str, Any]:
    path = PARAMETER.sub(r":\1", path)
    url: dict[str, Any] = {"raw": "{{baseUrl}}" + path, "host": ["{{baseUrl}}"], "path": path.strip("/").split("/")}
    variables = [
        {"key": one["name"], "value": str(one.get("example", ""))}
        for one in operation.get("parameters", ())
        if one["in"] == "path"
    ]
    return {**url, "variable": variables} if variables else url


def _description(operation: Mapping[str, Any]) -> str:
    """The summary, and the meaning of each status."""
    statuses = [f"- {status}: {response['description']}" for status, response in operation["responses"].items()]
    return "\n".join([f"{operation['summary']}.", "", *statuses])


def _text(key: str, value: str) -> dict[str, str]:
    return {"key": key, "value": value, "type": "string"}


def render() -> str:
    """The text of the collection's file, for the default settings with keys."""
    document = make_schema(ids_a_request=MAX_IDS_PER_REQUEST, keys=True, churn=True)
    return json.dumps(make_collection(document), ensure_ascii=False, indent=2) + "\n"


def main(arguments: list[str]) -> int:
    """Write the collection to a file; returns the exit code."""
    if len(arguments) != 1 or arguments[0].startswith("-"):
        sys.stderr.write("Usage: python -m clientela.serving.postman FILE\n\nWrites the API as a Postman collection.\n")
        return 2
    Path(arguments[0]).write_text(render(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
