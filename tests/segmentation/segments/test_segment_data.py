import json
from dataclasses import asdict

import numpy as np
import pandas as pd
import pytest

from clientela.segmentation.segments.naming_rules import Portrait
from clientela.segmentation.segments.rules import Condition, Rule, RuleList
from clientela.segmentation.segments.segment_data import segments_data

from ..customers import customers

FREQUENT = Condition("order_count", ">", 4.5)
RARE = Condition("order_count", "<=", 4.5)
RECENT = Condition("days_since_last_purchase", "<=", 30.5)
RULES = RuleList(
    rules=(
        Rule(1, (FREQUENT, RECENT), 300, 0.9),
        Rule(2, (RARE,), 2_500, 0.8),
        Rule(1, (FREQUENT,), 1_200, 0.7),
    ),
    rule_of=np.array([0, 1, 2]),
    fidelity=0.85,
    depth=2,
)


def described(profiles, names, **changes):
    spend = [np.arange(1.0, 21.0), np.array([5.0])]
    portraits = [Portrait(one, pd.DataFrame({"total_spend": its})) for one, its in zip(profiles, spend, strict=True)]
    given = {
        "before": {1: {"en": "Loyal", "pt-BR": "Fiéis"}, 2: {"en": "Lost", "pt-BR": "Perdidos"}},
        "features": customers(3),
        "rules": RULES,
        "typical": {1: [2, 0], 2: [1]},
        "habits": {1: {"weekdays": [1.0]}},
        "attributes": {2: [{"name": "age"}]},
    }
    return segments_data(portraits, names, **{**given, **changes})


def test_a_described_segment_has_its_profile_texts_rules_and_habits(profiles, names):
    first, second = described(profiles, names)
    features = customers(3)
    figures = {
        "days_since_last_purchase": features["days_since_last_purchase"][2],
        "order_count": features["order_count"][2],
        "total_spend": features["total_spend"][2],
        "mean_days_between_orders": 9.0,
    }
    texts = {key: value for key, value in first.items() if key not in asdict(profiles[0])}
    assert {key: first[key] for key in asdict(profiles[0])} == asdict(profiles[0])
    assert texts == {
        "title": "Champions",
        "rule": "champions",
        "name": {"en": "Champions", "pt-BR": "Campeões"},
        "description": {"en": "d1"},
        "action": {"en": "a1"},
        "advice": {"en": "a1"},
        "claims": [{"figure": "order_count", "low": 4, "high": None}],
        "holds": 0.9,
        "traits": [],
        "previous_name": {"en": "Loyal", "pt-BR": "Fiéis"},
        "new_customers": 7,
        "concentration": {"best": 10, "customers": 20, "share": sum(range(11, 21)) / 210},
        "medoids": [
            {"customer_id": "C2", "figures": figures},
            {"customer_id": "C0", "figures": first["medoids"][1]["figures"]},
        ],
        "rules": [
            {"conditions": [asdict(FREQUENT)], "customers": 1_200, "precision": 0.7},
            {"conditions": [asdict(FREQUENT), asdict(RECENT)], "customers": 300, "precision": 0.9},
        ],
        "habits": {"weekdays": [1.0]},
        "attributes": [],
    }
    assert (second["id"], second["rank"], second["title"]) == (2, 2, "Lost")
    assert (second["claims"], second["holds"], second["previous_name"]) == ([], None, None)
    assert (second["habits"], second["attributes"]) == (None, [{"name": "age"}])
    assert [rule["customers"] for rule in second["rules"]] == [2_500]


def test_what_a_typical_customer_does_not_have_is_left_out(profiles, names):
    _, second = described(profiles, names)
    (customer,) = second["medoids"]
    assert set(customer["figures"]) == {"days_since_last_purchase", "order_count", "total_spend"}


def test_a_segment_that_no_rule_leads_to_has_none(profiles, names):
    _, second = described(profiles, names, rules=RuleList(RULES.rules[:1], RULES.rule_of, 0.5, 2))
    assert second["rules"] == []


def test_described_segments_are_plain_data(profiles, names):
    text = json.dumps(described(profiles, names), allow_nan=False)
    assert [segment["id"] for segment in json.loads(text)] == [1, 2]


def test_a_segment_without_a_name_is_an_error(profiles, names):
    with pytest.raises(ValueError, match="zip"):
        described(profiles, names[:1])
