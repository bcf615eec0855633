"""Data sets that several golden tests read: each is read and cleaned once per test session."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from importlib.metadata import distribution
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest

from clientela.data.cleaning import clean
from clientela.data.rules import Rule
from clientela.loading import read_transactions
from clientela.settings import load_settings

SOURCES = {
    "groceries": "field/groceries.csv",
    "online_retail": "online_retail.parquet",
    "retail_transactions": "retail_data_transactions.csv",
    "superstore": "field/superstore.csv",
}
CLEANED = ("transactions", "cancellations")

OpenShop = Callable[[str], AbstractContextManager[duckdb.DuckDBPyConnection]]


@pytest.fixture(scope="session")
def settings_of(root: Path):
    """Settings of a data set. The sample of CDNOW has those of groceries, which have no products."""
    return lambda name: load_settings("groceries" if name == "cdnow" else name, conf=root / "conf")


@pytest.fixture(scope="session")
def open_shop(once, request, settings_of) -> OpenShop:
    """A context with a connection of its own to the clean transactions of a data set."""

    @contextmanager
    def connect(name: str) -> Iterator[duckdb.DuckDBPyConnection]:
        source = request.getfixturevalue("shared_data") / SOURCES[name] if name in SOURCES else None
        if source is not None and not source.exists():
            pytest.skip(f"needs {source}")
        folder = once(f"shop-{name}", lambda folder: _write_shop(folder / "shop.duckdb", name, source, settings_of))
        with duckdb.connect() as connection:
            connection.execute(f"attach '{folder / 'shop.duckdb'}' as cleaned (read_only)")
            for table in CLEANED:
                connection.execute(f"create table {table} as from cleaned.{table}")
            connection.execute("detach cleaned")
            yield connection

    return connect


def _write_shop(path: Path, name: str, source: Path | None, settings_of) -> None:
    with duckdb.connect(str(path)) as connection:
        if name == "cdnow":
            _read_cdnow(connection)
        else:
            location = str(source) if source else None
            read_transactions(connection, settings_of(name).dataset, source=location, seed=0)


def _read_cdnow(connection: duckdb.DuckDBPyConnection) -> None:
    """Read the sample of CDNOW that ships with `lifetimes`: customers, dates and amounts, no products."""
    path = Path(str(distribution("lifetimes").locate_file("lifetimes/datasets/CDNOW_sample.txt")))
    lines = [line.split() for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    days = [f"{line[2][:4]}-{line[2][4:6]}-{line[2][6:]}" for line in lines]
    table = {"customer_id": [line[1] for line in lines], "ordered_at": days, "amount": [line[4] for line in lines]}
    connection.register("source", pa.table(table))
    clean(connection, columns={name: name for name in table}, rules=[Rule("bad_amount")])
