from itertools import permutations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clientela.segmentation.segments.continuity import Match, continued_ids, jaccard_matrix, match_segments, migration

# Segment 1 overlaps best with 1 (60 of 140), but then nothing were left for 2; the pairing of 1 with 2 and of 2 with 1
# has the higher sum: 40/100 + 40/100 against 60/140 + 0.
PREVIOUS = np.repeat([1, 1, 2], [60, 40, 40])
CURRENT = np.repeat([1, 2, 1], [60, 40, 40])


def ids(*runs):
    """Segment ids from (id, customers) runs."""
    return np.repeat([id_ for id_, _ in runs], [count for _, count in runs])


def points(**centres):
    return {int(name[1:]): np.array([float(place)]) for name, place in centres.items()}


# The overlap


def test_the_jaccard_index_by_hand():
    before, after, overlap = jaccard_matrix(np.array([1, 1, 1, 4, 4]), np.array([2, 2, 7, 7, 7]))
    assert (before, after) == ([1, 4], [2, 7])
    np.testing.assert_allclose(overlap, [[2 / 3, 1 / 5], [0, 2 / 3]])


def test_the_best_pairing_of_all_beats_the_best_pair():
    _, _, overlap = jaccard_matrix(PREVIOUS, CURRENT)
    np.testing.assert_allclose(overlap, [[60 / 140, 0.4], [0.4, 0.0]])
    assert overlap.argmax() == 0  # whom a greedy pairing would take first
    matches = match_segments(PREVIOUS, CURRENT, least_overlap=0.3)
    assert [(match.previous, match.current) for match in matches] == [(1, 2), (2, 1)]
    assert [match.jaccard for match in matches] == pytest.approx([0.4, 0.4])


@pytest.mark.parametrize(("least", "count"), [(0.4, 2), (0.41, 0)])
def test_pairs_below_the_least_overlap_are_not_kept(least, count):
    assert len(match_segments(PREVIOUS, CURRENT, least_overlap=least)) == count


def test_segments_without_a_customer_in_common_are_no_pair_whatever_the_limit():
    # The pairing must put 2 somewhere: all its customers are in the new 1, of which the old 1 has as many.
    previous, current = ids((1, 50), (2, 50), (3, 51)), ids((1, 100), (2, 50), (3, 1))
    matches = match_segments(previous, current, least_overlap=0.0)
    assert [(match.current, match.jaccard) for match in matches] == [(1, 0.5), (2, pytest.approx(50 / 51))]
    assert matches[0].previous in (1, 2)
    assert matches[1].previous == 3


# Centres


def test_what_overlaps_too_little_is_paired_by_centres_that_are_each_others_nearest():
    previous, current = ids((1, 40), (2, 40)), ids((1, 40), (2, 20), (3, 20))
    centres = {"previous_centres": points(_1=0, _2=10), "current_centres": points(_1=0, _2=14, _3=9)}
    assert match_segments(previous, current, least_overlap=0.6) == [Match(1, 1, 1.0)]
    # 3 lies nearest to 2, and 2 to 3; their overlap is reported although it was too small.
    assert match_segments(previous, current, least_overlap=0.6, **centres) == [Match(1, 1, 1.0), Match(2, 3, 0.5)]


def test_nearest_in_one_direction_only_is_no_pair():
    previous, current = ids((1, 40), (2, 40)), ids((1, 40), (2, 20), (3, 20))
    # The nearest centre to both new ones is that of 1, which is taken.
    centres = {"previous_centres": points(_1=0, _2=50), "current_centres": points(_1=0, _2=5, _3=6)}
    assert match_segments(previous, current, least_overlap=0.6, **centres) == [Match(1, 1, 1.0)]


def test_a_pair_by_overlap_is_not_undone_by_centres():
    previous, current = ids((1, 40), (2, 40)), ids((1, 40), (2, 40))
    centres = {"previous_centres": points(_1=0, _2=10), "current_centres": points(_1=10, _2=0)}
    assert [match.current for match in match_segments(previous, current, least_overlap=0.5, **centres)] == [1, 2]


def test_a_previous_segment_without_customers_today_may_be_paired_by_its_centre():
    previous, current = ids((1, 40)), ids((1, 30), (2, 10))
    centres = {"previous_centres": points(_1=0, _5=10), "current_centres": points(_1=0, _2=9)}
    assert match_segments(previous, current, least_overlap=0.5, **centres) == [Match(1, 1, 0.75), Match(5, 2, 0.0)]


# Ids


def test_a_new_segment_gets_an_id_above_all_that_were_ever_used():
    current = np.array([1, 1, 2, 3, 4])
    matches = [Match(2, 1, 0.9), Match(1, 3, 0.8)]
    # Segments 3 to 7 are gone, and their ids with them.
    assert continued_ids(current, matches, used=set(range(1, 8))).tolist() == [2, 2, 8, 1, 9]


def test_without_a_match_all_ids_are_new():
    assert continued_ids(np.array([1, 2]), [], used={1, 2, 3}).tolist() == [4, 5]


labels = st.lists(st.integers(1, 5), min_size=1, max_size=60).map(np.array)


@given(labels, st.permutations(range(1, 6)))
def test_permuted_integers_get_their_ids_back(previous, order):
    current = np.array([0, *order])[previous]
    matches = match_segments(previous, current, least_overlap=0.3)
    assert all(match.jaccard == 1 for match in matches)
    np.testing.assert_array_equal(continued_ids(current, matches, used=set(previous.tolist())), previous)


@given(st.lists(st.tuples(st.integers(1, 4), st.integers(1, 4)), min_size=1, max_size=40), st.floats(0, 1))
def test_the_pairing_is_the_best_of_all_and_gives_each_id_once(customers, least):
    previous, current = np.array(customers).T
    before, after, overlap = jaccard_matrix(previous, current)
    matches = match_segments(previous, current, least_overlap=least)
    assert all(match.jaccard >= least and match.jaccard > 0 for match in matches)
    if least == 0:
        wide = overlap if len(before) <= len(after) else overlap.T
        best = max(wide[range(len(wide)), list(order)].sum() for order in permutations(range(wide.shape[1]), len(wide)))
        assert sum(match.jaccard for match in matches) == pytest.approx(best)
    used = set(range(1, 6))
    continued = continued_ids(current, matches, used=used)
    pairs = set(zip(current.tolist(), continued.tolist(), strict=True))
    assert len(pairs) == len(after) == len(set(continued.tolist()))
    fresh = set(continued.tolist()) - {match.previous for match in matches}
    assert not fresh & used


# Migration


def test_who_moved_where_by_hand():
    previous = pd.Series({"a": 1, "b": 1, "c": 2, "d": 2, "gone": 3})
    current = pd.Series({"new": 4, "a": 1, "b": 2, "c": 2, "d": 1})
    carried = pd.Series({"a": 1, "b": 1, "c": 2, "d": 1, "new": 2})
    moves = migration(previous, current, carried=carried)
    assert (moves.shared, moves.moved) == (4, 2)
    assert moves.redrawn == 2  # b and the new one; d moved because it behaves differently
    assert moves.flows == [
        {"from": 1, "to": 1, "customers": 1},
        {"from": 1, "to": 2, "customers": 1},
        {"from": 2, "to": 1, "customers": 1},
        {"from": 2, "to": 2, "customers": 1},
        {"from": 3, "to": None, "customers": 1},
        {"from": None, "to": 4, "customers": 1},
    ]


def test_without_the_previous_clusters_nothing_is_redrawn():
    assert migration(pd.Series({"a": 1}), pd.Series({"a": 2})).redrawn == 0


versions = st.dictionaries(st.sampled_from([f"c{row}" for row in range(20)]), st.integers(1, 4), min_size=1)


@given(versions, versions)
def test_flows_add_up(before, now):
    moves = migration(pd.Series(before), pd.Series(now))
    assert sum(flow["customers"] for flow in moves.flows) == len(set(before) | set(now))
    assert moves.shared == len(set(before) & set(now))
    assert moves.moved == sum(before[name] != now[name] for name in set(before) & set(now))

    def counted(keep):
        return sum(flow["customers"] for flow in moves.flows if keep(flow))

    assert counted(lambda flow: flow["from"] is None) == len(set(now) - set(before))
    assert counted(lambda flow: flow["to"] is None) == len(set(before) - set(now))
    assert counted(lambda flow: None not in flow.values() and flow["from"] == flow["to"]) == moves.shared - moves.moved
    for id_ in set(before.values()):
        assert counted(lambda flow, id_=id_: flow["from"] == id_) == list(before.values()).count(id_)


def test_a_segment_matched_by_overlap_is_not_given_to_another_whose_centre_is_nearest():
    previous, current = ids((1, 40)), ids((1, 40))
    # Segment 5 has no customers today; its centre and the new segment's are each other's nearest.
    centres = {"previous_centres": points(_1=0, _5=10), "current_centres": points(_1=9)}
    assert match_segments(previous, current, least_overlap=0.5, **centres) == [Match(1, 1, 1.0)]
