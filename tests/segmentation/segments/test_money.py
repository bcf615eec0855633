import numpy as np
import pandas as pd
import pytest

from clientela.segmentation.segments.money import segment_money

FEATURES = pd.DataFrame(
    {
        "customer_id": list("abcd"),
        "total_spend": [730.0, 100.0, 60.0, 40.0],
        "tenure_days": [365.0, 10.0, 180.0, 90.0],
        "recent_spend": [200.0, 100.0, 0.0, 0.0],
        "days_since_last_purchase": [90.0, 10.0, 180.0, 90.5],
    }
)
IDS = np.array([3, 3, 1, 1])


def test_the_usual_spend_is_that_of_90_days_since_the_first_order():
    first, second = segment_money(FEATURES, IDS)
    assert (first["id"], second["id"]) == (1, 3)
    assert second["usual"] == pytest.approx(730 / 365 * 90 + 100)  # a first order 10 days ago counts as 90 days ago
    assert first["usual"] == pytest.approx(60 / 2 + 40)


def test_the_last_quarter_has_its_spend_and_its_buyers():
    first, second = segment_money(FEATURES, IDS)
    assert (second["last"], second["last_buyers"]) == (300.0, 2)
    assert (first["last"], first["last_buyers"]) == (0.0, 0)


def test_what_the_source_does_not_know_is_none():
    unknown = FEATURES.drop(columns=["recent_spend", "days_since_last_purchase"]).assign(tenure_days=np.nan)
    assert segment_money(unknown, IDS) == [
        {"id": id_, "usual": None, "last": None, "last_buyers": None} for id_ in (1, 3)
    ]
