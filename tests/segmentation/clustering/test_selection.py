import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from clientela.segmentation.clustering.selection import Verdict, chosen_position, select, separation

RULE = {
    "segment_count": (3, 10),
    "smallest_share": 0.02,
    "noise_share": 0.05,
    "stability": 0.75,
    "beats_baseline": True,
    "separation_within": 0.95,
    "explained_tolerance": 0.005,
}


def verdicts_of(evaluations, **changes):
    return [verdict.verdict for verdict in select(evaluations, **{**RULE, **changes})]


# Separation


@pytest.mark.parametrize(
    "silhouette, davies_bouldin, expected", [(1.0, 0.0, 1.0), (0.4, 1.0, 0.45), (-0.3, 4.0, -0.05)]
)
def test_separation_is_the_mean_of_silhouette_and_turned_davies_bouldin(silhouette, davies_bouldin, expected):
    metrics = {"silhouette": silhouette, "davies_bouldin": davies_bouldin}
    assert separation(metrics) == pytest.approx(expected)


@pytest.mark.parametrize("metrics", [{}, {"silhouette": 0.5}, {"davies_bouldin": 1.0}])
def test_what_has_no_two_clusters_has_no_separation(metrics):
    assert separation(metrics) is None


# Limits


@pytest.mark.parametrize(
    "metrics, figures",
    [
        ({"segment_count": 2.0}, ["2 segments", "3 to 10"]),
        ({"segment_count": 11.0}, ["11 segments", "3 to 10"]),
        ({"smallest_share": 0.006}, ["0.60%", "2.00%"]),
        ({"noise_share": 0.071}, ["7.1%", "5.0%"]),
        ({"stability": 0.69}, ["0.69", "0.75"]),
        ({"explained_spend": 0.211}, ["0.211", "0.229"]),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_each_limit_rejects_with_the_figure_and_the_limit(candidate, metrics, figures):
    baseline = candidate("rfm_rules", explained_spend=0.229)
    rejected, winner = select([candidate(**metrics), candidate(), baseline], **RULE)[:2]
    assert (rejected.verdict, winner.verdict) == ("rejected", "winner")
    assert all(figure in rejected.reason for figure in figures), rejected.reason


@pytest.mark.parametrize(
    "metrics",
    [
        {"segment_count": 3.0},
        {"segment_count": 10.0},
        {"smallest_share": 0.02},
        {"noise_share": 0.05},
        {"stability": 0.75},
        {"explained_spend": 0.229},
    ],
    ids=lambda metrics: f"{metrics}",
)
def test_a_limit_that_is_just_reached_is_kept(candidate, metrics):
    assert verdicts_of([candidate(**metrics), candidate("rfm_rules", explained_spend=0.229)]) == ["winner", "baseline"]


def test_the_baselines_spend_is_no_limit_where_the_settings_say_so(candidate):
    evaluations = [candidate(explained_spend=0.1), candidate("rfm_rules", explained_spend=0.2)]
    assert verdicts_of(evaluations) == ["rejected", "baseline"]
    assert verdicts_of(evaluations, beats_baseline=False) == ["winner", "baseline"]


def test_the_split_into_outliers_and_all_others_is_not_chosen(candidate):
    trap = candidate(segment_count=2.0, silhouette=0.896, davies_bouldin=0.2, smallest_share=26 / 4338, stability=0.99)
    useful = candidate(silhouette=0.32, davies_bouldin=0.98, explained_spend=0.24)
    assert separation(trap.metrics) > 2 * separation(useful.metrics)
    assert verdicts_of([trap, useful]) == ["rejected", "winner"]
    loose = select([trap, useful], **{**RULE, "segment_count": (2, 10)})
    assert [verdict.verdict for verdict in loose] == ["rejected", "winner"]
    assert "smallest segment has 0.60% of the customers; the limit is 2.00%" in loose[0].reason


def test_a_single_cluster_is_rejected_with_a_reason_also_where_one_segment_is_allowed(candidate):
    one = candidate(segment_count=1.0, smallest_share=1.0, silhouette=None, davies_bouldin=None)
    rejected, winner = select([one, candidate()], **{**RULE, "segment_count": (1, 10)})
    assert rejected == Verdict("rejected", "It has nothing to separate: fewer than two clusters.", None)
    assert winner.verdict == "winner"


# The shortlist and its winner


def test_candidates_far_below_the_best_separation_are_not_shortlisted(candidate):
    best = candidate(silhouette=0.50, davies_bouldin=1.0, explained_spend=0.20)
    near = candidate(silhouette=0.46, davies_bouldin=1.0, explained_spend=0.21)
    far = candidate(silhouette=0.40, davies_bouldin=1.0, explained_spend=0.40)
    shortlisted, winner, rejected = select([best, near, far], **RULE)
    assert (shortlisted.verdict, winner.verdict, rejected.verdict) == ("shortlisted", "winner", "rejected")
    assert rejected.reason == "Separation 0.450 is below 95% of the best, 0.500."
    assert rejected.separation == pytest.approx(0.45)


def test_a_rejected_candidate_does_not_set_the_best_separation(candidate):
    brilliant = candidate(silhouette=0.9, davies_bouldin=0.1, stability=0.2)
    assert verdicts_of([brilliant, candidate()]) == ["rejected", "winner"]


def test_the_baseline_does_not_set_the_best_separation(candidate):
    brilliant = candidate("rfm_rules", silhouette=0.9, davies_bouldin=0.1, explained_spend=0.1)
    assert verdicts_of([brilliant, candidate()]) == ["baseline", "winner"]


def test_the_best_is_shortlisted_also_where_its_separation_is_negative(candidate):
    bad = candidate(silhouette=-0.3, davies_bouldin=9.0)
    worse = candidate(silhouette=-0.4, davies_bouldin=9.0)
    assert verdicts_of([worse, bad]) == ["rejected", "winner"]


def test_of_the_shortlist_the_most_explained_spend_wins(candidate):
    less = candidate(segment_count=4.0, explained_spend=0.241)
    more = candidate(segment_count=7.0, explained_spend=0.250)
    loser, winner = select([less, more], **RULE)
    assert (loser.verdict, winner.verdict) == ("shortlisted", "winner")
    assert loser.reason == "Explains 0.241 of next-period spend; kmeans k=7 explains 0.250."
    assert "explains 0.250 of next-period spend" in winner.reason
    assert winner.reason.startswith("Of 2 shortlisted candidates")


def test_within_the_tolerance_the_fewest_segments_win(candidate):
    fewer = candidate(segment_count=5.0, silhouette=0.40, explained_spend=0.246)
    most = candidate(segment_count=8.0, silhouette=0.42, explained_spend=0.250)
    winner, equal = select([fewer, most], **RULE)
    assert (winner.verdict, equal.verdict) == ("winner", "shortlisted")
    assert equal.reason == "Explains as much of next-period spend as kmeans k=5, with no fewer segments."
    assert verdicts_of([fewer, most], explained_tolerance=0.003) == ["shortlisted", "winner"]


def test_of_as_many_segments_the_more_stable_wins(candidate):
    worse, better = candidate(silhouette=0.41, stability=0.80), candidate("ward_linkage", stability=0.81)
    assert verdicts_of([worse, better]) == ["shortlisted", "winner"]


def test_of_equals_the_first_wins(candidate):
    assert verdicts_of([candidate("kmeans"), candidate("ward_linkage")]) == ["winner", "shortlisted"]


@pytest.mark.parametrize("beats_baseline", [True, False])
def test_the_baseline_never_wins(candidate, beats_baseline):
    baseline = candidate("rfm_rules", silhouette=0.9, davies_bouldin=0.1, stability=1.0, explained_spend=0.25)
    assert verdicts_of([baseline, candidate()], beats_baseline=beats_baseline) == ["baseline", "winner"]
    alone = select([baseline], **{**RULE, "beats_baseline": beats_baseline})
    assert [verdict.verdict for verdict in alone] == ["baseline"]
    assert alone[0].separation == pytest.approx(separation(baseline.metrics))


# A history too short for a next period


def test_without_a_next_period_the_fewest_segments_win_then_the_more_stable(candidate):
    evaluations = [
        candidate("rfm_rules", explained_spend=None),
        candidate(segment_count=6.0, silhouette=0.41, explained_spend=None),
        candidate(segment_count=5.0, stability=0.80, explained_spend=None),
        candidate("ward_linkage", segment_count=5.0, stability=0.81, explained_spend=None),
    ]
    verdicts = select(evaluations, **RULE)
    assert [verdict.verdict for verdict in verdicts] == ["baseline", "shortlisted", "shortlisted", "winner"]
    assert all("explain" not in verdict.reason.lower() for verdict in verdicts[1:])


def test_without_a_next_period_the_reason_does_not_say_why_there_is_none(candidate):
    evaluations = [candidate(explained_spend=None), candidate("ward_linkage", explained_spend=None)]
    assert select(evaluations, **RULE)[0].reason == (
        "Of 2 shortlisted candidates it has the fewest segments; there is no next period on which "
        "their spend could be compared."
    )


def test_a_baseline_is_not_needed(candidate):
    assert verdicts_of([candidate()]) == ["winner"]


@pytest.mark.parametrize("explained_spend", [0.3, None])
def test_a_single_candidate_is_compared_with_no_other(candidate, explained_spend):
    for is_predictable in (True, False):
        (winner,) = select([candidate(explained_spend=explained_spend)], **RULE, is_predictable=is_predictable)
        assert winner.reason == "It is the only shortlisted candidate."


# Preferred numbers of segments


def test_fewer_segments_than_preferred_are_chosen_only_where_no_preferred_number_keeps_the_limits(candidate):
    three = candidate(segment_count=3.0, silhouette=0.6, explained_spend=0.3)
    five = candidate(segment_count=5.0, silhouette=0.3, explained_spend=0.2)
    assert verdicts_of([three, five]) == ["winner", "rejected"]
    rejected, winner = select([three, five], **RULE, preferred_count=(5, 8))
    assert (rejected.verdict, winner.verdict) == ("rejected", "winner")
    assert rejected.reason == ("It has 3 segments; candidates with 5 to 8, which are preferred, keep the limits, too.")
    unstable = candidate(segment_count=5.0, stability=0.5)
    assert verdicts_of([three, unstable], preferred_count=(5, 8)) == ["winner", "rejected"]


@pytest.mark.parametrize("count", [5.0, 8.0])
def test_the_ends_of_the_preferred_numbers_are_preferred(candidate, count):
    evaluations = [candidate(segment_count=4.0), candidate(segment_count=9.0), candidate(segment_count=count)]
    assert verdicts_of(evaluations, preferred_count=(5, 8)) == ["rejected", "rejected", "winner"]


# Spend that cannot be predicted


def test_where_spend_cannot_be_predicted_the_baseline_is_no_limit_and_shares_are_not_compared(candidate):
    evaluations = [
        candidate("rfm_rules", explained_spend=-0.001),
        candidate(segment_count=6.0, explained_spend=0.009),
        candidate(segment_count=4.0, explained_spend=-0.002),
    ]
    assert verdicts_of(evaluations) == ["baseline", "winner", "rejected"]
    verdicts = select(evaluations, **RULE, is_predictable=False)
    assert [verdict.verdict for verdict in verdicts] == ["baseline", "shortlisted", "winner"]
    assert "past behaviour does not predict spend here" in verdicts[2].reason
    assert "highest" not in verdicts[2].reason
    assert verdicts[1].reason == "kmeans k=4 has fewer segments, or as many that are more stable."


# The position


def test_the_position_of_the_winner_is_returned(candidate):
    evaluations = [candidate("rfm_rules"), candidate(stability=0.1), candidate()]
    assert chosen_position(select(evaluations, **RULE)) == 2


def test_the_position_of_a_fallback_is_returned():
    verdicts = [Verdict("rejected", "It is small.", 0.1), Verdict("fallback", "It is the most stable.", 0.2)]
    assert chosen_position(verdicts) == 1


# Whatever the metrics

metrics = st.fixed_dictionaries(
    {
        "segment_count": st.integers(2, 12).map(float),
        "smallest_share": st.floats(0, 0.3),
        "noise_share": st.floats(0, 0.1),
        "silhouette": st.floats(-0.5, 0.9),
        "davies_bouldin": st.floats(0.1, 9),
        "stability": st.floats(0.5, 1),
        "explained_spend": st.floats(0, 0.4),
    }
)


@settings(max_examples=100)
@given(st.lists(metrics, min_size=1, max_size=8), st.randoms(use_true_random=False))
def test_one_winner_at_most_with_a_reason_for_each_whatever_the_order(candidate, drawn, random):
    evaluations = [candidate("rfm_rules"), *(candidate(**values) for values in drawn)]
    verdicts = select(evaluations, **RULE)
    kinds = [verdict.verdict for verdict in verdicts]
    assert kinds.count("winner") == (1 if set(kinds) - {"baseline", "rejected"} else 0)
    assert kinds.count("baseline") == 1
    assert all(verdict.reason for verdict in verdicts)

    if "winner" in kinds:
        chosen = evaluations[kinds.index("winner")]
        place = (chosen.metrics["segment_count"], chosen.metrics["stability"])
        places = [(e.metrics["segment_count"], e.metrics["stability"]) for e in evaluations]
        assume(places.count(place) == 1)
        random.shuffle(evaluations)
        again = [verdict.verdict for verdict in select(evaluations, **RULE)]
        assert evaluations[again.index("winner")] is chosen


# No tolerance


def test_without_tolerances_the_best_wins(candidate):
    evaluations = [
        candidate(segment_count=4.0, explained_spend=0.24),
        candidate(segment_count=6.0, explained_spend=0.25),
        candidate(segment_count=3.0, silhouette=0.39, explained_spend=0.30),
    ]
    kinds = verdicts_of(evaluations, explained_tolerance=0.0, separation_within=1.0)
    assert kinds == ["shortlisted", "winner", "rejected"]
