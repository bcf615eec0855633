"""Builds and registers a version of the Insiders programme."""

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from clientela import registry
from clientela.contracts import LANGUAGES
from clientela.insiders.findings import Made
from clientela.insiders.report.conditions import rule_texts
from clientela.insiders.report.data import plain_rules
from clientela.insiders.report.texts import summary_note
from clientela.insiders.version import InsidersVersion, model_spec, write_version
from clientela.loading import ShopData
from clientela.settings import Settings


def version_of(data: ShopData, made: Made, settings: Settings) -> InsidersVersion:
    """What is registered: every customer with figures and membership, and the rules with their texts."""
    moment, programme = made.contest.today.moment, made.programme
    rules = plain_rules(programme.rules)
    figures = moment.figures[programme.rules.window_days]
    customers = pd.DataFrame(
        {
            "customer_id": moment.customers,
            "member": programme.member,
            "enters": programme.rules.entry.hold(figures),
            **{name: figures[name].to_numpy() for name in ("spend", "orders", "days")},
            **{name: made.worth.customers[name].to_numpy() for name in ("expected", "low", "high")},
        }
    )
    currency = settings.dataset.currency
    texts_of = {language: rule_texts(rules, language, currency=currency) for language in LANGUAGES}
    card = {
        "rules": rules,
        "window_days": rules["window_days"],
        "months": made.worth.months,
        "level": settings.insiders.interval,
        "currency": currency,
        "texts": {
            kind: {language: texts_of[language][kind] for language in LANGUAGES} for kind in ("entry", "removal")
        },
    }
    return InsidersVersion(data.as_of, customers, card)


def register_insiders(
    version: InsidersVersion, summary: Mapping[str, Any], *, run_id: str
) -> tuple[str, str, list[str]]:
    """Register it; returns its number, the alias that it got, and two ids to try it with: a member and another."""
    customers = version.customers
    inside, outside = (customers.loc[customers["member"] == is_in, "customer_id"] for is_in in (True, False))
    example_ids = [*inside.head(1), *outside.head(1)]
    with tempfile.TemporaryDirectory() as folder:
        number, alias = registry.register(
            summary["model"],
            model_spec(),
            run_id=run_id,
            artifacts=write_version(Path(folder), version),
            example_ids=example_ids,
            note=summary_note(summary),
            tags=_tags(summary, run_id),
        )
    return number, alias, example_ids


def _tags(summary: Mapping[str, Any], run_id: str) -> dict[str, str]:
    shop = summary["shop"]
    return {
        **{key: str(shop[key]) for key in ("dataset", "digest", "as_of")},
        "customers": str(summary["data"]["customers"]),
        "members": str(summary["programme"]["members"]),
        "order": summary["contest"]["choice"],
        "parent_run": run_id,
    }
