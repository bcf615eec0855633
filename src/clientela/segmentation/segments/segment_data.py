"""Segments as plain typed data for the report, the texts and the registered version."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any, TypedDict

import pandas as pd

from clientela.features.concentration import Concentration, concentration
from clientela.features.profile import Profile, known_spend
from clientela.segmentation.segments.attributes import AttributeData
from clientela.segmentation.segments.habits import Habits
from clientela.segmentation.segments.naming_rules import Name, Portrait
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


class ClaimData(TypedDict):
    """A condition that the description states: bounds on a figure, both ends included; None for an open end."""

    figure: str
    low: float | None
    high: float | None


class ProfileData(TypedDict):
    """The fields of a `Profile`."""

    id: int
    rank: int
    customers: int
    customer_share: float
    spend: float | None
    spend_share: float | None
    mean_spend: float | None
    medians: dict[str, float]
    quartiles: dict[str, tuple[float, float]]
    ranks: dict[str, float]
    effects: dict[str, float]


class SegmentData(ProfileData):
    """One segment: its profile, its texts by language, and the description of its customers.

    `title` is the English name, `rule` the id of the naming rule, `medoids` are the typical customers. `claims` are the
    conditions that the description states of the customers, `holds` is the share of the customers who meet all of them
    (None if the description states none). `traits` are the features whose comparison with another segment is part of
    the name. `advice` is the action without the sentence about new customers. `previous_name` is the name before, if
    this segment continues one that had another name. `new_customers` counts the customers whose first order is recent,
    `concentration` says how much of the spend the best ones hold (None if spend is not known).
    """

    title: str
    rule: str
    name: dict[str, str]
    description: dict[str, str]
    action: dict[str, str]
    advice: dict[str, str]
    claims: list[ClaimData]
    holds: float | None
    traits: list[str]
    previous_name: dict[str, str] | None
    new_customers: int
    concentration: Concentration | None
    medoids: list[TypicalCustomer]
    rules: list[RuleData]
    habits: Habits | None
    attributes: list[AttributeData]


def segments_data(
    portraits: Sequence[Portrait],
    names: Sequence[Name],
    *,
    before: Mapping[int, Mapping[str, str]],
    features: pd.DataFrame,
    rules: RuleList,
    typical: Mapping[int, Sequence[int]],
    habits: Mapping[int, Habits],
    attributes: Mapping[int, Sequence[AttributeData]],
) -> list[SegmentData]:
    """Combine the descriptions of each segment.

    Args:
        portraits: one per segment, in order of value.
        names: one name per segment.
        before: segment id -> name before, of the segments that continue one of another version.
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
            **_profile_data(portrait.profile),
            "title": name.name["en"],
            "rule": name.rule,
            "name": dict(name.name),
            "description": dict(name.description),
            "action": dict(name.action),
            "advice": dict(name.advice or name.action),
            "claims": [{"figure": claim.figure, "low": claim.low, "high": claim.high} for claim in name.claims],
            "holds": name.holds,
            "traits": list(name.traits),
            "previous_name": _previous_name(name, before.get(portrait.profile.id)),
            "new_customers": name.new_customers,
            "concentration": _concentration(portrait),
            "medoids": [_typical_customer(features, row) for row in typical[portrait.profile.id]],
            "rules": [_rule_data(rule) for rule in rules_of(rules, portrait.profile.id)],
            "habits": habits.get(portrait.profile.id),
            "attributes": list(attributes.get(portrait.profile.id, [])),
        }
        for portrait, name in zip(portraits, names, strict=True)
    ]


def _profile_data(profile: Profile) -> ProfileData:
    return asdict(profile)  # type: ignore[return-value]


def _concentration(portrait: Portrait) -> Concentration | None:
    spend = known_spend(portrait.customers)
    return None if spend is None else concentration(spend)


def _previous_name(name: Name, before: Mapping[str, str] | None) -> dict[str, str] | None:
    """The name before; None if there was none, or the same."""
    return None if before is None or dict(before) == dict(name.name) else dict(before)


def _typical_customer(features: pd.DataFrame, row: int) -> TypicalCustomer:
    figures = features.iloc[row].drop("customer_id").dropna()
    return {
        "customer_id": features["customer_id"].iloc[row],
        "figures": {str(name): float(value) for name, value in figures.items()},
    }


def _rule_data(rule: Rule) -> RuleData:
    conditions = [asdict(condition) for condition in rule.conditions]
    return {"conditions": conditions, "customers": rule.customers, "precision": rule.precision}
