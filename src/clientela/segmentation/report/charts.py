"""Charts of a comparison as PNG files: candidates, leaderboard and segments."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, NullLocator

from clientela.contracts import RFM
from clientela.reporting.charts import COLOURS, INK, NOISE, plain, plain_figure, render
from clientela.segmentation.clustering.evaluation import Evaluation
from clientela.segmentation.clustering.projection import Projection
from clientela.segmentation.clustering.selection import CHOSEN

VERDICT_COLOURS = {
    "winner": "#009E73",
    "fallback": "#009E73",
    "shortlisted": "#56B4E9",
    "rejected": "#C9C9C9",
    "baseline": "#E69F00",
}


def candidate_charts(evaluation: Evaluation, sample: np.ndarray, projection: Projection) -> dict[str, bytes]:
    """The charts of one candidate as PNG files.

    Args:
        evaluation: the candidate.
        sample: positions of the customers whose silhouettes were taken.
        projection: all customers on two principal components.

    Returns:
        File name -> PNG bytes.
    """
    title, labels = evaluation.candidate.name, evaluation.labels[sample]
    mean = evaluation.metrics.get("silhouette", 0.0)
    widths = silhouette_plot(evaluation.silhouettes, labels, mean=mean, title=title)
    scatter = scatter_plot(projection.points[sample], labels, axis_shares=projection.axis_shares, title=title)
    return {"silhouette.png": render(widths), "scatter.png": render(scatter)}


def silhouette_plot(widths: np.ndarray, labels: np.ndarray, *, mean: float, title: str) -> Figure:
    """Silhouette widths of the sampled customers, sorted within their cluster, with the mean as a line.

    Args:
        widths: silhouette widths (customers,), in [-1, 1].
        labels: their clusters (customers,); -1 is noise.
        mean: mean silhouette width.
        title: title of the chart.
    """
    figure, axes = plain_figure(5.6, 4.2)
    names = {int(label): "noise" if label == -1 else str(label) for label in np.unique(labels)}
    colours = {label: _colour(label, position) for position, label in enumerate(names)}
    draw_silhouettes(axes, widths, labels, names=names, colours=colours)
    draw_mean(axes, mean, f" mean {mean:.3f}", va="top")
    axes.set(title=title, xlabel="silhouette")
    return figure


def draw_silhouettes(
    axes: Axes,
    widths: np.ndarray,
    labels: np.ndarray,
    *,
    names: Mapping[int, str],
    colours: Mapping[int, str],
    names_at: float = -0.02,
    fontsize: float = 8,
) -> None:
    """Draw silhouette widths sorted within their cluster (Rousseeuw 1987).

    Args:
        axes: axes to draw on.
        widths: silhouette widths (customers,), in [-1, 1].
        labels: their clusters (customers,).
        names: label -> written name, in the order of drawing from the bottom.
        colours: label -> colour.
        names_at: where names end on the silhouette axis.
        fontsize: size of the names (points).
    """
    start = 0
    for label, name in names.items():
        values = np.sort(widths[labels == label])
        axes.fill_betweenx(np.arange(start, start + len(values)), values, color=colours[label], lw=0)
        axes.text(names_at, start + len(values) / 2, name, ha="right", va="center", fontsize=fontsize, color=INK)
        start += len(values) + max(1, len(widths) // 60)
    axes.set(yticks=[], xlim=(min(-0.25, widths.min()), 1), ylim=(0, start))


def draw_mean(axes: Axes, mean: float, text: str, *, va: Literal["top", "bottom"], fontsize: float = 8) -> None:
    """Draw the mean silhouette width as a dashed line with a text at the upper edge of the axes.

    Args:
        axes: axes that hold the silhouettes.
        mean: mean silhouette width.
        text: text at the line.
        va: side of the edge that the text stands on: "top" inside, "bottom" above.
        fontsize: size of the text (points).
    """
    axes.axvline(mean, color=INK, ls="--", lw=1)
    axes.text(mean, axes.get_ylim()[1], text, fontsize=fontsize, va=va, color=INK)


def scatter_plot(points: np.ndarray, labels: np.ndarray, *, axis_shares: Sequence[float], title: str) -> Figure:
    """Customers on the first two principal components of the scaled features, coloured by cluster.

    Args:
        points: coordinates (customers, 2).
        labels: their clusters (customers,); -1 is noise.
        axis_shares: share of the variance on each of the two axes, in [0, 1].
        title: title of the chart.
    """
    figure, axes = plain_figure(5.6, 4.2)
    for position, label in enumerate(np.unique(labels)):
        rows = labels == label
        name = "noise" if label == -1 else str(label)
        axes.plot(*points[rows].T, ".", ms=2.5, alpha=0.6, color=_colour(int(label), position), label=name)
    axes.set(
        title=title,
        xlabel=f"first component ({axis_shares[0]:.0%} of variance)",
        ylabel=f"second component ({axis_shares[1]:.0%})",
    )
    axes.legend(fontsize=7, markerscale=4, frameon=False, loc="upper left", bbox_to_anchor=(1, 1))
    return figure


def leaderboard_chart(rows: Sequence[Mapping[str, Any]]) -> Figure:
    """Every candidate as a point: separation against next-period spend explained, coloured by its verdict.

    Args:
        rows: leaderboard rows with name, verdict, separation (rows without one are not drawn) and explained_spend
            (drawn at 0 where the history is too short for it).
    """
    figure, axes = plain_figure(8.4, 5.2)
    drawn = [row for row in rows if row["separation"] is not None]
    for verdict, colour in VERDICT_COLOURS.items():
        chosen = [row for row in drawn if row["verdict"] == verdict]
        if chosen:
            axes.scatter(
                [row["separation"] for row in chosen],
                [row.get("explained_spend") or 0 for row in chosen],
                s=140 if verdict in CHOSEN else 45,
                marker="*" if verdict in CHOSEN else "o",
                color=colour,
                label=f"{verdict} ({len(chosen)})",
                zorder=3 if verdict in CHOSEN else 2,
            )
    for row in drawn:
        if row["verdict"] in (*CHOSEN, "baseline"):
            axes.annotate(
                row["name"], (row["separation"], row.get("explained_spend") or 0), xytext=(9, -4),
                textcoords="offset points", fontsize=9, color=INK, fontweight="bold",
            )  # fmt: skip
    axes.set(
        title="Candidates: how well they separate customers, how much of the next period they explain",
        xlabel="separation: (silhouette + 1 / (1 + Davies-Bouldin)) / 2",
        ylabel="share of next-period spend explained",
    )
    axes.grid(color="#E5E5E5", lw=0.6)
    axes.set_axisbelow(True)
    axes.legend(frameon=False, fontsize=9)
    return figure


def can_be_mapped(segments: Sequence[Mapping[str, Any]]) -> bool:
    """Whether recency, orders and spend of all segments are known, as `segment_map` needs them."""
    return all(s["spend"] is not None and {*RFM} <= set(s["medians"]) for s in segments)


def segment_map(segments: Sequence[Mapping[str, Any]], *, currency: str) -> Figure:
    """Two panels: where each segment stands (recency, orders; area is customers), and what it brings.

    Args:
        segments: segments in order of value, with title, customer_share, spend_share and medians.
        currency: currency code; may be empty.
    """
    figure = Figure(figsize=(11, 4.8), layout="constrained")
    left, right = figure.subplots(1, 2, width_ratios=(1.15, 1))
    for axes in (left, right):
        plain(axes)
    colours = [_colour(position, position) for position in range(len(segments))]
    draw_positions(left, segments, colours=colours, area=5000)
    left.set(
        title="Where the segments stand (area: customers)",
        xlabel="median days since the last purchase (recent to the right)",
        ylabel="median orders",
    )
    draw_shares(
        right,
        segments,
        names=[f"{s['id']} {s['title']}\n{currency} {s['mean_spend']:,.0f} each" for s in segments],
        notes=[(f"{s['spend_share']:.0%} of spend", f"{s['customer_share']:.0%} of customers") for s in segments],
        colours=colours,
    )
    right.set(title="What they bring", xlabel="%")
    return figure


def draw_positions(
    axes: Axes, segments: Sequence[Mapping[str, Any]], *, colours: Sequence[str], area: float, fontsize: float = 9
) -> None:
    """Draw one circle per segment by median days since the last purchase (recent to the right) and median orders.

    Args:
        axes: axes to draw on.
        segments: segments in order of value.
        colours: one colour per segment.
        area: area of the circle of all customers (square points).
        fontsize: size of the numbers (points).
    """
    for segment, colour in zip(segments, colours, strict=True):
        x, y = (segment["medians"][name] for name in ("days_since_last_purchase", "order_count"))
        axes.scatter(x, y, s=area * segment["customer_share"], color=colour, alpha=0.75, edgecolor="white")
        axes.annotate(str(segment["id"]), (x, y), ha="center", va="center", fontsize=fontsize, fontweight="bold")
    axes.set(xscale="log", yscale="log")
    axes.margins(0.15)
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        axis.set_major_formatter("{x:g}")
        axis.set_minor_locator(NullLocator())
    axes.invert_xaxis()


def draw_shares(
    axes: Axes,
    segments: Sequence[Mapping[str, Any]],
    *,
    names: Sequence[str],
    notes: Sequence[tuple[str, str]],
    colours: Sequence[str],
    fontsize: float = 8,
) -> None:
    """Draw two bars per segment: share of spend (full) and share of customers (pale), the first segment on top.

    Args:
        axes: axes to draw on.
        segments: segments in order of value.
        names: one tick label per segment.
        notes: per segment the text at the bar of spend and at that of customers.
        colours: one colour per segment.
        fontsize: size of the labels (points).
    """
    rows = np.arange(len(segments))[::-1]
    bars = ((0.2, "spend_share", 1.0, 0), (-0.2, "customer_share", 0.4, 1))
    for offset, share, alpha, note in bars:
        values = [100 * segment[share] for segment in segments]
        axes.barh(rows + offset, values, height=0.38, color=colours, alpha=alpha)
        for row, value, texts in zip(rows, values, notes, strict=True):
            axes.text(value + 0.5, row + offset, texts[note], va="center", fontsize=fontsize - 0.5, color=INK)
    axes.set(yticks=rows)
    axes.set_yticklabels(names, fontsize=fontsize, parse_math=False)  # a dollar sign is money here
    axes.margins(x=0.22)


def _colour(label: int, position: int) -> str:
    return NOISE if label == -1 else COLOURS[position % len(COLOURS)]
