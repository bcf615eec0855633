"""Settings of features, candidates, evaluation, selection and tracking: one model per file of conf/."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from clientela.settings.base import Frozen, Share
from clientela.settings.dataset import FitFeature, check_features


class FeatureSettings(Frozen):
    """conf/features.yaml: which features the fit uses and how."""

    fit: dict[str, FitFeature]

    @model_validator(mode="after")
    def _features_exist(self) -> Self:
        check_features(self.fit)
        return self


class KMeansGrid(Frozen):
    """K-means at every k, each with `n_init` starts."""

    k: tuple[int, ...]
    n_init: Annotated[int, Field(ge=1)] = 10


class MixtureGrid(Frozen):
    """Gaussian mixtures at every k and covariance type."""

    k: tuple[int, ...]
    covariance_type: tuple[Literal["full", "tied", "diag", "spherical"], ...]
    n_init: Annotated[int, Field(ge=1)] = 1


class AgglomerativeGrid(Frozen):
    """Agglomerative clustering: one tree per linkage, cut at every k."""

    k: tuple[int, ...]
    linkage: tuple[Literal["ward", "average", "complete"], ...]


class HdbscanGrid(Frozen):
    """HDBSCAN over smallest cluster sizes, as shares of the customers."""

    min_cluster_share: tuple[Share, ...]


class DbscanGrid(Frozen):
    """DBSCAN with several eps: the `eps_quantile` quantiles of the distances to the `min_samples`-th neighbour."""

    eps_quantile: tuple[Share, ...]
    min_samples: Annotated[int, Field(ge=2)] = 10


class CandidateSettings(Frozen):
    """conf/candidates.yaml: the grids. A family that is not listed is not tried."""

    kmeans: KMeansGrid | None = None
    gaussian_mixture: MixtureGrid | None = None
    agglomerative: AgglomerativeGrid | None = None
    hdbscan: HdbscanGrid | None = None
    dbscan: DbscanGrid | None = None


class EvaluationSettings(Frozen):
    """conf/evaluation.yaml: how candidates are scored."""

    bootstraps: Annotated[int, Field(ge=2)]
    sample: Annotated[int, Field(ge=100)]
    horizon_days: Annotated[int, Field(ge=1)]
    folds: Annotated[int, Field(ge=2)]
    jobs: int = -1
    refits: Literal["needed", "all"] = "needed"
    pictures: Literal["shortlist", "all"] = "shortlist"


class SelectionSettings(Frozen):
    """conf/selection.yaml: hard limits, then separation, then next-period spend."""

    segment_count: tuple[int, int]
    preferred_count: tuple[int, int]
    smallest_share: Share
    noise_share: Share
    stability: Share
    beats_baseline: bool
    separation_within: Share
    explained_tolerance: Share

    @model_validator(mode="after")
    def _counts_rise(self) -> Self:
        for name in ("segment_count", "preferred_count"):
            fewest, most = getattr(self, name)
            if not 2 <= fewest <= most:
                raise ValueError(f"{name} must be two rising numbers from 2 on; got {(fewest, most)}")
        return self


class TrackingSettings(Frozen):
    """conf/tracking.yaml: names in MLflow and the columns of the leaderboard view."""

    experiment: str
    model: str
    leaderboard: tuple[str, ...]
