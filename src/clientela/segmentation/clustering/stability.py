"""Bootstrap stability: how much of a clustering comes back when other customers are drawn."""

from collections.abc import Callable, Sequence

import numpy as np
from sklearn.metrics import adjusted_rand_score

from clientela.segmentation.clustering.candidates import Family, predict_all


def bootstrap_stability(
    family: Family,
    X: np.ndarray,
    labels: Sequence[np.ndarray],
    *,
    bootstraps: int,
    size: int,
    seed: int,
    on_fit: Callable[[int], None] | None = None,
) -> list[float]:
    """The mean agreement between each candidate's labels and those of refits on bootstrap samples.

    A refit is fitted to rows drawn with replacement and labels all rows by its predictor (bootstrap stability of
    Hennig 2007, *Cluster-wise assessment of cluster stability*). The agreement is the adjusted Rand index (Hubert &
    Arabie 1985, *Comparing partitions*) in place of Hennig's Jaccard index, one figure for the whole clustering.

    Args:
        family: family to refit, once per sample, all its candidates together.
        X: rows (customers, features).
        labels: labels of the rows by each of the family's candidates, fitted to X; (customers,) each.
        bootstraps: number of samples.
        size: largest number of rows drawn per sample.
        seed: random seed of the draws and the refits.
        on_fit: called after each refit with its number of candidates.

    Returns:
        Mean adjusted Rand index per candidate, in [-0.5, 1].
    """
    draws = np.random.default_rng(seed)
    scores = np.zeros((bootstraps, len(labels)))
    for row in scores:
        sample = X[draws.integers(len(X), size=min(len(X), size))]
        refitted = family.fit(sample, seed=int(draws.integers(2**31)))
        if on_fit:
            on_fit(len(refitted))
        again = predict_all(refitted, X)
        row[:] = [adjusted_rand_score(one, other) for one, other in zip(labels, again, strict=True)]
    return scores.mean(axis=0).tolist()
