"""How well segmentations predict and how steady they are: this project's beside the usual ways, on several data sets.

    python benchmarks/segmentations.py --data FOLDER [--pycaret PYTHON] [--json FILE]
    python benchmarks/segmentations.py --dataset NAME=SOURCE

Each segmentation is fitted at past dates to what was known then, and compared with the 90 days after. Columns:

- explained: out-of-fold share of the variance of log1p(next-period spend) that the segments explain; mean of the dates.
- of the ceiling: the same, divided by what gradient boosting on all features explains.
- stability: mean adjusted Rand index of ten bootstrap refits at the last date.
- moved: share of customers in another segment after a refit a month later, on the same figures; mean of the months.
- seconds: of the fit at the last date, with the choice of the model.
"""

import argparse
import json
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from pathlib import Path

import duckdb
import numpy as np
from baselines import BASELINES, Fit, Fitted, pycaret
from product import product
from scipy.optimize import linear_sum_assignment
from sklearn.metrics import adjusted_rand_score
from sklearn.metrics.cluster import contingency_matrix

from clientela.features.build import default_as_of
from clientela.features.snapshot import Snapshot, take_snapshot
from clientela.loading import read_transactions
from clientela.segmentation.clustering.next_period import explain_next_period
from clientela.segmentation.clustering.scores import explained_share
from clientela.settings import load_settings

ROOT = Path(__file__).resolve().parents[1]
CEILING = "ceiling: boosting on all features"
HORIZON = 90  # days
MONTH = 30  # days between refits
FOLDS = 10
BOOTSTRAPS = 10
FILES = {
    "online_retail": "online_retail.parquet",
    "retail_transactions": "retail_data_transactions.csv",
    "superstore": "field/superstore.csv",
    "groceries": "field/groceries.csv",
    "demo": "demo",
}


@dataclass(frozen=True)
class Result:
    """One row of the table: a way to segment on a data set."""

    dataset: str
    method: str
    segments: float
    explained: float
    of_ceiling: float
    stability: float | None
    moved: float | None
    seconds: float | None


def measure(dataset: str, source: str, *, dates: int, python: Path | None, seed: int) -> Iterator[Result]:
    """Measure all segmentations on a data set.

    Args:
        dataset: name of a YAML file of conf/datasets.
        source: path of the transactions, or the name of a generated data set.
        dates: largest number of past dates, one horizon apart.
        python: interpreter with PyCaret; None leaves PyCaret out.
        seed: random seed.

    Returns:
        One result per way to segment, and one for the ceiling.
    """
    settings = load_settings(dataset, conf=ROOT / "conf")
    with duckdb.connect() as connection:
        read_transactions(connection, settings.dataset, source=source, seed=seed)
        past = past_snapshots(connection, dates=dates)
        later = [take_snapshot(connection, as_of=past[0].as_of + timedelta(MONTH * n)) for n in (1, 2, 3)]
        ceilings = [ceiling(snapshot, seed=seed) for snapshot in past]
        methods: dict[str, Fit] = {"clientela": product(connection, settings), **BASELINES}
        if python:
            methods["PyCaret, best silhouette"] = pycaret(python)
        for name, fit in methods.items():
            yield _result(dataset, name, fit, past, later, ceilings, seed=seed)
        yield Result(dataset, CEILING, 0, float(np.mean(ceilings)), 1.0, None, None, None)


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


def ceiling(snapshot: Snapshot, *, seed: int) -> float:
    """What gradient boosting on all features explains of a snapshot's next-period spend."""
    labels = np.zeros(len(snapshot.features), int)
    return explain_next_period(labels, snapshot.features, snapshot.next_spend, folds=FOLDS, seed=seed).boosting


def _result(
    dataset: str,
    method: str,
    fit: Fit,
    past: Sequence[Snapshot],
    later: Sequence[Snapshot],
    ceilings: Sequence[float],
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
    return Result(
        dataset,
        method,
        len(np.unique(latest.labels)),
        float(np.mean(explained)),
        float(np.mean(explained) / np.mean(ceilings)),
        stability(latest, past[0], seed=seed),
        moved(latest, later, fit, seed=seed),
        seconds,
    )


def stability(fitted: Fitted, customers: Snapshot, *, seed: int) -> float | None:
    """Mean adjusted Rand index between the labels and those of refits to bootstrap samples."""
    if fitted.refit is None:
        return None
    rng = np.random.default_rng(seed)
    features, scores = customers.features, []
    for number in range(BOOTSTRAPS):
        drawn = features.iloc[rng.integers(len(features), size=len(features))].reset_index(drop=True)
        refitted = fitted.refit(Snapshot(customers.as_of, drawn), number)
        scores.append(adjusted_rand_score(fitted.labels, refitted.predict(features)))
    return float(np.mean(scores))


def moved(fitted: Fitted, later: Sequence[Snapshot], fit: Fit, *, seed: int) -> float:
    """Share of customers in another segment after a monthly refit, on the same figures; segments are paired best."""
    shares = []
    for customers in later:
        carried = fitted.predict(customers.features)
        fitted = (fitted.follow or fit)(customers, seed)
        table = contingency_matrix(carried, fitted.predict(customers.features))
        rows, columns = linear_sum_assignment(-table)
        shares.append(1 - table[rows, columns].sum() / table.sum())
    return float(np.mean(shares))


def table(results: Sequence[Result]) -> str:
    """The results as a Markdown table."""

    def number(value: float | None, form: str) -> str:
        return "" if value is None else format(value, form)

    lines = [
        "| data set | segmentation | segments | explained | of the ceiling | stability | moved | seconds |",
        "|---|---|--:|--:|--:|--:|--:|--:|",
    ]
    for row in results:
        cells = [
            row.dataset,
            row.method,
            str(int(row.segments)) if row.segments else "",
            f"{row.explained:.3f}",
            f"{row.of_ceiling:.0%}",
            number(row.stability, ".2f"),
            number(row.moved, ".1%"),
            number(row.seconds, ".1f"),
        ]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def main() -> None:
    """Measure, print the table, write the JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, help="folder of the public data sets")
    parser.add_argument("--dataset", action="append", default=[], metavar="NAME=SOURCE")
    parser.add_argument("--dates", type=int, default=4)
    parser.add_argument("--pycaret", type=Path, metavar="PYTHON", help="interpreter with PyCaret (and six)")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    chosen = [name.split("=", 1) for name in options.dataset] or [["demo", "demo"]]
    if options.data:
        chosen = [[name, file if name == file else str(options.data / file)] for name, file in FILES.items()]
    results = []
    for name, source in chosen:
        for result in measure(name, source, dates=options.dates, python=options.pycaret, seed=options.seed):
            print(table([result]).splitlines()[-1], flush=True)
            results.append(result)
    print(f"\nMeasured on {date.today()}.\n\n{table(results)}")
    if options.json:
        options.json.write_text(json.dumps([asdict(result) for result in results], indent=2))


if __name__ == "__main__":
    main()
