"""Rows of a database on their way to DuckDB: record batches, and the types that the driver's batches do not carry."""

import importlib
from dataclasses import dataclass, field
from types import ModuleType

import pyarrow as pa

from clientela.errors import InvalidInput

CONNECT_SECONDS = 10
# What a column becomes in DuckDB. The last two depend on the values.
DECIMAL = "try_cast({} as decimal({}, {}))"
DATE = "try_cast({} as date)"
TIMESTAMP = "try_cast({} as timestamp)"
INSTANT = "try_cast({} || '+00' as timestamptz)"
NUMERIC = "numeric"  # a text that becomes a decimal with as many digits as the values have
FLAG = "flag"  # a small number that becomes a Boolean if all values are 0 or 1


@dataclass(frozen=True)
class Rows:
    """The result of a query that has not been read yet.

    Attributes:
        reader: its record batches.
        types: column -> SQL that converts it, with {} in place of the column, or NUMERIC or FLAG. Other columns stay.
    """

    reader: pa.RecordBatchReader
    types: dict[str, str] = field(default_factory=dict)


class DatabaseFailure(Exception):
    """Why a database cannot be read, without rows and credentials."""


def driver(module: str, *, extra: str) -> ModuleType:
    """A driver that is installed as an extra.

    Args:
        module: name of its module.
        extra: extra of the package that has it.

    Raises:
        InvalidInput: it is not installed.
    """
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise InvalidInput(
            f"This source needs a driver that is not installed ({module}); pip install 'clientela[{extra}]'."
        ) from error


def decimal_sql(precision: int, scale: int) -> str:
    """What a text becomes that the engine declares as a decimal; NUMERIC where DuckDB's decimals are too short.

    >>> decimal_sql(10, 2), decimal_sql(60, 2)
    ('try_cast({} as decimal(10, 2))', 'numeric')
    """
    if 0 <= scale <= precision <= 38 and precision > 0:
        return DECIMAL.format("{}", precision, scale)
    return NUMERIC
