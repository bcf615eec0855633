"""How the total is shared out among the customers: by bands of recency and orders, and by their own order values."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from clientela.forecast.history import OrderHistory, Outcome
from clientela.settings.forecast import ProfileSettings

LEAST_AMOUNT = 0.01  # currency; smaller orders have no useful logarithm


@dataclass(frozen=True)
class CellSums:
    """What the customers of each cell did in the period after one past date, relative to all customers.

    Attributes:
        customers: number of customers; (cells,).
        orders: their orders, as a multiple of the mean per customer; (cells,).
        buyers: number of customers with an order; (cells,).
        mean: orders per customer.
    """

    customers: np.ndarray
    orders: np.ndarray
    buyers: np.ndarray
    mean: float


def recency_bands(history: OrderHistory, settings: ProfileSettings) -> np.ndarray:
    """The band of each customer's days since the last order; (customers,)."""
    return np.digitize(history.recency, settings.recency_days, right=True)


def cells_of(history: OrderHistory, settings: ProfileSettings) -> np.ndarray:
    """The cell of each customer by days since the last order and number of orders; (customers,)."""
    recency = recency_bands(history, settings)
    orders = np.digitize(history.order_count, settings.orders)
    return np.asarray(recency * (len(settings.orders) + 1) + orders)


def cell_sums(history: OrderHistory, outcome: Outcome, settings: ProfileSettings) -> CellSums:
    """What the customers known at a date did after it, by cell.

    Args:
        history: orders before the date.
        outcome: what the customers did in the period after it.
        settings: bands.

    Returns:
        Sums by cell.
    """
    known, shape = history.known, _shape(settings)
    cells, size = cells_of(history, settings)[known], shape[0] * shape[1]
    mean = float(outcome.orders[known].mean()) or 1.0
    return CellSums(
        np.bincount(cells, minlength=size).astype(float),
        np.bincount(cells, outcome.orders[known] / mean, minlength=size),
        np.bincount(cells, outcome.buyers[known], minlength=size),
        mean,
    )


def cell_rates(past: Sequence[CellSums], settings: ProfileSettings) -> tuple[np.ndarray, np.ndarray]:
    """Relative orders and intensity of an order per customer of each cell, averaged over past dates.

    A cell with few customers is drawn towards the mean of its band of recency.

    Args:
        past: sums at past dates, at least one.
        settings: bands and weight of the band's mean.

    Returns:
        Relative orders (cells,) and -log(1 - share of buyers) (cells,).
    """
    customers = np.sum([sums.customers for sums in past], axis=0)
    orders = _towards_band(np.sum([sums.orders for sums in past], axis=0), customers, settings)
    share = _towards_band(np.sum([sums.buyers for sums in past], axis=0), customers, settings)
    return orders, -np.log1p(-np.clip(share, 1e-6, 0.999))


def _shape(settings: ProfileSettings) -> tuple[int, int]:
    return len(settings.recency_days) + 1, len(settings.orders) + 1


def _towards_band(sums: np.ndarray, customers: np.ndarray, settings: ProfileSettings) -> np.ndarray:
    shape = _shape(settings)
    overall = sums.sum() / customers.sum()
    in_band = customers.reshape(shape).sum(axis=1)
    band = (sums.reshape(shape).sum(axis=1) + overall) / (in_band + 1)
    prior = settings.cell_prior
    return np.asarray((sums + prior * np.repeat(band, shape[1])) / (customers + prior))


def order_values(history: OrderHistory, settings: ProfileSettings) -> np.ndarray:
    """Each known customer's expected value of an order (currency), between his own mean and that of all; (customers,).

    The weight of the overall mean, in orders, is the ratio of the variances of the logarithms within and between
    customers (one-way analysis of variance), as in Bühlmann's credibility (1967).
    """
    overall = history.amount.mean()
    weight = _value_weight(history, settings)
    return np.asarray((history.spend + weight * overall) / (history.order_count + weight))


def _value_weight(history: OrderHistory, settings: ProfileSettings) -> float:
    logs = np.log(np.maximum(history.amount, LEAST_AMOUNT))
    size, (low, high) = len(history.customers), settings.value_weight
    counts = history.order_count[history.known].astype(float)
    sums = np.bincount(history.customer, logs, minlength=size)[history.known]
    squares = np.bincount(history.customer, logs**2, minlength=size)[history.known]
    orders, customers = counts.sum(), len(counts)
    if orders <= customers or customers < 2:
        return high
    means = sums / counts
    within = float((squares - counts * means**2).sum()) / (orders - customers)
    typical = (orders - (counts**2).sum() / orders) / (customers - 1)
    spread = float((counts * (means - sums.sum() / orders) ** 2).sum()) / (customers - 1)
    between = (spread - within) / typical
    return float(np.clip(within / between, low, high)) if between > 0 else high


def tenths_of(expected: np.ndarray, known: np.ndarray, count: int) -> np.ndarray:
    """Groups of customers with equal shares of the expected spend, the highest first.

    Args:
        expected: expected spend of each customer (currency), 0 for customers who are not known; (customers,).
        known: whether each customer is known; (customers,).
        count: number of groups.

    Returns:
        Group of each customer, -1 for customers who are not known; (customers,).

    Example:
        >>> tenths_of(np.array([1.0, 3.0, 0.0, 2.0]), np.array([True, True, False, True]), 2)
        array([ 1,  0, -1,  1])
    """
    order = np.argsort(-expected, kind="stable")
    before = np.cumsum(expected[order]) - expected[order]
    groups = np.empty(len(expected), dtype=np.int64)
    groups[order] = np.minimum(before / max(expected.sum(), LEAST_AMOUNT) * count, count - 1).astype(np.int64)
    return np.where(known, groups, -1)
