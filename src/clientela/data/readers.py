"""Sources (text files, Parquet, workbooks, JSON, archives, generated data) as a DuckDB view named `source`."""

import hashlib
import re
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

import duckdb
import pyarrow as pa

from clientela.data.archives import unpack
from clientela.data.database import open_database
from clientela.data.demo import DemoShop, generate_demo
from clientela.data.demo_mall import DemoMall, generate_mall
from clientela.data.demo_telecom import DemoTelecom, generate_telecom
from clientela.data.expressions import quoted_name, quoted_text
from clientela.data.json_files import view_json
from clientela.data.nesting import view_nested
from clientela.data.paths import JSON, PARQUET, TEXT, WORKBOOK, files_of, kind_of
from clientela.data.reading import FileFormat
from clientela.data.sources.addresses import (
    database_of,
    file_of,
    is_object_address,
    known_as,
    refuse_unknown_scheme,
)
from clientela.data.sources.databases import view_database
from clientela.data.sources.objects import fetch_objects
from clientela.data.text_files import escaped, keep_rows, view_text_files
from clientela.data.workbooks import view_workbook
from clientela.errors import InvalidData

Demo = DemoShop | DemoTelecom | DemoMall
GENERATED: dict[str, Callable[..., Demo]] = {"demo": generate_demo, "mall": generate_mall, "telecom": generate_telecom}
VALUES = re.compile('Original Line|: value "')  # what DuckDB puts before lines and values
DIGEST_LENGTH = 16  # hexadecimal digits of the digest, which is stored in tags
LONGEST_NAME = 200  # characters of a name that a message repeats


@dataclass(frozen=True)
class Source:
    """A source that was read.

    Attributes:
        location: path of the file, address of the object, or the name of a generated data set.
        digest: SHA-256 digest of its bytes, shortened to 16 hexadecimal digits.
        rows: number of rows.
        notes: sentences for the user, such as the names of sheets that were left out.
        has_cells: whether texts may come from numbers and dates of a workbook or of a JSON file.
        stamps: time of change, size and number of each file when its reading began.
    """

    location: str
    digest: str
    rows: int
    notes: tuple[str, ...] = ()
    has_cells: bool = False
    stamps: Mapping[Path, tuple[int, ...]] = field(default_factory=dict)

    def check_unchanged(self) -> None:
        """Check that no file has changed since its reading began; the rows of a Parquet file are read later.

        Raises:
            InvalidData: a file has changed, so that the rows, and the digest, may be those of two states.
        """
        for path, stamp in self.stamps.items():
            if _stamp(path) != stamp:
                raise InvalidData(
                    f"The source must not change while it is read; {str(path)!r} did. Try again when it is complete."
                )


def _stamps(paths: Sequence[Path]) -> dict[Path, tuple[int, ...]]:
    return {path: stamp for path in paths if (stamp := _stamp(path)) is not None}


def _stamp(path: Path) -> tuple[int, ...] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return (found.st_mtime_ns, found.st_size, found.st_ino)


def read_source(
    connection: duckdb.DuckDBPyConnection,
    location: str,
    file: FileFormat | None = None,
    *,
    seed: int = 0,
    demo_table: str = "transactions",
) -> Source:
    """Make the view `source` on `connection`; rows stay in the file if the format allows it.

    Text files are read with every column as text, so that ids keep their leading zeros.

    Args:
        connection: DuckDB connection that gets the view.
        location: path of a file, of a folder of Parquet files, an address of an object store, or the name of a
            generated data set: "demo", "mall" or "telecom". A path is a pattern of names only if `file` says so.
        file: format of the file; None detects it.
        seed: random seed of a generated data set.
        demo_table: table of the generated data set.

    Returns:
        Location, digest and number of rows of the source.

    Raises:
        InvalidData: the file does not exist, has an unknown format, cannot be read, or changes meanwhile.

    >>> connection = duckdb.connect()
    >>> _ = Path("sales.csv").write_text("client;amount\\n007;1,5\\n")
    >>> read_source(connection, "sales.csv").rows
    1
    >>> connection.execute("from source").fetchall()
    [('007', '1,5')]
    """
    file = file or FileFormat()
    if location in GENERATED and not file.is_pattern:
        table: pa.Table = getattr(_generated(location, seed), demo_table)
        connection.register("source", table)
        return Source(location, _digest_of_table(table), table.num_rows)
    if database := database_of(location):
        rows, digest, address = view_database(connection, database, query_seconds=file.query_seconds)
        return Source(address.known_as, digest[:DIGEST_LENGTH], rows, stamps=_stamps(file_of(address)))
    return read_files(connection, location, source_files(connection, location, is_pattern=file.is_pattern), file)


def source_files(connection: duckdb.DuckDBPyConnection, location: str, *, is_pattern: bool = False) -> list[Path]:
    """The files of a source; objects of a store are copied to a private folder.

    Args:
        connection: DuckDB connection that will read the files; copies are removed with it.
        location: path or address.
        is_pattern: whether a path is a pattern of names. An address may always have one.

    Raises:
        InvalidData: there is no such file or object, or it cannot be read.
    """
    refuse_unknown_scheme(location)
    if is_object_address(location):
        return fetch_objects(connection, location)
    try:
        return files_of(location, is_pattern=is_pattern)
    except OSError as error:  # a name that is too long, a folder that may not be read
        raise InvalidData(f"The source {location[:LONGEST_NAME]!r} cannot be read ({error.strerror}).") from error


def read_files(connection: duckdb.DuckDBPyConnection, location: str, paths: Sequence[Path], file: FileFormat) -> Source:
    """Make the view `source` of files.

    Args:
        connection: DuckDB connection that gets the view.
        location: path or address by which the source is known.
        paths: the files, from `source_files`.
        file: format of the files.

    Raises:
        InvalidData: a file has an unknown format, cannot be read, or changes meanwhile.
    """
    try:
        stamps = _stamps(paths)
        rows, notes = _view(connection, paths, file)
        has_cells = kind_of(paths[0]) in ("workbook", "json")
        source = Source(known_as(location), _digest_of_files(paths), rows, notes, has_cells, stamps)
        source.check_unchanged()
        return source
    except (duckdb.Error, OSError) as error:
        raise InvalidData(f"The source {location!r} cannot be read: {in_one_line(error)}") from error


def _view(
    connection: duckdb.DuckDBPyConnection, paths: Sequence[Path], file: FileFormat
) -> tuple[int, tuple[str, ...]]:
    """Make the view `source` by the kind of the files; returns the number of rows and notes."""
    kinds = {kind_of(path) for path in paths}
    if kinds == {"text"}:
        return view_text_files(connection, paths, file)
    if kinds == {"parquet"}:
        return _view_parquet(connection, paths)
    if len(paths) > 1:
        raise InvalidData("A source of several files must have text files, or Parquet files. Got other files.")
    if kinds == {"workbook"}:
        return view_workbook(connection, paths[0], file)
    if kinds == {"json"}:
        return view_json(connection, paths[0], file)
    return _view_archive(connection, paths[0], file)


def _view_parquet(connection: duckdb.DuckDBPyConnection, paths: Sequence[Path]) -> tuple[int, tuple[str, ...]]:
    files = ", ".join(quoted_text(escaped(path)) for path in paths)
    connection.execute(f"create or replace view source as select * from read_parquet([{files}], union_by_name = true)")
    nested = [name for name, type_, *_ in connection.execute("describe source").fetchall() if "STRUCT(" in type_]
    if not nested:
        return connection.execute("select count(*) from source").fetchall()[0][0], ()
    as_json = ", ".join(f"to_json({quoted_name(name)}) as {quoted_name(name)}" for name in nested)
    connection.execute(f"create or replace temp table parquet_rows as select * replace ({as_json}) from source")
    return view_nested(connection, "parquet_rows")


def _view_archive(connection: duckdb.DuckDBPyConnection, path: Path, file: FileFormat) -> tuple[int, tuple[str, ...]]:
    with tempfile.TemporaryDirectory(prefix="clientela-") as folder:
        suffixes = TEXT + JSON + PARQUET + WORKBOOK
        files = unpack(path, Path(folder), suffixes=suffixes, largest_mb=file.largest_unpacked_mb)
        with open_database() as own:
            _, notes = _view(own, files, file)
            table = own.sql("select * from source").to_arrow_table()
    connection.register("source_archive", table)
    rows = keep_rows(connection, "select * from source_archive")
    connection.unregister("source_archive")
    return rows, notes


@lru_cache(maxsize=1)  # a run reads the transactions, then the customers
def _generated(location: str, seed: int) -> Demo:
    return GENERATED[location](seed=seed)


def in_one_line(error: Exception) -> str:
    """The first sentence of an error message, without the rest, which may contain a line or a value of the source."""
    return VALUES.split(" ".join(str(error).splitlines()[:1]))[0].strip()


def _digest_of_files(paths: Sequence[Path]) -> str:
    digests = []
    for path in paths:
        with path.open("rb") as file:
            digests.append(hashlib.file_digest(file, "sha256").hexdigest())
    whole = digests[0] if len(digests) == 1 else hashlib.sha256("".join(digests).encode()).hexdigest()
    return whole[:DIGEST_LENGTH]


def _digest_of_table(table: pa.Table) -> str:
    sink = hashlib.sha256()
    for column in table.combine_chunks().columns:
        for chunk in column.chunks:
            for buffer in chunk.buffers():
                sink.update(buffer or b"")
    return sink.hexdigest()[:DIGEST_LENGTH]
