"""How far the figures of a campaign can be trusted, on real purchases with random control groups.

    python benchmarks/campaigns.py [DATASET [SOURCE]] [--splits 1000] [--days 90] [--starts]

Customers who had bought by a day, DAYS before the end of the data, are split at random again and again; a tenth or half
of them are control. Nobody got a campaign, so the truth is known:

- false alarms: share of the splits with a p-value below 5 % although nothing happened.
- width: width of the interval, relative to that of the difference of the raw means.
- covered: share of 200 splits whose 90 % interval contains a lift that was planted. Each treated customer's value is
  raised by a random share between 0 and 40 %, by 20 % on average.
- power: planned, and observed for the lift that `campaign plan` calls detectable.

A second table is about learning from campaigns: customers are drawn into eight groups, half of each is control, and
each group has a lift of its own, drawn from a normal distribution with mean 10 % and a standard deviation of 0, 5 or 20
points. Raw and shrunk estimates are compared with these lifts.

With --starts it shows instead whom a year of campaigns reaches, and the false alarms of the arms that a start draws
(benchmarks/campaign_starts.py).
"""

import argparse
from datetime import timedelta
from pathlib import Path
from statistics import NormalDist

import duckdb
import numpy as np
import pandas as pd
from campaign_starts import report_starts

from clientela.campaigns.period import OUTCOMES, Period, observe_period
from clientela.features.build import build_features, default_as_of, next_period
from clientela.holdout.lift import compare_arms
from clientela.holdout.outcomes import adjusted_outcome
from clientela.holdout.pooling import Estimate, shrink_effects
from clientela.holdout.power import HoldoutTest, detectable_uplift
from clientela.loading import read_transactions
from clientela.settings import load_settings

ROOT = Path(__file__).resolve().parents[1]
LEVEL, LIFT, PLANTED, POWER = 0.9, 0.2, 200, 0.8
GROUPS, MEAN_LIFT, SPREADS = 8, 0.1, (0.0, 0.05, 0.2)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("dataset", nargs="?", default="demo")
    parser.add_argument("source", nargs="?")
    parser.add_argument("--splits", type=int, default=1000)
    parser.add_argument("--days", type=int, default=90)
    parser.add_argument("--starts", action="store_true", help="whom campaigns reach, instead")
    options = parser.parse_args()
    if options.starts:
        report_starts(options.dataset, options.source, splits=options.splits, days=options.days)
        return
    period, raw = read_period(options.dataset, options.source, days=options.days)
    print(f"{options.dataset}: {len(raw):,} customers, {period.days} days from {period.start}")
    print("| outcome | control | false alarms | width | covered | power, predicted | observed |")
    print("|---|--:|--:|--:|--:|--:|--:|")
    for share in (0.1, 0.5):
        for outcome in OUTCOMES:
            figures = measure(period, raw, outcome, share=share, splits=options.splits)
            cells = " | ".join(f"{figure:.1%}" for figure in figures)
            print(f"| {outcome} | {share:.0%} | {cells} |", flush=True)
    print("\n| outcome | spread of the lifts | error of raw estimates | of shrunk ones | covered by their intervals |")
    print("|---|--:|--:|--:|--:|")
    for outcome in OUTCOMES[:2]:
        for spread in SPREADS:
            cells = " | ".join(f"{figure:.1%}" for figure in learn(period, outcome, spread=spread))
            print(f"| {outcome} | {spread:.0%} | {cells} |", flush=True)


def learn(period: Period, outcome: str, *, spread: float) -> list[float]:
    """Root mean squared errors of raw and of shrunk lifts, and the share of 90 % intervals that cover the truth.

    Args:
        period: a period without a campaign.
        outcome: "spend" or "orders".
        spread: standard deviation of the true lifts.
    """
    values, known = period.outcomes[outcome].to_numpy(), period.expected[outcome].to_numpy()
    rng, size, rows = np.random.default_rng(0), len(values), []
    for _ in range(PLANTED):
        group, treated = rng.permutation(size) % GROUPS, rng.random(size) < 0.5
        truth = np.maximum(rng.normal(MEAN_LIFT, spread, GROUPS), -0.9)
        raised = np.where(treated, values * (1 + truth[group]), values)
        raw = [
            _log_lift(raised[group == one], known[group == one], treated[group == one], level=LEVEL)
            for one in range(GROUPS)
        ]
        for one, shrunk, lift in zip(raw, shrink_effects(raw), truth, strict=True):
            low, high = shrunk.interval(LEVEL)
            covered = low <= np.log1p(lift) <= high
            rows.append([np.expm1(one.effect) - lift, np.expm1(shrunk.effect) - lift, covered])
    errors = np.array(rows, dtype=float)
    return [*np.sqrt(np.square(errors[:, :2]).mean(axis=0)), errors[:, 2].mean()]


def _log_lift(values: np.ndarray, known: np.ndarray, treated: np.ndarray, *, level: float) -> Estimate:
    found = compare_arms(values, known, treated, level=level)
    assert found
    width = np.log1p(found.relative_high) - np.log1p(found.relative_low)
    return Estimate(float(np.log1p(found.relative)), width / (2 * NormalDist().inv_cdf((1 + level) / 2)))


def read_period(dataset: str, source: str | None, *, days: int) -> tuple[Period, pd.DataFrame]:
    """The last period of a data set, and the same outcomes without caps."""
    settings = load_settings(dataset, conf=ROOT / "conf")
    with duckdb.connect() as connection:
        read_transactions(connection, settings.dataset, source=source, seed=0)
        start = default_as_of(connection) - timedelta(days=days)
        customers = pd.Index(build_features(connection, as_of=start)["customer_id"])
        period = observe_period(connection, customers, start=start, days=days, seed=0)
        spend = next_period(connection, start=start, days=days)["next_spend"]
    return period, period.outcomes.assign(spend=spend.reindex(customers).fillna(0.0))


def measure(period: Period, raw: pd.DataFrame, outcome: str, *, share: float, splits: int) -> list[float]:
    """False alarms, width, coverage and power of one outcome with one share of control customers."""
    values, known = period.outcomes[outcome].to_numpy(), period.expected[outcome].to_numpy()
    plain = raw[outcome].to_numpy()
    rng, size = np.random.default_rng(0), len(values)
    test = HoldoutTest(control=share, power=POWER, significance=1 - LEVEL)
    lift = detectable_uplift(adjusted_outcome(values, known), size, test) or float("nan")
    alarms, widths, covered, detected = [], [], [], []
    for number in range(splits):
        treated = rng.permutation(size) >= round(share * size)
        found, unadjusted = (
            compare_arms(one, other, treated, level=LEVEL) for one, other in ((values, known), (plain, np.zeros(size)))
        )
        assert found
        assert unadjusted
        alarms.append(found.p_value < 0.05)
        widths.append((found.high - found.low) / (unadjusted.high - unadjusted.low))
        if number < PLANTED:
            covered.append(_covers(values, known, treated, LIFT, rng))
        planted = compare_arms(
            np.where(treated, _raised(values, lift, outcome, rng), values), known, treated, level=LEVEL
        )
        assert planted
        detected.append(planted.low > 0)
    return [np.mean(alarms), np.mean(widths), np.mean(covered), POWER, np.mean(detected)]


def _covers(values: np.ndarray, known: np.ndarray, treated: np.ndarray, lift: float, rng: np.random.Generator) -> bool:
    raised = _raised(values, lift, "", rng)
    found = compare_arms(np.where(treated, raised, values), known, treated, level=LEVEL)
    assert found
    # The truth of these customers: what the treatment added on average, had all got it.
    return bool(found.low <= (raised - values).mean() <= found.high)


def _raised(values: np.ndarray, lift: float, outcome: str, rng: np.random.Generator) -> np.ndarray:
    """Values after a campaign with a lift that differs by customer."""
    if outcome == "buyers":
        turned = rng.random(len(values)) < lift * values.mean() / max(1 - values.mean(), 1e-9)
        return np.maximum(values, turned)
    return values * (1 + lift * rng.uniform(0, 2, len(values)))


if __name__ == "__main__":
    main()
