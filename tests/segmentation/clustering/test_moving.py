"""Clusters that move towards the customers, up to a limit."""

import numpy as np
import pytest
from sklearn.cluster import KMeans
from sklearn.mixture import GaussianMixture
from sklearn.neighbors import KNeighborsClassifier, NearestCentroid

from clientela.segmentation.clustering.moving import move_clusters


@pytest.fixture(scope="module")
def customers():
    """Three overlapping groups, before and after a drift."""
    rng = np.random.default_rng(0)
    centres = np.array([[0.0, 0.0], [4.0, 0.0], [0.0, 4.0]])
    before = np.concatenate([centre + rng.normal(size=(400, 2)) for centre in centres])
    return before, before * 1.2 + [0.8, 0.3]


PREDICTORS = {
    "kmeans": lambda X: KMeans(3, n_init=3, random_state=0).fit(X),
    "ward": lambda X: NearestCentroid().fit(X, KMeans(3, n_init=3, random_state=0).fit_predict(X)),
    "mixture": lambda X: GaussianMixture(3, random_state=0).fit(X),
}


@pytest.mark.parametrize("kind", PREDICTORS)
@pytest.mark.parametrize("most", [0.0, 0.02, 0.05])
def test_at_most_the_limit_of_customers_change(customers, kind, most):
    before, after = customers
    predictor = PREDICTORS[kind](before)
    moved = move_clusters(predictor, after, most_moved=most)
    assert moved.moved_share <= most < moved.optimum_share
    assert moved.moved_share == (predictor.predict(after) != moved.labels).mean()
    np.testing.assert_array_equal(moved.predictor.predict(after), moved.labels)
    assert 0 <= moved.step < 1
    assert (moved.step > 0) is (most > 0)


@pytest.mark.parametrize("kind", PREDICTORS)
def test_without_a_limit_they_reach_the_optimum(customers, kind):
    before, after = customers
    moved = move_clusters(PREDICTORS[kind](before), after, most_moved=1.0)
    assert (moved.step, moved.moved_share) == (1.0, moved.optimum_share)


def test_the_optimum_is_the_means_of_the_clusters(customers):
    before, after = customers
    moved = move_clusters(PREDICTORS["kmeans"](before), after, most_moved=1.0)
    means = [after[moved.labels == label].mean(axis=0) for label in range(3)]
    np.testing.assert_allclose(moved.predictor.cluster_centers_, means, atol=0.05)


def test_the_predictor_before_is_left_as_it_is(customers):
    before, after = customers
    predictor = PREDICTORS["kmeans"](before)
    centres = predictor.cluster_centers_.copy()
    move_clusters(predictor, after, most_moved=1.0)
    np.testing.assert_array_equal(predictor.cluster_centers_, centres)


def test_clusters_without_centres_stay(customers):
    before, after = customers
    nearest = KNeighborsClassifier(1).fit(before, PREDICTORS["kmeans"](before).labels_)
    moved = move_clusters(nearest, after, most_moved=1.0)
    assert moved.predictor is nearest
    assert (moved.step, moved.moved_share) == (0.0, 0.0)
