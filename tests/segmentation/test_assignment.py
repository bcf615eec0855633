"""Segments of the RFM rules, for a comparison whose candidates are all useless."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from clientela.contracts import CUSTOMER_FEATURES, RFM
from clientela.features.rfm import RfmRules
from clientela.segmentation.assignment import clusters_of, refit_assignment
from clientela.segmentation.clustering.candidates import make_families
from clientela.segmentation.clustering.evaluation import Evaluation
from clientela.segmentation.version import SegmentsVersion


def customers(rfm):
    """CustomerFeatures of which only recency, frequency and monetary value are known."""
    features = pd.DataFrame(rfm, columns=RFM)
    features.insert(0, "customer_id", [f"C{row}" for row in range(len(features))])
    return features.reindex(columns=CUSTOMER_FEATURES.names)


def clusters_of_rules(features):
    (family,) = make_families({})
    (fitted,) = family.fit(features[RFM].to_numpy(), seed=0)
    winner = Evaluation(family.candidates[0], fitted.labels, fitted.predictor, {}, np.zeros(1))
    unused = SimpleNamespace(scaler=None, present=SimpleNamespace(matrix=None))
    return fitted.labels, clusters_of(winner, unused, features)


def assign_again(clusters, features):
    """The segments that a version of these clusters gives customers."""
    assignment = refit_assignment(clusters, None)
    version = SegmentsVersion(None, features, [], [], assignment.clustering, 1)
    return assignment, version.assign(features)


@pytest.fixture
def shop():
    """400 customers whose recency, orders and spend have nothing to do with each other: all ten cells are filled."""
    rng = np.random.default_rng(0)
    return customers(
        np.column_stack([rng.integers(1, 365, 400), rng.geometric(0.2, 400), rng.lognormal(4, 1, 400).round(2)])
    )


def test_the_rfm_rules_give_the_same_segments_in_the_scaled_space(shop):
    labels, clusters = clusters_of_rules(shop)
    assert isinstance(clusters.predictor, RfmRules)
    assert clusters.labels.tolist() == labels.tolist()
    assert set(labels) == set(range(10))
    assert clusters.matrix.mean(axis=0) == pytest.approx(0, abs=1e-9)


def test_distances_of_the_rfm_rules_are_those_of_logarithms(shop):
    _, clusters = clusters_of_rules(shop)
    for place, name in enumerate(RFM):
        value, scaled = np.log1p(shop[name].to_numpy()), clusters.matrix[:, place]
        inner = (value > np.quantile(value, 0.05)) & (value < np.quantile(value, 0.95))  # the tails are capped
        assert np.corrcoef(value[inner], scaled[inner])[0, 1] == pytest.approx(1, abs=1e-9)


def test_a_version_of_the_rfm_rules_assigns_its_customers_as_it_registered_them(shop):
    _, clusters = clusters_of_rules(shop)
    assignment, again = assign_again(clusters, shop)
    assert assignment.columns == RFM
    assert again.tolist() == assignment.ids.tolist()


def test_newer_customers_in_a_cell_that_was_empty_get_the_nearest_segment():
    # Recency, orders and spend rise together: four of the ten cells at most.
    ranks = np.arange(1.0, 101.0)
    features = customers(np.column_stack([101 - ranks, ranks, ranks * 10]))
    _, clusters = clusters_of_rules(features)
    assert not isinstance(clusters.predictor, RfmRules)
    assignment, _ = assign_again(clusters, features)
    newer = customers(np.array([[1.0, 1.0, 10.0], [100.0, 100.0, 1000.0]]))
    version = SegmentsVersion(None, newer, [], [], assignment.clustering, 1)
    assert set(version.assign(newer)) <= set(assignment.ids.tolist())


def test_customers_who_are_alike_are_one_segment():
    features = customers(np.tile([30.0, 1.0, 25.0], (60, 1)))
    _, clusters = clusters_of_rules(features)
    _, again = assign_again(clusters, features)
    assert set(clusters.ids) == set(again.tolist()) == {1}
