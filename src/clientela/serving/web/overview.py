"""The first page: the segments side by side."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow.compute as pc

from clientela.serving.request import Answer, Request
from clientela.serving.segments import SegmentsServing, describe_segments
from clientela.serving.web.render import render
from clientela.serving.web.served import currency_of, require_serving
from clientela.serving.web.visit import Visit

SPEND, ORDERS, RECENCY = "total_spend", "order_count", "days_since_last_purchase"


@dataclass(frozen=True)
class Figures:
    """Figures of a segment; None where they are unknown.

    Attributes:
        spend: total spend of its customers.
        share: share of all spend.
        mean: mean spend per customer.
        medians: median by feature.
    """

    spend: float | None
    share: float | None
    mean: float | None
    medians: dict[str, float | None]


class Overview:
    """The page of the segments. The figures of a version are computed once.

    Args:
        smallest_group: number of customers below which a segment has no figures.
    """

    def __init__(self, *, smallest_group: int) -> None:
        self._smallest_group = smallest_group
        self._kept: tuple[SegmentsServing, dict[int, Figures]] | None = None

    def show(self, request: Request, visit: Visit) -> Answer:
        """The page.

        Raises:
            Refusal: no version is loaded.
        """
        serving = require_serving(request)
        described = describe_segments(serving, smallest_group=self._smallest_group)
        figures = self._figures(serving)
        total = len(serving.lookup.index)
        return render(
            "overview", request, visit, currency=currency_of(serving), version=serving.number, as_of=serving.as_of,
            customers=total, segments=described["segments"], figures=figures, medians=(SPEND, ORDERS, RECENCY),
        )  # fmt: skip

    def _figures(self, serving: SegmentsServing) -> dict[int, Figures]:
        if self._kept is None or self._kept[0] is not serving:
            self._kept = serving, figures_of(serving, smallest_group=self._smallest_group)
        return self._kept[1]


def figures_of(serving: SegmentsServing, *, smallest_group: int) -> dict[int, Figures]:
    """The figures of each segment of a version, by its id; unknown for segments below the smallest group."""
    table = serving.lookup.index.customers
    values = {name: _numbers(table, name) for name in (SPEND, ORDERS, RECENCY) if name in table.column_names}
    spend = values.get(SPEND)
    hidden = {id_ for id_ in serving.lookup.segments if serving.counts.get(id_, 0) < smallest_group}
    # The shares of the others would say what a hidden segment has spent.
    everything = float(np.nansum(spend)) if spend is not None and not hidden else 0.0
    found = {}
    for id_ in serving.lookup.segments:
        rows = (serving.lookup.segment_ids == id_) & (id_ not in hidden)
        own = {name: column[rows] for name, column in values.items()}
        total = _known(own.get(SPEND), np.nansum)
        found[id_] = Figures(
            spend=total,
            share=total / everything if total is not None and everything > 0 else None,
            mean=_known(own.get(SPEND), np.nanmean),
            medians={name: _known(own.get(name), np.nanmedian) for name in (SPEND, ORDERS, RECENCY)},
        )
    return found


def _numbers(table: Any, name: str) -> np.ndarray:
    numbers: np.ndarray = pc.fill_null(table[name].cast("float64"), float("nan")).to_numpy()
    return numbers


def _known(values: np.ndarray | None, summary: Any) -> float | None:
    if values is None or not np.any(~np.isnan(values)):
        return None
    return float(summary(values))
