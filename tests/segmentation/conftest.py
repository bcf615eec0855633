"""What all tests of the segments share: the small version, five candidates, the profiles and names of two segments."""

import numpy as np
import pytest

from clientela.features.profile import Profile
from clientela.segmentation.clustering.candidates import Candidate
from clientela.segmentation.clustering.evaluation import Evaluation
from clientela.segmentation.clustering.selection import Verdict
from clientela.segmentation.segments.claims import Claim
from clientela.segmentation.segments.naming_rules import Name

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
        Name(
            "champions",
            {"en": "Champions", "pt-BR": "Campeões"},
            {"en": "d1"},
            {"en": "a1"},
            claims=(Claim("order_count", 4, None),),
            holds=0.9,
            new_customers=7,
        ),
        Name("lost", {"en": "Lost", "pt-BR": "Perdidos"}, {"en": "d2"}, {"en": "a2"}),
    ]


def _evaluation(algorithm, params, **metrics):
    return Evaluation(Candidate(algorithm, params), np.zeros(4, int), None, metrics, np.zeros(4))


@pytest.fixture
def evaluations():
    """The baseline, a winner, one on the shortlist and two rejected, one of them without a separation."""
    return [
        _evaluation("rfm_rules", {}, segment_count=10.0, silhouette=0.10, stability=0.9, explained_spend=0.22),
        _evaluation("kmeans", {"k": 2}, segment_count=2.0, silhouette=0.90, stability=0.9, explained_spend=0.10),
        _evaluation("kmeans", {"k": 5}, segment_count=5.0, silhouette=0.32, stability=0.8, explained_spend=0.25),
        _evaluation("hdbscan", {"min_cluster_share": 0.05}, segment_count=0.0, stability=1.0, explained_spend=0.0),
        _evaluation(
            "gaussian_mixture",
            {"k": 4},
            segment_count=4.0,
            silhouette=0.33,
            stability=0.8,
            explained_spend=0.2,
            bic=9.0,
        ),
    ]


@pytest.fixture
def verdicts():
    """What became of them."""
    return [
        Verdict("baseline", "The rules that a clustering has to beat.", 0.15),
        Verdict("rejected", "It has 2 segments; the settings ask for 3 to 10.", 0.86),
        Verdict("winner", "Of 2 it explains 0.250 of next-period spend.", 0.41),
        Verdict("rejected", "It has 0 segments; the settings ask for 3 to 10.", None),
        Verdict("shortlisted", "Explains 0.200 of next-period spend.", 0.42),
    ]
