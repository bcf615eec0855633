"""Monitoring: the last period of the data, compared with the periods before it and with the champion."""

from dataclasses import dataclass
from datetime import date

import duckdb
import numpy as np
import pandas as pd

from clientela import tracking, ui_addresses
from clientela.alerting.channels import open_channels
from clientela.alerting.send import send_alerts
from clientela.data.database import open_database
from clientela.errors import ClientelaError, InvalidData
from clientela.exports.report_files import check_folder, write_whole
from clientela.features.build import build_features
from clientela.loading import ShopData
from clientela.monitoring.alerts import alerts_of
from clientela.monitoring.indicators import indicators_of, table_of
from clientela.monitoring.log import log_monitoring
from clientela.monitoring.observe import BASELINE_PERIODS, Observed, observe_periods
from clientela.monitoring.report.html import render_report
from clientela.monitoring.results import Monitored, MonitoringResult, monitoring_result
from clientela.monitoring.space import Space
from clientela.request import RunRequest
from clientela.segmentation.registered import RegisteredVersion, require_version
from clientela.settings import MonitoringSettings, Settings, load_alerts, load_monitoring, load_settings
from clientela.shop import load_shop


@dataclass(frozen=True)
class Monitoring:
    """The result, and one message per channel that did not take an alert."""

    result: MonitoringResult
    failures: list[str]


def monitor(request: RunRequest) -> MonitoringResult:
    """Compare the last period of the data with those before it; the run is logged.

    Raises:
        ClientelaError: of the kinds in `clientela.errors`, such as data without transactions or with too short a
            history, or a channel that did not take an alert, after all else is done.
    """
    settings = load_settings(request.dataset, conf=request.conf)
    if request.report:
        check_folder("report", request.report)
    champion = require_version(settings.tracking.model, dataset=settings.dataset.name)
    with open_database(settings.dataset.memory_limit) as connection:
        data = load_shop(connection, settings, request)
        found = monitor_shop(connection, data, champion, settings, request)
    if found.failures:
        raise ClientelaError(" ".join(found.failures))
    return found.result


def monitor_shop(
    connection: duckdb.DuckDBPyConnection,
    data: ShopData,
    champion: RegisteredVersion,
    settings: Settings,
    request: RunRequest,
) -> Monitoring:
    """Monitor data that are loaded: log the run, write the report, and send the alerts.

    Args:
        connection: connection with the tables of `data`.
        data: loaded data.
        champion: version whose segments are compared.
        settings: settings of the data set.
        request: seed, language and path of the report.

    Raises:
        InvalidData: the data have no transactions, or too short a history.
    """
    monitoring, alerts = load_monitoring(conf=request.conf), load_alerts(conf=request.conf)
    channels, experiment = open_channels(alerts.channels), settings.tracking.experiment
    if not data.has_transactions:
        raise InvalidData(
            f"Monitoring needs transactions. The data set {settings.dataset.name} has one row per customer."
        )
    name = f"{settings.dataset.name} {data.as_of} monitoring"
    with tracking.open_run(experiment, name=name, stage="monitoring") as run_id:
        periods, table = _observe(connection, data, champion, monitoring, seed=request.seed)
        result = monitoring_result(_monitored(settings, data, champion, periods), table, periods, monitoring)
        page = render_report(result, language=request.language)
        log_monitoring(result, page)
    if request.report:
        write_whole(request.report, page)
    found = alerts_of(result, alerts.rules, link=ui_addresses.run_link(run_id))
    return Monitoring(result, send_alerts(found, channels, experiment=experiment, repeat_days=alerts.repeat_days))


def _observe(
    connection: duckdb.DuckDBPyConnection,
    data: ShopData,
    champion: RegisteredVersion,
    monitoring: MonitoringSettings,
    *,
    seed: int,
) -> tuple[list[Observed], pd.DataFrame]:
    """The periods, and the table of their indicators."""
    days = monitoring.period_days

    def describe(day: date) -> pd.DataFrame:
        features = build_features(connection, as_of=day)
        return data.extra.add(features, data.extra.at(connection, day, features["customer_id"]))

    periods = observe_periods(
        connection, describe, champion.version.assign, as_of=data.as_of, days=days, periods=monitoring.periods
    )
    if not periods:
        raise InvalidData(
            f"Monitoring needs a history of at least {BASELINE_PERIODS + 1} periods of {days} days before "
            f"{data.as_of}. The first order is of {data.period[0]}."
        )
    known = describe(min(champion.version.as_of, data.as_of))
    space = Space.fit(champion.version.clustering["scaler"], known, seed=seed)
    return periods, table_of([indicators_of(period, space, seed=seed) for period in periods])


def _monitored(settings: Settings, data: ShopData, champion: RegisteredVersion, periods: list[Observed]) -> Monitored:
    last = periods[-1]
    unknown = ~np.isin(data.features["customer_id"], champion.version.customers["customer_id"])
    return {
        "dataset": settings.dataset.name,
        "title": settings.dataset.title,
        "currency": settings.dataset.currency,
        "model": settings.tracking.model,
        "version": champion.number,
        "version_as_of": champion.version.as_of.isoformat(),
        "segments": [{"id": one["id"], "name": one["name"]} for one in champion.version.segments],
        "start": last.start.isoformat(),
        "end": last.end.isoformat(),
        "customers": len(last.after),
        "known_customers": len(data.features),
        "unknown": int(unknown.sum()),
    }
