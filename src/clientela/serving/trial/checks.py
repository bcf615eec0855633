"""What must hold of an answer: each check takes one and raises where it does not."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from clientela.contracts import LANGUAGES
from clientela.serving.trial.client import Answer

JSON = "application/json"
Check = Callable[[Answer], None]


class Unexpected(Exception):
    """An answer that breaks the API; the sentence says how."""


class NotTried(Exception):
    """What cannot be seen from here; the sentence says why."""


@dataclass(frozen=True)
class Case:
    """One request and what must be answered.

    Attributes:
        method: of HTTP.
        route: the address as the OpenAPI document writes it.
        name: what is tried.
        check: of the answer.
        path: the address that is asked, where it is not the route.
        body: of the request.
        headers: beside the key.
        with_key: whether the key is sent.
        why_not: why it is not tried, if so.
    """

    method: str
    route: str
    name: str
    check: Check
    path: str = ""
    body: bytes | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    with_key: bool = True
    why_not: str = ""


def post(route: str, name: str, content: Any, check: Check, *, kind: str = JSON, **more: Any) -> Case:
    """A POST of JSON, or of bytes as they are."""
    body = content if isinstance(content, bytes) else json.dumps(content).encode()
    return Case("POST", route, name, check, body=body, headers={"Content-Type": kind}, **more)


def must(holds: object, sentence: str) -> None:
    """Go on only where it holds.

    Raises:
        Unexpected: it does not.
    """
    if not holds:
        raise Unexpected(sentence)


def has_status(answer: Answer, status: int) -> None:
    """The status is this one."""
    must(answer.status == status, f"the status must be {status}; it is {answer.status}{_said(answer)}")


def content(answer: Answer) -> dict[str, Any]:
    """The JSON object of an answer with status 200."""
    has_status(answer, 200)
    must(answer.headers.get("content-type", "").startswith(JSON), "the content type must be application/json")
    found = answer.json
    must(isinstance(found, dict), "the body must be a JSON object")
    return dict(found)


def ok(answer: Answer) -> None:
    """The status is 200, whatever the body."""
    has_status(answer, 200)


def only_status(status: int) -> Check:
    """The status is this one, whatever the body."""
    return lambda answer: has_status(answer, status)


def refusal(status: int, code: str, says: str = "", *, headers: Mapping[str, str] | None = None) -> Check:
    """The status, and a body of an error code and a sentence that says this."""

    def check(answer: Answer) -> None:
        has_status(answer, status)
        body = answer.json
        must(
            isinstance(body, dict) and body.keys() == {"error_code", "message"},
            "the body must be a JSON object of error_code and message",
        )
        must(body["error_code"] == code, f"the error_code must be {code}; it is {body['error_code']}")
        must(says in body["message"], f"the message must say {says!r}; it is {body['message']!r}")
        for name, value in (headers or {}).items():
            must(value in answer.headers.get(name, ""), f"the header {name} must hold {value!r}")

    return check


def segments(key: str, expected: Sequence[tuple[str | None, str | None]]) -> Check:
    """Under `key` exactly one answer an id, in the order that was asked, with the segment or null."""

    def check(answer: Answer) -> None:
        told = content(answer).get(key)
        must(isinstance(told, list), f"the body must hold a list of {key}")
        assert isinstance(told, list)
        must(len(told) == len(expected), f"there must be {len(expected):,} answers; there are {len(told):,}")
        for at, (one, (id_, segment)) in enumerate(zip(told, expected, strict=True)):
            right = {"customer_id": id_, "segment": segment}
            must(one == right, f"answer {at + 1} must be {json.dumps(right)}; it is {json.dumps(one)[:200]}")

    return check


def details(key: str, expected: Sequence[tuple[str, str | None]]) -> Check:
    """As `segments`, each with its details; null for who is not known."""

    def check(answer: Answer) -> None:
        told = content(answer).get(key)
        must(isinstance(told, list) and len(told) == len(expected), f"{key} must be one answer an id")
        assert isinstance(told, list)
        for one, (id_, segment) in zip(told, expected, strict=True):
            must(
                (one.get("customer_id"), one.get("segment")) == (id_, segment),
                "id and segment must be as without details",
            )
            check_detail(one.get("detail"), segment)

    return check


def check_detail(detail: Any, segment: str | None) -> None:
    """The fields of one customer's details."""
    if segment is None:
        must(detail is None, "the detail of who is not known must be null")
        return
    must(isinstance(detail, dict), "a known customer must have details")
    fields = {"segment_id", "name", "description", "action", "as_of", "customer", "why", "next"}
    must(
        detail.keys() == fields,
        f"the details must be {', '.join(sorted(fields))}; they are {', '.join(sorted(detail))}",
    )
    must(isinstance(detail["segment_id"], int), "segment_id must be a whole number")
    for name in ("name", "description", "action"):
        in_languages(detail[name], name)
    must(detail["name"]["en"] == segment, "the English name must be the segment")
    is_date(detail["as_of"])
    figures = detail["customer"]
    must(isinstance(figures, dict) and figures, "there must be figures of the customer")
    must(
        all(value is None or isinstance(value, (int, float)) for value in figures.values()),
        "figures must be numbers or null",
    )
    why = detail["why"]
    must(isinstance(why, dict) and isinstance(why.get("agrees"), bool), "why must say whether the rule agrees")
    in_languages(why.get("rule"), "rule")
    if detail["next"] is not None:
        in_languages(detail["next"].get("segment"), "next segment")
        must(detail["next"].get("conditions"), "the next segment must have conditions")
        for condition in detail["next"]["conditions"]:
            must(condition.keys() == {"feature", "now", "op", "value", "text"}, "a condition must have its five fields")
            in_languages(condition["text"], "text of a condition")


def in_languages(texts: Any, name: str) -> None:
    """A text in each language."""
    whole = (
        isinstance(texts, dict)
        and texts.keys() == set(LANGUAGES)
        and all(isinstance(t, str) and t for t in texts.values())
    )
    must(whole, f"the {name} must be a text in each of {' and '.join(sorted(LANGUAGES))}")


def is_date(text: Any) -> None:
    """An ISO date."""
    try:
        date.fromisoformat(text)
    except (TypeError, ValueError):
        raise Unexpected(f"as_of must be a date like 2025-01-31; it is {text!r}") from None


def _said(answer: Answer) -> str:
    return f": {answer.text[:200]!r}" if answer.body else ""
