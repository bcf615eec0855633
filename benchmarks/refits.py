"""Monthly refits: how many customers get another segment or name, and what the segments explain of the next period.

    python benchmarks/refits.py --data FOLDER [--k 6] [--months 12]
    python benchmarks/refits.py --dataset NAME=SOURCE

A shop is segmented each month, each time from the version of the month before, in three ways:

- new clusters: K-means from scratch; segments that overlap enough keep their ids and names.
- refresh: the clusters of the first month.
- continued: the clusters follow the customers, as `mlflow run .` does where there is a champion.

Columns, mean and worst month:

- other segment: share of the customers whom the clusters of the month before put into another segment, on the same
  figures.
- other name: share of the customers who have another name than in a refresh on the same day. Names that a refresh
  changes are left out: there, the customers changed.
- explained: out-of-fold share of the variance of log1p(spend of the next 90 days), mean of the months before the last
  three.
"""

import argparse
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
from dateutil.relativedelta import relativedelta

from clientela.features.build import default_as_of
from clientela.features.profile import order_by_value, profile_segments
from clientela.features.scaling import make_scaler, usable_features
from clientela.features.snapshot import Snapshot, take_snapshot
from clientela.loading import read_transactions
from clientela.segmentation.clustering.candidates import make_families
from clientela.segmentation.clustering.inductive import assign_noise
from clientela.segmentation.clustering.scores import explained_share
from clientela.segmentation.continued import continue_clusters
from clientela.segmentation.previous_version import Continuation, carry_segments, continue_segments, kept_names
from clientela.segmentation.segments.naming import name_segments
from clientela.segmentation.segments.naming_rules import make_book, make_portraits
from clientela.segmentation.version import SegmentsVersion
from clientela.settings import Settings, load_settings

ROOT = Path(__file__).resolve().parents[1]
HORIZON, FOLDS = 90, 10
FILES = {
    "online_retail": "online_retail.parquet",
    "retail_transactions": "retail_data_transactions.csv",
    "demo": "demo",
}


@dataclass(frozen=True)
class Refit:
    """A version of one month, and its figures.

    Attributes:
        version: the version.
        moved: share of the customers in another segment than by the clusters before.
        renamed: share of the customers with another name than in a refresh.
        explained: share of next-period spend explained; NaN without a next period.
    """

    version: SegmentsVersion
    moved: float = 0.0
    renamed: float = 0.0
    explained: float = float("nan")


def new_clusters(
    features: pd.DataFrame, settings: Settings, as_of: date, *, k: int, seed: int, previous: SegmentsVersion | None
) -> tuple[SegmentsVersion, Continuation | None]:
    """K-means from scratch, under the ids of the segments that it continues."""
    columns = usable_features(features, settings.fit)[0]
    scaler = make_scaler({name: settings.fit[name] for name in columns})
    X = np.ascontiguousarray(scaler.fit_transform(features[columns]))
    (family,) = make_families({"kmeans": {"k": [k], "n_init": 5}})[1:]
    (fitted,) = family.fit(X, seed=seed)
    labels, predictor = assign_noise(X, fitted.labels, fitted.predictor)
    ids = order_by_value(labels, features["total_spend"].to_numpy())
    continued = None
    if previous:
        least = settings.segments.continuity.least_overlap
        continued = continue_segments(ids, features, scaler, previous=previous, number="0", least_overlap=least)
        ids = continued.ids
    segment_id_of = dict(zip(labels.tolist(), ids.tolist(), strict=True))
    clustering = {"scaler": scaler, "predictor": predictor, "segment_id_of": segment_id_of}
    return make_version(features, settings, as_of, ids, continued, clustering), continued


def refreshed(
    features: pd.DataFrame, settings: Settings, as_of: date, *, previous: SegmentsVersion
) -> tuple[SegmentsVersion, Continuation]:
    """The clusters of the version before."""
    kept = carry_segments(features, previous=previous, number="0")
    return make_version(features, settings, as_of, kept.ids, kept, previous.clustering), kept


def continued(
    features: pd.DataFrame, settings: Settings, as_of: date, *, previous: SegmentsVersion
) -> tuple[SegmentsVersion, Continuation]:
    """The clusters of the version before, moved towards the customers."""
    moved, kept = (
        continue_clusters(previous, features, settings),
        carry_segments(features, previous=previous, number="0"),
    )
    clustering = {**previous.clustering, "predictor": moved.predictor}
    kept = Continuation(moved.ids, kept.carried, kept.matches, previous, "0")
    return make_version(features, settings, as_of, moved.ids, kept, clustering), kept


def make_version(
    features: pd.DataFrame,
    settings: Settings,
    as_of: date,
    ids: np.ndarray,
    kept: Continuation | None,
    clustering: Mapping[str, object],
) -> SegmentsVersion:
    """A version with named segments."""
    profiles = profile_segments(features, ids)
    book = make_book(settings.segment_names, features, currency=settings.dataset.currency)
    names = name_segments(make_portraits(features, ids, profiles, book), book, kept=kept_names(kept))
    segments = [
        {
            "id": profile.id,
            "medians": profile.medians,
            "rule": name.rule,
            "name": name.name,
            "description": name.description,
            "action": name.action,
            "traits": name.traits,
        }
        for profile, name in zip(profiles, names, strict=True)
    ]
    customers = pd.DataFrame({"customer_id": features["customer_id"], "segment_id": ids})
    last = max(int(ids.max()), kept.previous.last_id if kept else 0)
    return SegmentsVersion(as_of, customers, segments, [], clustering, last)


Way = Callable[..., tuple[SegmentsVersion, Continuation | None]]


def refits(snapshots: list[Snapshot], settings: Settings, way: Way, *, k: int, end: date, seed: int) -> Iterator[Refit]:
    """Segment a shop each month, from the version of the month before."""
    first = snapshots[0]
    version, _ = new_clusters(first.features, settings, first.as_of, k=k, seed=seed, previous=None)
    for snapshot in snapshots[1:]:
        features, previous = snapshot.features, version
        same_day, carried = refreshed(features, settings, snapshot.as_of, previous=previous)
        options = {"k": k, "seed": seed} if way is new_clusters else {}
        version, kept = way(features, settings, snapshot.as_of, previous=previous, **options)
        assert kept
        explained = float("nan")
        if snapshot.as_of + timedelta(HORIZON) <= end:
            outcome = np.log1p(snapshot.next_spend)
            explained = explained_share(kept.ids, outcome, folds=FOLDS, seed=seed)
        yield Refit(version, float((kept.ids != carried.ids).mean()), renamed(same_day, version), explained)


def renamed(one: SegmentsVersion, other: SegmentsVersion) -> float:
    """The share of the customers whose segment has another name in the other version."""
    names = []
    for version in (one, other):
        name_of = {segment["id"]: segment["name"]["en"] for segment in version.segments}
        names.append(version.customers["segment_id"].map(name_of).to_numpy())
    return float((names[0] != names[1]).mean())


def monthly_snapshots(connection: duckdb.DuckDBPyConnection, *, months: int) -> list[Snapshot]:
    """Snapshots of the last months and of the month before them, with next periods that are over."""
    end = default_as_of(connection)
    days = [end - relativedelta(months=back) for back in range(months, -1, -1)]
    return [
        take_snapshot(connection, as_of=day, horizon_days=HORIZON if day + timedelta(HORIZON) <= end else None)
        for day in days
    ]


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, help="folder of the public data sets")
    parser.add_argument("--dataset", action="append", default=[], metavar="NAME=SOURCE")
    parser.add_argument("--k", type=int, default=6)
    parser.add_argument("--months", type=int, default=8)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    chosen = [name.split("=", 1) for name in options.dataset] or [["demo", "demo"]]
    if options.data:
        chosen = [[name, file if name == file else str(options.data / file)] for name, file in FILES.items()]
    print("| data set | way | other segment, mean (worst) | other name, mean (worst) | explained |")
    print("|---|---|--:|--:|--:|")
    for name, source in chosen:
        settings = load_settings(name, conf=ROOT / "conf")
        with duckdb.connect() as connection:
            read_transactions(connection, settings.dataset, source=source, seed=options.seed)
            end, snapshots = default_as_of(connection), monthly_snapshots(connection, months=options.months)
        ways: dict[str, Way] = {"new clusters": new_clusters, "refresh": refreshed, "continued": continued}
        for label, way in ways.items():
            found = list(refits(snapshots, settings, way, k=options.k, end=end, seed=options.seed))
            cells = [
                f"{np.mean(values):.1%} ({np.max(values):.1%})"
                for values in ([refit.moved for refit in found], [refit.renamed for refit in found])
            ]
            explained = np.nanmean([refit.explained for refit in found])
            print(f"| {name} | {label} | {cells[0]} | {cells[1]} | {explained:.3f} |", flush=True)


if __name__ == "__main__":
    main()
