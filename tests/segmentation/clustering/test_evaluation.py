import numpy as np
import pytest

from clientela.features.rfm import RfmRules
from clientela.segmentation.clustering.candidates import make_families
from clientela.segmentation.clustering.evaluation import ClusteringInput, EvaluationData, evaluate_family, refit_family
from clientela.segmentation.clustering.scores import distance_matrix, explained_share, separation_scores

GRIDS = {
    "kmeans": {"k": [3], "n_init": 2},
    "gaussian_mixture": {"k": [3], "covariance_type": ["full"], "n_init": 1},
    "agglomerative": {"k": [2, 3], "linkage": ["ward"]},
    "dbscan": {"eps_quantile": [1.0], "min_samples": 5},
    "hdbscan": {"min_cluster_share": [0.6]},
}
ALWAYS = {"segment_count", "smallest_share", "largest_share", "noise_share", "stability", "fit_seconds"}
SEPARATED = {"silhouette", "davies_bouldin", "calinski_harabasz"}


@pytest.fixture
def snapshot(blobs):
    rng = np.random.default_rng(5)
    return ClusteringInput(blobs, rng.integers(1, 300, (len(blobs), 3)).astype(float))


@pytest.fixture
def evaluate(snapshot):
    def call(algorithm, present=snapshot, past=None, next_spend=None, sample=None):
        family = next(family for family in make_families(GRIDS) if family.algorithm == algorithm)
        rows = np.arange(len(present.matrix)) if sample is None else sample
        data = EvaluationData(present, rows, distance_matrix(present.matrix[rows]), past, next_spend)
        evaluations = evaluate_family(family, data, folds=4, seed=0)
        return refit_family(family, evaluations, present, bootstraps=2, bootstrap_size=100, seed=0)

    return call


def test_a_candidate_has_its_labels_predictor_and_all_scores(evaluate, snapshot, truth):
    (evaluation,) = evaluate("kmeans", past=snapshot, next_spend=10.0 * truth)
    assert set(evaluation.metrics) == ALWAYS | SEPARATED | {"explained_spend"}
    assert evaluation.candidate.name == "kmeans k=3"
    np.testing.assert_array_equal(evaluation.predictor.predict(snapshot.matrix), evaluation.labels)
    assert evaluation.metrics["silhouette"] == pytest.approx(evaluation.silhouettes.mean())
    assert evaluation.metrics["silhouette"] > 0.8


def test_the_next_period_is_predicted_from_the_segments_of_the_past(evaluate, snapshot, truth):
    (known,) = evaluate("kmeans", past=snapshot, next_spend=np.expm1(3.0 * truth))
    (unknown,) = evaluate("kmeans", past=snapshot, next_spend=np.random.default_rng(0).exponential(9, len(truth)))
    assert known.metrics["explained_spend"] > 0.999
    assert unknown.metrics["explained_spend"] < 0.1


def test_the_baselines_past_is_plain_rfm_too_and_spend_is_explained_on_the_log_scale(evaluate, snapshot):
    next_spend = np.random.default_rng(6).lognormal(3, 3, len(snapshot.rfm)) * (snapshot.rfm[:, 0] < 100)
    (evaluation,) = evaluate("rfm_rules", past=snapshot, next_spend=next_spend)
    labels = RfmRules().fit(snapshot.rfm).predict(snapshot.rfm)
    expected = explained_share(labels, np.log1p(next_spend), folds=4, seed=0)
    assert evaluation.metrics["explained_spend"] == expected > 0.3


def test_a_past_of_other_customers_does_not_change_the_labels(evaluate, snapshot):
    fewer = ClusteringInput(snapshot.matrix[:60, :2], snapshot.rfm[:60])
    with_past, without = evaluate("kmeans", past=fewer, next_spend=np.arange(60.0)), evaluate("kmeans")
    assert with_past[0].labels.tobytes() == without[0].labels.tobytes()


def test_a_short_history_has_no_next_period(evaluate):
    assert all("explained_spend" not in evaluation.metrics for evaluation in evaluate("ward_linkage"))


def test_all_cuts_of_a_tree_are_evaluated_in_order(evaluate):
    assert [evaluation.metrics["segment_count"] for evaluation in evaluate("ward_linkage")] == [2, 3]


def test_only_a_mixture_has_a_bic(evaluate):
    assert set(evaluate("gaussian_mixture")[0].metrics) == ALWAYS | SEPARATED | {"bic"}


def test_the_baseline_reads_plain_rfm_but_is_scored_in_the_scaled_space(evaluate, snapshot):
    (evaluation,) = evaluate("rfm_rules")
    np.testing.assert_array_equal(evaluation.predictor.predict(snapshot.rfm), evaluation.labels)
    assert evaluation.metrics["silhouette"] < 0.1  # the rules know nothing of the blobs
    scores = separation_scores(snapshot.matrix, evaluation.labels)
    assert evaluation.metrics["davies_bouldin"] == scores["davies_bouldin"]


def test_noise_alone_is_evaluated_without_a_separation(evaluate):
    (evaluation,) = evaluate("hdbscan")
    assert set(evaluation.metrics) == ALWAYS
    assert evaluation.metrics["segment_count"] == 0
    assert evaluation.metrics["noise_share"] == 1
    assert not evaluation.silhouettes.any()


def test_a_single_cluster_is_evaluated_without_a_separation(evaluate, fog):
    (evaluation,) = evaluate("dbscan", present=ClusteringInput(fog, fog[:, :3]))
    assert set(evaluation.metrics) == ALWAYS
    assert evaluation.metrics["largest_share"] == 1


def test_silhouettes_are_those_of_the_sample(evaluate):
    (evaluation,) = evaluate("kmeans", sample=np.array([0, 5, 9, 11, 40, 77]))
    assert evaluation.silhouettes.shape == (6,)
    assert evaluation.labels.shape == (120,)
