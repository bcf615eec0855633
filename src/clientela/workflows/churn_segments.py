"""Churn risk by segment: customers of both models are joined by their canonical id."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from clientela import registry
from clientela.churn.report.data import SegmentSection
from clientela.churn.risk import risk_by_segment
from clientela.churn.version import ChurnVersion, read_version
from clientela.errors import RegistryError
from clientela.pseudonyms import PseudonymKeyError, Pseudonyms, ids_as_now
from clientela.segmentation.registered import find_champion, with_ids_as_now
from clientela.settings import DatasetSettings


@dataclass(frozen=True)
class SegmentRisk:
    """Churn risk by segment.

    Attributes:
        section: the section of the churn report.
        segment_of: customer id -> segment id.
    """

    section: SegmentSection
    segment_of: dict[str, int]


def risk_of_segments(
    model: str,
    version: ChurnVersion,
    *,
    dataset: DatasetSettings,
    echo: Callable[[str], None],
    pseudonyms: Pseudonyms | None = None,
) -> SegmentRisk | None:
    """The churn risk of each segment of the segmentation's champion.

    Args:
        model: name of the segmentation model.
        version: the churn version with its customers.
        dataset: settings of the data set.
        echo: function that prints why there is no risk by segment.
        pseudonyms: makes the ids of the run; None if they are the shop's own.

    Returns:
        The risk by segment; None without a champion for this data set.
    """
    try:
        found = find_champion(model, dataset=dataset.name)
        found = found and with_ids_as_now(found, pseudonyms)
    except RegistryError as error:
        echo(f"The churn risk by segment is not available. {error}")
        return None
    if found is None:
        return None
    segment_of = found.version.customers.set_index("customer_id")["segment_id"]
    risk = risk_by_segment(
        version.customers,
        segment_of,
        found.version.segments,
        version.card["bands"],
        smallest_group=dataset.smallest_group,
    )
    section = SegmentSection(rows=risk["rows"], unjoined=risk["unjoined"], model=model, version=found.number)
    return SegmentRisk(section, segment_of.to_dict())


def churn_of_segments(
    model: str,
    segment_of: pd.Series,
    segments: Sequence[Mapping[str, Any]],
    *,
    dataset: DatasetSettings,
    echo: Callable[[str], None],
    pseudonyms: Pseudonyms | None = None,
) -> dict[int, dict[str, Any]] | None:
    """The churn risk of each segment, by the champion of the churn model.

    Args:
        model: name of the churn model.
        segment_of: segment id by customer_id.
        segments: the segments (id, rank, name).
        dataset: settings of the data set.
        echo: function that prints why there is no churn risk.
        pseudonyms: makes the ids of the run; None if they are the shop's own.

    Returns:
        Segment id -> churn risk; None without a champion for this data set.
    """
    try:
        found = registry.champion_of(model, dataset=dataset.name)
        if found is None:
            return None
        version = read_version(found.files)
        ids, made_with = version.customers["customer_id"].tolist(), version.card.get("pseudonyms")
        customers = version.customers.assign(customer_id=ids_as_now(ids, made_with, pseudonyms))
    except (RegistryError, PseudonymKeyError) as error:
        echo(f"The churn risk of the segments is not available. {error}")
        return None
    bands, smallest = version.card["bands"], dataset.smallest_group
    rows = risk_by_segment(customers, segment_of, segments, bands, smallest_group=smallest)["rows"]
    days = version.card["window_days"]
    return {row["id"]: {**row, "days": days, "as_of": version.card["as_of"], "version": found.number} for row in rows}
