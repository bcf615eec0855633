"""The promotion checks of the churn model."""

from datetime import date
from pathlib import Path

import pandas as pd

from clientela.churn.model import ChurnLookup
from clientela.churn.version import FROM_TABLE, FROM_WINDOW, open_lookup, read_version, version_code
from clientela.registry import CheckResult, Registered, VersionSummary
from clientela.registry.checks import check_dataset, check_freshness, check_metrics
from clientela.registry.model_kind import LoadedVersion, ModelKind, first_version_checks
from clientela.registry.probe import GoldenField, unknown_id
from clientela.settings import PromotionSettings, load_churn_model

LABELS = {FROM_TABLE: "churn by the table of customers", FROM_WINDOW: "no purchase"}
GOLDEN_IDS = 20  # customers at the highest, and as many at the lowest risk, whose answers are checked
CHECKS = ("comparable", "window", "metrics", "fresh")


def model_kind(conf: Path) -> ModelKind[ChurnLookup]:
    """How versions of the churn model are read and checked."""
    return ModelKind(
        model=load_churn_model(conf=conf),
        code=version_code(),
        load=load_version,
        gate_checks=gate_checks,
        first_version_checks=first_version_checks(CHECKS),
        open=open_lookup,
    )


def load_version(registered: Registered, files: Path) -> LoadedVersion:
    """Read a version of the churn model.

    Raises:
        RegistryError: a file is missing or has another form.
    """
    content = read_version(files)
    probability_of = content.customers.set_index("customer_id")["probability"]
    as_of = date.fromisoformat(content.card["as_of"])
    summary = VersionSummary(registered.number, registered.tags, as_of, probability_of)
    return LoadedVersion(summary, golden_probabilities(probability_of))


def golden_probabilities(probability_of: pd.Series) -> GoldenField:
    """A request for the customers at the highest and at the lowest risk of a version's table, and an unknown id."""
    ordered = probability_of.sort_values(kind="stable")
    chosen = pd.concat([ordered.head(GOLDEN_IDS), ordered.tail(GOLDEN_IDS)])
    values = {str(id_): float(value) for id_, value in chosen.items()}
    return GoldenField("probability", values, unknown_id(ordered.index))


def gate_checks(challenger: VersionSummary, champion: VersionSummary, limits: PromotionSettings) -> list[CheckResult]:
    """Check a version of the churn model against the champion.

    The set of customers changes from month to month, so a version need not know all of the champion's customers.

    Args:
        challenger: version that is to become champion.
        champion: version that is champion.
        limits: promotion settings.

    Returns:
        One result per check, in the order of `CHECKS`; only the first two where one of them fails.
    """
    same = [check_dataset(challenger, champion), _check_window(challenger, champion)]
    if not all(result.passed for result in same):
        return same
    # Each version's metrics were measured on the test set of its own run.
    metrics = check_metrics(challenger, champion, tolerances=limits.churn_worse_by.model_dump())
    return [*same, metrics, check_freshness(challenger, champion)]


def _check_window(challenger: VersionSummary, champion: VersionSummary) -> CheckResult:
    """Check that both versions predict the same label (the tag `label`) within the same days (`window_days`)."""
    ours, theirs = (
        f"{LABELS.get(version.tags.get('label', ''), 'churn')} within {version.tags.get('window_days')} days"
        for version in (challenger, champion)
    )
    sentence = f"The version predicts {ours}; the champion predicts {theirs}. Both must be the same."
    return CheckResult("window", ours == theirs, sentence, ours, theirs)
