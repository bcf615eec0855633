"""Why a candidate was chosen or rejected, as a sentence in the language of the report."""

from collections.abc import Callable, Mapping
from typing import Any

from clientela.reporting.words import Words

# How a value is written. The default, for scores, is three decimals; a name stays as it is.
WHOLE_VALUES = frozenset({"count", "fewest", "most", "candidates"})
PERCENT_DIGITS = {"noise_share": 1, "smallest_share": 2, "separation": 0}


def reason_text(row: Mapping[str, Any], words: Words) -> str:
    """The reason of a verdict, in the language of the words.

    Args:
        row: row of the leaderboard: reason (in English), and its reason_code and reason_values where it has them.
        words: messages of the segments' report.
    """
    code = row.get("reason_code")
    if not code:
        return str(row["reason"])
    values = {name: _written(code, name, value, words) for name, value in row["reason_values"].items()}
    return words.text(f"reasons.{code}", **values)


def _written(code: str, name: str, value: float | str, words: Words) -> str:
    if isinstance(value, str):
        return value
    return _format(code, name, words)(value)


def _format(code: str, name: str, words: Words) -> Callable[[float], str]:
    if name in WHOLE_VALUES:
        return words.number
    if name in ("share", "within") or (name == "limit" and code in PERCENT_DIGITS):
        return lambda value: words.percent(value, PERCENT_DIGITS[code])
    return lambda value: words.number(value, 2 if code == "stability" else 3)
