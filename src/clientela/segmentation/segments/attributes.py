"""Attributes of a segment's customers beyond their purchases, compared with all customers."""

from collections.abc import Callable, Mapping
from typing import Literal, TypedDict

import numpy as np
import pandas as pd

from clientela.features.effects import cliffs_delta

MOST_VALUES = 6  # of a categorical attribute: the segment's most frequent ones


class ValueData(TypedDict):
    """One value of a categorical attribute; `lift` is the segment's share / the share of all customers."""

    value: str
    share: float
    base_share: float
    lift: float


class NumericAttribute(TypedDict):
    """A numeric attribute: the segment's median and quartiles, the median of all, Cliff's delta.

    Figures are None if no value is known; `known` counts the segment's customers whose value is known.
    """

    name: str
    kind: Literal["numeric"]
    median: float | None
    q1: float | None
    q3: float | None
    base_median: float | None
    effect: float | None
    known: int


class CategoricalAttribute(TypedDict):
    """A categorical attribute: the segment's most frequent values; `known` counts its customers with a value."""

    name: str
    kind: Literal["categorical"]
    values: list[ValueData]
    known: int


AttributeData = NumericAttribute | CategoricalAttribute


def profile_attributes(
    attributes: pd.DataFrame,
    segment_of: pd.DataFrame,
    kinds: Mapping[str, Literal["numeric", "categorical"]],
    *,
    smallest_group: int = 1,
) -> dict[int, list[AttributeData]]:
    """Compare each segment's attributes with those of all customers.

    Shares are of the customers whose value is known. The effect of a numeric attribute is Cliff's delta (Cliff 1993,
    *Dominance statistics*): how much more often a member's value is above another customer's than below it.

    Args:
        attributes: attributes as `read_attributes` returns them; a customer who is missing has no known value.
        segment_of: customer_id and segment_id, one row per customer.
        kinds: attribute -> "numeric" or "categorical".
        smallest_group: number of customers below which a figure or a value is left out.

    Returns:
        Segment id -> one dict per attribute, in the order of `kinds`.
    """
    table = segment_of.merge(attributes, on="customer_id", how="left", validate="one_to_one")
    segments = table["segment_id"].to_numpy()
    return {
        int(id_): [_PROFILES[kind](name, table[name], segments == id_, smallest_group) for name, kind in kinds.items()]
        for id_ in np.unique(segments)
    }


def _numeric(name: str, values: pd.Series, members: np.ndarray, smallest_group: int) -> NumericAttribute:
    numbers = values.astype("float64")
    inside = numbers[members]
    known = int(inside.count())
    if known < smallest_group:
        nothing = dict.fromkeys(("median", "q1", "q3", "effect"))
        base = _known(numbers.median())
        return {"name": name, "kind": "numeric", **nothing, "base_median": base, "known": known}  # type: ignore[typeddict-item]
    return {
        "name": name,
        "kind": "numeric",
        "median": _known(inside.median()),
        "q1": _known(inside.quantile(0.25)),
        "q3": _known(inside.quantile(0.75)),
        "base_median": _known(numbers.median()),
        "effect": _known(cliffs_delta(numbers, members)),
        "known": known,
    }


def _known(value: float) -> float | None:
    return None if np.isnan(value) else float(value)


def _categorical(name: str, values: pd.Series, members: np.ndarray, smallest_group: int) -> CategoricalAttribute:
    inside, all_customers = (known.dropna().value_counts() for known in (values[members], values))
    shares, base_shares = inside / inside.sum(), all_customers / all_customers.sum()
    shown = shares[inside >= smallest_group]
    most = sorted(shown.items(), key=lambda item: (-item[1], item[0]))[:MOST_VALUES]
    return {
        "name": name,
        "kind": "categorical",
        "values": [
            {
                "value": str(value),
                "share": float(share),
                "base_share": float(base_shares[value]),
                "lift": float(share / base_shares[value]),
            }
            for value, share in most
        ],
        "known": int(inside.sum()),
    }


_PROFILES: Mapping[str, Callable[[str, pd.Series, np.ndarray, int], AttributeData]] = {
    "numeric": _numeric,
    "categorical": _categorical,
}
