"""Sentences about the forecast that all reports share; their texts are in reporting/wording."""

from clientela.forecast.report_data import ForecastData, GroupData, HorizonData, horizon_of
from clientela.reporting.words import Words

BUSY, QUIET = 1.15, 0.85  # the last period's total, relative to an average period
WIDEST = 10  # upper end of a range relative to the lower end, above which a card does not quote it
FEW_PERIODS = 4  # independent periods, with fewer of which a coverage is not checked


def group_sentences(data: ForecastData | None, group: int | None, words: Words) -> list[str]:
    """What to expect of a group: the forecast of the length that cards quote, and how far it can be relied on.

    Args:
        data: forecast data of the report.
        group: id of the group; None for all customers.
        words: words of a language.

    Returns:
        Sentences; one that says why, if there is no forecast; none without forecast data or customers.
    """
    if data is None:
        return []
    horizon = horizon_of(data, data["days"])
    if horizon is None:
        return [words.text("forecast.none", days=data["days"], history=words.number(data["history_days"]))]
    figures = next((one for one in (horizon["all"], *horizon["groups"]) if one["id"] == group), None)
    if figures is None or not figures["customers"]:
        return []
    if is_too_wide(horizon, figures):
        return [words.text("forecast.too_wide", months=_months(data["least_history_days"]))]
    sentences = [_expected(horizon, figures, words)]
    if not horizon["is_seasonal"]:
        sentences.append(words.text("forecast.no_season", months=_months(data["least_history_days"])))
    elif figures["too_small"]:
        sentences.append(words.text("forecast.too_small"))
    return sentences


def is_too_wide(horizon: HorizonData, group: GroupData) -> bool:
    """Whether the range of a group is too wide to be quoted, as it may be without a season."""
    return not horizon["is_seasonal"] and group["spend"][2] > WIDEST * group["spend"][0]


def coverage_sentence(data: ForecastData | None, days: int, words: Words) -> str | None:
    """How often past intervals of one length covered what happened.

    Args:
        data: forecast data of the report.
        days: length of the forecast (days).
        words: words of a language.

    Returns:
        One sentence; None without a forecast of this length.
    """
    horizon = horizon_of(data, days)
    if data is None or horizon is None:
        return None
    found = horizon["coverage"]
    if not found["dates"]:
        return words.text("forecast.untested", days=days)
    key = "forecast.coverage" if found["periods"] >= FEW_PERIODS else "forecast.coverage_few"
    return words.text(
        key,
        days=days,
        level=words.percent(data["interval"], 0),
        covered=words.number(found["covered"]),
        dates=words.number(found["dates"]),
        tenths_covered=words.number(found["tenths_covered"]),
        tenths=words.number(found["tenths"]),
        periods=words.number(int(found["periods"])),
        error=words.percent(found["error"], 0),
    )


def range_text(values: list[float], words: Words) -> str:
    """Expected value and interval of an amount of money (currency): "£1,200 (£900 to £1,500)"."""
    low, high = _ends(values, words)
    return words.text("forecast.range", low=low, expected=words.money_short(values[1]), high=high)


def spend_text(values: list[float], words: Words, *, is_seasonal: bool) -> str:
    """An expected spend with its interval; only the interval, if the season is not known.

    Args:
        values: lower end, expected value and upper end (currency).
        words: words of a language.
        is_seasonal: whether the season is part of the forecast.

    Returns:
        The text.
    """
    if is_seasonal:
        return range_text(values, words)
    low, high = _ends(values, words)
    return words.text("forecast.only_range", low=low, high=high)


def ends_text(values: list[float], words: Words) -> str:
    """An interval of an amount of money (currency): "£900 to £1,500"."""
    low, high = _ends(values, words)
    return words.text("profiles.to", low=low, high=high)


def period_sentence(data: ForecastData | None, words: Words) -> str | None:
    """Whether the last period was a busy or a quiet time of the shop; None if it was neither, or is not known."""
    ratio = data["last_to_average"] if data else None
    if ratio is None or QUIET < ratio < BUSY:
        return None
    return words.text("forecast.busy" if ratio > 1 else "forecast.quiet", times=words.number(ratio, 1))


def _ends(values: list[float], words: Words) -> tuple[str, str]:
    """The ends of an interval, rounded to three digits: they are not known more exactly."""
    low, high = (words.money_short(float(f"{value:.3g}")) for value in (values[0], values[2]))
    return low, high


def _expected(horizon: HorizonData, figures: GroupData, words: Words) -> str:
    low, share, high = (words.percent(value, 0) for value in figures["buyers"])
    customers = figures["customers"]
    return words.text(
        "forecast.expected" if horizon["is_seasonal"] else "forecast.expected_range",
        first=words.date(horizon["first_day"]),
        last=words.date(horizon["last_day"]),
        spend=spend_text(figures["spend"], words, is_seasonal=horizon["is_seasonal"]),
        each=words.money(figures["spend"][1] / customers),
        orders=words.count("orders", round(figures["orders"][1])),
        buyers=share,
        buyers_low=low,
        buyers_high=high,
    )


def _months(days: int) -> str:
    return str(round(days / 365.25 * 12))
