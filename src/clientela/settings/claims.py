"""Claims in settings: bounds on figures that the texts of a segment state of its customers."""

import string
from typing import Annotated

from pydantic import AfterValidator

RANK = "rank_of_"
IN_GAPS, IN_MEDIANS = "_in_gaps", "_in_medians"
DAYS = ("days_since_last_purchase", "tenure_days")


def feature_of(figure: str) -> str:
    """The feature that a figure of a claim is computed from: `rank_of_total_spend` -> `total_spend`."""
    return figure.removeprefix(RANK).removesuffix(IN_GAPS).removesuffix(IN_MEDIANS)


def _is_open_at_one_end(bounds: tuple[float | None, float | None]) -> tuple[float | None, float | None]:
    if (bounds[0] is None) == (bounds[1] is None):
        raise ValueError(f"a claim has one bound, such as [2, null] or [null, 1.5]; got {list(bounds)}")
    return bounds


Bounds = Annotated[tuple[float | None, float | None], AfterValidator(_is_open_at_one_end)]


def places_of(text: str) -> set[str]:
    """The places in braces of a text."""
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}
