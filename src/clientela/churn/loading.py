"""The way in of churn: transactions, the table of customers where there is one, and the rows to learn from."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import duckdb
import pandas as pd

from clientela.churn import leakage, panel
from clientela.churn.features import churn_features, usable
from clientela.churn.panel import Split
from clientela.data.customers import CustomerTable, clean_customers, no_customers
from clientela.data.readers import GENERATED, Source
from clientela.errors import InvalidData, InvalidInput
from clientela.features.build import default_as_of, make_net_lines, order_period, parse_as_of
from clientela.loading import read_transactions
from clientela.reporting.tables import ledger_text
from clientela.request import RunRequest
from clientela.settings import ChurnSettings, DatasetSettings


@dataclass(frozen=True)
class ChurnData:
    """What was taken in.

    Attributes:
        source: where the transactions came from.
        customers_source: where the table of customers came from, if there is one.
        ledger, customer_ledger: the cleaning's.
        as_of: the present.
        period: dates of the first and the last order before it.
        days: the window in which a customer leaves.
        labelled: whether the table of customers says who left.
    """

    source: Source
    customers_source: Source | None
    ledger: pd.DataFrame
    customer_ledger: pd.DataFrame | None
    as_of: date
    period: tuple[date, date]
    days: int
    labelled: bool


@dataclass(frozen=True)
class Rows:
    """What models learn from, are tested on, and are asked about.

    Attributes:
        splits: the latest cut-off first.
        known: all customers and cut-offs whose outcome is known at the present.
        present: the customers who may leave now.
        gone: customers of the present who left already, or have not bought for long.
        columns: the features.
        separation: of each feature alone.
        services: that have columns.
    """

    splits: Sequence[Split]
    known: pd.DataFrame
    present: pd.DataFrame
    gone: int
    columns: list[str]
    separation: dict[str, float]
    services: list[str]


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
    request.echo(ledger_text(ledger, title=dataset.title, location=read.location))
    table, their_ledger = _load_customer_table(
        connection, dataset, request.customers, source=request.source, seed=request.seed
    )
    if table is not None and their_ledger is not None:
        request.echo(ledger_text(their_ledger, title=f"{dataset.title}, customers", location=table.location))
    make_net_lines(connection, as_of=day)
    period = order_period(connection)
    if period[0] is None:
        raise InvalidData(f"The as-of date must lie after the first transaction. Got {day} instead.")
    days = settings.label.window_days
    if days == "auto":
        days = panel.window_from_gaps(connection, as_of=day, quantile=settings.label.gap_quantile)
    return ChurnData(read, table, ledger, their_ledger, day, period, days, panel.has_labels(connection))


def _load_customer_table(
    connection: duckdb.DuckDBPyConnection, dataset: DatasetSettings, customers: str | None, *, source: str | None,
    seed: int,
) -> tuple[Source | None, pd.DataFrame | None]:  # fmt: skip
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
            f"The transactions parameter must be given with customers: those of {dataset.title} are others'. Got none."
        )
    # Transactions of one's own do not go with the demo's customers.
    location = customers or (None if source and described.source in GENERATED else described.source)
    if not location:
        no_customers(connection)
        return None, None
    table = CustomerTable(**described.model_dump(exclude={"source"}))
    return clean_customers(connection, location, table, seed=seed)


def build_rows(connection: duckdb.DuckDBPyConnection, data: ChurnData, settings: ChurnSettings, *, seed: int) -> Rows:
    """Build what is learnt from and tested on, and put the guard at the door.

    Raises:
        InvalidData: the history is too short, or too few left or stayed.
        InvalidInput: an as-of date before the end of the time that the labels tell of.
        LeakageSuspected: something knows the future.
    """
    active = settings.label.active_days
    if data.labelled:
        # The table tells of the last days of the transactions, whatever day it is now.
        end = default_as_of(connection)
        if data.as_of < end:
            raise InvalidInput(
                f"The as_of parameter must not lie before {end}, the day after the last transaction: the table of "
                f"customers says who left until then. Got {data.as_of} instead."
            )
        cutoff = end - timedelta(days=data.days)
        known = panel.labelled(connection, cutoff=cutoff, active_days=active, services=None)
        splits = [panel.hold_out(known, share=settings.test_share, seed=seed)]
    else:
        splits, known = _by_time(connection, data, settings)
    services = known.attrs["services"]
    # With little history the earliest training knows no change of behaviour.
    of_each = [usable(split.train) for split in splits]
    columns = [name for name in of_each[0] if all(name in of for of in of_each)]
    separation = _check_leakage(splits, columns, data, settings)
    present, gone = present_customers(connection, data, services=services, active_days=active)
    return Rows(splits, known, present, gone, columns, separation, services)


def _by_time(
    connection: duckdb.DuckDBPyConnection, data: ChurnData, settings: ChurnSettings
) -> tuple[list[Split], pd.DataFrame]:
    plan = settings.cutoffs
    first, days = data.period[0], data.days
    history: dict[str, Any] = {
        "first": first, "days": days, "step": plan.step_days, "least_history": plan.least_history_days,
    }  # fmt: skip
    tests = panel.test_cutoffs(as_of=data.as_of, test=plan.test, **history)
    if not tests:
        need = 2 * days + plan.least_history_days
        raise InvalidData(
            f"A churn model by a window of {days} days needs at least {need} days of orders before the as-of date: one "
            f"window to learn from, one to test on, and a history. Got {(data.as_of - first).days} instead."
        )
    trains = {day: panel.train_cutoffs(cutoff=day, train=plan.train, **history) for day in tests}
    final = panel.train_cutoffs(cutoff=data.as_of, train=plan.train, **history)
    services: list[str] | None = None
    frames: dict[date, pd.DataFrame] = {}
    # The first training's services count: a later one may not say which are worth a column.
    for day in sorted({*final, *tests, *(day for of in trains.values() for day in of)}):
        frames[day] = panel.by_window(
            connection, cutoff=day, days=days, active_days=settings.label.active_days, services=services
        )
        services = frames[day].attrs["services"]
    splits = [Split(panel.stacked([frames[one] for one in trains[day]]), frames[day], by_time=True) for day in tests]
    for split in splits:
        panel.check_both(split.train)
        panel.check_both(split.test)
    known = panel.stacked([frames[day] for day in final])
    known.attrs["services"] = services or []
    return splits, known


def _check_leakage(
    splits: Sequence[Split], columns: Sequence[str], data: ChurnData, settings: ChurnSettings
) -> dict[str, float]:
    for split in splits:
        leakage.check_times(split.train)
        leakage.check_times(split.test)
        if split.by_time:
            leakage.check_windows(split.train, split.test, days=data.days)
        else:
            leakage.check_customers(split.train, split.test)
    return leakage.check_features(splits[0].train, columns, most=settings.leakage.feature_auc)


def present_customers(
    connection: duckdb.DuckDBPyConnection, data: ChurnData, *, services: Sequence[str], active_days: int | None
) -> tuple[pd.DataFrame, int]:
    """Who may leave now, with features: bought within `active_days`, is not known to have left; and how many others.

    Raises:
        InvalidData: nobody is left.
        LeakageSuspected: the features know something from the as-of date on.
    """
    whole = churn_features(connection, as_of=data.as_of, services=services)
    left = connection.execute("select customer_id from customers where churn = 1").df()["customer_id"]
    kept = ~whole["customer_id"].isin(left)
    if active_days is not None:
        kept &= whole["days_since_last_purchase"] <= active_days
    if not kept.any():
        raise InvalidData(f"Somebody must be a customer still at the as-of date, {data.as_of}. Nobody is.")
    present = whole[kept].reset_index(drop=True)
    leakage.check_times(present.assign(cutoff=data.as_of))
    return present, len(whole) - len(present)
