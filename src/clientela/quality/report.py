"""The quality report of a data set as plain data, and the findings that stop a run."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TypedDict

import duckdb
import numpy as np
import pandas as pd

from clientela.contracts import TRANSACTIONS
from clientela.data.reading import Reading
from clientela.quality.agreement import (
    Compared,
    attribute_disagreements,
    event_disagreements,
    source_disagreements,
)
from clientela.quality.calendar import find_gaps, gap_findings, orders_by_day
from clientela.quality.columns import ColumnQuality, ColumnRule, column_findings, column_quality
from clientela.quality.customer_table import repeated_customers, table_columns
from clientela.quality.findings import KINDS, Finding, is_warning
from clientela.quality.levels import LevelRule, Weeks, find_level_changes, level_findings, weekly_series
from clientela.quality.lines import view_lines
from clientela.quality.outliers import Outliers, find_outliers, outlier_findings
from clientela.settings import DatasetSettings, QualitySettings


class WeeksData(TypedDict):
    """Weekly values: Mondays as ISO texts; per measure one value per week, None for a week without sales."""

    starts: list[str]
    values: dict[str, list[float | None]]


class QualityReport(TypedDict):
    """The quality of a data set.

    `scores` are shares in [0, 1] of the whole data set by dimension. `duplicates` counts rows that repeat another one.
    """

    rows: int
    duplicates: int
    recent_days: int
    scores: dict[str, float]
    columns: list[ColumnQuality]
    outliers: list[Outliers]
    weeks: WeeksData
    findings: list[Finding]


@dataclass(frozen=True)
class OtherTables:
    """What else is known of the customers.

    Attributes:
        attributes: customer_id and the attributes of all customers with purchases; None without any.
        events: names of the further sources of events.
    """

    attributes: pd.DataFrame | None = None
    events: Sequence[str] = field(default_factory=tuple)


def quality_report(
    connection: duckdb.DuckDBPyConnection,
    dataset: DatasetSettings,
    *,
    as_of: date,
    reading: Reading,
    others: OtherTables | None = None,
) -> QualityReport:
    """Check the transactions of a data set.

    Args:
        connection: DuckDB connection with the view `source` and the tables of `clean`.
        dataset: settings of the data set, with the limits of its quality.
        as_of: as-of date.
        reading: how the values of the source are read.
        others: further tables of the customers.

    Returns:
        The report as plain data.

    Raises:
        InvalidData: the source lacks a column that is compared.
    """
    others, limits = others or OtherTables(), limits_of(dataset)
    view_lines(connection, as_of=as_of)
    rule = _column_rule(limits, dataset)
    columns = column_quality(connection, dataset.transaction_columns, as_of=as_of, recent_days=rule.recent_days)
    outliers = find_outliers(connection, spread=limits.outliers.spread)
    weeks = weekly_series(connection)
    rows, duplicates = _duplicates(connection)
    findings = [
        *column_findings(columns, rule),
        *_duplicate_findings(rows, duplicates, most=limits.duplicates),
        *source_disagreements(connection, _compared(dataset, reading), most=limits.disagreement),
        *attribute_disagreements(others.attributes, most=limits.disagreement),
        *event_disagreements(connection, others.events),
        *gap_findings(find_gaps(orders_by_day(connection), chance=limits.gaps.chance)),
        *level_findings(find_level_changes(weeks, _level_rule(limits))),
        *outlier_findings(outliers, most_money=limits.outliers.money),
    ]
    return {
        "rows": rows,
        "duplicates": duplicates,
        "recent_days": rule.recent_days,
        "scores": _scores(columns, rows, duplicates),
        "columns": columns,
        "outliers": outliers,
        "weeks": _plain(weeks),
        "findings": sorted(findings, key=lambda finding: (not is_warning(finding), KINDS.index(finding["kind"]))),
    }


def table_report(
    connection: duckdb.DuckDBPyConnection,
    dataset: DatasetSettings,
    *,
    refused: Mapping[str, int],
) -> QualityReport:
    """Check a table with one row per customer; it has no calendar, no orders and no lines.

    Args:
        connection: DuckDB connection with the tables of `clean_customer_table`.
        dataset: settings of the data set, with the limits of its quality.
        refused: attribute -> number of values that were set to missing.

    Returns:
        The report as plain data.
    """
    limits = limits_of(dataset)
    mapped = {name: column.column for name, column in dataset.attribute_columns.items()}
    columns = table_columns(connection, dataset.summed_columns, mapped, refused=refused)
    rows, repeated = repeated_customers(connection)
    return {
        "rows": rows,
        "duplicates": repeated,
        "recent_days": limits.columns.recent_days,
        "scores": _scores(columns, rows, repeated),
        "columns": columns,
        "outliers": [],
        "weeks": {"starts": [], "values": {}},
        "findings": [
            *column_findings(columns, _column_rule(limits, dataset)),
            *_duplicate_findings(rows, repeated, most=limits.duplicates),
        ],
    }


def quality_metrics(report: QualityReport) -> dict[str, float]:
    """Metrics of a run: the scores, and the number of warnings."""
    warnings = sum(map(is_warning, report["findings"]))
    return {f"quality.{name}": share for name, share in report["scores"].items()} | {
        "quality.warnings": float(warnings)
    }


def limits_of(dataset: DatasetSettings) -> QualitySettings:
    """The limits of a data set.

    Raises:
        ValueError: the data set was not read with the settings folder.
    """
    if dataset.quality.limits is None:
        raise ValueError("The data set must have the limits of conf/quality.yaml (with_quality_limits).")
    return dataset.quality.limits


def _compared(dataset: DatasetSettings, reading: Reading) -> Compared:
    return Compared(dataset.quality.order_total, dataset.quality.currency, reading)


def _column_rule(limits: QualitySettings, dataset: DatasetSettings) -> ColumnRule:
    own = {name: 1 - share for name, share in dataset.quality.max_missing.items()}
    given = limits.columns
    return ColumnRule(given.filled, own, given.valid, given.consistent, given.recent_drop, given.recent_days)


def _level_rule(limits: QualitySettings) -> LevelRule:
    given = limits.level_change
    return LevelRule(given.weeks, given.noise, given.ratio.model_dump(), given.season_ratio)


def _duplicates(connection: duckdb.DuckDBPyConnection) -> tuple[int, int]:
    """The rows, and those that are equal to an earlier one in all canonical columns."""
    names = ", ".join(name for name in TRANSACTIONS.names if name != "line_id")
    rows, different = connection.execute(
        f"select count(*), count(distinct hash({names})) from source_lines"
    ).fetchall()[0]
    return rows, rows - different


def _duplicate_findings(rows: int, duplicates: int, *, most: float) -> list[Finding]:
    if not rows or duplicates <= most * rows:
        return []
    values = {"rows": duplicates, "of": rows, "share": duplicates / rows}
    return [{"kind": "duplicates", "rule": "duplicates", "subject": "rows", "values": {**values}}]


def _scores(columns: Sequence[ColumnQuality], rows: int, duplicates: int) -> dict[str, float]:
    """The means of the columns, and the share of rows that repeat no other one."""
    fresh = [min(1.0, one["recent"] / one["filled"]) for one in columns if one["recent"] is not None and one["filled"]]
    return {
        "completeness": _mean([one["filled"] for one in columns]),
        "validity": _mean([one["valid"] for one in columns if one["valid"] is not None]),
        "uniqueness": 1 - duplicates / rows if rows else 1.0,
        "consistency": _mean([one["consistent"] for one in columns if one["consistent"] is not None]),
        "timeliness": _mean(fresh),
    }


def _mean(shares: Sequence[float]) -> float:
    return float(np.mean(shares)) if shares else 1.0


def _plain(weeks: Weeks) -> WeeksData:
    return {
        "starts": [day.isoformat() for day in weeks.starts],
        "values": {
            name: [None if np.isnan(value) else round(float(value), 4) for value in values]
            for name, values in weeks.values.items()
        },
    }
