"""Parameters that are numbers, from the text of an option; an empty text means that the option was not given."""

from collections.abc import Callable

from clientela.errors import InvalidInput


def parse_share(name: str, text: str) -> float | None:
    """A share between 0 and 1; None for an empty text.

    Raises:
        InvalidInput: the text is no such share.

    Example:
        >>> parse_share("control", "0.1")
        0.1
    """
    return _number(name, text, "a share between 0 and 1", lambda value: 0 < value < 1) if text else None


def parse_uplift(text: str) -> float | None:
    """A relative lift; None for an empty text.

    Raises:
        InvalidInput: the text is no number above 0.
    """
    return _number("uplift", text, "a number above 0", lambda value: 0 < value < float("inf")) if text else None


def parse_cost(text: str) -> float:
    """A cost per customer; 0 for an empty text.

    Raises:
        InvalidInput: the text is no number of at least 0.
    """
    return _number("cost", text, "a number of at least 0", lambda value: 0 <= value < float("inf")) if text else 0.0


def parse_days(text: str) -> int | None:
    """A number of days; None for an empty text.

    Raises:
        InvalidInput: the text is no whole number of at least 1.
    """
    if not text:
        return None
    return int(_number("days", text, "a whole number of at least 1", lambda value: value >= 1 and value.is_integer()))


def _number(name: str, text: str, rule: str, holds: Callable[[float], bool]) -> float:
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    if not holds(value):
        raise InvalidInput(f"The {name} parameter must be {rule}. Got {text!r} instead.")
    return value
