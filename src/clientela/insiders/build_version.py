"""Builds and registers a version of the Insiders programme."""

import tempfile
from pathlib import Path

import pandas as pd

from clientela import registry
from clientela.contracts import LANGUAGES
from clientela.insiders.log import version_tags
from clientela.insiders.report.conditions import rule_texts
from clientela.insiders.report.schema import ReportData
from clientela.insiders.report.texts import summary_note
from clientela.insiders.results import InsidersResult
from clientela.insiders.rules import rules_data
from clientela.insiders.version import InsidersVersion, ProgrammeCard, model_spec, write_version
from clientela.processes import folder_prefix
from clientela.pseudonyms import PseudonymCard
from clientela.registry.probe import unknown_id
from clientela.settings import Settings


def build_version(
    result: InsidersResult, settings: Settings, *, pseudonyms: PseudonymCard | None = None
) -> InsidersVersion:
    """Build what is registered: every customer with figures and membership, and the rules with their texts.

    Args:
        result: results of the run.
        settings: settings of the data set and of the programme.
        pseudonyms: key with which the ids of the customers were made; None for the shop's own ids.

    Returns:
        The version.
    """
    snapshot = result.comparison.today.inputs.snapshot
    return InsidersVersion(snapshot.as_of, _customers(result), {**_card(result, settings), "pseudonyms": pseudonyms})


def register_version(
    version: InsidersVersion, report: ReportData, *, run_id: str, hide_ids: bool
) -> tuple[str, str, list[str]]:
    """Register a version of the programme.

    Args:
        version: what is registered.
        report: report data of the run, for the version's note and tags.
        run_id: MLflow run that logs the model.
        hide_ids: whether the example ids are no customers'.

    Returns:
        The version's number, the alias that it got, and example ids: a member and another customer, or an unknown id.
    """
    customers = version.customers
    members, others = (customers.loc[customers["member"] == is_in, "customer_id"] for is_in in (True, False))
    unknown = [unknown_id(pd.Index(customers["customer_id"]))]
    with tempfile.TemporaryDirectory(prefix=folder_prefix("registering")) as folder:
        number, alias = registry.register(
            report["model"],
            model_spec(),
            run_id=run_id,
            artifacts=write_version(Path(folder), version),
            example_ids=unknown,  # MLflow shows it
            note=summary_note(report),
            tags=version_tags(report, run_id=run_id),
        )
    return number, alias, unknown if hide_ids else [*members.head(1), *others.head(1)]


def _customers(result: InsidersResult) -> pd.DataFrame:
    inputs, programme = result.comparison.today.inputs, result.programme
    figures, expected = inputs.figures[programme.rules.window_days], result.expected.customers
    return pd.DataFrame(
        {
            "customer_id": inputs.snapshot.customers,
            "member": programme.member,
            "enters": programme.rules.entry.hold(figures),
            **{name: figures[name].to_numpy() for name in ("spend", "orders", "days")},
            **{name: expected[name].to_numpy() for name in ("expected", "low", "high")},
        }
    )


def _card(result: InsidersResult, settings: Settings) -> ProgrammeCard:
    rules, currency = rules_data(result.programme.rules), settings.dataset.currency
    texts = {language: rule_texts(rules, language, currency=currency) for language in LANGUAGES}
    return {
        "rules": rules,
        "window_days": rules["window_days"],
        "months": result.expected.months,
        "level": settings.insiders.interval,
        "currency": currency,
        "texts": {kind: {language: texts[language][kind] for language in LANGUAGES} for kind in ("entry", "removal")},
    }
