"""Typical customers of a segment."""

import numpy as np


def typical_customers(matrix: np.ndarray, segment_ids: np.ndarray, *, count: int = 3) -> dict[int, list[int]]:
    """Find the customers nearest to their segment's centroid.

    The nearest one approximates the segment's medoid (Kaufman & Rousseeuw 1990): a true medoid needs all distances,
    which grow with the square of the customers.

    Args:
        matrix: scaled features (customers, features).
        segment_ids: segment id of each customer (customers,).
        count: largest number of customers per segment.

    Returns:
        Segment id -> positions of its typical customers, nearest first.

    Example:
        >>> typical_customers(np.array([[0.0], [1.0], [5.0], [9.0]]), np.array([1, 1, 1, 2]), count=2)
        {1: [1, 0], 2: [3]}
    """
    typical = {}
    for id_ in np.unique(segment_ids):
        rows = np.flatnonzero(segment_ids == id_)
        distances = np.linalg.norm(matrix[rows] - matrix[rows].mean(axis=0), axis=1)
        typical[int(id_)] = rows[np.argsort(distances, kind="stable")[:count]].tolist()
    return typical
