"""Segments on the production server: the version that answers, and its segments with their sizes."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from clientela.serving.live import Lookup, Serving, utc_now


class SegmentsLookup(Lookup, Protocol):
    """What the server needs of the segments' model.

    Attributes:
        segments: segment by id: id, name, description, action.
        segment_ids: segment id of each customer, shape (n_customers,).
    """

    segments: dict[int, dict[str, Any]]
    segment_ids: np.ndarray


@dataclass(frozen=True)
class SegmentsServing(Serving):
    """A version of the segments' model that answers.

    Attributes:
        lookup: lookup on the version's data.
        counts: number of customers by segment id.
    """

    lookup: SegmentsLookup
    counts: Mapping[int, int]


def open_segments(open_lookup: Callable[[Path], SegmentsLookup], number: str, files: Path) -> SegmentsServing:
    """Open a version of the segments' model.

    Args:
        open_lookup: opens the lookup of a folder.
        number: version number.
        files: folder of the version's files.

    Returns:
        The version, ready to answer.

    Raises:
        Exception: of many kinds; a file is missing or has another form.
    """
    lookup = open_lookup(files)
    ids, counts = np.unique(lookup.segment_ids, return_counts=True)
    count_of = dict(zip(ids.tolist(), counts.tolist(), strict=True))
    return SegmentsServing(number, lookup, lookup.as_of, utc_now(), count_of)


def describe_segments(serving: SegmentsServing, *, smallest_group: int) -> dict[str, Any]:
    """The answer of `GET /segments`.

    Args:
        serving: version that answers.
        smallest_group: number of customers below which a segment has no figures. If one segment is that small, no share
            is told either, because the others would tell its size.
    """
    small = {id_ for id_ in serving.lookup.segments if serving.counts.get(id_, 0) < smallest_group}
    total = max(len(serving.lookup.index), 1)
    segments = []
    for segment in serving.lookup.segments.values():
        count = serving.counts.get(segment["id"], 0)
        segments.append(
            {
                "id": segment["id"],
                "name": segment["name"],
                "previous_name": segment.get("previous_name"),
                "customers": None if segment["id"] in small else count,
                "share": None if small else count / total,
                "description": segment["description"],
                "action": segment["action"],
            }
        )
    return {"version": serving.number, "as_of": serving.as_of, "segments": segments}
