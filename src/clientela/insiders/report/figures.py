"""The figures of the Insiders report, one per function."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from textwrap import fill
from typing import Final, Self

import numpy as np
from matplotlib.figure import Figure

from clientela.insiders.expected_revenue import ExpectedTotal
from clientela.insiders.programme_size import ValueCurve
from clientela.insiders.report.schema import ReplayMonth
from clientela.reporting.charts import COLOURS, INK, NOISE
from clientela.reporting.figure import TEXT, WIDTH, themed_figure
from clientela.reporting.svg import LINE, PAPER, QUIET
from clientela.reporting.words import Words

MEMBER, ENTERED, LEFT = COLOURS[0], COLOURS[2], COLOURS[3]
COUNTS: Final = ("stayed", "entered", "left")


@dataclass(frozen=True)
class Bar:
    """A bar of a chart of shares.

    Attributes:
        key: key, by which a bar is highlighted.
        name: label.
        value: share, in [0, 1].
        interval: lower and upper end of the share's interval, drawn as a line; None without one.
    """

    key: str
    name: str
    value: float
    interval: tuple[float, float] | None = None

    @classmethod
    def of(cls, key: str, name: str, share: Sequence[float]) -> Self:
        """A bar of a share with its interval.

        Args:
            key: key of the bar.
            name: label.
            share: lower end, value and upper end.
        """
        low, value, high = share
        return cls(key, name, value, (low, high))


def value_curve(curve: ValueCurve, words: Words) -> Figure:
    """The cumulated share by share of the customers; the chosen size as a dot, the bounds shaded."""
    figure, axes = themed_figure(WIDTH, 3.0)
    x, y = 100 * np.array(curve["customers"]), 100 * np.array(curve["share"])
    if curve["bounds"]:
        axes.axvspan(100 * curve["bounds"][0], 100 * curve["bounds"][1], color=LINE, alpha=0.45, lw=0)
    axes.plot([0, 100], [0, 100], color=QUIET, lw=0.8, ls=":")
    axes.plot(x, y, color=MEMBER, lw=2)
    at = 100 * curve["chosen"]
    height = float(np.interp(at, x, y))
    axes.plot(at, height, "o", ms=9, color=MEMBER, mec=PAPER, mew=1.2)
    text = f"{words.percent(at / 100)} → {words.percent(height / 100, 0)}"
    axes.annotate(text, (at, height), xytext=(10, -4), textcoords="offset points", size=TEXT, color=INK, weight="bold")
    axes.set(xlim=(0, 100), ylim=(0, 102), yticks=range(20, 101, 20))
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter(lambda value, _: words.percent(value / 100, 0))
    axes.tick_params(length=0)
    axes.grid(color=LINE, lw=0.6)
    return figure


def bars_with_intervals(
    bars: Sequence[Bar], words: Words, *, label: str, highlight: str | None = None, decimals: int = 0
) -> Figure:
    """Horizontal bars of shares with their intervals as lines.

    Args:
        bars: bars from top to bottom.
        words: words of the report's language.
        label: label of the axis.
        highlight: key of the bar in the members' colour; None colours all bars.
        decimals: decimals of the percentages.
    """
    figure, axes = themed_figure(WIDTH, 0.75 + 0.46 * len(bars))
    places = np.arange(len(bars))
    colours = [MEMBER if highlight is None or bar.key == highlight else NOISE for bar in bars]
    axes.barh(places, [100 * bar.value for bar in bars], height=0.55, color=colours, alpha=0.9)
    for place, bar in zip(places, bars, strict=True):
        low, high = bar.interval or (bar.value, bar.value)
        if bar.interval:
            axes.plot([100 * low, 100 * high], [place, place], color=INK, lw=1.6)
        axes.annotate(
            words.percent(bar.value, decimals), (100 * max(high, bar.value), place), xytext=(6, 0),
            textcoords="offset points", va="center", size=TEXT, color=INK,
            weight="bold" if bar.key == highlight else "normal",
        )  # fmt: skip
    axes.set_yticks(places, [fill(bar.name, 22) for bar in bars])
    axes.set_ylim(len(bars) - 0.5, -0.5)
    axes.set_xlabel(label)
    axes.margins(x=0.2)
    axes.xaxis.set_major_formatter(lambda value, _: words.number(value))
    axes.tick_params(length=0)
    axes.spines["left"].set_visible(False)
    return figure


def expected_revenue(
    totals: Sequence[ExpectedTotal], *, months: Callable[[int], str], money: Callable[[float], str]
) -> Figure:
    """The expected revenue of the members, one row per number of months: a dot with its interval as a line.

    Args:
        totals: expected revenue by number of months.
        months: writes a number of months.
        money: writes a predicted amount.
    """
    figure, axes = themed_figure(WIDTH, 0.55 + 0.5 * len(totals))
    places = np.arange(len(totals))
    for place, row in zip(places, totals, strict=True):
        low, value, high = row["members"]
        axes.plot([low, high], [place, place], color=MEMBER, lw=7, solid_capstyle="butt", alpha=0.5)
        axes.plot(value, place, "o", ms=8, color=MEMBER, mec=PAPER, mew=1)
        axes.annotate(
            money(value), (high, place), xytext=(7, 0), textcoords="offset points", va="center",
            size=TEXT, color=INK, weight="bold",
        )  # fmt: skip
    axes.set_yticks(places, [months(row["months"]) for row in totals])
    top = max(row["members"][2] for row in totals) or 1.0
    axes.set(ylim=(len(totals) - 0.5, -0.5), xlim=(0, 1.4 * top), xticks=[])
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    return figure


def replay_bars(months: Sequence[ReplayMonth], words: Words, *, names: Mapping[str, str]) -> Figure:
    """Members by month: those who stayed and entered above the line, those who left below it.

    Args:
        months: counts by month, the earliest first.
        words: words of the report's language.
        names: labels of "stayed", "entered" and "left".
    """
    figure, axes = themed_figure(WIDTH, 2.9)
    places = np.arange(len(months))
    stayed, entered, left = (np.array([month[key] for month in months]) for key in COUNTS)
    axes.bar(places, stayed, width=0.78, color=MEMBER, alpha=0.85, label=names["stayed"])
    axes.bar(places, entered, width=0.78, bottom=stayed, color=ENTERED, label=names["entered"])
    axes.bar(places, -left, width=0.78, color=LEFT, label=names["left"])
    axes.axhline(0, color=QUIET, lw=0.8)
    step = max(1, -(-len(months) // 7))
    shown = places[::-1][::step][::-1]
    axes.set_xticks(shown, [_month(months[place]["as_of"], words) for place in shown])
    axes.yaxis.set_major_formatter(lambda value, _: words.number(abs(value)))
    axes.grid(axis="y", color=LINE, lw=0.6)
    axes.tick_params(length=0)
    axes.spines[["left", "bottom"]].set_visible(False)
    axes.legend(
        frameon=False, fontsize=TEXT, loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=3, labelcolor=INK,
        handlelength=1, columnspacing=1.2,
    )  # fmt: skip
    return figure


def _month(iso: str, words: Words) -> str:
    """Short month over year: "Dec" over "11"."""
    return f"{words.month(iso)}\n{iso[2:4]}"
