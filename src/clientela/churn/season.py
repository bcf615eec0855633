"""The season of churn: more customers come back before Christmas than after it.

A model learns from windows that ended before the cut-off, so from other months than those that it predicts. The churn
rates of the same months a year earlier say how far the rate moves from the one to the other. The intercept of the
calibrated model follows them: the correction of a classifier for another base rate (Saerens et al. 2002, Adjusting the
outputs of a classifier to new a priori probabilities).
"""

from collections.abc import Callable, Sequence
from datetime import date, timedelta

import duckdb
import numpy as np

from clientela.churn.features import sql
from clientela.churn.tuning import log_odds
from clientela.features.build import make_net_lines

YEAR = timedelta(days=364)  # whole weeks, so that weekdays match

# Cut-off -> number of active customers on it, and of those who bought in the window from it on.
ChurnCount = Callable[[date], tuple[int, int]]


def churn_counts(connection: duckdb.DuckDBPyConnection, *, days: int, active_days: int | None) -> ChurnCount:
    """A function that counts active customers and those who came back; each cut-off is read once.

    Args:
        connection: DuckDB connection with transactions and cancellations; `net_lines` is built again.
        days: length of the churn window in days.
        active_days: most days since the last purchase of an active customer; None for no limit.
    """
    known: dict[date, tuple[int, int]] = {}

    def count(cutoff: date) -> tuple[int, int]:
        if cutoff not in known:
            make_net_lines(connection, as_of=cutoff + timedelta(days=days))
            row = connection.execute(sql("churn_rate"), {"cutoff": cutoff, "active_days": active_days}).fetchall()[0]
            known[cutoff] = int(row[0]), int(row[1])
        return known[cutoff]

    return count


def season_shift(count: ChurnCount, *, cutoff: date, train: Sequence[date], earliest: date) -> float:
    """How far the log-odds of churn moved, a year earlier, from the training windows to the window of a cut-off.

    Args:
        count: counts of customers at a cut-off.
        cutoff: cut-off of the customers that a model predicts.
        train: cut-offs of its training rows.
        earliest: earliest date that counts as a cut-off.

    Returns:
        What to add to the intercept; 0 if the history does not reach back a year before the training rows, or nobody
        was active then.

    Example:
        >>> counts = {date(2023, 10, 3): (100, 60), date(2023, 7, 5): (100, 40)}
        >>> shift = season_shift(
        ...     counts.__getitem__, cutoff=date(2024, 10, 1), train=[date(2024, 7, 3)], earliest=date(2023, 1, 1)
        ... )
        >>> round(shift, 2)
        -0.81
    """
    if not train or min(train) - YEAR < earliest:
        return 0.0
    then, learned = count(cutoff - YEAR), np.sum([count(day - YEAR) for day in train], axis=0)
    if not then[0] or not learned[0]:
        return 0.0
    rates = np.array([1 - then[1] / then[0], 1 - learned[1] / learned[0]])
    after, before = log_odds(rates)
    return float(after - before)
