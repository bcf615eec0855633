"""Plain texts inside the Markdown of MLflow's notes."""

import re

# Signs that begin a link, a picture, HTML, emphasis, code or a cell of a table, wherever they stand in a line.
SIGNS = re.compile(r"([\\`*_{}\[\]<>|~!&])")


def as_markdown(text: str) -> str:
    r"""The text as one line of Markdown that shows exactly this text.

    Example:
        >>> as_markdown("My *shop* | [us](http://x)")
        'My \\*shop\\* \\| \\[us\\](http://x)'
    """
    return SIGNS.sub(r"\\\1", " ".join(text.split()))
