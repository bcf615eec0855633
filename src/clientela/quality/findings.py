"""Findings: what a reader should know about the data before the results."""

from typing import Literal, NotRequired, TypedDict, get_args

Kind = Literal[
    "missing", "stale", "invalid", "duplicates", "inconsistent", "disagreement", "gap", "level_change", "outliers"
]
KINDS: tuple[str, ...] = get_args(Kind)
Value = str | int | float


class Finding(TypedDict):
    """One finding.

    Attributes:
        kind: kind of the finding.
        rule: name of the rule within the kind, which is the key of its sentence.
        subject: column, measure or source that it is about.
        values: the figures of its sentence; dates are ISO texts.
        explained: why it is no warning, such as "season" or "year_end"; missing for a warning.
    """

    kind: Kind
    rule: str
    subject: str
    values: dict[str, Value]
    explained: NotRequired[str]


def is_warning(finding: Finding) -> bool:
    """Whether a reader should act; explained findings are only listed."""
    return "explained" not in finding
