"""Requests per second of a served segmentation beside baselines, in one run and one table.

    python benchmarks/serving.py --baselines FOLDER

FOLDER has `naive_pyfunc.py` (logs and registers the pyfunc that a tutorial would write, and prints the command that
serves it), `raw_asgi.py` (a dict behind Starlette) and `post.lua` (the request, for wrk). Needs wrk and uvicorn.
Two pairs: our model and the tutorial's through `mlflow models serve`; the production server, with a key, metrics and
a log line per request, and the dict under uvicorn. One worker each. All are up at once and take short turns, so that a
noisy machine disturbs both of a pair alike: quote the ratios, which are medians of the turns'.
"""

import argparse
import os
import re
import shlex
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import mlflow
import numpy as np
import pandas as pd
import yaml
from tqdm import tqdm

from clientela import registry
from clientela.segmentation import version as index
from clientela.serving.keys import make_key

CONF = Path(__file__).resolve().parents[1] / "conf"
NAMES = ["Champions", "Loyal", "At risk", "New"]
SIZES = (1, 1000)


@dataclass(frozen=True)
class Server:
    """How to start one; PORT in the command is replaced."""

    name: str
    command: str
    environment: Mapping[str, str]
    ready: str


@dataclass
class Pair:
    """Ours and what it is measured beside; rates by size, a turn each."""

    ours: Server
    baseline: Server
    rates: dict[tuple[str, int], list[float]] = field(default_factory=dict)


def main() -> None:
    """Start the servers, let them take turns, print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--baselines", type=Path, required=True)
    parser.add_argument("--customers", type=int, default=100_000)
    parser.add_argument("--seconds", type=int, default=2, help="of a turn")
    parser.add_argument("--rounds", type=int, default=10)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        key, digest = make_key()
        request = Path(folder) / "post.lua"
        request.write_text((args.baselines / "post.lua").read_text() + f'wrk.headers["X-API-Key"] = "{key}"\n')
        pairs = make_pairs(Path(folder), args.baselines, args.customers, digest)
        for pair in pairs:
            take_turns(pair, request, args.rounds, args.seconds, Path(folder))
    print("\n".join(table(pairs)))


def make_pairs(folder: Path, baselines: Path, customers: int, digest: str) -> list[Pair]:
    """Register both models; the servers that answer with them."""
    ours = register_ours(folder / "ours", customers)
    naive, naive_model = register_naive(baselines / "naive_pyfunc.py", folder / "naive", customers)
    write_conf(folder / "conf", digest)
    served = "mlflow models serve -m {} -p PORT --env-manager local"
    return [
        Pair(
            Server("our pyfunc", served.format("models:/ours@champion"), {"MLFLOW_TRACKING_URI": ours}, "/ping"),
            Server("a tutorial's pyfunc", served.format(naive_model), {"MLFLOW_TRACKING_URI": naive}, "/ping"),
        ),
        Pair(
            Server(
                "production server",
                f"gunicorn -c {folder}/conf/gunicorn.py clientela.serving.app:app -b 127.0.0.1:PORT",
                {"MLFLOW_TRACKING_URI": ours},
                "/ready",
            ),
            Server(
                "a dict under uvicorn",
                f"uvicorn --app-dir {baselines} raw_asgi:app --port PORT --no-access-log",
                {"TABLE": str(folder / "naive" / "table.parquet")},
                "/",
            ),
        ),
    ]


def register_ours(folder: Path, customers: int) -> str:
    """Register a version as the project does; returns the store's URI."""
    folder.mkdir(parents=True)
    uri = f"sqlite:///{folder}/mlflow.db"
    mlflow.set_tracking_uri(uri)
    experiment = mlflow.create_experiment("serving", artifact_location=(folder / "artifacts").as_uri())
    with mlflow.start_run(experiment_id=experiment) as run:
        artifacts = index.write_version(folder, make_version(customers))
        registry.register(
            "ours",
            index.model_spec(),
            run_id=run.info.run_id,
            artifacts=artifacts,
            example_ids=["C000000000"],
            note="",
            tags={},
        )
    return uri


def make_version(customers: int) -> index.SegmentsVersion:
    """Customers C000000000, C000000001, ... in segments drawn at random."""
    frame = pd.DataFrame({"customer_id": [f"C{i:09d}" for i in range(customers)]})
    frame["segment_id"] = np.random.default_rng(0).integers(1, len(NAMES) + 1, customers)
    frame = frame.assign(rule=0, **dict.fromkeys(index.FIGURES, 1.0))
    segments = [
        {"id": i, "rank": i, "name": {"en": name}, "description": {}, "action": {}} for i, name in enumerate(NAMES, 1)
    ]
    rule = {"segment_id": 1, "customers": customers, "precision": 1.0, "text": {"en": ""}, "conditions": []}
    return index.SegmentsVersion(date(2025, 1, 1), frame, segments, [rule], {}, last_id=len(NAMES))


def register_naive(script: Path, folder: Path, customers: int) -> tuple[str, str]:
    """Run the baseline's script; returns what its printed command names."""
    command = [sys.executable, str(script), "--customers", str(customers), "--out", str(folder)]
    printed = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    match = re.search(r"MLFLOW_TRACKING_URI=(\S+) mlflow models serve -m (\S+)", printed)
    assert match, printed
    return match[1], match[2]


def write_conf(folder: Path, digest: str) -> None:
    """The project's settings with one worker, one key that may ask as often as it can, and our model."""
    folder.mkdir()
    for name in ("gunicorn.py", "churn.yaml"):
        (folder / name).write_text((CONF / name).read_text())
    settings = yaml.safe_load((CONF / "server.yaml").read_text())
    settings.update(workers=1, keys=[{"name": "bench", "sha256": digest}])
    settings["limits"]["requests_a_second"] = 1e6
    (folder / "server.yaml").write_text(yaml.safe_dump(settings))
    tracking = yaml.safe_load((CONF / "tracking.yaml").read_text())
    (folder / "tracking.yaml").write_text(yaml.safe_dump({**tracking, "model": "ours"}))


def take_turns(pair: Pair, request: Path, rounds: int, seconds: int, folder: Path) -> None:
    """Measure both at each size, in turns."""
    servers = (pair.ours, pair.baseline)
    with ExitStack() as stack:
        ports = {server.name: stack.enter_context(serving(server, folder)) for server in servers}
        for name, port in ports.items():
            for ids in SIZES:  # not counted: whatever is made at the first request
                measure(port, ids, request, 1)
                pair.rates[name, ids] = []
        for _ in tqdm(range(rounds), desc=pair.ours.name):
            for ids in SIZES:
                for name, port in ports.items():
                    pair.rates[name, ids].append(measure(port, ids, request, seconds))


@contextmanager
def serving(server: Server, folder: Path) -> Iterator[int]:
    """A server on a free port that answers, stopped at the end."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {**os.environ, **server.environment, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    with (folder / f"{server.name}.log").open("w") as sink:
        process = subprocess.Popen(
            shlex.split(server.command.replace("PORT", str(port))),
            env=environment, stdout=sink, stderr=subprocess.STDOUT, start_new_session=True,
        )  # fmt: skip
    try:
        wait_for(f"http://127.0.0.1:{port}{server.ready}")
        yield port
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(30)


def wait_for(url: str) -> None:
    """Until it answers, be it with 404, but not with 503."""
    for _ in range(120):
        try:
            urllib.request.urlopen(url, timeout=1)
            return
        except urllib.error.HTTPError as error:
            if error.code != 503:
                return
        except OSError:
            pass
        time.sleep(0.5)
    raise SystemExit(f"{url} does not answer.")


def measure(port: int, ids: int, request: Path, seconds: int) -> float:
    """Requests per second, counted by wrk."""
    command = f"wrk -t1 -c8 -d{seconds}s -s {request} http://127.0.0.1:{port}/invocations"
    environment = {**os.environ, "IDS": str(ids)}
    printed = subprocess.run(shlex.split(command), check=True, capture_output=True, text=True, env=environment).stdout
    assert "Non-2xx" not in printed, printed
    match = re.search(r"Requests/sec:\s+([\d.]+)", printed)
    assert match, printed
    return float(match[1])


def table(pairs: list[Pair]) -> list[str]:
    """Medians of the rates, and of the ratios turn by turn, in Markdown."""
    lines = ["| server | beside | ids | requests per second | beside it | ratio |", "|--|--|--:|--:|--:|--:|"]
    for pair in pairs:
        for ids in SIZES:
            ours, theirs = (pair.rates[server.name, ids] for server in (pair.ours, pair.baseline))
            ratio = statistics.median(mine / other for mine, other in zip(ours, theirs, strict=True))
            figures = f"{statistics.median(ours):,.0f} | {statistics.median(theirs):,.0f} | {ratio:.2f}"
            lines.append(f"| {pair.ours.name} | {pair.baseline.name} | {ids:,} | {figures} |")
    return lines


if __name__ == "__main__":
    main()
