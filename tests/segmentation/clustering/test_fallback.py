import pytest

from clientela.errors import NoUsefulSegmentation
from clientela.segmentation.clustering.fallback import with_fallback
from clientela.segmentation.clustering.limits import SizeLimits
from clientela.segmentation.clustering.selection import select

SIZE = SizeLimits((3, 8), 0.02, 0.05)
RULE = {
    "segment_count": SIZE.segment_count, "smallest_share": SIZE.smallest_share, "noise_share": SIZE.noise_share,
    "stability": 0.75, "beats_baseline": True, "separation_within": 0.85, "explained_tolerance": 0.005,
}  # fmt: skip


def verdicts_of(evaluations, size=SIZE, **changes):
    return with_fallback(evaluations, select(evaluations, **{**RULE, **changes}), size)


def kinds(verdicts):
    return [verdict.verdict for verdict in verdicts]


def test_a_winner_stays_and_nothing_else_is_chosen(candidate):
    evaluations = [candidate("rfm_rules"), candidate(), candidate("ward_linkage", stability=0.3)]
    assert verdicts_of(evaluations) == select(evaluations, **RULE)


def test_the_most_stable_candidate_that_misses_only_stability_is_chosen(candidate):
    evaluations = [
        candidate("rfm_rules"),
        candidate(stability=0.60),
        candidate("ward_linkage", stability=0.71),
        candidate("gaussian_mixture", stability=0.70),
    ]
    verdicts = verdicts_of(evaluations)
    assert kinds(verdicts) == ["baseline", "rejected", "fallback", "rejected"]
    assert verdicts[2].reason == (
        "No candidate keeps all limits; of the 3 that keep those on number and size it is the most stable, 0.71."
    )
    assert verdicts[1].reason == "Its stability is 0.60; the limit is 0.75."


def test_a_candidate_below_the_baseline_is_better_than_none(candidate):
    evaluations = [candidate("rfm_rules", explained_spend=0.3), candidate(explained_spend=0.2)]
    assert kinds(verdicts_of(evaluations)) == ["baseline", "fallback"]


def test_of_equally_stable_candidates_the_one_with_fewer_segments_is_chosen_then_the_first(candidate):
    evaluations = [
        candidate("rfm_rules"),
        candidate(segment_count=6.0, stability=0.7),
        candidate(segment_count=4.0, stability=0.7),
        candidate("ward_linkage", segment_count=4.0, stability=0.7),
    ]
    assert kinds(verdicts_of(evaluations)) == ["baseline", "rejected", "fallback", "rejected"]


@pytest.mark.parametrize(
    "hard",
    [
        {"segment_count": 2.0},
        {"segment_count": 9.0},
        {"smallest_share": 0.01},
        {"noise_share": 0.2},
        {"silhouette": None},
    ],
    ids=lambda metrics: f"{metrics}",
)
def test_a_candidate_that_breaks_a_size_limit_is_never_chosen(candidate, hard):
    useless = candidate(**{"stability": 0.74, **hard})
    assert kinds(verdicts_of([candidate("rfm_rules"), useless])) == ["fallback", "rejected"]
    usable = candidate("ward_linkage", stability=0.1)
    assert kinds(verdicts_of([candidate("rfm_rules"), useless, usable])) == ["baseline", "rejected", "fallback"]


def test_two_segments_are_no_fallback_even_where_the_settings_allow_two(candidate):
    two = candidate(segment_count=2.0, stability=0.7)
    size = SizeLimits((2, 8), 0.02, 0.05)
    assert kinds(verdicts_of([candidate("rfm_rules"), two], size, segment_count=(2, 8))) == ["fallback", "rejected"]


def test_the_rfm_rules_are_chosen_where_nothing_else_is_left(candidate):
    (rules,) = verdicts_of([candidate("rfm_rules", silhouette=None)])
    assert (rules.verdict, rules.separation) == ("fallback", None)
    assert rules.reason == "No clustering keeps the limits on the number and size of segments."


def test_the_only_candidate_that_misses_only_stability_is_not_counted(candidate):
    _, fallback = verdicts_of([candidate("rfm_rules"), candidate(stability=0.6)])
    assert fallback.reason == "No candidate keeps all limits; it is the only one that keeps those on number and size."


NEAREST = [
    {"segment_count": 2.0},
    {"segment_count": 10.0},
    {"noise_share": 0.3},
    {"noise_share": 0.07, "smallest_share": 0.01},
    {"smallest_share": 0.011},
    {"smallest_share": 0.012, "stability": None},
]


@pytest.mark.parametrize("count", range(1, len(NEAREST) + 1))
def test_without_purchases_the_candidate_nearest_to_the_limits_is_chosen(candidate, count):
    # From the farthest to the nearest: the number of segments counts first, then noise, then the smallest segment.
    order = [NEAREST[1], NEAREST[0], *NEAREST[2:]]
    evaluations = [candidate(**metrics) for metrics in order[:count]]
    assert kinds(verdicts_of(evaluations)) == ["rejected"] * (count - 1) + ["fallback"]
    assert kinds(verdicts_of(evaluations[::-1])) == ["fallback"] + ["rejected"] * (count - 1)


def test_the_reason_of_the_nearest_candidate_gives_its_number_and_smallest_size(candidate):
    (fallback,) = verdicts_of([candidate(segment_count=4.0, smallest_share=0.0125, stability=None)])
    assert fallback.reason == (
        "No candidate keeps the limits on the number and size of segments; it is the nearest to them, with 4 segments, "
        "the smallest with 1.25% of the customers."
    )


def test_without_purchases_and_without_two_segments_the_error_gives_every_reason(candidate):
    alone = {"silhouette": None, "davies_bouldin": None}
    evaluations = [
        candidate(segment_count=1.0, **alone),
        candidate("dbscan", segment_count=0.0, noise_share=1.0, **alone),
    ]
    with pytest.raises(NoUsefulSegmentation, match=r"At least one candidate must find two segments") as raised:
        verdicts_of(evaluations)
    assert str(raised.value).splitlines()[1:] == [
        "  kmeans k=1: It has one segment; the settings ask for 3 to 8.",
        "  dbscan k=0: It has 0 segments; the settings ask for 3 to 8.",
    ]
