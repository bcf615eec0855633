"""What share of next-period spend K-means explains with several features of the fit, on past dates.

    python benchmarks/fits.py --dataset online_retail --source FILE [--days-back 90 120] [--k 5 6]

Prints, for each past date, the largest share over k: with log recency, frequency and monetary value, with the default
fit of conf/features.yaml, and with the data set's own fit where it has one; and the share that gradient boosting on all
features explains.
"""

import argparse
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path

import duckdb
import numpy as np

from clientela.contracts import RFM
from clientela.features.build import build_features, default_as_of
from clientela.features.snapshot import take_snapshot
from clientela.loading import read_transactions
from clientela.segmentation.clustering.candidates import make_families
from clientela.segmentation.clustering.next_period import boosted_share
from clientela.segmentation.clustering.scores import explained_share
from clientela.segmentation.past_customers import take_past_snapshot
from clientela.settings import FitFeature, load_settings

CONF = Path(__file__).resolve().parents[1] / "conf"
LOG_RFM = {name: FitFeature(transform="log", cap=(0.005, 0.995)) for name in RFM}
K = (3, 4, 5, 6, 7, 8)


def explained_by_fit(
    connection: duckdb.DuckDBPyConnection,
    fits: Mapping[str, dict[str, FitFeature]],
    *,
    as_of: date,
    days_back: int,
    k: Sequence[int] = K,
    horizon_days: int = 90,
) -> dict[str, list[float]]:
    """The share of next-period spend that K-means explains on a past date, by fit and k.

    Args:
        connection: connection with the transactions.
        fits: name -> features of the fit.
        as_of: as-of date of the present customers.
        days_back: days between the past date and `as_of`.
        k: numbers of clusters.
        horizon_days: length of the next period (days).

    Returns:
        Name -> out-of-fold shares, one per k; empty where the history is too short.
    """
    features = build_features(connection, as_of=as_of)
    families = make_families({"kmeans": {"k": k, "n_init": 5}})[1:]
    shares = {}
    for name, fit in fits.items():
        past = take_past_snapshot(
            connection, features, fit=fit, as_of=as_of, days_back=days_back, horizon_days=horizon_days
        )
        if past is None:
            return {}
        outcome = np.log1p(past.snapshot.next_spend)
        fitted = [family.fit(past.inputs.matrix, seed=0)[0] for family in families]
        shares[name] = [explained_share(model.labels, outcome, folds=10, seed=0) for model in fitted]
    return shares


def explained_by_boosting(
    connection: duckdb.DuckDBPyConnection, *, as_of: date, days_back: int, horizon_days: int = 90
) -> float:
    """The share of next-period spend that gradient boosting on all features explains on a past date."""
    past = take_snapshot(connection, as_of=as_of - timedelta(days_back), horizon_days=horizon_days)
    return boosted_share(past.features, np.log1p(past.next_spend), folds=10, seed=0)


def main() -> None:
    """Print the table of a data set."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--dataset", default="demo")
    parser.add_argument("--source")
    parser.add_argument("--days-back", type=int, nargs="+", default=[90, 180, 365])
    parser.add_argument("--k", type=int, nargs="+", default=K)
    options = parser.parse_args()
    settings = load_settings(options.dataset, conf=CONF)
    default = load_settings("groceries", conf=CONF).fit  # a data set without a fit of its own
    fits = {"log RFM": LOG_RFM, "default": default}
    if settings.fit != default:
        fits["own"] = settings.fit
    with duckdb.connect() as connection:
        read_transactions(connection, settings.dataset, source=options.source, seed=0)
        as_of = default_as_of(connection)
        for days in options.days_back:
            shares = explained_by_fit(connection, fits, as_of=as_of, days_back=days, k=options.k)
            largest = {name: max(values) for name, values in shares.items()}
            if largest:
                largest["boosting"] = explained_by_boosting(connection, as_of=as_of, days_back=days)
            figures = "  ".join(f"{name} {value:.3f}" for name, value in largest.items())
            print(f"{options.dataset}, {days} days before {as_of}: {figures or 'the history is too short'}", flush=True)


if __name__ == "__main__":
    main()
