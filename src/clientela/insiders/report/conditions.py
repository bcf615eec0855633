"""Membership rules as phrases, in the report's language: what must hold to enter, and what ends a membership."""

from collections.abc import Mapping
from typing import Any

from clientela.reporting.words import Words

BOOK = "insiders"


def entry_phrases(conditions: Mapping[str, Any], window_days: int, words: Words) -> list[str]:
    """What must all hold, one phrase a condition; those that everybody keeps who bought in the window are left out.

    Args:
        conditions: spend (currency), orders, days.
        window_days: length of the window.
        words: with the book of the Insiders report.
    """
    days = words.number(window_days)
    found = []
    if conditions["spend"] > 0:
        found.append(words.text("insiders.rule.spend", value=words.money(conditions["spend"]), days=days))
    if conditions["orders"] > 1:
        found.append(words.text("insiders.rule.orders", value=words.number(conditions["orders"]), days=days))
    if conditions["days"] < window_days:
        found.append(words.text("insiders.rule.days", value=words.number(conditions["days"])))
    return found or [words.text("insiders.rule.any", days=days)]


def removal_phrases(conditions: Mapping[str, Any], window_days: int, words: Words) -> list[str]:
    """What ends a membership, any one of them; the opposites of the conditions to stay."""
    days = words.number(window_days)
    found = []
    if conditions["spend"] > 0:
        found.append(words.text("insiders.rule.below_spend", value=words.money(conditions["spend"]), days=days))
    if conditions["orders"] > 1:
        found.append(words.text("insiders.rule.below_orders", value=words.number(conditions["orders"]), days=days))
    if conditions["days"] < window_days:
        found.append(words.text("insiders.rule.beyond_days", value=words.number(conditions["days"])))
    return found or [words.text("insiders.rule.below_any", days=days)]


def either(parts: list[str], words: Words) -> str:
    """Parts of which one is enough: "a, b or c"."""
    return words.listed(parts, "or")


def rule_texts(rules: Mapping[str, Any], language: str, *, currency: str) -> dict[str, str]:
    """The rules in one language, for the served model: what lets in (entry), and what a member must keep (removal)."""
    words = Words(language, currency=currency, book=BOOK)
    window = rules["window_days"]
    return {
        "entry": words.listed(entry_phrases(rules["entry"], window, words)),
        "removal": words.listed(entry_phrases(rules["removal"], window, words)),
    }
