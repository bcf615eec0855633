"""Cases of the endpoints that only the production server has: customers, segments, state, documents, keys, limits."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from urllib.parse import quote

from clientela.serving.trial.checks import (
    Case,
    Check,
    NotTried,
    check_detail,
    content,
    details,
    has_status,
    in_languages,
    is_date,
    must,
    ok,
    only_status,
    post,
    refusal,
    segments,
)
from clientela.serving.trial.churn import CHURN, churn_cases
from clientela.serving.trial.client import Answer
from clientela.serving.trial.invocations import INVALID, NO_KNOWN, NOBODY, ROUTE, answered, broken, refused

LOOKUP, CUSTOMER = "/customers:lookup", "/customers/{id}"
BODY_BYTES = 8_000_000  # the default of conf/server.yaml
OPEN = "this server needs no key"
METHODS = {"get", "put", "post", "delete", "options", "head", "patch", "trace"}


def production_cases(
    known: dict[str, str], document: Mapping[str, Any], *, limit: int, customers: int, key: str
) -> list[Case]:
    """All cases of the production server.

    Args:
        known: known customer -> segment; may be empty.
        document: OpenAPI document of the server.
        limit: maximum number of ids per request.
        customers: number of customers of the version.
        key: a valid API key; "" if the server needs none.

    Returns:
        The cases, in the order in which they are tried.
    """
    cases = [
        *answered(known, limit=limit),
        *refused(limit=limit),
        *broken(refusal(400, INVALID)),
        *_media(),
        *_lookups(known, limit=limit),
        *_one_customer(known),
        *_state(known, customers=customers),
        *_paths_and_headers(),
        *_keys(key),
        *(churn_cases(list(known), keys=bool(key)) if CHURN in document.get("paths", {}) else ()),
    ]
    tried = {(case.method.lower(), case.route) for case in cases} | {("get", "/openapi.json")}
    return [
        *cases,
        Case("GET", "/openapi.json", "valid, each of its paths tried", lambda _: check_document(document, tried)),
    ]


def _media() -> Iterator[Case]:
    unsupported = refusal(415, "UNSUPPORTED_MEDIA_TYPE", "application/json or text/csv")
    yield post(ROUTE, "another content type", b"1", unsupported, kind="text/plain")
    yield post(ROUTE, "Parquet", b"PAR1", unsupported, kind="application/vnd.apache.parquet")
    yield post(ROUTE, "two forms at once", {"inputs": ["1"], "instances": ["1"]}, refusal(400, INVALID, "exactly one"))
    yield post(ROUTE, "a body of more than 8 MB", {"inputs": ["x" * BODY_BYTES]}, _too_large)


def _lookups(known: dict[str, str], *, limit: int) -> Iterator[Case]:
    asked = [NOBODY, *known, NOBODY, *list(known)[:1]]
    right = [(id_, known.get(id_)) for id_ in asked]

    def with_version(check: Check) -> Check:
        def both(answer: Answer) -> None:
            check(answer)
            must(isinstance(content(answer).get("version"), str), "the answer must name the version")

        return both

    yield post(LOOKUP, "order, duplicates, unknown ids", {"ids": asked}, with_version(segments("customers", right)))
    yield post(LOOKUP, "details", {"ids": asked, "detail": True}, with_version(details("customers", right)))
    wrong: dict[str, tuple[Any, str]] = {
        "no ids": ({"ids": []}, "is empty"),
        "ids that are not a list": ({"ids": "1"}, "a list of ids"),
        "another key": ({"ids": ["1"], "x": 1}, "takes the keys ids and detail"),
        "a detail that is not true or false": ({"ids": ["1"], "detail": 1}, "true or false"),
        "more ids than a request takes": ({"ids": ["1"] * (limit + 1)}, f"Got {limit + 1:,}"),
        "broken JSON": (b"{", "valid JSON"),
    }
    for name, (request, says) in wrong.items():
        yield post(LOOKUP, name, request, refusal(400, INVALID, says))


def _one_customer(known: dict[str, str]) -> Iterator[Case]:
    id_ = next(iter(known), "")
    path, why_not = f"/customers/{quote(id_, safe='')}", "" if known else NO_KNOWN

    def is_known(answer: Answer) -> None:
        found = content(answer)
        must(
            (found.get("customer_id"), found.get("segment")) == (id_, known[id_]), "the segment must be the customer's"
        )
        check_detail(found.get("detail"), found["segment"], own=["campaigns"])

    def is_unknown(answer: Answer) -> None:
        refusal(404, "RESOURCE_DOES_NOT_EXIST")(answer)
        must(NOBODY not in answer.text, "the answer must not repeat the id")

    yield Case("GET", CUSTOMER, "a customer, with details", is_known, path=path, why_not=why_not)
    yield Case("HEAD", CUSTOMER, "only the headers", _only_headers, path=path, why_not=why_not)
    yield Case("GET", CUSTOMER, "an unknown customer", is_unknown, path=f"/customers/{NOBODY}")
    odd = refusal(404, "RESOURCE_DOES_NOT_EXIST")
    yield Case(
        "GET", CUSTOMER, "an id with special characters", odd, path=f"/customers/{quote(NOBODY + ' / é?', safe='')}"
    )


def _state(known: dict[str, str], *, customers: int) -> Iterator[Case]:
    def are_all(answer: Answer) -> None:
        found = content(answer)
        is_date(found.get("as_of"))
        listed: Any = found.get("segments")
        must(isinstance(listed, list) and listed, "there must be segments")
        fields = {"id", "name", "previous_name", "customers", "share", "description", "action"}
        must(all(one.keys() == fields for one in listed), f"a segment must have {', '.join(sorted(fields))}")
        for one in listed:
            for name in ("name", "description", "action"):
                in_languages(one[name], name)
        must(len({one["id"] for one in listed}) == len(listed), "the ids of the segments must be unique")
        if any(one["customers"] is None for one in listed):
            must(all(one["share"] is None for one in listed), "no share may be told where a size is not")
            return
        must(sum(one["customers"] for one in listed) == customers, f"the segments must have {customers:,} customers")
        must(abs(sum(one["share"] for one in listed) - (1 if customers else 0)) < 1e-9, "the shares must add up to 1")
        must(set(known.values()) <= {one["name"]["en"] for one in listed}, "each customer's segment must be listed")

    def are_campaigns(answer: Answer) -> None:
        found = content(answer)
        is_date(found.get("as_of"))
        listed: Any = found.get("campaigns")
        must(isinstance(listed, list), "there must be a list of campaigns")
        fields = {"campaign", "action", "start", "end", "state", "customers", "lift"}
        must(all(one.keys() == fields for one in listed), f"a campaign must have {', '.join(sorted(fields))}")
        must(len({one["campaign"] for one in listed}) == len(listed), "the names of the campaigns must be unique")
        must(all(one["start"] <= one["end"] for one in listed), "no campaign may end before it starts")

    def is_version(answer: Answer) -> None:
        found = content(answer)
        must(
            found.keys() == {"model", "version", "as_of", "customers", "loaded_at"}, "the version must have five fields"
        )
        is_date(found["as_of"])

    def has_metrics(answer: Answer) -> None:
        has_status(answer, 200)
        for name in ("clientela_requests_total", "clientela_request_seconds_bucket", "clientela_model_version_max"):
            must(name in answer.text, f"the metrics must contain {name}")

    def is_page(answer: Answer) -> None:
        has_status(answer, 200)
        must("<title>" in answer.text and ROUTE in answer.text, "the page must list the paths")

    yield Case("GET", "/segments", "names, sizes, descriptions, actions", are_all)
    yield Case("GET", "/campaigns", "dates, states, customers, lift", are_campaigns)
    yield Case("GET", "/version", "model, version, as-of date", is_version)
    yield Case("GET", "/health", "alive, no key", ok, with_key=False)
    yield Case("GET", "/ready", "a version is loaded, no key", ok, with_key=False)
    yield Case("GET", "/metrics", "metrics for Prometheus", has_metrics)
    yield Case("GET", "/docs", "a page for people", is_page)


def _paths_and_headers() -> Iterator[Case]:
    """Paths, methods and headers."""
    none = refusal(404, "ENDPOINT_NOT_FOUND")
    yield Case("GET", "", "an unknown path", none, path="/no-such-address")
    for route, method, right in ((ROUTE, "GET", "POST"), (LOOKUP, "GET", "POST"), ("/segments", "DELETE", "GET")):
        yield Case(method, route, "another method", refusal(405, "METHOD_NOT_ALLOWED", right, headers={"allow": right}))
    yield Case("HEAD", "/segments", "only the headers", _only_headers)

    def same_id(answer: Answer) -> None:
        must(answer.headers.get("x-request-id") == "try.API_1-a", "X-Request-ID must be sent back")
        must(answer.headers.get("cache-control") == "no-store", "the answer must not be cached")

    def own_id(answer: Answer) -> None:
        must(re.fullmatch(r"[0-9a-f]{16}", answer.headers.get("x-request-id", "")), "X-Request-ID must be generated")

    yield Case("GET", "/version", "a request id is sent back", same_id, headers={"X-Request-ID": "try.API_1-a"})
    yield Case("GET", "/version", "an invalid request id is replaced", own_id, headers={"X-Request-ID": "<b>1</b>"})


def _keys(key: str) -> Iterator[Case]:
    why_not = "" if key else OPEN
    bearer = {"Authorization": f"Bearer {key}"}
    yield Case("GET", "/version", "the key as a bearer", ok, headers=bearer, with_key=False, why_not=why_not)
    missing = refusal(401, "UNAUTHENTICATED", headers={"www-authenticate": "Bearer"})
    unknown = refusal(403, "PERMISSION_DENIED")
    for route in ("/segments", "/version"):
        yield Case("GET", route, "no key", missing, with_key=False, why_not=why_not)
        wrong = {"X-API-Key": "not-a-key"}
        yield Case("GET", route, "a wrong key", unknown, headers=wrong, with_key=False, why_not=why_not)
    yield Case(
        "GET", CUSTOMER, "no key", missing, path=f"/customers/{NOBODY}", with_key=False, why_not=why_not
    )  # fmt: skip
    for route in (ROUTE, LOOKUP):
        yield post(route, "no key", {}, missing, with_key=False, why_not=why_not)
    wrong = {"Authorization": "Bearer not-a-key"}
    yield Case("GET", "/version", "a wrong bearer key", unknown, headers=wrong, with_key=False, why_not=why_not)


def _too_large(answer: Answer) -> None:
    if answer.status == 200:
        raise NotTried("this server accepts longer bodies")
    refusal(413, "REQUEST_TOO_LARGE")(answer)


def _only_headers(answer: Answer) -> None:
    only_status(200)(answer)
    must(not answer.body, "there must be no body")
    must(int(answer.headers.get("content-length", "0")) > 0, "the length must be that of the body of GET")


def check_document(document: Mapping[str, Any], tried: Iterable[tuple[str, str]]) -> None:
    """Check that the OpenAPI document is consistent and that each of its operations was tried.

    Args:
        document: OpenAPI document of the server.
        tried: method (in lower case) and path of each request that was tried.

    Raises:
        Unexpected: a part is missing or wrong.
    """
    must(str(document.get("openapi", "")).startswith("3.1."), "the document must be OpenAPI 3.1")
    must({"title", "version"} <= document.get("info", {}).keys(), "the document must have a title and a version")
    for path, operations in document.get("paths", {}).items():
        for method, operation in operations.items():
            name = f"{method.upper()} {path}"
            must(method in METHODS, f"{name} must have an HTTP method")
            must("200" in operation.get("responses", {}), f"{name} must describe status 200")
            must(
                all(one.get("description") for one in operation["responses"].values()),
                f"{name} must describe its answers",
            )
            needed = set(re.findall(r"{(\w+)}", path))
            given = {one["name"] for one in operation.get("parameters", ()) if one["in"] == "path"}
            must(needed == given, f"{name} must describe {', '.join(sorted(needed ^ given))}")
            must((method, path) in set(tried), f"{name} must be tried by this command; it is new")
    for reference in _references(document):
        must(_find(document, reference) is not None, f"{reference} must be in the document")
    schemes = document.get("components", {}).get("securitySchemes", {})
    must(
        {name for one in document.get("security", ()) for name in one} <= schemes.keys(),
        "each kind of key must be described",
    )


def _references(part: Any) -> Iterator[str]:
    if isinstance(part, dict):
        if isinstance(part.get("$ref"), str):
            yield part["$ref"]
        for value in part.values():
            yield from _references(value)
    elif isinstance(part, list):
        for value in part:
            yield from _references(value)


def _find(document: Mapping[str, Any], reference: str) -> Any:
    part: Any = document
    for name in reference.removeprefix("#/").split("/"):
        part = part.get(name) if isinstance(part, dict) else None
    return part
