"""Shared parts of all charts: colours, plain axes, and PNG bytes.

Colours are those of Okabe & Ito, which people with colour blindness can tell apart, extended for long legends.
"""

from io import BytesIO

from matplotlib.axes import Axes
from matplotlib.backend_bases import FigureCanvasBase
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

COLOURS = (
    "#0072B2", "#E69F00", "#009E73", "#D55E00", "#56B4E9", "#CC79A7", "#F0E442", "#7F3C8D", "#11A579", "#8C6D31",
)  # fmt: skip
NOISE = "#B0B0B0"
INK = "#333333"


def render(figure: Figure, *, dpi: int = 90) -> bytes:
    """PNG bytes; the same figure gives the same bytes at any time."""
    figure.set_dpi(dpi)
    lay_out(FigureCanvasAgg(figure))
    buffer = BytesIO()
    figure.savefig(buffer, format="png", dpi=dpi, metadata={"Software": None})
    return buffer.getvalue()


def lay_out(canvas: FigureCanvasBase) -> None:
    """Place the parts of a figure on the canvas that it is saved with; `savefig` would draw it once more for that."""
    engine = canvas.figure.get_layout_engine()
    if engine is not None:
        engine.execute(canvas.figure)
        canvas.figure.set_layout_engine(None)


def plain_figure(width: float, height: float) -> tuple[Figure, Axes]:
    """A figure with one pair of plain axes, in inches."""
    figure = Figure(figsize=(width, height), layout="constrained")
    axes = figure.subplots()
    plain(axes)
    return figure, axes


def plain(axes: Axes) -> None:
    """Axes without a box, with small labels."""
    axes.spines[["top", "right"]].set_visible(False)
    axes.title.set_fontsize(10)
    axes.tick_params(labelsize=8)
