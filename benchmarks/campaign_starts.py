"""Whom campaigns reach over months, on real purchases: the global hold-out, exclusions, and the arms of a start.

`python benchmarks/campaigns.py DATASET SOURCE --starts` prints two tables:

- Twelve campaigns of 60 days, one every 30 days, each for two of five segments. The segments are fitted three times,
  and each month has its new customers. The campaigns follow the rules of conf/campaigns.yaml: hold-out, other running
  campaigns, days between contacts.
- False alarms of the stratified arms: the last period, in which nobody got a campaign, is split 1,000 times as a start
  splits it, and measured as `campaign measure` does.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
from sklearn.cluster import KMeans

from clientela.campaigns.assignment import Draw, Target, assign, count_arms
from clientela.campaigns.campaign import Campaign
from clientela.campaigns.exclusions import Earlier, concerns, exclusion_reasons
from clientela.campaigns.holdout_group import in_holdout
from clientela.campaigns.measure import measure_campaign
from clientela.campaigns.period import Period, observe_period
from clientela.exports.treatment import CONTROL, TREATMENT
from clientela.features.build import build_features, default_as_of, next_period
from clientela.loading import read_transactions
from clientela.settings import CampaignSettings, load_campaigns, load_settings

CONF = Path(__file__).resolve().parents[1] / "conf"
CAMPAIGNS, EVERY, DAYS, SEGMENTS, REFIT_EVERY = 12, 30, 60, 5, 4
FIT = ["days_since_last_purchase", "order_count", "total_spend"]


@dataclass(frozen=True)
class Month:
    """A campaign of the year: its assignment, and who was in the hold-out among all customers of its day."""

    campaign: Campaign
    assignment: pd.DataFrame
    known: pd.Index
    held_out: np.ndarray


def report_starts(dataset: str, source: str | None, *, splits: int, days: int) -> None:
    """Print both tables.

    Args:
        dataset: name of the data set.
        source: path of the transactions; None for the data set's own.
        splits: number of random splits.
        days: length of the measured period (days).
    """
    settings, campaigns = load_settings(dataset, conf=CONF), load_campaigns(conf=CONF)
    with duckdb.connect() as connection:
        read_transactions(connection, settings.dataset, source=source, seed=0)
        end = default_as_of(connection)
        months = run_year(connection, end, campaigns)
        print_year(months, campaigns)
        start = end - timedelta(days=days)
        features = build_features(connection, as_of=start)
        target = _target(connection, features, _fit(features, seed=0), start, days)
        period = observe_period(connection, target.customers, start=start, days=days, seed=0)
    print_alarms(target, period, campaigns, splits=splits)


def run_year(connection: duckdb.DuckDBPyConnection, end: date, campaigns: CampaignSettings) -> list[Month]:
    """Twelve campaigns, each with the customers of its day."""
    months: list[Month] = []
    for number in range(CAMPAIGNS):
        start = end - timedelta(days=EVERY * (CAMPAIGNS - number))
        features = build_features(connection, as_of=start)
        if number % REFIT_EVERY == 0:
            model = _fit(features, seed=number)
        target = _target(connection, features, model, start, DAYS)
        chosen = np.isin(target.groups, [f"{number % SEGMENTS}", f"{(number + 2) % SEGMENTS}"])
        target = Target(target.customers[chosen], target.groups[chosen], target.spend[chosen])
        draw = Draw(f"month {number + 1}", start, campaigns.control, 0)
        months.append(_month(target, draw, months, campaigns, pd.Index(features["customer_id"])))
    return months


def print_year(months: list[Month], campaigns: CampaignSettings) -> None:
    """One row per campaign, and what must never happen."""
    print("| campaign | target group | treated | control | hold-out | left out | hold-out of all customers |")
    print("|---|--:|--:|--:|--:|--:|--:|")
    for month in months:
        ledger = month.campaign.ledger
        assert sum(ledger.values()) == len(month.assignment)
        shown = [month.campaign.customers, *(ledger[name] for name in ("treatment", "control", "holdout"))]
        left_out = month.campaign.customers - sum(shown[1:])
        cells = " | ".join(f"{count:,}" for count in (*shown, left_out))
        print(f"| {month.campaign.start} | {cells} | {month.held_out.mean():.1%} |")
    ever_held = set().union(*(set(month.known[month.held_out]) for month in months))
    ever_free = set().union(*(set(month.known[~month.held_out]) for month in months))
    contacted = [set(Earlier(month.campaign, month.assignment).customers(TREATMENT)) for month in months]
    compared = [set(Earlier(month.campaign, month.assignment).customers(TREATMENT, CONTROL)) for month in months]
    share = campaigns.holdout.share
    print(f"\nlargest distance of the hold-out from {share:.0%}: {_distance(months, share) * 100:.2f} points")
    print(f"customers who left or entered the hold-out: {len(ever_held & ever_free)} of {len(ever_held | ever_free):,}")
    print(f"hold-out customers in a list: {len(ever_held & set().union(*contacted))} in {CAMPAIGNS} lists")
    print(f"customers in two campaigns at once: {sum(len(one & other) for one, other in pairwise(compared))}")


def print_alarms(target: Target, period: Period, campaigns: CampaignSettings, *, splits: int) -> None:
    """False alarms of the total, by outcome and control share."""
    print(f"\n{len(target.customers):,} customers, {period.days} days from {period.start}, {splits:,} splits")
    print("| held out | outcome | false alarms at 5 % |\n|--:|---|--:|")
    nobody = np.zeros(len(target.customers), dtype=bool)
    reasons = np.full(len(nobody), None, dtype=object)
    for share in (0.1, 0.5):
        alarms: dict[str, list[bool]] = {}
        for seed in range(splits):
            arms = assign(target, nobody, reasons, Draw("split", period.start, share, seed))["arm"]
            treated = (arms == TREATMENT).to_numpy()
            for row in measure_campaign(period, target.groups, treated, campaigns, cost=0.0):
                if row["group"] == "all":
                    alarms.setdefault(row["outcome"], []).append(row["p_value"] < 0.05)
        for outcome, found in alarms.items():
            print(f"| {share:.0%} | {outcome} | {np.mean(found):.1%} |", flush=True)


def _month(target: Target, draw: Draw, months: list[Month], campaigns: CampaignSettings, known: pd.Index) -> Month:
    free = {"consent": True, "do_not_contact": False, "unreadable_last_contact": False}
    contact = pd.DataFrame({**free, "last_contact": pd.NaT}, index=target.customers)
    earlier = [
        Earlier(month.campaign, month.assignment)
        for month in months
        if concerns(month.campaign, draw.start, DAYS, campaigns)
    ]
    reasons = exclusion_reasons(
        contact.astype({"last_contact": "datetime64[s]"}), earlier, campaigns, start=draw.start, days=DAYS
    )
    assignment = assign(target, in_holdout(target.customers.tolist(), campaigns.holdout), reasons, draw)
    campaign = Campaign(
        name=draw.name, dataset="benchmark", action="", start=draw.start, days=DAYS, control=draw.control, seed=0,
        model_version=None, ledger=count_arms(assignment), digest="",
    )  # fmt: skip
    return Month(campaign, assignment, known, in_holdout(known.tolist(), campaigns.holdout))


def _target(
    connection: duckdb.DuckDBPyConnection, features: pd.DataFrame, model: KMeans, start: date, days: int
) -> Target:
    customers = pd.Index(features["customer_id"])
    groups = model.predict(_points(features)).astype(str).astype(object)
    spend = next_period(connection, start=start - timedelta(days=days), days=days)["next_spend"]
    return Target(customers, groups, spend.reindex(customers).fillna(0.0).to_numpy(dtype=float))


def _distance(months: list[Month], share: float) -> float:
    return max(abs(float(month.held_out.mean()) - share) for month in months)


def _points(features: pd.DataFrame) -> np.ndarray:
    logs = np.log1p(features[FIT].clip(lower=0).to_numpy(dtype=float))
    return (logs - logs.mean(axis=0)) / logs.std(axis=0)


def _fit(features: pd.DataFrame, *, seed: int) -> KMeans:
    return KMeans(SEGMENTS, n_init=2, random_state=seed).fit(_points(features))
