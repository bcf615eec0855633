"""Requests a second of the production server, beside a dict behind Starlette under uvicorn, in one run.

    python benchmarks/server.py --yardsticks FOLDER

FOLDER has `naive_pyfunc.py` (writes the table), `raw_asgi.py` (the dict) and `post.lua` (the request, for wrk). One
worker each; ours with a key, metrics and a log line a request. The servers take turns: quote the ratios.
"""

import argparse
import os
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
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import yaml

from clientela.serving.keys import make_key
from serving import measure, register_naive, register_ours

CONF = Path(__file__).resolve().parents[1] / "conf"


def main() -> None:
    """Serve both in turn, print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--yardsticks", type=Path, required=True)
    parser.add_argument("--customers", type=int, default=100_000)
    parser.add_argument("--seconds", type=int, default=8)
    parser.add_argument("--rounds", type=int, default=3)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        uri, _ = register_ours(folder / "ours", args.customers)
        register_naive(args.yardsticks / "naive_pyfunc.py", folder / "naive", args.customers)
        key, digest = make_key()
        write_conf(folder / "conf", digest)
        with_key = folder / "post.lua"
        with_key.write_text((args.yardsticks / "post.lua").read_text() + f'wrk.headers["X-API-Key"] = "{key}"\n')
        ours = f"gunicorn -c {folder}/conf/gunicorn.py -b 127.0.0.1:PORT", {"MLFLOW_TRACKING_URI": uri}
        raw = (
            f"uvicorn --app-dir {args.yardsticks} raw_asgi:app --port PORT --no-access-log",
            {"TABLE": str(folder / "naive" / "table.parquet")},
        )
        rates: dict[tuple[str, int], list[float]] = {}
        for _ in range(args.rounds):
            for server, (command, environment) in {"ours": ours, "raw": raw}.items():
                with served(command, environment, folder / f"{server}.log") as port:
                    for ids in (1, 1000):
                        rate = measure(port, ids, with_key, args.seconds)
                        rates.setdefault((server, ids), []).append(rate)
                        print(f"{server:6} {ids:5} ids: {rate:8.1f} requests/s", flush=True)
        for ids in (1, 1000):
            mine, theirs = (statistics.median(rates[server, ids]) for server in ("ours", "raw"))
            print(f"{ids:5} ids: ours {mine:8.1f}  raw {theirs:8.1f}  ratio {mine / theirs:.2f}")


def write_conf(folder: Path, digest: str) -> None:
    """The project's settings with one worker, one key that may ask as often as it can, and our model."""
    folder.mkdir()
    (folder / "gunicorn.py").write_text((CONF / "gunicorn.py").read_text())
    settings = yaml.safe_load((CONF / "server.yaml").read_text())
    settings.update(workers=1, keys=[{"name": "bench", "sha256": digest}])
    settings["limits"]["requests_a_second"] = 1e6
    (folder / "server.yaml").write_text(yaml.safe_dump(settings))
    tracking = yaml.safe_load((CONF / "tracking.yaml").read_text())
    (folder / "tracking.yaml").write_text(yaml.safe_dump({**tracking, "model": "ours"}))


@contextmanager
def served(command: str, environment: dict[str, str], log: Path) -> Iterator[int]:
    """A server on a free port that answers, stopped at the end."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    bin_folder = str(Path(sys.executable).parent)
    variables = {**os.environ, **environment, "PATH": f"{bin_folder}:{os.environ['PATH']}"}
    with log.open("w") as sink:
        process = subprocess.Popen(
            shlex.split(command.replace("PORT", str(port))),
            env=variables, stdout=sink, stderr=subprocess.STDOUT, start_new_session=True,
        )  # fmt: skip
    try:
        for _ in range(120):
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}/ready", timeout=1)
                break
            except urllib.error.HTTPError as error:
                if error.code == 404:  # the dict has no such address, but it answers
                    break
            except OSError:
                pass
            time.sleep(0.5)
        yield port
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(30)


if __name__ == "__main__":
    main()
