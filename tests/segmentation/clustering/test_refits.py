"""Refits of the candidates that the choice depends on give the same choice as refits of all."""

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clientela.segmentation.clustering.fallback import with_fallback
from clientela.segmentation.clustering.limits import size_limits
from clientela.segmentation.clustering.refits import needed_refits
from clientela.segmentation.clustering.selection import select
from clientela.settings import load_settings

SELECTION = load_settings("demo", conf=Path(__file__).resolve().parents[3] / "conf").selection


@pytest.fixture
def unrefitted(candidate):
    """A candidate that was not refitted."""
    return lambda *args, **metrics: candidate(*args, **{**metrics, "stability": None})


def refit_needed(evaluations):
    """The evaluations as a comparison leaves them: those without need lose their stability."""
    found = [_without(evaluation) for evaluation in evaluations]
    while needed := needed_refits(found, SELECTION):
        for i in needed:
            found[i] = evaluations[i]
    return found


def _without(evaluation):
    metrics = {name: value for name, value in evaluation.metrics.items() if name != "stability"}
    return replace(evaluation, metrics=metrics)


def chosen(evaluations, *, is_predictable):
    """The verdicts of all candidates that are not rejected, with their reasons."""
    verdicts = select(evaluations, **SELECTION.model_dump(), is_predictable=is_predictable)
    judged = with_fallback(evaluations, verdicts, size_limits(SELECTION))
    return [(i, verdict) for i, verdict in enumerate(judged) if verdict.verdict != "rejected"]


def test_candidates_that_break_a_size_limit_are_not_refitted(unrefitted):
    broken = [unrefitted(segment_count=2.0), unrefitted(smallest_share=0.01), unrefitted(noise_share=0.2)]
    assert needed_refits([unrefitted(), *broken], SELECTION) == [0]


def test_candidates_far_from_the_best_separation_or_of_another_number_are_not_refitted(unrefitted):
    others = [unrefitted(silhouette=0.1), unrefitted(segment_count=3.0, silhouette=0.6)]
    assert needed_refits([unrefitted(), *others], SELECTION) == [0]


def test_the_next_best_are_refitted_if_the_best_is_not_stable(candidate, unrefitted):
    first, second = candidate(stability=0.3), unrefitted(silhouette=0.1)
    assert needed_refits([first, second], SELECTION) == [1]


def test_other_numbers_of_segments_are_refitted_if_no_preferred_one_is_stable(candidate, unrefitted):
    assert needed_refits([candidate(stability=0.3), unrefitted(segment_count=3.0)], SELECTION) == [1]


def test_all_of_a_useful_size_are_refitted_if_none_wins(candidate, unrefitted):
    rules = candidate("rfm_rules", explained_spend=0.2)
    weak = [unrefitted(explained_spend=0.1, silhouette=0.1), unrefitted(segment_count=2.0)]
    assert needed_refits([rules, candidate(stability=0.3), *weak], SELECTION) == [2]


def test_the_baseline_is_always_refitted(unrefitted):
    assert needed_refits([unrefitted("rfm_rules", segment_count=10.0), unrefitted()], SELECTION) == [0, 1]


METRICS = st.fixed_dictionaries(
    {
        "segment_count": st.sampled_from([2.0, 3.0, 5.0, 6.0, 8.0, 9.0]),
        "smallest_share": st.sampled_from([0.01, 0.1]),
        "silhouette": st.sampled_from([-0.1, 0.1, 0.3, 0.35, 0.4, None]),
        "stability": st.sampled_from([0.2, 0.5, 0.74, 0.76, 0.9, 1.0]),
        "explained_spend": st.sampled_from([0.1, 0.24, 0.244, 0.25]),
    }
)


@settings(max_examples=300)
@given(metrics=st.lists(METRICS, min_size=1, max_size=9), is_predictable=st.booleans())
def test_the_choice_is_that_of_refits_of_all_candidates(candidate, metrics, is_predictable):
    evaluations = [candidate("rfm_rules", explained_spend=0.2), *(candidate(**one) for one in metrics)]
    assert chosen(refit_needed(evaluations), is_predictable=is_predictable) == chosen(
        evaluations, is_predictable=is_predictable
    )
