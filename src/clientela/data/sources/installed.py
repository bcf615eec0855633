"""Which kinds of sources this installation can read."""

import importlib.util
from dataclasses import dataclass

from clientela.data.sources import mysql, postgres, sqlite_files

STORE_CLASSES = {"s3://": "S3FileSystem", "gs://": "GcsFileSystem", "az://": "AzureFileSystem"}
DRIVERS = {
    "postgresql://": (("adbc_driver_postgresql",), postgres.EXTRA),
    "mysql://": (("pymysql", "connectorx"), mysql.EXTRA),
    "sqlite://": (("adbc_driver_sqlite",), sqlite_files.EXTRA),
}


@dataclass(frozen=True)
class SourceKind:
    """A kind of source.

    Attributes:
        scheme: beginning of its addresses.
        install: command that installs what it needs; None if it is installed.
    """

    scheme: str
    install: str | None


def source_kinds() -> list[SourceKind]:
    """The kinds of sources beside local files."""
    from pyarrow import fs

    stores = [
        SourceKind(scheme, None if hasattr(fs, name) else "pip install -U pyarrow")
        for scheme, name in STORE_CLASSES.items()
    ]
    databases = [
        SourceKind(scheme, None if all(map(_is_there, modules)) else f"pip install 'clientela[{extra}]'")
        for scheme, (modules, extra) in DRIVERS.items()
    ]
    return [*stores, *databases, SourceKind("duckdb://", None)]


def sources_text() -> str:
    """A sentence on what can be read, and one per kind that needs to be installed."""
    kinds = source_kinds()
    readable = ["files", *(kind.scheme for kind in kinds if kind.install is None)]
    missing = [f"Sources of {kind.scheme} need a driver: {kind.install}" for kind in kinds if kind.install]
    return "\n".join([f"Sources that can be read: {', '.join(readable)}", *missing])


def _is_there(module: str) -> bool:
    return importlib.util.find_spec(module) is not None
