"""Sources (CSV, Parquet, Excel, generated data) as a DuckDB view named `source`, with a digest of their bytes."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Literal

import duckdb
import pyarrow as pa

from clientela.data.demo import DemoShop, generate_demo
from clientela.data.demo_telecom import DemoTelecom, generate_telecom
from clientela.errors import InvalidData

CSV = (".csv", ".tsv", ".txt", ".csv.gz")
PARQUET = (".parquet", ".pq")
EXCEL = (".xlsx", ".xlsm", ".xlsb", ".xls", ".ods")
GENERATED: dict[str, Callable[..., DemoShop | DemoTelecom]] = {"demo": generate_demo, "telecom": generate_telecom}
DIGEST_LENGTH = 16  # hexadecimal digits of the digest, which is stored in tags


@dataclass(frozen=True)
class Source:
    """A source that was read.

    Attributes:
        location: path of the file, or the name of a generated data set.
        digest: SHA-256 digest of its bytes, shortened to 16 hexadecimal digits.
        rows: number of rows.
    """

    location: str
    digest: str
    rows: int


def read_source(
    connection: duckdb.DuckDBPyConnection,
    location: str,
    *,
    seed: int = 0,
    demo_table: Literal["transactions", "customers"] = "transactions",
) -> Source:
    """Make the view `source` on `connection`; rows stay in the file if the format allows it.

    Text files are read with every column as text, so that ids keep their leading zeros.

    Args:
        connection: DuckDB connection that gets the view.
        location: path of a file, or the name of a generated data set: "demo" or "telecom".
        seed: random seed of a generated data set.
        demo_table: table of the generated data set.

    Returns:
        Location, digest and number of rows of the source.

    Raises:
        InvalidData: the file does not exist, has an unknown format, or cannot be read.

    >>> connection = duckdb.connect()
    >>> _ = Path("sales.csv").write_text("client,amount\\n007,1.5\\n")
    >>> read_source(connection, "sales.csv").rows
    1
    >>> connection.execute("from source").fetchall()
    [('007', '1.5')]
    """
    if location in GENERATED:
        table: pa.Table = getattr(_generated(location, seed), demo_table)
        connection.register("source", table)
        return Source(location, _digest_of_table(table), table.num_rows)
    path = Path(location)
    if not path.is_file():
        raise InvalidData(f"The source must be a file that exists. Got {location!r} instead.")
    try:
        _create_view(connection, path)
        rows = connection.execute("select count(*) from source").fetchall()[0][0]
    except duckdb.Error as error:
        raise InvalidData(f"The source {location!r} cannot be read: {in_one_line(error)}") from error
    return Source(str(path.resolve()), _digest_of_file(path), rows)


def _create_view(connection: duckdb.DuckDBPyConnection, path: Path) -> None:
    """Make the view `source` by the format of the file."""
    name = path.name.lower()
    if name.endswith(EXCEL):
        connection.register("source", _read_excel(path))
    elif name.endswith(PARQUET):
        connection.read_parquet(str(path)).create_view("source")
    elif name.endswith(CSV):
        connection.read_csv(str(path), all_varchar=True).create_view("source")
    else:
        known = ", ".join(CSV + PARQUET + EXCEL)
        raise InvalidData(f"The source must end in one of {known}. Got {path.name!r} instead.")


@lru_cache(maxsize=1)  # a run reads the transactions, then the customers
def _generated(location: str, seed: int) -> DemoShop | DemoTelecom:
    return GENERATED[location](seed=seed)


def in_one_line(error: duckdb.Error) -> str:
    """DuckDB's error message, without its hints and without the line of the source, which may contain personal data."""
    said = str(error).split("\n\n")[0].splitlines()
    return " ".join(line.strip() for line in said if not line.startswith("Original Line"))


def _read_excel(path: Path) -> pa.Table:
    # fastexcel is slow to import and needed for this format only.
    import fastexcel

    try:
        # Types are inferred from all rows: from the first thousand only, a later text would become a missing value.
        sheet = fastexcel.read_excel(path).load_sheet(0, schema_sample_rows=None)
    except fastexcel.FastExcelError as error:
        raise InvalidData(f"The source {str(path)!r} cannot be read: {str(error).splitlines()[0]}") from error
    return pa.Table.from_batches([sheet.to_arrow()])


def _digest_of_file(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()[:DIGEST_LENGTH]


def _digest_of_table(table: pa.Table) -> str:
    sink = hashlib.sha256()
    for column in table.combine_chunks().columns:
        for chunk in column.chunks:
            for buffer in chunk.buffers():
                sink.update(buffer or b"")
    return sink.hexdigest()[:DIGEST_LENGTH]
