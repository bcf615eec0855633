"""One file of code out of two: a version's code imports nothing of clientela, and two kinds of them share a part."""

import ast
from pathlib import Path

from clientela.serving.index import PYFUNC


def standalone(path: Path) -> str:
    """The code of a file whose only import of clientela is from `pyfunc.py`: that one's code in the import's place.

    Both files end with `set_model`; the last of them counts.

    Raises:
        ValueError: it imports something else of clientela, or defines a name that `pyfunc.py` defines for itself.
    """
    source = path.read_text(encoding="utf-8")
    lines = source.splitlines(keepends=True)
    base = PYFUNC.read_text(encoding="utf-8")
    if twice := _defined(source) & _defined(base):
        raise ValueError(f"{path.name} must not define what pyfunc.py defines. Got {', '.join(sorted(twice))}.")
    dropped: set[int] = set()
    for node in ast.parse(source).body:
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("clientela"):
            if node.module != "clientela.serving.pyfunc":
                raise ValueError(f"A version's code must import nothing of clientela but pyfunc. Got {node.module}.")
            dropped |= set(range(node.lineno - 1, node.end_lineno or node.lineno))
    own = "".join(line for number, line in enumerate(lines) if number not in dropped)
    return f"{base}\n\n# What follows is {path.name}.\n\n{own}"


def _defined(source: str) -> set[str]:
    """The names that a module's own statements give, imports aside."""
    names: set[str] = set()
    for node in ast.parse(source).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            names.add(node.name)
        elif isinstance(node, ast.Assign):
            names |= {target.id for target in node.targets if isinstance(target, ast.Name)}
    return names
