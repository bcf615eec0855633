"""Pictures of one segment: how it stands out, and when its customers order."""

from collections.abc import Mapping
from textwrap import fill
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from clientela.reports.charts import INK
from clientela.reports.figures import TEXT, WIDTH, themed, themed_figure
from clientela.reports.svg import LINE, QUIET
from clientela.reports.words import Words

# Romano et al. (2006), Appropriate statistics for ordinal level data: |Cliff's delta| from which on it is called so.
SIZES = ((0.474, "large"), (0.33, "medium"), (0.147, "small"), (0.0, "trace"))
MOST_EFFECTS = 8


def size_of(effect: float) -> str:
    """ "large", "medium", "small" or "trace"."""
    return next(size for least, size in SIZES if abs(effect) >= least)


def strongest(effects: Mapping[str, float]) -> list[tuple[str, float]]:
    """The effects that are more than a trace, the strongest first."""
    told = [(name, value) for name, value in effects.items() if size_of(value) != "trace"]
    return sorted(told, key=lambda item: -abs(item[1]))[:MOST_EFFECTS]


def effect_bars(effects: Mapping[str, float], *, colour: str, words: Words) -> Figure:
    """Diverging bars of Cliff's delta, the strongest on top, each with its size in words."""
    told = strongest(effects)
    figure, axes = themed_figure(WIDTH, 0.7 + 0.38 * len(told))
    rows = range(len(told))
    axes.barh(rows, [value for _, value in told], height=0.55, color=colour)
    for row, (_, value) in zip(rows, told, strict=True):
        word, side = words.text(f"charts.{size_of(value)}"), "left" if value > 0 else "right"
        axes.text(value + np.copysign(0.03, value), row, word, ha=side, va="center", size=TEXT, color=INK)
    axes.axvline(0, color=QUIET, lw=1)
    axes.set(xlim=(-1.42, 1.42), ylim=(len(told) - 0.5, -0.5))
    axes.set_yticks(rows, [fill(words.text(f"features.{name}.short"), 20) for name, _ in told])
    axes.set_xticks([-0.8, 0.8], [words.text("charts.lower"), words.text("charts.higher")])
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    return figure


def rhythm(habits: Mapping[str, Any], *, colour: str, words: Words) -> Figure:
    """Orders by weekday, and by hour where it is known: bars of the segment, lines of all customers."""
    open_hours = np.flatnonzero(np.array(habits["base_hours"] or []) > 0)
    has_hours = habits["hours"] is not None and len(open_hours) > 0
    figure = Figure(figsize=(WIDTH, 3.5 if has_hours else 1.8), layout="constrained")
    panels = [figure.add_subplot(2 if has_hours else 1, 1, place) for place in ((1, 2) if has_hours else (1,))]
    _bars(panels[0], habits["weekdays"], habits["base_weekdays"], colour)
    panels[0].set_xticks(range(7), words.text("weekdays").split())
    panels[0].set_title(words.text("charts.weekday"), loc="left", size=TEXT, color=QUIET)
    if has_hours:
        _bars(panels[1], habits["hours"], habits["base_hours"], colour)
        panels[1].set_xlim(open_hours.min() - 0.7, open_hours.max() + 0.7)
        panels[1].set_xticks([hour for hour in range(0, 24, 3) if open_hours.min() <= hour <= open_hours.max()])
        panels[1].xaxis.set_major_formatter("{x:g} h")
        panels[1].set_title(words.text("charts.hour"), loc="left", size=TEXT, color=QUIET)
    return figure


def _bars(axes: Axes, shares: list[float], base: list[float], colour: str) -> None:
    themed(axes)
    places = np.arange(len(shares))
    axes.bar(places, [100 * share for share in shares], width=0.75, color=colour, alpha=0.85)
    axes.hlines([100 * share for share in base], places - 0.45, places + 0.45, color=INK, lw=1.8)
    axes.grid(axis="y", color=LINE, lw=0.6)
    axes.yaxis.set_major_formatter("{x:g}")
    axes.tick_params(length=0)
    axes.spines["left"].set_visible(False)
