"""What a column of a contract means, in a language."""

from functools import cache
from importlib.resources import files

import yaml

from clientela.contracts import Column, Contract
from clientela.reporting.words import LOADER, Words


def meaning_of(contract: Contract, column: Column, words: Words) -> str:
    """The meaning of a column in the language of the words.

    Args:
        contract: table of the column.
        column: the column.
        words: words of a language.

    Returns:
        The definition of the contract in English; else its translation.

    Raises:
        KeyError: there is no translation.
    """
    if words.language == "en":
        return column.definition
    key, translated = f"features.{column.name}.definition", _translations(words.language)
    own = translated.get(f"{contract.name}.{column.name}") or translated.get(column.name)
    if own is None and words.has(key):
        return words.text(key)
    if own is None:
        raise KeyError(f"{contract.name}.{column.name}")
    return own


def origin_of(contract: Contract, words: Words) -> str:
    """Where the values of a table come from, in the language of the words; commands keep their names."""
    if words.language == "en":
        return contract.origin
    return _translations(words.language).get(f"origin.{contract.name}", contract.origin)


def unit_of(column: Column, words: Words) -> str:
    """The unit of a column in the language of the words.

    Raises:
        KeyError: there is no translation.
    """
    if words.language == "en" or not column.unit:
        return column.unit
    return _translations(words.language)[f"unit.{column.unit}"]


@cache
def _translations(language: str) -> dict[str, str]:
    text = files("clientela.reporting").joinpath("wording", f"meanings.{language}.yaml").read_text(encoding="utf-8")
    found: dict[str, str] = yaml.load(text, Loader=LOADER)
    return found
