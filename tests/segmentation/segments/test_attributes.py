import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clientela.segmentation.segments.attributes import profile_attributes

KINDS = {"age": "numeric", "gender": "categorical"}


def segments(*ids):
    return pd.DataFrame({"customer_id": [f"c{i}" for i in range(len(ids))], "segment_id": ids})


def attributes(ages, genders):
    ids = [f"c{i}" for i in range(len(ages))]
    return pd.DataFrame({"customer_id": ids, "age": ages, "gender": pd.Series(genders, dtype=object)})


@pytest.fixture
def profiles():
    known = attributes([20.0, 40.0, np.nan, 30.0, 50.0], ["f", "f", "m", "m", None])
    return profile_attributes(known, segments(1, 1, 1, 2, 2, 2), KINDS)  # c5 is not in the table


def test_a_number_as_computed_by_hand(profiles):
    assert profiles[1][0] == {
        "name": "age", "kind": "numeric", "median": 30.0, "q1": 25.0, "q3": 35.0, "base_median": 35.0,
        "effect": -0.5,  # 20 and 40 against 30 and 50: one pair won, three lost
        "known": 2,
    }  # fmt: skip
    assert profiles[2][0]["effect"] == 0.5
    assert profiles[2][0]["known"] == 2


def test_a_category_as_computed_by_hand(profiles):
    f, m = profiles[1][1]["values"]
    assert f == {"value": "f", "share": pytest.approx(2 / 3), "base_share": 0.5, "lift": pytest.approx(4 / 3)}
    assert (m["value"], m["share"]) == ("m", pytest.approx(1 / 3))
    assert profiles[2][1] == {
        "name": "gender", "kind": "categorical", "known": 1,
        "values": [{"value": "m", "share": 1.0, "base_share": 0.5, "lift": 2.0}],
    }  # fmt: skip


def test_a_segment_of_whom_nothing_is_known_has_no_figures():
    profile = profile_attributes(attributes([20.0], ["f"]), segments(1, 2), KINDS)[2]
    assert profile[0] == {
        "name": "age", "kind": "numeric", "median": None, "q1": None, "q3": None, "base_median": 20.0, "effect": None,
        "known": 0,
    }  # fmt: skip
    assert profile[1]["values"] == []
    assert profile[1]["known"] == 0


def test_people_without_a_segment_are_no_part_of_the_base():
    known = attributes([20.0, 40.0, 90.0], ["f", "f", "m"])
    (age, gender) = profile_attributes(known, segments(1, 1), KINDS)[1]
    assert age["base_median"] == 30.0
    assert [value["value"] for value in gender["values"]] == ["f"]


def test_the_most_frequent_values_come_first_and_equals_by_name():
    genders = ["b", "a", "c", "c", "d", "e", "f", "g"]
    values = profile_attributes(attributes([1.0] * 8, genders), segments(*[1] * 8), KINDS)[1][1]["values"]
    assert [value["value"] for value in values] == ["c", "a", "b", "d", "e", "f"]


@given(st.lists(st.tuples(st.sampled_from([1, 2]), st.sampled_from(["f", "m", "x", None])), min_size=1, max_size=30))
def test_shares_sum_to_one_and_lift_is_their_ratio(rows):
    ids, genders = zip(*rows, strict=True)
    found = profile_attributes(attributes([1.0] * len(ids), list(genders)), segments(*ids), {"gender": "categorical"})
    assert set(found) == set(ids)
    for (profile,) in found.values():
        if profile["known"]:
            assert sum(value["share"] for value in profile["values"]) == pytest.approx(1)
        for value in profile["values"]:
            assert value["lift"] * value["base_share"] == pytest.approx(value["share"])


def test_profiles_are_plain_data(profiles):
    assert json.loads(json.dumps(profiles)) == {str(id_): profile for id_, profile in profiles.items()}


def test_figures_and_values_of_fewer_customers_than_the_smallest_group_are_left_out():
    known = attributes([20.0, 30.0, 40.0, None], ["f", "f", "m", None])
    ids = segments(1, 1, 1, 2)
    age, gender = profile_attributes(known, ids, KINDS, smallest_group=2)[1]
    assert age["median"] == 30.0
    assert [value["value"] for value in gender["values"]] == ["f"]
    age, gender = profile_attributes(known, ids, KINDS, smallest_group=2)[2]
    assert (age["median"], age["effect"], age["known"]) == (None, None, 0)
    age, _ = profile_attributes(known, ids, KINDS, smallest_group=4)[1]
    assert (age["median"], age["q1"], age["q3"], age["effect"]) == (None, None, None, None)
