"""What the pages need of the version that answers."""

import re
from typing import Any, cast

from clientela.serving.refusals import Refusal
from clientela.serving.request import Request
from clientela.serving.segments import SegmentsServing

CODE = re.compile("[A-Z]{3}")
MEMBERSHIP = "insider"  # column of the customers if the version was made with an Insiders programme


def require_serving(request: Request) -> SegmentsServing:
    """The version of the segments that answers.

    Raises:
        Refusal: 503 if no version is loaded.
    """
    if request.serving is None:
        raise unavailable("No version is loaded yet: the registry must have a champion that can be opened.")
    return cast(SegmentsServing, request.serving)


def unavailable(sentence: str) -> Refusal:
    """503, with the seconds to wait."""
    return Refusal(503, "TEMPORARILY_UNAVAILABLE", sentence, {b"retry-after": b"10"})


def currency_of(serving: Any) -> str:
    """The currency of a version's amounts (ISO 4217); empty if it is unknown."""
    code = getattr(serving.lookup, "currency", "")
    return code if isinstance(code, str) and CODE.fullmatch(code) else ""
