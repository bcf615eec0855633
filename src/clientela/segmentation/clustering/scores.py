"""Scores that compare clusterings: all in the space of the scaled features, noise counted as a cluster of its own."""

import numpy as np
from sklearn.metrics import calinski_harabasz_score, davies_bouldin_score, pairwise_distances, silhouette_samples
from sklearn.model_selection import KFold


def sample_rows(n: int, *, size: int, seed: int) -> np.ndarray:
    """Sorted positions of at most `size` of `n` rows, drawn without replacement."""
    if n <= size:
        return np.arange(n)
    return np.sort(np.random.default_rng(seed).choice(n, size, replace=False))


def distance_matrix(X: np.ndarray) -> np.ndarray:
    """Euclidean distances (rows, rows) in single precision, shared by the silhouettes of all candidates."""
    return pairwise_distances(X).astype(np.float32)


def silhouettes(distances: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """The silhouette of each row (Rousseeuw 1987), zeros where there is only one cluster or one row a cluster."""
    if not 1 < len(np.unique(labels)) < len(labels):
        return np.zeros(len(labels))
    return silhouette_samples(distances, labels, metric="precomputed")


def separation_scores(X: np.ndarray, labels: np.ndarray) -> dict[str, float]:
    """Davies-Bouldin (1979, lower is better) and Calinski-Harabasz (1974, higher is better); none for one cluster."""
    if not 1 < len(np.unique(labels)) < len(labels):
        return {}
    return {
        "davies_bouldin": float(davies_bouldin_score(X, labels)),
        "calinski_harabasz": float(calinski_harabasz_score(X, labels)),
    }


def share_scores(labels: np.ndarray) -> dict[str, float]:
    """How many segments there are (noise is not one), and the smallest, the largest and the noise's share."""
    clusters, sizes = np.unique(labels, return_counts=True)
    shares = sizes / len(labels)
    segments = shares[clusters != -1]
    return {
        "segment_count": float(len(segments)),
        "smallest_share": float(segments.min(initial=1.0)) if len(segments) else 0.0,
        "largest_share": float(segments.max(initial=0.0)),
        "noise_share": float(shares[clusters == -1].sum()),
    }


def explained_share(labels: np.ndarray, outcome: np.ndarray, *, folds: int, seed: int) -> float:
    """The cross-validated share of the outcome's variance that the segments' means explain (out-of-fold R squared).

    Each fold is predicted by the means of the other folds' segments; a segment that they do not have takes the
    overall mean. Zero where the outcome does not vary.
    """
    _, codes = np.unique(labels, return_inverse=True)
    predicted = np.empty(len(outcome))
    for train, test in KFold(folds, shuffle=True, random_state=seed).split(codes):
        count = np.bincount(codes[train], minlength=codes.max() + 1)
        total = np.bincount(codes[train], outcome[train], minlength=codes.max() + 1)
        means = np.where(count > 0, total / np.maximum(count, 1), outcome[train].mean())
        predicted[test] = means[codes[test]]
    spread = np.sum((outcome - outcome.mean()) ** 2)
    return float(1 - np.sum((outcome - predicted) ** 2) / spread) if spread > 0 else 0.0
