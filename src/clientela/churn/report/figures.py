"""Pictures of a churn report, one per function; their input is report data and the words of a language."""

from collections.abc import Mapping, Sequence
from textwrap import fill
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from clientela.reporting.charts import COLOURS, INK, NOISE
from clientela.reporting.figure import TEXT, WIDTH, themed_figure
from clientela.reporting.svg import LINE, PAPER, QUIET
from clientela.reporting.words import Words

MODEL_COLOURS = {
    "dummy": NOISE, "logistic_regression": COLOURS[0], "decision_tree": COLOURS[1], "random_forest": COLOURS[2],
    "gradient_boosting": COLOURS[5],
}  # fmt: skip
BAND_COLOURS = {"high": COLOURS[3], "medium": COLOURS[1], "low": COLOURS[4]}
MOST_BARS = 12
Rows = Sequence[Mapping[str, Any]]


def judged(board: Rows, words: Words) -> Figure:
    """Out-of-fold average precision with its interval: one line per model, the highest on top."""
    figure, axes = themed_figure(WIDTH, 0.6 + 0.42 * len(board))
    for place, row in enumerate(board):
        colour, (low, high) = MODEL_COLOURS[row["name"]], row["interval"]
        axes.plot([low, high], [place, place], color=colour, lw=5, solid_capstyle="butt", alpha=0.55)
        axes.plot(row["chosen_by"], place, "o", ms=9, color=colour, mec=PAPER, mew=1)
        axes.annotate(
            words.number(row["chosen_by"], 3), (high, place), xytext=(6, 0), textcoords="offset points", va="center",
            size=TEXT, color=INK, weight="bold" if row["verdict"] == "winner" else "normal",
        )  # fmt: skip
    _named(axes, [words.text(f"churn.model.{row['name']}") for row in board])
    axes.set_xlabel(words.text("churn.charts.average_precision"))
    axes.margins(x=0.18)
    _numbers(axes, words, x=2)
    return figure


def curves(points: Mapping[str, Any], kind: str, words: Words, *, winner: str, rate: float) -> Figure:
    """ROC or precision-recall curves of the models; the winner has the widest line.

    Args:
        points: model -> its curves, as lists of (x, y).
        kind: "roc" or "precision_recall".
        words: words of the language.
        winner: name of the chosen model.
        rate: churn rate, the precision of a random ranking.

    Returns:
        The figure.
    """
    figure, axes = themed_figure(WIDTH, 3.5)
    chance = ([0, 1], [0, 1]) if kind == "roc" else ([0, 1], [rate, rate])
    axes.plot(*chance, color=QUIET, lw=1, ls=":")
    for name, of in points.items():
        if name == "dummy":
            continue
        x, y = np.array(of[kind]).T
        label = words.text(f"churn.model.{name}")
        chosen = name == winner
        axes.plot(x, y, color=MODEL_COLOURS[name], lw=2.4 if chosen else 1.3, label=label, zorder=3 if chosen else 2)
    keys = ("false_rate", "true_rate") if kind == "roc" else ("recall", "precision")
    axes.set_xlabel(words.text(f"churn.charts.{keys[0]}"))
    axes.set_ylabel(words.text(f"churn.charts.{keys[1]}"))
    axes.set(xlim=(0, 1.01), ylim=(0, 1.02))
    _percents(axes, words)
    if len(points) > 1:
        legend = axes.legend(frameon=False, fontsize=TEXT - 0.5, loc="lower right", labelcolor=INK)
        if kind != "roc":
            legend.set_loc("upper right")
    return figure


def lift(rows: Rows, words: Words) -> Figure:
    """Lift of each decile over the overall churn rate; the line is 1."""
    figure, axes = themed_figure(WIDTH, 2.9)
    values = [row["lift"] for row in rows]
    axes.bar([row["decile"] for row in rows], values, width=0.72, color=COLOURS[0], alpha=0.85)
    axes.axhline(1, color=INK, lw=1, ls="--")
    for row in rows[:3]:
        axes.annotate(
            words.percent(row["caught"], 0), (row["decile"], row["lift"]), xytext=(0, 3), textcoords="offset points",
            ha="center", size=TEXT, color=INK,
        )  # fmt: skip
    axes.set_xticks(range(1, len(rows) + 1))
    axes.set_xlabel(words.text("churn.charts.decile"))
    axes.set_ylabel(words.text("churn.charts.lift"))
    axes.margins(y=0.12)
    axes.yaxis.set_major_locator(MaxNLocator(steps=[1, 2, 5, 10]))
    axes.yaxis.set_major_formatter(lambda value, _: words.number(value, 1))
    axes.grid(axis="y", color=LINE, lw=0.6)
    return figure


def calibration(rows: Rows, words: Words) -> Figure:
    """Reliability diagram: churn rate against mean probability by decile; the diagonal is perfect calibration."""
    figure, axes = themed_figure(WIDTH, 3.2)
    expected, observed = ([row[name] for row in rows] for name in ("expected", "observed"))
    top = max(*expected, *observed, 0.05) * 1.08
    axes.plot([0, top], [0, top], color=QUIET, lw=1, ls=":")
    axes.plot(expected, observed, "-o", ms=7, color=COLOURS[0], mec=PAPER, mew=1)
    axes.set_xlabel(words.text("churn.charts.expected"))
    axes.set_ylabel(words.text("churn.charts.observed"))
    axes.set(xlim=(0, top), ylim=(0, top))
    _percents(axes, words)
    return figure


def profit(outcome: Mapping[str, Any], words: Words) -> Figure:
    """Profit by the share of customers called: realised, expected and at random; a line marks where to stop."""
    curve = outcome["profit"]
    figure, axes = themed_figure(WIDTH, 3.3)
    axes.axhline(0, color=LINE, lw=1)
    lines = (
        ("at_random", ":", NOISE, 1.6, "random"), ("expected", "--", COLOURS[1], 1.6, "expected_line"),
        ("realised", "-", COLOURS[0], 2.4, "realised"),
    )  # fmt: skip
    for name, style, colour, width, label in lines:
        axes.plot(curve["share"], curve[name], style, color=colour, lw=width, label=words.text(f"churn.charts.{label}"))
    stop = outcome["called"] / outcome["customers"]
    axes.axvline(stop, color=INK, lw=1)
    axes.annotate(
        words.text("churn.charts.stop"), (stop, 0), xycoords=("data", "axes fraction"), xytext=(4, 5),
        textcoords="offset points", size=TEXT, color=INK,
    )  # fmt: skip
    axes.set_xlabel(words.text("churn.charts.called"))
    axes.set_xlim(0, 1)
    axes.xaxis.set_major_formatter(lambda value, _: words.percent(value, 0))
    axes.yaxis.set_major_formatter(lambda value, _: words.money_short(value))
    axes.legend(
        frameon=False, fontsize=TEXT, labelcolor=INK, loc="upper center", bbox_to_anchor=(0.45, -0.17), ncol=3,
        columnspacing=1.0, handlelength=1.6,
    )  # fmt: skip
    return figure


def histogram(risk: Mapping[str, Any], words: Words) -> Figure:
    """Histogram of the probabilities; each bar has the colour of its band."""
    figure, axes = themed_figure(WIDTH, 2.8)
    edges, counts = np.array(risk["histogram"]["edges"]), risk["histogram"]["counts"]
    middle = (edges[:-1] + edges[1:]) / 2
    bands = risk["edges"]
    names = ["high" if x >= bands["high"] else "medium" if x >= bands["medium"] else "low" for x in middle]
    axes.bar(middle, counts, width=0.9 * np.diff(edges), color=[BAND_COLOURS[name] for name in names], alpha=0.9)
    axes.axvline(risk["mean"], color=INK, lw=1, ls="--")
    axes.annotate(
        words.text("churn.charts.mean", value=words.percent(risk["mean"], 0)), (risk["mean"], 0.96),
        xycoords=("data", "axes fraction"), xytext=(5, 0), textcoords="offset points", size=TEXT, color=INK, va="top",
    )  # fmt: skip
    axes.set_xlabel(words.text("churn.charts.probability"))
    axes.set_ylabel(words.text("churn.charts.customers"))
    axes.xaxis.set_major_formatter(lambda value, _: words.percent(value, 0))
    axes.yaxis.set_major_formatter(lambda value, _: words.number(value))
    return figure


def bars(names: Sequence[str], values: Sequence[float], xlabel: str, words: Words, *, errors: Sequence[float] = (),
         percent: bool = False) -> Figure:  # fmt: skip
    """Horizontal bars, the first on top, each with its value.

    Args:
        names: labels of the bars.
        values: lengths of the bars.
        xlabel: label of the axis.
        words: words of the language.
        errors: standard errors, drawn to both sides of the value; empty for none.
        percent: whether values are written as percentages.

    Returns:
        The figure.
    """
    figure, axes = themed_figure(WIDTH, 0.6 + 0.34 * len(names))
    places = np.arange(len(names))
    axes.barh(places, values, height=0.6, color=COLOURS[0], alpha=0.85)
    for place, value in enumerate(values):
        error = errors[place] if len(errors) else 0.0
        if error:
            axes.plot([value - error, value + error], [place, place], color=INK, lw=1.4)
        axes.annotate(
            words.percent(value, 0) if percent else words.number(value, 3), (max(value + error, 0), place),
            xytext=(5, 0), textcoords="offset points", va="center", size=TEXT, color=INK,
        )  # fmt: skip
    _named(axes, names)
    axes.set_xlabel(xlabel)
    axes.set_xticks([])
    axes.margins(x=0.2)
    return figure


def _named(axes: Axes, names: Sequence[str]) -> None:
    axes.set_yticks(range(len(names)), [fill(name, 24) for name in names])
    axes.set_ylim(len(names) - 0.5, -0.5)
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)


def _numbers(axes: Axes, words: Words, *, x: int) -> None:
    axes.xaxis.set_major_formatter(lambda value, _: words.number(value, x))
    axes.grid(axis="x", color=LINE, lw=0.6)


def _percents(axes: Axes, words: Words) -> None:
    axes.xaxis.set_major_formatter(lambda value, _: words.percent(value, 0))
    axes.yaxis.set_major_formatter(lambda value, _: words.percent(value, 0))
    axes.grid(color=LINE, lw=0.6)
