"""A version of the churn model: its card, its registration, and reading one back."""

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from sklearn.pipeline import Pipeline

from clientela import registry
from clientela.churn.features import CATEGORIES, families_of, service_columns
from clientela.churn.models import UNKNOWN, is_signed
from clientela.churn.report.values import translated_values, value_name
from clientela.churn.scorer import ChurnScorer, customer_rows
from clientela.churn.tuning import Fitted
from clientela.churn.version import ChurnVersion, model_spec, read_version, write_version
from clientela.contracts import LANGUAGES, MONEY_FEATURES
from clientela.lookup.id_lookup import MOST_DETAILS
from clientela.reporting.words import Words
from clientela.settings import BandSettings, CostSettings

REASONS = 3


def build_version(
    fitted: Fitted,
    rows: pd.DataFrame,
    present: pd.DataFrame,
    *,
    services: Sequence[str],
    bands: BandSettings,
    costs: CostSettings,
    window_days: int,
    as_of: str,
    currency: str,
) -> ChurnVersion:
    """What is registered of a fitted model.

    Args:
        fitted: the chosen model.
        rows: that it was fitted on: what is typical comes from them.
        present: the customers who get a probability.
        services: that have columns, by their own names.
        bands: as shares of the present customers.
        costs: of a call.
        window_days: in which a customer leaves.
        as_of: ISO date of the present.
        currency: of the data set.
    """
    words: dict[str, Words] = {language: Words(language, currency=currency, book="churn") for language in LANGUAGES}
    card: dict[str, Any] = {
        "as_of": as_of,
        "window_days": window_days,
        "ids_a_request": MOST_DETAILS,
        "model": fitted.name,
        "reasons": REASONS,
        "services": list(services),
        "columns": [_column(name, rows[name], services, words) for name in fitted.columns],
        "families": [{"name": family, "columns": columns} for family, columns in families_of(fitted.columns).items()],
        "calibration": list(fitted.calibration),
        "costs": costs.model_dump(),
        "words": {language: _words_of(one) for language, one in words.items()},
    }
    return with_customers(card, fitted.pipeline, present, bands=bands)


def with_customers(
    card: Mapping[str, Any], pipeline: Pipeline, present: pd.DataFrame, *, bands: BandSettings
) -> ChurnVersion:
    """The version with the present customers judged, and the bands at their quantiles."""
    customers = customer_rows(ChurnScorer(card, pipeline), card, present)
    customers.insert(0, "customer_id", present["customer_id"].to_numpy())
    probability = customers["probability"].to_numpy()
    bounds = {
        "high": threshold_of_top_share(probability, bands.high),
        "medium": threshold_of_top_share(probability, bands.high + bands.medium),
    }
    return ChurnVersion({**card, "bands": bounds}, pipeline, customers)


def threshold_of_top_share(probability: np.ndarray, share: float) -> float:
    """The probability from which on about a share of the customers lies; 1.0 where nobody is the nearest to it.

    Customers of one probability are on one side: where a model tells few groups apart, a band is far from its share.
    """
    levels, counts = np.unique(probability, return_counts=True)
    above = np.append(np.cumsum(counts[::-1])[::-1], 0) / len(probability)
    return float(np.append(levels, 1.0)[np.argmin(np.abs(above - share))])


def _column(name: str, values: pd.Series, services: Sequence[str], words: Mapping[str, Words]) -> dict[str, Any]:
    label = {language: feature_label(name, services, one) for language, one in words.items()}
    if name in CATEGORIES:
        typical = values.astype(object).where(values.notna(), UNKNOWN).mode().iloc[0]
        return {"name": name, "kind": "category", "typical": typical, "unit": "", "label": label}
    quartiles = values.quantile([0.25, 0.5, 0.75])
    spread = float(quartiles[0.75] - quartiles[0.25]) or float(values.std()) or 1.0
    return {
        "name": name,
        "kind": "number",
        "typical": float(quartiles[0.5]),
        "spread": spread if np.isfinite(spread) else 1.0,
        "least": None if is_signed(name) else 0.0,
        "hidden": name.startswith("orders_lost_"),
        "unit": _unit(name),
        "label": label,
    }


def _unit(name: str) -> str:
    if name in MONEY_FEATURES:
        return "money"
    return "share" if name.startswith("spend_share_") or name.endswith(("_share", "_shift")) else ""


def feature_label(name: str, services: Sequence[str], words: Words) -> str:
    """A feature's name in plain words, in small letters; those of a service name it."""
    for service, column in service_columns(services).items():
        for kind in ("recent_orders", "earlier_orders", "orders_lost", "spend_share"):
            if name == f"{kind}_{column}":
                return words.text(f"churn.services.{kind}", service=value_name(service, words))
    label = words.label(name)
    return label[:1].lower() + label[1:]


def _words_of(words: Words) -> dict[str, str]:
    found = {key: words.text(f"churn.reason.{key}", label="{label}", value="{value}", typical="{typical}")
             for key in ("raises", "lowers", "missing", "signs")}  # fmt: skip
    values = {f"value.{value}": value_name(value, words) for value in translated_values()}
    return found | values | {"money": words.amount("{}")}


def register_version(
    version: ChurnVersion, *, model: str, run_id: str, note: str, tags: Mapping[str, str]
) -> tuple[str, str, list[str]]:
    """Register it; returns its number, the alias that it got, and two ids to try it with."""
    example_ids = list(version.customers["customer_id"].head(2))
    with tempfile.TemporaryDirectory() as folder:
        number, alias = registry.register(
            model,
            model_spec(version.card["columns"]),
            run_id=run_id,
            artifacts=write_version(Path(folder), version),
            example_ids=example_ids,
            note=note,
            tags=tags,
        )
    return number, alias, example_ids


@dataclass(frozen=True)
class RegisteredVersion:
    """A version of the registry with its content."""

    number: str
    tags: Mapping[str, str]
    version: ChurnVersion


def require_version(model: str, *, dataset: str, number: str | None = None) -> RegisteredVersion:
    """A version by its number, the champion where None.

    Raises:
        RegistryError: there is none, it was made of another data set, or it cannot be read.
    """
    found = registry.require(model, dataset=dataset, number=number, otherwise="Run -e churn first.")
    return RegisteredVersion(found.number, found.tags, read_version(found.files))
