"""A pyfunc's file as it is logged: what it imports from another of ours is written into it."""

import ast
from pathlib import Path

from clientela.errors import ClientelaError

OURS = "clientela"
PACKAGE = Path(__file__).parents[1]


def standalone(path: Path) -> str:
    """The text of a module with its `from clientela... import` lines replaced by what they name.

    What the named functions and classes use of their module comes with them, as do its imports. Such modules stand
    alone themselves, so this is one step deep.

    Raises:
        ClientelaError: a name is not defined at the top of its module.
    """
    text = path.read_text(encoding="utf-8")
    tree = ast.parse(text)
    lines = text.splitlines()
    for node in reversed(tree.body):
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == OURS:
            pieces = _pieces(PACKAGE / _relative(node), [alias.name for alias in node.names])
            lines[node.lineno - 1 : node.end_lineno] = pieces.splitlines()
    return "\n".join(lines) + "\n"


def _relative(node: ast.ImportFrom) -> Path:
    return Path(*(node.module or "").split(".")[1:]).with_suffix(".py")


def _pieces(source: Path, names: list[str]) -> str:
    """The definitions of these names in a module, with all that they use of it, in its order, after its imports."""
    text = source.read_text(encoding="utf-8")
    body = ast.parse(text).body
    defined = {name: node for node in body for name in _names(node)}
    wanted: set[str] = set()
    ahead = list(names)
    while ahead:
        name = ahead.pop()
        if name in wanted:
            continue
        if name not in defined:
            raise ClientelaError(f"The module {source.name} must define {name} at its top; it does not.")
        wanted.add(name)
        used = {node.id for node in ast.walk(defined[name]) if isinstance(node, ast.Name)}
        ahead += sorted(used & defined.keys())
    kept = [
        ast.get_source_segment(text, node)
        for node in body
        if isinstance(node, (ast.Import, ast.ImportFrom)) or wanted & set(_names(node))
    ]
    return "\n".join(piece for piece in kept if piece)


def _names(node: ast.stmt) -> list[str]:
    if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
        return [node.name]
    if isinstance(node, ast.Assign):
        return [target.id for target in node.targets if isinstance(target, ast.Name)]
    return []
