"""How well segmentations predict and how steady they are: this project's beside the usual ways, on several data sets.

    python benchmarks/segmentations.py --data FOLDER [--pycaret PYTHON] [--only NAME] [--json FILE]
    python benchmarks/segmentations.py --dataset NAME=SOURCE

NAME is a data set of conf/datasets, or the path of a YAML file. Each segmentation is fitted at past dates to what was
known then, and compared with the 90 days after. docs/benchmark.md explains the columns. The figures of the data sets
that are measured replace those in the JSON file; `python benchmarks/tables.py` prints the tables of all.
"""

import argparse
import json
import os
import platform
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import date, timedelta
from importlib.metadata import version
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
from baselines import BASELINES, Fit, pycaret
from customer_tables import measure_table
from figures import Result, monthly_changes, stability
from product import product
from shops import chosen_shops, read_shop, shop_settings
from tables import load_measured, page_tables

from clientela.features.build import default_as_of
from clientela.features.snapshot import Snapshot, take_snapshot
from clientela.forecast.history import load_history
from clientela.forecast.rolling import rolling_forecasts
from clientela.segmentation.clustering.next_period import boosted_share
from clientela.segmentation.clustering.scores import explained_share
from clientela.settings import Settings
from forecast import measured, summarised

CEILING = "ceiling: boosting on all features"
HORIZON = 90  # days
LENGTHS = (30, 90)  # days of the forecasts whose coverage is measured
MONTH = 30  # days between refits
FOLDS = 10
MOST_CUSTOMERS = 10_000  # for PyCaret, whose hierarchical clustering computes all distances for each number of clusters


def measure(dataset: str, source: str, *, dates: int, python: Path | None, seed: int) -> dict[str, Any]:
    """Measure all segmentations of a data set, and the coverage of its forecast.

    Args:
        dataset: name of a data set, or path of a YAML file.
        source: path of the source, or the name of a source without a file.
        dates: largest number of past dates, one horizon apart.
        python: interpreter with PyCaret; None leaves PyCaret out.
        seed: random seed.

    Returns:
        Date, machine, one row per way to segment, and one row per kind of group that is forecast.
    """
    settings = shop_settings(dataset)
    found = {"date": date.today().isoformat(), "machine": machine(), "coverage": []}
    if settings.dataset.kind == "customers":
        return found | {
            "segmentations": [asdict(row) for row in measure_table(settings, source, python=python, seed=seed)]
        }
    with duckdb.connect() as connection:
        read_shop(connection, dataset, source)
        rows = measure_shop(connection, settings, dates=dates, python=python, seed=seed)
        found["segmentations"] = [asdict(row) for row in rows]
        found["coverage"] = coverage(connection, settings)
    return found


def measure_shop(
    connection: duckdb.DuckDBPyConnection, settings: Settings, *, dates: int, python: Path | None, seed: int
) -> Iterator[Result]:
    """Measure all segmentations of a shop.

    Args:
        connection: connection with the transactions.
        settings: settings of the data set.
        dates: largest number of past dates, one horizon apart.
        python: interpreter with PyCaret; None leaves PyCaret out.
        seed: random seed.

    Returns:
        One result per way to segment, and one for the ceiling.
    """
    name = settings.dataset.name
    past = past_snapshots(connection, dates=dates)
    later = [take_snapshot(connection, as_of=past[0].as_of + timedelta(MONTH * n)) for n in (1, 2, 3)]
    ceiling = float(
        np.mean([boosted_share(one.features, np.log1p(one.next_spend), folds=FOLDS, seed=seed) for one in past])
    )
    methods: dict[str, Fit] = {"clientela": product(connection, settings), **BASELINES}
    if python and len(past[0].features) <= MOST_CUSTOMERS:
        methods["PyCaret, best silhouette"] = pycaret(python)
    for method, fit in methods.items():
        yield _result(name, method, fit, past, later, ceiling, seed=seed)
    yield Result(name, CEILING, 0, explained=ceiling, ceiling=ceiling)


def past_snapshots(connection: duckdb.DuckDBPyConnection, *, dates: int) -> list[Snapshot]:
    """Snapshots with their next period, the latest first; none with a history under two horizons."""
    end = default_as_of(connection)
    first = connection.execute("select min(ordered_at)::date from transactions").fetchall()[0][0]
    days = [end - timedelta(HORIZON * number) for number in range(1, dates + 1)]
    return [
        take_snapshot(connection, as_of=day, horizon_days=HORIZON)
        for day in days
        if day - first > timedelta(2 * HORIZON)
    ]


def _result(
    dataset: str,
    method: str,
    fit: Fit,
    past: Sequence[Snapshot],
    later: Sequence[Snapshot],
    ceiling: float,
    *,
    seed: int,
) -> Result:
    start = time.perf_counter()
    latest = fit(past[0], seed)
    seconds = time.perf_counter() - start
    fitted = [latest, *(fit(snapshot, seed) for snapshot in past[1:])]
    explained = [
        explained_share(model.labels, np.log1p(snapshot.next_spend), folds=FOLDS, seed=seed)
        for model, snapshot in zip(fitted, past, strict=True)
    ]
    moved, renamed = monthly_changes(latest, later, fit, seed=seed)
    return Result(
        dataset,
        method,
        len(np.unique(latest.labels)),
        explained=float(np.mean(explained)),
        ceiling=ceiling,
        stability=stability(latest, past[0], seed=seed),
        moved=moved,
        renamed=renamed,
        seconds=seconds,
    )


def coverage(connection: duckdb.DuckDBPyConnection, settings: Settings) -> list[dict[str, Any]]:
    """Errors and coverage of the forecast of a shop at all past dates, by kind of group (`benchmarks/forecast.py`)."""
    history, rows = load_history(connection, as_of=default_as_of(connection)), []
    for days in LENGTHS:
        dated = rolling_forecasts(history, days, settings.forecast)
        groups = [group for one in dated for group in measured(one)]
        rows += [asdict(row) for row in summarised(settings.dataset.name, days, groups, settings.forecast)]
    return rows


def machine() -> str:
    """The processor, its cores, and the versions that decide about speed."""
    lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines() if platform.system() == "Linux" else []
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    processor = names[0] if names else platform.processor()
    learn = version("scikit-learn")
    return f"{processor}, {os.cpu_count()} cores, Python {platform.python_version()}, scikit-learn {learn}"


def main() -> None:
    """Measure, print the tables, write the JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, help="folder of the public data sets")
    parser.add_argument("--dataset", action="append", default=[], metavar="NAME=SOURCE")
    parser.add_argument("--only", action="append", default=[], metavar="NAME", help="leave out the other data sets")
    parser.add_argument("--dates", type=int, default=4)
    parser.add_argument("--pycaret", type=Path, metavar="PYTHON", help="interpreter with PyCaret")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", type=Path, help="file of figures in which those measured are replaced")
    options = parser.parse_args()
    found: dict[str, Any] = {}
    for name, source in chosen_shops(options.data, options.dataset, only=options.only).items():
        found[name] = measure(name, source, dates=options.dates, python=options.pycaret, seed=options.seed)
        print("\n\n".join(page_tables({name: found[name]})), flush=True)
        if options.json:
            kept = load_measured(options.json) | {name: found[name]}
            options.json.write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
