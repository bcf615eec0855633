"""Pictures of a comparison, one figure a function; `render` turns a figure into PNG bytes.

Colours are those of Okabe & Ito, which people with colour blindness can tell apart, extended for long legends.
"""

from collections.abc import Mapping, Sequence
from io import BytesIO
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, NullLocator

COLOURS = (
    "#0072B2", "#E69F00", "#009E73", "#D55E00", "#56B4E9", "#CC79A7", "#F0E442", "#7F3C8D", "#11A579", "#8C6D31",
)  # fmt: skip
NOISE = "#B0B0B0"
INK = "#333333"
VERDICT_COLOURS = {"winner": "#009E73", "shortlisted": "#56B4E9", "rejected": "#C9C9C9", "baseline": "#E69F00"}


def render(figure: Figure, *, dpi: int = 90) -> bytes:
    """PNG bytes; the same figure gives the same bytes, whatever the machine's clock."""
    buffer = BytesIO()
    figure.savefig(buffer, format="png", dpi=dpi, metadata={"Software": None})
    return buffer.getvalue()


def silhouette_plot(widths: np.ndarray, labels: np.ndarray, *, title: str) -> Figure:
    """Silhouettes of the sampled customers, sorted within their cluster, with the mean as a line.

    Args:
        widths: one a customer, in [-1, 1].
        labels: their clusters; -1 is noise.
        title: above the plot.
    """
    figure, axes = plain_figure(5.6, 4.2)
    names = {int(label): "noise" if label == -1 else str(label) for label in np.unique(labels)}
    colours = {label: _colour(label, position) for position, label in enumerate(names)}
    draw_silhouettes(axes, widths, labels, names=names, colours=colours, mean=f" mean {widths.mean():.3f}")
    axes.set(title=title, xlabel="silhouette")
    return figure


def draw_silhouettes(
    axes: Axes,
    widths: np.ndarray,
    labels: np.ndarray,
    *,
    names: Mapping[int, str],
    colours: Mapping[int, str],
    mean: str,
    names_at: float = -0.02,
    mean_above: bool = False,
    fontsize: float = 8,
) -> None:
    """Silhouettes sorted within their cluster, in the order of `names`; `mean` is written at the mean's line."""
    start = 0
    for label, name in names.items():
        values = np.sort(widths[labels == label])
        axes.fill_betweenx(np.arange(start, start + len(values)), values, color=colours[label], lw=0)
        axes.text(names_at, start + len(values) / 2, name, ha="right", va="center", fontsize=fontsize, color=INK)
        start += len(values) + max(1, len(widths) // 60)
    axes.axvline(widths.mean(), color=INK, ls="--", lw=1)
    axes.text(widths.mean(), start, mean, fontsize=fontsize, va="bottom" if mean_above else "top", color=INK)
    axes.set(yticks=[], xlim=(min(-0.25, widths.min()), 1), ylim=(0, start))


def scatter_plot(points: np.ndarray, labels: np.ndarray, *, axis_shares: Sequence[float], title: str) -> Figure:
    """Customers on the first two principal components of the scaled features, coloured by cluster.

    Args:
        points: (customers, 2).
        labels: their clusters; -1 is noise.
        axis_shares: share of the variance on each of the two axes.
        title: above the plot.
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
        rows: the leaderboard: name, verdict, separation (rows without one are not drawn), explained_spend (drawn at 0
            where the history is too short for it).
    """
    figure, axes = plain_figure(8.4, 5.2)
    drawn = [row for row in rows if row["separation"] is not None]
    for verdict, colour in VERDICT_COLOURS.items():
        chosen = [row for row in drawn if row["verdict"] == verdict]
        if chosen:
            axes.scatter(
                [row["separation"] for row in chosen],
                [row.get("explained_spend") or 0 for row in chosen],
                s=140 if verdict == "winner" else 45,
                marker="*" if verdict == "winner" else "o",
                color=colour,
                label=f"{verdict} ({len(chosen)})",
                zorder=3 if verdict == "winner" else 2,
            )
    for row in drawn:
        if row["verdict"] in ("winner", "baseline"):
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


def segment_map(segments: Sequence[Mapping[str, Any]], *, currency: str) -> Figure:
    """Two panels: where each segment stands (recency, orders; area is customers), and what it brings.

    Args:
        segments: summaries in order of value: title, customer_share, spend_share, medians.
        currency: unit of money, may be empty.
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
    """A circle a segment by median days since the last purchase (recent to the right) and median orders.

    `area` is the circle of all customers, in square points.
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
    """Two bars a segment: share of spend (full) and of customers (pale), each with its note, first segment on top."""
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


def plain_figure(width: float, height: float) -> tuple[Figure, Axes]:
    """A figure with one pair of plain axes, in inches."""
    figure = Figure(figsize=(width, height), layout="constrained")
    axes = figure.subplots()
    plain(axes)
    return figure, axes


def plain(axes: Axes) -> None:
    """Axes without a box, with small labels."""
    axes.spines[["top", "right"]].set_visible(False)
    axes.title.set_fontsize(10)
    axes.tick_params(labelsize=8)


def _colour(label: int, position: int) -> str:
    return NOISE if label == -1 else COLOURS[position % len(COLOURS)]
