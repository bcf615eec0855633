import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from sklearn.mixture import GaussianMixture

from clientela.segmentation.clustering.inductive import assign_noise, induce, without_noise

X = np.array([[0.0, 0.0], [0.1, 1.0], [4.0, 0.0], [4.1, 1.0], [4.2, 2.0]])
LABELS = np.array([3, 3, 7, 7, 7])


@pytest.mark.parametrize("near", ["centroid", "neighbour"])
def test_fitted_rows_keep_their_label(near):
    assert induce(X, LABELS, near=near).predict(X).tolist() == LABELS.tolist()


@pytest.mark.parametrize("near", ["centroid", "neighbour"])
def test_new_rows_take_the_label_of_what_is_near(near):
    assert induce(X, LABELS, near=near).predict(np.array([[-1.0, 0.5], [9.0, 1.0]])).tolist() == [3, 7]


def test_a_long_cluster_needs_the_nearest_row_not_the_nearest_centroid():
    chain = np.array([[0.0], [1.0], [2.0], [3.0], [4.0], [5.5]])
    labels = np.array([0, 0, 0, 0, 0, 1])
    end_of_the_chain = np.array([[4.5]])
    assert induce(chain, labels, near="neighbour").predict(end_of_the_chain).tolist() == [0]
    assert induce(chain, labels, near="centroid").predict(end_of_the_chain).tolist() == [1]


@pytest.mark.parametrize("near", ["centroid", "neighbour"])
def test_noise_is_a_label_like_the_others(near):
    labels = np.array([-1, -1, 7, 7, 7])
    assert induce(X, labels, near=near).predict(np.array([[0.0, 0.4]])).tolist() == [-1]


@pytest.mark.parametrize("near", ["centroid", "neighbour"])
@pytest.mark.parametrize("label", [0, -1])
def test_a_single_label_is_predicted_for_all_rows(near, label):
    predictor = induce(X, np.full(len(X), label), near=near)
    assert predictor.predict(X + 100).tolist() == [label] * len(X)


def test_noise_rows_join_the_nearest_centroid_and_other_rows_keep_their_label():
    labels = np.array([3, -1, 7, 7, -1])
    assert without_noise(X, labels).tolist() == [3, 3, 7, 7, 7]


def test_noise_does_not_pull_the_centroids():
    rows = np.array([[0.0], [1.0], [10.0], [11.0], [6.0], [30.0]])
    labels = np.array([0, 0, 1, 1, -1, -1])
    assert without_noise(rows, labels).tolist() == [0, 0, 1, 1, 1, 1]


def test_one_cluster_takes_all_the_noise():
    assert without_noise(X, np.array([2, 2, -1, -1, -1])).tolist() == [2] * 5


def test_labels_without_noise_stay_and_so_does_noise_alone():
    assert without_noise(X, LABELS).tolist() == LABELS.tolist()
    assert without_noise(X, np.full(5, -1)).tolist() == [-1] * 5


def test_the_labels_given_are_not_changed():
    labels = np.array([3, -1, 7, 7, -1])
    without_noise(X, labels)
    assert labels.tolist() == [3, -1, 7, 7, -1]


def test_noise_is_assigned_to_a_cluster_for_old_and_new_rows():
    rows = np.array([[0.0], [0.1], [0.2], [9.0], [9.1], [5.5]])
    labels = np.array([0, 0, 0, 1, 1, -1])
    assigned, predictor = assign_noise(rows, labels, induce(rows, labels, near="neighbour"))
    assert assigned.tolist() == [0, 0, 0, 1, 1, 1]
    assert predictor.predict([[5.4], [0.15]]).tolist() == [1, 0]


def test_labels_follow_the_predictor_where_they_disagree():
    # Ward may leave a row with a cluster whose centroid (8/3) is farther than the other's (6.5).
    rows, labels = np.array([[0.0], [2.0], [6.0], [6.5], [6.5]]), np.array([0, 0, 0, 1, 1])
    predictor = induce(rows, labels, near="centroid")
    assigned, same = assign_noise(rows, labels, predictor)
    assert same is predictor
    assert assigned.tolist() == [0, 0, 1, 1, 1]
    assert labels.tolist() == [0, 0, 0, 1, 1]


def test_a_label_without_rows_is_never_predicted():
    rows = np.array([[0.0], [0.2], [9.0], [9.2]])
    mixture = GaussianMixture(3, covariance_type="spherical", random_state=0).fit(np.array([[0.1], [9.1], [50.0]]))
    mixture.means_ = np.array([[0.1], [9.1], [50.0]])
    assert mixture.predict([[49.0]]).tolist() == [2]
    assigned, predictor = assign_noise(rows, mixture.predict(rows), mixture)
    assert assigned.tolist() == [0, 0, 1, 1]
    assert predictor.predict([[49.0]]).tolist() == [1]


def test_labels_that_the_predictor_gives_are_kept():
    predictor = induce(X, LABELS, near="neighbour")
    assigned, same = assign_noise(X, LABELS, predictor)
    assert assigned.tolist() == LABELS.tolist()
    assert same is predictor


def test_noise_alone_stays_noise():
    labels = np.full(len(X), -1)
    assert assign_noise(X, labels, induce(X, labels, near="neighbour"))[0].tolist() == [-1] * len(X)


@pytest.mark.filterwarnings("ignore::RuntimeWarning", "ignore:self.within_class_std_dev_")
@example([(0, 0, 0), (0, 0, 1), (5, 0, -1)], "centroid")  # all alike but for the noise
@given(
    st.lists(st.tuples(st.integers(-9, 9), st.integers(-9, 9), st.integers(-1, 3)), min_size=2, max_size=30),
    st.sampled_from(["centroid", "neighbour"]),
)
def test_the_predictor_gives_exactly_the_assigned_labels(customers, near):
    *rows, labels = np.array(customers).T
    matrix = np.column_stack(rows).astype(float)
    assigned, predictor = assign_noise(matrix, labels, induce(matrix, labels, near=near))
    np.testing.assert_array_equal(predictor.predict(matrix), assigned)
    assert set(assigned) <= set(labels)
    assert -1 not in assigned or set(labels) == {-1}
