"""Bounds on features as phrases that a person reads: "at least 5 orders and last purchase within 40 days"."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from math import floor
from typing import Any

from clientela.contracts import MONEY_FEATURES, WHOLE_FEATURES
from clientela.errors import InvalidInput
from clientela.reporting.words import Words

OPERATORS = ("<=", ">")


@dataclass(frozen=True)
class _Bounds:
    """Above `low` and up to `high`; None if there is no such bound."""

    low: float | None = None
    high: float | None = None

    def within(self, op: str, value: float) -> "_Bounds":
        """These bounds and one more."""
        if op == "<=":
            return _Bounds(self.low, value if self.high is None else min(value, self.high))
        return _Bounds(value if self.low is None else max(value, self.low), self.high)


def describe_condition(feature: str, op: str, value: float, language: str, *, currency: str = "") -> str:
    """One bound in words: order_count > 4.5 is "at least 5 orders".

    Args:
        feature: of the CustomerFeatures contract.
        op: "<=" or ">".
        value: the bound, in the feature's unit.
        language: "en" or "pt-BR".
        currency: of amounts, may be empty.

    Raises:
        InvalidInput: an operator, a feature or a language that is not known.
    """
    return describe_conditions([{"feature": feature, "op": op, "value": value}], language, currency=currency)


def describe_conditions(
    conditions: Sequence[Mapping[str, Any]],
    language: str,
    *,
    currency: str = "",
    labels: Mapping[str, Mapping[str, str]] | None = None,
) -> str:
    """Bounds in one phrase, those of one feature merged: "5 to 8 orders and last purchase within 40 days".

    Args:
        conditions: dicts of feature, op and value, as `describe_condition` takes them.
        language: "en" or "pt-BR".
        currency: of amounts, may be empty.
        labels: labels of the data set's own features by language.
    """
    words = Words(language, currency=currency, labels=labels) if labels else _words(language, currency)
    bounds: dict[str, _Bounds] = {}
    for condition in conditions:
        feature, op = condition["feature"], condition["op"]
        if op not in OPERATORS:
            raise InvalidInput(f"The op of a condition must be one of {', '.join(OPERATORS)}. Got {op!r} instead.")
        if not words.has(f"features.{feature}.at_most") and not words.is_own(feature):
            raise InvalidInput(f"A condition must be on one of the customer features. Got {feature!r} instead.")
        bounds[feature] = bounds.get(feature, _Bounds()).within(op, float(condition["value"]))
    phrases = [_phrase(feature, bound, words) for feature, bound in bounds.items()]
    return words.listed(phrases) or words.text("conditions.none")


def _phrase(feature: str, bounds: _Bounds, words: Words) -> str:
    low, high = bounds.low, bounds.high
    if words.is_own(feature):
        return _own_phrase(feature, bounds, words)
    if feature in WHOLE_FEATURES:
        low = None if low is None else floor(low) + 1.0
        high = None if high is None else float(floor(high))
    if low is not None and high is not None:
        if feature in WHOLE_FEATURES and low == high:
            return _one_or_more(f"features.{feature}.exactly", low, words, value=_written(feature, low, words))
        places = {"low": _written(feature, low, words), "high": _written(feature, high, words)}
        return words.text(f"features.{feature}.between", **places)
    if high is not None:
        return _one_or_more(f"features.{feature}.at_most", high, words, value=_written(feature, high, words))
    assert low is not None
    return _one_or_more(f"features.{feature}.at_least", low, words, value=_written(feature, low, words))


def _own_phrase(feature: str, bounds: _Bounds, words: Words) -> str:
    """Bounds on an attribute or an event feature; an indicator is 0 or 1."""
    name, is_value, value = feature.partition("=")
    label = words.label(name)
    if is_value:
        return words.text(f"conditions.own.{'is_not' if bounds.low is None else 'is'}", label=label, value=value)
    low, high = (None if bound is None else _written(feature, bound, words) for bound in (bounds.low, bounds.high))
    key = "between" if low and high else "at_most" if high else "at_least"
    return words.text(f"conditions.own.{key}", label=label, low=low, high=high)


def _one_or_more(key: str, number: float, words: Words, *, value: str) -> str:
    """The phrase, in its singular form where it has one."""
    singular = f"{key}_one"
    return words.text(singular if number == 1 and words.has(singular) else key, value=value)


def _written(feature: str, value: float, words: Words) -> str:
    if feature in MONEY_FEATURES or words.is_share(feature):
        return words.value(feature, value)
    return words.number(value, 0 if float(value).is_integer() else 1 if abs(value) >= 1 else 2)


@cache
def _words(language: str, currency: str) -> Words:
    return Words(language, currency=currency)
