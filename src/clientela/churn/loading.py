"""Loading the data of a churn run: transactions and, if there is one, the customer table."""

from dataclasses import dataclass, replace
from datetime import date
from typing import Self

import duckdb
import pandas as pd

from clientela.churn import panel
from clientela.data.customers import CustomerTable, clean_customers, no_customers
from clientela.data.readers import GENERATED, Source
from clientela.dataset_privacy import card_of, privacy_of
from clientela.errors import InvalidData, InvalidInput
from clientela.features.build import default_as_of, make_net_lines, order_period, parse_as_of
from clientela.loading import read_transactions, without_examples
from clientela.pseudonyms import PseudonymCard
from clientela.reporting.tables import ledger_text
from clientela.request import RunRequest
from clientela.settings import ChurnSettings, DatasetSettings


@dataclass(frozen=True)
class ChurnData:
    """The loaded data of a churn run.

    Attributes:
        source: source of the transactions.
        customers_source: source of the customer table; None without one.
        ledger, customer_ledger: cleaning ledgers of the transactions and of the customer table.
        as_of: as-of date.
        period: dates of the first and the last order before the as-of date.
        days: length of the churn window in days.
        labelled: whether the customer table has churn labels.
        pseudonyms: key with which the ids of the customers were made; None for the shop's own ids.
    """

    source: Source
    customers_source: Source | None
    ledger: pd.DataFrame
    customer_ledger: pd.DataFrame | None
    as_of: date
    period: tuple[date, date]
    days: int
    labelled: bool
    pseudonyms: PseudonymCard | None = None

    def without_examples(self) -> Self:
        """The same data; its ledgers have no examples, which are orders of customers."""
        theirs = None if self.customer_ledger is None else without_examples(self.customer_ledger)
        return replace(self, ledger=without_examples(self.ledger), customer_ledger=theirs)


def load_churn_data(
    connection: duckdb.DuckDBPyConnection, dataset: DatasetSettings, settings: ChurnSettings, request: RunRequest
) -> ChurnData:
    """Fill the tables `transactions`, `cancellations` and `customers`.

    Args:
        connection: DuckDB connection that gets the tables.
        dataset: settings of the data set.
        settings: churn settings.
        request: source, customer table, as-of date, seed, path for rejected rows, and echo for the ledgers.

    Returns:
        The cleaned sources with their ledgers, the as-of date, and the length of the churn window in days.

    Raises:
        ClientelaError: a source cannot be read or cleaned, the as-of date is not a date, or there is a customer table
            that the data set does not describe.
    """
    day = parse_as_of(request.as_of) if request.as_of else None
    read, ledger = read_transactions(
        connection, dataset, source=request.source, seed=request.seed, rejected=request.rejected
    )
    day = day or default_as_of(connection)
    request.echo(ledger_text(ledger, title=dataset.title, location=read.location, notes=read.notes))
    table, their_ledger = _load_customer_table(connection, dataset, request)
    if table is not None and their_ledger is not None:
        request.echo(
            ledger_text(their_ledger, title=f"{dataset.title}, customers", location=table.location, notes=table.notes)
        )
    make_net_lines(connection, as_of=day)
    period = order_period(connection)
    if period[0] is None:
        raise InvalidData(f"The as-of date must be later than the first transaction. Got {day} instead.")
    days = settings.label.window_days
    if days == "auto":
        days = panel.window_from_gaps(connection, as_of=day, quantile=settings.label.gap_quantile)
    labelled, card = panel.has_labels(connection), card_of(dataset)
    return ChurnData(read, table, ledger, their_ledger, day, period, days, labelled, card)


def _load_customer_table(
    connection: duckdb.DuckDBPyConnection, dataset: DatasetSettings, request: RunRequest
) -> tuple[Source | None, pd.DataFrame | None]:
    """Fill the table `customers`, empty where there is no customer table; returns its source and ledger, if any."""
    customers, source = request.customers, request.source
    described = dataset.customers
    if described is None:
        if customers:
            raise InvalidInput(
                f"The customers parameter needs a data set that describes its columns (customers: in its YAML). "
                f"{dataset.name!r} does not. Got {customers!r}."
            )
        no_customers(connection)
        return None, None
    if customers and not source and dataset.source in GENERATED:
        raise InvalidInput(
            f"The transactions parameter must be given with customers: the generated transactions of {dataset.title} "
            "belong to other customers. Got none."
        )
    # The demo's customer table does not belong to the user's transactions.
    location = customers or (None if source and described.source in GENERATED else described.source)
    if not location:
        no_customers(connection)
        return None, None
    table = CustomerTable(**described.model_dump(exclude={"source"}), privacy=privacy_of(dataset))
    read, ledger = clean_customers(connection, location, table, seed=request.seed)
    return read, without_examples(ledger) if dataset.has_pseudonyms else ledger
