"""Data sets that several golden tests read."""

from collections.abc import Callable
from importlib.metadata import distribution
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest

from clientela.data.cleaning import clean
from clientela.data.rules import Rule


@pytest.fixture(scope="session")
def read_cdnow() -> Callable[[duckdb.DuckDBPyConnection], None]:
    """Reads the sample of CDNOW that ships with `lifetimes`: customers, dates and amounts, no products."""

    def read(connection: duckdb.DuckDBPyConnection) -> None:
        path = Path(str(distribution("lifetimes").locate_file("lifetimes/datasets/CDNOW_sample.txt")))
        lines = [line.split() for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
        days = [f"{line[2][:4]}-{line[2][4:6]}-{line[2][6:]}" for line in lines]
        table = {"customer_id": [line[1] for line in lines], "ordered_at": days, "amount": [line[4] for line in lines]}
        connection.register("source", pa.table(table))
        clean(connection, columns={name: name for name in table}, rules=[Rule("bad_amount")])

    return read
