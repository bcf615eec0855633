"""Bootstrap stability: how much of a clustering comes back when other customers are drawn."""

import numpy as np
from sklearn.metrics import adjusted_rand_score

from clientela.segmentation.clustering.candidates import Family, Fitted


def bootstrap_stability(
    family: Family, X: np.ndarray, fitted: list[Fitted], *, bootstraps: int, size: int, seed: int
) -> list[float]:
    """The mean adjusted Rand index between each candidate's labels and those of refits on bootstrap samples.

    A refit learns from rows drawn with replacement and labels all rows by its predictor (Hennig 2007, with the
    adjusted Rand index of Hubert & Arabie 1985 in place of Jaccard's).

    Args:
        family: refitted once a sample, all its candidates together.
        X: rows (customers, features).
        fitted: the family's candidates, fitted to X.
        bootstraps: how many samples.
        size: rows drawn at most.
        seed: of the draws and of the refits.
    """
    draws = np.random.default_rng(seed)
    scores = np.zeros((bootstraps, len(fitted)))
    for row in scores:
        sample = X[draws.integers(len(X), size=min(len(X), size))]
        refitted = family.fit(sample, seed=int(draws.integers(2**31)))
        row[:] = [adjusted_rand_score(a.labels, b.predictor.predict(X)) for a, b in zip(fitted, refitted, strict=True)]
    return scores.mean(axis=0).tolist()
