"""Loading all tables of a shop: transactions or one row per customer, attributes, and events of further sources."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd

from clientela.data.customer_table import clean_customer_table
from clientela.data.events import EventColumns, events_table, read_events
from clientela.dataset_privacy import card_of, note_written
from clientela.dataset_reading import attributes_of, reading_of
from clientela.errors import InvalidInput
from clientela.features.build import parse_as_of
from clientela.features.events import Aggregate, EventFeatures
from clientela.features.extra import ExtraFeatures
from clientela.features.totals import day_after, features_of_totals, last_day, purchase_period
from clientela.loading import EventsRead, ShopData, load_transactions, open_source, without_examples, write_rejected
from clientela.quality.refusal import refuse_findings
from clientela.quality.report import OtherTables, QualityReport, quality_report, table_report
from clientela.reporting.tables import ledger_text
from clientela.request import RunRequest
from clientela.settings import DatasetSettings, Settings


def load_shop(connection: duckdb.DuckDBPyConnection, settings: Settings, request: RunRequest) -> ShopData:
    """Read and clean all tables of a data set, and build the features of the customers.

    Args:
        connection: DuckDB connection that gets the tables.
        settings: settings of the data set and of the fit.
        request: source, as-of date, seed, path for rejected rows, and echo for the ledgers.

    Returns:
        The data; its features have the columns of attributes and events that the fit uses.

    Raises:
        ClientelaError: a source cannot be read or cleaned, or the as-of date is not a date.
    """
    dataset = settings.dataset
    load = load_customer_table if dataset.kind == "customers" else load_transactions
    data = load(connection, dataset, request)
    events = _read_events(connection, dataset, request)
    extra = _extra_features(data, dataset, settings.fit)
    known = extra.at(connection, data.as_of, data.features["customer_id"])
    data = replace(
        data,
        features=extra.add(data.features, known),
        attributes=known if extra.kinds else None,
        extra=extra,
        events=events,
    )
    return data.without_examples() if dataset.has_pseudonyms else data


def load_customer_table(
    connection: duckdb.DuckDBPyConnection, dataset: DatasetSettings, request: RunRequest
) -> ShopData:
    """Read and clean a table with one row per customer.

    Args:
        connection: DuckDB connection that gets the view `source`.
        dataset: settings of the data set, of the kind customers.
        request: source, as-of date, path for rejected rows, and echo for the ledger.

    Returns:
        The data, without transactions; features that the table cannot fill are NaN.

    Raises:
        ClientelaError: the source cannot be read or cleaned, or the as-of date is not later than its last date.
    """
    day = parse_as_of(request.as_of) if request.as_of else None
    read, reading = open_source(connection, dataset, request.source, seed=request.seed)
    table = clean_customer_table(
        connection,
        columns=dataset.summed_columns,
        attributes=attributes_of(dataset),
        reading=reading,
    )
    read.check_unchanged()
    write_rejected(connection, request.rejected)
    note_written(dataset, request.rejected)
    if dataset.quality.is_strict:
        refuse_findings(_table_quality(connection, dataset, table.ledger), dataset)
    ledger = without_examples(table.ledger) if dataset.has_pseudonyms else table.ledger
    request.echo(ledger_text(ledger, title=dataset.title, location=read.location, notes=read.notes))
    last = last_day(table.totals)
    day = day or (day_after(last) if last else dataset.as_of or _date_of_file(read.location, request))
    features = features_of_totals(table.totals, as_of=day)
    period = purchase_period(table.totals)
    return ShopData(
        read, ledger, day, features, table.attributes, period, has_transactions=False, pseudonyms=card_of(dataset)
    )


def shop_quality(connection: duckdb.DuckDBPyConnection, dataset: DatasetSettings, data: ShopData) -> QualityReport:
    """The quality report of the data that `load_shop` has loaded.

    Args:
        connection: DuckDB connection with the tables of the data.
        dataset: settings of the data set.
        data: what was loaded.

    Returns:
        The report as plain data.
    """
    if not data.has_transactions:
        return _table_quality(connection, dataset, data.ledger)
    attributes = data.attributes
    if attributes is not None:
        attributes = attributes[["customer_id", *dataset.attribute_columns]]
    return quality_report(
        connection,
        dataset,
        as_of=data.as_of,
        reading=replace(reading_of(dataset), from_cells=data.source.has_cells),
        others=OtherTables(attributes, tuple(dataset.sources)),
    )


def _table_quality(
    connection: duckdb.DuckDBPyConnection, dataset: DatasetSettings, ledger: pd.DataFrame
) -> QualityReport:
    changed = ledger.set_index("rule")["rows_changed"]
    refused = {name: int(changed.get(f"bad_{name}", 0)) for name in dataset.attribute_columns}
    return table_report(connection, dataset, refused=refused)


def _date_of_file(location: str, request: RunRequest) -> date:
    """The date on which a file without dates was last changed; printed, because it says little."""
    path = Path(location)
    if not path.is_file():
        raise InvalidInput(f"The as_of parameter must be a date, because {location!r} has no dates. Got none.")
    day = datetime.fromtimestamp(path.stat().st_mtime, tz=UTC).date()
    request.echo(f"The table has no dates. Its as-of date is that of the file, {day}; the option as_of changes it.")
    return day


def _read_events(
    connection: duckdb.DuckDBPyConnection, dataset: DatasetSettings, request: RunRequest
) -> list[EventsRead]:
    """Make the tables of events, one per further source."""
    found = []
    for name, source in dataset.sources.items():
        reading = replace(
            reading_of(dataset),
            time_formats=source.timestamp_format or (),
            decimal=source.decimal,
            thousands=source.thousands,
        )
        columns = EventColumns(source.customer_id, source.timestamp, source.category, source.value, reading)
        read, ledger = read_events(connection, name, source.source, columns, seed=request.seed)
        request.echo(ledger_text(ledger, title=f"{dataset.title}, {name}", location=read.location, notes=read.notes))
        found.append(EventsRead(name, read, ledger))
    return found


def _extra_features(data: ShopData, dataset: DatasetSettings, fit: Mapping[str, Any]) -> ExtraFeatures:
    """Attributes and event features of the data set, with those that the fit uses."""
    attributes = dataset.attribute_columns
    events = {name: source.features for name, source in dataset.sources.items()}
    kinds = {name: column.kind for name, column in attributes.items()}
    kinds |= {name: feature.kind for features in events.values() for name, feature in features.items()}
    block_of = dict.fromkeys(attributes, "attributes")
    block_of |= {name: source for source, features in events.items() for name in features}
    sources = [
        EventFeatures(
            events_table(source),
            {name: Aggregate(one.aggregate, one.of, one.days) for name, one in features.items()},
        )
        for source, features in events.items()
    ]
    return ExtraFeatures(data.attributes, sources, kinds, frozenset(kinds) & set(fit), block_of)
