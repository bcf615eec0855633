import json

import numpy as np
import pandas as pd
import pytest

from clientela.segmentation.segments.grid import recency_frequency_grid

from ..customers import customers


@pytest.mark.parametrize("seed", range(5))
def test_the_grid_sums_to_the_customers_and_the_revenue(seed):
    features = customers(137, seed=seed)
    ids = np.random.default_rng(seed).integers(1, 6, 137)
    grid = recency_frequency_grid(features, ids)
    assert np.sum(grid["customers"]) == 137
    assert np.sum(grid["spend"]) == pytest.approx(features["total_spend"].sum())
    assert np.shape(grid["customers"]) == np.shape(grid["spend"]) == (5, 5)
    sums = [[sum(one["customers"] for one in cell) for cell in row] for row in grid["mix"]]
    assert sums == grid["customers"]
    assert len(grid["recency_edges"]) == len(grid["frequency_edges"]) == 4
    json.dumps(grid, allow_nan=False)


def test_recent_customers_are_in_the_first_row_and_frequent_ones_in_the_last_column():
    features = pd.DataFrame(
        {
            "days_since_last_purchase": [1.0, 1.0, 100.0, 200.0, 300.0, 400.0, 400.0],
            "order_count": [9.0, 9.0, 4.0, 3.0, 2.0, 1.0, 1.0],
            "total_spend": [500.0, 300.0, 40.0, 30.0, 20.0, 10.0, 5.0],
        }
    )
    grid = recency_frequency_grid(features, np.array([8, 8, 2, 2, 2, 3, 3]))
    assert (grid["customers"][0][4], grid["spend"][0][4], grid["mix"][0][4]) == (2, 800.0, [{"id": 8, "customers": 2}])
    assert (grid["customers"][4][0], grid["spend"][4][0], grid["mix"][4][0]) == (2, 15.0, [{"id": 3, "customers": 2}])
    assert (grid["customers"][0][0], grid["spend"][0][0], grid["mix"][0][0]) == (0, 0.0, [])


def test_a_cell_has_the_customers_of_each_segment_the_largest_first():
    features = customers(6).assign(days_since_last_purchase=3.0, order_count=2.0)
    grid = recency_frequency_grid(features, np.array([7, 5, 5, 5, 7, 9]))
    mix = [cell for row in grid["mix"] for cell in row if cell]
    assert mix == [[{"id": 5, "customers": 3}, {"id": 7, "customers": 2}, {"id": 9, "customers": 1}]]


def test_equal_customers_are_in_one_cell():
    features = customers(8).assign(days_since_last_purchase=3.0, order_count=1.0)
    grid = recency_frequency_grid(features, np.ones(8, int))
    assert sorted(count for row in grid["customers"] for count in row)[-2:] == [0, 8]


def test_cells_below_the_smallest_group_are_empty():
    features = pd.DataFrame(
        [[1.0, 9.0, 90.0]] * 3 + [[300.0, 1.0, 5.0]], columns=["days_since_last_purchase", "order_count", "total_spend"]
    )
    grid = recency_frequency_grid(features, np.ones(4, int), smallest_group=2)
    assert np.sum(grid["customers"]) == 3
    assert np.sum(grid["spend"]) == 270.0
    assert sum(map(len, (cell for row in grid["mix"] for cell in row))) == 1
