"""Membership rules in words, in the language of the report."""

from clientela.insiders.rules import ConditionsData, RulesData
from clientela.reporting.words import Words

BOOK = "insiders"


def entry_phrases(conditions: ConditionsData, window_days: int, words: Words) -> list[str]:
    """Conditions that must all hold, one phrase per condition.

    A condition that every customer with an order in the window meets is left out.

    Args:
        conditions: thresholds of spend (currency), orders and days.
        window_days: length of the window (days).
        words: words with the book of the Insiders report.
    """
    days = words.number(window_days)
    phrases = []
    if conditions["spend"] > 0:
        phrases.append(words.text("insiders.rule.spend", value=words.money(conditions["spend"]), days=days))
    if conditions["orders"] > 1:
        phrases.append(words.text("insiders.rule.orders", value=words.number(conditions["orders"]), days=days))
    if conditions["days"] < window_days:
        phrases.append(words.text("insiders.rule.days", value=words.number(conditions["days"])))
    return phrases or [words.text("insiders.rule.any", days=days)]


def removal_phrases(conditions: ConditionsData, window_days: int, words: Words) -> list[str]:
    """The opposites of the conditions to stay, of which any one ends a membership; one phrase per condition.

    Args:
        conditions: thresholds of spend (currency), orders and days.
        window_days: length of the window (days).
        words: words with the book of the Insiders report.
    """
    days = words.number(window_days)
    phrases = []
    if conditions["spend"] > 0:
        phrases.append(words.text("insiders.rule.below_spend", value=words.money(conditions["spend"]), days=days))
    if conditions["orders"] > 1:
        phrases.append(words.text("insiders.rule.below_orders", value=words.number(conditions["orders"]), days=days))
    if conditions["days"] < window_days:
        phrases.append(words.text("insiders.rule.beyond_days", value=words.number(conditions["days"])))
    return phrases or [words.text("insiders.rule.below_any", days=days)]


def either(parts: list[str], words: Words) -> str:
    """A list of alternatives: "a, b or c"."""
    return words.listed(parts, "or")


def rule_texts(rules: RulesData, language: str, *, currency: str) -> dict[str, str]:
    """The rules in one language, for the served model.

    Args:
        rules: membership rules as plain data.
        language: "en" or "pt-BR".
        currency: ISO code of the currency.

    Returns:
        "entry": the conditions to enter, and "removal": the conditions to stay.
    """
    words = Words(language, currency=currency, book=BOOK)
    window = rules["window_days"]
    return {
        "entry": words.listed(entry_phrases(rules["entry"], window, words)),
        "removal": words.listed(entry_phrases(rules["removal"], window, words)),
    }
