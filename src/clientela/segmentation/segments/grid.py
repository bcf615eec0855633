"""Segments on the grid of recency and frequency quintiles."""

from typing import TypedDict

import numpy as np
import pandas as pd

from clientela.contracts import RFM
from clientela.features.rfm import RfmRules


class RecencyFrequencyGrid(TypedDict):
    """Customers by recency and frequency quintile.

    Rows are recency scores from 5 (recent) to 1, columns frequency scores from 1 to 5 (frequent). `recency_edges`
    (days) and `frequency_edges` (orders) are the four bounds between the quintiles. `customers` and `spend` (currency)
    are 5x5; `segment` is the id of the segment of most customers in a cell, None for an empty cell.
    """

    recency_edges: list[float]
    frequency_edges: list[float]
    customers: list[list[int]]
    spend: list[list[float]]
    segment: list[list[int | None]]


def recency_frequency_grid(features: pd.DataFrame, segment_ids: np.ndarray) -> RecencyFrequencyGrid:
    """Count customers by recency and frequency quintile (Hughes 1994, *Strategic Database Marketing*)."""
    rfm = features[RFM].to_numpy()
    quintiles = RfmRules().fit(rfm)
    scores = quintiles.scores(rfm)
    cells = pd.DataFrame({"row": 5 - scores[:, 0], "column": scores[:, 1] - 1, "spend": rfm[:, 2], "id": segment_ids})
    customers, spend = np.zeros((5, 5), int), np.zeros((5, 5))
    segment: list[list[int | None]] = [[None] * 5 for _ in range(5)]
    for (row, column), members in cells.groupby(["row", "column"]):
        customers[row, column], spend[row, column] = len(members), members["spend"].sum()
        segment[row][column] = int(members["id"].mode().iloc[0])
    return {
        "recency_edges": quintiles.edges_[:, 0].tolist(),
        "frequency_edges": quintiles.edges_[:, 1].tolist(),
        "customers": customers.tolist(),
        "spend": spend.tolist(),
        "segment": segment,
    }
