"""Answers that are no answer: status, code and one sentence, in MLflow's form."""

from collections.abc import Mapping

import orjson


class Refusal(Exception):
    """A request that gets no answer; the sentence names the rule and the value, and nothing of the customers."""

    def __init__(self, status: int, code: str, sentence: str, headers: Mapping[bytes, bytes] | None = None) -> None:
        super().__init__(sentence)
        self.status = status
        self.headers = list((headers or {}).items())
        self.body = orjson.dumps({"error_code": code, "message": sentence})


def invalid(sentence: str) -> Refusal:
    """400: the request cannot be read, or breaks a rule."""
    return Refusal(400, "INVALID_PARAMETER_VALUE", sentence)
