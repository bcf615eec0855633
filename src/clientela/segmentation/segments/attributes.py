"""What is known of a segment's customers beyond their purchases, beside what is known of all customers."""

from collections.abc import Mapping
from typing import Any, Literal

import numpy as np
import pandas as pd

from clientela.features.effects import cliffs_delta

MOST_VALUES = 6  # of a categorical attribute, the most frequent ones of the segment


def profile_attributes(
    attributes: pd.DataFrame, segment_of: pd.DataFrame, kinds: Mapping[str, Literal["numeric", "categorical"]]
) -> dict[int, list[dict[str, Any]]]:
    """Segment id -> one plain dict an attribute, in the order of `kinds`.

    Shares are of those whose value is known (`known` counts the segment's); `base_` stands for all customers of
    `segment_of`. Where nobody's value is known, figures are None and values are empty.

    Args:
        attributes: as `read_attributes` gives them; a customer who is not there has no known value.
        segment_of: customer_id and segment_id, one row a customer.
        kinds: attribute -> its kind.
    """
    table = segment_of.merge(attributes, on="customer_id", how="left", validate="one_to_one")
    segments = table["segment_id"].to_numpy()
    return {
        int(id_): [_PROFILES[kind](name, table[name], segments == id_) for name, kind in kinds.items()]
        for id_ in np.unique(segments)
    }


def _numeric(name: str, values: pd.Series, members: np.ndarray) -> dict[str, Any]:
    numbers = values.astype("float64")
    inside = numbers[members]
    figures = {
        "median": inside.median(),
        "q1": inside.quantile(0.25),
        "q3": inside.quantile(0.75),
        "base_median": numbers.median(),
        "effect": cliffs_delta(numbers, members),
    }
    known = {figure: None if np.isnan(value) else float(value) for figure, value in figures.items()}
    return {"name": name, "kind": "numeric", **known, "known": int(inside.count())}


def _categorical(name: str, values: pd.Series, members: np.ndarray) -> dict[str, Any]:
    inside, everybody = (known.dropna().value_counts() for known in (values[members], values))
    shares, base_shares = inside / inside.sum(), everybody / everybody.sum()
    most = sorted(shares.items(), key=lambda item: (-item[1], item[0]))[:MOST_VALUES]
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


_PROFILES = {"numeric": _numeric, "categorical": _categorical}
