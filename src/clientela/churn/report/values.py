"""Values of the demo's categories (services, regions, genders) in the language of the report."""

from clientela.reporting.words import Words, messages

PREFIX = "churn.values."


def value_name(value: str, words: Words) -> str:
    """A service, a region or a gender in the language of the words; a value without a translation as it is."""
    key = f"{PREFIX}{value}"
    return words.text(key) if words.has(key) else value


def translated_values() -> list[str]:
    """The values that have a translation."""
    return [key.removeprefix(PREFIX) for key in messages("en", "churn") if key.startswith(PREFIX)]
