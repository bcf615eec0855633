"""The ids of each segment's customers, as far as a report may show them."""

from typing import Literal, TypedDict

import numpy as np
import pandas as pd

from clientela.settings import SegmentReportSettings

Shown = Literal["none", "typical", "all"]


class SegmentCustomers(TypedDict):
    """The ids of the customers of a segment, in order."""

    id: int
    customer_ids: list[str]


class CustomerLists(TypedDict):
    """Which ids a report shows; `segments` is empty unless it shows all."""

    shown: Shown
    segments: list[SegmentCustomers]


def may_show_ids(customer_ids: pd.Series, settings: SegmentReportSettings, *, hide_ids: bool) -> bool:
    """Whether reports and artifacts of a run may show the customers' ids.

    Args:
        customer_ids: id of each customer (customers,), text.
        settings: which ids a report may show.
        hide_ids: whether customers have pseudonyms, so that no report shows ids.
    """
    return not (hide_ids or settings.customer_ids == "none" or customer_ids.str.contains("@", regex=False).any())


def customer_lists(
    customer_ids: pd.Series, segment_ids: np.ndarray, settings: SegmentReportSettings, *, hide_ids: bool
) -> CustomerLists:
    """The ids of each segment's customers.

    Ids that are e-mail addresses identify people: a report never shows any ids of such a source.

    Args:
        customer_ids: id of each customer (customers,), text.
        segment_ids: segment id of each customer (customers,).
        settings: which ids a report may show.
        hide_ids: whether customers have pseudonyms, so that no report shows ids.

    Returns:
        The lists; only the typical customers if there are too many.
    """
    if not may_show_ids(customer_ids, settings, hide_ids=hide_ids):
        return {"shown": "none", "segments": []}
    if settings.customer_ids == "typical" or len(customer_ids) > settings.most_listed:
        return {"shown": "typical", "segments": []}
    groups = customer_ids.groupby(segment_ids)
    return {
        "shown": "all",
        "segments": [{"id": int(id_), "customer_ids": sorted(ids.tolist())} for id_, ids in groups],
    }
