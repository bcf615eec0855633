"""What to do with new data: nothing, the promotion of a version that waits, a refresh, or a refit."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Literal, TypedDict

from clientela.monitoring.results import MonitoringResult, alarms_of

Action = Literal["nothing", "promote", "refresh", "refit"]
NOTHING: Action = "nothing"
PROMOTE: Action = "promote"
REFRESH: Action = "refresh"
REFIT: Action = "refit"


@dataclass(frozen=True)
class DataState:
    """Which data something was computed from.

    Attributes:
        as_of: as-of date.
        digest: digest of the source.
    """

    as_of: date
    digest: str


@dataclass(frozen=True)
class Decision:
    """A decision and its reasons, as sentences."""

    action: Action
    reasons: tuple[str, ...]


class RenewalRow(TypedDict):
    """What a renewal did with one product: the decision, and what happened to its version."""

    product: str
    as_of: str
    action: str
    reasons: str
    version: str
    promoted: bool
    waits: bool
    outcome: str


def without_new_data(champion: DataState, data: DataState) -> Decision | None:
    """The decision where the data are not newer than the champion's; None if they are."""
    if data == champion:
        return Decision(NOTHING, (f"The champion is of the same data, as of {data.as_of}.",))
    if data.as_of < champion.as_of:
        return Decision(NOTHING, (f"The data end before the champion's date: {data.as_of} and {champion.as_of}.",))
    return None


def decide_segments(result: MonitoringResult, *, refit_on: Collection[str]) -> Decision:
    """Decide between a refresh and a refit.

    Args:
        result: result of monitoring the new data.
        refit_on: families of indicators whose alarm calls for a refit.

    Returns:
        The decision.
    """
    reasons = []
    if result["is_old"]:
        reasons.append(f"The champion's date is {result['age_days']} days before the end of the data.")
    families = dict.fromkeys(change["family"] for change in alarms_of(result) if change["family"] in refit_on)
    if families:
        reasons.append(f"Changes in {', '.join(families)} are too large to be chance.")
    if reasons:
        return Decision(REFIT, tuple(reasons))
    return Decision(REFRESH, (f"The data are new until {result['end']}, and nothing calls for new segments.",))


def decide_by_age(champion: DataState, data: DataState, *, days: int) -> Decision:
    """Decide on a product that is fitted again after a number of days of the data's time.

    Args:
        champion: the data of the champion.
        data: the new data.
        days: age from which it is fitted again (days).

    Returns:
        The decision: nothing, or a refit.
    """
    if (decision := without_new_data(champion, data)) is not None:
        return decision
    age = (data.as_of - champion.as_of).days
    if age < days:
        return Decision(NOTHING, (f"The champion is {age} days old; it is fitted again after {days}.",))
    return Decision(REFIT, (f"The champion is {age} days old.",))
