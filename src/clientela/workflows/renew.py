"""The renewal: looks at new data, decides, runs what is needed, and promotes what passes the gate.

It can be killed anywhere and run again: a version of the same data that is registered already is not made a second
time.
"""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from clientela import tracking, ui_addresses
from clientela.alerting.alert import Alert
from clientela.alerting.channels import open_channels
from clientela.alerting.send import send_alerts
from clientela.errors import ClientelaError, GateRefusal
from clientela.monitoring.decision import (
    NOTHING,
    REFIT,
    REFRESH,
    DataState,
    Decision,
    RenewalRow,
)
from clientela.monitoring.log import log_renewal
from clientela.request import PromotionRequest, RunRequest
from clientela.settings import Settings, load_alerts, load_churn_model, load_renewal, load_settings
from clientela.workflows.churn import churn
from clientela.workflows.insiders import insiders
from clientela.workflows.promote import promote
from clientela.workflows.refresh import refresh
from clientela.workflows.renewal_decisions import Renewal, decide, registered_version
from clientela.workflows.segment import segment

RUNS: Mapping[tuple[str, str], Callable[[RunRequest], Mapping[str, Any]]] = {
    ("segments", REFRESH): refresh,
    ("segments", REFIT): segment,
    ("insiders", REFIT): insiders,
    ("churn", REFIT): churn,
}


def renew(request: RunRequest, *, dry_run: bool = False) -> list[RenewalRow]:
    """Renew the products of a data set that have a champion.

    Args:
        request: data set, source, as-of date, seed, and language of the reports.
        dry_run: whether to make the decisions only.

    Returns:
        One row per product: the decision with its reasons, the new version, and whether it was promoted.

    Raises:
        ClientelaError: of the kinds in `clientela.errors`, such as data that cannot be read; an alert is sent.
    """
    settings, alerts = load_settings(request.dataset, conf=request.conf), load_alerts(conf=request.conf)
    channels, experiment = open_channels(alerts.channels), settings.tracking.experiment
    models = {
        "segments": settings.tracking.model,
        "insiders": settings.insiders.model,
        "churn": load_churn_model(conf=request.conf),
    }
    renewal = Renewal(request, settings, load_renewal(conf=request.conf), models)
    try:
        with tracking.runs_beside():
            decisions = decide(renewal)
            rows = [_carry_out(renewal, *one, dry_run=dry_run) for one in decisions]
    except ClientelaError as error:
        alert = Alert(f"{request.dataset}: renewal", f"{settings.dataset.title}: the renewal failed", str(error))
        for send in channels.values():
            send(alert)
        raise
    if not dry_run:
        with tracking.open_run(experiment, name=f"{settings.dataset.name} renewal", stage="renewal") as run_id:
            log_renewal(rows, dataset=settings.dataset.name)
        waiting = [_waiting(row, settings, link=ui_addresses.run_link(run_id)) for row in rows if row["waits"]]
        renewal.failures.extend(send_alerts(waiting, channels, experiment=experiment, repeat_days=alerts.repeat_days))
    if renewal.failures:
        raise ClientelaError(" ".join(dict.fromkeys(renewal.failures)))
    return rows


def _carry_out(renewal: Renewal, product: str, decision: Decision, state: DataState, *, dry_run: bool) -> RenewalRow:
    row: RenewalRow = {
        "product": product,
        "as_of": state.as_of.isoformat(),
        "action": decision.action,
        "reasons": " ".join(decision.reasons),
        "version": "",
        "promoted": False,
        "waits": False,
        "outcome": "",
    }
    if decision.action == NOTHING or dry_run:
        return row
    number = registered_version(renewal, product, state)
    if number is None:
        number = str(RUNS[product, decision.action](renewal.request)["version"])
    if not renewal.renewal.promote:
        return {**row, "version": number, "outcome": "conf/renewal.yaml leaves it as challenger."}
    request = PromotionRequest(
        conf=renewal.request.conf, model=renewal.models[product], reason="renewal", echo=renewal.request.echo
    )
    try:
        promote(number, request)
    except GateRefusal as refusal:
        return {**row, "version": number, "waits": True, "outcome": str(refusal)}
    return {**row, "version": number, "promoted": True, "outcome": "It passed the gate."}


def _waiting(row: RenewalRow, settings: Settings, *, link: str) -> Alert:
    return Alert(
        f"{settings.dataset.name}: {row['product']} {row['version']} waits",
        f"{settings.dataset.title}: version {row['version']} of {row['product']} waits for a decision",
        row["outcome"],
        date.fromisoformat(row["as_of"]),
        link,
    )
