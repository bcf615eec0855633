"""The promotion checks of the Insiders model."""

from datetime import date
from pathlib import Path

import pandas as pd

from clientela.insiders.model import InsiderLookup
from clientela.insiders.version import open_lookup, read_members, version_code
from clientela.registry import CheckResult, Registered, VersionSummary
from clientela.registry.checks import check_coverage, check_dataset, check_freshness
from clientela.registry.model_kind import LoadedVersion, ModelKind, first_version_checks
from clientela.registry.probe import GoldenField, unknown_id
from clientela.settings import PromotionSettings, load_insiders

GOLDEN_IDS = 20  # members, and as many non-members, whose answers are checked
CHECKS = ("comparable", "covers", "fresh", "moves")


def model_kind(conf: Path) -> ModelKind[InsiderLookup]:
    """How versions of the programme are read and checked."""
    return ModelKind(
        model=load_insiders(conf=conf).model,
        code=version_code(),
        load=load_version,
        gate_checks=gate_checks,
        first_version_checks=first_version_checks(CHECKS),
        open=open_lookup,
    )


def load_version(registered: Registered, files: Path) -> LoadedVersion:
    """Read a version of the programme.

    Raises:
        RegistryError: a file is missing or does not have the expected form.
    """
    member_of = read_members(files)
    as_of = date.fromisoformat(registered.tags["as_of"])
    summary = VersionSummary(registered.number, registered.tags, as_of, member_of)
    return LoadedVersion(summary, golden_members(member_of))


def golden_members(member_of: pd.Series) -> GoldenField:
    """A request for the first members and the first non-members of a version's table, and an unknown id."""
    chosen = pd.concat([member_of[member_of].head(GOLDEN_IDS), member_of[~member_of].head(GOLDEN_IDS)])
    values = {str(id_): bool(member) for id_, member in chosen.items()}
    return GoldenField("member", values, unknown_id(member_of.index))


def gate_checks(challenger: VersionSummary, champion: VersionSummary, limits: PromotionSettings) -> list[CheckResult]:
    """Check a version of the programme against the champion.

    Membership changes follow from the rules. So `moves` only counts them and always passes.

    Args:
        challenger: version that is to become champion.
        champion: version that is champion.
        limits: promotion settings.

    Returns:
        One result per check, in the order of `CHECKS`.
    """
    return [
        check_dataset(challenger, champion),
        check_coverage(challenger, champion, least=limits.covers),
        check_freshness(challenger, champion),
        _count_moves(challenger.answer_of, champion.answer_of),
    ]


def _count_moves(now: pd.Series, before: pd.Series) -> CheckResult:
    was = before.reindex(now.index, fill_value=False)
    entered, left = int((now & ~was).sum()), int((was & ~now).sum())
    sentence = f"{int(now.sum()):,} members; compared with the champion, {entered:,} enter and {left:,} leave."
    return CheckResult("moves", True, sentence)
