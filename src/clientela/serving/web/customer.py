"""The page of one customer: what the served versions know."""

from typing import Any

from clientela.serving.refusals import Refusal
from clientela.serving.request import Answer, Request
from clientela.serving.web.asking import Asking
from clientela.serving.web.render import render
from clientela.serving.web.served import currency_of, require_serving
from clientela.serving.web.visit import Visit

LONGEST_ID = 500


class CustomerPage:
    """The page of one customer.

    Args:
        asking: asks the served versions, as the API does.
    """

    def __init__(self, asking: Asking) -> None:
        self._asking = asking

    def show(self, request: Request, visit: Visit) -> Answer:
        """The page; without an id, the form alone.

        Raises:
            Refusal: no version is loaded.
            RequestError: the id cannot be one.
        """
        serving = require_serving(request)
        wanted = visit.query.get("id", "")[:LONGEST_ID].strip()
        currency = currency_of(serving)
        if not wanted:
            return render("customer", request, visit, currency=currency, wanted="", answer=None)
        (answer,) = self._asking.segments(request, [wanted], detail=True)
        if answer["segment"] is None:
            return render("customer", request, visit, status=404, currency=currency, wanted=wanted, answer=None)
        return render(
            "customer", request, visit, currency=currency, wanted=wanted, answer=answer,
            segment=require_serving(request).lookup.segments[answer["detail"]["segment_id"]],
            churn=self._churn(request, wanted), arms=self._asking.arms(request, answer["customer_id"]) or [],
        )  # fmt: skip

    def _churn(self, request: Request, wanted: str) -> dict[str, Any] | None:
        """The churn prediction; None if churn is not served, or does not know the customer."""
        try:
            (answer,) = self._asking.churn(request, [wanted], detail=True)
        except Refusal:
            return None
        return answer if answer["probability"] is not None else None
