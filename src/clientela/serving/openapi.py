"""OpenAPI 3.1 of the server, and the page that a person reads."""

from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from clientela import __version__
from clientela.lookup.id_lookup import MOST_DETAILS

ID: dict[str, Any] = {"type": ["string", "number", "null"], "description": 'Text or a number; 17850 is "17850".'}
TEXTS: dict[str, Any] = {
    "type": "object", "additionalProperties": {"type": "string"}, "example": {"en": "New", "pt-BR": "Novos"},
}  # fmt: skip
FIGURE: dict[str, Any] = {"type": ["number", "null"]}
DETAIL: dict[str, Any] = {
    "type": ["object", "null"],
    "properties": {
        "segment_id": {"type": "integer"},
        "name": TEXTS,
        "description": TEXTS,
        "action": TEXTS,
        "as_of": {"type": "string", "format": "date"},
        "customer": {"type": "object", "additionalProperties": FIGURE},
        "why": {"type": "object", "properties": {"agrees": {"type": "boolean"}, "rule": TEXTS}},
        "next": {
            "type": ["object", "null"],
            "properties": {
                "segment": TEXTS,
                "conditions": {
                    "type": "array",
                    "items": {
                        "type": "object",
                        "properties": {
                            "feature": {"type": "string"},
                            "now": FIGURE,
                            "op": {"enum": ["<=", ">"]},
                            "value": {"type": "number"},
                            "text": TEXTS,
                        },
                    },
                },
            },
        },
    },
}
ANSWER: dict[str, Any] = {
    "type": "object",
    "required": ["customer_id", "segment"],
    "properties": {
        "customer_id": {"type": ["string", "null"]},
        "segment": {"type": ["string", "null"], "description": "null for a customer that is not known"},
        "detail": {"$ref": "#/components/schemas/Detail"},
    },
    "example": {"customer_id": "12346", "segment": "Champions"},
}
ERROR: dict[str, Any] = {
    "type": "object",
    "required": ["error_code", "message"],
    "properties": {"error_code": {"type": "string"}, "message": {"type": "string"}},
}
SEGMENT: dict[str, Any] = {
    "type": "object",
    "required": ["id", "name", "customers", "share", "description", "action"],
    "properties": {
        "id": {"type": "integer"}, "name": TEXTS, "customers": {"type": "integer"}, "share": {"type": "number"},
        "description": TEXTS, "action": TEXTS,
    },
}  # fmt: skip
VERSION: dict[str, Any] = {
    "type": "object",
    "required": ["model", "version", "as_of", "customers", "loaded_at"],
    "properties": {
        "model": {"type": "string"}, "version": {"type": "string"}, "as_of": {"type": "string", "format": "date"},
        "customers": {"type": "integer"}, "loaded_at": {"type": "string", "format": "date-time"},
    },
}  # fmt: skip
CHURN: dict[str, Any] = {
    "type": "object",
    "required": ["customer_id", "probability", "band", "call", "reasons"],
    "properties": {
        "customer_id": {"type": ["string", "null"]},
        "probability": {"type": ["number", "null"], "description": "to leave; null for a customer that is not known"},
        "band": {"enum": ["high", "medium", "low", None]},
        "call": {"type": ["boolean", "null"], "description": "whether a call pays, by the costs of the settings"},
        "reasons": {"type": "array", "items": {"type": "object", "properties": {
            "family": {"type": "string"}, "feature": {"type": "string"},
            "value": {"type": ["number", "string", "null"]},
            "typical": {"type": ["number", "string", "null"]}, "effect": {"type": "number"}, "text": TEXTS,
        }}},
        "detail": {"type": ["object", "null"]},
    },
}  # fmt: skip
PARAMS: dict[str, Any] = {
    "type": ["object", "null"], "properties": {"detail": {"type": ["boolean", "null"], "default": False}},
}  # fmt: skip
STATUS: dict[str, Any] = {"type": "object", "properties": {"status": {"enum": ["alive", "ready"]}}}
REFUSALS = {
    400: "The request cannot be read or breaks a rule.",
    401: "The request brings no key.",
    403: "The key is not known.",
    404: "Nobody is known by this id.",
    408: "The body did not come in time.",
    413: "The body is too large.",
    415: "The content type is another.",
    429: "The key asks too often; Retry-After says when to ask again.",
    503: "No version is loaded yet.",
}


def make_schema(*, ids_a_request: int, keys: bool, churn: bool = False) -> dict[str, Any]:
    """The OpenAPI document.

    Args:
        ids_a_request: the limit.
        keys: whether requests need one.
        churn: whether churn is served too.
    """
    ids = {"type": "array", "items": ID, "minItems": 1, "maxItems": ids_a_request}
    lookup = {
        "type": "object", "required": ["ids"], "additionalProperties": False,
        "properties": {"ids": ids, "detail": {"type": ["boolean", "null"], "default": False}},
    }  # fmt: skip
    posted = (400, 401, 403, 408, 413, 429, 503)
    asked = (401, 403, 429, 503)
    paths = {
        "/invocations": {"post": _operation(
            "Segments of customers, in MLflow's forms", _predictions(), (*posted, 415),
            body={
                "application/json": {"schema": _forms(ids), "examples": {
                    "dataframe_split": {
                        "value": {"dataframe_split": {"columns": ["customer_id"], "data": [["12346"]]}},
                    },
                    "inputs": {"value": {"inputs": ["12346"], "params": {"detail": True}}},
                }},
                "text/csv": {"schema": {"type": "string"}, "example": "customer_id\n12346\n"},
            },
        )},
        "/customers:lookup": {"post": _operation(
            "Segments of customers", _object(version={"type": "string"}, customers=_list("Answer")), posted,
            body={"application/json": {"schema": lookup, "example": {"ids": ["12346", "17850"], "detail": False}}},
        )},
        "/customers/{id}": {"get": {
            **_operation("One customer, with details", _ref("Answer"), (401, 403, 404, 429, 503)),
            "parameters": [{"name": "id", "in": "path", "required": True, "schema": {"type": "string"},
                            "example": "12346"}],
        }},
        "/segments": {"get": _operation(
            "What the segments are",
            _object(version={"type": "string"}, as_of={"type": "string", "format": "date"}, segments=_list("Segment")),
            asked,
        )},
        "/version": {"get": _operation("Which version answers", _ref("Version"), asked)},
        "/health": {"get": {**_operation("The process lives", STATUS, ()), "security": []}},
        "/ready": {"get": {**_operation("A version is loaded", STATUS, (503,)), "security": []}},
        "/metrics": {"get": _operation(
            "Figures for Prometheus", {"type": "string"}, (401, 403, 429), kind="text/plain"
        )},
    }  # fmt: skip
    if churn:
        paths |= _churn_paths({**ids, "maxItems": min(ids_a_request, MOST_DETAILS)}, (*posted, 415))
    document: dict[str, Any] = {
        "openapi": "3.1.0",
        "info": {
            "title": "Clientela",
            "version": __version__,
            "description": f"Customer ids in, segments out. A request takes at most {ids_a_request:,} ids.",
        },
        "paths": paths,
        "components": {"schemas": {
            "Answer": ANSWER, "Detail": DETAIL, "Error": ERROR, "Segment": SEGMENT, "Version": VERSION,
            **({"Churn": CHURN} if churn else {}),
        }},
    }  # fmt: skip
    if keys:
        document["security"] = [{"bearer": []}, {"key": []}]
        document["components"]["securitySchemes"] = {
            "bearer": {"type": "http", "scheme": "bearer"},
            "key": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
        }
    return document


def _churn_paths(ids: dict[str, Any], posted: tuple[int, ...]) -> dict[str, Any]:
    body = {
        "application/json": {"schema": {"anyOf": [_forms(ids), *_forms_of_features(ids["maxItems"])]}, "examples": {
            "ids": {"value": {"inputs": ["12346"], "params": {"detail": True}}},
            "features": {"value": {"dataframe_records": [{"order_count": 3, "days_since_last_purchase": 40}]}},
        }},
        "text/csv": {"schema": {"type": "string"}, "example": "customer_id\n12346\n"},
    }  # fmt: skip
    answers = _object(predictions=_list("Churn"))
    return {
        "/churn": {"post": _operation("Who leaves: of ids, or of raw features", answers, posted, body=body)},
        "/customers/{id}/churn": {"get": {
            **_operation("Churn of one customer, with details", _ref("Churn"), (401, 403, 404, 429, 503)),
            "parameters": [{"name": "id", "in": "path", "required": True, "schema": {"type": "string"},
                            "example": "12346"}],
        }},
    }  # fmt: skip


def _forms_of_features(most: int) -> list[dict[str, Any]]:
    """Rows of features, of which one at least must be of the model's; which there are, each version decides."""
    value = {"type": ["number", "string", "null"]}
    some = {"minItems": 1, "maxItems": most}
    records = {
        "type": "array", "items": {"type": "object", "additionalProperties": value}, **some,
        "description": "Features of new customers by their names; a customer_id beside them is sent back.",
    }  # fmt: skip
    split = _object(
        columns={"type": "array", "items": {"type": "string"}, "minItems": 1},
        data={"type": "array", "items": {"type": "array", "items": value, "minItems": 1}, **some},
    )
    contents = {"dataframe_records": records, "dataframe_split": split, "inputs": records, "instances": records}
    return [_form(form, contents, PARAMS) for form in contents]


def make_page(schema: dict[str, Any]) -> bytes:
    """The document as one HTML page that loads nothing."""
    environment = Environment(
        loader=PackageLoader("clientela.serving"), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True,
    )  # fmt: skip
    environment.policies["json.dumps_kwargs"] = {"indent": 2, "ensure_ascii": False}
    return environment.get_template("docs.html.j2").render(schema=schema).encode()


def _operation(
    summary: str, answer: dict[str, Any], refusals: tuple[int, ...], *, body: dict[str, Any] | None = None,
    kind: str = "application/json",
) -> dict[str, Any]:  # fmt: skip
    error = {"application/json": {"schema": _ref("Error")}}
    operation: dict[str, Any] = {
        "summary": summary,
        "responses": {
            "200": {"description": "The answer.", "content": {kind: {"schema": answer}}},
            **{str(status): {"description": REFUSALS[status], "content": error} for status in sorted(refusals)},
        },
    }
    if body:
        operation["requestBody"] = {"required": True, "content": body}
    return operation


def _ref(name: str) -> dict[str, Any]:
    return {"$ref": f"#/components/schemas/{name}"}


def _list(name: str) -> dict[str, Any]:
    return {"type": "array", "items": _ref(name)}


def _object(**properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "required": list(properties), "properties": properties}


def _predictions() -> dict[str, Any]:
    return _object(predictions=_list("Answer"))


def _forms(ids: dict[str, Any]) -> dict[str, Any]:
    some = {"minItems": 1, "maxItems": ids["maxItems"]}
    # One record without an id is an unknown customer; none with one is a mistake.
    records = {
        "type": "array", "items": {"type": "object", "properties": {"customer_id": ID}},
        "contains": {"type": "object", "required": ["customer_id"]}, **some,
    }  # fmt: skip
    column = _object(customer_id={"anyOf": [ids, ID]})
    split = _object(
        columns={
            "type": "array", "items": {"type": "string"}, "contains": {"const": "customer_id"}, "maxContains": 1,
        },
        data={
            "type": "array", "items": {"type": "array", "minItems": 1}, **some,
            "description": "A row a customer, with as many values as there are columns.",
        },
    )  # fmt: skip
    any_list = {"anyOf": [ids, records, column]}
    contents = {"dataframe_split": split, "dataframe_records": records, "inputs": any_list, "instances": any_list}
    return {"oneOf": [_form(form, contents, PARAMS) for form in contents]}


def _form(form: str, contents: dict[str, Any], params: dict[str, Any]) -> dict[str, Any]:
    """One of the forms, without the others."""
    others: dict[str, Any] = {other: {"not": {}} for other in contents if other != form}
    properties = {form: contents[form], "params": params, **others}
    return {"type": "object", "required": [form], "properties": properties}
