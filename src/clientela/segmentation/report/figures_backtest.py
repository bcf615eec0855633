"""Figures of the backtest: what the segments' customers did next, and how much of it is explained."""

from collections.abc import Callable, Mapping, Sequence
from textwrap import fill
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from clientela.reporting.charts import COLOURS, INK, NOISE
from clientela.reporting.figure import TEXT, WIDTH, themed_figure
from clientela.reporting.svg import LINE, PAPER
from clientela.reporting.words import Words
from clientela.segmentation.backtest import BacktestData
from clientela.segmentation.report.figures import Segments, colours_of, names_of

NARROW = 2.9  # three stand side by side
EXPLAINED_BY = ("segments", "rfm_grid", "revenue_sort", "boosting")


def intervals(
    rows: Sequence[Mapping[str, Any]],
    outcome: str,
    segments: Segments,
    words: Words,
    *,
    written: Callable[[float], str],
) -> Figure:
    """Averages of the next period with their intervals, one line per segment.

    Args:
        rows: `by_segment` of the backtest.
        outcome: "spend", "orders" or "retention".
        segments: present segments, for names and colours.
        words: words of a language.
        written: writes a value.

    Returns:
        The figure.
    """
    colours = colours_of(segments)
    names = dict(zip(colours, names_of(segments, words, width=14), strict=True))
    figure, axes = themed_figure(NARROW, 0.35 + 0.44 * len(rows))
    places = np.arange(len(rows))
    for place, row in zip(places, rows, strict=True):
        low, mean, high = row[outcome]
        colour = colours.get(row["id"], NOISE)
        axes.plot([low, high], [place, place], color=colour, lw=5, solid_capstyle="butt", alpha=0.55)
        axes.plot(mean, place, "o", ms=8, color=colour, mec=PAPER, mew=1)
        axes.annotate(
            written(mean), (high, place), xytext=(6, 0), textcoords="offset points", va="center", size=TEXT, color=INK
        )
    axes.set_yticks(places, [names.get(row["id"], str(row["id"])) for row in rows])
    top = max(row[outcome][2] for row in rows) or 1.0
    axes.set(ylim=(len(rows) - 0.5, -0.5), xlim=(-0.03 * top, 1.95 * top), xticks=[])
    axes.grid(axis="y", color=LINE, lw=0.6)
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    return figure


def explained_bars(backtest: BacktestData, words: Words) -> Figure:
    """Share of next-period spend explained by the segments and by the baselines; one dot per past date."""
    figure, axes = themed_figure(WIDTH, 2.5)
    places = np.arange(len(EXPLAINED_BY))
    mean_of: Mapping[str, Any] = backtest["mean"]
    cutoffs: Sequence[Mapping[str, Any]] = backtest["cutoffs"]
    means = [100 * mean_of[name] for name in EXPLAINED_BY]
    axes.barh(places, means, height=0.56, color=[COLOURS[0], *[NOISE] * 3], alpha=0.9)
    for place, name, mean in zip(places, EXPLAINED_BY, means, strict=True):
        single = [100 * cutoff[name] for cutoff in cutoffs]
        axes.plot(single, np.full(len(single), place), "o", ms=5, color=INK, mec=PAPER, mew=0.8)
        farthest = max([mean, *single])
        axes.annotate(
            words.percent(mean / 100, 1), (farthest, place), xytext=(7, 0), textcoords="offset points",
            va="center", size=TEXT, color=INK, weight="bold" if name == "segments" else "normal",
        )  # fmt: skip
    axes.set_yticks(places, [fill(words.text(f"proof.{name}"), 19) for name in EXPLAINED_BY])
    axes.set_xlabel(words.text("charts.explained"))
    axes.set_ylim(len(EXPLAINED_BY) - 0.5, -0.5)
    axes.margins(x=0.2)
    axes.xaxis.set_major_formatter(lambda value, _: words.number(value))
    axes.tick_params(length=0)
    axes.spines["left"].set_visible(False)
    return figure
