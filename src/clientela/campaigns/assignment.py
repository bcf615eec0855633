"""The assignment of a campaign: every customer of the target group in one arm, stratified by segment and spend."""

import hashlib
from dataclasses import dataclass
from datetime import date
from math import ceil

import numpy as np
import pandas as pd

from clientela.campaigns.campaign import ARMS, ASSIGNMENT, EXCLUDED, HOLDOUT
from clientela.campaigns.exclusions import REASONS
from clientela.exports.treatment import assign_treatment

FEWEST_CONTROL = 2  # expected customers of the smaller arm in a stratum


@dataclass(frozen=True)
class Target:
    """The customers whom a campaign is meant for.

    Attributes:
        customers: canonical ids, in ascending order.
        groups: segment of each customer; (customers,).
        spend: spend in the days before the campaign (currency); (customers,).
    """

    customers: pd.Index
    groups: np.ndarray
    spend: np.ndarray


@dataclass(frozen=True)
class Draw:
    """How the arms are drawn: name and first day of the campaign, share of control customers, and random seed."""

    name: str
    start: date
    control: float
    seed: int


def assign(target: Target, held_out: np.ndarray, reasons: np.ndarray, draw: Draw) -> pd.DataFrame:
    """Assign every customer of the target group to an arm.

    Customers of the global hold-out come first, then those who are left out for a reason. The others are drawn at
    random within strata: customers of one segment with nearly the same recent spend.

    Args:
        target: the target group.
        held_out: whether each customer is in the global hold-out; (customers,).
        reasons: reason of exclusion of each customer, or None; (customers,).
        draw: name, first day, control share and seed. The name is part of the seed, so that each campaign has its own
            control group.

    Returns:
        One row per customer in the order of the target, with the columns `ASSIGNMENT`.
    """
    arms = np.full(len(target.customers), HOLDOUT, dtype=object)
    excluded = ~held_out & pd.notna(reasons)
    arms[excluded] = EXCLUDED
    free = ~held_out & ~excluded
    ids = target.customers[free]
    strata = _strata(ids, target.groups[free], target.spend[free], control=draw.control)
    arms[free] = assign_treatment(ids.tolist(), strata, share=1 - draw.control, seed=_seed(draw))
    return pd.DataFrame(
        {
            "campaign": draw.name,
            "customer_id": target.customers.to_numpy(),
            "segment": target.groups,
            "arm": arms,
            "reason": pd.Series(reasons, dtype=object).where(excluded, None),
            "since": draw.start,
        },
        columns=list(ASSIGNMENT),
    )


def count_arms(assignment: pd.DataFrame) -> dict[str, int]:
    """Number of customers by arm, and by reason for those who are left out; the sum is the size of the target group."""
    arms, reasons = assignment["arm"].value_counts(), assignment["reason"].value_counts()
    counts = {arm: int(arms.get(arm, 0)) for arm in ARMS if arm != EXCLUDED}
    return counts | {reason: int(reasons.get(reason, 0)) for reason in REASONS}


def ledger_by_segment(assignment: pd.DataFrame) -> pd.DataFrame:
    """One row per segment, the largest first: customers, and how many are in each arm or left out for each reason.

    Args:
        assignment: one row per customer, with the columns `ASSIGNMENT`.
    """
    rows = [
        {"segment": name, "customers": len(part), **count_arms(part)} for name, part in assignment.groupby("segment")
    ]
    return pd.DataFrame(sorted(rows, key=lambda row: (-int(row["customers"]), str(row["segment"]))))


def _strata(ids: pd.Index, groups: np.ndarray, spend: np.ndarray, *, control: float) -> list[str]:
    """The stratum of each customer: a segment's customers in order of their spend, cut into parts of equal size.

    A part has so many customers that about two are expected in its smaller arm. Smaller parts would always hold out one
    of few customers, more than the planned share.
    """
    size = ceil(FEWEST_CONTROL / min(control, 1 - control))
    frame = pd.DataFrame({"id": ids, "group": groups, "spend": spend})
    ordered = frame.sort_values(["group", "spend", "id"], kind="stable")
    place = ordered.groupby("group").cumcount()
    members = ordered.groupby("group")["id"].transform("size")
    part = place * (members // size).clip(lower=1) // members
    names = ordered["group"].astype("str") + "/" + part.astype("str")
    return names.sort_index().tolist()


def _seed(draw: Draw) -> int:
    digest = hashlib.blake2b(f"{draw.seed}/{draw.name}".encode(), person=b"campaign", digest_size=8).digest()
    return int.from_bytes(digest, "big")
