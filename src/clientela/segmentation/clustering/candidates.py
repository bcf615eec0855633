"""The candidates of a comparison, grouped into families that are fitted together.

A family is the unit of parallel work: usually one candidate, but all the cuts of one agglomerative tree, and all the
radii of DBSCAN.
"""

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import fastcluster
import numpy as np
from scipy.cluster.hierarchy import fcluster, linkage
from sklearn.cluster import DBSCAN, HDBSCAN, KMeans
from sklearn.exceptions import ConvergenceWarning
from sklearn.mixture import GaussianMixture
from sklearn.neighbors import KNeighborsClassifier, NearestNeighbors

from clientela.features.rfm import RfmRules
from clientela.segmentation.clustering.inductive import induce
from clientela.segmentation.clustering.scores import sample_rows

# Mixtures collapse onto the point masses of share features (no return, no weekend order). Adding this much to the
# variances of the standardised features prevents it. On the demo shop the adjusted Rand index with the true customer
# types rises from 0.41 to 0.79.
REGULARISATION = 0.05
ROWS_OF_A_TREE = 5_000
LINEAR = ("rfm_rules", "kmeans", "gaussian_mixture")


@dataclass(frozen=True)
class Candidate:
    """One clustering to try: what `mlflow ui` shows as algorithm and parameters."""

    algorithm: str
    params: Mapping[str, Any]

    @property
    def name(self) -> str:
        """A readable run name, such as "gaussian_mixture k=5 covariance_type=full"."""
        return " ".join([self.algorithm, *(f"{key}={value}" for key, value in self.params.items())])


@dataclass(frozen=True)
class Fitted:
    """Labels of the fitted rows (-1 is noise), a predictor for other rows, and the BIC where the model has one.

    `by_neighbour`: labels of the rows that the predictor was fitted to, if it gives rows the label of the nearest one.
    """

    labels: np.ndarray
    predictor: Any
    bic: float | None = None
    by_neighbour: np.ndarray | None = None


@dataclass(frozen=True)
class Family:
    """Candidates that share one fit.

    Attributes:
        algorithm: name of the algorithm.
        candidates: the candidates, in order.
        options: fixed parameters of the fit.
        limit: largest number of rows for fits whose time or memory grows with the square of the rows (trees, density).
            The other rows get their labels from the predictor.
    """

    algorithm: str
    candidates: tuple[Candidate, ...]
    options: Mapping[str, Any] = field(default_factory=dict)
    limit: int = ROWS_OF_A_TREE

    @property
    def is_baseline(self) -> bool:
        """Whether `fit` takes the three RFM columns instead of the scaled matrix."""
        return self.algorithm == "rfm_rules"

    def fit(self, X: np.ndarray, *, seed: int) -> list[Fitted]:
        """Fit all candidates to X (customers, features); returns them in order."""
        if self.algorithm in LINEAR or len(X) <= self.limit:
            return FITS[self.algorithm](self, X, seed)
        fitted = FITS[self.algorithm](self, X[sample_rows(len(X), size=self.limit, seed=seed)], seed)
        labels = predict_all(fitted, X)
        return [replace(model, labels=new) for model, new in zip(fitted, labels, strict=True)]


def predict_all(fitted: Sequence[Fitted], X: np.ndarray) -> list[np.ndarray]:
    """The labels that each candidate of one family gives the rows X (customers, features).

    Candidates that label rows by the nearest fitted row share one search: a family's candidates are fitted to the same
    rows.
    """
    searching = [model for model in fitted if model.by_neighbour is not None]
    nearest = searching[0].predictor.kneighbors(X, return_distance=False)[:, 0] if len(searching) > 1 else None
    return [
        model.predictor.predict(X) if nearest is None or model.by_neighbour is None else model.by_neighbour[nearest]
        for model in fitted
    ]


def make_families(grids: Mapping[str, Any], *, limit: int = ROWS_OF_A_TREE) -> list[Family]:
    """The families of conf/candidates.yaml, the RFM rules first.

    Args:
        grids: family -> its grid as plain data, None if the family is left out.
        limit: largest number of rows that trees and density clusterings are fitted to.

    Example:
        >>> families = make_families({"kmeans": {"k": [3, 4], "n_init": 5}})
        >>> [candidate.name for family in families for candidate in family.candidates]
        ['rfm_rules', 'kmeans k=3', 'kmeans k=4']
    """
    families = [Family("rfm_rules", (Candidate("rfm_rules", {}),))]
    if grid := grids.get("kmeans"):
        families += [_single("kmeans", {"k": k}, n_init=grid["n_init"]) for k in grid["k"]]
    if grid := grids.get("gaussian_mixture"):
        families += [
            _single("gaussian_mixture", {"k": k, "covariance_type": kind}, n_init=grid["n_init"])
            for kind in grid["covariance_type"]
            for k in grid["k"]
        ]
    if grid := grids.get("agglomerative"):
        families += [
            Family(f"{kind}_linkage", tuple(Candidate(f"{kind}_linkage", {"k": k}) for k in grid["k"]))
            for kind in grid["linkage"]
        ]
    if grid := grids.get("hdbscan"):
        families += [_single("hdbscan", {"min_cluster_share": share}) for share in grid["min_cluster_share"]]
    if grid := grids.get("dbscan"):
        radii = tuple(Candidate("dbscan", {"eps_quantile": quantile}) for quantile in grid["eps_quantile"])
        families.append(Family("dbscan", radii, {"min_samples": grid["min_samples"]}))
    return [replace(family, limit=limit) for family in families]


def _single(algorithm: str, params: Mapping[str, Any], **options: Any) -> Family:
    return Family(algorithm, (Candidate(algorithm, params),), options)


def _fit_rfm_rules(family: Family, X: np.ndarray, seed: int) -> list[Fitted]:
    rules = RfmRules().fit(X)
    return [Fitted(rules.predict(X), rules)]


def _fit_kmeans(family: Family, X: np.ndarray, seed: int) -> list[Fitted]:
    model = KMeans(family.candidates[0].params["k"], n_init=family.options["n_init"], random_state=seed)
    with warnings.catch_warnings():
        # Fewer different customers than clusters: the number and size of the clusters say so.
        warnings.simplefilter("ignore", ConvergenceWarning)
        model.fit(X)
    return [Fitted(model.labels_, model)]


def _fit_gaussian_mixture(family: Family, X: np.ndarray, seed: int) -> list[Fitted]:
    params = family.candidates[0].params
    model = GaussianMixture(
        params["k"],
        covariance_type=params["covariance_type"],
        n_init=family.options["n_init"],
        reg_covar=REGULARISATION,
        random_state=seed,
    )
    return [Fitted(model.fit_predict(X), model, model.bic(X))]


def _fit_agglomerative(family: Family, X: np.ndarray, seed: int) -> list[Fitted]:
    method = family.algorithm.removesuffix("_linkage")
    # fastcluster's tree is the same as SciPy's. It keeps no matrix of distances, and takes a fifth of the time.
    tree = fastcluster.linkage_vector(X, method) if method == "ward" else linkage(X, method)
    # Ward's clusters are round: new rows take the label of the nearest centroid. The other linkages follow chains,
    # where only the nearest neighbour gives the right label.
    near: Literal["centroid", "neighbour"] = "centroid" if method == "ward" else "neighbour"
    cuts = [fcluster(tree, candidate.params["k"], "maxclust") - 1 for candidate in family.candidates]
    return [_induced(X, labels, near=near) for labels in cuts]


def _fit_hdbscan(family: Family, X: np.ndarray, seed: int) -> list[Fitted]:
    size = max(2, round(family.candidates[0].params["min_cluster_share"] * len(X)))
    labels = HDBSCAN(min_cluster_size=size, copy=True).fit_predict(X)
    return [_induced(X, np.maximum(labels, -1), near="neighbour")]


def _fit_dbscan(family: Family, X: np.ndarray, seed: int) -> list[Fitted]:
    """Fit DBSCAN at all radii, with one search for the neighbours within the largest."""
    min_samples = family.options["min_samples"]
    search = NearestNeighbors(n_neighbors=min_samples).fit(X)
    farthest = search.kneighbors(X)[0][:, -1]
    # Duplicate rows have distance zero, and DBSCAN's eps must be positive.
    radii = [max(float(np.quantile(farthest, c.params["eps_quantile"])), 1e-9) for c in family.candidates]
    near = search.radius_neighbors_graph(X, max(radii), mode="distance", sort_results=True)
    fits = [DBSCAN(eps=eps, min_samples=min_samples, metric="precomputed").fit_predict(near) for eps in radii]
    return [_induced(X, labels, near="neighbour") for labels in fits]


def _induced(X: np.ndarray, labels: np.ndarray, *, near: Literal["centroid", "neighbour"]) -> Fitted:
    predictor = induce(X, labels, near=near)
    by_neighbour = labels if isinstance(predictor, KNeighborsClassifier) else None
    return Fitted(labels, predictor, by_neighbour=by_neighbour)


FITS: Mapping[str, Any] = {
    "rfm_rules": _fit_rfm_rules,
    "kmeans": _fit_kmeans,
    "gaussian_mixture": _fit_gaussian_mixture,
    "ward_linkage": _fit_agglomerative,
    "average_linkage": _fit_agglomerative,
    "complete_linkage": _fit_agglomerative,
    "hdbscan": _fit_hdbscan,
    "dbscan": _fit_dbscan,
}


def candidate_count(families: Sequence[Family]) -> int:
    """The number of candidates in all families."""
    return sum(len(family.candidates) for family in families)
