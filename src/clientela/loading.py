"""Loading a data set: its source is read and cleaned on a DuckDB connection, with a ledger."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Self

import duckdb
import pandas as pd

from clientela.data.attributes import read_attributes
from clientela.data.cleaning import clean
from clientela.data.joins import join_tables
from clientela.data.readers import Source, read_source
from clientela.data.reading import Reading
from clientela.data.withheld import withhold_identifiers
from clientela.dataset_privacy import card_of, note_written, privacy_of
from clientela.dataset_reading import attributes_of, cleaning_rules, file_format_of, reading_of, used_columns
from clientela.errors import InvalidInput
from clientela.exports import whole_file
from clientela.exports.report_files import check_folder
from clientela.features.build import build_features, default_as_of, order_period, parse_as_of
from clientela.features.extra import ExtraFeatures
from clientela.features.totals import has_rfm
from clientela.pseudonyms import PseudonymCard
from clientela.quality.refusal import refuse_findings
from clientela.quality.report import quality_report
from clientela.reporting.tables import ledger_text
from clientela.request import RunRequest
from clientela.settings import DatasetSettings
from clientela.settings.reading import GlobSource


@dataclass(frozen=True)
class EventsRead:
    """A further source of events.

    Attributes:
        name: name of the source in the settings.
        source: what was read.
        ledger: cleaning ledger.
    """

    name: str
    source: Source
    ledger: pd.DataFrame


@dataclass(frozen=True)
class ShopData:
    """The loaded data of a shop.

    Attributes:
        source: source of the transactions.
        ledger: cleaning ledger.
        as_of: as-of date of the features.
        features: customer features, one row per customer.
        attributes: further columns about the customers (attributes and event features); None without any.
        known_period: dates of the first and the last order before the as-of date; None if they are not known.
        has_transactions: whether the connection has the tables of transactions; false for one row per customer.
        extra: attributes and event features as of any date.
        events: further sources of events that were read.
        pseudonyms: key with which the ids of the customers were made; None for the shop's own ids.
    """

    source: Source
    ledger: pd.DataFrame
    as_of: date
    features: pd.DataFrame
    attributes: pd.DataFrame | None
    known_period: tuple[date, date] | None
    has_transactions: bool = True
    extra: ExtraFeatures = field(default_factory=ExtraFeatures)
    events: Sequence[EventsRead] = ()
    pseudonyms: PseudonymCard | None = None

    @property
    def period(self) -> tuple[date, date]:
        """Dates of the first and the last order; always known if there are transactions.

        Raises:
            ValueError: the dates are not known.
        """
        if self.known_period is None:
            raise ValueError("The period of a table without dates is not known.")
        return self.known_period

    @property
    def has_rfm(self) -> bool:
        """Whether recency, frequency and monetary value are known."""
        return has_rfm(self.features)

    def without_examples(self) -> Self:
        """The same data; its ledgers have no examples, which are orders of customers."""
        events = [replace(one, ledger=without_examples(one.ledger)) for one in self.events]
        return replace(self, ledger=without_examples(self.ledger), events=events)


def without_examples(ledger: pd.DataFrame) -> pd.DataFrame:
    """A ledger without its examples."""
    return ledger.assign(example=None) if "example" in ledger else ledger


def load_transactions(connection: duckdb.DuckDBPyConnection, dataset: DatasetSettings, request: RunRequest) -> ShopData:
    """Read and clean the transactions and build the customer features; also makes the table `net_lines`.

    Args:
        connection: DuckDB connection that gets the tables.
        dataset: settings of the data set.
        request: source, as-of date, seed, path for rejected rows, and echo for the ledger.

    Returns:
        The cleaned source with its ledger, the features as of one date, and the customers' attributes.

    Raises:
        ClientelaError: the source cannot be read or cleaned, or the as-of date is not a date.
    """
    day = parse_as_of(request.as_of) if request.as_of else None
    read, ledger = read_transactions(
        connection, dataset, source=request.source, seed=request.seed, rejected=request.rejected
    )
    attributes = load_attributes(connection, dataset, seed=request.seed)
    if attributes is not None:
        read = replace(read, notes=(*read.notes, *attributes.attrs.get("notes", ())))
    day = day or default_as_of(connection)
    request.echo(ledger_text(ledger, title=dataset.title, location=read.location, notes=read.notes))
    features = build_features(connection, as_of=day)
    period, card = order_period(connection), card_of(dataset)
    return ShopData(read, ledger, day, features, attributes, period, pseudonyms=card)


def read_transactions(
    connection: duckdb.DuckDBPyConnection,
    dataset: DatasetSettings,
    *,
    source: str | None,
    seed: int,
    rejected: Path | None = None,
) -> tuple[Source, pd.DataFrame]:
    """Fill the tables `transactions` and `cancellations`; returns what was read and the ledger.

    Args:
        connection: DuckDB connection that gets the tables.
        dataset: settings of the data set.
        source: path of the transactions; None for the data set's own source.
        seed: random seed of a generated data set.
        rejected: path for the rejected rows (Parquet); None writes no file.

    Returns:
        The source and the cleaning ledger.

    Raises:
        InvalidInput: neither the parameter nor the settings give a source.
        InvalidData: the source cannot be read, lacks a column, cleaning leaves no row, or the data have a finding that
            the data set's file does not accept.
    """
    if dataset.kind != "transactions":
        raise InvalidInput(
            f"The dataset parameter must be a data set with transactions. Got {dataset.name!r}, which has one row per "
            f"customer (kind: {dataset.kind})."
        )
    read, reading = open_source(connection, dataset, source, seed=seed)
    notes = clean(connection, columns=dataset.transaction_columns, rules=cleaning_rules(dataset), reading=reading)
    read.check_unchanged()
    write_rejected(connection, rejected)
    note_written(dataset, rejected)
    if dataset.quality.is_strict:
        day = default_as_of(connection)
        refuse_findings(quality_report(connection, dataset, as_of=day, reading=reading), dataset)
    ledger = connection.execute("select * from ledger order by step").df()
    ledger = ledger.astype({"money_out": "float64", "money_left": "float64"})
    read = replace(read, notes=(*read.notes, *notes))
    return read, without_examples(ledger) if dataset.has_pseudonyms else ledger


def write_rejected(connection: duckdb.DuckDBPyConnection, path: Path | None) -> None:
    """Write the rows that the cleaning has rejected to a Parquet file, as a whole or not at all; None writes no file.

    Raises:
        InvalidInput: the file cannot be written.
    """
    if path:
        check_folder("rejected", path)
        with whole_file(path) as temporary:
            connection.sql("select * from rejected").write_parquet(str(temporary))


def open_source(
    connection: duckdb.DuckDBPyConnection, dataset: DatasetSettings, source: str | None, *, seed: int
) -> tuple[Source, Reading]:
    """Make the view `source` of a data set, with its joined tables.

    Args:
        connection: DuckDB connection that gets the view.
        dataset: settings of the data set.
        source: path of the source; None for the data set's own source.
        seed: random seed of a generated data set.

    Returns:
        What was read, and how its values are read.

    Raises:
        InvalidInput: neither the parameter nor the settings give a source.
        InvalidData: the source cannot be read.
    """
    location = source or dataset.source
    if not location:
        homepage = f" ({dataset.homepage})" if dataset.homepage else ""
        raise InvalidInput(f"The source parameter must be the path of {dataset.title}{homepage}. Got none.")
    is_pattern = isinstance(location, GlobSource)
    file = replace(file_format_of(dataset), is_pattern=is_pattern)
    read = read_source(connection, location.glob if isinstance(location, GlobSource) else location, file, seed=seed)
    reading = replace(reading_of(dataset), from_cells=read.has_cells)
    join_tables(connection, reading.joins)
    notes = withhold_identifiers(
        connection, used_columns(dataset), has_pseudonyms=dataset.has_pseudonyms, seen=dataset.not_identifiers
    )
    return replace(read, notes=(*read.notes, *notes)), reading


def load_attributes(
    connection: duckdb.DuckDBPyConnection, dataset: DatasetSettings, *, seed: int
) -> pd.DataFrame | None:
    """Further columns about the customers, one row per customer; None if the data set has no attributes.

    Args:
        connection: DuckDB connection with the tables of `read_transactions`.
        dataset: settings of the data set.
        seed: random seed of a generated data set.

    Returns:
        The frame of `read_attributes`; None if the data set has no attributes.

    Raises:
        InvalidData: the attributes' source cannot be read, lacks a column, or has no customer with purchases.
    """
    settings = dataset.attributes
    if settings is None:
        return None
    return read_attributes(
        connection,
        attributes_of(dataset),
        location=settings.source,
        customer_id=settings.customer_id,
        privacy=privacy_of(dataset),
        seed=seed,
    )
