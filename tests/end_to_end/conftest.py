"""A project's checkout of its own, a run in it, and servers that are stopped by their own pid."""

import json
import os
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
PARTS = ("MLproject", "conda.yaml", "conf", "experiments", "src")
SMALL_CANDIDATES = """
kmeans: {k: [4, 5, 6, 7, 8], n_init: 3}
gaussian_mixture: {k: [7], covariance_type: [full], n_init: 1}
agglomerative: {k: [6, 7, 8], linkage: [ward]}
hdbscan: {min_cluster_share: [0.05]}
"""
SMALL_EVALUATION = """
{bootstraps: 3, sample: 1500, horizon_days: 90, folds: 5, jobs: 1}
"""


@pytest.fixture(scope="session")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of what `mlflow run .` needs, with a smaller comparison."""
    folder = tmp_path_factory.mktemp("project")
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
    return {**clean, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}", "MLFLOW_DISABLE_TELEMETRY": "true"}


Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="session")
def run(project: Path, environment: dict[str, str]) -> Run:
    """Run a command in the project; the output of a command that fails against expectation is shown."""

    def call(*command: str, expect: int = 0) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(command, cwd=project, env=environment, capture_output=True, text=True, timeout=300)
        assert done.returncode == expect, f"{command} exited with {done.returncode}\n{done.stdout}\n{done.stderr}"
        return done

    return call


@pytest.fixture(scope="session")
def mlflow_run(run: Run) -> Run:
    """`mlflow run .` with the README's flags."""

    def call(*arguments: str, expect: int = 0) -> subprocess.CompletedProcess[str]:
        return run(
            "mlflow", "run", ".", "--env-manager", "local", "--experiment-name", "customer-segmentation", *arguments,
            expect=expect,
        )  # fmt: skip

    return call


@pytest.fixture(scope="session")
def first_run(mlflow_run: Run) -> str:
    """What the README's command printed."""
    return mlflow_run().stdout


class Server:
    """A running server and a client of it."""

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"

    def post(self, body: Any, *, content_type: str | None = "application/json") -> tuple[int, Any, str]:
        """Status, parsed JSON (None where it is none, refusing NaN) and text of the answer."""
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        headers = {"Content-Type": content_type} if content_type else {}
        request = urllib.request.Request(f"{self.url}/invocations", data, headers)
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                status, text = answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            status, text = error.code, error.read().decode()
        try:
            return status, json.loads(text, parse_constant=_refuse), text
        except json.JSONDecodeError:
            return status, None, text


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
        for _ in range(120):
            assert process.poll() is None, f"{command} ended\n{log.read_text()}"
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}{ready}", timeout=2).close()
                break
            except OSError:
                time.sleep(0.5)
        else:
            pytest.fail(f"{command} did not answer within a minute\n{log.read_text()}")
        yield Server(port)
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait(20)


Serve = Callable[..., AbstractContextManager[Server]]
SERVE_CHAMPION = "mlflow models serve -m models:/customer-segments@champion -p PORT --env-manager local"


@pytest.fixture(scope="session")
def serve_champion(project: Path, environment: dict[str, str]) -> Serve:
    """Start the README's command."""
    return lambda: serving(shlex.split(SERVE_CHAMPION), ready="/ping", cwd=project, environment=environment)


@pytest.fixture(scope="session")
def champion(serve_champion: Serve, first_run: str) -> Iterator[Server]:
    """The first version behind the README's command."""
    with serve_champion() as server:
        yield server


@pytest.fixture(scope="session")
def ui(project: Path, environment: dict[str, str], first_run: str) -> Iterator[Server]:
    """`mlflow ui` on what the run wrote."""
    with serving(["mlflow", "ui", "-p", "PORT"], ready="/health", cwd=project, environment=environment) as server:
        yield server
