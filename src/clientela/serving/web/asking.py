"""How the pages ask the served versions: through the functions of the API, so that its limits and counts apply."""

from typing import Any, Protocol

from clientela.serving.request import Answer, Request


class Asking(Protocol):
    """What the pages need of the API's routes."""

    def segments(self, request: Request, values: list[Any], *, detail: bool) -> list[dict[str, Any]]:
        """The segments of ids, as `POST /invocations` answers.

        Args:
            request: the request that is answered.
            values: the ids as they were sent.
            detail: whether the answers say what they are based on.

        Raises:
            Refusal: no version is loaded, or there are too many ids.
            RequestError: a value cannot be an id.
        """

    def churn(self, request: Request, values: list[Any], *, detail: bool) -> list[dict[str, Any]]:
        """The churn predictions of ids, as `POST /churn` answers.

        Args:
            request: the request that is answered.
            values: the ids as they were sent.
            detail: whether the answers say what they are based on.

        Raises:
            Refusal: churn is not served, no version of it is loaded, or there are too many ids.
            RequestError: a value cannot be an id.
        """

    def arms(self, request: Request, customer_id: str) -> list[dict[str, Any]] | None:
        """The arms of a customer in the campaigns that run; None before the campaigns could be read.

        Args:
            request: the request that is answered.
            customer_id: id of a customer, as the version answers it.
        """

    def answer(self, request: Request) -> Answer:
        """The answer to a request of the API from the owner of `request`.

        Raises:
            Refusal: the request breaks a rule.
            RequestError: the request breaks a rule of the version.
        """
