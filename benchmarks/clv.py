"""Seconds to fit the customer-value models and to forecast with them, on simulated customers.

    python benchmarks/clv.py --fit 100000 --forecast 1000000

Times are whole days, as in transactions. With --continuous they are real numbers, and few customers are equal.
"""

import argparse
import time
from collections.abc import Callable

import numpy as np
import pandas as pd

from clientela.clv import BetaGeometricNBD, GammaGamma, ModifiedBetaGeometricNBD, ParetoNBD, PurchaseModel

TRUTHS = (
    BetaGeometricNBD().with_parameters(0.6, 6.0, 0.8, 3.0),
    ModifiedBetaGeometricNBD().with_parameters(0.6, 6.0, 0.8, 3.0),
    ParetoNBD().with_parameters(0.6, 8.0, 0.6, 12.0),
)
SPEND = GammaGamma().with_parameters(6.0, 4.0, 15.0)
WEEKS = 104  # length of the observation period
ROUNDS = 3


def main() -> None:
    """Simulate, fit, forecast, print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--fit", type=int, default=100_000)
    parser.add_argument("--forecast", type=int, default=1_000_000)
    parser.add_argument("--continuous", action="store_true")
    args = parser.parse_args()
    for truth in TRUTHS:
        few, many = (simulate(truth, size, days=not args.continuous) for size in (args.fit, args.forecast))
        print(f"{type(truth).__name__}, fit on {args.fit:,}, forecasts for {args.forecast:,}")
        report("fit", type(truth)().fit, few)
        report("expected purchases", truth.expected_purchases, many, 26)
        report("expected purchases, six horizons", truth.expected_purchases, many, range(4, 28, 4))
        report("probability alive", truth.probability_alive, many)
    few, many = (customers.assign(monetary_value=spends(customers)) for customers in (few, many))
    print("GammaGamma")
    report("fit", GammaGamma().fit, few)
    report("expected spend", SPEND.expected_spend, many)


def simulate(truth: PurchaseModel, size: int, *, days: bool) -> pd.DataFrame:
    """Customers who came at any time of the observation."""
    rng = np.random.default_rng(size)
    customers = truth.simulate(rng.uniform(0, WEEKS, size), rng)
    if days:
        times = np.ceil(customers[["recency", "T"]] * 7) / 7
        customers = customers.assign(recency=np.minimum(times["recency"], times["T"]), T=times["T"])
    return customers


def spends(customers: pd.DataFrame) -> np.ndarray:
    """Mean spends of the customers."""
    return SPEND.simulate(customers["frequency"].to_numpy(), np.random.default_rng(0))


def report(what: str, run: Callable[..., object], *arguments: object) -> None:
    """Print the best of some rounds."""
    seconds = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        run(*arguments)
        seconds.append(time.perf_counter() - start)
    print(f"  {what:34} {min(seconds):6.2f} s", flush=True)


if __name__ == "__main__":
    main()
