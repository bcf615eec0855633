"""Customers who moved between two versions: bands from the earlier segments to the present ones."""

from collections.abc import Mapping, Sequence
from textwrap import fill
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import PathPatch, Rectangle
from matplotlib.path import Path

from clientela.reporting.charts import INK, NOISE
from clientela.reporting.figure import TEXT, WIDTH, themed_figure
from clientela.reporting.words import Words
from clientela.segmentation.report.figures import Segments, colours_of

LEFT, RIGHT, THICK = 0.36, 0.64, 0.022
GAP, LEAST = 0.025, 0.1  # between nodes; between the middles of two labels, as shares of the height
Nodes = dict[int | None, tuple[float, float]]


def migration_flow(migration: Mapping[str, Any], segments: Segments, words: Words) -> Figure:
    """A Sankey diagram of the customers: earlier segments on the left, present ones on the right.

    Args:
        migration: what changed (`MigrationData`).
        segments: present segments, in order of value.
        words: words of a language.

    Returns:
        The figure.
    """
    flows = [flow for flow in migration["flows"] if flow["customers"]]
    previous = {s["id"]: words.pick(s["name"]) for s in migration["previous"]}
    current = {s["id"]: words.pick(s["name"]) for s in segments}
    sides = (
        ("from", {**previous, None: words.text("moves.arrived")}),
        ("to", {**current, None: words.text("moves.left")}),
    )
    count = max(len(previous), len(current)) + 1
    figure, axes = themed_figure(WIDTH, 0.4 + 0.62 * count)
    colours = dict[int | None, str](colours_of(segments).items())
    (before, names_before), (after, names_after) = sides
    left, right = _nodes(flows, before, names_before), _nodes(flows, after, names_after)
    _bands(axes, flows, left, right, colours)
    for nodes, names, x, side in ((left, names_before, LEFT, "right"), (right, names_after, RIGHT, "left")):
        for id_, (low, high) in nodes.items():
            start = x - THICK if side == "right" else x
            axes.add_patch(Rectangle((start, low), THICK, high - low, color=colours.get(id_, NOISE), lw=0))
        outside = x - THICK - 0.015 if side == "right" else x + THICK + 0.015
        _labels(axes, nodes, names, flows, key=before if side == "right" else after, x=outside, side=side, words=words)
    axes.set(xlim=(0, 1), ylim=(1.03, -0.03))
    axes.axis("off")
    return figure


def _nodes(flows: Sequence[Mapping[str, Any]], key: str, names: Mapping[int | None, str]) -> Nodes:
    """Start and end of each segment's bar, without empty segments, in the order of the names."""
    sizes = {id_: sum(flow["customers"] for flow in flows if flow[key] == id_) for id_ in names}
    sizes = {id_: size for id_, size in sizes.items() if size}
    scale = (1 - GAP * (len(sizes) - 1)) / sum(sizes.values())
    nodes, top = {}, 0.0
    for id_, size in sizes.items():
        nodes[id_] = top, top + size * scale
        top += size * scale + GAP
    return nodes


def _bands(
    axes: Axes,
    flows: Sequence[Mapping[str, Any]],
    left: Nodes,
    right: Nodes,
    colours: Mapping[int | None, str],
) -> None:
    total = sum(flow["customers"] for flow in flows)
    scales = [sum(high - low for low, high in nodes.values()) / total for nodes in (left, right)]
    starts, ends = ({id_: low for id_, (low, _) in nodes.items()} for nodes in (left, right))
    order = {id_: place for place, id_ in enumerate(right)}
    for from_ in left:
        for flow in sorted((f for f in flows if f["from"] == from_), key=lambda f: order[f["to"]]):
            to, size = flow["to"], flow["customers"]
            a, b = starts[from_], ends[to]
            a2, b2 = a + size * scales[0], b + size * scales[1]
            starts[from_], ends[to] = a2, b2
            axes.add_patch(PathPatch(_ribbon(a, a2, b, b2), color=colours.get(from_, NOISE), alpha=0.42, lw=0))


def _ribbon(a: float, a2: float, b: float, b2: float) -> Path:
    """From (a, a2) on the left to (b, b2) on the right, along two Bezier curves."""
    middle = (LEFT + RIGHT) / 2
    points = [
        (LEFT, a), (middle, a), (middle, b), (RIGHT, b),
        (RIGHT, b2), (middle, b2), (middle, a2), (LEFT, a2), (LEFT, a),
    ]  # fmt: skip
    curve = [Path.CURVE4] * 3
    return Path(points, [Path.MOVETO, *curve, Path.LINETO, *curve, Path.CLOSEPOLY])


def _labels(
    axes: Axes,
    nodes: Nodes,
    names: Mapping[int | None, str],
    flows: Sequence[Mapping[str, Any]],
    *,
    key: str,
    x: float,
    side: str,
    words: Words,
) -> None:
    middles = spread([(low + high) / 2 for low, high in nodes.values()], least=LEAST)
    for (id_, _), y in zip(nodes.items(), middles, strict=True):
        size = sum(flow["customers"] for flow in flows if flow[key] == id_)
        name = names[id_] if id_ is None else words.text("charts.number", id=id_, name=names[id_])
        lines = fill(name, 18).split("\n")
        text = "\n".join([*lines[:2], words.number(size)])
        axes.text(x, y, text, ha=side, va="center", size=TEXT, color=INK, linespacing=1.05)


def spread(places: Sequence[float], *, least: float) -> list[float]:
    """The places, in order, moved as little as needed to be `least` apart and within 0 to 1."""
    if len(places) < 2:
        return list(places)
    least = min(least, 1 / (len(places) - 1))
    steps = least * np.arange(len(places))
    # Without the steps they need to be in order only: the running maximum pushes down, the minimum pulls up.
    free = np.clip(np.asarray(places) - steps, 0, 1 - steps[-1])
    down, up = np.maximum.accumulate(free), np.minimum.accumulate(free[::-1])[::-1]
    return ((down + up) / 2 + steps).tolist()
