"""Segments as plain typed data for the report, the texts and the registered version."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any, TypedDict

import pandas as pd

from clientela.features.profile import Profile
from clientela.segmentation.segments.attributes import AttributeData
from clientela.segmentation.segments.habits import Habits
from clientela.segmentation.segments.naming import Name
from clientela.segmentation.segments.rules import Rule, RuleList, rules_of


class TypicalCustomer(TypedDict):
    """A customer near the centre of a segment, with the features that are known."""

    customer_id: str
    figures: dict[str, float]


class RuleData(TypedDict):
    """A readable rule: conditions (feature, op, value), customers that keep them, share of those in the segment."""

    conditions: list[dict[str, Any]]
    customers: int
    precision: float


class ProfileData(TypedDict):
    """The fields of a `Profile`."""

    id: int
    rank: int
    customers: int
    customer_share: float
    spend: float
    spend_share: float
    mean_spend: float
    medians: dict[str, float]
    quartiles: dict[str, tuple[float, float]]
    ranks: dict[str, float]
    effects: dict[str, float]


class SegmentData(ProfileData):
    """One segment: its profile, its texts by language, and the description of its customers.

    `title` is the English name, `rule` the id of the naming rule, `medoids` are the typical customers.
    """

    title: str
    rule: str
    name: dict[str, str]
    description: dict[str, str]
    action: dict[str, str]
    medoids: list[TypicalCustomer]
    rules: list[RuleData]
    habits: Habits | None
    attributes: list[AttributeData]


def segments_data(
    profiles: Sequence[Profile],
    names: Sequence[Name],
    *,
    features: pd.DataFrame,
    rules: RuleList,
    typical: Mapping[int, Sequence[int]],
    habits: Mapping[int, Habits],
    attributes: Mapping[int, Sequence[AttributeData]],
) -> list[SegmentData]:
    """Combine the descriptions of each segment.

    Args:
        profiles: one profile per segment, in order of value.
        names: one name per profile.
        features: CustomerFeatures contract.
        rules: readable rules of all segments.
        typical: segment id -> positions of typical customers in `features`.
        habits: segment id -> habits (`describe_habits`).
        attributes: segment id -> attributes (`profile_attributes`); may be empty.

    Returns:
        One dict per segment, in order of value.
    """
    return [
        {
            **_profile_data(profile),
            "title": name.name["en"],
            "rule": name.rule,
            "name": dict(name.name),
            "description": dict(name.description),
            "action": dict(name.action),
            "medoids": [_typical_customer(features, row) for row in typical[profile.id]],
            "rules": [_rule_data(rule) for rule in rules_of(rules, profile.id)],
            "habits": habits.get(profile.id),
            "attributes": list(attributes.get(profile.id, [])),
        }
        for profile, name in zip(profiles, names, strict=True)
    ]


def _profile_data(profile: Profile) -> ProfileData:
    return asdict(profile)  # type: ignore[return-value]


def _typical_customer(features: pd.DataFrame, row: int) -> TypicalCustomer:
    figures = features.iloc[row].drop("customer_id").dropna()
    return {
        "customer_id": features["customer_id"].iloc[row],
        "figures": {str(name): float(value) for name, value in figures.items()},
    }


def _rule_data(rule: Rule) -> RuleData:
    conditions = [asdict(condition) for condition in rule.conditions]
    return {"conditions": conditions, "customers": rule.customers, "precision": rule.precision}
