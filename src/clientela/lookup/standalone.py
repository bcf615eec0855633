"""The file of code of a version: a product's model with what it imports of `clientela.lookup`, in one file.

MLflow's `code_paths` would let the first version that a process loads decide for all; one file that imports nothing of
clientela lets two versions be served by one process, and an installed package cannot change what a version answers.
"""

import ast
from pathlib import Path

FOLDER = Path(__file__).parent
# What a model may import, in the order in which the parts need each other.
SHARED = ("ids", "customer_index", "id_lookup")
PREFIX = "clientela.lookup."


def standalone(path: Path) -> str:
    """The code of a model's file behind the shared parts of `clientela.lookup`, without the imports between them.

    Raises:
        ValueError: the file imports something else of clientela, or defines a name that a shared part defines.
    """
    parts = [*(FOLDER / f"{name}.py" for name in SHARED), path]
    sources = [part.read_text(encoding="utf-8") for part in parts]
    shared = set().union(*(_defined(source) for source in sources[:-1]))
    if twice := _defined(sources[-1]) & shared:
        raise ValueError(f"{path.name} must not define what clientela.lookup defines. Got {', '.join(sorted(twice))}.")
    return "\n\n".join(
        f"# From {part.name}.\n\n{_without_imports(source)}" for part, source in zip(parts, sources, strict=True)
    )


def _without_imports(source: str) -> str:
    """A source without its imports of the shared parts.

    Raises:
        ValueError: it imports something else of clientela.
    """
    lines = source.splitlines(keepends=True)
    dropped: set[int] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            modules = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            modules = [node.module or ""]
        else:
            continue
        for module in modules:
            if module.split(".")[0] != "clientela":
                continue
            if module not in {PREFIX + name for name in SHARED} or isinstance(node, ast.Import):
                raise ValueError(f"A model's code must import nothing of clientela but its lookup. Got {module}.")
            dropped |= set(range(node.lineno - 1, node.end_lineno or node.lineno))
    return "".join(line for number, line in enumerate(lines) if number not in dropped)


def _defined(source: str) -> set[str]:
    """The names that a module's own statements give, imports aside."""
    names: set[str] = set()
    for node in ast.parse(source).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            names.add(node.name)
        elif isinstance(node, ast.Assign):
            names |= {target.id for target in node.targets if isinstance(target, ast.Name)}
    return names
