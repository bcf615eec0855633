"""What there is to ask, and the answer of each."""

from collections.abc import Callable, Mapping
from typing import Any, cast

import orjson

from clientela.lookup.id_lookup import IdLookup
from clientela.serving.bodies import JSON, read_invocation, read_lookup
from clientela.serving.churn import ChurnServing, features_of
from clientela.serving.keys import Keys
from clientela.serving.live import Serving, describe
from clientela.serving.metrics import CONTENT_TYPE, Metrics
from clientela.serving.openapi import make_page, make_schema
from clientela.serving.refusals import Refusal, invalid

Answer = tuple[int, bytes, bytes]
HTML = b"text/html; charset=utf-8"
CUSTOMERS = "/customers/"
CHURN = "/churn"  # also behind a customer
LENGTHY = {CHURN}  # routes whose answers may take long to make, however short the request
NOBODY = "/other"  # the route of whatever is none, so that nobody can fill the metrics with paths


class Ask:
    """A request on its way, and what its log line will say."""

    __slots__ = ("asked", "body", "headers", "method", "owner", "path", "route", "serving", "unknown")

    def __init__(self, method: str, path: str, headers: Mapping[bytes, bytes], serving: Any) -> None:
        self.method = method
        self.path = path
        self.headers = headers
        self.serving = serving
        self.route = NOBODY
        self.owner = ""
        self.body = b""
        self.asked = 0
        self.unknown = 0


Handler = Callable[[Ask], Answer]


class Routes:
    """The table of routes and their handlers.

    Args:
        keys: who may ask.
        metrics: what `/metrics` shows.
        model: name of the registered model.
        ids_a_request: how many ids a request takes; the version's own limit holds too.
        metrics_need_key: whether `/metrics` does.
        docs_need_key: whether `/docs` and `/openapi.json` do.
        churn: gives the version of the churn model that answers, if one does; None where churn is not served.
    """

    def __init__(
        self, keys: Keys, metrics: Metrics, *, model: str, ids_a_request: int, metrics_need_key: bool,
        docs_need_key: bool, churn: Callable[[], ChurnServing | None] | None = None,
    ) -> None:  # fmt: skip
        self.keys = keys
        self._metrics = metrics
        self._model = model
        self._most = ids_a_request
        self._churn_serving = churn
        schema = make_schema(ids_a_request=ids_a_request, keys=not keys.open, churn=churn is not None)
        self._schema, self._page = orjson.dumps(schema), make_page(schema)
        self._table: dict[str, tuple[str, Handler, bool]] = {
            "/invocations": ("POST", self._invocations, True),
            "/customers:lookup": ("POST", self._lookup, True),
            "/segments": ("GET", self._segments, True),
            "/version": ("GET", self._version, True),
            "/metrics": ("GET", self._scrape, metrics_need_key),
            "/openapi.json": ("GET", lambda _: (200, JSON, self._schema), docs_need_key),
            "/docs": ("GET", lambda _: (200, HTML, self._page), docs_need_key),
            "/health": ("GET", lambda _: (200, JSON, b'{"status":"alive"}'), False),
            "/ready": ("GET", self._ready, False),
        }
        if churn is not None:
            self._table[CHURN] = ("POST", self._churn, True)

    def find(self, ask: Ask) -> tuple[Handler, bool]:
        """The handler of a request, and whether it needs a key; the route is written into `ask`.

        Raises:
            Refusal: 404 or 405.
        """
        route = ask.path
        found = self._table.get(route)
        if found is None and self._churn_serving and _asks_for_churn(route):
            route, found = "/customers/{id}/churn", ("GET", self._churn_of_one, True)
        if found is None and route.startswith(CUSTOMERS):
            route, found = "/customers/{id}", ("GET", self._customer, True)
        if found is None:
            raise Refusal(404, "ENDPOINT_NOT_FOUND", "There is no such address. GET /docs lists all.")
        ask.route = route
        method, handler, needs_key = found
        if ask.method != method and not (method == "GET" and ask.method == "HEAD"):
            raise Refusal(
                405, "METHOD_NOT_ALLOWED", f"The method of {route} must be {method}.", {b"allow": method.encode()}
            )
        return handler, needs_key

    def _invocations(self, ask: Ask) -> Answer:
        values, detail = read_invocation(ask.body, ask.headers.get(b"content-type", b""))
        return 200, JSON, orjson.dumps({"predictions": self._answers(ask, values, detail)})

    def _lookup(self, ask: Ask) -> Answer:
        values, detail = read_lookup(ask.body)
        answers = self._answers(ask, values, detail)
        return 200, JSON, orjson.dumps({"version": _serving(ask).number, "customers": answers})

    def _customer(self, ask: Ask) -> Answer:
        (answer,) = self._answers(ask, [ask.path.removeprefix(CUSTOMERS)], True)
        if answer["segment"] is None:
            raise Refusal(
                404, "RESOURCE_DOES_NOT_EXIST", f"Version {_serving(ask).number} knows no customer with this id."
            )
        return 200, JSON, orjson.dumps(answer)

    def _answers(self, ask: Ask, values: list[Any], detail: bool) -> list[dict[str, Any]]:
        return self._answers_of(ask, _serving(ask).lookup, values, detail)

    def _answers_of(self, ask: Ask, lookup: IdLookup, values: list[Any], detail: bool) -> list[dict[str, Any]]:
        self._check_count(len(values), "customer ids")
        ids, rows, ask.unknown = lookup.find(values)
        ask.asked = len(ids)
        return lookup.answers(ids, rows, detail=detail)

    def _check_count(self, count: int, things: str) -> None:
        if count > self._most:
            raise invalid(
                f"A request takes at most {self._most:,} {things}. Got {count:,}: send them in several requests."
            )

    def _churn(self, ask: Ask) -> Answer:
        lookup, content_type = self._foretelling(ask).lookup, ask.headers.get(b"content-type", b"")
        if (given := features_of(ask.body, content_type, lookup)) is not None:
            rows, detail = given
            self._check_count(len(rows), "rows of features")
            ask.asked = len(rows)
            answers = lookup.predict_features(rows, detail=detail)
        else:
            values, detail = read_invocation(ask.body, content_type)
            answers = self._answers_of(ask, lookup, values, detail)
        self._foretold(answers)
        return 200, JSON, orjson.dumps({"predictions": answers})

    def _churn_of_one(self, ask: Ask) -> Answer:
        serving = self._foretelling(ask)
        (answer,) = self._answers_of(ask, serving.lookup, [ask.path.removeprefix(CUSTOMERS).removesuffix(CHURN)], True)
        if answer["probability"] is None:
            raise Refusal(
                404, "RESOURCE_DOES_NOT_EXIST", f"Churn version {serving.number} knows no customer with this id."
            )
        self._foretold([answer])
        return 200, JSON, orjson.dumps(answer)

    def _foretold(self, answers: list[dict[str, Any]]) -> None:
        self._metrics.foretold(answer["probability"] for answer in answers if answer["probability"] is not None)

    def _foretelling(self, ask: Ask) -> ChurnServing:
        """The churn version that answers; it is the one that the request's log line names."""
        ask.serving = self._churn_serving() if self._churn_serving else None
        if ask.serving is None:
            raise _unavailable("No churn model is loaded: the registry must have a champion that opens.")
        return cast(ChurnServing, ask.serving)

    def _segments(self, ask: Ask) -> Answer:
        serving = _serving(ask)
        segments = serving.lookup.segments.values()
        counts = serving.counts
        told = [
            {
                "id": segment["id"],
                "name": segment["name"],
                "customers": counts.get(segment["id"], 0),
                "share": counts.get(segment["id"], 0) / max(len(serving.lookup.index), 1),
                "description": segment["description"],
                "action": segment["action"],
            }
            for segment in segments
        ]
        return 200, JSON, orjson.dumps({"version": serving.number, "as_of": serving.as_of, "segments": told})

    def _version(self, ask: Ask) -> Answer:
        return 200, JSON, orjson.dumps(describe(_serving(ask), self._model))

    def _ready(self, ask: Ask) -> Answer:
        _serving(ask)
        return 200, JSON, b'{"status":"ready"}'

    def _scrape(self, _: Ask) -> Answer:
        return 200, CONTENT_TYPE, self._metrics.text()


def _asks_for_churn(route: str) -> bool:
    """Whether it is `/customers/{id}/churn`; a customer may have the id "churn"."""
    return route.startswith(CUSTOMERS) and route.endswith(CHURN) and len(route) > len(CUSTOMERS) + len(CHURN)


def _serving(ask: Ask) -> Serving:
    if ask.serving is None:
        raise _unavailable("No version is loaded yet: the registry must have a champion that opens.")
    return cast(Serving, ask.serving)


def _unavailable(sentence: str) -> Refusal:
    return Refusal(503, "TEMPORARILY_UNAVAILABLE", sentence, {b"retry-after": b"10"})
