"""Monitoring of a small shop with a champion of July, in process: what is logged, printed, sent and refused."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import duckdb
import mlflow
import pytest
import yaml
from mlflow.tracking import MlflowClient

from clientela.errors import ClientelaError, InvalidData
from clientela.monitoring.results import alarms_of
from clientela.request import RunRequest
from clientela.workflows.monitor import monitor

from .conftest import copy_shop

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory, refreshed, fresh_store) -> Iterator[Path]:
    folder = copy_shop(refreshed, tmp_path_factory.mktemp("shop"))
    with fresh_store(folder):
        yield folder


@pytest.fixture(scope="module")
def dearer(shop: Path) -> Path:
    """The shop's export with prices that rose by 15 % in the last 30 days."""
    with duckdb.connect() as connection:
        connection.execute(
            f"""copy (select * replace (case when invoice_date >= '2024-12-02' and unit_price > 0
            then round(unit_price * 1.15, 2) else unit_price end as unit_price)
            from read_csv('{shop / "shop.csv"}', types = {{
                'invoice': 'varchar', 'stock_code': 'varchar', 'invoice_date': 'varchar'
            }}))
            to '{shop / "dearer.csv"}' (header)"""
        )
    return shop / "dearer.csv"


def request(shop: Path, **changes) -> RunRequest:
    return RunRequest(dataset="shop", conf=shop / "conf", **changes)


def last_run():
    (run,) = MlflowClient().search_runs(
        [MlflowClient().get_experiment_by_name("customer-segmentation").experiment_id],
        "tags.stage = 'monitoring'",
        max_results=1,
    )
    return run


def test_a_month_like_the_others_raises_no_alarm_and_is_logged(shop, capsys, tmp_path):
    result = monitor(request(shop, as_of="2024-10-01", language="pt-BR", report=tmp_path / "page.html"))
    assert (result["start"], result["end"], result["version"]) == ("2024-09-01", "2024-10-01", "1")
    assert alarms_of(result) == []
    run = last_run()
    assert run.data.tags["alarms"] == "none"
    assert run.data.metrics["alarms"] == 0
    line = MlflowClient().get_metric_history(run.info.run_id, "value/prices/prices")
    assert [point.step for point in line] == list(range(len(line)))
    assert len(line) == len({one["end"] for one in result["history"]})
    page = mlflow.artifacts.load_text(f"runs:/{run.info.run_id}/monitoring.html")
    assert page == (tmp_path / "page.html").read_text(encoding="utf-8")
    assert "Nada mudou mais do que nos períodos anteriores." in page


def test_a_rise_of_prices_is_found_and_sent_once(shop, dearer, capsys):
    given = request(shop, source=str(dearer), as_of="2025-01-01")
    result = monitor(given)
    prices = next(one for one in alarms_of(result) if one["family"] == "prices")
    assert prices["deviation"] == pytest.approx(0.14, abs=0.02)
    sent = [json.loads(line) for line in capsys.readouterr().err.splitlines() if line.startswith('{"event": "alert"')]
    assert "shop: prices/prices/0/up" in [alert["key"] for alert in sent]
    assert last_run().info.run_id in sent[0]["link"]
    monitor(given)
    assert '"event": "alert"' not in capsys.readouterr().err


def test_a_channel_that_fails_ends_the_command_after_the_run_is_logged(shop, dearer, tmp_path):
    conf = shutil.copytree(shop / "conf", tmp_path / "conf")
    alerts = yaml.safe_load((conf / "alerts.yaml").read_text(encoding="utf-8"))
    alerts["channels"]["email"] |= {"to": ["a@shop.example"], "port": 1}
    (conf / "alerts.yaml").write_text(yaml.safe_dump(alerts), encoding="utf-8")
    with pytest.raises(ClientelaError, match=r"could not be sent by e-mail through 127\.0\.0\.1:1"):
        monitor(RunRequest(dataset="shop", conf=conf, source=str(dearer), as_of="2025-01-01"))
    assert last_run().info.status == "FINISHED"


def test_a_short_history_is_refused(shop):
    with pytest.raises(InvalidData, match=r"at least 4 periods of 30 days before 2022-03-01\. The first order is of"):
        monitor(request(shop, as_of="2022-03-01"))
