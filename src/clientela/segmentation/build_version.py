"""Builds and registers a version, for a refit and for a refresh."""

import tempfile
from collections.abc import Mapping
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd

from clientela import registry
from clientela.contracts import LANGUAGES
from clientela.features.extra import with_indicators
from clientela.processes import folder_prefix
from clientela.pseudonyms import PseudonymCard
from clientela.registry.probe import unknown_id
from clientela.reporting.conditions import describe_conditions
from clientela.segmentation.describe import Segmentation
from clientela.segmentation.segments.rules import RuleList
from clientela.segmentation.version import (
    FIGURES,
    MEMBERSHIP,
    SINCE,
    TENURE,
    SegmentsVersion,
    figures_of_answers,
    model_spec,
    write_version,
)


def build_version(
    segmentation: Segmentation,
    features: pd.DataFrame,
    clustering: Mapping[str, Any],
    *,
    as_of: date,
    currency: str,
    labels: Mapping[str, Mapping[str, str]] | None = None,
    members: pd.Series | None = None,
    pseudonyms: PseudonymCard | None = None,
) -> SegmentsVersion:
    """Build the version of a segmentation.

    Args:
        segmentation: described segments.
        features: CustomerFeatures contract, rows as in the segmentation.
        clustering: scaler, predictor and the segment id of each label.
        as_of: as-of date of the features.
        currency: currency code of the data set.
        labels: labels of the data set's own features by language, for the rules' texts.
        members: whether customers are members of the Insiders programme, by customer_id; None without a programme.
        pseudonyms: key with which the ids of the customers were made; None for the shop's own ids.

    Returns:
        The version.
    """
    rules = rules_with_texts(segmentation.rules, currency=currency, labels=labels)
    used = {condition["feature"] for rule in rules for condition in rule["conditions"]}
    fit = list(clustering["scaler"].feature_names_in_)
    features = with_indicators(features, fit)
    own = set(figures_of_answers(features, fit))
    figures = [*FIGURES, *sorted({*used, *own, TENURE} - set(FIGURES))]
    customers = features[["customer_id", *figures]].copy()
    customers.insert(1, "segment_id", segmentation.ids)
    customers.insert(2, "rule", segmentation.rules.rule_of)
    customers[SINCE] = segmentation.since
    if members is not None:
        known = members.astype(object).reindex(customers["customer_id"])
        customers[MEMBERSHIP] = known.where(known.notna(), None).to_numpy()
    return SegmentsVersion(
        as_of,
        customers,
        segmentation.segments,
        rules,
        clustering,
        segmentation.last_id,
        new_customers=segmentation.new_customers,
        currency=currency,
        pseudonyms=pseudonyms,
    )


def rules_with_texts(
    rules: RuleList, *, currency: str, labels: Mapping[str, Mapping[str, str]] | None = None
) -> list[dict[str, Any]]:
    """The readable rules as plain data, with their texts in every language."""

    def text_of(conditions: list[dict[str, Any]]) -> dict[str, str]:
        return {
            language: describe_conditions(conditions, language, currency=currency, labels=labels)
            for language in LANGUAGES
        }

    described = []
    for rule in rules.rules:
        conditions = [asdict(condition) for condition in rule.conditions]
        described.append(
            {
                "segment_id": rule.segment_id,
                "customers": rule.customers,
                "precision": rule.precision,
                "text": text_of(conditions),
                "conditions": [{**condition, "text": text_of([condition])} for condition in conditions],
            }
        )
    return described


def register_version(
    version: SegmentsVersion, *, model: str, run_id: str, note: str, tags: dict[str, str], hide_ids: bool
) -> tuple[str, str, list[str]]:
    """Register a version.

    Args:
        version: the version.
        model: name of the registered model.
        run_id: id of the active run.
        note: description in Markdown.
        tags: tags of the version.
        hide_ids: whether the example ids are no customers'.

    Returns:
        Its number, the alias that it got, and two customer ids to try it with, or an unknown id.
    """
    ids = version.customers["customer_id"]
    unknown = [unknown_id(pd.Index(ids))]
    with tempfile.TemporaryDirectory(prefix=folder_prefix("registering")) as folder:
        number, alias = registry.register(
            model,
            model_spec(),
            run_id=run_id,
            artifacts=write_version(Path(folder), version),
            example_ids=unknown,  # MLflow shows it
            note=note,
            tags=tags,
        )
    return number, alias, unknown if hide_ids else list(ids.head(2))
