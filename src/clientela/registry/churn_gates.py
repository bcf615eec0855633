"""The gate of the churn model: what a version must be to become champion. Pure functions on two versions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from clientela.registry.gates import Gate


@dataclass(frozen=True)
class ChurnSide:
    """A version as the checks see it: its number, its tags, and the as-of date of its probabilities."""

    number: str
    tags: Mapping[str, str]
    as_of: date


@dataclass(frozen=True)
class ChurnGolden:
    """A request whose answer is known.

    Attributes:
        probabilities: customer id -> probability.
        unknown: an id that the version does not know.
    """

    probabilities: Mapping[str, float]
    unknown: str

    @property
    def ids(self) -> list[str]:
        """What is asked."""
        return [*self.probabilities, self.unknown]

    def is_right(self, id_: str, plain: Any, detailed: Any) -> bool:
        """Whether both answers are as the version's table says."""
        wanted = self.probabilities.get(id_)
        return all(
            isinstance(told, dict) and told.get("customer_id") == id_ and told.get("probability") == wanted
            for told in (plain, detailed)
        )


def compare_churn(challenger: ChurnSide, champion: ChurnSide, *, worse_by: Mapping[str, float]) -> list[Gate]:
    """All checks of a version against the champion; only the first where they are of different data sets or windows.

    Args:
        challenger: the version that is to become champion.
        champion: the version that is.
        worse_by: metric (a tag of the versions) -> by how much it may be below the champion's.
    """
    same = compares(challenger, champion)
    if not same.passed:
        return [same]
    return [same, keeps_the_metrics(challenger, champion, worse_by=worse_by), is_fresh(challenger, champion)]


def compares(challenger: ChurnSide, champion: ChurnSide) -> Gate:
    """Both foretell the same: one data set, one window."""
    ours, theirs = (_told(side.tags) for side in (challenger, champion))
    verb = "foretell" if ours == theirs else "must foretell"
    sentence = f"Both versions {verb} the same: this one {ours}, the champion (version {champion.number}) {theirs}."
    return Gate("comparable", ours == theirs, sentence, ours, theirs)


def keeps_the_metrics(challenger: ChurnSide, champion: ChurnSide, *, worse_by: Mapping[str, float]) -> Gate:
    """No metric is further below the champion's than allowed; each was measured on its own version's test."""
    passed, parts, measured, required = True, [], [], []
    for name, tolerance in worse_by.items():
        ours, theirs = float(challenger.tags.get(name, "nan")), float(champion.tags.get(name, "nan"))
        least = round(theirs - tolerance, 4)
        # What is not known is not as good.
        passed &= ours >= least
        parts.append(f"{name} is {ours:.4f} against {theirs:.4f} (at least {least:.4f} is required)")
        measured.append(f"{name} {ours:.4f}")
        required.append(f"{name} {least:.4f}")
    return Gate("metrics", passed, f"{'; '.join(parts)}.", ", ".join(measured), ", ".join(required))


def is_fresh(challenger: ChurnSide, champion: ChurnSide) -> Gate:
    """Its as-of date is not before the champion's."""
    sentence = f"It is as of {challenger.as_of}; the champion is as of {champion.as_of}, before which it must not lie."
    return Gate("fresh", challenger.as_of >= champion.as_of, sentence, str(challenger.as_of), str(champion.as_of))


def no_champion() -> Sequence[Gate]:
    """The checks against the champion where there is none: all pass."""
    return [Gate(name, True, "There is no champion to compare with.") for name in ("comparable", "metrics", "fresh")]


def _told(tags: Mapping[str, str]) -> str:
    return f"{tags.get('dataset')}, {tags.get('window_days')} days"
