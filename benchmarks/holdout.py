"""How large an effect a campaign needs, so that a held-out tenth of the customers shows it.

Usage: python benchmarks/holdout.py DATASET [SOURCE]

For all customers, and for the tenth with the highest spend, 90 days before the end of the data: the smallest relative
uplift of the spend in the 90 days that followed which a two-sided test at 10 % significance detects with 80 % power
(Cohen 1988). "raw" compares means. "capped, adjusted" caps the spend at its 99th percentile and adjusts it by the spend
of the 90 days before (CUPED, Deng et al. 2013).
"""

import sys
from datetime import timedelta
from pathlib import Path

import duckdb
import numpy as np

from clientela.features.snapshot import SnapshotCache
from clientela.holdout.outcomes import Outcome, amount_outcome
from clientela.holdout.power import HoldoutTest, detectable_uplift
from clientela.insiders.window_figures import window_figures
from clientela.loading import load_transactions
from clientela.request import RunRequest
from clientela.settings import load_settings

DAYS = 90
TENTH = HoldoutTest(control=0.1, power=0.8, significance=0.1)


def main(dataset: str, source: str | None) -> None:
    """Print the smallest uplift that each way of comparing shows."""
    request = RunRequest(dataset=dataset, source=source, conf=Path("conf"))
    with duckdb.connect() as connection:
        data = load_transactions(connection, load_settings(dataset, conf=request.conf).dataset, request)
        day = data.as_of - timedelta(days=DAYS)
        snapshot = SnapshotCache(connection, horizon_days=DAYS).at(day, with_next_period=True)
        before = window_figures(connection, as_of=day, window_days=DAYS)["spend"].reindex(snapshot.customers).to_numpy()
    best = snapshot.revenue >= np.quantile(snapshot.revenue, 0.9)
    print(f"{dataset}: {DAYS} days from {day}, a tenth held out")
    print(f"{'customers':24}{'number':>8}{'raw':>8}{'capped, adjusted':>18}")
    for name, group in (("all", np.ones(len(best), dtype=bool)), ("tenth by past spend", best)):
        after, size = snapshot.next_spend[group], int(group.sum())
        raw = Outcome(float(after.mean()), float(after.std(ddof=1)))
        found = [detectable_uplift(one, size, TENTH) for one in (raw, amount_outcome(after, before[group]))]
        print(f"{name:24}{size:8,}{found[0]:8.0%}{found[1]:18.0%}")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else None)
