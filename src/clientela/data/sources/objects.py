"""Objects of a store (s3://, gs://, az://) as files of a private folder, which are then read like all other files.

The folder belongs to this process: it is removed with the connection that reads it, and after a kill by the next
process.
"""

import re
import shutil
import tempfile
import weakref
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path, PurePosixPath
from typing import Any

import duckdb

from clientela.credentials import refuse_passwords
from clientela.data.paths import PARQUET
from clientela.data.sources.addresses import STORES
from clientela.data.sources.patience import within
from clientela.data.sources.stores import cause_of, open_store
from clientela.errors import InvalidData
from clientela.processes import folder_prefix, left_folders

KIND = "objects"
LIST_SECONDS = 30
PIECE_SECONDS = 60
PIECE = 8_000_000  # bytes
LONGEST_NAME = 200
PATTERN = re.compile(r"[*?\[]")
ADDRESS = re.compile(rf"({'|'.join(STORES)})://(.*)", re.DOTALL)


@dataclass(frozen=True)
class StoredObject:
    """An object of a store.

    Attributes:
        key: bucket and name of the object.
        size: bytes.
        changed: time of the last change, in nanoseconds; None if the store does not say.
    """

    key: str
    size: int
    changed: int | None


def fetch_objects(connection: duckdb.DuckDBPyConnection, location: str) -> list[Path]:
    """Copy the objects of an address to a private folder, in pieces.

    Args:
        connection: DuckDB connection that will read the files; the folder is removed with it.
        location: address of an object, of a folder of Parquet files, or with a pattern of names (`*`, `?`, `[...]`,
            and `**` for folders).

    Returns:
        Paths of the files, in the order of the objects' names. Each has the name of its object.

    Raises:
        InvalidData: there is no such object, it cannot be read, there is no room for it, or it changes meanwhile.
        InvalidInput: the address contains a password.
    """
    refuse_passwords({"source": location})
    found = ADDRESS.fullmatch(location)
    if not found or not found[2].strip("/"):
        raise InvalidData(f"The source must be an address like s3://BUCKET/NAME. Got {location!r} instead.")
    try:
        store = open_store(found[1])
        objects = within(LIST_SECONDS, partial(_list, store, found[2].rstrip("/"), location))
        folder = _new_folder(objects, location)
        weakref.finalize(connection, shutil.rmtree, folder, ignore_errors=True)
        paths = [_copy(store, each, folder / str(number)) for number, each in enumerate(objects)]
        if within(LIST_SECONDS, lambda: [_info(store, each.key) for each in objects]) != objects:
            raise InvalidData(f"The source must not change while it is read; {location!r} did. Try again later.")
        return paths
    except OSError as error:
        raise InvalidData(f"The source {location!r} cannot be read: {cause_of(error)}.") from error


def _list(store: Any, path: str, location: str) -> list[StoredObject]:
    """The objects that an address means, by name."""
    from pyarrow import fs

    info = store.get_file_info(path) if "/" in path else None
    if info is not None and info.type == fs.FileType.File:
        return [_stored(info)]
    is_pattern = PATTERN.search(path) is not None
    folder, rest = _fixed_part(path) if is_pattern else (path, "")
    selector = fs.FileSelector(folder, recursive="/" in rest or not is_pattern)
    matches = _matcher(rest, location) if is_pattern else None
    objects = [
        _stored(each)
        for each in sorted(store.get_file_info(selector), key=lambda info: info.path)
        if each.type == fs.FileType.File and _is_meant(each.path.removeprefix(f"{folder}/"), matches)
    ]
    if not objects:
        wanted = "a pattern of objects that exist" if is_pattern else "an object, or a folder of Parquet files"
        raise InvalidData(f"The source must be {wanted}. Got {location!r} instead.")
    return objects


def _is_meant(name: str, matches: re.Pattern[str] | None) -> bool:
    if matches:
        return matches.fullmatch(name) is not None
    hidden = any(part.startswith((".", "_")) for part in name.split("/"))
    return name.lower().endswith(PARQUET) and not hidden


def _fixed_part(path: str) -> tuple[str, str]:
    """The folder before the first sign of a pattern, and the rest."""
    parts = path.split("/")
    first = next(number for number, part in enumerate(parts) if PATTERN.search(part))
    return "/".join(parts[:first]), "/".join(parts[first:])


def _matcher(pattern: str, location: str) -> re.Pattern[str]:
    try:
        return re.compile(_expression(pattern))
    except re.error:
        raise InvalidData(f"The source must be a pattern of objects that exist. Got {location!r} instead.") from None


def _expression(pattern: str) -> str:
    """The regular expression of a pattern; a `*` does not match a `/`.

    >>> bool(re.fullmatch(_expression("**/a_*.csv"), "2024/05/a_1.csv")), bool(re.fullmatch(_expression("*"), "a/b"))
    (True, False)
    """
    parts = ["(?:[^/]+/)*" if part == "**" else f"{_part_expression(part)}/" for part in pattern.split("/")]
    return "".join(parts).removesuffix("/")


def _part_expression(part: str) -> str:
    signs = {"*": "[^/]*", "?": "[^/]"}
    tokens = re.split(r"(\*|\?|\[[^\]/]+\])", part)
    return "".join(
        signs.get(token) or (_choice(token) if token.startswith("[") else re.escape(token)) for token in tokens
    )


def _choice(token: str) -> str:
    """The class of signs of `[...]`; `[!...]` means all others."""
    inner = token[1:-1].replace("\\", "\\\\")
    return f"[^{inner[1:]}]" if inner.startswith("!") else f"[{inner}]"


def _stored(info: Any) -> StoredObject:
    return StoredObject(info.path, info.size, info.mtime_ns)


def _info(store: Any, key: str) -> StoredObject:
    return _stored(store.get_file_info(key))


def _new_folder(objects: Sequence[StoredObject], location: str) -> Path:
    for left in left_folders(kind=KIND):
        shutil.rmtree(left, ignore_errors=True)
    size, free = sum(each.size for each in objects), shutil.disk_usage(tempfile.gettempdir()).free
    if size > free:
        raise InvalidData(
            f"The folder of temporary files must have room for {location!r}, {size / 1e6:,.0f} MB. It has "
            f"{free / 1e6:,.0f} MB; TMPDIR names another folder."
        )
    return Path(tempfile.mkdtemp(prefix=folder_prefix(KIND)))


def _copy(store: Any, stored: StoredObject, folder: Path) -> Path:
    folder.mkdir()
    # Only the last part of the name is used, and no more of it than a file may have; its ending says what it is.
    target = folder / PurePosixPath(stored.key).name[-LONGEST_NAME:]
    stream = within(LIST_SECONDS, lambda: store.open_input_stream(stored.key))
    with stream, target.open("wb") as file:
        while piece := within(PIECE_SECONDS, lambda: stream.read(PIECE)):
            file.write(piece)
    return target
