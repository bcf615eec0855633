"""The choice between the champion's clusters and new ones."""

from dataclasses import replace

import numpy as np
import pytest

from clientela.segmentation.clustering.candidates import Candidate
from clientela.segmentation.clustering.continuing import CONTINUED, with_continued
from clientela.segmentation.clustering.evaluation import Evaluation
from clientela.segmentation.clustering.limits import SizeLimits
from clientela.segmentation.clustering.reason import Reason
from clientela.segmentation.clustering.selection import Verdict
from clientela.segmentation.compare import judge_candidates
from clientela.segmentation.continued import prefer_continued
from clientela.settings import load_settings

LIMITS = SizeLimits((3, 10), 0.02, 0.05)


def evaluation(algorithm="kmeans", explained=None, smallest=0.1):
    metrics = {"segment_count": 5.0, "smallest_share": smallest, "noise_share": 0.0, "moved_share": 0.031}
    metrics |= {} if explained is None else {"explained_spend": explained}
    return Evaluation(Candidate(algorithm, {"version": "3", "k": 5}), np.zeros(9, int), None, metrics, np.zeros(9))


def judged(own, best, smallest=0.1, kind="winner"):
    verdicts = [Verdict("rejected", Reason.of("x", "x"), 0.3), Verdict(kind, Reason.of("y", "y"), 0.4)]
    champion = evaluation(CONTINUED, own, smallest)
    return with_continued(
        verdicts, champion, position=1, winner=evaluation(explained=best), limits=LIMITS, redraw_gain=0.02
    )


@pytest.mark.parametrize(("own", "best"), [(0.25, 0.269), (0.3, 0.2), (None, 0.3), (0.3, None)])
def test_the_champions_clusters_win_if_new_ones_do_not_explain_clearly_more(own, best):
    verdicts = judged(own, best)
    assert [verdict.verdict for verdict in verdicts] == ["rejected", "shortlisted", "winner"]
    assert "the clusters of version 3, moved towards today's customers, which puts 3.1% of the" in verdicts[2].reason
    assert verdicts[1].separation == 0.4


def test_new_clusters_win_if_they_explain_clearly_more():
    verdicts = judged(0.25, 0.271)
    assert [verdict.verdict for verdict in verdicts] == ["rejected", "winner", "rejected"]
    assert verdicts[2].reason.startswith("The champion's clusters explain 0.250 of next-period spend; kmeans")


def test_new_clusters_win_if_a_segment_of_the_champion_became_too_small():
    verdicts = judged(0.25, 0.25, smallest=0.01)
    assert [verdict.verdict for verdict in verdicts] == ["rejected", "winner", "rejected"]
    assert verdicts[2].reason.code == "smallest_share"


def test_the_champions_clusters_take_the_place_of_a_fallback():
    verdicts = judged(0.25, 0.26, kind="fallback")
    assert [verdict.verdict for verdict in verdicts] == ["rejected", "rejected", "fallback"]


def test_the_caveats_of_a_comparison_are_those_of_the_clusters_that_are_continued(root, candidate):
    settings = load_settings("demo", conf=root / "conf")
    evaluations = [candidate("rfm_rules", explained_spend=0.1), candidate(stability=0.9, explained_spend=0.26)]
    comparison = judge_candidates([], evaluations, settings.selection, returning_share=0.05)
    assert [caveat.code for caveat in comparison.caveats] == ["caveat_one_time"]
    champion = candidate(stability=0.6, explained_spend=0.25, moved_share=0.03)
    champion = replace(champion, candidate=Candidate(CONTINUED, {"version": "3", "k": 5}))
    continued = prefer_continued(comparison, champion, settings)
    assert continued.continues_champion
    assert [caveat.code for caveat in continued.caveats] == ["caveat_soft", "caveat_one_time"]
