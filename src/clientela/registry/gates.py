"""The gate: named checks of a version that is to become champion, each with a verdict and both figures in a sentence.

Pure functions on two versions; what they need is read by the workflow.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import pandas as pd

NO_CHAMPION = "There is no champion to compare with."


@dataclass(frozen=True)
class Gate:
    """The result of one check; `measured` and `required` are None where there is nothing to compare."""

    name: str
    passed: bool
    sentence: str
    measured: float | str | None = None
    required: float | str | None = None


@dataclass(frozen=True)
class Side:
    """A version as the checks see it.

    Attributes:
        number: in the registry.
        tags: of the version.
        as_of: of its features.
        segment_of: segment id by customer_id; of other models than the segments', what they say of a customer.
    """

    number: str
    tags: Mapping[str, str]
    as_of: date
    segment_of: pd.Series


def compares(challenger: Side, champion: Side) -> Gate:
    """Both are made of the same data set (the tag `dataset`)."""
    ours, theirs = challenger.tags.get("dataset"), champion.tags.get("dataset")
    if ours == theirs:
        return Gate("comparable", True, f"Both versions are made of the data set {ours!r}.", ours, theirs)
    sentence = (
        f"Version {challenger.number} is made of the data set {ours!r}, the champion (version {champion.number}) of "
        f"{theirs!r}: they cannot be compared."
    )
    return Gate("comparable", False, sentence, ours, theirs)


def knows_the_customers(challenger: Side, champion: Side, *, least: float) -> Gate:
    """It knows the champion's customers."""
    known = champion.segment_of.index.isin(challenger.segment_of.index)
    share = float(known.mean()) if len(known) else 1.0
    sentence = f"It knows {share:.2%} of the champion's {len(known):,} customers; at least {least:.2%} are required"
    if not known.all():
        sentence += f" ({(~known).sum():,} missing)"
    return Gate("covers", share >= least, f"{sentence}.", share, least)


def keeps_the_metrics(challenger: Side, champion: Side, *, worse_by: Mapping[str, float]) -> Gate:
    """None of its metrics is further below the champion's than `worse_by` says; what is not known is not judged."""
    passed = True
    parts, measured, required = [], [], []
    for name, tolerance in worse_by.items():
        ours, theirs = _metric(challenger, name), _metric(champion, name)
        if ours is None or theirs is None:
            whose = " and ".join(
                who for who, value in (("this version", ours), ("the champion", theirs)) if value is None
            )
            parts.append(f"{name} is not known of {whose}")
            continue
        least = theirs - tolerance
        # The tags have four decimals.
        passed &= round(ours, 4) >= round(least, 4)
        parts.append(f"{name} is {ours:.4f} against {theirs:.4f} (at least {least:.4f} is required)")
        measured.append(f"{name} {ours:.4f}")
        required.append(f"{name} {least:.4f}")
    sentence = "; ".join(parts)
    return Gate(
        "metrics",
        bool(passed),
        f"{sentence[:1].upper()}{sentence[1:]}.",
        ", ".join(measured) or None,
        ", ".join(required) or None,
    )


def is_fresh(challenger: Side, champion: Side) -> Gate:
    """Its as-of date is not before the champion's."""
    sentence = f"It is as of {challenger.as_of}; the champion is as of {champion.as_of}, before which it must not lie."
    return Gate("fresh", challenger.as_of >= champion.as_of, sentence, str(challenger.as_of), str(champion.as_of))


def _metric(side: Side, name: str) -> float | None:
    try:
        value = float(side.tags[name])
    except (KeyError, ValueError):
        return None
    return value if math.isfinite(value) else None
