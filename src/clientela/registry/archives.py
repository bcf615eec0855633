"""The archives of skops: one JSON file, and arrays of numbers; sizes are checked before anything is read."""

import io
from pathlib import Path
from typing import IO
from zipfile import ZipFile

import numpy as np

# skops stores without compression. A small archive that unpacks to gigabytes would end the process that reads it.
LARGEST_FACTOR = 20
SMALL = 16_000_000  # bytes; an archive may unpack to so much in any case
LARGEST_SCHEMA = 64_000_000  # bytes of JSON
VERSIONS = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}


def archive_problem(path: Path) -> str | None:
    """The problem of a skops archive; None if there is none. Nothing of it is unpacked but the heads of its arrays.

    Raises:
        OSError, ValueError, zipfile.BadZipFile: the file is no such archive.
    """
    with ZipFile(path) as archive:
        return _problem(archive, allowed=LARGEST_FACTOR * path.stat().st_size + SMALL)


def check_archive(path: Path) -> None:
    """Check a skops archive before it is loaded.

    Raises:
        ValueError: it holds something else than a schema and arrays of numbers, or unpacks to too much.
        OSError, zipfile.BadZipFile: the file is no archive.
    """
    if problem := archive_problem(path):
        raise ValueError(f"{path.name} {problem}.")


def _problem(archive: ZipFile, *, allowed: int) -> str | None:
    entries = archive.infolist()
    # zipfile never reads more of an entry than the size that is given here.
    if (total := sum(entry.file_size for entry in entries)) > allowed:
        return f"unpacks to {total:,} bytes; at most {allowed:,} are allowed"
    if len({entry.filename for entry in entries}) < len(entries):
        return "holds two entries of the same name"
    for entry in entries:
        if entry.filename.endswith(".npz"):
            with archive.open(entry) as file, ZipFile(io.BytesIO(file.read())) as inner:
                if (problem := _problem(inner, allowed=allowed)) is not None:
                    return problem
        elif entry.filename.endswith(".npy"):
            with archive.open(entry) as file:
                _check_array(file, entry.file_size)
        elif entry.filename != "schema.json":
            return f"holds {entry.filename[:80]!r}, which is neither its schema nor an array"
        elif entry.file_size > LARGEST_SCHEMA:
            return f"has a schema of {entry.file_size:,} bytes; at most {LARGEST_SCHEMA:,} are allowed"
    return None


def _check_array(file: IO[bytes], size: int) -> None:
    """Check that an array holds numbers, and as many bytes as its head says.

    Raises:
        ValueError: it does not; an array of objects is a pickle.
    """
    read_head = VERSIONS[np.lib.format.read_magic(file)]  # a KeyError: an unknown version of the format
    shape, _, dtype = read_head(file)
    if dtype.hasobject:
        raise ValueError("an array of objects")
    count = 1
    for length in shape:  # Python's integers, which do not overflow
        count *= length
    if size - file.tell() != count * dtype.itemsize:
        raise ValueError("an array whose length is not that of its head")
