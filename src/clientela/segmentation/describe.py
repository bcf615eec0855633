"""From clusters to described segments: profiles, names, rules and the comparison with the previous version."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import duckdb
import numpy as np
import pandas as pd

from clientela.features.profile import profile_segments
from clientela.loading import ShopData
from clientela.segmentation.assignment import Assignment
from clientela.segmentation.previous_version import MigrationData, kept_names, migration_data, segments_since
from clientela.segmentation.segments.attribute_names import name_by_attributes
from clientela.segmentation.segments.attributes import AttributeData, profile_attributes
from clientela.segmentation.segments.habits import describe_habits
from clientela.segmentation.segments.naming import name_segments
from clientela.segmentation.segments.naming_rules import Name, NamingBook, Portrait, make_book, make_portraits
from clientela.segmentation.segments.new_customers import (
    NewCustomersData,
    new_customers_data,
    with_new_customers,
)
from clientela.segmentation.segments.rules import RuleList, explain_segments
from clientela.segmentation.segments.segment_data import SegmentData, segments_data
from clientela.segmentation.segments.typical_customers import typical_customers
from clientela.settings import Settings


@dataclass(frozen=True)
class Segmentation:
    """The described segments.

    Attributes:
        ids: segment id of each customer (customers,).
        segments: the segments, in order of value.
        rules: readable rules.
        migration: what changed since the version that the segments continue; None if they continue none.
        last_id: highest segment id ever used, also by segments that are gone.
        new_customers: who is a new customer, and what to do with one.
        since: as-of date of the first version that has the customer in this segment, without a break since
            (customers,).
    """

    ids: np.ndarray
    segments: list[SegmentData]
    rules: RuleList
    migration: MigrationData | None
    last_id: int
    new_customers: NewCustomersData
    since: np.ndarray


def describe_segments(
    connection: duckdb.DuckDBPyConnection,
    data: ShopData,
    assignment: Assignment,
    *,
    settings: Settings,
    seed: int,
) -> Segmentation:
    """Profile, name and explain segments.

    Args:
        connection: connection with the table `net_lines` as of the segments' date, if there are transactions.
        data: customer features and attributes.
        assignment: the customers' segments, rows as in the features.
        settings: settings of the data set, the names and the segments.
        seed: random seed of the readable rules.

    Returns:
        The segments with their rules and the migration from the previous version.
    """
    features, ids, continued = data.features, assignment.ids, assignment.continued
    profiles, naming = profile_segments(features, ids), settings.segment_names
    dataset = settings.dataset
    typical_count = 0 if dataset.has_pseudonyms else settings.segments.typical_customers
    book = make_book(naming, features, currency=dataset.currency, personas=dataset.personas, labels=dataset.labels)
    portraits, kept = make_portraits(features, ids, profiles, book), kept_names(continued)
    named = _names(portraits, book, data, assignment, settings)
    names = [
        with_new_customers(name, portrait.customers, naming.new_customers, book.words)
        for portrait, name in zip(portraits, named, strict=True)
    ]
    explained = explain_segments(
        features,
        ids,
        columns=assignment.columns,
        most_rules=settings.segments.rules.most,
        smallest_rule=settings.segments.rules.smallest,
        folds=settings.segments.rules.folds,
        seed=seed,
    )
    segment_of = pd.DataFrame({"customer_id": features["customer_id"], "segment_id": ids})
    smallest = dataset.smallest_group
    segments = segments_data(
        portraits,
        names,
        before={id_: name.name for id_, name in kept.items()},
        features=features,
        rules=explained,
        typical=typical_customers(assignment.matrix, ids, count=typical_count),
        habits=describe_habits(connection, segment_of, smallest_group=smallest) if data.has_transactions else {},
        attributes=_attribute_profiles(data, segment_of, smallest),
    )
    changes = migration_data(continued, features, portraits, names, book) if continued else None
    last_id = max(int(ids.max()), continued.previous.last_id if continued else 0)
    since = segments_since(features["customer_id"], ids, continued, as_of=data.as_of)
    return Segmentation(ids, segments, explained, changes, last_id, new_customers_data(naming.new_customers), since)


def _names(
    portraits: Sequence[Portrait], book: NamingBook, data: ShopData, assignment: Assignment, settings: Settings
) -> list[Name]:
    """Names by the rules, or by the columns of the fit if recency, frequency or spend is not known."""
    kept = kept_names(assignment.continued)
    if data.has_rfm:
        return name_segments(portraits, book, kept=kept)
    dataset = settings.dataset
    names = name_by_attributes(
        data.features,
        assignment.ids,
        columns=assignment.columns,
        labels=dataset.labels,
        levels=dataset.levels,
        least_share=book.kept.least_share,
        kept=kept,
    )
    return [names[portrait.profile.id] for portrait in portraits]


def _attribute_profiles(
    data: ShopData, segment_of: pd.DataFrame, smallest_group: int
) -> Mapping[int, Sequence[AttributeData]]:
    if data.attributes is None:
        return {}
    return profile_attributes(data.attributes, segment_of, data.extra.kinds, smallest_group=smallest_group)
