from typing import get_args

import numpy as np
import pytest
from sklearn.cluster import DBSCAN, AgglomerativeClustering
from sklearn.metrics import adjusted_rand_score
from sklearn.neighbors import NearestNeighbors

from clientela.segmentation.clustering.candidates import (
    REGULARISATION,
    Candidate,
    candidate_count,
    make_families,
    predict_all,
)
from clientela.settings import AgglomerativeGrid, CandidateSettings, MixtureGrid

GRIDS = {
    "kmeans": {"k": [3], "n_init": 2},
    "gaussian_mixture": {"k": [3], "covariance_type": ["full"], "n_init": 1},
    "agglomerative": {"k": [3], "linkage": ["ward", "average", "complete"]},
    "hdbscan": {"min_cluster_share": [0.10]},
    "dbscan": {"eps_quantile": [1.0], "min_samples": 5},
}
ALGORITHMS = ["kmeans", "gaussian_mixture", "ward_linkage", "average_linkage", "complete_linkage", "hdbscan", "dbscan"]
TREES_AND_DENSITY = ALGORITHMS[2:]


def family_of(algorithm, grids=GRIDS, **options):
    return next(family for family in make_families(grids, **options) if family.algorithm == algorithm)


def fit_one(algorithm, X, grids=GRIDS, seed=0, **options):
    (fitted,) = family_of(algorithm, grids, **options).fit(X, seed=seed)
    return fitted


def kmeans(k, n_init=1):
    return {"kmeans": {"k": [k], "n_init": n_init}}


def dbscan(quantile, min_samples=5):
    return {"dbscan": {"eps_quantile": [quantile], "min_samples": min_samples}}


def test_a_candidate_is_named_by_its_algorithm_and_parameters():
    candidate = Candidate("gaussian_mixture", {"k": 5, "covariance_type": "full"})
    assert candidate.name == "gaussian_mixture k=5 covariance_type=full"


def test_the_grids_become_one_candidate_a_combination():
    families = make_families(
        {
            "kmeans": {"k": [2, 3], "n_init": 4},
            "gaussian_mixture": {"k": [2, 3], "covariance_type": ["full", "diag"], "n_init": 1},
            "agglomerative": {"k": [2, 3, 4], "linkage": ["ward", "average"]},
            "hdbscan": {"min_cluster_share": [0.01, 0.05]},
            "dbscan": {"eps_quantile": [0.9], "min_samples": 10},
        }
    )
    assert [[candidate.name for candidate in family.candidates] for family in families] == [
        ["rfm_rules"],
        ["kmeans k=2"],
        ["kmeans k=3"],
        ["gaussian_mixture k=2 covariance_type=full"],
        ["gaussian_mixture k=3 covariance_type=full"],
        ["gaussian_mixture k=2 covariance_type=diag"],
        ["gaussian_mixture k=3 covariance_type=diag"],
        ["ward_linkage k=2", "ward_linkage k=3", "ward_linkage k=4"],
        ["average_linkage k=2", "average_linkage k=3", "average_linkage k=4"],
        ["hdbscan min_cluster_share=0.01"],
        ["hdbscan min_cluster_share=0.05"],
        ["dbscan eps_quantile=0.9"],
    ]
    assert candidate_count(families) == 16


def test_the_rfm_rules_are_tried_whatever_the_grids_and_are_the_only_baseline():
    assert [family.algorithm for family in make_families({})] == ["rfm_rules"]
    assert [family.algorithm for family in make_families(GRIDS) if family.is_baseline] == ["rfm_rules"]


@pytest.mark.parametrize("left_out", GRIDS)
def test_a_family_that_is_left_out_is_not_tried(left_out):
    settings = CandidateSettings.model_validate({name: grid for name, grid in GRIDS.items() if name != left_out})
    with_it, without = make_families(GRIDS), make_families(settings.model_dump())
    gone = {family.algorithm for family in with_it} - {family.algorithm for family in without}
    assert gone == (
        {"ward_linkage", "average_linkage", "complete_linkage"} if left_out == "agglomerative" else {left_out}
    )


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_three_blobs_are_found_and_new_rows_join_the_nearest(algorithm, blobs, truth, centres):
    fitted = fit_one(algorithm, blobs)
    assert fitted.labels.shape == truth.shape
    assert adjusted_rand_score(truth, fitted.labels) > 0.95
    of_blob = [np.bincount(fitted.labels[truth == blob] + 1).argmax() - 1 for blob in range(3)]
    assert fitted.predictor.predict(centres + 0.1).tolist() == of_blob


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_the_predictor_agrees_with_the_labels_of_the_fitted_rows(algorithm, blobs):
    fitted = fit_one(algorithm, blobs)
    np.testing.assert_array_equal(fitted.predictor.predict(blobs), fitted.labels)


@pytest.mark.parametrize("algorithm", ["rfm_rules", *ALGORITHMS])
def test_a_fit_leaves_its_input_as_it_was(algorithm, blobs):
    before = blobs.copy()
    fit_one(algorithm, blobs)
    np.testing.assert_array_equal(blobs, before)


@pytest.mark.parametrize("algorithm", ["rfm_rules", *ALGORITHMS])
def test_the_same_seed_gives_the_same_labels(algorithm, fog):
    first, second = (fit_one(algorithm, fog, seed=7) for _ in range(2))
    assert first.labels.tobytes() == second.labels.tobytes()


def test_another_seed_starts_elsewhere(fog):
    first, second = (fit_one("kmeans", fog, kmeans(8), seed=seed) for seed in (0, 1))
    assert adjusted_rand_score(first.labels, second.labels) < 1


def test_more_starts_never_end_with_a_worse_inertia(fog):
    one, many = (fit_one("kmeans", fog, kmeans(8, n_init)).predictor.inertia_ for n_init in (1, 10))
    assert many < one


@pytest.mark.parametrize("linkage", get_args(get_args(AgglomerativeGrid.model_fields["linkage"].annotation)[0]))
def test_one_tree_cut_at_every_k_equals_separate_fits(linkage, fog):
    grid = {"agglomerative": {"k": list(range(2, 9)), "linkage": [linkage]}}
    family = family_of(f"{linkage}_linkage", grid)
    for candidate, fitted in zip(family.candidates, family.fit(fog, seed=0), strict=True):
        k = candidate.params["k"]
        alone = AgglomerativeClustering(k, linkage=linkage).fit_predict(fog)
        assert adjusted_rand_score(alone, fitted.labels) == 1, f"{candidate.name} differs"
        assert set(fitted.labels) == set(range(k))


@pytest.mark.parametrize("linkage, joins", [("ward", "pair"), ("average", "chain"), ("complete", "chain")])
def test_new_rows_join_the_nearest_centroid_of_ward_and_the_nearest_row_of_the_others(linkage, joins):
    rows = np.array([[0.0], [1.0], [2.0], [3.0], [4.0], [8.5], [8.6]])
    grid = {"agglomerative": {"k": [2], "linkage": [linkage]}}
    fitted = fit_one(f"{linkage}_linkage", rows, grid)
    label_of = {"chain": fitted.labels[0], "pair": fitted.labels[-1]}
    assert fitted.labels.tolist() == [label_of["chain"]] * 5 + [label_of["pair"]] * 2
    assert fitted.predictor.predict(np.array([[5.9]])).tolist() == [label_of[joins]]


@pytest.mark.parametrize("kind", get_args(get_args(MixtureGrid.model_fields["covariance_type"].annotation)[0]))
def test_every_covariance_type_fits_and_has_a_bic(kind, blobs):
    grid = {"gaussian_mixture": {"k": [3], "covariance_type": [kind], "n_init": 1}}
    fitted = fit_one("gaussian_mixture", blobs, grid)
    assert fitted.bic == pytest.approx(fitted.predictor.bic(blobs))


@pytest.mark.parametrize("algorithm", sorted({"rfm_rules", *ALGORITHMS} - {"gaussian_mixture"}))
def test_only_mixtures_have_a_bic(algorithm, blobs):
    assert fit_one(algorithm, blobs).bic is None


def test_mixtures_do_not_collapse_onto_customers_of_equal_shares(blobs):
    blobs[:80, 0] = 0.0  # no return, no weekend order: a point mass
    grid = {"gaussian_mixture": {"k": [4], "covariance_type": ["diag"], "n_init": 1}}
    assert fit_one("gaussian_mixture", blobs, grid).predictor.covariances_.min() >= REGULARISATION


def test_rows_that_all_belong_together_are_one_cluster(fog):
    fitted = fit_one("dbscan", fog, dbscan(1.0))
    assert set(fitted.labels) == {0}
    assert fitted.predictor.predict(fog + 5).tolist() == [0] * len(fog)


def test_rows_in_no_cluster_are_all_noise(fog):
    fitted = fit_one("hdbscan", fog, {"hdbscan": {"min_cluster_share": [0.6]}})
    assert set(fitted.labels) == {-1}
    assert fitted.predictor.predict(fog[:2]).tolist() == [-1, -1]


def test_rows_far_from_all_others_are_noise(blobs):
    blobs[0] = 100.0
    for algorithm, grid in {"dbscan": dbscan(0.9), "hdbscan": {"hdbscan": {"min_cluster_share": [0.2]}}}.items():
        assert fit_one(algorithm, blobs, grid).labels[0] == -1


@pytest.mark.parametrize("algorithm", ["ward_linkage", "average_linkage", "hdbscan", "dbscan"])
def test_equal_rows_have_equal_labels(algorithm, blobs, truth):
    twins = np.tile(blobs[[np.argmax(truth == blob) for blob in range(3)]], (20, 1))
    fitted = fit_one(algorithm, twins)
    labels = fitted.labels.reshape(20, 3)
    assert (labels == labels[0]).all()
    assert len(set(labels[0])) == 3


def test_the_density_radius_grows_with_its_quantile(fog):
    noise = [(fit_one("dbscan", fog, dbscan(q)).labels == -1).sum() for q in (0.3, 0.6, 0.9)]
    assert noise[0] > noise[1] > noise[2]


def test_all_radii_of_dbscan_share_one_search_and_give_the_labels_of_single_fits(blobs, fog):
    rows = np.concatenate([blobs, fog[:, : blobs.shape[1]], blobs[:10]])
    quantiles = [0.5, 0.9, 1.0]
    together = family_of("dbscan", {"dbscan": {"eps_quantile": quantiles, "min_samples": 5}}).fit(rows, seed=0)
    farthest = NearestNeighbors(n_neighbors=5).fit(rows).kneighbors(rows)[0][:, -1]
    for quantile, fitted in zip(quantiles, together, strict=True):
        alone = DBSCAN(eps=np.quantile(farthest, quantile), min_samples=5).fit_predict(rows)
        np.testing.assert_array_equal(fitted.labels, alone)


@pytest.mark.parametrize("algorithm", ["ward_linkage", "average_linkage"])
def test_candidates_of_a_family_label_new_rows_as_their_predictors_do(algorithm, blobs, fog):
    family = family_of(algorithm, {"agglomerative": {"k": [2, 3, 5], "linkage": [algorithm.removesuffix("_linkage")]}})
    fitted = family.fit(blobs, seed=0)
    rows = fog[:, : blobs.shape[1]]
    for model, labels in zip(fitted, predict_all(fitted, rows), strict=True):
        np.testing.assert_array_equal(labels, model.predictor.predict(rows))


def test_a_smaller_share_makes_clusters_that_a_larger_one_refuses(blobs, truth):
    few = np.concatenate([np.flatnonzero(truth == 0), np.flatnonzero(truth == 1), np.flatnonzero(truth == 2)[:6]])
    found = {
        share: set(fit_one("hdbscan", blobs[few], {"hdbscan": {"min_cluster_share": [share]}}).labels[-6:])
        for share in (0.05, 0.2)
    }
    assert -1 not in found[0.05]
    assert found[0.2] == {-1} or len(found[0.2]) == 1


@pytest.mark.parametrize("algorithm", TREES_AND_DENSITY)
def test_rows_beyond_the_limit_get_their_label_from_the_predictor(algorithm, blobs, truth):
    fitted = fit_one(algorithm, blobs, limit=60)
    assert len(fitted.labels) == len(blobs)
    assert adjusted_rand_score(truth, fitted.labels) > 0.95
    np.testing.assert_array_equal(fitted.predictor.predict(blobs), fitted.labels)


def test_k_means_and_mixtures_read_all_rows_whatever_the_limit(fog):
    for algorithm in ("rfm_rules", "kmeans", "gaussian_mixture"):
        all_rows, limited = fit_one(algorithm, fog), fit_one(algorithm, fog, limit=50)
        assert all_rows.labels.tobytes() == limited.labels.tobytes()
