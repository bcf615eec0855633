"""One file of code out of two: a version's code imports nothing of clientela, and two kinds of them share a part."""

import ast
from pathlib import Path

from clientela.serving.index import PYFUNC


def standalone(path: Path) -> str:
    """The code of a file whose only import of clientela is from `pyfunc.py`: that one's code in the import's place.

    Both files end with `set_model`; the last of them counts.

    Raises:
        ValueError: it imports something else of clientela.
    """
    source = path.read_text(encoding="utf-8")
    lines = source.splitlines(keepends=True)
    dropped: set[int] = set()
    for node in ast.parse(source).body:
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("clientela"):
            if node.module != "clientela.serving.pyfunc":
                raise ValueError(f"A version's code must import nothing of clientela but pyfunc. Got {node.module}.")
            dropped |= set(range(node.lineno - 1, node.end_lineno or node.lineno))
    own = "".join(line for number, line in enumerate(lines) if number not in dropped)
    return f"{PYFUNC.read_text(encoding='utf-8')}\n\n# What follows is {path.name}.\n\n{own}"
