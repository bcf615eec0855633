"""The code of a version as one file: a product's model with the parts of clientela that it imports.

MLflow's `code_paths` would let the first version that a process loads decide for all; one file that imports nothing of
clientela lets two versions be served by one process, and an installed package cannot change what a version answers.
"""

import ast
from collections.abc import Sequence
from pathlib import Path

FOLDER = Path(__file__).parent
# What every model may import; each part imports only parts before it.
SHARED = ("limits", "ids", "customer_index", "id_lookup")
PSEUDONYMS = FOLDER.parent / "pseudonyms.py"
PREFIX = "clientela.lookup."


def standalone(path: Path, *, parts: Sequence[Path] = ()) -> str:
    """The code of a model's file behind the parts that it imports, without the imports between them.

    Args:
        path: the model's file.
        parts: further files of the product that the model imports; each may import those before it.

    Returns:
        Source code that imports nothing of clientela.

    Raises:
        ValueError: a file imports something else of clientela, or two files define the same name.
    """
    shared = [PSEUDONYMS, *(FOLDER / f"{name}.py" for name in SHARED)]
    files = [*shared, *parts, path]
    allowed = {PREFIX + name for name in SHARED} | {_module(part) for part in (PSEUDONYMS, *parts)}
    sources = [file.read_text(encoding="utf-8") for file in files]
    known: set[str] = set()
    for file, source in zip(files, sources, strict=True):
        if twice := _defined(source) & known:
            where = "clientela.lookup defines" if not parts else "an earlier part defines"
            raise ValueError(f"{file.name} must not define what {where}. Got {', '.join(sorted(twice))}.")
        known |= _defined(source)
    return "\n\n".join(
        f"# From {file.name}.\n\n{_without_imports(source, allowed)}"
        for file, source in zip(files, sources, strict=True)
    )


def _module(part: Path) -> str:
    """Name of the module in clientela/ whose file is `part`."""
    return ".".join(("clientela", *part.relative_to(FOLDER.parent).with_suffix("").parts))


def _without_imports(source: str, allowed: set[str]) -> str:
    """A source without its imports of the allowed modules.

    Raises:
        ValueError: the source imports something else of clientela.
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
            if module not in allowed or isinstance(node, ast.Import):
                raise ValueError(f"A model's code must import nothing of clientela but its lookup. Got {module}.")
            dropped |= set(range(node.lineno - 1, node.end_lineno or node.lineno))
    return "".join(line for number, line in enumerate(lines) if number not in dropped)


def _defined(source: str) -> set[str]:
    """The names that a module defines at its top level, without imports."""
    names: set[str] = set()
    for node in ast.parse(source).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            names.add(node.name)
        elif isinstance(node, ast.Assign):
            names |= {target.id for target in node.targets if isinstance(target, ast.Name)}
    return names
