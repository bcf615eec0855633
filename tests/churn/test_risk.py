"""Churn risk by segment."""

import pandas as pd

from clientela.churn.risk import risk_by_segment, risk_summary

SEGMENTS = [{"id": id_, "rank": id_, "name": {"en": name}} for id_, name in ((1, "Loyal"), (2, "Lost"))]
CUSTOMERS = pd.DataFrame(
    {
        "customer_id": ["a", "b", "c", "only here"],
        "probability": [0.2, 0.4, 0.9, 0.5],
        "expected_profit": [-1.0, 2.0, 3.0, 1.0],
    }
)
SEGMENT_OF = pd.Series({"a": 1, "b": 1, "c": 2, "only there": 2})


def test_each_segment_has_the_risk_of_the_customers_whom_both_models_know():
    found = risk_by_segment(CUSTOMERS, SEGMENT_OF, SEGMENTS, {"high": 0.4})
    loyal, lost = found["rows"]
    assert (loyal["customers"], loyal["high"], loyal["customers_to_call"]) == (2, 0.5, 1)
    assert (lost["customers"], lost["mean"]) == (1, 0.9)
    assert found["unjoined"] == 2


def test_a_segment_below_the_smallest_group_has_no_row():
    found = risk_by_segment(CUSTOMERS, SEGMENT_OF, SEGMENTS, {"high": 0.4}, smallest_group=2)
    assert [row["id"] for row in found["rows"]] == [1]


def test_a_band_below_the_smallest_group_has_no_mean():
    answers = [{"band": band, "reasons": []} for band in ("low", "medium", "high", "medium")]
    found = risk_summary(CUSTOMERS, {"high": 0.8, "medium": 0.3}, answers, most=0, smallest_group=2)
    assert {row["band"]: row["mean"] for row in found["bands"]} == {"high": None, "medium": 0.45, "low": None}
