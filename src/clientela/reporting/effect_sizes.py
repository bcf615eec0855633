"""Effect sizes: which differences are large, and a chart of them."""

from collections.abc import Mapping
from textwrap import fill

import numpy as np
from matplotlib.figure import Figure

from clientela.reporting.charts import INK
from clientela.reporting.figure import TEXT, WIDTH, themed_figure
from clientela.reporting.svg import QUIET, with_tip
from clientela.reporting.words import Words

# Smallest |Cliff's delta| of each size, from Romano et al. (2006), Appropriate statistics for ordinal level data.
SIZES = ((0.474, "large"), (0.33, "medium"), (0.147, "small"), (0.0, "trace"))

MOST_EFFECTS = 8
ROW, LINE_HEIGHT = 0.38, 0.17  # inches; a label of several lines needs a higher row


def size_of(effect: float) -> str:
    """ "large", "medium", "small" or "trace"."""
    return next(size for least, size in SIZES if abs(effect) >= least)


def strongest(effects: Mapping[str, float]) -> list[tuple[str, float]]:
    """The effects that are more than a trace, the strongest first."""
    shown = [(name, value) for name, value in effects.items() if size_of(value) != "trace"]
    return sorted(shown, key=lambda item: -abs(item[1]))[:MOST_EFFECTS]


def effect_bars(effects: Mapping[str, float], *, colour: str, words: Words) -> Figure:
    """Diverging bars of Cliff's delta, the strongest on top, each with its size in words."""
    shown = strongest(effects)
    labels = [fill(words.short_label(name), 20) for name, _ in shown]
    most_lines = max((label.count("\n") + 1 for label in labels), default=1)
    figure, axes = themed_figure(WIDTH, 0.7 + max(ROW, LINE_HEIGHT * most_lines) * len(shown))
    rows = range(len(shown))
    bars = axes.barh(rows, [value for _, value in shown], height=0.55, color=colour)
    for row, bar, (name, value) in zip(rows, bars, shown, strict=True):
        with_tip(bar, f"{words.label(name)}: {words.number(value, 2)}")
        word, side = words.text(f"charts.{size_of(value)}"), "left" if value > 0 else "right"
        axes.text(value + np.copysign(0.03, value), row, word, ha=side, va="center", size=TEXT, color=INK)
    axes.axvline(0, color=QUIET, lw=1)
    axes.set(xlim=(-1.6, 1.6), ylim=(len(shown) - 0.5, -0.5))
    axes.set_yticks(rows, labels)
    axes.set_xticks([-0.8, 0.8], [words.text("charts.lower"), words.text("charts.higher")])
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    return figure
