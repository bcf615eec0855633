"""The bands of risk: about their shares, and whole groups of one probability."""

import numpy as np
import pytest

from clientela.churn.build_version import threshold_of_top_share


@pytest.mark.parametrize(
    "probability, share, bound",
    [
        (np.arange(1, 101) / 100, 0.1, 0.91),
        (np.full(50, 0.2), 0.1, 1.0),  # nobody rather than everybody
        (np.repeat([0.1, 0.3, 0.6], [60, 28, 12]), 0.1, 0.6),
        (np.repeat([0.1, 0.3, 0.6], [60, 14, 26]), 0.1, 1.0),
        (np.repeat([0.1, 0.3, 0.6], [60, 14, 26]), 0.3, 0.6),
    ],
)
def test_the_probability_from_which_on_about_a_share_lies(probability, share, bound):
    assert threshold_of_top_share(probability, share) == pytest.approx(bound)
