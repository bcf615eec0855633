"""Cases of the churn endpoints of the production server."""

from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import quote

from clientela.serving.trial.checks import Case, Check, NotTried, content, in_languages, must, post, refusal
from clientela.serving.trial.client import Answer
from clientela.serving.trial.invocations import INVALID, NO_KNOWN, NOBODY

CHURN, ONE = "/churn", "/customers/{id}/churn"
NO_MODEL = "no churn model has a champion here"
# Every data set has these features; a model may have been fitted without one of them.
FEATURES = {"days_since_last_purchase": 40, "order_count": 3}
FIELDS = {"customer_id", "probability", "band", "call", "reasons"}
BANDS = ("high", "medium", "low")


def churn_cases(known: Sequence[str], *, keys: bool) -> Iterator[Case]:
    """Requests that are answered, and requests that are refused.

    Args:
        known: ids of known customers; may be empty.
        keys: whether the server needs a key.
    """
    asked = [*known[:1], NOBODY, *known[:1]]
    yield post(CHURN, "ids, unknown ids", {"inputs": asked}, _where_loaded(_answers(asked)))
    yield post(CHURN, "raw features of a new customer", {"dataframe_records": [FEATURES]}, _where_loaded(_of_features))
    yield post(CHURN, "no ids", {"inputs": []}, _where_loaded(refusal(400, INVALID, "is empty")))
    wrong = {"dataframe_records": [{"order_count": -1}]}
    yield post(CHURN, "an impossible feature", wrong, _where_loaded(refusal(400, INVALID)))
    path = f"/customers/{quote(next(iter(known), ''), safe='')}/churn"
    why_not = "" if known else NO_KNOWN
    yield Case("GET", ONE, "a customer, with details", _where_loaded(_one), path=path, why_not=why_not)
    unknown = _where_loaded(refusal(404, "RESOURCE_DOES_NOT_EXIST"))
    yield Case("GET", ONE, "an unknown customer", unknown, path=f"/customers/{NOBODY}/churn")
    if keys:
        yield post(CHURN, "no key", {}, refusal(401, "UNAUTHENTICATED"), with_key=False)


def _where_loaded(check: Check) -> Check:
    def checked(answer: Answer) -> None:
        if answer.status == 503 and "No churn model" in answer.text:
            raise NotTried(NO_MODEL)
        check(answer)

    return checked


def _answers(asked: Sequence[str]) -> Check:
    def check(answer: Answer) -> None:
        found: Any = content(answer).get("predictions")
        must(isinstance(found, list) and len(found) == len(asked), "predictions must have one answer per id")
        for one, id_ in zip(found, asked, strict=True):
            must(one.get("customer_id") == id_, "the answers must be in the order of the request")
            _check_answer(one)
            must(id_ != NOBODY or one["probability"] is None, "the probability of an unknown customer must be null")

    return check


def _of_features(answer: Answer) -> None:
    (found,) = content(answer)["predictions"]
    _check_answer(found)
    must(found["probability"] is not None, "a new customer must have a probability")


def _one(answer: Answer) -> None:
    if answer.status == 404:
        raise NotTried("the churn model does not know this customer")
    found = content(answer)
    detail = found.pop("detail")
    _check_answer(found)
    must(
        detail.keys() == {"as_of", "window_days", "expected_profit", "figures"},
        "the details must be as_of, window_days, expected_profit and figures",
    )


def _check_answer(found: dict[str, Any]) -> None:
    must(found.keys() == FIELDS, f"an answer must have {', '.join(sorted(FIELDS))}; it has {', '.join(sorted(found))}")
    if found["probability"] is None:
        must(
            (found["band"], found["call"], found["reasons"]) == (None, None, []),
            "an unknown customer must have no band, call or reasons",
        )
        return
    must(0 <= found["probability"] <= 1, "the probability must lie between 0 and 1")
    must(found["band"] in BANDS, f"the band must be one of {', '.join(BANDS)}")
    must(isinstance(found["call"], bool), "call must say whether a call pays")
    for reason in found["reasons"]:
        in_languages(reason["text"], "text of a reason")
