"""Small pictures as inline SVG, written directly: bars, curves and lines in the colours of the page."""

import hashlib
from collections.abc import Sequence
from html import escape

TEXT = 9  # size of the text in points
BLUE, ORANGE = "#0072B2", "#D55E00"
WIDTH = 288  # points


def picture(parts: Sequence[str], *, height: float, title: str, description: str, width: float = WIDTH) -> str:
    """An <svg> element with a title and a description for readers who cannot see it.

    Args:
        parts: elements, drawn in order.
        height: height in points.
        title: alternative text in short.
        description: and in full.
        width: width in points.

    Returns:
        The element; the same arguments give the same bytes.
    """
    name = "d" + hashlib.sha256(f"{title}|{description}".encode()).hexdigest()[:10]
    return (
        f'<svg role="img" aria-labelledby="{name}-t {name}-d" viewBox="0 0 {width:g} {height:g}" '
        f'style="--w:{width:g}px"><title id="{name}-t">{escape(title)}</title>'
        f'<desc id="{name}-d">{escape(description)}</desc>{"".join(parts)}</svg>'
    )


def label(x: float, y: float, text: str, *, anchor: str = "middle", quiet: bool = True) -> str:
    """A text at a place."""
    colour = "var(--quiet)" if quiet else "currentColor"
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="{TEXT}" font-family="var(--sans)" '
        f'style="fill:{colour}">{escape(text)}</text>'
    )


def box(x: float, y: float, width: float, height: float, *, tip: str = "", colour: str = BLUE) -> str:
    """A filled rectangle; the browser shows `tip` when the pointer is over it."""
    title = f"<title>{escape(tip)}</title>" if tip else ""
    return (
        f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" style="fill:{colour}">{title}</rect>'
    )


def line(points: Sequence[tuple[float, float]], *, colour: str = BLUE, width: float = 1.5, dashes: str = "") -> str:
    """A line through points."""
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    dashed = f' stroke-dasharray="{dashes}"' if dashes else ""
    return f'<polyline points="{path}" fill="none" style="stroke:{colour}" stroke-width="{width:g}"{dashed}/>'


def bars(
    values: Sequence[float | None], names: Sequence[str], tips: Sequence[str], *, height: float = 110
) -> list[str]:
    """Upright bars with their names below; None leaves a place empty.

    Args:
        values: heights, 0 or more.
        names: text below each bar.
        tips: text that the browser shows for each bar.
        height: height of the picture in points.

    Returns:
        The elements.
    """
    most = max((value for value in values if value is not None), default=0) or 1
    step, floor = WIDTH / max(1, len(values)), height - 16
    parts = []
    for place, (value, name, tip) in enumerate(zip(values, names, tips, strict=True)):
        size = (floor - 6) * (value or 0) / most
        parts += [box(place * step + step * 0.12, floor - size, step * 0.76, size, tip=tip)] if value else []
        parts.append(label(place * step + step / 2, height - 4, name))
    return [*parts, line([(0, floor), (WIDTH, floor)], colour="var(--line)", width=1)]
