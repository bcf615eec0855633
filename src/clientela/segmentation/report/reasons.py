"""Why a candidate was chosen or rejected, in the language of the report.

The leaderboard, the registry and MLflow hold the reasons in English. Each is one of the `reasons` messages in
wording/en.yaml with its places filled, so it is read back into its message and its values.
"""

import re
from functools import cache

from clientela.reporting.words import Words, messages

PREFIX = "segmentation.reasons."
NUMBER = re.compile(r"-?[\d.,]+%?")


def reason_text(reason: str, words: Words) -> str:
    """The reason in the language of the words; as it is where it is none of the messages."""
    for key, pattern in _patterns().items():
        if found := pattern.fullmatch(reason):
            values = {name: _localized(value, words) for name, value in found.groupdict().items()}
            return words.text(f"reasons.{key}", **values)
    return reason


@cache
def _patterns() -> dict[str, re.Pattern[str]]:
    """Key of a message -> pattern of its sentences in English, with a group per place."""
    english = {k.removeprefix(PREFIX): v for k, v in messages("en", "segmentation").items() if k.startswith(PREFIX)}
    return {key: re.compile(re.sub(r"\\{(\w+)\\}", r"(?P<\1>.+?)", re.escape(text))) for key, text in english.items()}


def _localized(value: str, words: Words) -> str:
    """A number of an English sentence with the signs of the language; other values, such as names, as they are."""
    if words.language == "en" or not NUMBER.fullmatch(value):
        return value
    percent = value.endswith("%")
    number = value.rstrip("%").replace(",", "")
    written = words.number(float(number), len(number.partition(".")[2]))
    return f"{written}%" if percent else written
