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
    figure, axes = _figure(5.6, 4.2)
    start = 0
    for position, label in enumerate(np.unique(labels)):
        values = np.sort(widths[labels == label])
        axes.fill_betweenx(np.arange(start, start + len(values)), values, color=_colour(int(label), position), lw=0)
        name = "noise" if label == -1 else str(label)
        axes.text(-0.02, start + len(values) / 2, name, ha="right", va="center", fontsize=8, color=INK)
        start += len(values) + max(1, len(widths) // 60)
    axes.axvline(widths.mean(), color=INK, ls="--", lw=1)
    axes.text(widths.mean(), start, f" mean {widths.mean():.3f}", fontsize=8, va="top", color=INK)
    axes.set(title=title, xlabel="silhouette", yticks=[], xlim=(min(-0.25, widths.min()), 1), ylim=(0, start))
    return figure


def scatter_plot(points: np.ndarray, labels: np.ndarray, *, axis_shares: Sequence[float], title: str) -> Figure:
    """Customers on the first two principal components of the scaled features, coloured by cluster.

    Args:
        points: (customers, 2).
        labels: their clusters; -1 is noise.
        axis_shares: share of the variance on each of the two axes.
        title: above the plot.
    """
    figure, axes = _figure(5.6, 4.2)
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
    figure, axes = _figure(8.4, 5.2)
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
        _plain(axes)
    for position, segment in enumerate(segments):
        x, y = (segment["medians"][name] for name in ("days_since_last_purchase", "order_count"))
        size = 5000 * segment["customer_share"]
        left.scatter(x, y, s=size, color=_colour(position, position), alpha=0.75, edgecolor="white")
        left.annotate(str(segment["id"]), (x, y), ha="center", va="center", fontsize=9, fontweight="bold")
    left.set(
        title="Where the segments stand (area: customers)",
        xlabel="median days since the last purchase (recent to the right)",
        ylabel="median orders",
        xscale="log",
        yscale="log",
    )
    left.margins(0.15)
    for axis in (left.xaxis, left.yaxis):
        axis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        axis.set_major_formatter("{x:g}")
        axis.set_minor_locator(NullLocator())
    left.invert_xaxis()
    rows = np.arange(len(segments))[::-1]
    colours = [_colour(position, position) for position in range(len(segments))]
    right.barh(rows + 0.2, [100 * s["spend_share"] for s in segments], height=0.38, color=colours, label="spend")
    right.barh(rows - 0.2, [100 * s["customer_share"] for s in segments], height=0.38, color=colours, alpha=0.4)
    for row, segment in zip(rows, segments, strict=True):
        right.text(
            100 * segment["spend_share"] + 0.5,
            row + 0.2,
            f"{segment['spend_share']:.0%} of spend",
            va="center",
            fontsize=7.5,
        )
        right.text(
            100 * segment["customer_share"] + 0.5,
            row - 0.2,
            f"{segment['customer_share']:.0%} of customers",
            va="center",
            fontsize=7.5,
        )
    right.set(title="What they bring", xlabel="%", yticks=rows)
    right.set_yticklabels(
        [f"{s['id']} {s['title']}\n{currency} {s['mean_spend']:,.0f} each" for s in segments],
        fontsize=8,
        parse_math=False,  # a dollar sign is money here
    )
    right.margins(x=0.22)
    return figure


def _figure(width: float, height: float) -> tuple[Figure, Axes]:
    figure = Figure(figsize=(width, height), layout="constrained")
    axes = figure.subplots()
    _plain(axes)
    return figure, axes


def _plain(axes: Axes) -> None:
    axes.spines[["top", "right"]].set_visible(False)
    axes.title.set_fontsize(10)
    axes.tick_params(labelsize=8)


def _colour(label: int, position: int) -> str:
    return NOISE if label == -1 else COLOURS[position % len(COLOURS)]
