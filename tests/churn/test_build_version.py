"""Bands of risk: close to their shares, with equal probabilities kept together."""

import numpy as np
import pytest

from clientela.churn.build_version import threshold_of_top_share


@pytest.mark.parametrize(
    "probability, share, bound",
    [
        (np.arange(1, 101) / 100, 0.1, 0.91),
        (np.full(50, 0.2), 0.1, 1.0),  # an empty band rather than all customers
        (np.repeat([0.1, 0.3, 0.6], [60, 28, 12]), 0.1, 0.6),
        (np.repeat([0.1, 0.3, 0.6], [60, 14, 26]), 0.1, 1.0),
        (np.repeat([0.1, 0.3, 0.6], [60, 14, 26]), 0.3, 0.6),
    ],
)
def test_threshold_of_the_top_share(probability, share, bound):
    assert threshold_of_top_share(probability, share) == pytest.approx(bound)
