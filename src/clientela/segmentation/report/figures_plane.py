"""Segments on two columns of the fit, for customers whose recency or frequency is not known."""

from collections.abc import Sequence
from itertools import combinations

import numpy as np
from matplotlib.figure import Figure

from clientela.reporting.figure import TEXT, WIDTH, ink_on, themed_figure
from clientela.reporting.svg import LINE, PAPER
from clientela.reporting.words import Words
from clientela.segmentation.report.figures import Segments, colours_of


def plane_of(segments: Segments, fit: Sequence[str]) -> tuple[str, str] | None:
    """The two columns of the fit on which the segments' medians lie farthest apart in ranks; None if there are none.

    The sum of squared distances between all pairs of segments, both ranks in [0, 1], is largest for them.
    """
    known = [name for name in fit if "=" not in name and all(name in s["ranks"] for s in segments)]
    if len(known) < 2 or len(segments) < 2:
        return None
    spread = {name: float(np.var([s["ranks"][name] for s in segments])) for name in known}
    return max(combinations(known, 2), key=lambda pair: spread[pair[0]] + spread[pair[1]])


def segment_plane(segments: Segments, axes_of: tuple[str, str], words: Words) -> Figure:
    """Segments by their medians of two columns; the area of a circle is its customers.

    Args:
        segments: segments in order.
        axes_of: columns of the horizontal and the vertical axis.
        words: words of a language.

    Returns:
        The figure.
    """
    figure, axes = themed_figure(WIDTH, 3.6)
    for segment, colour in zip(segments, colours_of(segments).values(), strict=True):
        x, y = (segment["medians"][name] for name in axes_of)
        axes.scatter(x, y, s=2600 * segment["customer_share"], color=colour, edgecolor=PAPER, alpha=0.9)
        axes.annotate(
            str(segment["id"]), (x, y), ha="center", va="center", size=TEXT + 1, weight="bold", color=ink_on(colour)
        )
    axes.set_xlabel(words.label(axes_of[0]))
    axes.set_ylabel(words.label(axes_of[1]))
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter(lambda value, _: words.number(value))
    axes.grid(color=LINE, lw=0.6)
    axes.margins(0.22)
    return figure
