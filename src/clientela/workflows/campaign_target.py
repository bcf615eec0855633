"""The customers whom a campaign is meant for: those of a list, or of segments of the champion."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from clientela.campaigns.customer_list import read_list
from clientela.dataset_privacy import privacy_of
from clientela.errors import InvalidInput
from clientela.loading import ShopData
from clientela.segmentation.registered import RegisteredVersion, require_version
from clientela.segmentation.score import score_table
from clientela.settings import Settings


@dataclass(frozen=True)
class TargetGroup:
    """Customers with their segments.

    Attributes:
        customers: canonical ids, in ascending order.
        groups: segment of each customer; (customers,).
        model_version: version of the segmentation; None for a list.
    """

    customers: pd.Index
    groups: np.ndarray
    model_version: int | None


def read_target(
    data: ShopData, settings: Settings, *, list_from: str | None, segments: str | None = None
) -> TargetGroup:
    """The customers of a list, or of the champion's segments.

    Args:
        data: customer features as of one date.
        settings: settings of the data set.
        list_from: path of a list of customers; None for the champion's segments.
        segments: names or ids of segments, separated by commas; None for all.

    Raises:
        InvalidInput: both are given, or there is no such segment.
        ClientelaError: of the other kinds in `clientela.errors`, such as a list that cannot be read.
    """
    if list_from and segments:
        raise InvalidInput("Either the list or the segments parameter must be given. Got both.")
    if list_from:
        listed = read_list(list_from, privacy_of(settings.dataset))
        return _ordered(listed.customers, listed.groups, None)
    model = require_version(settings.tracking.model, dataset=settings.dataset.name)
    scored = score_table(data, model, language="en", treatment=None, seed=0)
    if segments:
        scored = scored[scored["segment_id"].isin(_segment_ids(model, segments))]
    customers = pd.Index(scored["customer_id"], name="customer_id")
    return _ordered(customers, scored["segment"].to_numpy(dtype=object), int(model.number))


def _ordered(customers: pd.Index, groups: np.ndarray, version: int | None) -> TargetGroup:
    order = np.argsort(customers.to_numpy(dtype=object), kind="stable")
    return TargetGroup(customers[order], groups[order], version)


def _segment_ids(model: RegisteredVersion, segments: str) -> set[int]:
    """Ids of segments by id or by name in any language, in any case."""
    known = {str(segment["id"]): segment["id"] for segment in model.version.segments}
    for segment in model.version.segments:
        known |= {name.casefold(): segment["id"] for name in segment["name"].values()}
    wanted = [part.strip() for part in segments.split(",") if part.strip()]
    if unknown := [part for part in wanted if part.casefold() not in known]:
        names = ", ".join(f"{segment['name']['en']} ({segment['id']})" for segment in model.version.segments)
        raise InvalidInput(
            f"The segments parameter must name segments of version {model.number}, separated by commas: {names}. "
            f"Got {unknown[0]!r} instead."
        )
    return {known[part.casefold()] for part in wanted}
