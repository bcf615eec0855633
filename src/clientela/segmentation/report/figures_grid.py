"""All customers on a grid of recency and frequency, with the mix of segments in each cell."""

from collections.abc import Mapping, Sequence
from itertools import pairwise

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from clientela.reporting.charts import INK
from clientela.reporting.figure import TEXT, WIDEST, WIDTH, ink_on, themed_figure
from clientela.reporting.svg import LINE, QUIET, with_tip
from clientela.reporting.words import Words
from clientela.segmentation.report.figures import Segments, colours_of
from clientela.segmentation.segments.grid import CellShare, RecencyFrequencyGrid

LEFT, WIDE = 0.05, 0.9  # of a cell's bar, in cells
NARROWEST = 0.22  # share of a cell whose part of the bar has room for the segment's number


def recency_frequency_grid(grid: RecencyFrequencyGrid, segments: Segments, words: Words) -> Figure:
    """Customers by quintile of recency (rows) and orders (columns), with the mix of segments in each cell.

    Args:
        grid: recency-frequency grid.
        segments: segments in order of value.
        words: words of a language.

    Returns:
        The figure; each cell has its customers, their mean spend, and a bar with the shares of the segments.
    """
    counts = np.array(grid["customers"])
    rows = [row for row in range(5) if counts[row].any()]
    columns = [column for column in range(5) if counts[:, column].any()]
    figure, axes = themed_figure(WIDTH, 0.7 + 0.62 * len(rows))
    for y, row in enumerate(rows):
        for x, column in enumerate(columns):
            customers = grid["customers"][row][column]
            if customers:
                _cell(axes, x, y, customers, grid["spend"][row][column], words)
                _mix(axes, x, y, grid["mix"][row][column], segments, words)
    recency, orders = _bands(grid["recency_edges"], words), _bands(grid["frequency_edges"], words)
    axes.set(xlim=(0, len(columns)), ylim=(len(rows), 0))
    axes.set_xticks(np.arange(len(columns)) + 0.5, [orders[column] for column in columns])
    axes.set_yticks(np.arange(len(rows)) + 0.5, [recency[row] for row in rows])
    axes.set_xlabel(words.text("charts.orders"))
    axes.set_ylabel(words.text("charts.days"))
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    return figure


def _cell(axes: Axes, x: float, y: float, customers: int, spend: float, words: Words) -> None:
    """The customers of a cell and their mean spend; `spend` is their sum (currency)."""
    axes.add_patch(Rectangle((x + 0.02, y + 0.03), 0.96, 0.94, fill=False, ec=LINE, lw=0.8))
    number, each = words.number(customers), words.money_short(spend / customers)
    axes.text(x + 0.5, y + 0.22, number, ha="center", va="center", weight="bold", size=TEXT, color=INK)
    size = TEXT * min(1, WIDEST / len(each))
    axes.text(x + 0.5, y + 0.49, each, ha="center", va="center", size=size, color=QUIET)


def _mix(axes: Axes, x: float, y: float, mix: Sequence[CellShare], segments: Segments, words: Words) -> None:
    """A bar with the shares of the segments in a cell, in the order of the segments, each with its number."""
    customers = {one["id"]: one["customers"] for one in mix}
    total, left = sum(customers.values()), x + LEFT
    names: Mapping[int, str] = {s["id"]: words.pick(s["name"]) for s in segments}
    for id_, colour in colours_of(segments).items():
        share = customers.get(id_, 0) / total
        if not share:
            continue
        tip = words.text(
            "charts.alt.tip",
            name=names[id_],
            customers=words.count("customers", customers[id_]),
            share=words.percent(share),
        )
        bar = Rectangle((left, y + 0.66), share * WIDE, 0.27, color=colour, lw=0)
        axes.add_patch(with_tip(bar, tip))
        if share >= NARROWEST:
            # The segment's number, too: the colour alone must not carry the information.
            middle = left + share * WIDE / 2
            axes.text(middle, y + 0.8, str(id_), ha="center", va="center_baseline", size=TEXT - 2, color=ink_on(colour))
        left += share * WIDE


def _bands(edges: Sequence[float], words: Words) -> list[str]:
    """Labels of the five quintiles, lowest first: "up to 15", "16 to 33", ..., "181 or more"."""
    whole = [int(np.floor(edge)) for edge in edges]
    number = words.number
    found = [words.text("charts.up_to", high=number(whole[0])) if whole[0] > 1 else number(whole[0])]
    for low, high in pairwise(whole):
        same = low + 1 >= high
        found.append(number(high) if same else words.text("charts.from_to", low=number(low + 1), high=number(high)))
    return [*found, words.text("charts.more_than", low=number(whole[-1] + 1))]
