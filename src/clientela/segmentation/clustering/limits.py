"""Limits on the size of segments: they need only a candidate's labels, so they are checked before its bootstrap."""

from collections.abc import Mapping
from dataclasses import dataclass

from clientela.segmentation.clustering.reason import Reason
from clientela.settings import SelectionSettings


@dataclass(frozen=True)
class SizeLimits:
    """The limits that a candidate must always keep.

    Attributes:
        segment_count: smallest and largest number of segments.
        smallest_share: smallest share of customers in the smallest segment.
        noise_share: largest share of customers in the noise.
    """

    segment_count: tuple[int, int]
    smallest_share: float
    noise_share: float

    def broken_by(self, metrics: Mapping[str, float]) -> Reason | None:
        """The first limit that the metrics break, as a sentence; None if they keep all."""
        fewest, most = self.segment_count
        count, smallest = int(metrics["segment_count"]), metrics["smallest_share"]
        if count == 1 and fewest > 1:
            return Reason.of(
                "one_segment",
                "It has one segment; the settings ask for {fewest} to {most}.",
                fewest=fewest,
                most=most,
            )
        if not fewest <= count <= most:
            return Reason.of(
                "segment_count",
                "It has {count} segments; the settings ask for {fewest} to {most}.",
                count=count,
                fewest=fewest,
                most=most,
            )
        if metrics["noise_share"] > self.noise_share:
            return Reason.of(
                "noise_share",
                "It leaves {share:.1%} of the customers as noise; the limit is {limit:.1%}.",
                share=metrics["noise_share"],
                limit=self.noise_share,
            )
        if smallest < self.smallest_share:
            return Reason.of(
                "smallest_share",
                "Its smallest segment has {share:.2%} of the customers; the limit is {limit:.2%}.",
                share=smallest,
                limit=self.smallest_share,
            )
        return None


def size_limits(selection: SelectionSettings) -> SizeLimits:
    """The limits on the size of segments, which are checked before a candidate's bootstrap."""
    return SizeLimits(selection.segment_count, selection.smallest_share, selection.noise_share)
