"""A `predict` for clusterings that lack it (agglomerative, DBSCAN, HDBSCAN): new rows take the label of the nearest.

The approach of scikit-learn's example "Inductive Clustering", with classifiers that have nothing to tune.
"""

import warnings
from typing import Any, Literal

import numpy as np
from sklearn.dummy import DummyClassifier
from sklearn.neighbors import KNeighborsClassifier, NearestCentroid


def induce(X: np.ndarray, labels: np.ndarray, *, near: Literal["centroid", "neighbour"]) -> Any:
    """Fit a classifier that gives rows the label of the nearest centroid or of the nearest fitted row.

    Args:
        X: fitted rows (customers, features).
        labels: their clusters (customers,); noise (-1) is a label like the others.
        near: "centroid" for round clusters, "neighbour" for clusters of any shape.

    Returns:
        A fitted scikit-learn classifier.
    """
    # Equal rows can only have one label.
    if len(np.unique(labels)) == 1 or not np.ptp(X, axis=0).any():
        return DummyClassifier(strategy="most_frequent").fit(X, labels)
    if near == "neighbour":
        return KNeighborsClassifier(n_neighbors=1).fit(X, labels)
    with warnings.catch_warnings():
        # It warns of clusters of equal rows, which matter to its option `shrink_threshold` only.
        warnings.filterwarnings("ignore", message="self.within_class_std_dev_ has at least 1 zero")
        return NearestCentroid().fit(X, labels)


def without_noise(X: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Labels in which every noise row takes the label of the nearest centroid, so that every row has a segment."""
    noise = labels == -1
    if not noise.any() or noise.all():
        return labels
    filled = labels.copy()
    filled[noise] = induce(X[~noise], labels[~noise], near="centroid").predict(X[noise])
    return filled


def assign_noise(X: np.ndarray, labels: np.ndarray, predictor: Any) -> tuple[np.ndarray, Any]:
    """Assign noise to clusters, and return labels and a predictor that agree with each other.

    A predictor that knows noise would leave new customers without a segment. One that disagrees with the labels (Ward's
    nearest centroid near a border) would move customers in a refresh on the same figures.

    Args:
        X: fitted rows (customers, features).
        labels: their clusters (customers,); -1 is noise.
        predictor: the clustering's fitted predictor.

    Returns:
        Labels without noise (customers,), unless all rows are noise; and a predictor that gives exactly these labels
        on X, and no others on new rows.

    Example:
        >>> X, labels = np.array([[0.0], [0.2], [9.0], [9.1], [5.5]]), np.array([0, 0, 1, 1, -1])
        >>> assigned, predictor = assign_noise(X, labels, induce(X, labels, near="neighbour"))
        >>> assigned.tolist(), predictor.predict([[5.4]]).tolist()
        ([0, 0, 1, 1, 1], [1])
    """
    covered = without_noise(X, labels)
    if covered is not labels:
        predictor = induce(X, covered, near="neighbour")
    assigned = predictor.predict(X)
    # A mixture component or a centroid that is nearest to no fitted row may still be nearest to a new one.
    possible = getattr(predictor, "classes_", range(getattr(predictor, "n_components", 0)))
    if not set(possible) <= set(assigned):
        predictor = induce(X, assigned, near="neighbour")
    return assigned, predictor
