"""Each alert is sent once per channel, and again only after a while or after a failure."""

from dataclasses import replace
from datetime import date, timedelta

import mlflow
import pytest

from clientela.alerting.alert import Alert
from clientela.alerting.send import send_alerts
from clientela.errors import ClientelaError

DAY = date(2024, 5, 1)
PRICES = Alert("shop: prices", "Prices", "Prices rose.", DAY, "http://ui")
LEVEL = replace(PRICES, key="shop: level", title="Level")


@pytest.fixture(scope="module", autouse=True)
def _store(tmp_path_factory, fresh_store):
    with fresh_store(tmp_path_factory.mktemp("alerts")):
        yield


@pytest.fixture
def experiment(request) -> str:
    mlflow.create_experiment(request.node.name)
    return request.node.name


def send(alerts, channels, experiment):
    return send_alerts(alerts, channels, experiment=experiment, repeat_days=30)


def test_an_alert_is_sent_once_per_channel(experiment):
    log, mail = [], []
    for _ in range(2):
        assert send([PRICES, LEVEL], {"log": log.append, "email": mail.append}, experiment) == []
    assert log == mail == [PRICES, LEVEL]


def test_other_figures_of_the_same_finding_are_the_same_alert(experiment):
    sent = []
    send([PRICES], {"log": sent.append}, experiment)
    send(
        [replace(PRICES, text="Prices rose by more.", as_of=DAY + timedelta(days=29))], {"log": sent.append}, experiment
    )
    assert sent == [PRICES]


def test_an_alert_that_still_holds_is_repeated(experiment):
    sent = []
    later = replace(PRICES, as_of=DAY + timedelta(days=30))
    for alert in (PRICES, later, later):
        send([alert], {"log": sent.append}, experiment)
    assert sent == [PRICES, later]


def test_a_channel_that_fails_gets_the_alert_the_next_time_and_no_other_channel_does(experiment):
    log, mail = [], []

    def fail(alert):
        raise ClientelaError("The mail server is not there.")

    assert send([PRICES, LEVEL], {"email": fail, "log": log.append}, experiment) == ["The mail server is not there."]
    assert send([PRICES, LEVEL], {"email": mail.append, "log": log.append}, experiment) == []
    assert log == mail == [PRICES, LEVEL]


def test_a_channel_that_fails_is_tried_once_per_run(experiment):
    tried = []

    def fail(alert):
        tried.append(alert)
        raise ClientelaError("no")

    send([PRICES, LEVEL], {"email": fail}, experiment)
    assert tried == [PRICES]
