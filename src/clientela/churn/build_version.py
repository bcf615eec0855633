"""Builds a version of the churn model from a fitted model, and registers it."""

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from sklearn.pipeline import Pipeline

from clientela import registry
from clientela.churn.features import CATEGORIES, families_of, service_columns
from clientela.churn.models import UNKNOWN, is_signed
from clientela.churn.report.values import translated_values, value_name
from clientela.churn.rows import ChurnRows
from clientela.churn.scorer import ChurnScorer, customer_rows
from clientela.churn.tuning import FittedModel
from clientela.churn.version import ChurnVersion, model_spec, write_version
from clientela.contracts import LANGUAGES, MONEY_FEATURES
from clientela.lookup.limits import MAX_IDS_WITH_DETAILS
from clientela.processes import folder_prefix
from clientela.pseudonyms import PseudonymCard
from clientela.registry.probe import unknown_id
from clientela.reporting.words import Words
from clientela.settings import BandSettings, ChurnSettings

REASONS = 3


def build_version(
    fitted: FittedModel,
    rows: ChurnRows,
    settings: ChurnSettings,
    *,
    window_days: int,
    as_of: str,
    currency: str,
    pseudonyms: PseudonymCard | None = None,
) -> ChurnVersion:
    """The content of a version: the fitted model with the current customers and their predictions.

    Args:
        fitted: the chosen model, fitted to `rows.known`.
        rows: rows with known outcomes, which give typical values, and the current customers.
        settings: churn settings: costs of a call, and sizes of the bands.
        window_days: length of the churn window in days.
        as_of: as-of date (ISO).
        currency: ISO 4217 code, or empty.
        pseudonyms: key with which the ids of the customers were made; None for the shop's own ids.

    Returns:
        The version, not registered yet.
    """
    words: dict[str, Words] = {language: Words(language, currency=currency, book="churn") for language in LANGUAGES}
    card: dict[str, Any] = {
        "as_of": as_of,
        "window_days": window_days,
        "pseudonyms": pseudonyms,
        "ids_a_request": MAX_IDS_WITH_DETAILS,
        "model": fitted.name,
        "reasons": REASONS,
        "services": list(rows.services),
        "columns": [_column(name, rows.known[name], rows.services, words) for name in fitted.columns],
        "families": [{"name": family, "columns": columns} for family, columns in families_of(fitted.columns).items()],
        "calibration": list(fitted.calibration),
        "costs": settings.costs.model_dump(),
        "words": {language: _words_of(one) for language, one in words.items()},
    }
    return with_customers(card, fitted.pipeline, rows.current, bands=settings.bands)


def with_customers(
    card: Mapping[str, Any], pipeline: Pipeline, current: pd.DataFrame, *, bands: BandSettings
) -> ChurnVersion:
    """A version with predictions for the current customers, and the bands at quantiles of their probabilities.

    Args:
        card: card of the version without the bands.
        pipeline: scikit-learn pipeline, fitted on the card's columns.
        current: current customers with features, one row per customer.
        bands: sizes of the bands, as shares of the customers.

    Returns:
        The version with its card complete.
    """
    customers = customer_rows(ChurnScorer(card, pipeline), card, current)
    customers.insert(0, "customer_id", current["customer_id"].to_numpy())
    probability = customers["probability"].to_numpy()
    bounds = {
        "high": threshold_of_top_share(probability, bands.high),
        "medium": threshold_of_top_share(probability, bands.high + bands.medium),
    }
    return ChurnVersion({**card, "bands": bounds}, pipeline, customers)


def threshold_of_top_share(probability: np.ndarray, share: float) -> float:
    """The lowest probability in the top share of the customers.

    Customers with equal probabilities stay together, so the group whose size is closest to the share is used. If
    that is the empty group, the result is 1.0.
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
    """Plain name of a feature in lower case; columns of a service contain the name of the service.

    Args:
        name: column of the churn features.
        services: services with columns of their own.
        words: words of the language.

    Returns:
        The name.
    """
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
    version: ChurnVersion, *, model: str, run_id: str, note: str, tags: Mapping[str, str], hide_ids: bool
) -> tuple[str, str, list[str]]:
    """Register a version.

    Args:
        version: content of the version.
        model: name of the registered model.
        run_id: the run that made it.
        note: description (Markdown).
        tags: tags of the version.
        hide_ids: whether the example ids are no customers'.

    Returns:
        Number, alias, and two customer ids as an example request, or an unknown id.
    """
    ids = version.customers["customer_id"]
    unknown = [unknown_id(pd.Index(ids))]
    with tempfile.TemporaryDirectory(prefix=folder_prefix("registering")) as folder:
        number, alias = registry.register(
            model,
            model_spec(version.card["columns"]),
            run_id=run_id,
            artifacts=write_version(Path(folder), version),
            example_ids=unknown,  # MLflow shows it
            note=note,
            tags=tags,
        )
    return number, alias, unknown if hide_ids else list(ids.head(2))
