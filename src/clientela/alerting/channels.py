"""The ways to send an alert: a JSON log, an e-mail, a webhook. None follows redirects or prints a secret."""

import json
import os
import smtplib
import ssl
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import asdict
from email.message import EmailMessage
from http.client import HTTPException, HTTPMessage
from typing import IO

from clientela.alerting.alert import Alert
from clientela.errors import ClientelaError, InvalidSettings
from clientela.settings.alerts import ChannelSettings, EmailSettings

WEBHOOK = "CLIENTELA_ALERT_WEBHOOK"
USER, PASSWORD = "CLIENTELA_SMTP_USER", "CLIENTELA_SMTP_PASSWORD"

Send = Callable[[Alert], None]


def open_channels(settings: ChannelSettings) -> Mapping[str, Send]:
    """The channels of the settings by name; each sends one alert.

    Raises:
        InvalidSettings: the webhook is on and its address is not set.
    """
    channels: dict[str, Send] = {}
    if settings.log:
        channels["log"] = write_log
    if settings.email.to:
        channels["email"] = lambda alert: send_email(alert, settings.email, seconds=settings.seconds)
    if settings.webhook:
        address = os.environ.get(WEBHOOK, "")
        if not address.startswith(("https://", "http://")):
            raise InvalidSettings(
                f"The variable {WEBHOOK} must be an address that begins with https://, because channels.webhook in "
                f"alerts.yaml is true. Got {'another text' if address else 'no value'}."
            )
        channels["webhook"] = lambda alert: post_webhook(alert, address, seconds=settings.seconds)
    return channels


def write_log(alert: Alert) -> None:
    """Write the alert to standard error as one line of JSON."""
    line = {"event": "alert", **asdict(alert), "as_of": str(alert.as_of or "")}
    sys.stderr.write(f"{json.dumps(line, ensure_ascii=False)}\n")


def send_email(alert: Alert, settings: EmailSettings, *, seconds: float) -> None:
    """Send the alert by e-mail.

    Args:
        alert: an alert.
        settings: server, sender and recipients.
        seconds: longest time to wait for the server.

    Raises:
        ClientelaError: the server cannot be reached or refuses the mail.
    """
    message = EmailMessage()
    message["Subject"] = f"Clientela: {alert.title}"
    message["From"] = settings.sender
    message["To"] = ", ".join(settings.to)
    message.set_content(f"{alert.text}\n\n{alert.details(f'Details: {alert.link}')}\n".rstrip() + "\n")
    context = ssl.create_default_context()
    try:
        server = (
            smtplib.SMTP_SSL(settings.host, settings.port, timeout=seconds, context=context)
            if settings.security == "tls"
            else smtplib.SMTP(settings.host, settings.port, timeout=seconds)
        )
        with server:
            if settings.security == "starttls":
                server.starttls(context=context)
            if user := os.environ.get(USER):
                server.login(user, os.environ.get(PASSWORD, ""))
            server.send_message(message)
    except (smtplib.SMTPException, OSError) as error:
        raise ClientelaError(
            f"The alert could not be sent by e-mail through {settings.host}:{settings.port} ({_reason(error)})."
        ) from error


def post_webhook(alert: Alert, address: str, *, seconds: float) -> None:
    """Post the alert in the format of Slack's incoming webhooks.

    Args:
        alert: an alert.
        address: address of the webhook, which is a secret.
        seconds: longest time to wait for the answer.

    Raises:
        ClientelaError: the webhook cannot be reached or does not answer with success.
    """
    body = json.dumps(slack_message(alert)).encode()
    request = urllib.request.Request(address, data=body, headers={"Content-Type": "application/json"}, method="POST")
    try:
        with urllib.request.build_opener(_NoRedirects).open(request, timeout=seconds):
            pass
    except (OSError, HTTPException, ValueError) as error:
        # Without the address, whose path is the secret.
        raise ClientelaError(f"The alert could not be posted to the webhook ({_reason(error)}).") from None


def slack_message(alert: Alert) -> dict[str, object]:
    """The alert as Slack's incoming webhooks take it: a text, and the same in blocks with a link."""
    text = _slack_text(alert.text)
    linked = f"{text}\n{alert.details(f'<{alert.link}|Details>')}".rstrip()
    return {
        "text": f"Clientela: {_slack_text(alert.title)}",
        "blocks": [
            {"type": "header", "text": {"type": "plain_text", "text": f"Clientela: {alert.title}"[:150]}},
            {"type": "section", "text": {"type": "mrkdwn", "text": linked[:3000]}},
        ],
    }


def _slack_text(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _reason(error: Exception) -> str:
    if isinstance(error, urllib.error.HTTPError):
        return f"status {error.code}"
    reason = getattr(error, "reason", None) or getattr(error, "strerror", None)
    return str(reason) if isinstance(reason, str | OSError) else type(error).__name__


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """Another address must not get the alert."""

    def redirect_request(
        self, req: urllib.request.Request, fp: IO[bytes], code: int, msg: str, headers: HTTPMessage, newurl: str
    ) -> None:
        return None
