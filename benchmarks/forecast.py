"""Errors and coverage of the forecast at all monthly past dates of several data sets.

    python benchmarks/forecast.py --data FOLDER [--days 90] [--json FILE]
    python benchmarks/forecast.py --dataset NAME=SOURCE

Each past forecast uses only what was known then. "all" are all customers; "segments" five K-means clusters on log RFM,
fitted at each date; "top" the fifth of the customers with the highest spend; "deciles" ten groups with a tenth of the
expected spend each. Segments and top are "large" if they had a tenth of the spend and varied by less than 12 % in a
bootstrap, otherwise "small". Columns:

- dates, periods: past dates, and how many independent periods they are.
- error: median absolute error of the total spend. last: that of the last period's total. chance: bootstrap variation.
- covered: share of the 90 % intervals that contain the actual spend. width: median half-width of the intervals.
- orders, buyers: median absolute errors and coverage of these.
"""

import argparse
import json
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
from shops import ROOT, chosen_shops, read_shop, shop_settings
from sklearn.cluster import KMeans
from sklearn.preprocessing import StandardScaler

from clientela.features.build import default_as_of
from clientela.forecast.coverage import covers
from clientela.forecast.history import OrderHistory, load_history
from clientela.forecast.measures import MEASURES, values_of
from clientela.forecast.rolling import DatedForecast, rolling_forecasts
from clientela.settings import load_forecast
from clientela.settings.forecast import ForecastSettings

LARGE_SHARE, LARGE_VARIATION = 0.1, 0.12
CLUSTERS = 5
TOP = 0.2


@dataclass(frozen=True)
class Group:
    """One group at one past date: forecast against actual."""

    kind: str
    date: str
    is_seasonal: bool
    error: float
    last: float
    chance: float
    covered: bool
    width: float
    orders_error: float
    orders_covered: bool
    buyers_error: float
    buyers_covered: bool


@dataclass(frozen=True)
class Result:
    """One row of the table."""

    dataset: str
    days: int
    season: bool
    groups: str
    dates: int
    periods: float
    count: int
    error: float
    last: float
    chance: float
    covered: float
    width: float
    orders_error: float
    orders_covered: float
    buyers_error: float
    buyers_covered: float


def main() -> None:
    """Measure, print the table, write the JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, help="folder of the public data sets")
    parser.add_argument("--dataset", action="append", default=[], help="NAME=SOURCE; NAME may be a YAML file")
    parser.add_argument("--only", action="append", default=[], metavar="NAME", help="leave out the other data sets")
    parser.add_argument("--days", type=int, action="append", help="length of the forecast; repeatable")
    parser.add_argument("--json", type=Path)
    args = parser.parse_args()
    settings = load_forecast(conf=ROOT / "conf")
    shops = chosen_shops(args.data, args.dataset, only=args.only)
    results = []
    for dataset, source in shops.items():
        if shop_settings(dataset).dataset.kind == "customers":
            continue
        history = read_history(dataset, source)
        for days in args.days or settings.horizons_days:
            started = time.perf_counter()
            groups = [group for dated in rolling_forecasts(history, days, settings) for group in measured(dated)]
            print(f"{dataset}, {days} days: {time.perf_counter() - started:.1f} s", flush=True)
            results += summarised(dataset, days, groups, settings)
    print(pd.DataFrame(map(asdict, results)).round(3).to_string(index=False))
    if args.json:
        args.json.write_text(json.dumps([asdict(result) for result in results], indent=1) + "\n", encoding="utf-8")


def read_history(dataset: str, source: str) -> OrderHistory:
    """The orders of a data set."""
    with duckdb.connect() as connection:
        read_shop(connection, dataset, source)
        return load_history(connection, as_of=default_as_of(connection))


def measured(dated: DatedForecast) -> Iterator[Group]:
    """The groups of one past date; none if the period is not over."""
    if dated.outcome is None:
        return
    known, tenths = dated.history.known, dated.forecast.points.tenths
    clusters = clusters_of(dated.history)
    yield measured_group("all", known, dated)
    yield from (measured_group("decile", tenths == tenth, dated) for tenth in np.unique(tenths[known]))
    yield from (measured_group("segment", clusters == label, dated) for label in np.unique(clusters[known]))
    spend = np.where(known, dated.history.spend, -1.0)
    yield measured_group("top", spend >= np.quantile(spend[known], 1 - TOP), dated)


def measured_group(kind: str, group: np.ndarray, dated: DatedForecast) -> Group:
    """Compare the forecast of a group with what it did."""
    forecast, outcome = dated.forecast.of(group), dated.outcome
    assert outcome is not None
    actual = {measure: float(values_of(outcome, measure)[group].sum()) for measure in MEASURES}
    intervals = {measure: getattr(forecast, measure) for measure in MEASURES}
    error = {measure: abs(intervals[measure].expected / max(actual[measure], 1e-9) - 1) for measure in MEASURES}
    covered = {measure: covers(intervals[measure], actual[measure]) for measure in MEASURES}
    spend, whole = outcome.spend[group], float(outcome.spend[dated.history.known].sum())
    chance = float(((spend - spend.mean()) ** 2).sum()) ** 0.5 / max(actual["spend"], 1e-9)
    if kind in ("segment", "top"):
        large = actual["spend"] >= LARGE_SHARE * whole and chance < LARGE_VARIATION
        kind = f"{kind}, {'large' if large else 'small'}"
    last = dated.forecast.points.totals["spend"].level if kind == "all" else np.nan
    return Group(
        kind,
        dated.history.as_of.isoformat(),
        dated.forecast.is_seasonal,
        error["spend"],
        abs(last / max(actual["spend"], 1e-9) - 1),
        chance,
        covered["spend"],
        (intervals["spend"].high - intervals["spend"].low) / 2 / max(intervals["spend"].expected, 1e-9),
        error["orders"],
        covered["orders"],
        error["buyers"],
        covered["buyers"],
    )


def clusters_of(history: OrderHistory) -> np.ndarray:
    """K-means clusters on the logarithms of recency, orders and spend; -1 for customers who are not known."""
    figures = np.log1p(np.column_stack([history.recency, history.order_count, history.spend]))[history.known]
    labels = np.full(len(history.customers), -1)
    scaled = StandardScaler().fit_transform(figures)
    labels[history.known] = KMeans(CLUSTERS, n_init=3, random_state=0).fit_predict(scaled)
    return labels


def summarised(dataset: str, days: int, groups: list[Group], settings: ForecastSettings) -> Iterator[Result]:
    """One row per kind of group, for forecasts with and without a season."""
    table = pd.DataFrame(map(asdict, groups))
    if table.empty:
        return
    for (season, kind), rows in table.groupby(["is_seasonal", "kind"]):
        dates = rows["date"].nunique()
        medians = rows[["error", "last", "chance", "width", "orders_error", "buyers_error"]].median()
        covered = rows[["covered", "orders_covered", "buyers_covered"]].mean()
        periods = ((dates - 1) * settings.step_days + days) / days
        yield Result(
            dataset,
            days,
            bool(season),
            str(kind),
            dates,
            periods,
            len(rows),
            medians["error"],
            medians["last"],
            medians["chance"],
            covered["covered"],
            medians["width"],
            medians["orders_error"],
            covered["orders_covered"],
            medians["buyers_error"],
            covered["buyers_covered"],
        )


if __name__ == "__main__":
    main()
