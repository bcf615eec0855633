"""A figure as inline SVG, with selectable text, colours of the page, and ids that are unique in the page."""

import hashlib
import re
from collections.abc import Callable
from html import escape
from io import BytesIO
from typing import TypeVar

from matplotlib import rc_context
from matplotlib.artist import Artist
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from matplotlib.text import Text

from clientela.reporting.charts import INK, lay_out

Drawn = TypeVar("Drawn", bound=Artist)
# Placeholder colours of a figure, and the CSS that replaces them.
QUIET, LINE, PAPER = "#6b6b6c", "#d9d9da", "#fefefd"
THEME = {INK: "currentColor", QUIET: "var(--quiet)", LINE: "var(--line)", PAPER: "var(--paper)"}


def render_svg(figure: Figure, title: str, description: str, *, key: str = "") -> str:
    """An <svg> element for a page, the same bytes every time.

    Args:
        figure: drawn in the colours of `THEME` where it shall follow the page.
        title: its alternative text in short.
        description: and in full.
        key: a name that is unique in the page; that of the texts where empty.
    """
    prefix = "f" + hashlib.sha256(f"{key}|{title}|{description}".encode()).hexdigest()[:10]
    for text in figure.findobj(Text):
        text.set_parse_math(False)  # a dollar sign is money
    figure.set_dpi(72)  # SVG's
    buffer = BytesIO()
    with rc_context({"svg.fonttype": "none", "svg.hashsalt": prefix, "savefig.transparent": True}):
        lay_out(FigureCanvasSVG(figure))
        figure.savefig(buffer, format="svg", transparent=True, dpi=144, metadata=dict.fromkeys(META))
    drawing = _body(buffer.getvalue().decode("utf-8"))
    width, height = (72 * float(side) for side in figure.get_size_inches())
    return (
        f'<svg role="img" aria-labelledby="{prefix}-t {prefix}-d" viewBox="0 0 {width:g} {height:g}" '
        f'style="--w:{width:g}px"><title id="{prefix}-t">{escape(title)}</title>'
        f'<desc id="{prefix}-d">{escape(description)}</desc>{_with_tips(_own_ids(_themed(drawing), prefix))}</svg>'
    )


def with_tip(artist: Drawn, text: str) -> Drawn:
    """The artist with a text that the browser shows when the pointer is over it."""
    artist.set_gid(f"{TIP}{text.encode().hex()}")
    return artist


TIP = "tip-"
META = ("Date", "Creator", "Format", "Type")


def _body(document: str) -> str:
    """The content of the <svg>, without metadata, comments and line breaks."""
    inner = document[document.index(">", document.index("<svg")) + 1 : document.rindex("</svg>")]
    inner = re.sub(r"<metadata>.*?</metadata>|<!--.*?-->", "", inner, flags=re.DOTALL)
    return re.sub(r">\s+<", "><", inner).strip()


def _in_tags(pattern: str, replacement: str | Callable[[re.Match[str]], str], inner: str) -> str:
    """Replace in tags only, not in the text between them."""
    return re.sub(r"<[^>]+>", lambda tag: re.sub(pattern, replacement, tag[0], flags=re.IGNORECASE), inner)


def _themed(inner: str) -> str:
    inner = _in_tags(r"(\d\.\d\d)\d+", r"\1", inner)  # hundredths of a point are enough
    inner = _in_tags(r"\n", " ", inner)
    for colour, css in THEME.items():
        inner = _in_tags(colour, css, inner)
    # The page's own font; Matplotlib before 3.10 writes it as part of `font`.
    inner = _in_tags(r"font-family: [^;\"]*;? ?", "", inner)
    return _in_tags(r"(font: [^;\"]*?\d+(?:\.\d+)?px) [^;\"]+", r"\1 var(--sans)", inner)


def _own_ids(inner: str, prefix: str) -> str:
    used = set(re.findall(r'(?:url\(#|href="#)([^")]+)', inner))
    inner = _in_tags(
        r' id="([^"]+)"',
        lambda m: f' id="{prefix}-{m[1]}"' if m[1] in used else m[0] if m[1].startswith(TIP) else "",
        inner,
    )
    inner = _in_tags(r"url\(#([^)]+)\)", rf"url(#{prefix}-\1)", inner)
    return _in_tags(r'href="#([^"]+)"', rf'href="#{prefix}-\1"', inner)


def _with_tips(inner: str) -> str:
    """Groups with the texts of `with_tip` as their titles."""
    return re.sub(
        rf'<g id="{TIP}([0-9a-f]*)">', lambda m: f"<g><title>{escape(bytes.fromhex(m[1]).decode())}</title>", inner
    )
