"""What the index of a version costs at ten million customers: to build, to open, to hold, to ask.

    python benchmarks/index.py --customers 10000000

Builds the files that a version is served from in a temporary folder, and opens them in a process of its own. Private
memory is what a worker adds for itself: the mapped files are one copy for all of them.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pyarrow as pa

from clientela.lookup.customer_index import CustomerIndex
from clientela.lookup.index_file import write_arrow, write_index

BATCH = 1_000


def main() -> None:
    """Build, open in another process, print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--customers", type=int, default=10_000_000)
    parser.add_argument("--open", type=Path, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.open:
        print(json.dumps(ask(args.open)))
        return
    for kind, form in (("text", "C{:09d}"), ("integer", "{}")):
        with tempfile.TemporaryDirectory() as folder:
            built = build(Path(folder), pa.array([form.format(i) for i in range(args.customers)]))
            command = [sys.executable, __file__, "--open", folder]
            asked = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
        print(
            f"{args.customers:,} {kind} ids: built in {built:.1f} s; opens in {asked['open']:.3f} s, adds "
            f"{asked['private']:.1f} MB private memory; one id in {asked['one']:.1f} microseconds, {BATCH:,} ids in "
            f"{asked['many']:.0f}",
            flush=True,
        )


def build(folder: Path, ids: pa.Array) -> float:
    """Write the customers and their index; returns the seconds of the index."""
    write_arrow(folder / "customers.arrow", pa.table({"customer_id": ids}))
    start = time.perf_counter()
    write_index(folder / "index.arrow", ids)
    return time.perf_counter() - start


def ask(folder: Path) -> dict[str, float]:
    """Seconds to open, megabytes of private memory after 100,000 answers, microseconds for one id and for a batch."""
    before = private_memory()
    start = time.perf_counter()
    opened = CustomerIndex(str(folder / "customers.arrow"), str(folder / "index.arrow"))
    assert opened.row("nobody") == -1
    seconds = time.perf_counter() - start
    rows = np.random.default_rng(0).integers(0, len(opened), 100 * BATCH)
    ids = opened.customers["customer_id"].chunk(0).take(pa.array(rows)).to_pylist()
    start = time.perf_counter()
    for id_ in ids[: 20 * BATCH]:
        opened.row(id_)
    one = (time.perf_counter() - start) / (20 * BATCH)
    start = time.perf_counter()
    for first in range(0, len(ids), BATCH):
        opened.rows(ids[first : first + BATCH])
    many = (time.perf_counter() - start) / (len(ids) / BATCH)
    del ids
    return {"open": seconds, "private": private_memory() - before, "one": 1e6 * one, "many": 1e6 * many}


def private_memory() -> float:
    """Megabytes of memory that no file backs: what this process shares with nobody (Linux)."""
    lines = Path("/proc/self/smaps_rollup").read_text(encoding="utf-8").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("Anonymous:")) / 1024


if __name__ == "__main__":
    main()
