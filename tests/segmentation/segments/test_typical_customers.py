import numpy as np

from clientela.segmentation.segments.typical_customers import typical_customers


def test_typical_customers_are_the_nearest_to_their_own_centroid():
    # Segment 5: 0, 1, 2, 9 with the mean 3; segment 2: 10, 14 and 20 with the mean 44/3.
    matrix = np.array([[0.0], [10.0], [1.0], [14.0], [2.0], [20.0], [9.0]])
    ids = np.array([5, 2, 5, 2, 5, 2, 5])
    assert typical_customers(matrix, ids, count=2) == {2: [3, 1], 5: [4, 2]}
    assert typical_customers(matrix, ids, count=1) == {2: [3], 5: [4]}


def test_a_small_segment_has_fewer_typical_customers():
    assert typical_customers(np.array([[0.0], [4.0], [1.0]]), np.array([1, 2, 1])) == {1: [0, 2], 2: [1]}


def test_of_equally_near_customers_the_first_comes_first():
    matrix = np.array([[1.0, 0.0], [-1.0, 0.0], [0.0, 1.0], [0.0, -1.0]])
    assert typical_customers(matrix, np.ones(4, dtype=int), count=3) == {1: [0, 1, 2]}
