"""Figures of one segment: when its customers order."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from clientela.reporting.charts import INK
from clientela.reporting.figure import TEXT, WIDTH, themed
from clientela.reporting.svg import LINE, QUIET
from clientela.reporting.words import Words


def rhythm(habits: Mapping[str, Any], *, colour: str, words: Words) -> Figure:
    """Orders by weekday, and by hour where it is known: bars of the segment, lines of all customers.

    Args:
        habits: a segment's habits.
        colour: colour of the bars.
        words: words of a language.

    Returns:
        The figure.
    """
    open_hours = np.flatnonzero(np.array(habits["base_hours"] or []) > 0)
    has_hours = habits["hours"] is not None and len(open_hours) > 0
    figure = Figure(figsize=(WIDTH, 3.5 if has_hours else 1.8), layout="constrained")
    panels = [figure.add_subplot(2 if has_hours else 1, 1, place) for place in ((1, 2) if has_hours else (1,))]
    _bars(panels[0], habits["weekdays"], habits["base_weekdays"], colour)
    panels[0].set_xticks(range(7), words.weekdays())
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
