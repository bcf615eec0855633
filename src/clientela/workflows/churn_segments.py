"""Churn and segments side by side: customers are joined by their canonical id, whichever run came first."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pandas as pd

from clientela import registry
from clientela.churn.report.summary import by_segment
from clientela.churn.version import ChurnVersion, read_version
from clientela.errors import RegistryError
from clientela.segmentation.registered import find_champion


def risk_of_segments(
    model: str, version: ChurnVersion, *, dataset: str, echo: Callable[[str], None]
) -> dict[str, Any] | None:
    """The churn risk of each segment of the champion of `model`; None where there is none of this data set.

    Returns what `by_segment` does, the model, the version, and `segment_of`: segment id by customer id.
    """
    try:
        found = find_champion(model, dataset=dataset)
    except RegistryError as error:
        echo(f"The risk cannot be told by segment. {error}")
        return None
    if found is None:
        return None
    segment_of = found.version.customers.set_index("customer_id")["segment_id"]
    told = by_segment(version.customers, segment_of, found.version.segments, version.card["bands"])
    return told | {"model": model, "version": found.number, "segment_of": segment_of.to_dict()}


def churn_of_segments(
    model: str,
    segment_of: pd.Series,
    segments: Sequence[Mapping[str, Any]],
    *,
    dataset: str,
    echo: Callable[[str], None],
) -> dict[int, dict[str, Any]] | None:
    """Segment id -> its churn risk by the champion of the churn model; None where there is none of this data set.

    Args:
        model: name of the churn model.
        segment_of: segment id by customer_id.
        segments: what the segments are.
        dataset: of the segments.
        echo: takes what stands in the way.
    """
    try:
        found = registry.champion_of(model, dataset=dataset)
        if found is None:
            return None
        version = read_version(found.files)
    except RegistryError as error:
        echo(f"The segments' churn risk cannot be told. {error}")
        return None
    rows = by_segment(version.customers, segment_of, segments, version.card["bands"])["rows"]
    days = version.card["window_days"]
    return {row["id"]: {**row, "days": days, "as_of": version.card["as_of"], "version": found.number} for row in rows}
