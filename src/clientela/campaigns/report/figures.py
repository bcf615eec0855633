"""The figures of the campaign reports, one per function."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from textwrap import fill

import numpy as np
from matplotlib.figure import Figure

from clientela.reporting.charts import COLOURS, INK
from clientela.reporting.figure import TEXT, WIDTH, themed_figure
from clientela.reporting.svg import LINE, PAPER, QUIET, with_tip
from clientela.reporting.words import Words

VERDICT_COLOURS = {"more": COLOURS[2], "less": COLOURS[3], "unclear": QUIET}
SHARES = np.linspace(0.02, 0.5, 49)  # control shares of the curve
WIDEST = 2.5  # the axis reaches at most this many times as far as the interval of the median row


@dataclass(frozen=True)
class Effect:
    """A row of a forest plot: label, relative lift with its interval, verdict, and whether it is the total."""

    name: str
    lift: tuple[float, float, float]
    verdict: str
    is_total: bool
    tip: str


def forest_plot(effects: Sequence[Effect], words: Words, *, label: str) -> Figure:
    """Lifts with their intervals, one row each: a diamond for the total, squares for the groups, a line at zero.

    Args:
        effects: rows from top to bottom.
        words: words of the report's language.
        label: label of the axis.

    Returns:
        The figure. An interval that is much wider than the others ends in an arrow at the edge.
    """
    figure, axes = themed_figure(WIDTH, 0.9 + 0.42 * len(effects))
    low_end, high_end = _limits(effects)
    axes.axvline(0, color=INK, lw=0.9)
    for place, effect in enumerate(effects):
        low, value, high = effect.lift
        colour = VERDICT_COLOURS[effect.verdict]
        axes.plot(
            np.clip([low, high], low_end, high_end), [place, place], color=colour, lw=2.6 if effect.is_total else 1.8
        )
        for beyond, edge, marker in ((low < low_end, low_end, "<"), (high > high_end, high_end, ">")):
            if beyond:
                axes.plot(edge, place, marker, ms=6, color=colour, clip_on=False)
        if low_end <= value <= high_end:
            style, size = ("D", 9) if effect.is_total else ("s", 7)
            (dot,) = axes.plot(value, place, style, ms=size, color=colour, mec=PAPER, mew=0.8)
            with_tip(dot, effect.tip)
    axes.set_yticks(range(len(effects)), [fill(effect.name, 20) for effect in effects])
    for tick, effect in zip(axes.get_yticklabels(), effects, strict=True):
        tick.set_fontweight("bold" if effect.is_total else "normal")
    axes.set(xlim=(low_end, high_end), ylim=(len(effects) - 0.5, -0.5))
    axes.set_xlabel(label)
    axes.xaxis.set_major_formatter(lambda value, _: words.percent(value, 0))
    axes.locator_params(axis="x", nbins=5)
    axes.grid(axis="x", color=LINE, lw=0.6)
    axes.tick_params(length=0)
    axes.spines[["left", "bottom"]].set_visible(False)
    return figure


def power_curves(
    detectable: Mapping[str, float], words: Words, *, control: float, uplift: float, labels: tuple[str, str]
) -> Figure:
    """The smallest lift that a test shows, by the share held out: one line per length of the period.

    Args:
        detectable: label of each length -> smallest relative lift with the planned share.
        words: words of the report's language.
        control: planned share to hold out, in (0, 1).
        uplift: lift to show, as a dashed line.
        labels: labels of the two axes.

    Returns:
        The figure. A line follows from the lift with the planned share: the error is proportional to
        1 / sqrt(share * (1 - share)).
    """
    figure, axes = themed_figure(WIDTH, 3.1)
    planned = np.sqrt(control * (1 - control))
    for (name, least), colour in zip(detectable.items(), COLOURS, strict=False):
        axes.plot(100 * SHARES, 100 * least * planned / np.sqrt(SHARES * (1 - SHARES)), color=colour, lw=2, label=name)
        axes.plot(100 * control, 100 * least, "o", ms=7, color=colour, mec=PAPER)
    axes.axhline(100 * uplift, color=QUIET, lw=1, ls="--")
    axes.set(xlim=(0, 50.5), ylim=(0, None), xlabel=labels[0], ylabel=labels[1])
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter(lambda value, _: words.percent(value / 100, 0))
    axes.grid(color=LINE, lw=0.6)
    axes.tick_params(length=0)
    axes.legend(frameon=False, fontsize=TEXT, labelcolor=INK, loc="upper right")
    return figure


def _limits(effects: Sequence[Effect]) -> tuple[float, float]:
    """The ends of the axis: all intervals, unless some are much wider than the others."""
    ends = np.array([[low, high] for low, _, high in (effect.lift for effect in effects)])
    usual = float(np.median(np.abs(ends).max(axis=1)))
    low, high = float(min(ends[:, 0].min(), 0)), float(max(ends[:, 1].max(), 0))
    room = 0.04 * (high - low) or 0.01
    return max(low - room, -WIDEST * usual), min(high + room, WIDEST * usual)
