"""A small comparison and its segments, as the reports take them."""

import numpy as np
import pytest

from clientela.clustering.candidates import Candidate
from clientela.clustering.evaluation import Evaluation
from clientela.clustering.selection import Verdict
from clientela.segments.naming import Name
from clientela.segments.profile import Profile


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


@pytest.fixture
def profiles():
    """Two segments."""
    medians = {"days_since_last_purchase": 9.0, "order_count": 6.0, "total_spend": 1_900.0}
    ranks = {"days_since_last_purchase": 0.2, "order_count": 0.9, "total_spend": 0.9}
    return [
        Profile(1, 1_200, 0.3, 0.8, 2_500.4, medians, ranks),
        Profile(2, 2_800, 0.7, 0.2, 268.0, {name: value / 3 for name, value in medians.items()}, ranks),
    ]


@pytest.fixture
def names():
    """Their names."""
    return [
        Name("champions", {"en": "Champions", "pt-BR": "Campeões"}, {"en": "d1"}, {"en": "a1"}),
        Name("lost", {"en": "Lost", "pt-BR": "Perdidos"}, {"en": "d2"}, {"en": "a2"}),
    ]
