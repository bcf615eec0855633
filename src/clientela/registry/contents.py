"""The check `contents`: a version may hold this project's code, and data that runs no code when it is read.

A version's code is one file, `pyfunc.py`. `lookup.standalone` writes it from the sources of this release, so its text,
and its SHA-256, depend only on them. The check accepts the text of this release and the texts in `EARLIER`.

When a release changes `model.py` of a product or a module that it includes, add the SHA-256 of the text that the
previous release registered to `EARLIER`, so that its versions can still be promoted or rolled back. To print it, run on
the tag of the previous release, for each product:

    python -c "from hashlib import sha256; from clientela.churn.version import version_code; \\
        print(sha256(version_code().encode()).hexdigest())"
"""

import json
import pickletools
import re
from collections.abc import Collection, Iterator
from hashlib import sha256
from pathlib import Path, PurePosixPath
from typing import Any
from zipfile import BadZipFile

import pyarrow as pa
import yaml

from clientela.registry.archives import archive_problem
from clientela.registry.checks import CheckResult

CODE = "pyfunc.py"
# The loader of models from code. Every other loader loads a pickle or another module.
LOADER = "mlflow.pyfunc.loaders.code_model"
# SHA-256 of the file as earlier releases registered it, so that earlier versions can still be promoted or rolled back.
EARLIER: frozenset[str] = frozenset(
    {
        "939db72249bc4b09cf86ba6bb5ec7d523210320d1cc7ce0966cacbb36a3bf420",  # 0.1.0: segments
        "78555ab240b99b41bbae5b1df2f7a6a6739cfb7717f7bc5ff0e995dfd427c9ae",  # 0.1.0: insiders
        "8a32eb6a3f515a186bd34867a6638f5e22157bf2a0975a72f94fd42e66a3451f",  # 0.1.0: churn
    }
)
TEXTS = (".json", ".lock", ".md", ".toml", ".txt", ".yaml", ".yml")
BARE = ("MLmodel", "registered_model_meta")  # written by MLflow, in YAML
LARGEST_TEXT, LARGEST_YAML = 64_000_000, 1_000_000  # bytes
# Requirements by version only: pip would run code from an address or through an option.
REQUIREMENT = re.compile(
    r"(mlflow|numpy|pandas|pip|pyarrow|python|scikit-learn|scipy|setuptools|skops|wheel)"
    r"([=<>~!]{1,2}[\w.*]+(,[=<>~!]{1,2}[\w.*]+)*)?|-r requirements\.txt"
)


def check_contents(folder: Path, *, code: str) -> CheckResult:
    """Check that a version holds only this project's code and data. Loading a version runs its code.

    Args:
        folder: a copy of the whole version.
        code: text of the version's code file, as this release registers it.

    Returns:
        The result of the check `contents`.
    """
    known = {*EARLIER, sha256(code.encode()).hexdigest()}
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    wrong = [f"{path.relative_to(folder).as_posix()} {problem}" for path in files if (problem := _problem(path, known))]
    wrong += [f"{name} is missing" for name in ("MLmodel", CODE) if not (folder / name).is_file()]
    if wrong:
        more = f", and {len(wrong) - 3} more" if len(wrong) > 3 else ""
        sentence = f"The version must hold this project's {CODE} and otherwise only data. {', '.join(wrong[:3])}"
        return CheckResult("contents", False, f"{sentence}{more}.")
    sentence = f"The version holds {len(files)} files: this project's {CODE}, and otherwise only data."
    return CheckResult("contents", True, sentence)


def _problem(path: Path, known: Collection[str]) -> str | None:
    """The problem of a file; None if there is none."""
    try:
        if path.name == CODE:
            digest = sha256(path.read_bytes()).hexdigest()
            return None if digest in known else f"is not the project's (SHA-256 {digest[:16]}...)"
        if path.suffix == ".arrow":
            return _of_table(path)
        if path.suffix == ".skops":
            return archive_problem(path)
        if path.suffix in TEXTS or path.name in BARE:
            return _of_text(path)
    except (OSError, ValueError, LookupError, TypeError, AttributeError, BadZipFile, yaml.YAMLError, RecursionError,
            MemoryError, NotImplementedError):  # fmt: skip
        return "cannot be read"
    return "is of a kind that is not known to be data"


def _of_table(path: Path) -> str | None:
    """Validated in full: a wrong offset in an Arrow file ends the process that reads its row."""
    with path.open("rb") as file:
        if file.read(6) != b"ARROW1":
            return "is no Arrow file"
    try:
        with pa.memory_map(str(path)) as mapped:
            pa.ipc.open_file(mapped).read_all().validate(full=True)
    except (pa.ArrowException, OSError) as error:
        return f"is damaged ({str(error).splitlines()[0][:120]})"
    return None


def _of_text(path: Path) -> str | None:
    is_yaml = path.name in BARE or path.suffix in (".yaml", ".yml")
    most = LARGEST_YAML if is_yaml else LARGEST_TEXT
    if (size := path.stat().st_size) > most:
        return f"has {size:,} bytes; at most {most:,} are allowed"
    text = path.read_text(encoding="utf-8")
    # A few lines of aliases of aliases stand for billions of values. MLflow writes none.
    if is_yaml and any(isinstance(event, yaml.AliasEvent) for event in yaml.parse(text, Loader=yaml.SafeLoader)):
        return "holds a YAML alias"
    if is_pickle(text.encode()):
        return "is a pickle"
    if path.suffix == ".json":
        json.loads(text)
    if path.name == "MLmodel":
        return _of_card(yaml.safe_load(text))
    if path.name in ("conda.yaml", "python_env.yaml", "requirements.txt"):
        strange = [line for line in _requirements(path.name, text) if not REQUIREMENT.fullmatch(line)]
        return f"asks for {strange[0][:80]!r}" if strange else None
    return None


def _of_card(card: dict[str, Any]) -> str | None:
    """Of what MLmodel says, all that decides which code is run."""
    flavors = card["flavors"]
    ours = flavors["python_function"]
    if len(flavors) > 1:
        return f"names the flavors {', '.join(sorted(flavors))[:80]}; only python_function may be there"
    if ours["loader_module"] != LOADER or ours.get("code") or "python_model" in ours:
        return f"has the loader {str(ours['loader_module'])[:80]!r} and may have code beside {CODE}"
    if PurePosixPath(ours["model_code_path"]).name != CODE:
        return f"names other code than {CODE}"
    paths = [PurePosixPath(artifact["path"]) for artifact in ours["artifacts"].values()]
    if any(path.parts[0] != "artifacts" or ".." in path.parts for path in paths):
        return "names files outside of the version"
    return None


def _requirements(name: str, text: str) -> Iterator[str]:
    if name == "requirements.txt":
        yield from filter(None, text.splitlines())
        return
    asked = yaml.safe_load(text)
    # Channels are addresses too, when they are not conda-forge.
    yield from (channel for channel in asked.get("channels", []) if channel != "conda-forge")
    yield f"python={asked.get('python', '3')}"
    for entry in [*asked.get("build_dependencies", []), *asked["dependencies"]]:
        yield from [str(line) for line in entry["pip"]] if isinstance(entry, dict) else [str(entry)]


def is_pickle(data: bytes) -> bool:
    """Whether bytes are a pickle from their beginning to its end; nothing is loaded."""
    try:
        return any(opcode.name == "STOP" for opcode, _, _ in pickletools.genops(data))
    except Exception:  # whatever is no pickle fails in its own way
        return False
