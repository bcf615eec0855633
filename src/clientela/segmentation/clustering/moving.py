"""Moves clusters towards the present customers, as far as a limit on the customers who change cluster allows."""

from copy import deepcopy
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.cluster import KMeans
from sklearn.mixture import GaussianMixture
from sklearn.neighbors import NearestCentroid

STEPS = 40  # positions tried between the old and the new centres
CENTRES = {KMeans: "cluster_centers_", NearestCentroid: "centroids_"}


@dataclass(frozen=True)
class Moved:
    """Clusters that were moved.

    Attributes:
        predictor: fitted predictor with the same labels as the one before.
        labels: label of each customer (customers,).
        step: how far the clusters were moved, in [0, 1]: 0 leaves them, 1 is the nearest optimum of a refit.
        moved_share: share of the customers whom the clusters before would give another label.
        optimum_share: the same at step 1.
    """

    predictor: Any
    labels: np.ndarray
    step: float
    moved_share: float
    optimum_share: float


def move_clusters(predictor: Any, X: np.ndarray, *, most_moved: float) -> Moved:
    """Move clusters towards the optimum that a fit started from them finds.

    The centres of K-means and of Ward's clusters, and the parameters of a Gaussian mixture, move along the straight
    line to that optimum, up to the last step at which at most `most_moved` of the customers change their label.
    Clusterings without centres are left as they are.

    Args:
        predictor: fitted predictor of the labels.
        X: scaled features of the present customers, as the predictor takes them (customers, features).
        most_moved: largest share of the customers who may get another label, in [0, 1].

    Returns:
        The moved clusters.

    Example:
        >>> X = np.array([[0.0], [1.0], [8.0], [9.0]])
        >>> before = KMeans(2, init=np.array([[-2.0], [8.0]]), n_init=1, max_iter=1).fit(X + 1)
        >>> move_clusters(before, X, most_moved=0.0).predictor.cluster_centers_.ravel().tolist()
        [0.5, 8.5]
    """
    before = predictor.predict(X)
    target = _optimum(predictor, X)
    if target is None:
        return Moved(predictor, before, 0.0, 0.0, 0.0)
    optimum_share = float((target.predict(X) != before).mean())
    for step in np.linspace(1, 0, STEPS + 1):
        moved = _between(predictor, target, float(step))
        labels = moved.predict(X)
        share = float((labels != before).mean())
        if share <= most_moved:
            break
    return Moved(moved, labels, float(step), share, optimum_share)


def _optimum(predictor: Any, X: np.ndarray) -> Any:
    """The predictor of a fit that starts from the clusters; None for clusterings without centres."""
    if isinstance(predictor, GaussianMixture):
        return GaussianMixture(
            **{
                **predictor.get_params(),
                "weights_init": predictor.weights_,
                "means_init": predictor.means_,
                "precisions_init": predictor.precisions_,
                "n_init": 1,
            }
        ).fit(X)
    attribute = CENTRES.get(type(predictor))
    if attribute is None:
        return None
    start = getattr(predictor, attribute)
    fitted = KMeans(len(start), init=start, n_init=1).fit(X)
    target = deepcopy(predictor)
    setattr(target, attribute, fitted.cluster_centers_)
    return target


def _between(predictor: Any, target: Any, step: float) -> Any:
    names: tuple[str, ...] = ("weights_", "means_", "covariances_", "precisions_", "precisions_cholesky_")
    if not isinstance(predictor, GaussianMixture):
        names = (CENTRES[type(predictor)],)
    moved = deepcopy(predictor)
    for name in names:
        setattr(moved, name, (1 - step) * getattr(predictor, name) + step * getattr(target, name))
    return moved
