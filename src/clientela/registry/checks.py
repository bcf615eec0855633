"""The checks that the gates of all products share: pure functions that compare two versions.

A gate is a list of checks. A version becomes champion when it passes all of them.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import pandas as pd

NO_CHAMPION = "There is no champion to compare with."


@dataclass(frozen=True)
class CheckResult:
    """The result of one check.

    Attributes:
        name: name of the check.
        passed: whether the version passed.
        sentence: what was measured and what is required, for a person.
        measured: measured value; None if nothing can be measured.
        required: required value; None if nothing is required.
    """

    name: str
    passed: bool
    sentence: str
    measured: float | str | None = None
    required: float | str | None = None


@dataclass(frozen=True)
class VersionSummary:
    """The part of a version that the checks compare.

    Attributes:
        number: version number in the registry.
        tags: tags of the version.
        as_of: as-of date.
        answer_of: answer by customer_id: the segment id, the membership or the probability.
    """

    number: str
    tags: Mapping[str, str]
    as_of: date
    answer_of: pd.Series


def check_dataset(challenger: VersionSummary, champion: VersionSummary) -> CheckResult:
    """Check that both versions were built from the same data set (the tag `dataset`)."""
    ours, theirs = challenger.tags.get("dataset"), champion.tags.get("dataset")
    if ours == theirs:
        return CheckResult("comparable", True, f"Both versions were built from the data set {ours!r}.", ours, theirs)
    sentence = (
        f"Both versions must be built from the same data set. Version {challenger.number} was built from {ours!r}, "
        f"the champion (version {champion.number}) from {theirs!r}."
    )
    return CheckResult("comparable", False, sentence, ours, theirs)


def check_coverage(challenger: VersionSummary, champion: VersionSummary, *, least: float) -> CheckResult:
    """Check that the challenger knows the champion's customers.

    Args:
        challenger: version that is to become champion.
        champion: version that is champion.
        least: required share of the champion's customers, between 0 and 1.

    Returns:
        The result of the check `covers`.
    """
    known = champion.answer_of.index.isin(challenger.answer_of.index)
    share = float(known.mean()) if len(known) else 1.0
    sentence = (
        f"The version knows {share:.2%} of the champion's {len(known):,} customers; at least {least:.2%} are required"
    )
    if not known.all():
        sentence += f" ({(~known).sum():,} missing)"
    return CheckResult("covers", share >= least, f"{sentence}.", share, least)


def check_metrics(
    challenger: VersionSummary, champion: VersionSummary, *, tolerances: Mapping[str, float]
) -> CheckResult:
    """Check that no metric is more than its tolerance below the champion's.

    Args:
        challenger: version that is to become champion.
        champion: version that is champion.
        tolerances: for each metric, how far it may be below the champion's. A metric without a value is skipped.

    Returns:
        The result of the check `metrics`.
    """
    passed = True
    parts, measured, required = [], [], []
    for name, tolerance in tolerances.items():
        ours, theirs = _metric(challenger, name), _metric(champion, name)
        if ours is None or theirs is None:
            versions = {"this version": ours, "the champion": theirs}
            lacking = " and ".join(version for version, value in versions.items() if value is None)
            parts.append(f"{name} is not known for {lacking}")
            continue
        least = theirs - tolerance
        # The tags have four decimals.
        passed &= round(ours, 4) >= round(least, 4)
        parts.append(f"{name} is {ours:.4f}, the champion's is {theirs:.4f} (at least {least:.4f} is required)")
        measured.append(f"{name} {ours:.4f}")
        required.append(f"{name} {least:.4f}")
    sentence = "; ".join(parts)
    return CheckResult(
        "metrics",
        bool(passed),
        f"{sentence[:1].upper()}{sentence[1:]}.",
        ", ".join(measured) or None,
        ", ".join(required) or None,
    )


def check_freshness(challenger: VersionSummary, champion: VersionSummary) -> CheckResult:
    """Check that the as-of date does not precede the champion's."""
    sentence = f"As-of date {challenger.as_of} must not precede the champion's ({champion.as_of})."
    passed = challenger.as_of >= champion.as_of
    return CheckResult("fresh", passed, sentence, str(challenger.as_of), str(champion.as_of))


def _metric(version: VersionSummary, name: str) -> float | None:
    try:
        value = float(version.tags[name])
    except (KeyError, ValueError):
        return None
    return value if math.isfinite(value) else None
