"""What all tests of the segments share: the small version, and the profiles and names of two segments."""

import pytest

from clientela.features.profile import Profile
from clientela.segmentation.segments.naming import Name

from .versions import files, lookup

__all__ = ["files", "lookup"]


@pytest.fixture
def profiles():
    """Two segments."""
    medians = {"days_since_last_purchase": 9.0, "order_count": 6.0, "total_spend": 1_900.0}
    ranks = {"days_since_last_purchase": 0.2, "order_count": 0.9, "total_spend": 0.9}

    def profile(rank, customers, spend, by):
        middle = {name: value / by for name, value in medians.items()}
        return Profile(
            id=rank,
            rank=rank,
            customers=customers,
            customer_share=customers / 4_000,
            spend=spend * 3_750_880.0,
            spend_share=spend,
            mean_spend={1: 2_500.4, 2: 268.0}[rank],
            medians=middle,
            quartiles={name: (value / 2, value * 2) for name, value in middle.items()},
            ranks=ranks,
            effects={"order_count": 0.7, "total_spend": -0.1},
        )

    return [profile(1, 1_200, 0.8, by=1), profile(2, 2_800, 0.2, by=3)]


@pytest.fixture
def names():
    """Their names."""
    return [
        Name("champions", {"en": "Champions", "pt-BR": "Campeões"}, {"en": "d1"}, {"en": "a1"}),
        Name("lost", {"en": "Lost", "pt-BR": "Perdidos"}, {"en": "d2"}, {"en": "a2"}),
    ]
