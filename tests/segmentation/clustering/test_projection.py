import json

import numpy as np
import pytest

from clientela.segmentation.clustering.projection import project, sample_customers

from ..customers import customers


def test_a_sample_has_the_figures_of_its_customers():
    features, sample = customers(), np.array([5, 0, 150])
    ids = np.arange(200) % 3 + 4
    matrix = np.random.default_rng(1).normal(size=(200, 4))
    points = sample_customers(features, matrix, ids, sample=sample, seed=0)
    for name, column in (("recency", "days_since_last_purchase"), ("orders", "order_count"), ("spend", "total_spend")):
        assert points[name] == features[column].iloc[sample].tolist()
    assert points["segment"] == [6, 4, 4]
    assert len(points["silhouette"]) == len(points["x"]) == len(points["y"]) == 3
    assert points == sample_customers(features, matrix, ids, sample=sample, seed=0)
    json.dumps(points, allow_nan=False)


def test_silhouettes_are_high_for_well_separated_segments():
    ids = np.repeat([1, 2], 100)
    matrix = np.random.default_rng(1).normal(size=(200, 3)) + 50.0 * (ids == 2)[:, None]
    points = sample_customers(customers(), matrix, ids, sample=np.arange(0, 200, 2), seed=0)
    assert min(points["silhouette"]) > 0.9


def test_the_projection_keeps_the_widest_directions():
    matrix = np.random.default_rng(0).normal(size=(500, 3)) * [1.0, 10.0, 3.0]
    projection = project(matrix, seed=0)
    points, shares = projection.points, projection.axis_shares
    assert points.shape == (500, 2)
    np.testing.assert_allclose(np.abs(points[:, 0]), np.abs(matrix[:, 1] - matrix[:, 1].mean()), atol=0.5)
    assert shares[0] >= shares[1]
    assert shares[0] == pytest.approx(100 / 110, abs=0.02)
    assert 0.9 < sum(shares) <= 1.0


def test_one_feature_is_one_axis():
    projection = project(np.arange(10.0)[:, None], seed=0)
    assert projection.axis_shares == (1.0, 0.0)
    assert not projection.points[:, 1].any()


def test_the_mean_silhouette_and_the_share_of_negative_ones_are_of_the_sample():
    ids = np.arange(200) % 2
    matrix = np.random.default_rng(1).normal(size=(200, 3))
    points = sample_customers(customers(), matrix, ids, sample=np.arange(0, 200, 3), seed=0)
    widths = np.array(points["silhouette"])
    assert points["mean_silhouette"] == pytest.approx(widths.mean())
    assert points["negative_share"] == pytest.approx(np.mean(widths < 0))
    assert 0 < points["negative_share"] < 1


def test_a_single_segment_has_silhouettes_of_zero():
    matrix = np.random.default_rng(1).normal(size=(200, 3))
    points = sample_customers(customers(), matrix, np.ones(200, int), sample=np.arange(0, 200, 3), seed=0)
    assert (points["mean_silhouette"], points["negative_share"]) == (0.0, 0.0)
