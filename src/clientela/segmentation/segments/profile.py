"""From labels to segments ordered by value, with the figures that names and charts are made from."""

import numpy as np


def typical_customers(matrix: np.ndarray, segment_ids: np.ndarray, *, count: int = 3) -> dict[int, list[int]]:
    """Positions of the customers nearest to their segment's centroid, nearest first.

    The nearest is the segment's medoid up to the size of the cluster: a true medoid needs all distances, which grow
    with the square of the customers.

    Args:
        matrix: the scaled features (customers, fit features).
        segment_ids: one a row of it.
        count: how many a segment, at most.
    """
    typical = {}
    for id_ in np.unique(segment_ids):
        rows = np.flatnonzero(segment_ids == id_)
        distances = np.linalg.norm(matrix[rows] - matrix[rows].mean(axis=0), axis=1)
        typical[int(id_)] = rows[np.argsort(distances, kind="stable")[:count]].tolist()
    return typical
