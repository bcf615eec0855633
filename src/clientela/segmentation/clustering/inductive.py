"""A `predict` for clusterings that lack it (agglomerative, DBSCAN, HDBSCAN): new rows take the label of what is near.

The idea of scikit-learn's example "Inductive Clustering", with classifiers that have no knob to tune.
"""

from typing import Any, Literal

import numpy as np
from sklearn.dummy import DummyClassifier
from sklearn.neighbors import KNeighborsClassifier, NearestCentroid


def induce(X: np.ndarray, labels: np.ndarray, *, near: Literal["centroid", "neighbour"]) -> Any:
    """A fitted classifier that gives rows the label of the nearest centroid or of the nearest fitted row.

    Args:
        X: fitted rows (customers, features).
        labels: their clusters; noise (-1) is a label like the others.
        near: "centroid" for round clusters, "neighbour" for those of any shape.
    """
    # Rows that are all alike can have one label only, whatever is said of them.
    if len(np.unique(labels)) == 1 or not np.ptp(X, axis=0).any():
        return DummyClassifier(strategy="most_frequent").fit(X, labels)
    return (NearestCentroid() if near == "centroid" else KNeighborsClassifier(n_neighbors=1)).fit(X, labels)


def without_noise(X: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Labels in which every noise row has taken the label of the nearest centroid: nobody is left without a segment."""
    noise = labels == -1
    if not noise.any() or noise.all():
        return labels
    filled = labels.copy()
    filled[noise] = induce(X[~noise], labels[~noise], near="centroid").predict(X[noise])
    return filled


def settle(X: np.ndarray, labels: np.ndarray, predictor: Any) -> tuple[np.ndarray, Any]:
    """Labels that know no noise, and a predictor that gives exactly them, to new customers too.

    A predictor that knows noise would leave new customers without a segment, and one that disagrees with the labels
    (Ward's nearest centroid near a border) would move customers by a refresh on the same figures.
    """
    covered = without_noise(X, labels)
    if covered is not labels:
        predictor = induce(X, covered, near="neighbour")
    settled = predictor.predict(X)
    # A mixture's component or a centroid that is nobody's best may still be a new customer's.
    possible = getattr(predictor, "classes_", range(getattr(predictor, "n_components", 0)))
    if not set(possible) <= set(settled):
        predictor = induce(X, settled, near="neighbour")
    return settled, predictor
