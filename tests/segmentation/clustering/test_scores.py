import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import davies_bouldin_score, silhouette_score
from sklearn.model_selection import KFold

from clientela.segmentation.clustering.scores import (
    distance_matrix,
    explained_share,
    r_squared,
    sample_rows,
    separation_scores,
    share_scores,
    silhouettes,
)


def naive_explained_share(labels, outcome, *, folds, seed):
    predicted = {}
    for train, test in KFold(folds, shuffle=True, random_state=seed).split(labels):
        for row in test:
            fellows = [outcome[other] for other in train if labels[other] == labels[row]]
            predicted[row] = np.mean(fellows) if fellows else np.mean(outcome[train])
    errors = sum((outcome[row] - predicted[row]) ** 2 for row in range(len(outcome)))
    return 1 - errors / sum((outcome - np.mean(outcome)) ** 2)


# Samples


def test_a_sample_of_all_rows_is_all_rows_in_order():
    assert sample_rows(4, size=4, seed=0).tolist() == sample_rows(4, size=9, seed=1).tolist() == [0, 1, 2, 3]


def test_a_sample_is_sorted_without_repeats_and_follows_its_seed():
    sample = sample_rows(1_000, size=100, seed=5)
    assert len(set(sample)) == 100
    assert (np.diff(sample) > 0).all()
    assert sample.max() > 500
    assert sample.tolist() == sample_rows(1_000, size=100, seed=5).tolist()
    assert sample.tolist() != sample_rows(1_000, size=100, seed=6).tolist()


# Silhouettes


def test_distances_are_euclidean_in_single_precision():
    distances = distance_matrix(np.array([[0.0, 0.0], [3.0, 4.0]]))
    assert distances.dtype == np.float32
    assert distances.tolist() == [[0, 5], [5, 0]]


def test_silhouettes_of_all_rows_are_scikit_learns(blobs, truth):
    ours = silhouettes(distance_matrix(blobs), truth)
    assert ours.mean() == pytest.approx(silhouette_score(blobs, truth), abs=1e-6)
    assert ours.shape == truth.shape


def test_silhouettes_by_hand():
    distances = distance_matrix(np.array([[0.0], [1.0], [4.0], [6.0]]))
    expected = [1 - 1 / 5, 1 - 1 / 4, 1 - 2 / 3.5, 1 - 2 / 5.5]
    assert silhouettes(distances, np.array([0, 0, 1, 1])) == pytest.approx(expected)


def test_noise_is_counted_as_a_cluster_of_its_own(blobs, truth):
    as_noise = np.where(truth == 2, -1, truth)
    distances = distance_matrix(blobs)
    np.testing.assert_array_equal(silhouettes(distances, as_noise), silhouettes(distances, truth))
    assert separation_scores(blobs, as_noise) == pytest.approx(separation_scores(blobs, truth))


@pytest.mark.parametrize("labels", [[0, 0, 0, 0], [-1, -1, -1, -1], [0, 1, 2, 3]], ids=["one", "noise", "one a row"])
def test_one_cluster_or_one_row_a_cluster_separates_nothing(labels):
    X = np.array([[0.0], [1.0], [5.0], [6.0]])
    assert silhouettes(distance_matrix(X), np.array(labels)).tolist() == [0, 0, 0, 0]
    assert separation_scores(X, np.array(labels)) == {}


def test_separation_scores_are_scikit_learns_on_all_rows(blobs, truth):
    scores = separation_scores(blobs, truth)
    assert scores["davies_bouldin"] == davies_bouldin_score(blobs, truth)
    assert scores["calinski_harabasz"] > 1_000


# Shares


def test_shares_are_of_all_customers_and_noise_is_no_segment():
    assert share_scores(np.array([-1, 4, 4, 4, 4, 4, 9, 9, -1, 9])) == {
        "segment_count": 2.0,
        "smallest_share": 0.3,
        "largest_share": 0.5,
        "noise_share": 0.2,
    }


def test_all_noise_is_no_segment_at_all():
    assert share_scores(np.array([-1, -1, -1])) == {
        "segment_count": 0.0,
        "smallest_share": 0.0,
        "largest_share": 0.0,
        "noise_share": 1.0,
    }


def test_a_single_segment_is_the_smallest_and_the_largest():
    scores = share_scores(np.zeros(7, int))
    assert (scores["segment_count"], scores["smallest_share"], scores["largest_share"]) == (1.0, 1.0, 1.0)


# The explained share of the next period


@pytest.mark.parametrize("groups", [1, 3, 60])
def test_explained_share_is_the_naive_one(groups):
    rng = np.random.default_rng(groups)
    labels = rng.integers(-1, groups - 1, 150)
    outcome = np.log1p(rng.exponential(50, 150) * (labels % 3 + 1))
    ours = explained_share(labels, outcome, folds=5, seed=2)
    assert ours == pytest.approx(naive_explained_share(labels, outcome, folds=5, seed=2), abs=1e-12)


def test_labels_that_determine_the_outcome_explain_nearly_all_of_it():
    labels = np.repeat([0, 1, -1], 50)
    outcome = np.choose(labels + 1, [0.0, 2.0, 7.0]) + np.random.default_rng(0).normal(0, 0.01, 150)
    assert explained_share(labels, outcome, folds=10, seed=0) > 0.999


def test_an_outcome_that_does_not_vary_has_nothing_to_explain():
    assert explained_share(np.repeat([0, 1], 20), np.full(40, 3.5), folds=4, seed=0) == 0


@pytest.mark.parametrize("groups", [2, 10, 100, 300])
def test_random_labels_explain_nothing_out_of_fold_however_many_they_are(groups):
    rng = np.random.default_rng(4)
    labels, outcome = rng.integers(groups, size=300), rng.normal(size=300)
    assert explained_share(labels, outcome, folds=10, seed=0) < 0.02


def test_a_segment_that_only_the_left_out_fold_has_takes_the_overall_mean():
    outcome = np.arange(10.0)
    every_row_its_own = explained_share(np.arange(10), outcome, folds=5, seed=0)
    assert every_row_its_own == pytest.approx(explained_share(np.zeros(10, int), outcome, folds=5, seed=0))
    assert every_row_its_own < 0


# What the integers of the labels are does not matter

labels_and_order = st.tuples(
    st.lists(st.integers(0, 4), min_size=20, max_size=40).map(np.array), st.permutations(range(5)).map(np.array)
)


@settings(max_examples=40)
@given(labels_and_order)
def test_no_score_depends_on_the_integers_of_the_labels(case):
    labels, order = case
    X = np.random.default_rng(0).normal(size=(len(labels), 2))
    renamed = order[labels]
    assert share_scores(renamed) == share_scores(labels)
    assert separation_scores(X, renamed) == pytest.approx(separation_scores(X, labels))
    distances = distance_matrix(X)
    assert silhouettes(distances, renamed) == pytest.approx(silhouettes(distances, labels), abs=1e-6)
    outcome = X[:, 0]
    assert explained_share(renamed, outcome, folds=4, seed=1) == pytest.approx(
        explained_share(labels, outcome, folds=4, seed=1)
    )


def test_clusters_of_equal_rows_have_no_calinski_harabasz_ratio():
    # 0.1 + 0.2 is not 0.3: the variance within the clusters is a rounding error.
    X = np.array([[0.1 + 0.2], [0.3], [0.3], [7.0], [7.0]])
    assert separation_scores(X, np.array([0, 0, 0, 1, 1])).keys() == {"davies_bouldin"}
    X[2] += 0.1
    both = {"davies_bouldin", "calinski_harabasz"}
    assert separation_scores(X, np.array([0, 0, 0, 1, 1])).keys() == both


def test_equal_outcomes_have_nothing_to_explain_whatever_the_rounding_of_their_mean():
    outcome = np.full(50, np.log1p(20.0))
    assert outcome.mean() != outcome[0]
    assert r_squared(outcome, outcome + 1e-3) == 0.0
