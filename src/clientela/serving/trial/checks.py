"""Checks of an answer; each takes an answer and raises `Unexpected` if the answer is wrong."""

import json
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from clientela.contracts import LANGUAGES
from clientela.serving.trial.client import Answer

JSON = "application/json"
Check = Callable[[Answer], None]


class Unexpected(Exception):
    """The answer does not follow the API; the message says why."""


class NotTried(Exception):
    """The check cannot be made on this server; the message says why."""


@dataclass(frozen=True)
class Case:
    """One request, and the check of its answer.

    Attributes:
        method: HTTP method.
        route: path as in the OpenAPI document.
        name: what the case tries.
        check: check of the answer.
        path: path of the request; "" for the route itself.
        body: body of the request.
        headers: headers of the request besides the key.
        with_key: whether the key is sent.
        why_not: reason for not trying the case; "" to try it.
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
    """Make the case of a POST request.

    Args:
        route: path as in the OpenAPI document.
        name: what the case tries.
        content: body; bytes are sent as they are, anything else as JSON.
        check: check of the answer.
        kind: content type.
        more: further attributes of the case.

    Returns:
        The case.
    """
    body = content if isinstance(content, bytes) else json.dumps(content).encode()
    return Case("POST", route, name, check, body=body, headers={"Content-Type": kind}, **more)


def must(holds: object, sentence: str) -> None:
    """Require a condition.

    Raises:
        Unexpected: the condition is false; its message is `sentence`.
    """
    if not holds:
        raise Unexpected(sentence)


def has_status(answer: Answer, status: int) -> None:
    """Check the status."""
    must(answer.status == status, f"the status must be {status}; it is {answer.status}{_body_of(answer)}")


def content(answer: Answer) -> dict[str, Any]:
    """Check that the status is 200; returns the JSON object of the body."""
    has_status(answer, 200)
    must(answer.headers.get("content-type", "").startswith(JSON), "the content type must be application/json")
    found = answer.json
    must(isinstance(found, dict), "the body must be a JSON object")
    return dict(found)


def ok(answer: Answer) -> None:
    """Check that the status is 200, with any body."""
    has_status(answer, 200)


def only_status(status: int) -> Check:
    """A check of the status, with any body."""
    return lambda answer: has_status(answer, status)


def refusal(status: int, code: str, says: str = "", *, headers: Mapping[str, str] | None = None) -> Check:
    """A check of a refusal: its status, and a body with an error code and a message.

    Args:
        status: HTTP status.
        code: error code of the body.
        says: text that the message contains.
        headers: name (in lower case) -> text that the header's value contains.

    Returns:
        The check.
    """

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
    """A check of the list under `key`: one answer per id, in the order of the request, with the segment or null."""

    def check(answer: Answer) -> None:
        answers = content(answer).get(key)
        must(isinstance(answers, list), f"the body must hold a list of {key}")
        assert isinstance(answers, list)
        must(len(answers) == len(expected), f"there must be {len(expected):,} answers; there are {len(answers):,}")
        for at, (one, (id_, segment)) in enumerate(zip(answers, expected, strict=True)):
            right = {"customer_id": id_, "segment": segment}
            must(one == right, f"answer {at + 1} must be {json.dumps(right)}; it is {json.dumps(one)[:200]}")

    return check


def details(key: str, expected: Sequence[tuple[str, str | None]]) -> Check:
    """As `segments`, with details; null for unknown customers."""

    def check(answer: Answer) -> None:
        answers = content(answer).get(key)
        must(isinstance(answers, list) and len(answers) == len(expected), f"{key} must have one answer per id")
        assert isinstance(answers, list)
        for one, (id_, segment) in zip(answers, expected, strict=True):
            must(
                (one.get("customer_id"), one.get("segment")) == (id_, segment),
                "id and segment must be as without details",
            )
            check_detail(one.get("detail"), segment)

    return check


def check_detail(detail: Any, segment: str | None, *, own: Collection[str] = ()) -> None:
    """Check the details of one customer, who is unknown if the segment is None; `own` are fields of the route."""
    if segment is None:
        must(detail is None, "the detail of an unknown customer must be null")
        return
    must(isinstance(detail, dict), "a known customer must have details")
    fields = {
        *("segment_id", "name", "previous_name", "description", "action", "new_customer"),
        *("as_of", "since", "customer", "why", "next"),
        *own,
    }
    must(
        detail.keys() == fields,
        f"the details must be {', '.join(sorted(fields))}; they are {', '.join(sorted(detail))}",
    )
    must(isinstance(detail["segment_id"], int), "segment_id must be a whole number")
    for name in ("name", "description", "action"):
        in_languages(detail[name], name)
    if detail["previous_name"] is not None:
        in_languages(detail["previous_name"], "previous_name")
    must(detail["new_customer"] in (True, False, None), "new_customer must be true, false or null")
    must(detail["name"]["en"] == segment, "the English name must be the segment")
    is_date(detail["as_of"])
    if detail["since"] is not None:
        is_date(detail["since"], "since")
    features = detail["customer"]
    must(isinstance(features, dict) and features, "customer must hold features")
    must(
        all(value is None or isinstance(value, (int, float)) for value in features.values()),
        "features must be numbers or null",
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
    """Check that there is a text in each language."""
    whole = (
        isinstance(texts, dict)
        and texts.keys() == set(LANGUAGES)
        and all(isinstance(t, str) and t for t in texts.values())
    )
    must(whole, f"the {name} must be a text in each of {' and '.join(sorted(LANGUAGES))}")


def is_date(text: Any, name: str = "as_of") -> None:
    """Check that the text is an ISO date."""
    try:
        date.fromisoformat(text)
    except (TypeError, ValueError):
        raise Unexpected(f"{name} must be a date like 2025-01-31; it is {text!r}") from None


def _body_of(answer: Answer) -> str:
    return f": {answer.text[:200]!r}" if answer.body else ""
