"""Sentences about changes: what changed by how much, and what to do."""

from math import expm1

from clientela.monitoring.indicators import FEATURES, SILHOUETTE
from clientela.monitoring.results import ChangeRow, MonitoringResult, alarms_of, unknown_share
from clientela.reporting.words import Words

BOOK = "monitoring"
NO_LOGARITHM = (FEATURES, SILHOUETTE)  # families whose deviation is a difference; the others' is a logarithm
SMALLEST_P = 0.001  # smaller ones are written as below it


def headlines(result: MonitoringResult, words: Words) -> list[str]:
    """What the reader must know first: whether anything changed, and whether the version is old."""
    alarms, tested = alarms_of(result), words.number(len(result["changes"]))
    if not result["changes"]:
        first = words.text(f"{BOOK}.summary.untestable")
    elif not alarms:
        first = words.text(f"{BOOK}.summary.none", tested=tested)
    else:
        form = "one" if len(alarms) == 1 else "other"
        first = words.text(f"{BOOK}.summary.some.{form}", n=words.number(len(alarms)), tested=tested)
    key = "old" if result["is_old"] else "young"
    days, day = words.number(result["age_days"]), words.date(result["version_as_of"])
    lines = [first, words.text(f"{BOOK}.summary.{key}", date=day, days=days)]
    if result["unknown"]:
        lines.append(words.text(f"{BOOK}.summary.unknown", share=words.percent(unknown_share(result))))
    return lines


def change_sentence(change: ChangeRow, result: MonitoringResult, words: Words) -> str:
    """A change in one sentence, with the range that was expected."""
    side = "more" if change["deviation"] > 0 else "less"
    key = f"{BOOK}.change.{change['family']}"
    if words.has(f"change.{change['family']}.{change['name']}.{side}"):
        key = f"{key}.{change['name']}"
    sentence = words.text(
        f"{key}.{side}",
        size=size_text(change["family"], change["deviation"], words),
        segment=segment_name(change["segment"], result, words),
        feature=words.label(change["name"]) if change["family"] == FEATURES else "",
    )
    lasting = f" {words.text(f'{BOOK}.lasting')}" if change["periods"] > 1 else ""
    return f"{sentence}{lasting} {chance_text(change, words)}"


def chance_text(change: ChangeRow, words: Words) -> str:
    """What was expected without a change."""
    return words.text(f"{BOOK}.chance", expected=expected_text(change, words), p=p_text(change["p_value"], words))


def expected_text(change: ChangeRow, words: Words) -> str:
    """The range of deviations that is expected without a change."""
    low, high = (signed(change["family"], side * change["margin"], words) for side in (-1, 1))
    return words.text(f"{BOOK}.range", low=low, high=high)


def p_text(p_value: float, words: Words) -> str:
    """A p-value as a percentage."""
    if p_value < SMALLEST_P:
        return words.text(f"{BOOK}.below", limit=words.percent(SMALLEST_P, 1))
    return words.percent(p_value, 1)


def size_text(family: str, deviation: float, words: Words) -> str:
    """The size of a deviation, without its sign: a percentage, or a difference."""
    if family in NO_LOGARITHM:
        return words.number(abs(deviation), 2)
    return words.percent(abs(expm1(deviation)), 1)


def signed(family: str, deviation: float, words: Words) -> str:
    """The deviation with its sign."""
    value = deviation if family in NO_LOGARITHM else expm1(deviation)
    written = words.number(abs(value), 2) if family in NO_LOGARITHM else words.percent(abs(value), 1)
    return f"{'+' if value >= 0 else chr(0x2212)}{written}"


def segment_name(segment: int, result: MonitoringResult, words: Words) -> str:
    """The name of a segment; a phrase for all customers."""
    names = {one["id"]: words.pick(one["name"]) for one in result["segments"]}
    return names.get(segment, str(segment)) if segment else words.text(f"{BOOK}.table.all")


def indicator_name(change: ChangeRow, words: Words) -> str:
    """What an indicator measures."""
    if change["family"] == FEATURES:
        return words.label(change["name"])
    return words.text(f"{BOOK}.names.{change['name']}")


def actions(result: MonitoringResult, words: Words) -> list[str]:
    """What to do about the alarms, each once."""
    return [
        words.text(f"{BOOK}.action.{family}") for family in dict.fromkeys(row["family"] for row in alarms_of(result))
    ]


def untested_text(result: MonitoringResult, words: Words) -> str | None:
    """Which families could not be tested."""
    if not result["untested"]:
        return None
    names = [words.text(f"{BOOK}.names.family.{family}") for family in result["untested"]]
    return words.text(f"{BOOK}.untested", families=words.listed(names))


def limits(result: MonitoringResult, words: Words) -> list[str]:
    """What the result says, and what it does not."""
    share = words.percent(result["alarm_share"], 0)
    first = words.text(f"{BOOK}.limits.rate", share=share)
    return [first, *(words.text(f"{BOOK}.limits.{key}") for key in ("cause", "relative", "members", "season"))]
