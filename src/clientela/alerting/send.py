"""Sends each alert once per channel. What was sent is a tag of the experiment, so that every process knows it."""

from collections.abc import Mapping, Sequence
from datetime import date
from hashlib import sha256

from clientela import tracking
from clientela.alerting.alert import Alert
from clientela.alerting.channels import Send
from clientela.errors import ClientelaError


def send_alerts(
    alerts: Sequence[Alert], channels: Mapping[str, Send], *, experiment: str, repeat_days: int
) -> list[str]:
    """Send the alerts that were not sent before.

    An alert is marked as sent after the channel took it: a process that is killed in between sends it again.

    Args:
        alerts: alerts.
        channels: channels by name (`open_channels`).
        experiment: name of the experiment that keeps what was sent.
        repeat_days: days of the data's time after which an alert that still holds is sent again.

    Returns:
        One message per channel that failed; the alert is sent to it the next time.
    """
    tags, failures = tracking.experiment_tags(experiment), []
    for name, send in channels.items():
        for alert in alerts:
            tag = f"alert.{name}.{sha256(alert.key.encode()).hexdigest()[:16]}"
            if tag in tags and not _is_due(alert, tags[tag], repeat_days):
                continue
            try:
                send(alert)
            except ClientelaError as error:
                failures.append(str(error))
                break
            tracking.tag_experiment(experiment, tag, str(alert.as_of or date.min))
    return failures


def _is_due(alert: Alert, sent: str, repeat_days: int) -> bool:
    """Whether an alert that was sent is sent again; one that is of no data always is."""
    return alert.as_of is None or (alert.as_of - date.fromisoformat(sent)).days >= repeat_days
