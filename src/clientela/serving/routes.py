"""The addresses of the server, and the handler of each."""

from collections.abc import Callable
from typing import Any, Protocol, cast

import orjson

from clientela.serving.bodies import JSON, read_invocation, read_lookup
from clientela.serving.campaigns import CampaignsServing
from clientela.serving.churn import ChurnServing, features_of
from clientela.serving.keys import Keys
from clientela.serving.live import Lookup, describe
from clientela.serving.metrics import CONTENT_TYPE, Metrics
from clientela.serving.refusals import Refusal, invalid
from clientela.serving.request import Answer, Handler, OwnerOf, Request
from clientela.serving.segments import SegmentsServing, describe_segments

CUSTOMERS = "/customers/"
CHURN = "/churn"  # also after a customer's address
SLOW_ROUTES = {CHURN}  # may take long even where the request is short


class Pages(Protocol):
    """The pages for people, which are served beside the API."""

    def find(self, request: Request) -> tuple[Handler, OwnerOf | None] | None:
        """The handler of a page, and how to find the owner of its session or key; None if there is no such page.

        Raises:
            Refusal: 405.
        """

    def explain(self, request: Request, refusal: Refusal) -> Answer | None:
        """A refusal as a page; None if the request does not come from a browser."""


class Routes:
    """The table of routes and their handlers.

    Args:
        keys: API keys.
        metrics: metrics that `/metrics` shows.
        model: name of the registered model.
        ids_a_request: maximum number of ids per request; the version's own limit applies, too.
        metrics_need_key: whether `/metrics` needs a key.
        smallest_group: number of customers below which a segment has no figures.
        churn: returns the version of the churn model that answers, or None; None if churn is not served.
        campaigns: returns the campaigns that are served, or None before they could be read.
    """

    def __init__(
        self, keys: Keys, metrics: Metrics, *, model: str, ids_a_request: int, metrics_need_key: bool,
        smallest_group: int = 1, churn: Callable[[], ChurnServing | None] | None = None,
        campaigns: Callable[[], CampaignsServing | None] = lambda: None,
    ) -> None:  # fmt: skip
        self.keys = keys
        self._metrics = metrics
        self._model = model
        self._ids_a_request = ids_a_request
        self._smallest_group = smallest_group
        self._churn_serving = churn
        self._campaigns_serving = campaigns
        self._pages: Pages | None = None
        self._table: dict[str, tuple[str, Handler, bool]] = {
            "/invocations": ("POST", self._invocations, True),
            "/customers:lookup": ("POST", self._lookup, True),
            "/segments": ("GET", self._segments, True),
            "/campaigns": ("GET", self._campaigns, True),
            "/version": ("GET", self._version, True),
            "/metrics": ("GET", self._scrape, metrics_need_key),
            "/health": ("GET", lambda _: (200, JSON, b'{"status":"alive"}'), False),
            "/ready": ("GET", self._ready, False),
        }
        if churn is not None:
            self._table[CHURN] = ("POST", self._churn, True)

    def add_pages(self, pages: Pages) -> None:
        """Serve pages beside the API."""
        self._pages = pages

    def find(self, request: Request) -> tuple[Handler, OwnerOf | None]:
        """The handler of a request, and how to find the owner of its key; writes the route into the request.

        The second is None if the request needs no key.

        Raises:
            Refusal: 404 or 405.
        """
        route = request.path
        found = self._table.get(route)
        if found is None and self._churn_serving and _is_churn_of_one(request):
            route, found = "/customers/{id}/churn", ("GET", self._churn_of_one, True)
        if found is None and route.startswith(CUSTOMERS):
            route, found = "/customers/{id}", ("GET", self._customer, True)
        if found is None and self._pages is not None and (page := self._pages.find(request)) is not None:
            return page
        if found is None:
            raise Refusal(404, "ENDPOINT_NOT_FOUND", "The address does not exist. GET /docs lists all addresses.")
        request.route = route
        method, handler, needs_key = found
        if request.method != method and not (method == "GET" and request.method == "HEAD"):
            raise Refusal(
                405, "METHOD_NOT_ALLOWED", f"The method of {route} must be {method}.", {b"allow": method.encode()}
            )
        return handler, self._owner_of if needs_key else None

    def explain(self, request: Request, refusal: Refusal) -> Answer:
        """The answer to a refused request: a page for a browser that asked for one, otherwise JSON."""
        page = self._pages.explain(request, refusal) if self._pages is not None else None
        return page or (refusal.status, JSON, refusal.body)

    def segments(self, request: Request, values: list[Any], *, detail: bool) -> list[dict[str, Any]]:
        """The segments of ids, for a page.

        Args:
            request: the request that is answered.
            values: the ids as they were sent.
            detail: whether the answers say what they are based on.

        Raises:
            Refusal: no version is loaded, or there are too many ids.
            RequestError: a value cannot be an id.
        """
        return self._answers(request, values, detail)

    def arms(self, request: Request, customer_id: str) -> list[dict[str, Any]] | None:
        """The arms of a customer in the campaigns that run; None before the campaigns could be read.

        Args:
            request: the request that is answered.
            customer_id: id of a customer, as the version answers it.
        """
        campaigns = self._campaigns_serving()
        return campaigns.arms_of(customer_id, _serving(request).as_of) if campaigns else None

    def churn(self, request: Request, values: list[Any], *, detail: bool) -> list[dict[str, Any]]:
        """The churn predictions of ids, for a page; the request's log line keeps naming the version of the segments.

        Args:
            request: the request that is answered.
            values: the ids as they were sent.
            detail: whether the answers say what they are based on.

        Raises:
            Refusal: no churn model is loaded, or there are too many ids.
            RequestError: a value cannot be an id.
        """
        inner = Request(request.method, CHURN, request.headers, None)
        answers = self._answers_of(inner, self._require_churn(inner).lookup, values, detail)
        self._observe(answers)
        return answers

    def answer(self, request: Request) -> Answer:
        """The answer to a request of the API whose key has been checked.

        Raises:
            Refusal: the request breaks a rule.
            RequestError: the request breaks a rule of the version.
        """
        handler, _ = self.find(request)
        return handler(request)

    def _owner_of(self, request: Request) -> str:
        return self.keys.owner(request.headers)

    def _invocations(self, request: Request) -> Answer:
        values, detail = read_invocation(request.body, request.headers.get(b"content-type", b""))
        return 200, JSON, orjson.dumps({"predictions": self._answers(request, values, detail)})

    def _lookup(self, request: Request) -> Answer:
        values, detail = read_lookup(request.body)
        answers = self._answers(request, values, detail)
        return 200, JSON, orjson.dumps({"version": _serving(request).number, "customers": answers})

    def _customer(self, request: Request) -> Answer:
        (answer,) = self._answers(request, [request.path.removeprefix(CUSTOMERS)], True)
        if answer["segment"] is None:
            raise _unknown_customer(f"Version {_serving(request).number}")
        arms = self.arms(request, answer["customer_id"])
        return 200, JSON, orjson.dumps({**answer, "detail": {**answer["detail"], "campaigns": arms}})

    def _answers(self, request: Request, values: list[Any], detail: bool) -> list[dict[str, Any]]:
        return self._answers_of(request, _serving(request).lookup, values, detail)

    def _answers_of(self, request: Request, lookup: Lookup, values: list[Any], detail: bool) -> list[dict[str, Any]]:
        self._check_count(len(values), "customer ids")
        ids, rows, request.unknown = lookup.find(values)
        request.id_count = len(ids)
        return lookup.answers(ids, rows, detail=detail)

    def _check_count(self, count: int, what: str) -> None:
        if count > self._ids_a_request:
            raise invalid(
                f"A request takes at most {self._ids_a_request:,} {what}. Got {count:,}: send them in several requests."
            )

    def _churn(self, request: Request) -> Answer:
        lookup, content_type = self._require_churn(request).lookup, request.headers.get(b"content-type", b"")
        if (given := features_of(request.body, content_type, lookup)) is not None:
            rows, detail = given
            self._check_count(len(rows), "rows of features")
            request.id_count = len(rows)
            answers = lookup.predict_features(rows, detail=detail)
        else:
            values, detail = read_invocation(request.body, content_type)
            answers = self._answers_of(request, lookup, values, detail)
        self._observe(answers)
        return 200, JSON, orjson.dumps({"predictions": answers})

    def _churn_of_one(self, request: Request) -> Answer:
        serving = self._require_churn(request)
        id_ = request.path.removeprefix(CUSTOMERS).removesuffix(CHURN)
        (answer,) = self._answers_of(request, serving.lookup, [id_], True)
        if answer["probability"] is None:
            raise _unknown_customer(f"Churn version {serving.number}")
        self._observe([answer])
        return 200, JSON, orjson.dumps(answer)

    def _observe(self, answers: list[dict[str, Any]]) -> None:
        probabilities = (answer["probability"] for answer in answers)
        self._metrics.observe_probabilities(p for p in probabilities if p is not None)

    def _require_churn(self, request: Request) -> ChurnServing:
        """The churn version that answers; the request's log line names it."""
        request.serving = self._churn_serving() if self._churn_serving else None
        if request.serving is None:
            raise _unavailable("No churn model is loaded: the registry must have a champion that can be opened.")
        return cast(ChurnServing, request.serving)

    def _segments(self, request: Request) -> Answer:
        return 200, JSON, orjson.dumps(describe_segments(_serving(request), smallest_group=self._smallest_group))

    def _campaigns(self, request: Request) -> Answer:
        as_of, campaigns = _serving(request).as_of, self._campaigns_serving()
        if campaigns is None:
            raise _unavailable("The campaigns are not loaded yet: the server must be able to read their runs.")
        return 200, JSON, orjson.dumps(campaigns.describe(as_of))

    def _version(self, request: Request) -> Answer:
        return 200, JSON, orjson.dumps(describe(_serving(request), self._model))

    def _ready(self, request: Request) -> Answer:
        _serving(request)
        return 200, JSON, b'{"status":"ready"}'

    def _scrape(self, _: Request) -> Answer:
        return 200, CONTENT_TYPE, self._metrics.text()


def _is_churn_of_one(request: Request) -> bool:
    """Whether the address is `/customers/{id}/churn`.

    A customer may have the id "churn", or an id that ends in "/churn": its slash is sent as %2F.
    """
    route = request.path
    if not request.raw_path.endswith(CHURN.encode()):
        return False
    return route.startswith(CUSTOMERS) and route.endswith(CHURN) and len(route) > len(CUSTOMERS) + len(CHURN)


def _serving(request: Request) -> SegmentsServing:
    if request.serving is None:
        raise _unavailable("No version is loaded yet: the registry must have a champion that can be opened.")
    return cast(SegmentsServing, request.serving)


def _unknown_customer(version: str) -> Refusal:
    return Refusal(404, "RESOURCE_DOES_NOT_EXIST", f"{version} does not know a customer with this id.")


def _unavailable(sentence: str) -> Refusal:
    return Refusal(503, "TEMPORARILY_UNAVAILABLE", sentence, {b"retry-after": b"10"})
