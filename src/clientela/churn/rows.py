"""The rows of a churn run: customers at past cut-offs for training and testing, and current customers for scoring."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import duckdb
import pandas as pd

from clientela.churn import leakage, panel
from clientela.churn.features import churn_features, usable
from clientela.churn.loading import ChurnData
from clientela.churn.panel import Split
from clientela.churn.season import churn_counts, season_shift
from clientela.errors import InvalidData, InvalidInput
from clientela.features.build import default_as_of
from clientela.settings import ChurnSettings


@dataclass(frozen=True)
class ChurnRows:
    """Rows for training, testing and scoring.

    Attributes:
        splits: training and test rows, the latest cut-off first.
        known: all customers and cut-offs whose outcome is known at the as-of date.
        current: current customers, who get a probability; one row per customer.
        not_scored: number of customers who already left, or whose last purchase is too long ago.
        columns: names of the features.
        separation: ROC AUC of each feature alone.
        services: services with columns of their own.
        season_shift: what the season adds to the log-odds of churn of the current customers (`season`).
    """

    splits: Sequence[Split]
    known: pd.DataFrame
    current: pd.DataFrame
    not_scored: int
    columns: list[str]
    separation: dict[str, float]
    services: list[str]
    season_shift: float = 0.0


def build_rows(
    connection: duckdb.DuckDBPyConnection, data: ChurnData, settings: ChurnSettings, *, seed: int
) -> ChurnRows:
    """Build the rows for training, testing and scoring, and check them for leakage.

    Args:
        connection: DuckDB connection with the tables of `load_churn_data`.
        data: the loaded data.
        settings: churn settings.
        seed: random seed of the held-out customers.

    Returns:
        Training and test rows for each cut-off, and the current customers.

    Raises:
        InvalidData: the history is too short, or too few customers left or stayed.
        InvalidInput: the as-of date lies before the end of the period that the labels describe.
        LeakageSuspected: a check finds leakage.
    """
    active = settings.label.active_days
    if data.labelled:
        # The labels describe the last days of the transactions, so the cut-off does not depend on the as-of date.
        end = default_as_of(connection)
        if data.as_of < end:
            raise InvalidInput(
                f"The as_of parameter must not lie before {end}, the day after the last transaction: the table of "
                f"customers says who left until then. Got {data.as_of} instead."
            )
        cutoff = end - timedelta(days=data.days)
        known = panel.labelled(connection, cutoff=cutoff, active_days=active, services=None)
        splits, shift = [panel.hold_out(known, share=settings.test_share, seed=seed)], 0.0
    else:
        splits, known, shift = _split_by_time(connection, data, settings)
    services = known.attrs["services"]
    # With little history, the earliest training rows lack features about changes in behaviour.
    usable_at = [usable(split.train) for split in splits]
    columns = [name for name in usable_at[0] if all(name in names for names in usable_at)]
    separation = _check_leakage(splits, columns, data, settings)
    current, not_scored = current_customers(connection, data, services=services, active_days=active)
    return ChurnRows(splits, known, current, not_scored, columns, separation, services, shift)


def _split_by_time(
    connection: duckdb.DuckDBPyConnection, data: ChurnData, settings: ChurnSettings
) -> tuple[list[Split], pd.DataFrame, float]:
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
    # The services come from the earliest training rows: to choose them from later rows would be leakage.
    for day in sorted({*final, *tests, *(day for of in trains.values() for day in of)}):
        frames[day] = panel.by_window(
            connection, cutoff=day, days=days, active_days=settings.label.active_days, services=services
        )
        services = frames[day].attrs["services"]
    count = churn_counts(connection, days=days, active_days=settings.label.active_days)
    earliest = first + timedelta(days=plan.least_history_days)
    splits = [
        Split(
            panel.stacked([frames[one] for one in trains[day]]),
            frames[day],
            by_time=True,
            season_shift=season_shift(count, cutoff=day, train=trains[day], earliest=earliest),
        )
        for day in tests
    ]
    for split in splits:
        panel.check_both(split.train)
        panel.check_both(split.test)
    known = panel.stacked([frames[day] for day in final])
    known.attrs["services"] = services or []
    return splits, known, season_shift(count, cutoff=data.as_of, train=final, earliest=earliest)


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


def current_customers(
    connection: duckdb.DuckDBPyConnection, data: ChurnData, *, services: Sequence[str], active_days: int | None
) -> tuple[pd.DataFrame, int]:
    """The current customers with features: they bought within `active_days` and are not known to have left.

    Args:
        connection: DuckDB connection with the tables of `load_churn_data`.
        data: the loaded data.
        services: services with columns of their own.
        active_days: most days since the last purchase; None for no limit.

    Returns:
        One row per current customer, and the number of other customers.

    Raises:
        InvalidData: there are no current customers.
        LeakageSuspected: a feature uses data from the as-of date on.
    """
    customers = churn_features(connection, as_of=data.as_of, services=services)
    left = connection.execute("select customer_id from customers where churn = 1").df()["customer_id"]
    kept = ~customers["customer_id"].isin(left)
    if active_days is not None:
        kept &= customers["days_since_last_purchase"] <= active_days
    if not kept.any():
        raise InvalidData(f"There must be current customers at the as-of date, {data.as_of}. Got none.")
    current = customers[kept].reset_index(drop=True)
    leakage.check_times(current.assign(cutoff=data.as_of))
    return current, len(customers) - len(current)
