"""Segments on the grid of recency and frequency quintiles."""

from typing import TypedDict

import numpy as np
import pandas as pd

from clientela.contracts import RFM
from clientela.features.rfm import RfmRules


class CellShare(TypedDict):
    """The customers of one segment in a cell of the grid."""

    id: int
    customers: int


class RecencyFrequencyGrid(TypedDict):
    """Customers by recency and frequency quintile.

    Rows are recency scores from 5 (recent) to 1, columns frequency scores from 1 to 5 (frequent). `recency_edges`
    (days) and `frequency_edges` (orders) are the four bounds between the quintiles. `customers`, `spend` (currency) and
    `mix` are 5x5; `mix` is the customers of each segment in a cell, the largest first, and empty for an empty cell.
    """

    recency_edges: list[float]
    frequency_edges: list[float]
    customers: list[list[int]]
    spend: list[list[float]]
    mix: list[list[list[CellShare]]]


def recency_frequency_grid(
    features: pd.DataFrame, segment_ids: np.ndarray, *, smallest_group: int = 1
) -> RecencyFrequencyGrid:
    """Count customers by recency and frequency quintile (Hughes 1994, *Strategic Database Marketing*).

    Args:
        features: customer features, one row per customer.
        segment_ids: segment of each customer; (customers,).
        smallest_group: number of customers below which a cell is left empty.

    Returns:
        The grid.
    """
    rfm = features[RFM].to_numpy()
    quintiles = RfmRules().fit(rfm)
    scores = quintiles.scores(rfm)
    cells = pd.DataFrame({"row": 5 - scores[:, 0], "column": scores[:, 1] - 1, "spend": rfm[:, 2], "id": segment_ids})
    customers, spend = np.zeros((5, 5), int), np.zeros((5, 5))
    mix: list[list[list[CellShare]]] = [[[] for _ in range(5)] for _ in range(5)]
    for (row, column), members in cells.groupby(["row", "column"]):
        if len(members) < smallest_group:
            continue
        customers[row, column], spend[row, column] = len(members), members["spend"].sum()
        mix[row][column] = _shares(members["id"])
    return {
        "recency_edges": quintiles.edges_[:, 0].tolist(),
        "frequency_edges": quintiles.edges_[:, 1].tolist(),
        "customers": customers.tolist(),
        "spend": spend.tolist(),
        "mix": mix,
    }


def _shares(ids: pd.Series) -> list[CellShare]:
    """Customers by segment, the largest first, of equal ones the lower id."""
    counts = sorted(ids.value_counts().items(), key=lambda item: (-item[1], item[0]))
    return [{"id": int(id_), "customers": int(count)} for id_, count in counts]
