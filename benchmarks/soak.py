"""The production server, kept busy while its champion moves and a worker is killed: no failed and no wrong answer.

    python benchmarks/soak.py --minutes 3
    python benchmarks/soak.py --minutes 1 --slow 8

gunicorn with two workers on loopback, and several connections that always ask. Every answer is compared, byte by byte,
with those that the versions may give: it must belong wholly to one version. Meanwhile the champion is promoted and
rolled back by the registry's own verbs (without the gate, which takes longer than the pauses here), and one worker gets
SIGKILL in the middle. A request that a killed process held can be answered by nobody: a client sees its connection cut
and asks once more on a new one, as HTTP clients do with requests that change nothing. Those retries are counted; a
second cut is a failure. Ends with 1 where a request failed, an answer was wrong, or a version was never seen.

`--slow` adds clients without a key that send requests which never end, and runs everything a second time without them:
the 99th percentile of the others' latencies must stay within twice of that.
"""

import argparse
import asyncio
import json
import multiprocessing
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from array import array
from collections import Counter
from collections.abc import Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import mlflow
import numpy as np
import pandas as pd
import yaml

from clientela import registry
from clientela.registry import Change
from clientela.segmentation import version as index
from clientela.serving.keys import make_key

CONF = Path(__file__).resolve().parents[1] / "conf"
MODEL = "soaked"
NAMES = ["Champions", "Loyal", "At risk", "New", "Lost"]
VERSIONS = ("1", "2", "3")
CUSTOMERS = 5_000
WORKERS = 2
POLL_SECONDS = 0.5
BATCHES = (1, 20, 200)  # ids a request, in turn
# What slow clients send: the beginning of a request, and what they send again and again.
ENDLESS = (
    (b"GET /", b"a" * 65_536),
    (b"GET / HTTP/1.1\r\nX: ", b"a" * 65_536),
    (b"GET / HTTP/1.1\r\n", b"X: a\r\n"),
    (b"POST /invocations HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1;", b"a" * 65_536),
)
RENEWED_AFTER = 200  # requests of a connection: one that stayed for ever would leave the work to whoever accepted it


@dataclass
class Outcome:
    """What the clients saw.

    Attributes:
        requests: that were answered rightly.
        ids: of them.
        versions: answers of each version.
        retries: requests that were asked once more, because their connection was cut.
        failed: requests without an answer, or with another status than 200.
        wrong: answers that are no version's.
        latencies: seconds, of each request, retries included.
        moves: of the champion.
        slowest_swap: seconds from a move to the last answer of the old version.
        busy: seconds of processor time of each worker, until the kill, by the second.
        kills: process ids of workers that were killed, each with the one that took its place.
        alerts: lines of the server's log about versions that did not open, or about answers of 500 and above.
        slow: connections that slow clients opened.
        seconds: that it lasted.
    """

    requests: int = 0
    ids: int = 0
    versions: Counter[str] = field(default_factory=Counter)
    retries: int = 0
    failed: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    latencies: array = field(default_factory=lambda: array("f"))
    moves: int = 0
    slowest_swap: float = 0.0
    busy: list[float] = field(default_factory=list)
    kills: list[tuple[int, int]] = field(default_factory=list)
    alerts: int = 0
    slow: int = 0
    seconds: float = 0.0

    @property
    def held(self) -> bool:
        """Nothing failed, nothing was wrong, and every version was seen."""
        return not (self.failed or self.wrong or self.alerts) and set(self.versions) == set(VERSIONS)


def main() -> int:
    """Run it and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=3.0)
    parser.add_argument("--moves", type=int, default=20)
    parser.add_argument("--clients", type=int, default=8)
    parser.add_argument("--slow", type=int, default=0)
    args = parser.parse_args()
    outcomes = []
    for slow in (args.slow, 0) if args.slow else (0,):
        with tempfile.TemporaryDirectory() as folder:
            outcomes.append(
                soak(Path(folder), seconds=args.minutes * 60, moves=args.moves, clients=args.clients, slow=slow)
            )
        print(f"with {slow} slow clients")
        _print_outcome(outcomes[-1], args.clients)
    ratio = 1.0
    if args.slow:
        beside, alone = (float(np.percentile(outcome.latencies, 99)) for outcome in outcomes)
        ratio = beside / alone
        print(f"p99              {ratio:.2f} times that without slow clients; at most 2 are allowed")
    return 0 if all(outcome.held for outcome in outcomes) and ratio <= 2 else 1


def _print_outcome(outcome: Outcome, clients: int) -> None:
    low, middle, high = np.percentile(outcome.latencies, [50, 99, 99.9]) * 1000
    print(f"requests held    {outcome.requests:,} ({outcome.ids:,} ids) in {outcome.seconds:.0f} s")
    print(f"requests/s       {outcome.requests / outcome.seconds:,.0f} of {clients} connections")
    longest = max(outcome.latencies)
    print(f"latency          p50 {low:.2f} ms, p99 {middle:.2f} ms, p99.9 {high:.2f} ms, max {longest:.2f} s")
    print(f"failed, wrong    {len(outcome.failed)}, {len(outcome.wrong)}; alerts in the log: {outcome.alerts}")
    print(f"retries          {outcome.retries}, on connections that the killed worker held")
    print(f"champion moved   {outcome.moves} times; the slowest swap took {outcome.slowest_swap:.2f} s")
    print(f"answers of       {', '.join(f'version {v}: {n:,}' for v, n in sorted(outcome.versions.items()))}")
    print(f"workers          {', '.join(f'{share:.0%}' for share in outcome.busy)} of a processor each until the kill")
    print(f"killed           {', '.join(f'worker {old}, replaced by {new}' for old, new in outcome.kills)}")
    print(f"slow clients     opened {outcome.slow:,} connections")
    for problem in [*outcome.failed, *outcome.wrong][:10]:
        print(f"  {problem}")


def soak(folder: Path, *, seconds: float, moves: int, clients: int, slow: int = 0) -> Outcome:
    """Serve three versions out of `folder`, and ask, move and kill for that long, beside `slow` slow clients."""
    uri = register_versions(folder)
    key, digest = make_key()
    write_conf(folder / "conf", digest)
    with served(folder / "conf", uri, folder / "server.log") as (port, master):
        outcome = asyncio.run(_soak(port, master, uri, key, seconds=seconds, moves=moves, clients=clients, slow=slow))
    lines = (folder / "server.log").read_text(errors="replace").splitlines()
    outcome.alerts = sum('"alert"' in line or '"status":5' in line or "Traceback" in line for line in lines)
    return outcome


def register_versions(folder: Path) -> str:
    """Register three versions of the same customers, who are in another segment in each; returns the store's URI."""
    uri = f"sqlite:///{folder}/mlflow.db"
    mlflow.set_tracking_uri(uri)
    experiment = mlflow.create_experiment("soak", artifact_location=(folder / "artifacts").as_uri())
    for number in VERSIONS:
        files = folder / f"version-{number}"
        files.mkdir()
        artifacts = index.write_version(files, make_version(number))
        with mlflow.start_run(experiment_id=experiment) as run:
            registry.register(
                MODEL, index.model_spec(), run_id=run.info.run_id, artifacts=artifacts,
                example_ids=[customer(0)], note="", tags={},
            )  # fmt: skip
    return uri


def make_version(number: str) -> index.SegmentsVersion:
    """Customers whose segments go round, from another one in each version."""
    frame = pd.DataFrame({"customer_id": [customer(i) for i in range(CUSTOMERS)]})
    frame["segment_id"] = [1 + (i + int(number)) % len(NAMES) for i in range(CUSTOMERS)]
    frame = frame.assign(rule=0, **dict.fromkeys(index.FIGURES, 1.0))
    segments = [
        {"id": i, "rank": i, "name": {"en": name}, "description": {}, "action": {}} for i, name in enumerate(NAMES, 1)
    ]
    rule = {"segment_id": 1, "customers": CUSTOMERS, "precision": 1.0, "text": {"en": ""}, "conditions": []}
    return index.SegmentsVersion(date(2025, 1, 1), frame, segments, [rule], {}, last_id=len(NAMES))


def customer(i: int) -> str:
    """The id of a customer by its place."""
    return f"C{i:06d}"


def write_conf(folder: Path, digest: str, *, workers: int = WORKERS) -> None:
    """The project's settings with a key that may ask as often as it can, a quick look at the registry, our model."""
    folder.mkdir()
    for name in ("gunicorn.py", "churn.yaml", "privacy.yaml"):
        shutil.copy(CONF / name, folder)
    settings = yaml.safe_load((CONF / "server.yaml").read_text())
    settings.update(workers=workers, keys=[{"name": "soak", "sha256": digest}], poll_seconds=POLL_SECONDS)
    settings["limits"]["requests_a_second"] = None
    # Of all requests the log alone would be a gigabyte an hour.
    settings["log"]["requests"] = "errors"
    (folder / "server.yaml").write_text(yaml.safe_dump(settings))
    tracking = yaml.safe_load((CONF / "tracking.yaml").read_text())
    (folder / "tracking.yaml").write_text(yaml.safe_dump({**tracking, "model": MODEL}))


@contextmanager
def served(conf: Path, uri: str, log: Path) -> Iterator[tuple[int, int]]:
    """gunicorn on a free port; gives the port and the master's process id, and stops it at the end."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "gunicorn", "-c", str(conf / "gunicorn.py"), "-b", f"127.0.0.1:{port}"]
    source = str(CONF.parent / "src")
    environment = {**os.environ, "MLFLOW_TRACKING_URI": uri, "PYTHONPATH": source}
    # Another server's, where this one was started from a test.
    environment.pop("PROMETHEUS_MULTIPROC_DIR", None)
    with log.open("w") as sink:
        process = subprocess.Popen(
            command, cwd=conf.parent, env=environment, stdout=sink, stderr=subprocess.STDOUT, start_new_session=True
        )
    try:
        _wait_until_ready(port, process, log)
        yield port, process.pid
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait(30)


def _wait_until_ready(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(120):
        if process.poll() is not None:
            break
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/ready", timeout=2).close()
            return
        except OSError:
            time.sleep(0.5)
    raise SystemExit(f"The server did not start.\n{log.read_text()}")


def workers_of(master: int) -> list[int]:
    """The process ids of gunicorn's workers."""
    return [int(pid) for pid in Path(f"/proc/{master}/task/{master}/children").read_text().split()]


def processor_seconds(pid: int) -> float:
    """What a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Question:
    """A request as it goes over the wire, and the version of each body that may answer it."""

    wire: bytes
    ids: int
    version_of: Mapping[bytes, str]


def questions(key: str) -> list[Question]:
    """Both addresses, in batches of several sizes from several places."""
    rng = np.random.default_rng(0)
    made = []
    for size in BATCHES:
        for _ in range(20):
            places = rng.choice(CUSTOMERS, size, replace=False).tolist()
            ids = [customer(i) for i in places]
            answers = {
                v: [{"customer_id": customer(i), "segment": NAMES[(i + int(v)) % len(NAMES)]} for i in places]
                for v in VERSIONS
            }
            told = {_json({"predictions": answer}): v for v, answer in answers.items()}
            made.append(Question(_wire("/invocations", {"inputs": ids}, key), size, told))
            told = {_json({"version": v, "customers": answer}): v for v, answer in answers.items()}
            made.append(Question(_wire("/customers:lookup", {"ids": ids}, key), size, told))
    return made


def _json(value: object) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()


def _wire(path: str, body: object, key: str) -> bytes:
    text = _json(body)
    head = (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nX-API-Key: {key}\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(text)}\r\n\r\n"
    )
    return head.encode() + text


async def _soak(
    port: int, master: int, uri: str, key: str, *, seconds: float, moves: int, clients: int, slow: int
) -> Outcome:
    outcome, asked = Outcome(), questions(key)
    last_seen: dict[str, float] = {}
    # In a process of its own: MLflow's work must not slow the clients that measure.
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
        pool.submit(look, uri).result()  # which imports MLflow there
        began = time.monotonic()
        until = began + seconds
        await asyncio.gather(
            *(_keep_asking(port, asked, number, until, outcome, last_seen) for number in range(clients)),
            *(_keep_sending(port, ENDLESS[number % len(ENDLESS)], until, outcome) for number in range(slow)),
            _keep_moving(pool, uri, seconds, moves, outcome, last_seen),
            _kill_one(master, seconds / 2, outcome),
        )
    outcome.seconds = time.monotonic() - began
    return outcome


async def _keep_asking(
    port: int, asked: list[Question], number: int, until: float, outcome: Outcome, last_seen: dict[str, float]
) -> None:
    connection: Connection | None = None
    turn = number * 7
    while (began := time.monotonic()) < until:
        question = asked[turn % len(asked)]
        turn += 1
        for attempt in (1, 2):
            try:
                if connection is None or turn % RENEWED_AFTER == 0:
                    connection = await connect(port, instead_of=connection)
                status, body = await connection.ask(question.wire)
                break
            except (ConnectionError, asyncio.IncompleteReadError) as cut:
                connection = None
                if attempt == 2:
                    outcome.failed.append(f"no answer: {type(cut).__name__}")
                else:
                    outcome.retries += 1
        else:
            continue
        ended = time.monotonic()
        outcome.latencies.append(ended - began)
        version = question.version_of.get(body)
        if status != 200:
            outcome.failed.append(f"{status}: {body[:200]!r}")
        elif version is None:
            outcome.wrong.append(f"{body[:200]!r}")
        else:
            outcome.requests += 1
            outcome.ids += question.ids
            outcome.versions[version] += 1
            last_seen[version] = ended


async def _keep_sending(port: int, endless: tuple[bytes, bytes], until: float, outcome: Outcome) -> None:
    """Send requests that never end, each until the server closes the connection."""
    begin, piece = endless
    while time.monotonic() < until:
        outcome.slow += 1
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(begin)
            while time.monotonic() < until and not reader.at_eof():
                writer.write(piece)
                await writer.drain()
                await asyncio.sleep(0.02)
            writer.close()
        except ConnectionError:
            await asyncio.sleep(0.02)


@dataclass(frozen=True)
class Connection:
    """A kept-alive connection."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def ask(self, wire: bytes) -> tuple[int, bytes]:
        """Status and body of the answer.

        Raises:
            ConnectionError, IncompleteReadError: the connection was cut before the whole answer was there.
        """
        self.writer.write(wire)
        head = await self.reader.readuntil(b"\r\n\r\n")
        lines = head.lower().split(b"\r\n")
        (length,) = [int(line.partition(b":")[2]) for line in lines if line.startswith(b"content-length:")]
        return int(head.split(b" ", 2)[1]), await self.reader.readexactly(length)


async def connect(port: int, *, instead_of: Connection | None = None) -> Connection:
    """A new connection; the one that it replaces has been answered and is closed."""
    if instead_of is not None:
        instead_of.writer.close()
    return Connection(*await asyncio.open_connection("127.0.0.1", port))


async def _keep_moving(
    pool: ProcessPoolExecutor, uri: str, seconds: float, moves: int, outcome: Outcome, last_seen: dict[str, float]
) -> None:
    """Promote 2, roll back, promote 3, roll back, and so on, at even distances."""
    loop = asyncio.get_running_loop()
    began = time.monotonic()
    replaced, moved = None, 0.0
    for number in range(moves):
        await asyncio.sleep(max(0.0, began + seconds * (number + 1) / (moves + 1) - time.monotonic()))
        if replaced:
            outcome.slowest_swap = max(outcome.slowest_swap, last_seen.get(replaced, 0.0) - moved)
        version = None if number % 2 else VERSIONS[1 + number // 2 % 2]
        replaced = await loop.run_in_executor(pool, move, uri, version)
        moved = time.monotonic()
        outcome.moves += 1
    await asyncio.sleep(max(0.0, began + seconds - time.monotonic()))
    if replaced:
        outcome.slowest_swap = max(outcome.slowest_swap, last_seen.get(replaced, 0.0) - moved)


def look(uri: str) -> dict[str, str]:
    """The aliases."""
    mlflow.set_tracking_uri(uri)
    return registry.read_aliases(MODEL)


def move(uri: str, version: str | None) -> str | None:
    """Promote a version, or roll back where it is None; returns the replaced version."""
    mlflow.set_tracking_uri(uri)
    if version is None:
        number, champion = registry.require_previous(MODEL)
        registry.move_champion(MODEL, number, champion=champion, change=Change("rollback", "soak"))
        return champion
    champion = registry.require_promotable(MODEL, version)
    registry.move_champion(MODEL, version, champion=champion, change=Change("promote", "soak"))
    return champion


async def _kill_one(master: int, after: float, outcome: Outcome) -> None:
    before = workers_of(master)
    began = [processor_seconds(pid) for pid in before]
    await asyncio.sleep(after)
    outcome.busy = [(processor_seconds(pid) - start) / after for pid, start in zip(before, began, strict=True)]
    os.kill(before[0], signal.SIGKILL)
    for _ in range(300):
        await asyncio.sleep(0.1)
        if new := set(workers_of(master)) - set(before):
            outcome.kills.append((before[0], new.pop()))
            return
    outcome.failed.append("no worker took the place of the one that was killed")


if __name__ == "__main__":
    sys.exit(main())
