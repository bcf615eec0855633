"""The reasons of a customer's churn probability: the families of features with the strongest effects, as sentences.

It is part of the code of a registered version (`lookup/standalone.py`), so it imports nothing of clientela.
"""

import math
from collections.abc import Mapping, Sequence
from typing import Any


def reasons_of(row: Mapping[str, Any], card: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The reasons of one customer's probability, strongest first, each as a sentence in every language.

    Args:
        row: row of the index: reasons, effects and features.
        card: card of the version.
    """
    known = {column["name"]: column for column in card["columns"]}
    found = []
    for place in range(1, card["reasons"] + 1):
        at, effect = row[f"reason_{place}"], row[f"effect_{place}"]
        if at < 0:
            break
        family = card["families"][at]
        column = known[_most_unusual(family["columns"], row, known)]
        value = plain_value(row[column["name"]])
        found.append(
            {
                "family": family["name"],
                "feature": column["name"],
                "value": value,
                "typical": column["typical"],
                "effect": effect,
                "text": {
                    language: words["raises" if effect > 0 else "lowers"].format(
                        label=column["label"][language],
                        value=_formatted(value, column["unit"], words),
                        typical=_formatted(column["typical"], column["unit"], words),
                    )
                    for language, words in card["words"].items()
                },
            }
        )
    return found


def plain_value(value: Any) -> Any:
    """A value for JSON: None for unknown."""
    return None if value is None or (isinstance(value, float) and math.isnan(value)) else value


def _most_unusual(names: Sequence[str], row: Mapping[str, Any], known: Mapping[str, Mapping[str, Any]]) -> str:
    """The feature of a family that is furthest from its typical value, in units of its spread."""

    def distance(name: str) -> float:
        value, column = plain_value(row[name]), known[name]
        if column["kind"] == "category":
            return 1.0 if value != column["typical"] else 0.0
        if value is None or column["typical"] is None:
            return 0.5 if value is None and column["typical"] is not None else 0.0
        return abs(value - column["typical"]) / column["spread"]

    # Hidden columns are transformations of others in the family; readers see the original.
    return max([name for name in names if not known[name].get("hidden")] or names, key=distance)


def _formatted(value: Any, unit: str, words: Mapping[str, str]) -> str:
    if value is None or isinstance(value, str):
        return words["missing"] if value in (None, "unknown") else words.get(f"value.{value}", value)
    number = 100 * value if unit == "share" else value
    small = abs(number) < 10 and not float(number).is_integer()
    written = (f"{number:,.2f}" if abs(number) < 1 else f"{number:,.1f}") if small else f"{number:,.0f}"
    if not float(written.replace(",", "")):
        written = written.removeprefix("-")
    written = written.replace("-", "−").translate(str.maketrans(",.", words["signs"]))
    return f"{written}%" if unit == "share" else words["money"].format(written) if unit == "money" else written
