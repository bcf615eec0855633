"""Detects the server and its known customers, sends every request, and collects the results."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from clientela.errors import InvalidInput
from clientela.lookup.limits import MAX_IDS_PER_REQUEST
from clientela.serving.trial.checks import Case, NotTried, Unexpected
from clientela.serving.trial.client import Answer, Client
from clientela.serving.trial.invocations import mlflow_cases, split
from clientela.serving.trial.plain import LOOKUP, production_cases

PASSED, FAILED, NOT_TRIED = "passed", "failed", "not tried"
# Customers of the demo shop and of the public data sets, for servers whose document has no example.
EXAMPLES = ("12346", "17850", "12347", "CS5295")


@dataclass(frozen=True)
class Result:
    """The result of one case.

    Attributes:
        request: method and path.
        tried: what the case tries.
        status: HTTP status of the answer; None without an answer.
        ms: milliseconds until the answer; None without an answer.
        result: passed, failed or not tried.
        why: reason for not passing; "" if it passed.
    """

    request: str
    tried: str
    status: int | None
    ms: float | None
    result: str
    why: str


def try_api(url: str, *, key: str = "", ids: Sequence[str] = ()) -> tuple[str, list[Result]]:
    """Send every request of the API to a server.

    Args:
        url: URL of the production server or of `mlflow models serve`.
        key: API key of the production server.
        ids: customers that the server knows; if empty, example customers are tried.

    Returns:
        A description of the server, and the result of each case.

    Raises:
        InvalidInput: no such server answers at the URL, it needs a key, or it does not know one of the ids.
    """
    client = Client(url, key)
    version = _ask(client, "/version")
    if not isinstance(version.json, dict):
        if version.status != 200 or _ask(client, "/ping").status != 200:
            raise InvalidInput(_no_server(client, version))
        known = _known(client, "", ids or EXAMPLES, given=bool(ids))
        cases = list(mlflow_cases(known, limit=MAX_IDS_PER_REQUEST))
        return f"mlflow models serve, MLflow {version.text.strip()}", [_try(client, case) for case in cases]
    running = _production(client, version)
    document = _ask(client, "/openapi.json").json
    if not isinstance(document, dict):
        raise InvalidInput(f"The server at {client.url} must give its OpenAPI document at /openapi.json. It does not.")
    known = _known(client, LOOKUP, ids or [*_examples(document), *EXAMPLES], given=bool(ids))
    cases = production_cases(
        known,
        document,
        limit=_limit(document),
        customers=running["customers"],
        key=key if _ask(client, "/version", with_key=False).status == 401 else "",
    )
    name = f"production server, {running['model']} version {running['version']} as of {running['as_of']}"
    return name, [_try(client, case) for case in cases]


def _try(client: Client, case: Case) -> Result:
    request = f"{case.method} {case.route or case.path}"
    if case.why_not:
        return Result(request, case.name, None, None, NOT_TRIED, case.why_not)
    try:
        answer = client.ask(
            case.method, case.path or case.route, case.body, headers=case.headers, with_key=case.with_key
        )
    except OSError as error:
        return Result(request, case.name, None, None, FAILED, f"there was no answer: {error}")
    result, why = PASSED, ""
    try:
        case.check(answer)
    except Unexpected as wrong:
        result, why = FAILED, str(wrong)
    except NotTried as reason:
        result, why = NOT_TRIED, str(reason)
    except (TypeError, KeyError, AttributeError, ValueError) as odd:
        # The check relied on a field that the answer does not have.
        result, why = FAILED, f"the answer has an unexpected form ({type(odd).__name__}: {odd})"
    return Result(request, case.name, answer.status, answer.milliseconds, result, why)


def _ask(client: Client, path: str, body: bytes | None = None, **how: Any) -> Answer:
    try:
        return client.ask("POST" if body else "GET", path, body, **how)
    except OSError as error:
        raise InvalidInput(f"A server must answer at {client.url}. None does: {error}") from error


def _production(client: Client, version: Answer) -> dict[str, Any]:
    """The answer of `GET /version`.

    Raises:
        InvalidInput: the answer is not one of a production server that is ready; the message says what is missing.
    """
    answer = dict(version.json)
    if version.status == 401:
        raise InvalidInput(f"The server at {client.url} needs a key: give one with --key, or in CLIENTELA_KEY.")
    if version.status == 403:
        raise InvalidInput(f"The key must be one that the server at {client.url} knows. It is not.")
    if version.status == 503:
        raise InvalidInput(f"The server at {client.url} must have loaded a version. It says: {answer.get('message')}")
    if version.status != 200 or not {"model", "version", "as_of", "customers"} <= answer.keys():
        raise InvalidInput(_no_server(client, version))
    return answer


def _no_server(client: Client, version: Answer) -> str:
    return (
        f"The URL must be of Clientela's server or of mlflow models serve. At {client.url}, GET /version answers "
        f"{version.status} {version.text[:80]!r}."
    )


def _known(client: Client, route: str, ids: Sequence[str], *, given: bool) -> dict[str, str]:
    """The segment of each id that the server knows, in the order of the ids.

    Raises:
        InvalidInput: an id that the user gave is unknown.
    """
    body: Any = {"ids": list(ids)} if route else split(*ids)
    sent = {"Content-Type": "application/json"}
    answer = _ask(client, route or "/invocations", json.dumps(body).encode(), headers=sent)
    answers = answer.json.get("customers" if route else "predictions") if isinstance(answer.json, dict) else None
    if not isinstance(answers, list):
        raise InvalidInput(
            f"The server at {client.url} must answer which customers it knows. It says: {answer.text[:200]!r}"
        )
    known = {one["customer_id"]: one["segment"] for one in answers if one["segment"] is not None}
    unknown = [id_ for id_, one in zip(ids, answers, strict=True) if one["segment"] is None]
    if given and unknown:
        raise InvalidInput(f"The id option must name customers that the server knows. It does not know {unknown[0]!r}.")
    return known


def _examples(document: dict[str, Any]) -> list[str]:
    """The ids in the examples of the document."""
    parameters = document.get("paths", {}).get("/customers/{id}", {}).get("get", {}).get("parameters", [])
    return [str(one["example"]) for one in parameters if "example" in one]


def _limit(document: dict[str, Any]) -> int:
    """Maximum number of ids per request by the document; the version's own limit applies, too."""
    body = document.get("paths", {}).get(LOOKUP, {}).get("post", {}).get("requestBody", {})
    schema = body.get("content", {}).get("application/json", {}).get("schema", {})
    limit = schema.get("properties", {}).get("ids", {}).get("maxItems")
    return limit if isinstance(limit, int) else MAX_IDS_PER_REQUEST
