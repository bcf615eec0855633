"""Phrases that several reports use: ratios, ranks, ledger rules."""

from collections.abc import Mapping
from typing import Any

from clientela.reporting.words import Words

# Smallest rank of each class: the share of all customers below the median.
RANKS = ((0.85, "highest"), (0.65, "high"), (0.35, "typical"), (0.15, "low"), (-1.0, "lowest"))


MAIN = ("days_since_last_purchase", "order_count", "total_spend", "mean_order_value", "tenure_days", "recent_spend")


def times(ratio: float, words: Words) -> str:
    """A ratio with one decimal below 10: 3.2, but 39."""
    return words.number(ratio, 0 if ratio >= 9.95 else 1)


def likelihood(lift: float, words: Words) -> str:
    """A lift in words: "3.2 times as often"."""
    key = "more" if lift >= 1.05 else "same" if lift > 0.95 else "less"
    return words.text(f"profiles.lift.{key}", times=times(lift, words))


def standing(rank: float, words: Words) -> str:
    """Where a median stands among all customers, in words."""
    key = next(key for least, key in RANKS if rank >= least)
    share = rank if rank > 0.5 else 1 - rank
    return words.text(f"profiles.rank.{key}", share=words.percent(min(share, 0.99), 0))


def ledger_rule(row: Mapping[str, Any], words: Words) -> str:
    """What a cleaning rule does, in the report's language if it is one of Clientela's rules."""
    key = f"ledger.{row['rule']}"
    name = row["rule"].removeprefix("bad_")
    if words.is_own(name):
        return words.text("ledger.bad_attribute", label=words.label(name))
    return words.text(key) if words.has(key) else row["definition"]


def reason_dropped(reason: str, words: Words) -> str:
    """Why a feature is not in the fit, in the report's language if the reason is a known one."""
    key = f"dropped.{reason}"
    return words.text(key) if words.has(key) else reason


def capitalized(text: str) -> str:
    """The text with a capital first letter."""
    return text[:1].upper() + text[1:]
