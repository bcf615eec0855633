"""Registering a version, and reading the champion back: what a refit, a refresh and a batch score share."""

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd

from clientela import registry
from clientela.segmentation import version as index
from clientela.segmentation.describe import Segmentation, rule_cards
from clientela.segmentation.version import MEMBERSHIP, Version, model_spec, read_version, write_version


def make_version(
    segmentation: Segmentation,
    features: pd.DataFrame,
    clustering: Mapping[str, Any],
    *,
    as_of: date,
    currency: str,
    members: pd.Series | None = None,
) -> Version:
    """What is registered of a segmentation.

    Args:
        segmentation: the described segments.
        features: the CustomerFeatures contract, in the segmentation's order.
        clustering: scaler, predictor and the segment id of each label.
        as_of: of the features.
        currency: of the data set, for the rules' texts.
        members: whether customers are members of the Insiders programme, by customer_id; None where there is none.
    """
    rules = rule_cards(segmentation.rules, currency=currency)
    spoken_of = {condition["feature"] for rule in rules for condition in rule["conditions"]}
    figures = [*index.FIGURES, *sorted(spoken_of - set(index.FIGURES))]
    customers = features[["customer_id", *figures]].copy()
    customers.insert(1, "segment_id", segmentation.ids)
    customers.insert(2, "rule", segmentation.rules.rule_of)
    if members is not None:
        known = members.astype(object).reindex(customers["customer_id"])
        customers[MEMBERSHIP] = known.where(known.notna(), None).to_numpy()
    return Version(as_of, customers, segmentation.segments, rules, clustering, segmentation.last_id)


def register_version(
    version: Version, *, model: str, run_id: str, note: str, tags: dict[str, str]
) -> tuple[str, str, list[str]]:
    """Register it; returns its number, the alias that it got, and two ids to try it with."""
    example_ids = list(version.customers["customer_id"].head(2))
    with tempfile.TemporaryDirectory() as folder:
        number, alias = registry.register(
            model,
            model_spec(),
            run_id=run_id,
            artifacts=write_version(Path(folder), version),
            example_ids=example_ids,
            note=note,
            tags=tags,
        )
    return number, alias, example_ids


@dataclass(frozen=True)
class Registered:
    """A version of the registry with its content."""

    number: str
    tags: Mapping[str, str]
    version: Version


def find_champion(model: str, *, dataset: str) -> Registered | None:
    """The champion; None where there is none, or it was made of another data set.

    Raises:
        RegistryError: it cannot be read.
    """
    found = registry.champion_of(model, dataset=dataset)
    if found is None:
        return None
    return Registered(found.number, found.tags, read_version(found.files))


def require_version(model: str, *, dataset: str, number: str | None = None) -> Registered:
    """A version by its number, the champion where None.

    Raises:
        RegistryError: there is none, it was made of another data set, or it cannot be read.
    """
    found = registry.require(model, dataset=dataset, number=number, otherwise="Run a comparison first.")
    return Registered(found.number, found.tags, read_version(found.files))
