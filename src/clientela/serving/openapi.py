"""The OpenAPI 3.1 document of the server, and its HTML page."""

from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
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


def make_schema(*, ids_a_request: int, keys: bool, churn: bool = False) -> dict[str, Any]:
    """Build the OpenAPI document.

    Args:
        ids_a_request: maximum number of ids per request.
        keys: whether requests need a key.
        churn: whether churn is served, too.

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
            **_segment_paths(ids_a_request),
            **_server_paths(),
            **(_churn_paths(min(ids_a_request, MAX_IDS_WITH_DETAILS)) if churn else {}),
        },
        "components": {"schemas": schemas.components(models)},
    }
    if keys:
        document["security"] = [{"bearer": []}, {"key": []}]
        document["components"]["securitySchemes"] = {
            "bearer": {"type": "http", "scheme": "bearer"},
            "key": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
        }
    return document


def make_page(schema: dict[str, Any]) -> bytes:
    """Render the document as one HTML page that loads no other files."""
    environment = Environment(
        loader=PackageLoader("clientela.serving"), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True,
    )  # fmt: skip
    environment.policies["json.dumps_kwargs"] = {"indent": 2, "ensure_ascii": False}
    return environment.get_template("docs.html.j2").render(schema=schema).encode()


def _segment_paths(most: int) -> dict[str, Any]:
    split = {"dataframe_split": {"columns": ["customer_id"], "data": [["12346"]]}}
    invocations = {
        JSON: {
            "schema": request_schemas.forms_of_ids(most=most),
            "examples": {
                "dataframe_split": {"value": split},
                "inputs": {"value": {"inputs": ["12346"], "params": {"detail": True}}},
            },
        },
        "text/csv": request_schemas.CSV,
    }
    lookup = {
        JSON: {
            "schema": request_schemas.lookup(most=most),
            "example": {"ids": ["12346", "17850"], "detail": False},
        }
    }
    return {
        "/invocations": _post(
            "Segments of customers, in MLflow's forms", schemas.Predictions, MLFLOW_REFUSALS, invocations
        ),
        "/customers:lookup": _post("Segments of customers", schemas.Customers, POST_REFUSALS, lookup),
        "/customers/{id}": _get_customer("One customer, with details", schemas.Answer),
        "/segments": _get("Descriptions of the segments", schemas.Segments, GET_REFUSALS),
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


def _churn_paths(most: int) -> dict[str, Any]:
    features = {"dataframe_records": [{"order_count": 3, "days_since_last_purchase": 40}]}
    body = {
        JSON: {
            "schema": {
                "anyOf": [
                    request_schemas.forms_of_ids(most=most),
                    *request_schemas.forms_of_features(most=most),
                ]
            },
            "examples": {
                "ids": {"value": {"inputs": ["12346"], "params": {"detail": True}}},
                "features": {"value": features},
            },
        },
        "text/csv": request_schemas.CSV,
    }
    return {
        "/churn": _post(
            "Churn predictions, from ids or from raw features", schemas.ChurnPredictions, MLFLOW_REFUSALS, body
        ),
        "/customers/{id}/churn": _get_customer("Churn prediction of one customer, with details", schemas.Churn),
    }


def _get(summary: str, answer: type[BaseModel], refusals: tuple[int, ...]) -> dict[str, Any]:
    return {"get": _operation(summary, schemas.reference(answer), refusals)}


def _get_customer(summary: str, answer: type[BaseModel]) -> dict[str, Any]:
    path = _get(summary, answer, CUSTOMER_REFUSALS)
    path["get"]["parameters"] = [
        {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}, "example": "12346"}
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
