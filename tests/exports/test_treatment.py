import math
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clientela.errors import InvalidInput
from clientela.exports.treatment import assign_treatment

SHARES = st.floats(0, 1)
INNER_SHARES = st.floats(0.01, 0.99)
SEEDS = st.integers(-(2**31), 2**63)
CUSTOMERS = st.dictionaries(st.text(max_size=8), st.integers(1, 4), max_size=60)


def groups(customers: dict[str, object], share: float, seed: int) -> dict[str, str]:
    """Customer -> group, of a mapping of customer to segment."""
    assigned = assign_treatment(list(customers), list(customers.values()), share=share, seed=seed)
    return dict(zip(customers, assigned.tolist(), strict=True))


def treated_by_segment(customers: dict[str, object], share: float, seed: int) -> dict[object, tuple[int, int]]:
    """Segment -> (customers, treated)."""
    assigned = groups(customers, share, seed)
    table = pd.DataFrame({"segment": customers, "treated": pd.Series(assigned) == "treatment"})
    counts = table.groupby("segment")["treated"].agg(["size", "sum"])
    return {segment: (int(size), int(treated)) for segment, size, treated in counts.itertuples()}


@given(CUSTOMERS, SHARES, SEEDS)
def test_each_segment_is_treated_to_the_share_within_one_customer(customers, share, seed):
    assigned = groups(customers, share, seed)
    assert set(assigned.values()) <= {"treatment", "control"}
    if customers:
        for size, treated in treated_by_segment(customers, share, seed).values():
            assert abs(treated - share * size) <= 1 + 1e-6


@given(CUSTOMERS.filter(bool), INNER_SHARES, SEEDS)
def test_a_segment_of_two_or_more_leaves_a_control(customers, share, seed):
    for size, treated in treated_by_segment(customers, share, seed).values():
        assert size < 2 or treated < size


@given(CUSTOMERS, SEEDS)
def test_the_shares_of_none_and_all(customers, seed):
    assert set(groups(customers, 0, seed).values()) <= {"control"}
    assert set(groups(customers, 1, seed).values()) <= {"treatment"}


@given(CUSTOMERS, SHARES, SEEDS, st.randoms(use_true_random=False))
def test_the_order_of_the_rows_does_not_matter(customers, share, seed, random):
    shuffled = list(customers.items())
    random.shuffle(shuffled)
    assert groups(dict(shuffled), share, seed) == groups(customers, share, seed)


@given(CUSTOMERS, st.text(max_size=8), st.integers(1, 4), SHARES, SEEDS)
def test_one_more_customer_changes_at_most_one_other_of_the_segment(customers, newcomer, segment, share, seed):
    before = {name: place for name, place in customers.items() if name != newcomer}
    then, now = groups(before, share, seed), groups({**before, newcomer: segment}, share, seed)
    changed = [name for name in before if then[name] != now[name]]
    assert len(changed) <= 1
    assert {before[name] for name in changed} <= {segment}


@given(CUSTOMERS, SHARES, SHARES, SEEDS)
def test_a_larger_share_keeps_those_who_are_treated(customers, one, other, seed):
    few, many = groups(customers, min(one, other), seed), groups(customers, max(one, other), seed)
    assert [name for name in customers if few[name] == "treatment" and many[name] == "control"] == []


def test_another_seed_treats_others():
    customers = dict.fromkeys(map(str, range(2_000)), 1)
    one, other = (groups(customers, 0.5, seed) for seed in (1, 2))
    same = sum(one[name] == other[name] for name in customers)
    assert 900 < same < 1_100  # five standard deviations about half


def test_the_groups_do_not_follow_the_ids():
    """Sequential ids: as many of the first half are treated as of the second, to five standard deviations."""
    assigned = assign_treatment([f"{number:05d}" for number in range(10_000)], [1] * 10_000, share=0.3, seed=0)
    first = int((assigned[:5_000] == "treatment").sum())
    assert abs(first - 1_500) < 5 * math.sqrt(10_000 * 0.3 * 0.7 / 4)


def test_segments_are_drawn_independently_of_each_other():
    """The remainder of many small segments does not lean to one side: 1,000 of three customers, half treated."""
    customers = {f"{segment}-{number}": segment for segment in range(1_000) for number in range(3)}
    treated = sum(group == "treatment" for group in groups(customers, 0.5, 3).values())
    assert abs(treated - 1_500) < 5 * math.sqrt(1_000 * 0.25)


def test_who_moves_keeps_the_place_in_the_order():
    ids = [str(number) for number in range(1_000)]
    in_one = groups(dict.fromkeys(ids, 1), 0.5, 7)
    in_other = groups(dict.fromkeys(ids, 2), 0.5, 7)
    assert sum(in_one[name] != in_other[name] for name in ids) <= 1


def test_whole_numbers_may_come_as_floats_and_the_missing_are_a_segment():
    ids = [str(number) for number in range(40)]
    as_texts = assign_treatment(ids, ["1", "2", None, "2"] * 10, share=0.5, seed=1)
    as_floats = assign_treatment(ids, pd.Series([1, 2, np.nan, 2.0] * 10), share=0.5, seed=1)
    as_integers = assign_treatment(ids, pd.array([1, 2, None, 2] * 10, dtype="Int64"), share=0.5, seed=1)
    assert as_texts.tolist() == as_floats.tolist() == as_integers.tolist()
    assert int((as_texts[2::4] == "treatment").sum()) == 5


def test_the_groups_are_these_in_every_process():
    """Published: a campaign's list must come out again, whatever Python's own hashes are seeded with."""
    code = (
        "from clientela.exports.treatment import assign_treatment; "
        "print(*assign_treatment(['007', '7', 'josé', 'CS5295', '17850', '-5'], [1, 1, 1, 2, 2, 2], "
        "share=0.5, seed=2011))"
    )
    source = sys.modules[assign_treatment.__module__].__file__.partition("/clientela/")[0]
    said = [
        subprocess.run(
            [sys.executable, "-c", code],
            env={"PYTHONPATH": source, "PYTHONHASHSEED": seed}, capture_output=True, text=True, check=True,
        ).stdout.split()
        for seed in ("1", "2")
    ]  # fmt: skip
    assert said == [["control", "control", "treatment", "treatment", "control", "control"]] * 2


def test_no_customers_are_no_groups():
    assert assign_treatment([], [], share=0.5, seed=1).tolist() == []


@pytest.mark.parametrize("share", [-0.1, 1.1, math.nan])
def test_a_share_outside_is_refused(share):
    with pytest.raises(InvalidInput, match=rf"share parameter .* must lie in 0 to 1. Got {share!r} instead"):
        assign_treatment(["1"], [1], share=share, seed=1)


def test_lists_of_two_lengths_are_refused():
    with pytest.raises(InvalidInput, match="one length. Got 2 and 1 instead"):
        assign_treatment(["1", "2"], [1], share=0.5, seed=1)


def test_a_customer_comes_once():
    with pytest.raises(InvalidInput, match="must be unique. Got 1 repeated instead"):
        assign_treatment(["1", "1", "2"], [1, 2, 1], share=0.5, seed=1)


@pytest.mark.parametrize("seed", range(5))
def test_a_column_with_gaps_draws_the_same_groups_where_segments_are_of_odd_sizes(seed):
    ids = [str(number) for number in range(23)]
    whole = [1, 2, 3, 3, 2, 3, 4, 5, 6, 7, 8] * 2 + [None]
    as_texts = assign_treatment(ids, [None if id_ is None else str(id_) for id_ in whole], share=0.37, seed=seed)
    as_floats = assign_treatment(ids, pd.Series(whole, dtype="float64"), share=0.37, seed=seed)
    as_integers = assign_treatment(ids, pd.array(whole, dtype="Int64"), share=0.37, seed=seed)
    assert as_texts.tolist() == as_floats.tolist() == as_integers.tolist()
