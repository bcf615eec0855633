"""The files of a source, and what kind of file each is: by its content where that is plain, else by its name."""

import zipfile
from glob import glob
from pathlib import Path
from typing import Literal

from clientela.data.encodings import open_bytes
from clientela.errors import InvalidData

TEXT = (".csv", ".tsv", ".txt", ".csv.gz", ".tsv.gz", ".txt.gz")
PARQUET = (".parquet", ".pq")
WORKBOOK = (".xlsx", ".xlsm", ".xlsb", ".xls", ".ods")
JSON = (".json", ".jsonl", ".ndjson", ".json.gz", ".jsonl.gz", ".ndjson.gz")
ZIP = (".zip",)
KNOWN = TEXT + PARQUET + WORKBOOK + JSON + ZIP
OLD_WORKBOOK = bytes.fromhex("d0cf11e0a1b11ae1")
WEB_PAGE = (b"<html", b"<!doctype", b"<table", b"<head", b"<meta", b"<?xml")

Kind = Literal["text", "parquet", "workbook", "json", "zip"]


def files_of(location: str, *, is_pattern: bool) -> list[Path]:
    """The files of a source, in the order of their names.

    Args:
        location: path of a file or of a folder of Parquet files, or a pattern of names.
        is_pattern: whether `location` is a pattern.

    Raises:
        InvalidData: there is no such file, or the folder has no Parquet file.
    """
    if is_pattern:
        # Path.glob accepts no absolute pattern.
        names = sorted(glob(location, recursive=True))  # noqa: PTH207
        paths = [Path(name) for name in names if Path(name).is_file()]
        if not paths:
            raise InvalidData(f"The source must be a pattern of files that exist. Got {location!r} instead.")
        return paths
    path = Path(location)
    if path.is_file():
        return [path]
    found = sorted(each for each in path.rglob("*") if _is_data(each.relative_to(path)) and each.is_file())
    if found:
        return found
    wanted = (
        "must be a file that exists, or a folder of Parquet files" if path.is_dir() else "must be a file that exists"
    )
    hint = " A pattern of names stands in the data set's file, as source: {glob: ...}." if "*" in location else ""
    raise InvalidData(f"The source {wanted}. Got {location!r} instead.{hint}")


def _is_data(path: Path) -> bool:
    hidden = any(part.startswith((".", "_")) for part in path.parts)
    return path.name.lower().endswith(PARQUET) and not hidden


def kind_of(path: Path) -> Kind:
    """The kind of a file.

    Raises:
        InvalidData: the name has no known ending, or the content is of another kind that is not read.
    """
    name = path.name.lower()
    if not name.endswith(KNOWN):
        raise InvalidData(f"The source must end in one of {', '.join(KNOWN)}. Got {path.name!r} instead.")
    start = _start(path)
    if not start.strip():
        raise InvalidData(f"The source {path.name!r} must have rows. Got an empty file.")
    if start.lstrip(b"\xef\xbb\xbf \t\r\n").lower().startswith(WEB_PAGE):
        raise InvalidData(
            f"The source {path.name!r} must be a table. Got a web page under its name; open it in a spreadsheet "
            "program, and save it as .xlsx or .csv."
        )
    if name.endswith(WORKBOOK):
        return _kind_of_workbook(path, start)
    if name.endswith(PARQUET):
        return "parquet"
    if name.endswith(ZIP):
        return "zip"
    if start.startswith(b"PAR1"):
        return "parquet"
    if start.startswith((b"PK\x03\x04", OLD_WORKBOOK)):
        return "zip" if _is_plain_zip(path) else "workbook"
    return "json" if name.endswith(JSON) else "text"


def _kind_of_workbook(path: Path, start: bytes) -> Kind:
    """Some shops export text under the name of an old workbook (.xls)."""
    is_binary = start.startswith((b"PK", OLD_WORKBOOK)) or b"\x00" in start.removeprefix(b"\xff\xfe")[:1]
    return "text" if path.name.lower().endswith(".xls") and not is_binary else "workbook"


def _start(path: Path) -> bytes:
    with open_bytes(path) as file:
        return file.read(4096)


def _is_plain_zip(path: Path) -> bool:
    """Whether the file is an archive and no workbook, which is an archive, too."""
    if not zipfile.is_zipfile(path):
        return False
    with zipfile.ZipFile(path) as archive:
        return not {"[Content_Types].xml", "content.xml"} & set(archive.namelist())
