"""A project's checkout of its own, a run in it, and servers that are stopped by their own pid."""

import json
import os
import shlex
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import mlflow
import pandas as pd
import pytest
import soak
import yaml
from click.testing import CliRunner

from clientela import tracking
from clientela.campaigns.campaign import Campaign
from clientela.campaigns.register import STAGE, write_campaign
from clientela.churn.build_version import register_version
from clientela.cli import main
from clientela.serving.keys import make_key

from ..churn.versions import make_version as make_churn

ROOT = Path(__file__).resolve().parents[2]
PARTS = ("MLproject", "conda.yaml", "conf", "experiments", "src")
SMALL_CANDIDATES = """
kmeans: {k: [4, 5, 6, 7, 8], n_init: 5}
gaussian_mixture: {k: [7], covariance_type: [full], n_init: 1}
agglomerative: {k: [6, 7, 8], linkage: [ward]}
hdbscan: {min_cluster_share: [0.05]}
"""
SMALL_EVALUATION = """
{bootstraps: 3, sample: 5000, horizon_days: 90, folds: 10, jobs: 1, pictures: shortlist}
"""
KEY, DIGEST = make_key()


def make_project(folder: Path) -> Path:
    """A copy of what `mlflow run .` needs, with a smaller comparison that chooses the same: docs show its answers."""
    for part in PARTS:
        source = ROOT / part
        if source.is_dir():
            shutil.copytree(source, folder / part, ignore=shutil.ignore_patterns("__pycache__", "*.egg-info"))
        else:
            shutil.copy(source, folder / part)
    (folder / "conf" / "candidates.yaml").write_text(SMALL_CANDIDATES)
    (folder / "conf" / "evaluation.yaml").write_text(SMALL_EVALUATION)
    return folder


@pytest.fixture(scope="session")
def environment() -> dict[str, str]:
    """What a user's shell has: the tools of this environment on the PATH, nothing about MLflow."""
    clean = {key: value for key, value in os.environ.items() if not key.startswith(("MLFLOW_", "PYTHONPATH"))}
    return {
        **clean,
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "MLFLOW_DISABLE_TELEMETRY": "true",
        # Threads that wait for each other take many times as long on a machine that is busy.
        "OMP_NUM_THREADS": "1",
    }


Run = Callable[..., subprocess.CompletedProcess[str]]


def make_run(project: Path, environment: dict[str, str]) -> Run:
    """Run a command in a project; the output of a command that fails against expectation is shown."""

    def call(*command: str, expect: int = 0) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(command, cwd=project, env=environment, capture_output=True, text=True, timeout=1_200)
        assert done.returncode == expect, f"{command} exited with {done.returncode}\n{done.stdout}\n{done.stderr}"
        return done

    return call


@pytest.fixture(scope="session")
def template(once: Callable[..., Path], environment: dict[str, str]) -> Path:
    """A project in which the README's command has run once for all processes; `printed.txt` is what it printed."""

    def fill(folder: Path) -> None:
        mlflow_run = make_mlflow_run(make_run(make_project(folder), environment))
        (folder / "printed.txt").write_text(mlflow_run().stdout, encoding="utf-8")

    return once("first-run", fill)


# Columns of MLflow's store with the address of a file.
ADDRESSES = {
    "experiments": "artifact_location",
    "runs": "artifact_uri",
    "logged_models": "artifact_location",
    "model_versions": "storage_location",
}


def copy_project(template: Path, folder: Path) -> Path:
    """A copy of a project with its runs, whose store names the files of the copy."""
    shutil.copytree(template, folder, dirs_exist_ok=True)
    with closing(sqlite3.connect(folder / "mlflow.db")) as connection, connection:
        for table, column in ADDRESSES.items():
            connection.execute(f"update {table} set {column} = replace({column}, ?, ?)", [str(template), str(folder)])
    for card in (folder / "mlruns").glob("*/models/*/artifacts/MLmodel"):
        card.write_text(card.read_text(encoding="utf-8").replace(str(template), str(folder)), encoding="utf-8")
    return folder


@pytest.fixture(scope="session")
def project(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project of all files whose tests do not mind what else was run in it."""
    return copy_project(template, tmp_path_factory.mktemp("project"))


@pytest.fixture(scope="session")
def run(project: Path, environment: dict[str, str]) -> Run:
    """Run a command in the project."""
    return make_run(project, environment)


@pytest.fixture(scope="session")
def mistaken(fresh_store: Callable[[Path], AbstractContextManager[Path]]) -> Callable[..., str]:
    """What a command prints for a mistake, run in this process: a process of its own imports for five seconds."""

    def call(project: Path, *command: str) -> str:
        with fresh_store(project):
            done = CliRunner().invoke(main, command)
        assert done.exit_code == 2, done.output
        assert "Traceback" not in done.stderr
        return done.stderr

    return call


def make_mlflow_run(run: Run) -> Run:
    """`mlflow run .` with the README's flags."""

    def call(*arguments: str, expect: int = 0) -> subprocess.CompletedProcess[str]:
        return run(
            "mlflow", "run", ".", "--env-manager", "local", "--experiment-name", "customer-segmentation", *arguments,
            expect=expect,
        )  # fmt: skip

    return call


@pytest.fixture(scope="session")
def mlflow_run(run: Run) -> Run:
    """`mlflow run .` in the project."""
    return make_mlflow_run(run)


@pytest.fixture(scope="session")
def first_run(project: Path) -> str:
    """What the README's command printed in the project."""
    return (project / "printed.txt").read_text(encoding="utf-8")


class Server:
    """A running server and a client of it."""

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"

    def post(self, body: Any, *, content_type: str | None = "application/json") -> tuple[int, Any, str]:
        """Status, parsed JSON (None if it is none, refusing NaN) and text of the answer."""
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        headers = {"Content-Type": content_type} if content_type else {}
        request = urllib.request.Request(f"{self.url}/invocations", data, headers)
        try:
            with urllib.request.urlopen(request, timeout=300) as answer:
                status, text = answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            status, text = error.code, error.read().decode()
        try:
            return status, json.loads(text, parse_constant=_refuse), text
        except json.JSONDecodeError:
            return status, None, text


def wait_for(what: Callable[[], object], *, seconds: float = 600) -> None:
    """Fail unless it holds within `seconds`."""
    until = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < until, f"still not so after {seconds:g} seconds"
        time.sleep(0.1)


def _refuse(constant: str) -> None:
    raise AssertionError(f"{constant} is not JSON")


@contextmanager
def serving(command: list[str], *, ready: str, cwd: Path, environment: dict[str, str]) -> Iterator[Server]:
    """Start a server on a free port (the word PORT of the command), wait until `ready` answers, stop it at the end."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    log = cwd / f"server-{port}.log"
    with log.open("w") as sink:
        process = subprocess.Popen(
            [word.replace("PORT", str(port)) for word in command],
            cwd=cwd, env=environment, stdout=sink, stderr=subprocess.STDOUT, start_new_session=True,
        )  # fmt: skip
    try:
        until = time.monotonic() + 600
        while not _answers(f"http://127.0.0.1:{port}{ready}"):
            assert process.poll() is None, f"{command} ended\n{log.read_text()}"
            assert time.monotonic() < until, f"{command} did not answer within ten minutes\n{log.read_text()}"
            time.sleep(0.1)
        yield Server(port)
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(60)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait(60)


def _answers(url: str) -> bool:
    try:
        urllib.request.urlopen(url, timeout=30).close()
    except OSError:
        return False
    return True


Serve = Callable[..., AbstractContextManager[Server]]
SERVE_CHAMPION = "mlflow models serve -m models:/customer-segments@champion -p PORT --env-manager local"


def make_serve_champion(project: Path, environment: dict[str, str]) -> Serve:
    """The README's command in a project."""
    return lambda: serving(shlex.split(SERVE_CHAMPION), ready="/ping", cwd=project, environment=environment)


@pytest.fixture(scope="session")
def serve_champion(project: Path, environment: dict[str, str]) -> Serve:
    """Start the README's command."""
    return make_serve_champion(project, environment)


@pytest.fixture(scope="session")
def champion(serve_champion: Serve, first_run: str) -> Iterator[Server]:
    """The first version behind the README's command."""
    with serve_champion() as server:
        yield server


GUNICORN = "gunicorn -c {conf}/gunicorn.py clientela.serving.app:app -b 127.0.0.1:PORT"


@pytest.fixture(scope="session")
def production_conf(project: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project's settings, with a key, a quick look at the registry and no limit of requests per second."""
    folder = tmp_path_factory.mktemp("settings") / "conf"
    shutil.copytree(project / "conf", folder)
    settings = yaml.safe_load((folder / "server.yaml").read_text())
    settings.update(keys=[{"name": "crm", "sha256": DIGEST}], poll_seconds=0.5)
    settings["limits"]["requests_a_second"] = None
    (folder / "server.yaml").write_text(yaml.safe_dump(settings))
    return folder


@pytest.fixture(scope="session")
def campaign(project: Path, first_run: str, fresh_store: Callable[[Path], AbstractContextManager[Path]]) -> Campaign:
    """A running campaign of four customers in the project; the pages show it."""
    arms = {"12392": "treatment", "12346": "control", "12350": "holdout", "12351": "excluded"}
    rows = [(f"{id_}", "Lost", arm, "no_consent" if arm == "excluded" else None) for id_, arm in arms.items()]
    assignment = pd.DataFrame(rows, columns=["customer_id", "segment", "arm", "reason"])
    started = Campaign(
        name="winter", dataset="demo", action="coupon", start=date(2025, 1, 1), days=90, control=0.5, seed=0,
        model_version=1, ledger={"treatment": 1, "control": 1, "holdout": 1, "no_consent": 1}, digest="",
    )  # fmt: skip
    with fresh_store(project), tracking.open_run("campaigns", name="winter", stage=STAGE):
        write_campaign(started, assignment.assign(campaign="winter", since=started.start))
    return started


@pytest.fixture(scope="session")
def production(
    project: Path, environment: dict[str, str], first_run: str, production_conf: Path, campaign: Campaign
) -> Iterator[Server]:
    """The production server on the first version, as it is started; KEY opens it. The code of models is forbidden."""
    command = shlex.split(GUNICORN.format(conf=production_conf))
    forbidden = {"MLFLOW_ALLOW_MODEL_CODE_EXECUTION": "false"}
    environment = {**environment, **forbidden, "PYTHONPATH": str(project / "src")}
    with serving(command, ready="/ready", cwd=project, environment=environment) as server:
        yield server


@pytest.fixture(scope="session")
def ui(project: Path, environment: dict[str, str], first_run: str) -> Iterator[Server]:
    """`clientela ui` on what the run wrote: one worker, and without the job runner, which starts seven processes."""
    command = ["clientela", "ui", "-p", "PORT", "--workers", "1"]
    path = str(project / "src")
    alone = {**environment, "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false", "PYTHONPATH": path}
    with serving(command, ready="/health", cwd=project, environment=alone) as server:
        yield server


@dataclass(frozen=True)
class Small:
    """A production server of one worker on a store with three small versions, and one of churn, for who does it harm.

    Attributes:
        folder: of the store; `conf` in it are the settings.
        uri: of the store.
        port: of the server.
        master: gunicorn's process id.
        key: the one key.
    """

    folder: Path
    uri: str
    port: int
    master: int
    key: str

    @property
    def worker(self) -> int:
        """The process id of the worker."""
        (worker,) = soak.workers_of(self.master)
        return worker

    def rss(self) -> float:
        """Resident memory of the worker that is its own, in MB."""
        text = Path(f"/proc/{self.worker}/status").read_text()
        return int(text.partition("RssAnon:")[2].split()[0]) / 1024


def _register_churn(folder: Path) -> None:
    """A small version of the churn model, in the store that is set."""
    experiment = mlflow.create_experiment("churn", artifact_location=(folder / "churn").as_uri())
    with mlflow.start_run(experiment_id=experiment) as run:
        register_version(make_churn(), model="customer-churn", run_id=run.info.run_id, note="", tags={}, hide_ids=False)


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory, fresh_store: Any) -> Iterator[Small]:
    """The server, within its store."""
    folder = tmp_path_factory.mktemp("small")
    key, digest = make_key()
    with fresh_store(folder):
        uri = soak.register_versions(folder)
        _register_churn(folder)
        soak.write_conf(folder / "conf", digest, workers=1)
        settings = yaml.safe_load((folder / "conf/server.yaml").read_text())
        settings["limits"].update(body_bytes=1_000_000, body_seconds=2, ids_a_request=5_000)
        (folder / "conf/server.yaml").write_text(yaml.safe_dump(settings))
        with soak.served(folder / "conf", uri, folder / "server.log") as (port, master):
            yield Small(folder, uri, port, master, key)
