"""The commands of compose.yaml and of the image as plain processes: the server that follows MLflow on Postgres."""

import json
import re
import shutil
import subprocess
import urllib.error
import urllib.request
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
import yaml
from mlflow import MlflowClient

from clientela.serving.keys import make_key

from .conftest import ROOT, serving, wait_for

pytestmark = pytest.mark.slow

KNOWN = "12346"  # the demo shop's first customer
KEY, DIGEST = make_key()
COMPOSE = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))["services"]
IMAGE = (ROOT / "Dockerfile").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def here(project: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The image's /app, with a key, a quick look at the registry, and few candidates."""
    app = tmp_path_factory.mktemp("app") / "app"
    shutil.copytree(project, app, ignore=shutil.ignore_patterns("mlflow.db*", "mlruns", "*.log"))
    settings = yaml.safe_load((app / "conf" / "server.yaml").read_text())
    settings.update(keys=[{"name": "crm", "sha256": DIGEST}], poll_seconds=0.5)
    (app / "conf" / "server.yaml").write_text(yaml.safe_dump(settings))
    (app / "conf" / "candidates.yaml").write_text("kmeans: {k: [5, 6, 7], n_init: 3}")
    return app


@pytest.fixture(scope="module")
def tracking(here, environment, postgres):
    """The tracking server's command, on a database of its own in the cluster of the tests."""
    import psycopg

    with psycopg.connect(postgres, autocommit=True) as connection:
        connection.execute("create database mlflow")
    address = urlsplit(postgres)
    given = COMPOSE["mlflow"]["environment"]
    uri = given["MLFLOW_BACKEND_STORE_URI"].replace(
        "mlflow@postgres:5432", f"{address.username}@127.0.0.1:{address.port}"
    )
    own = {**given, "MLFLOW_BACKEND_STORE_URI": uri, "PGPASSWORD": unquote(address.password)}
    instead = {
        "--host=0.0.0.0": "--host=127.0.0.1",
        "--port=5000": "--port=PORT",
        "--workers=2": "--workers=1",
        "--artifacts-destination=/artifacts": f"--artifacts-destination={here.parent / 'artifacts'}",
    }
    command = [
        instead.get(word, word).replace("127.0.0.1:5000", "127.0.0.1:PORT") for word in COMPOSE["mlflow"]["command"]
    ]
    assert set(instead) < set(COMPOSE["mlflow"]["command"])
    with serving(command, ready="/health", cwd=here, environment={**environment, **own}) as server:
        yield server


@pytest.fixture(scope="module")
def client(tracking, environment, here) -> dict[str, str]:
    """What the compose file gives to servers and jobs, with the address that it has here."""
    own = {**COMPOSE["server"]["environment"], "MLFLOW_TRACKING_URI": tracking.url, "TMPDIR": str(here.parent)}
    return {**environment, **own, "PYTHONPATH": str(here / "src")}


@pytest.fixture(scope="module")
def server(here, client):
    """The image's command, before there is a version."""
    command = json.loads(re.search(r"^CMD (\[.*\])$", IMAGE, re.MULTILINE)[1])
    command[command.index("--bind") + 1] = "127.0.0.1:PORT"
    with serving(command, ready="/health", cwd=here, environment=client) as server:
        yield server


def ask(server, path, body=None):
    """Status and JSON of an answer."""
    request = urllib.request.Request(server.url + path, json.dumps(body).encode() if body else None, {"X-API-Key": KEY})
    try:
        with urllib.request.urlopen(request, timeout=600) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)


def test_from_an_empty_database_to_a_second_champion(tracking, server, here, client):
    def run(script):
        done = subprocess.run(["python", script], cwd=here, env=client, capture_output=True, text=True, timeout=300)
        assert done.returncode == 0, done.stderr
        return done.stdout

    assert ask(server, "/ready")[0] == 503

    assert "version 1 is registered as champion" in run("experiments/segment.py")
    assert list((here.parent / "artifacts").rglob("customers.arrow")), "served by the tracking server"
    wait_for(lambda: ask(server, "/ready")[0] == 200)
    status, answer = ask(server, "/customers:lookup", {"ids": [KNOWN, "nobody"]})
    known, unknown = answer["customers"]
    assert (status, answer["version"], unknown["segment"]) == (200, "1", None)
    assert known["segment"]

    run("experiments/refresh.py")
    assert ask(server, "/version")[1]["version"] == "1"
    # The alias alone: the gate of a promotion has tests of its own.
    MlflowClient(tracking.url).set_registered_model_alias("customer-segments", "champion", "2")
    wait_for(lambda: ask(server, "/version")[1]["version"] == "2")
    assert ask(server, "/customers:lookup", {"ids": [KNOWN]})[1]["customers"][0]["segment"] == known["segment"]


def test_the_tracking_server_answers_only_to_its_names(tracking):
    request = urllib.request.Request(
        f"{tracking.url}/api/2.0/mlflow/experiments/search", headers={"Host": "evil.example"}
    )
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(request, timeout=600)
    assert refused.value.code == 403
