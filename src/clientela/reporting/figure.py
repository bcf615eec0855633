"""Shared parts of all figures: size, font, and colours that follow light and dark mode."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from clientela.reporting.charts import (
    INK,
    plain,
    plain_figure,
)
from clientela.reporting.svg import LINE, QUIET

WIDTH, TEXT = 4.0, 9


WIDEST = 7  # characters of the longest amount that fits into a cell of the grid


def themed_figure(width: float, height: float) -> tuple[Figure, Axes]:
    """A figure whose text and lines have the colour of the page's text."""
    figure, axes = plain_figure(width, height)
    themed(axes)
    return figure, axes


def themed(axes: Axes) -> None:
    """Axes whose text and lines have the colour of the page's text, with text of nine points."""
    plain(axes)
    axes.tick_params(labelsize=TEXT, color=LINE, labelcolor=INK)
    axes.spines[:].set_color(LINE)
    axes.xaxis.label.set(size=TEXT, color=QUIET)
    axes.yaxis.label.set(size=TEXT, color=QUIET)
    axes.set_axisbelow(True)


def ink_on(colour: str) -> str:
    """Black or white, whichever is easier to read on a colour (relative luminance of WCAG 2)."""
    channels = np.array([int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)])
    linear = np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)
    return "#111111" if linear @ np.array([0.2126, 0.7152, 0.0722]) > 0.179 else "#ffffff"
