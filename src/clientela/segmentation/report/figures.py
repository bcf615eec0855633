"""Figures of a whole report, one per function; each takes report data and the words to label it with.

They are drawn small, with text of nine points, so that they are legible on a phone; pages enlarge them.
"""

from collections.abc import Mapping, Sequence
from textwrap import fill
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from clientela.reporting.charts import COLOURS
from clientela.reporting.figure import TEXT, WIDTH, ink_on, themed_figure
from clientela.reporting.svg import LINE, PAPER, with_tip
from clientela.reporting.words import Words
from clientela.segmentation.report.charts import draw_mean, draw_positions, draw_shares, draw_silhouettes

Segments = Sequence[Mapping[str, Any]]


def colours_of(segments: Segments) -> dict[int, str]:
    """Segment id -> its colour, by rank; beyond the palette it starts again."""
    return {s["id"]: COLOURS[(s["rank"] - 1) % len(COLOURS)] for s in segments}


def segment_positions(segments: Segments, words: Words) -> Figure:
    """Segments by recency and orders; the area of a circle is its customers."""
    figure, axes = themed_figure(WIDTH, 3.6)
    draw_positions(axes, segments, colours=list(colours_of(segments).values()), area=2600, fontsize=TEXT + 1)
    colours = colours_of(segments).values()
    for segment, number, circle, colour in zip(segments, axes.texts, axes.collections, colours, strict=True):
        with_tip(circle, position_text(segment, words))
        number.set_color(ink_on(colour))
        circle.set(edgecolor=PAPER, alpha=0.9)
    axes.set_xlabel(words.text("charts.recency"))
    axes.set_ylabel(words.text("charts.orders"))
    axes.grid(color=LINE, lw=0.6)
    axes.margins(0.22)
    return figure


def position_text(segment: Mapping[str, Any], words: Words) -> str:
    """A segment's median days since the last purchase and median orders, in words."""
    return words.text(
        "charts.alt.position",
        name=words.pick(segment["name"]),
        recency=words.number(segment["medians"]["days_since_last_purchase"]),
        orders=words.count("orders", segment["medians"]["order_count"]),
    )


def share_bars(segments: Segments, words: Words) -> Figure:
    """Each segment's share of customers and share of revenue."""
    figure, axes = themed_figure(WIDTH, 0.5 + 0.62 * len(segments))
    draw_shares(
        axes,
        segments,
        names=names_of(segments, words),
        notes=[
            (
                words.text("charts.spend_share", share=words.percent(s["spend_share"])),
                words.text("charts.customer_share", share=words.percent(s["customer_share"])),
            )
            for s in segments
        ],
        colours=list(colours_of(segments).values()),
        fontsize=TEXT + 0.5,
    )
    axes.margins(x=0.6)
    axes.tick_params(axis="y", length=0)
    axes.set_xticks([])
    axes.spines["bottom"].set_visible(False)
    return figure


def snake_plot(segments: Segments, features: Sequence[str], words: Words) -> Figure:
    """Each segment as a line over the features of the fit: the rank of its median among all customers.

    Args:
        segments: segments in order of value.
        features: features of the fit.
        words: words of a language.

    Returns:
        The figure.
    """
    known = [name for name in features if all(name in s["ranks"] for s in segments)]
    figure, axes = themed_figure(WIDTH, 1.1 + 0.5 * len(known))
    rows = range(len(known))
    places = np.array([[100 * segment["ranks"][name] for name in known] for segment in segments])
    heights = np.array([row + _dodged(places[:, row]) for row in rows]).T
    for segment, colour, line, at in zip(segments, colours_of(segments).values(), places, heights, strict=True):
        axes.plot(line, at, color=colour, lw=2)
        for x, y in zip(line, at, strict=True):
            disc(axes, x, y, segment["id"], colour)
    axes.set(xlim=(-4, 104), ylim=(len(known) - 0.6, -0.5))
    axes.set_yticks(rows, [fill(words.short_label(name), 16) for name in known])
    axes.set_xticks([0, 50, 100], [words.text("charts.lowest"), "50%", words.text("charts.highest")])
    axes.set_xlabel(words.text("charts.place"))
    axes.grid(axis="x", color=LINE, lw=0.6)
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    return figure


def silhouette_widths(points: Mapping[str, Any], segments: Segments, words: Words) -> Figure:
    """Silhouette widths of the sampled customers, sorted within their segment, the first segment on top.

    Args:
        points: sampled customers.
        segments: segments in order of value.
        words: words of a language.

    Returns:
        The figure.
    """
    widths, labels = np.array(points["silhouette"]), np.array(points["segment"])
    figure, axes = themed_figure(WIDTH, 3.6)
    present = [s["id"] for s in reversed(segments) if (labels == s["id"]).any()]
    draw_silhouettes(
        axes,
        widths,
        labels,
        names={id_: str(id_) for id_ in present},
        colours=colours_of(segments),
        names_at=0.97,
        fontsize=TEXT,
    )
    mean = points["mean_silhouette"]
    draw_mean(axes, mean, words.text("charts.mean", value=words.number(mean, 2)), va="bottom", fontsize=TEXT)
    axes.set_xlabel(words.text("charts.silhouette"))
    axes.xaxis.set_major_formatter(lambda value, _: words.number(value, 1))
    axes.spines["left"].set_visible(False)
    return figure


def component_scatter(points: Mapping[str, Any], segments: Segments, words: Words) -> Figure:
    """A sample of customers on the first two principal components; the points are an embedded bitmap.

    Args:
        points: sampled customers.
        segments: segments in order of value.
        words: words of a language.

    Returns:
        The figure.
    """
    x, y, labels = (np.array(points[name]) for name in ("x", "y", "segment"))
    figure, axes = themed_figure(WIDTH, 3.8)
    for id_, colour in colours_of(segments).items():
        axes.plot(x[labels == id_], y[labels == id_], ".", ms=3, alpha=0.55, mew=0, color=colour, rasterized=True)
    for id_, colour in colours_of(segments).items():
        if (labels == id_).any():
            disc(axes, np.median(x[labels == id_]), np.median(y[labels == id_]), id_, colour)
    first, second = (words.percent(share) for share in points["axis_shares"])
    axes.set_xlabel(words.text("charts.first", share=first))
    axes.set_ylabel(words.text("charts.second", share=second))
    axes.xaxis.set_major_formatter(lambda value, _: words.number(value))
    axes.yaxis.set_major_formatter(lambda value, _: words.number(value))
    return figure


def names_of(segments: Segments, words: Words, *, width: int = 17) -> list[str]:
    """Number and name of each segment, in short lines.

    Args:
        segments: segments in order of value.
        words: words of a language.
        width: largest number of characters per line.

    Returns:
        One text per segment.
    """
    return [fill(words.text("charts.number", id=s["id"], name=words.pick(s["name"])), width) for s in segments]


def disc(axes: Axes, x: float, y: float, id_: int, colour: str) -> None:
    """Draw a segment's number on a disc of its colour.

    Args:
        axes: axes to draw on.
        x: horizontal position in the axes' data units.
        y: vertical position in the axes' data units.
        id_: segment id.
        colour: colour of the disc.
    """
    axes.plot(x, y, "o", ms=14, color=colour, mec=PAPER, mew=1)
    axes.text(x, y, str(id_), ha="center", va="center_baseline", size=TEXT, weight="bold", color=ink_on(colour))


def _dodged(places: np.ndarray, *, least: float = 6.5) -> np.ndarray:
    """How far discs are moved out of their row, so that none hides its neighbour."""
    steps, lane, last = np.zeros(len(places)), 0, -np.inf
    for i in np.argsort(places, kind="stable"):
        lane = lane + 1 if places[i] - last < least else 0
        steps[i] = (0.0, 0.27, -0.27)[lane % 3]
        last = places[i]
    return steps
