"""The result of monitoring: plain values, no text."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import date
from typing import Any, TypedDict

import pandas as pd

from clientela.monitoring.changes import Change, find_changes
from clientela.monitoring.indicators import FAMILIES
from clientela.monitoring.observe import Observed
from clientela.settings import MonitoringSettings


class ChangeRow(TypedDict):
    """A tested indicator; `deviation` and `margin` are its distance from normal and the largest expected one."""

    family: str
    name: str
    segment: int
    value: float
    normal: float
    deviation: float
    margin: float
    p_value: float
    periods: int
    past: int
    alarm: bool


class HistoryRow(TypedDict):
    """An indicator of one period, which ended on the day before `end`."""

    end: str
    family: str
    name: str
    segment: int
    value: float


class Monitored(TypedDict):
    """What monitoring compares: the shop, the version, and the last period.

    `customers` are the active ones, `known_customers` all of the data, and `unknown` those that the version lacks.
    """

    dataset: str
    title: str
    currency: str
    model: str
    version: str
    version_as_of: str
    segments: list[Mapping[str, Any]]
    start: str
    end: str
    customers: int
    known_customers: int
    unknown: int


class MonitoringResult(Monitored):
    """The result; `untested` are the families whose past is too short, and `age_days` is the age of the champion."""

    age_days: int
    is_old: bool
    alarm_share: float
    untested: list[str]
    changes: list[ChangeRow]
    history: list[HistoryRow]


def monitoring_result(
    monitored: Monitored, table: pd.DataFrame, periods: Sequence[Observed], settings: MonitoringSettings
) -> MonitoringResult:
    """Test the last period and collect what a report needs.

    Args:
        monitored: the shop, the version and the last period.
        table: indicators of the periods (`indicators.table_of`).
        periods: the periods, oldest first.
        settings: settings of monitoring.

    Returns:
        The result.
    """
    changes = find_changes(table, level=settings.alarm_share, season=settings.season_periods)
    tested = {change.family for change in changes}
    ends = [period.end.isoformat() for period in periods]
    age = (date.fromisoformat(monitored["end"]) - date.fromisoformat(monitored["version_as_of"])).days
    return {
        **monitored,
        "age_days": age,
        "is_old": age > settings.oldest_days,
        "alarm_share": settings.alarm_share,
        "untested": [family for family in FAMILIES if family not in tested],
        "changes": [_change_row(change, settings) for change in changes],
        "history": [
            {
                "end": ends[row.period],
                "family": row.family,
                "name": row.name,
                "segment": row.segment,
                "value": row.value,
            }
            for row in table.drop(columns="error").itertuples(index=False, name="Row")
        ],
    }


def unknown_share(result: Monitored) -> float:
    """Customers who are not known to the version, relative to all of the data."""
    return result["unknown"] / max(result["known_customers"], 1)


def alarms_of(result: MonitoringResult) -> list[ChangeRow]:
    """The changes that are too large to be chance, and large enough to matter."""
    return [change for change in result["changes"] if change["alarm"]]


def _change_row(change: Change, settings: MonitoringSettings) -> ChangeRow:
    smallest = getattr(settings.smallest, change.family)
    alarm = change.p_value < settings.alarm_share and abs(change.deviation) >= smallest
    return {**asdict(change), "deviation": change.deviation, "alarm": alarm}  # type: ignore[typeddict-item]
