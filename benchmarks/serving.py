"""Requests a second of `mlflow models serve` with our model, beside a yardstick pyfunc, in one run.

    python benchmarks/serving.py --yardsticks FOLDER

FOLDER has `naive_pyfunc.py` (logs and registers the pyfunc that a tutorial would write, and prints the command that
serves it) and `post.lua` (the request, for wrk). Needs wrk. The servers take turns, so that a noisy machine disturbs
both alike: quote the ratios.
"""

import argparse
import os
import re
import shlex
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import mlflow
import numpy as np
import pandas as pd

from clientela import registry
from clientela.serving import index

NAMES = ["Champions", "Loyal", "At risk", "New"]


def main() -> None:
    """Register both models, serve each in turn, print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--yardsticks", type=Path, required=True)
    parser.add_argument("--customers", type=int, default=100_000)
    parser.add_argument("--seconds", type=int, default=8)
    parser.add_argument("--rounds", type=int, default=3)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        servers = {"ours": register_ours(Path(folder) / "ours", args.customers)}
        servers["naive"] = register_naive(args.yardsticks / "naive_pyfunc.py", Path(folder) / "naive", args.customers)
        rates: dict[tuple[str, int], list[float]] = {}
        for _ in range(args.rounds):
            for name, (uri, model) in servers.items():
                with served(uri, model) as port:
                    for ids in (1, 1000):
                        rate = measure(port, ids, args.yardsticks / "post.lua", args.seconds)
                        rates.setdefault((name, ids), []).append(rate)
                        print(f"{name:6} {ids:5} ids: {rate:8.1f} requests/s", flush=True)
        for ids in (1, 1000):
            ours, naive = (statistics.median(rates[name, ids]) for name in ("ours", "naive"))
            print(f"{ids:5} ids: ours {ours:8.1f}  naive {naive:8.1f}  ratio {ours / naive:.2f}")


def register_ours(folder: Path, customers: int) -> tuple[str, str]:
    """Register a version as the project does; returns the store's URI and the model's."""
    folder.mkdir(parents=True)
    uri = f"sqlite:///{folder}/mlflow.db"
    mlflow.set_tracking_uri(uri)
    experiment = mlflow.create_experiment("serving", artifact_location=(folder / "artifacts").as_uri())
    with mlflow.start_run(experiment_id=experiment) as run:
        artifacts = index.write_version(folder, make_version(customers))
        registry.register(
            "ours",
            run_id=run.info.run_id,
            code=index.PYFUNC,
            artifacts=artifacts,
            example_ids=["C000000000"],
            note="",
            tags={},
        )
    return uri, "models:/ours@champion"


def make_version(customers: int) -> index.Version:
    """Customers C000000000, C000000001, ... in segments drawn at random."""
    frame = pd.DataFrame({"customer_id": [f"C{i:09d}" for i in range(customers)]})
    frame["segment_id"] = np.random.default_rng(0).integers(1, len(NAMES) + 1, customers)
    frame = frame.assign(rule=0, **dict.fromkeys(index.FIGURES, 1.0))
    segments = [
        {"id": i, "rank": i, "name": {"en": name}, "description": {}, "action": {}} for i, name in enumerate(NAMES, 1)
    ]
    rule = {"segment_id": 1, "customers": customers, "precision": 1.0, "text": {"en": ""}, "conditions": []}
    return index.Version(date(2025, 1, 1), frame, segments, [rule], {}, last_id=len(NAMES))


def register_naive(script: Path, folder: Path, customers: int) -> tuple[str, str]:
    """Run the yardstick's script; returns what its printed command names."""
    command = [sys.executable, str(script), "--customers", str(customers), "--out", str(folder)]
    printed = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    match = re.search(r"MLFLOW_TRACKING_URI=(\S+) mlflow models serve -m (\S+)", printed)
    assert match, printed
    return match[1], match[2]


@contextmanager
def served(uri: str, model: str) -> Iterator[int]:
    """`mlflow models serve` with one worker on a free port, stopped at the end."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    bin_folder = str(Path(sys.executable).parent)
    environment = {**os.environ, "MLFLOW_TRACKING_URI": uri, "PATH": f"{bin_folder}:{os.environ['PATH']}"}
    command = shlex.split(f"mlflow models serve -m {model} -p {port} --env-manager local")
    process = subprocess.Popen(
        command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    )
    try:
        for _ in range(120):
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}/ping", timeout=1)
                break
            except OSError:
                time.sleep(0.5)
        yield port
    finally:
        os.killpg(process.pid, 15)
        process.wait(30)


def measure(port: int, ids: int, request: Path, seconds: int) -> float:
    """Requests a second that wrk counts."""
    command = f"wrk -t1 -c8 -d{seconds}s -s {request} http://127.0.0.1:{port}/invocations"
    environment = {**os.environ, "IDS": str(ids)}
    printed = subprocess.run(shlex.split(command), check=True, capture_output=True, text=True, env=environment).stdout
    assert "Non-2xx" not in printed, printed
    match = re.search(r"Requests/sec:\s+([\d.]+)", printed)
    assert match, printed
    return float(match[1])


if __name__ == "__main__":
    main()
