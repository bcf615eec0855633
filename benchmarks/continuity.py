"""How steady segments' names are: over seeds, and over monthly refits of a shop that goes on.

    python benchmarks/continuity.py --dataset online_retail --source FILE --months 6 --seeds 20

Prints, for each refit, the share of customers whose segment has another name although their behaviour is the same: on
the same figures, the clusters before the refit put them under another name than those after it.
"""

import argparse
from datetime import date
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
from dateutil.relativedelta import relativedelta

from clientela.features.build import build_features, default_as_of
from clientela.features.profile import order_by_value, profile_segments
from clientela.features.scaling import make_scaler, usable_features
from clientela.loading import read_transactions
from clientela.segmentation.clustering.candidates import make_families
from clientela.segmentation.clustering.inductive import assign_noise
from clientela.segmentation.previous_version import continue_segments, kept_names
from clientela.segmentation.segments.naming import name_segments
from clientela.segmentation.segments.naming_rules import make_book, make_portraits
from clientela.segmentation.version import SegmentsVersion
from clientela.settings import Settings, load_settings

CONF = Path(__file__).resolve().parents[1] / "conf"


def refit(
    features: pd.DataFrame, settings: Settings, as_of: date, *, k: int, seed: int, previous: SegmentsVersion | None
) -> tuple[SegmentsVersion, float]:
    """K-means as of a date, continued from a previous version; and the share of customers who changed name by it."""
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
    profiles = profile_segments(features, ids)
    book = make_book(settings.segment_names, features, currency=settings.dataset.currency)
    portraits = make_portraits(features, ids, profiles, book)
    names = name_segments(portraits, book, kept=kept_names(continued))
    segments = [
        {
            "id": profile.id,
            "medians": profile.medians,
            "rule": name.rule,
            "name": name.name,
            "description": name.description,
            "action": name.action,
        }
        for profile, name in zip(profiles, names, strict=True)
    ]
    clustering = {
        "scaler": scaler,
        "predictor": predictor,
        "segment_id_of": dict(zip(labels.tolist(), ids.tolist(), strict=True)),
    }
    customers = pd.DataFrame({"customer_id": features["customer_id"], "segment_id": ids})
    last = max(int(ids.max()), previous.last_id if previous else 0)
    version = SegmentsVersion(as_of, customers, segments, [], clustering, last)
    renamed = _renamed(previous, version, continued.carried) if previous and continued else 0.0
    return version, renamed


def _renamed(previous: SegmentsVersion, version: SegmentsVersion, carried: np.ndarray) -> float:
    before = {segment["id"]: segment["name"]["en"] for segment in previous.segments}
    now = {segment["id"]: segment["name"]["en"] for segment in version.segments}
    ids = version.customers["segment_id"].tolist()
    return float(np.mean([before[a] != now[b] for a, b in zip(carried.tolist(), ids, strict=True)]))


def main() -> None:
    """Print the shares."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--dataset", default="demo")
    parser.add_argument("--source")
    parser.add_argument("--k", type=int, nargs="+", default=[5])
    parser.add_argument("--months", type=int, default=6)
    parser.add_argument("--seeds", type=int, default=20)
    options = parser.parse_args()
    settings = load_settings(options.dataset, conf=CONF)
    with duckdb.connect() as connection:
        read_transactions(connection, settings.dataset, source=options.source, seed=0)
        end = default_as_of(connection)
        days = [end - relativedelta(months=back) for back in range(options.months, -1, -1)]
        by_day = {day: build_features(connection, as_of=day) for day in days}
    for k in options.k:
        first, _ = refit(by_day[end], settings, end, k=k, seed=0, previous=None)
        shares = [
            refit(by_day[end], settings, end, k=k, seed=seed, previous=first)[1] for seed in range(1, options.seeds)
        ]
        print(f"k={k}: {options.seeds} seeds: mean {np.mean(shares):.2%}, largest {np.max(shares):.2%}")
        version, _ = refit(by_day[days[0]], settings, days[0], k=k, seed=0, previous=None)
        for day in days[1:]:
            version, renamed = refit(by_day[day], settings, day, k=k, seed=0, previous=version)
            names = ", ".join(segment["name"]["en"] for segment in version.segments)
            print(f"k={k}: refit of {day}: {renamed:.2%} renamed ({names})")


if __name__ == "__main__":
    main()
