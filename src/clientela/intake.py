"""The way in: a source read and cleaned on a DuckDB connection, with its ledger."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb
import pandas as pd

from clientela.data.attributes import Attribute, read_attributes
from clientela.data.cleaning import Rule, clean
from clientela.data.readers import Source, read_source
from clientela.errors import InvalidInput
from clientela.features.build import build_features, default_as_of, order_period, parse_as_of
from clientela.reporting.tables import ledger_text
from clientela.settings import DatasetSettings


@dataclass(frozen=True)
class Intake:
    """What was taken in.

    Attributes:
        source: where the transactions came from.
        ledger: the cleaning's.
        as_of: the date of the features.
        features: the CustomerFeatures contract.
        attributes: what else is known of the customers, if anything.
        period: dates of the first and the last order before the as-of date.
    """

    source: Source
    ledger: pd.DataFrame
    as_of: date
    features: pd.DataFrame
    attributes: pd.DataFrame | None
    period: tuple[date, date]


def take_in_customers(
    connection: duckdb.DuckDBPyConnection,
    dataset: DatasetSettings,
    *,
    source: str | None,
    as_of: str | None,
    seed: int,
    echo: Callable[[str], None],
    rejected: Path | None = None,
) -> Intake:
    """From a source to customers as of one date; the table `net_lines` is left as of it.

    Args:
        connection: where the tables are made.
        dataset: its settings.
        source: path of the data; the data set's own where None.
        as_of: ISO date; the day after the last transaction where None.
        seed: of the demo shop.
        echo: takes the ledger's text.
        rejected: where the rejected rows are written (Parquet), if anywhere.

    Raises:
        ClientelaError: of `take_in`, `take_in_attributes` and `build_features`; a date that is none.
    """
    day = parse_as_of(as_of) if as_of else None
    read, ledger = take_in(connection, dataset, source=source, seed=seed, rejected=rejected)
    attributes = take_in_attributes(connection, dataset, seed=seed)
    day = day or default_as_of(connection)
    echo(ledger_text(ledger, title=dataset.title, location=read.location))
    features = build_features(connection, as_of=day)
    return Intake(read, ledger, day, features, attributes, order_period(connection))


def take_in(
    connection: duckdb.DuckDBPyConnection,
    dataset: DatasetSettings,
    *,
    source: str | None,
    seed: int,
    rejected: Path | None = None,
) -> tuple[Source, pd.DataFrame]:
    """Fill the tables `transactions` and `cancellations`; returns what was read and the ledger.

    Args:
        connection: where the tables are made.
        dataset: its settings.
        source: path of the data; the data set's own where None.
        seed: of the demo shop.
        rejected: where the rejected rows are written (Parquet), if anywhere.

    Raises:
        InvalidInput: neither the parameter nor the settings name a source.
        InvalidData: the source cannot be read, lacks a column, or nothing is left of it.
    """
    location = source or dataset.source
    if not location:
        raise InvalidInput(f"The source parameter must be the path of {dataset.title} ({dataset.homepage}). Got none.")
    read = read_source(connection, location, seed=seed)
    clean(
        connection,
        columns=dataset.columns,
        rules=[Rule(rule.rule, rule.codes, rule.prefix) for rule in dataset.cleaning],
        timestamp_format=dataset.timestamp_format,
    )
    if rejected:
        connection.sql("select * from rejected").write_parquet(str(rejected))
    ledger = connection.execute("select * from ledger order by step").df()
    return read, ledger.astype({"money_out": "float64", "money_left": "float64"})


def take_in_attributes(
    connection: duckdb.DuckDBPyConnection, dataset: DatasetSettings, *, seed: int
) -> pd.DataFrame | None:
    """What is known of the customers beyond their purchases, one row a customer; None where the data set says nothing.

    Args:
        connection: as `take_in` leaves it.
        dataset: its settings.
        seed: of the demo shop.

    Raises:
        InvalidData: the attributes' source cannot be read, lacks a column, or knows nobody who bought.
    """
    settings = dataset.attributes
    if settings is None:
        return None
    return read_attributes(
        connection,
        [Attribute(name, column.column, column.kind, column.range) for name, column in settings.columns.items()],
        location=settings.source,
        customer_id=settings.customer_id,
        seed=seed,
    )
