from datetime import date
from types import SimpleNamespace

import duckdb
import numpy as np
import pytest

from clientela.segmentation import describe
from clientela.segmentation.assignment import Assignment
from clientela.settings import load_settings

from .customers import customers

AS_OF = date(2024, 1, 31)
NO_ATTRIBUTES = {"attributes": None, "has_rfm": True, "has_transactions": True}


@pytest.fixture
def described(root, monkeypatch):
    """Two segments of random customers: recent ones and others; without habits, which need orders."""
    monkeypatch.setattr(describe, "describe_habits", lambda connection, segment_of, smallest_group: {})
    features = customers(300)
    features["tenure_days"] = features["days_since_last_purchase"] + 5
    ids = np.where(features["days_since_last_purchase"] <= 20, 1, 2)
    columns = ["days_since_last_purchase", "order_count", "total_spend"]
    assignment = Assignment(ids, features[columns].to_numpy(), columns, {}, None)
    with duckdb.connect() as connection:
        settings = load_settings("demo", conf=root / "conf")
        data = SimpleNamespace(features=features, as_of=AS_OF, **NO_ATTRIBUTES)
        return features, ids, describe.describe_segments(connection, data, assignment, settings=settings, seed=0)


def test_segments_have_names_with_claims_that_hold(described):
    features, ids, segmentation = described
    for segment in segmentation.segments:
        members = features[ids == segment["id"]]
        assert segment["rule"] in {"loyal", "new", "active_repeat", "repeat", "recent", "hibernating", "lost"}
        assert segment["holds"] >= 0.7
        assert segment["claims"]
        assert segment["previous_name"] is None
        assert segment["new_customers"] == (members["tenure_days"] <= 28).sum()
        assert segment["concentration"]["customers"] == len(members)


def test_the_customers_of_a_first_version_are_in_their_segments_since_its_date(described):
    features, _, segmentation = described
    assert segmentation.since.tolist() == [AS_OF] * len(features)


def test_the_new_customers_of_a_segment_are_named_in_its_action(described):
    _, _, segmentation = described
    assert segmentation.new_customers["days"] == 28
    for segment in segmentation.segments:
        is_new = any(claim["figure"] == "tenure_days" and claim["high"] for claim in segment["claims"])
        told_apart = f"{segment['new_customers']} new customers here" in segment["action"]["en"]
        assert told_apart == (segment["new_customers"] > 1 and not is_new)
