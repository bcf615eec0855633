"""Alerts as a mail server and a webhook receive them: real servers on this machine."""

import json
import ssl
import threading
from collections.abc import Iterator
from datetime import date
from email import message_from_bytes, policy
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

from clientela.alerting.alert import Alert
from clientela.alerting.channels import open_channels, send_email, slack_message
from clientela.errors import ClientelaError, InvalidSettings
from clientela.settings.alerts import ChannelSettings, EmailSettings

ALERT = Alert("shop: prices", "Shop: prices", "Prices rose by 15 % <more> & more.", date(2024, 5, 1), "http://ui/#/1")
MAIL = EmailSettings(
    to=("a@shop.example", "b@shop.example"), sender="clientela@shop.example", host="127.0.0.1", port=1, security="none"
)


class OnAnyPort(Controller):
    """A mail server on a free port, which it looks up before it calls itself."""

    def _trigger_server(self):
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


def channels(**changes: Any) -> ChannelSettings:
    plain = {"log": False, "email": MAIL.model_copy(update={"to": ()}), "webhook": False, "seconds": 2}
    return ChannelSettings(**{**plain, **changes})


@pytest.fixture
def mail_server(request: pytest.FixtureRequest) -> Iterator[SimpleNamespace]:
    """A mail server that keeps what it gets; with a parameter, one that asks for a name and a password."""
    received: list[Any] = []

    class Keep:
        async def handle_DATA(self, server, session, envelope):  # noqa: N802 - aiosmtpd's name
            received.append(envelope)
            return "250 OK"

    def authenticate(server, session, envelope, mechanism, given):
        return AuthResult(success=(given.login, given.password) == (b"shop", b"secret"), handled=False)

    options = {"authenticator": authenticate, "auth_required": True, "auth_require_tls": False}
    server = OnAnyPort(Keep(), hostname="127.0.0.1", port=0, **(options if hasattr(request, "param") else {}))
    server.start()
    yield SimpleNamespace(received=received, settings=MAIL.model_copy(update={"port": server.port}))
    server.stop()


@pytest.fixture
def webhook(monkeypatch: pytest.MonkeyPatch) -> Iterator[SimpleNamespace]:
    """A webhook that keeps what is posted, and answers with `status`."""
    kept = SimpleNamespace(posted=[], status=200)

    class Keep(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            kept.posted.append((self.path, self.headers["Content-Type"], json.loads(body)))
            self.send_response(kept.status)
            if kept.status == 302:
                self.send_header("Location", "/other")
            self.end_headers()

        do_GET = do_POST  # noqa: N815 - the name of the method

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Keep)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    kept.address = f"http://127.0.0.1:{server.server_port}/services/T0/SECRET"
    monkeypatch.setenv("CLIENTELA_ALERT_WEBHOOK", kept.address)
    yield kept
    server.shutdown()
    thread.join()
    server.server_close()


class TestEmail:
    def test_the_mail_says_what_was_found(self, mail_server):
        send_email(ALERT, mail_server.settings, seconds=2)
        (envelope,) = mail_server.received
        mail = message_from_bytes(envelope.content, policy=policy.default)
        assert envelope.rcpt_tos == ["a@shop.example", "b@shop.example"]
        assert (mail["Subject"], mail["From"]) == ("Clientela: Shop: prices", "clientela@shop.example")
        assert mail.get_content().splitlines() == [
            "Prices rose by 15 % <more> & more.",
            "",
            "Data until 2024-05-01. Details: http://ui/#/1",
        ]

    @pytest.mark.parametrize("mail_server", [True], indirect=True)
    def test_the_name_and_the_password_come_from_the_environment(self, mail_server, monkeypatch):
        monkeypatch.setenv("CLIENTELA_SMTP_USER", "shop")
        monkeypatch.setenv("CLIENTELA_SMTP_PASSWORD", "secret")
        send_email(ALERT, mail_server.settings, seconds=2)
        assert len(mail_server.received) == 1

    @pytest.mark.parametrize("mail_server", [True], indirect=True)
    def test_a_refused_password_is_one_sentence_without_it(self, mail_server, monkeypatch):
        monkeypatch.setenv("CLIENTELA_SMTP_USER", "shop")
        monkeypatch.setenv("CLIENTELA_SMTP_PASSWORD", "not-the-password")
        with pytest.raises(ClientelaError, match="could not be sent by e-mail") as error:
            send_email(ALERT, mail_server.settings, seconds=2)
        assert "not-the-password" not in str(error.value)
        assert mail_server.received == []

    def test_a_server_that_is_not_there(self):
        with pytest.raises(ClientelaError, match=r"through 127\.0\.0\.1:1 \(Connection refused\)"):
            send_email(ALERT, MAIL, seconds=2)

    def test_a_server_without_encryption_is_refused_where_it_is_asked_for(self, mail_server):
        asked = mail_server.settings.model_copy(update={"security": "starttls"})
        with pytest.raises(ClientelaError, match="could not be sent by e-mail"):
            send_email(ALERT, asked, seconds=2)
        assert mail_server.received == []

    def test_certificates_are_verified(self, monkeypatch):
        made: list[ssl.SSLContext] = []
        original = ssl.create_default_context
        monkeypatch.setattr(ssl, "create_default_context", lambda: made.append(original()) or made[-1])
        with pytest.raises(ClientelaError):
            send_email(ALERT, MAIL.model_copy(update={"security": "tls"}), seconds=2)
        assert made[0].verify_mode == ssl.CERT_REQUIRED


class TestWebhook:
    def test_the_alert_is_posted_in_slacks_format(self, webhook):
        open_channels(channels(webhook=True))["webhook"](ALERT)
        assert webhook.posted == [("/services/T0/SECRET", "application/json", slack_message(ALERT))]

    @pytest.mark.parametrize("status", [404, 500, 302])
    def test_an_answer_without_success_is_an_error_without_the_address(self, webhook, status):
        webhook.status = status
        with pytest.raises(ClientelaError, match=rf"webhook \(status {status}\)") as error:
            open_channels(channels(webhook=True))["webhook"](ALERT)
        assert "SECRET" not in str(error.value)
        assert len(webhook.posted) == 1, "redirects are not followed"

    def test_slack_reads_three_characters_as_markup(self):
        text = slack_message(ALERT)["blocks"][1]["text"]["text"]
        assert text.startswith("Prices rose by 15 % &lt;more&gt; &amp; more.")
        assert text.endswith("<http://ui/#/1|Details>")

    @pytest.mark.parametrize(("value", "got"), [("", "no value"), ("file:///etc/passwd", "another text")])
    def test_the_address_comes_from_the_environment(self, monkeypatch, value, got):
        monkeypatch.setenv("CLIENTELA_ALERT_WEBHOOK", value)
        with pytest.raises(InvalidSettings, match=rf"CLIENTELA_ALERT_WEBHOOK must be an address.* Got {got}\."):
            open_channels(channels(webhook=True))


def test_the_log_is_one_line_of_json(capsys):
    open_channels(channels(log=True))["log"](ALERT)
    line = json.loads(capsys.readouterr().err)
    assert line["event"] == "alert"
    assert (line["key"], line["as_of"], line["link"]) == ("shop: prices", "2024-05-01", "http://ui/#/1")


def test_channels_that_are_off_are_not_opened():
    assert open_channels(channels()) == {}
