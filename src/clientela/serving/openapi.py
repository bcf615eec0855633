"""The OpenAPI 3.1 document of the server."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel

from clientela import __version__
from clientela.lookup.limits import MAX_IDS_WITH_DETAILS
from clientela.serving import request_schemas, schemas

JSON = "application/json"
REFUSALS = {
    400: "The request cannot be read or breaks a rule.",
    401: "The request has no key.",
    403: "The key is unknown.",
    404: "The customer is unknown.",
    408: "The body did not arrive in time.",
    413: "The body is too large.",
    415: "The content type is not supported.",
    429: "The key has reached its rate limit; Retry-After says when to send the request again.",
    503: "No version is loaded yet.",
}
GET_REFUSALS = (401, 403, 429, 503)
POST_REFUSALS = (400, 401, 403, 408, 413, 429, 503)
MLFLOW_REFUSALS = (*POST_REFUSALS, 415)
CUSTOMER_REFUSALS = (401, 403, 404, 429, 503)


@dataclass(frozen=True)
class Examples:
    """Values of the examples; the defaults are those of the documentation.

    Attributes:
        ids: customers that the segments know.
        segment: segment of the first of them.
        churn_ids: customers that the churn model knows.
        features: features of a customer that the churn model takes.
    """

    ids: Sequence[str] = ("12346", "17850")
    segment: str = "Champions"
    churn_ids: Sequence[str] = ("12346",)
    features: Mapping[str, Any] = field(default_factory=lambda: {"order_count": 3, "days_since_last_purchase": 40})


DOCUMENTED = Examples()


def make_schema(
    *, ids_a_request: int, keys: bool, churn: bool = False, examples: Examples = DOCUMENTED
) -> dict[str, Any]:
    """Build the OpenAPI document.

    Args:
        ids_a_request: maximum number of ids per request.
        keys: whether requests need a key.
        churn: whether churn is served, too.
        examples: values of the examples.

    Returns:
        The document as a plain dict for JSON.
    """
    models = schemas.SEGMENT_MODELS + (schemas.CHURN_MODELS if churn else ())
    document: dict[str, Any] = {
        "openapi": "3.1.0",
        "info": {
            "title": "Clientela",
            "version": __version__,
            "description": f"Customer ids in, segments out. A request takes at most {ids_a_request:,} ids.",
        },
        "paths": {
            **_segment_paths(ids_a_request, examples),
            **_server_paths(),
            **(_churn_paths(min(ids_a_request, MAX_IDS_WITH_DETAILS), examples) if churn else {}),
        },
        "components": {"schemas": schemas.components(models)},
    }
    answer = document["components"]["schemas"]["Answer"]
    answer["examples"] = [{"customer_id": examples.ids[0], "segment": examples.segment}]
    if keys:
        document["security"] = [{"bearer": []}, {"key": []}]
        document["components"]["securitySchemes"] = {
            "bearer": {"type": "http", "scheme": "bearer"},
            "key": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
        }
    return document


def _segment_paths(most: int, examples: Examples) -> dict[str, Any]:
    split = {"dataframe_split": {"columns": ["customer_id"], "data": [[examples.ids[0]]]}}
    invocations = {
        JSON: {
            "schema": request_schemas.forms_of_ids(most=most),
            "examples": {
                "dataframe_split": {"value": split},
                "inputs": {"value": {"inputs": [examples.ids[0]], "params": {"detail": True}}},
            },
        },
        "text/csv": request_schemas.csv_of(examples.ids[0]),
    }
    lookup = {
        JSON: {
            "schema": request_schemas.lookup(most=most),
            "example": {"ids": list(examples.ids), "detail": False},
        }
    }
    return {
        "/invocations": _post(
            "Segments of customers, in MLflow's forms", schemas.Predictions, MLFLOW_REFUSALS, invocations
        ),
        "/customers:lookup": _post("Segments of customers", schemas.Customers, POST_REFUSALS, lookup),
        "/customers/{id}": _get_customer("One customer, with details", schemas.Answer, examples.ids[0]),
        "/segments": _get("Descriptions of the segments", schemas.Segments, GET_REFUSALS),
        "/campaigns": _get("Campaigns with their dates, customers and lift", schemas.Campaigns, GET_REFUSALS),
    }


def _server_paths() -> dict[str, Any]:
    metrics = _operation("Metrics for Prometheus", {"type": "string"}, (401, 403, 429), kind="text/plain")
    health = _get("Whether the process is alive", schemas.Status, ())
    ready = _get("Whether a version is loaded", schemas.Status, (503,))
    for path in (health, ready):
        path["get"]["security"] = []
    return {
        "/version": _get("The version that answers", schemas.Version, GET_REFUSALS),
        "/health": health,
        "/ready": ready,
        "/metrics": {"get": metrics},
    }


def _churn_paths(most: int, examples: Examples) -> dict[str, Any]:
    features = {"dataframe_records": [dict(examples.features)]}
    body = {
        JSON: {
            "schema": {
                "anyOf": [
                    request_schemas.forms_of_ids(most=most),
                    *request_schemas.forms_of_features(most=most),
                ]
            },
            "examples": {
                "ids": {"value": {"inputs": [examples.churn_ids[0]], "params": {"detail": True}}},
                "features": {"value": features},
            },
        },
        "text/csv": request_schemas.csv_of(examples.churn_ids[0]),
    }
    return {
        "/churn": _post(
            "Churn predictions, from ids or from raw features", schemas.ChurnPredictions, MLFLOW_REFUSALS, body
        ),
        "/customers/{id}/churn": _get_customer(
            "Churn prediction of one customer, with details", schemas.Churn, examples.churn_ids[0]
        ),
    }


def _get(summary: str, answer: type[BaseModel], refusals: tuple[int, ...]) -> dict[str, Any]:
    return {"get": _operation(summary, schemas.reference(answer), refusals)}


def _get_customer(summary: str, answer: type[BaseModel], example: str) -> dict[str, Any]:
    path = _get(summary, answer, CUSTOMER_REFUSALS)
    path["get"]["parameters"] = [
        {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}, "example": example}
    ]
    return path


def _post(summary: str, answer: type[BaseModel], refusals: tuple[int, ...], content: dict[str, Any]) -> dict[str, Any]:
    body = {"required": True, "content": content}
    return {"post": {**_operation(summary, schemas.reference(answer), refusals), "requestBody": body}}


def _operation(summary: str, answer: dict[str, Any], refusals: tuple[int, ...], *, kind: str = JSON) -> dict[str, Any]:
    error = {JSON: {"schema": schemas.reference(schemas.Error)}}
    return {
        "summary": summary,
        "responses": {
            "200": {"description": "The answer.", "content": {kind: {"schema": answer}}},
            **{str(status): {"description": REFUSALS[status], "content": error} for status in sorted(refusals)},
        },
    }
