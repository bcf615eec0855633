"""From clusters to segments that people can act on: continued, profiled, named, explained."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import duckdb
import numpy as np
import pandas as pd

from clientela.contracts import LANGUAGES
from clientela.features.profile import Profile, profile_segments
from clientela.reporting.conditions import describe_conditions
from clientela.segmentation.report.data import describe
from clientela.segmentation.segments.attributes import profile_attributes
from clientela.segmentation.segments.continuity import Match, continued_ids, match_segments, migration
from clientela.segmentation.segments.habits import describe_habits
from clientela.segmentation.segments.naming import Name, NamingRule, name_segments
from clientela.segmentation.segments.profile import typical_customers
from clientela.segmentation.segments.rules import RuleList, explain_segments
from clientela.segmentation.version import Version
from clientela.settings import DatasetSettings, NamingSettings, SegmentsSettings


@dataclass(frozen=True)
class Continued:
    """Segment ids, one a customer, that continue a previous version's.

    Attributes:
        ids: the segments.
        carried: what the previous version's clusters say of the same customers on the same figures.
        matches: which segment continues which.
        previous: the version, and its number in the registry.
    """

    ids: np.ndarray
    carried: np.ndarray
    matches: list[Match]
    previous: Version
    number: str


def continue_segments(
    ids: np.ndarray, features: pd.DataFrame, scaler: Any, *, previous: Version, number: str, least_overlap: float
) -> Continued:
    """Give new segments the ids of the champion's segments that they continue.

    Args:
        ids: new segments in order of value, one a row of `features`.
        features: the CustomerFeatures contract.
        scaler: of the new clustering; both sides' centres are compared in its space.
        previous: the champion.
        number: its number in the registry.
        least_overlap: Jaccard index from which on a segment is the same.
    """
    carried = previous.assign(features)
    before = {segment["id"]: segment["medians"] for segment in previous.segments}
    now = {profile.id: profile.medians for profile in profile_segments(features, ids)}
    matches = match_segments(
        carried,
        ids,
        least_overlap=least_overlap,
        previous_centres=_centres(before, scaler),
        current_centres=_centres(now, scaler),
    )
    used = set(range(1, previous.last_id + 1))
    return Continued(continued_ids(ids, matches, used=used), carried, matches, previous, number)


def carry_segments(features: pd.DataFrame, *, previous: Version, number: str) -> Continued:
    """The champion's clusters on newer figures: the same segments with today's customers."""
    ids = previous.assign(features)
    return Continued(ids, ids, [Match(int(id_), int(id_), 1.0) for id_ in np.unique(ids)], previous, number)


@dataclass(frozen=True)
class Segmentation:
    """The segments: their ids, one a customer; what they are, in order of value; their rules; what changed."""

    ids: np.ndarray
    segments: list[dict[str, Any]]
    rules: RuleList
    migration: dict[str, Any] | None
    last_id: int


def describe_segments(
    connection: duckdb.DuckDBPyConnection,
    features: pd.DataFrame,
    ids: np.ndarray,
    *,
    matrix: np.ndarray,
    columns: list[str],
    continued: Continued | None,
    attributes: pd.DataFrame | None,
    dataset: DatasetSettings,
    naming: NamingSettings,
    settings: SegmentsSettings,
    seed: int,
) -> Segmentation:
    """Everything that is told of the segments.

    Args:
        connection: with `net_lines` as of the segments' date.
        features: the CustomerFeatures contract.
        ids: the segments, one a row of it.
        matrix: the scaled features.
        columns: the features of the fit, which the rules speak of.
        continued: how the segments continue a previous version's; None where there is none.
        attributes: what is known of the customers beyond their purchases, if anything.
        dataset, naming, settings: of the data set, the names and the segments.
        seed: of the rules.
    """
    profiles = profile_segments(features, ids)
    by_rules = naming_rules(naming)
    kept = kept_names(continued)
    rules = explain_segments(
        features,
        ids,
        columns=columns,
        most_rules=settings.rules.most,
        smallest_rule=settings.rules.smallest,
        folds=settings.rules.folds,
        seed=seed,
    )
    segment_of = pd.DataFrame({"customer_id": features["customer_id"], "segment_id": ids})
    segments = describe(
        profiles,
        name_segments(profiles, by_rules, kept=kept),
        features=features,
        rules=rules,
        typical=typical_customers(matrix, ids, count=settings.typical_customers),
        habits=describe_habits(connection, segment_of),
        attributes=_attribute_profiles(attributes, segment_of, dataset),
    )
    return Segmentation(
        ids,
        segments,
        rules,
        _changes(continued, features, ids, profiles, by_rules, kept) if continued else None,
        max(int(ids.max()), continued.previous.last_id if continued else 0),
    )


def naming_rules(settings: NamingSettings) -> list[NamingRule]:
    """The rules of conf/segment_names.yaml as the naming takes them."""
    return [
        NamingRule(rule.id, rule.when, Name(rule.id, rule.name, rule.description, rule.action))
        for rule in settings.rules
    ]


def rule_cards(rules: RuleList, *, currency: str) -> list[dict[str, Any]]:
    """The rules as a version keeps them: plain data with their texts in every language."""

    def told(conditions: list[dict[str, Any]]) -> dict[str, str]:
        return {language: describe_conditions(conditions, language, currency=currency) for language in LANGUAGES}

    cards = []
    for rule in rules.rules:
        conditions = [asdict(condition) for condition in rule.conditions]
        cards.append(
            {
                "segment_id": rule.segment_id,
                "customers": rule.customers,
                "precision": rule.precision,
                "text": told(conditions),
                "conditions": [{**condition, "text": told([condition])} for condition in conditions],
            }
        )
    return cards


def _centres(medians: Mapping[int, Mapping[str, float]], scaler: Any) -> dict[int, np.ndarray]:
    frame = pd.DataFrame.from_dict(medians, orient="index")
    # A figure that a segment does not have takes the scaler's own median.
    points = scaler.transform(frame.reindex(columns=scaler.feature_names_in_))
    return dict(zip(medians, points, strict=True))


def kept_names(continued: Continued | None) -> dict[int, Name]:
    """Segment id -> the name that it had before and keeps."""
    if continued is None:
        return {}
    kept = {match.previous for match in continued.matches}
    return {
        segment["id"]: Name(segment["rule"], segment["name"], segment["description"], segment["action"])
        for segment in continued.previous.segments
        if segment["id"] in kept
    }


def _attribute_profiles(
    attributes: pd.DataFrame | None, segment_of: pd.DataFrame, dataset: DatasetSettings
) -> dict[int, list[dict[str, Any]]]:
    if attributes is None or dataset.attributes is None:
        return {}
    kinds = {name: column.kind for name, column in dataset.attributes.columns.items()}
    return profile_attributes(attributes, segment_of, kinds)


def _changes(
    continued: Continued,
    features: pd.DataFrame,
    ids: np.ndarray,
    profiles: list[Profile],
    rules: list[NamingRule],
    kept: Mapping[int, Name],
) -> dict[str, Any]:
    previous = continued.previous
    before = previous.customers.set_index("customer_id")["segment_id"]
    index = pd.Index(features["customer_id"])
    moves = migration(before, pd.Series(ids, index), carried=pd.Series(continued.carried, index))
    # What the rules would call a segment today, where it is not what it is called.
    today = {
        profile.id: name.name
        for profile, name in zip(profiles, name_segments(profiles, rules), strict=True)
        if profile.id in kept and name.rule != kept[profile.id].rule
    }
    present = {profile.id for profile in profiles}
    sizes = before.value_counts()
    return {
        "from_version": continued.number,
        "from_as_of": previous.as_of.isoformat(),
        "shared": moves.shared,
        "moved": moves.moved,
        "moved_share": moves.moved / moves.shared if moves.shared else 0.0,
        "redrawn_share": moves.redrawn / len(ids),
        "arrived": len(ids) - moves.shared,
        "left": len(before) - moves.shared,
        "previous": [
            {"id": segment["id"], "name": segment["name"], "customers": int(sizes.get(segment["id"], 0))}
            for segment in previous.segments
        ],
        "flows": moves.flows,
        "new": sorted(present - set(kept)),
        "gone": sorted({segment["id"] for segment in previous.segments} - present),
        "matched": [
            {"id": match.previous, "jaccard": match.jaccard, "renamed_by_rules": today.get(match.previous)}
            for match in continued.matches
        ],
    }
