"""Cases of what the production server says of churn, where it serves that."""

from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import quote

from clientela.serving.trial.checks import Case, Check, NotTried, content, in_languages, must, post, refusal
from clientela.serving.trial.client import Answer
from clientela.serving.trial.invocations import INVALID, NO_KNOWN, NOBODY

CHURN, ONE = "/churn", "/customers/{id}/churn"
NO_MODEL = "no churn model has a champion here"
# Of every data set; a model that was fitted without one takes the other.
FEATURES = {"days_since_last_purchase": 40, "order_count": 3}
FIELDS = {"customer_id", "probability", "band", "call", "reasons"}
BANDS = ("high", "medium", "low")


def churn_cases(known: Sequence[str], *, keys: bool) -> Iterator[Case]:
    """Requests that are answered and requests that are refused.

    Args:
        known: customers of the segments; may be empty.
        keys: whether the server asks for one.
    """
    asked = [*known[:1], NOBODY, *known[:1]]
    yield post(CHURN, "ids, unknown ids", {"inputs": asked}, _where_loaded(_answers(asked)))
    yield post(CHURN, "raw features of a new customer", {"dataframe_records": [FEATURES]}, _where_loaded(_of_features))
    yield post(CHURN, "no ids", {"inputs": []}, _where_loaded(refusal(400, INVALID, "is empty")))
    wrong = {"dataframe_records": [{"order_count": -1}]}
    yield post(CHURN, "an impossible figure", wrong, _where_loaded(refusal(400, INVALID)))
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
        told: Any = content(answer).get("predictions")
        must(isinstance(told, list) and len(told) == len(asked), "predictions must be one answer an id")
        for one, id_ in zip(told, asked, strict=True):
            must(one.get("customer_id") == id_, "the answers must be in the order of the request")
            _check_answer(one)
            must(id_ != NOBODY or one["probability"] is None, "the probability of who is not known must be null")

    return check


def _of_features(answer: Answer) -> None:
    (told,) = content(answer)["predictions"]
    _check_answer(told)
    must(told["probability"] is not None, "a new customer must have a probability")


def _one(answer: Answer) -> None:
    if answer.status == 404:
        raise NotTried("the churn model does not know this customer")
    told = content(answer)
    detail = told.pop("detail")
    _check_answer(told)
    must(
        detail.keys() == {"as_of", "window_days", "expected_profit", "figures"},
        "the details must be date, window, expected profit and figures",
    )


def _check_answer(told: dict[str, Any]) -> None:
    must(told.keys() == FIELDS, f"an answer must have {', '.join(sorted(FIELDS))}; it has {', '.join(sorted(told))}")
    if told["probability"] is None:
        must((told["band"], told["call"], told["reasons"]) == (None, None, []), "who is not known must have nothing")
        return
    must(0 <= told["probability"] <= 1, "the probability must lie between 0 and 1")
    must(told["band"] in BANDS, f"the band must be one of {', '.join(BANDS)}")
    must(isinstance(told["call"], bool), "call must say whether a call pays")
    for reason in told["reasons"]:
        in_languages(reason["text"], "text of a reason")
