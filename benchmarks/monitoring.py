"""How often monitoring raises an alarm without a change, and how often it finds changes that were planted.

    python benchmarks/monitoring.py [--shops 20] [--futures 3] [--customers 40000] [--json FILE]

Simulated shops: customers join and leave all the time, order at rates of their own (Poisson), and nothing else changes.
Each month with enough history is monitored. Then the last two months get one of three changes: a fifth of one segment
orders 20 % less, prices rise by 15 %, or a new kind of customer of 5 % of the active ones arrives, who order often and
little.

A change is found if the right family raises an alarm in the first or the second month after it.
"""

import argparse
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd
from sklearn.cluster import KMeans

from clientela.contracts import CANCELLATIONS, TRANSACTIONS
from clientela.features.build import build_features
from clientela.features.scaling import make_scaler
from clientela.monitoring.changes import find_changes
from clientela.monitoring.indicators import Indicator, indicators_of, table_of
from clientela.monitoring.observe import observe_periods
from clientela.monitoring.space import Space
from clientela.settings import load_monitoring, load_settings

ROOT = Path(__file__).resolve().parents[1]
START, MONTHS, DAYS = date(2022, 1, 1), 27, 30
END = START + timedelta(days=MONTHS * DAYS)
CHANGED = END - timedelta(days=2 * DAYS)
RATES, BASKETS, MIX = (2.0, 0.8, 0.4, 0.15), (3.5, 3.0, 4.2, 3.2), (0.15, 0.25, 0.3, 0.3)
STAY, WARM_UP, PRODUCTS = 365.0, 720.0, 200
FIT = ("days_since_last_purchase", "order_count", "total_spend", "fading_spend", "fading_orders", "largest_order_value")
MONITORING = load_monitoring(conf=ROOT / "conf")


@dataclass(frozen=True)
class Champion:
    """Clusters of a past date, which all months are compared with."""

    scaler: Any
    kmeans: KMeans
    space: Space

    def assign(self, features: pd.DataFrame) -> np.ndarray:
        """Segment ids from 1."""
        return self.kmeans.predict(self.scaler.transform(features[list(FIT)])) + 1


def main() -> None:
    """Print the rates; write them as JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shops", type=int, default=20)
    parser.add_argument("--futures", type=int, default=3)
    parser.add_argument("--customers", type=int, default=40_000, help="who join in a year")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    quiet: list[bool] = []
    found: dict[str, list[bool]] = {name: [] for name in CHANGES}
    for seed in range(options.shops):
        rng = np.random.default_rng(seed)
        lines = simulate(rng, customers=options.customers)
        with duckdb.connect() as connection:
            load(connection, lines)
            champion = fit_champion(connection, seed)
            observed = observe(connection, champion, periods=MONTHS)
            quiet += [bool(alarms(observed[: last + 1])) for last in range(8, len(observed))]
            for name in CHANGES:
                for _ in range(options.futures):
                    load(connection, CHANGES[name][0](lines, champion, connection, rng))
                    new = observe(connection, champion, periods=2)
                    found[name].append(is_found(observed[:-2], new, CHANGES[name][1]))
                    load(connection, lines)
        row = ", ".join(f"{name} {np.mean(hits):.0%}" for name, hits in found.items())
        print(f"{seed + 1} shops, {len(lines):,} lines: alarms {np.mean(quiet):.1%} of {len(quiet)}; {row}", flush=True)
    if options.json:
        rates = {"without a change": float(np.mean(quiet)), "periods": len(quiet), "customers": options.customers}
        rates |= {name: float(np.mean(hits)) for name, hits in found.items()}
        options.json.write_text(json.dumps(rates, indent=2) + "\n", encoding="utf-8")


def simulate(rng: np.random.Generator, *, customers: int) -> pd.DataFrame:
    """Lines of a shop that changes in nothing: customer_id, order_id, at (days), product_id, quantity, unit_price."""
    days = MONTHS * DAYS
    joined = rng.uniform(-WARM_UP, days, int(customers * (days + WARM_UP) / 365))
    kind = rng.choice(4, len(joined), p=MIX)
    return orders_of(
        rng, joined, rng.exponential(STAY, len(joined)), np.array(RATES)[kind], np.array(BASKETS)[kind], "c"
    )


def orders_of(
    rng: np.random.Generator, joined: np.ndarray, stay: np.ndarray, rate: np.ndarray, basket: np.ndarray, prefix: str
) -> pd.DataFrame:
    """The lines of customers, one per order."""
    spread = np.exp(basket + rng.normal(0, 0.4, len(joined)))
    count = rng.poisson(rate * rng.gamma(4, 1 / 4, len(joined)) * stay / DAYS) + 1
    who = np.repeat(np.arange(len(joined)), count)
    at = joined[who] + rng.uniform(0, 1, len(who)) * stay[who]
    at[np.cumsum(count) - count] = joined
    prices = np.exp(np.random.default_rng(0).normal(1.5, 0.5, PRODUCTS))
    product = rng.integers(0, PRODUCTS, len(who))
    value = spread[who] * np.exp(rng.normal(0, 0.3, len(who)))
    lines = pd.DataFrame(
        {
            "customer_id": [f"{prefix}{number}" for number in who],
            "order_id": [f"{prefix}{number}" for number in range(len(who))],
            "at": at,
            "product_id": product.astype(str),
            "quantity": np.maximum(1, np.round(value / prices[product])),
            "unit_price": prices[product],
        }
    )
    return lines[(lines["at"] >= 0) & (lines["at"] < MONTHS * DAYS)]


def load(connection: duckdb.DuckDBPyConnection, lines: pd.DataFrame) -> None:
    """Make the tables of the contracts from lines."""
    given = {
        "line_id": "row_number() over ()",
        "ordered_at": f"timestamp '{START}' + to_minutes(floor(\"at\" * 1440)::bigint)",
        "amount": "quantity * unit_price",
        **dict.fromkeys(("description", "product_group", "country"), "null"),
    }
    columns = ", ".join(f"({given.get(one.name, one.name)})::{one.type} as {one.name}" for one in TRANSACTIONS.columns)
    connection.register("lines", lines)
    connection.execute(f"create or replace table transactions as select {columns} from lines")
    empty = ", ".join(f"null::{one.type} as {one.name}" for one in CANCELLATIONS.columns)
    connection.execute(f"create or replace table cancellations as select {empty} limit 0")


def fit_champion(connection: duckdb.DuckDBPyConnection, seed: int) -> Champion:
    """Clusters after one year."""
    features = build_features(connection, as_of=START + timedelta(days=12 * DAYS))
    fit = load_settings("demo", conf=ROOT / "conf").features.fit
    scaler = make_scaler({name: fit[name] for name in FIT}).fit(features[list(FIT)])
    kmeans = KMeans(5, n_init=3, random_state=seed).fit(scaler.transform(features[list(FIT)]))
    return Champion(scaler, kmeans, Space.fit(scaler, features, seed=seed))


def observe(connection: duckdb.DuckDBPyConnection, champion: Champion, *, periods: int) -> list[list[Indicator]]:
    """The indicators of the last periods, oldest first."""
    found = observe_periods(
        connection,
        lambda day: build_features(connection, as_of=day),
        champion.assign,
        as_of=END,
        days=DAYS,
        periods=periods,
    )
    return [indicators_of(period, champion.space, seed=0) for period in found]


def alarms(periods: list[list[Indicator]]) -> set[str]:
    """The families that raise an alarm in the last period."""
    changes = find_changes(table_of(periods), level=MONITORING.alarm_share, season=MONITORING.season_periods)
    smallest = MONITORING.smallest
    return {
        one.family
        for one in changes
        if one.p_value < MONITORING.alarm_share and abs(one.deviation) >= getattr(smallest, one.family)
    }


def is_found(past: list[list[Indicator]], new: list[list[Indicator]], families: set[str]) -> bool:
    """Whether one of the families raises an alarm in the first or the second period."""
    return any(alarms([*past, *new[: count + 1]]) & families for count in range(len(new)))


def _after(lines: pd.DataFrame) -> pd.Series:
    return lines["at"] >= (CHANGED - START).days


def less(lines: pd.DataFrame, champion: Champion, connection: duckdb.DuckDBPyConnection, rng: Any) -> pd.DataFrame:
    """A fifth of one segment orders 20 % less."""
    features = build_features(connection, as_of=CHANGED)
    segments = champion.assign(features)
    orders = pd.Series(features["fading_orders"].to_numpy()).groupby(segments).sum()
    segment = rng.choice(orders.index[orders > orders.sum() / 5])  # a segment that orders
    members = features["customer_id"].to_numpy()[segments == segment]
    chosen = rng.choice(members, len(members) // 5, replace=False)
    lost = _after(lines) & lines["customer_id"].isin(chosen) & (rng.uniform(size=len(lines)) < 0.2)
    return lines[~lost]


def dearer(lines: pd.DataFrame, champion: Champion, connection: Any, rng: Any) -> pd.DataFrame:
    """Prices rise by 15 %."""
    return lines.assign(unit_price=lines["unit_price"].where(~_after(lines), lines["unit_price"] * 1.15))


def newcomers(lines: pd.DataFrame, champion: Champion, connection: Any, rng: Any) -> pd.DataFrame:
    """A new kind of customer of 5 % of the active ones, who order often and little."""
    active = lines.loc[lines["at"].between((CHANGED - START).days - 4 * DAYS, (CHANGED - START).days), "customer_id"]
    size = int(0.05 * active.nunique())
    joined = (CHANGED - START).days + rng.uniform(0, DAYS, size)
    new = orders_of(rng, joined, np.full(size, STAY), np.full(size, 12.0), np.full(size, 1.0), "n")
    return pd.concat([lines, new], ignore_index=True)


Plant = Callable[[pd.DataFrame, Champion, duckdb.DuckDBPyConnection, Any], pd.DataFrame]
CHANGES: dict[str, tuple[Plant, set[str]]] = {
    "a fifth of a segment buys 20 % less": (less, {"activity"}),
    "prices rise by 15 %": (dearer, {"prices"}),
    "a new kind of customer of 5 %": (newcomers, {"unlike", "new", "features", "shares"}),
}


if __name__ == "__main__":
    main()
