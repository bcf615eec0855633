"""The schedules and alert rules of deploy/, each checked by the tool that reads it; Airflow runs its DAGs for real."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import kubernetes_validate
import pytest
import yaml

from clientela.serving.metrics import Metrics

ROOT = Path(__file__).resolve().parents[1]
SCHEDULES, MONITORING = ROOT / "deploy" / "schedules", ROOT / "deploy" / "monitoring"
COMMAND = "clientela renew --dataset online_retail --conf conf"


def run(*words: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(words, capture_output=True, text=True, timeout=600)


def tool(name: str, package: str) -> str:
    """The path of a program, or a skip."""
    found = shutil.which(name)
    if found is None:
        pytest.skip(f"needs {name}, which pip cannot install: apt-get install {package}")
    return found


class TestSchedules:
    def test_cron_takes_the_crontab(self):
        done = run(tool("crontab", "cron"), "-n", SCHEDULES / "crontab")
        assert done.returncode == 0, done.stderr

    def test_systemd_knows_when_the_timer_elapses(self):
        timer = (ROOT / "deploy" / "clientela-renew.timer").read_text(encoding="utf-8")
        (when,) = re.findall(r"OnCalendar=(.*)", timer)
        done = run(tool("systemd-analyze", "systemd"), "calendar", when)
        assert done.returncode == 0, done.stderr
        assert "03:30:00" in done.stdout

    def test_kubernetes_takes_the_cron_job(self):
        job = yaml.safe_load((SCHEDULES / "kubernetes.yaml").read_text(encoding="utf-8"))
        kubernetes_validate.validate(job, desired_version=kubernetes_validate.latest_version(), strict=True)

    def test_a_mistake_in_the_cron_job_is_noticed(self):
        job = yaml.safe_load((SCHEDULES / "kubernetes.yaml").read_text(encoding="utf-8"))
        job["spec"]["concurrencyPolicies"] = "Forbid"
        with pytest.raises(kubernetes_validate.ValidationError):
            kubernetes_validate.validate(job, desired_version=kubernetes_validate.latest_version(), strict=True)

    def test_all_run_the_same_command(self):
        cron, unit = (ROOT / "deploy" / file for file in ("schedules/crontab", "clientela-renew.service"))
        job = yaml.safe_load((SCHEDULES / "kubernetes.yaml").read_text(encoding="utf-8"))
        (container,) = job["spec"]["jobTemplate"]["spec"]["template"]["spec"]["containers"]
        assert " ".join(container["command"]) == COMMAND
        assert f"/{COMMAND}\n" in cron.read_text(encoding="utf-8")
        assert f"/{COMMAND}\n" in unit.read_text(encoding="utf-8")


class TestServerAlerts:
    def test_promtool_takes_the_rules(self):
        done = run(tool("promtool", "prometheus"), "check", "rules", MONITORING / "alerts.rules.yml")
        assert done.returncode == 0, done.stderr

    def test_each_rule_fires_when_it_should_and_only_then(self):
        done = run(tool("promtool", "prometheus"), "test", "rules", MONITORING / "alerts.test.yml")
        assert done.returncode == 0, done.stdout + done.stderr

    def test_every_rule_is_tested(self):
        rules = yaml.safe_load((MONITORING / "alerts.rules.yml").read_text(encoding="utf-8"))["groups"][0]["rules"]
        tests = (MONITORING / "alerts.test.yml").read_text(encoding="utf-8")
        for rule in rules:
            assert f'alertname="{rule["alert"]}"' in tests
            assert f"alertname: {rule['alert']}," in tests

    @pytest.mark.parametrize("file", ["alerts.rules.yml", "grafana-dashboard.json"])
    def test_the_server_has_the_metrics(self, file):
        metrics = Metrics()
        metrics.count("/invocations", 200, 0.001, 2, 1)
        had = set(re.findall(r"^(clientela_\w+)", metrics.text().decode(), re.MULTILINE))
        text = (MONITORING / file).read_text(encoding="utf-8")
        assert set(re.findall(r"\bclientela_\w+", text)) <= had

    def test_the_panels_of_the_dashboard_do_not_overlap(self):
        panels = json.loads((MONITORING / "grafana-dashboard.json").read_text(encoding="utf-8"))["panels"]
        cells = [
            (x, y)
            for place in (panel["gridPos"] for panel in panels)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        ]
        assert len(cells) == len(set(cells))
        assert max(x for x, _ in cells) < 24
        assert len({panel["id"] for panel in panels}) == len(panels)


@pytest.mark.slow
def test_airflow_runs_the_dags(tmp_path):
    """`airflow dags test` with an Airflow of its own environment, which the variable CLIENTELA_AIRFLOW names."""
    airflow = os.environ.get("CLIENTELA_AIRFLOW")
    if not airflow:
        pytest.skip("needs an environment of its own with apache-airflow, whose command CLIENTELA_AIRFLOW names")
    home, shop = tmp_path / "airflow", tmp_path / "shop"
    (home / "dags").mkdir(parents=True)
    shutil.copy(SCHEDULES / "airflow_dag.py", home / "dags")
    shutil.copytree(ROOT / "conf", shop / "conf")
    command = str(Path(sys.executable).with_name("clientela"))
    environment = {
        "PATH": "/usr/bin:/bin",
        "HOME": str(tmp_path),
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "false",
        "CLIENTELA_COMMAND": command,
        "CLIENTELA_FOLDER": str(shop),
    }

    def call(*words: str) -> str:
        done = subprocess.run(words, capture_output=True, text=True, timeout=900, env=environment, cwd=shop)
        assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
        return done.stdout + done.stderr

    call(command, "segment", "--as-of", "2024-12-01")
    call(airflow, "db", "migrate")
    for name in ("daily", "weekly", "monthly"):
        assert "state=success" in call(airflow, "dags", "test", f"clientela_{name}", "2026-01-01")
    history = call(command, "history")
    assert "daily refresh" in history
