"""The API's page: every request with an example that the served version knows, and a form that sends it."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from time import perf_counter
from typing import Any
from urllib.parse import quote

import orjson

from clientela.lookup.ids import RequestError
from clientela.serving.bodies import JSON
from clientela.serving.openapi import DOCUMENTED, Examples, make_schema
from clientela.serving.refusals import Refusal, invalid
from clientela.serving.request import Answer, Request
from clientela.serving.web.asking import Asking
from clientela.serving.web.forms import Form
from clientela.serving.web.render import render
from clientela.serving.web.visit import Visit

LONGEST_SHOWN = 50_000  # characters of an answer
LONGEST_LINE = 100  # characters of an example on one line
BODY_KINDS = ("application/json", "text/csv")


@dataclass(frozen=True)
class Trial:
    """A request that was sent from the page, and its answer.

    Attributes:
        name: method and path of the operation.
        values: what was sent: `id`, `kind` and `body`, and the `number` of the example.
        status: HTTP status.
        text: the answer.
        milliseconds: time to answer.
        is_cut: whether the answer is longer than what is shown.
    """

    name: str
    values: Mapping[str, str]
    status: int
    text: str
    milliseconds: float
    is_cut: bool


class DocsPage:
    """The page of the API, and its OpenAPI document.

    Args:
        asking: answers the requests that are tried.
        ids_a_request: maximum number of ids per request.
        keys: whether requests need a key.
        shows_ids: whether examples may be customers of the served version: everyone who sees the page may ask.
        churn: returns the version of the churn model that answers, or None; None if churn is not served.
    """

    def __init__(
        self,
        asking: Asking,
        *,
        ids_a_request: int,
        keys: bool,
        shows_ids: bool,
        churn: Callable[[], Any] | None,
    ) -> None:
        self._asking = asking
        self._ids_a_request = ids_a_request
        self._keys = keys
        self._shows_ids = shows_ids
        self._churn = churn
        self._kept: tuple[tuple[Any, Any], dict[str, Any]] | None = None

    def document(self, request: Request, _: Visit) -> Answer:
        """The OpenAPI document."""
        return 200, JSON, orjson.dumps(self._schema(request))

    def show(self, request: Request, visit: Visit) -> Answer:
        """The page."""
        return self._render(request, visit, None)

    def send(self, request: Request, visit: Visit, form: Form) -> Answer:
        """The page with the answer to the request of its form.

        Args:
            request: the request that is answered.
            visit: who asks.
            form: the form that was sent.

        Raises:
            Refusal: the form names no operation of the document.
        """
        name = form.fields.get("operation", "")
        method, _, path = name.partition(" ")
        if method.lower() not in self._schema(request)["paths"].get(path, {}):
            raise invalid("The operation must be one of the page. It is not.")
        values = {key: form.fields.get(key, "") for key in ("id", "kind", "body")}
        values["number"] = form.fields.get("number", "0")
        inner = _inner_request(request, method, path, values)
        began = perf_counter()
        status, text = self._answer(inner)
        milliseconds = (perf_counter() - began) * 1000
        request.id_count, request.unknown = inner.id_count, inner.unknown
        trial = Trial(name, values, status, text[:LONGEST_SHOWN], milliseconds, len(text) > LONGEST_SHOWN)
        return self._render(request, visit, trial)

    def _answer(self, inner: Request) -> tuple[int, str]:
        try:
            status, kind, body = self._asking.answer(inner)
        except Refusal as refusal:
            status, kind, body = refusal.status, JSON, refusal.body
        except RequestError as error:
            status, kind, body = 400, JSON, invalid(error.sentence).body
        if kind == JSON:
            return status, json.dumps(orjson.loads(body), ensure_ascii=False, indent=2)
        return status, body.decode("utf-8", "replace")

    def _render(self, request: Request, visit: Visit, trial: Trial | None) -> Answer:
        schema = self._schema(request)
        operations = list(_operations(schema))
        can_try = not self._keys or bool(visit.owner)
        return render(
            "docs", request, visit, schema=schema, operations=operations, trial=trial, keys=self._keys, can_try=can_try
        )

    def _schema(self, request: Request) -> dict[str, Any]:
        churn = self._churn() if self._churn is not None else None
        served = request.serving, churn
        if self._kept is None or any(old is not new for old, new in zip(self._kept[0], served, strict=True)):
            schema = make_schema(
                ids_a_request=self._ids_a_request,
                keys=self._keys,
                churn=self._churn is not None,
                examples=examples_of(*served) if self._shows_ids else DOCUMENTED,
            )
            self._kept = served, schema
        return self._kept[1]


def examples_of(segments: Any, churn: Any) -> Examples:
    """Examples that the served versions know.

    Args:
        segments: version of the segments that answers, or None.
        churn: version of the churn model that answers, or None.
    """
    ids = _first_ids(segments, 2) or list(DOCUMENTED.ids)
    known = segments.lookup.answers(ids[:1], [segments.lookup.index.row(ids[0])], detail=False) if segments else []
    features = {}
    if churn is not None:
        features = {name: column["typical"] for name, column in churn.lookup.known.items() if "typical" in column}
    return Examples(
        ids=ids,
        segment=(known[0]["segment"] if known else None) or DOCUMENTED.segment,
        churn_ids=_first_ids(churn, 1) or ids[:1],
        features=dict(list(features.items())[:3]) or DOCUMENTED.features,
    )


def _first_ids(serving: Any, count: int) -> list[str]:
    if serving is None:
        return []
    found: list[str] = serving.lookup.index.customers["customer_id"].slice(0, count).to_pylist()
    return found


def _inner_request(request: Request, method: str, path: str, values: Mapping[str, str]) -> Request:
    kind = values["kind"] if values["kind"] in BODY_KINDS else BODY_KINDS[0]
    raw_path = path.replace("{id}", quote(values["id"], safe="")).encode()
    inner = Request(
        method, path.replace("{id}", values["id"]), {b"content-type": kind.encode()}, request.serving, raw_path=raw_path
    )
    inner.owner = request.owner
    inner.body = values["body"].encode("utf-8", "surrogatepass") if method == "POST" else b""
    return inner


def _operations(schema: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """The operations in order, with the bodies of their examples and the id of their path."""
    for path, methods in schema["paths"].items():
        for method, operation in methods.items():
            yield {
                "name": f"{method.upper()} {path}",
                "anchor": f"{method}-{path}".translate(str.maketrans("/:{}.", "-----")),
                "summary": operation["summary"],
                "responses": operation["responses"],
                "bodies": list(_bodies(operation)),
                "example_id": next((one["example"] for one in operation.get("parameters", ())), None),
            }


def _bodies(operation: Mapping[str, Any]) -> Iterator[dict[str, str]]:
    for kind, content in operation.get("requestBody", {}).get("content", {}).items():
        examples = {name: one["value"] for name, one in content.get("examples", {}).items()}
        examples |= {"": content["example"]} if "example" in content else {}
        for name, example in examples.items():
            yield {"kind": kind, "name": name, "text": example if isinstance(example, str) else _as_json(example)}


def _as_json(example: Any) -> str:
    """On one line if it is short."""
    line = json.dumps(example, ensure_ascii=False)
    return line if len(line) <= LONGEST_LINE else json.dumps(example, ensure_ascii=False, indent=2)
