"""The texts of the first page: one row per segment, and the actions of the month."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from clientela.forecast.report_data import HorizonData, horizon_of
from clientela.forecast.texts import spend_text
from clientela.reporting.words import Words
from clientela.segmentation.report.data import ReportData
from clientela.segmentation.report.decisions import MOST_ACTIONS, Decision, Trial
from clientela.segmentation.segments.attribute_names import BY_ATTRIBUTES
from clientela.segmentation.segments.segment_data import SegmentData

SENTENCE_END = re.compile(r"(?<=[.!?])\s+")


@dataclass(frozen=True)
class Texts:
    """What the first page says of a segment; no other segment has the same sentence.

    Attributes:
        who: who its customers are.
        action: what to do.
    """

    who: str
    action: str


@dataclass(frozen=True)
class Action:
    """One of the things to do this month.

    Attributes:
        id: segment id.
        name: name of the segment.
        text: what to do.
        who: how many customers.
        worth: what it may bring.
        measure: how its effect is measured.
    """

    id: int
    name: str
    text: str
    who: str
    worth: str
    measure: str


def texts_of(segments: Sequence[SegmentData], words: Words) -> dict[int, Texts]:
    """Who the customers of each segment are and what to do, without the sentences of another segment.

    Segments of the same naming rule share sentences. The one with the plain name keeps them; the others refer to it and
    have only their own ones.

    Args:
        segments: segments in order of value.
        words: words of a language.

    Returns:
        Segment id -> texts.
    """
    plain = {segment["rule"]: segment for segment in reversed(segments)}
    plain |= {segment["rule"]: segment for segment in reversed(segments) if not segment["traits"]}
    return {segment["id"]: _texts(segment, plain[segment["rule"]], words) for segment in segments}


def _texts(segment: SegmentData, plain: SegmentData, words: Words) -> Texts:
    name = words.pick(segment["name"])
    if segment["rule"] == BY_ATTRIBUTES:
        return Texts(words.pick(segment["description"]), words.text("decide.test", name=name))
    if segment["id"] == plain["id"]:
        return Texts(words.pick(segment["description"]), words.pick(segment["advice"]))
    other = words.pick(plain["name"])
    return Texts(
        words.text("decide.like", name=other, own=_own(segment["description"], plain["description"], words)),
        words.text("decide.as_for", name=other, own=_own(segment["advice"], plain["advice"], words)),
    )


def _own(text: Mapping[str, str], other: Mapping[str, str], words: Words) -> str:
    """The sentences of a text that are not in another one."""
    known = set(SENTENCE_END.split(words.pick(other)))
    return " ".join(sentence for sentence in SENTENCE_END.split(words.pick(text)) if sentence not in known)


def newcomers_text(segment: SegmentData, words: Words) -> str:
    """The sentence about the new customers of a segment; empty if its action has none."""
    return _own(segment["action"], segment["advice"], words)


def quarter_heading(report: ReportData, words: Words) -> str | None:
    """The heading of the column with the quarter: what is expected, or what they did; None if neither is known."""
    horizon = _horizon(report)
    if horizon is not None and any(row["expected"] for row in report["decisions"]):
        return words.text("decide.expected", days=horizon["days"], date=words.date(horizon["last_day"]))
    if any(row["last"] is not None for row in report["decisions"]):
        return words.text("decide.past", days=90, date=words.date(report["shop"]["as_of"]))
    return None


def quarter_text(row: Decision, report: ReportData, words: Words) -> str:
    """What the customers of a segment are expected to do, or what they did in the last quarter."""
    horizon, group = _horizon(report), row["expected"]
    if group is not None and horizon is not None:
        low, share, high = (words.percent(value, 0) for value in group["buyers"])
        spend = spend_text([_rounded(value, 3) for value in group["spend"]], words, is_seasonal=horizon["is_seasonal"])
        key = "decide.buyers" if horizon["is_seasonal"] else "decide.buyers_range"
        return words.text(key, spend=spend, share=share, low=low, high=high)
    if row["last"] is None or row["last_buyers"] is None:
        return words.number(None)
    size = next(segment["customers"] for segment in report["segments"] if segment["id"] == row["id"])
    places = {"buyers": words.number(row["last_buyers"]), "customers": words.number(size)}
    return words.text("decide.bought", spend=words.money_short(row["last"]), **places)


def actions(report: ReportData, words: Words) -> list[Action]:
    """The things to do this month: those of the segments with the most money at stake, one per naming rule."""
    segments = {segment["id"]: segment for segment in report["segments"]}
    found: dict[str | int, Action] = {}
    for row in report["decisions"]:
        segment = segments[row["id"]]
        is_named_by_rule = segment["rule"] != BY_ATTRIBUTES
        found.setdefault(
            segment["rule"] if is_named_by_rule else row["id"],
            Action(
                row["id"],
                words.pick(segment["name"]),
                words.pick(segment["advice"]) if is_named_by_rule else _texts(segment, segment, words).action,
                _who(segment, row, words),
                _worth(row["trial"], words),
                _measure(row["trial"], words),
            ),
        )
    return list(found.values())[:MOST_ACTIONS]


def first_step(report: ReportData, words: Words) -> list[Markup]:
    """The sentence about whom to contact first and what it may bring; none if the history does not show it."""
    row = report["decisions"][0]
    trial = row["trial"]
    if len(report["segments"]) < 2 or not trial["control"] or (trial["worth"] is None and trial["share"] is None):
        return []
    places = {
        "name": _name(row, report, words),
        "treated": words.number(trial["treated"]),
        "control": words.number(trial["control"]),
        "days": trial["days"],
    }
    if trial["worth"] is not None:
        uplift, worth = words.percent(trial["uplift"], 0), words.money_short(_rounded(trial["worth"]))
        return [words.html("summary.first", uplift=uplift, worth=worth, **places)]
    share = words.percent(trial["share"], 0)
    return [Markup(" ").join([words.html("summary.first_loyal", share=share, **places), *_most_to_gain(report, words)])]


def _most_to_gain(report: ReportData, words: Words) -> list[Markup]:
    """The segment from which more buyers bring most."""
    rows = [row for row in report["decisions"] if row["trial"]["worth"] is not None and row["trial"]["control"]]
    if not rows:
        return []
    best = max(rows, key=lambda row: row["trial"]["worth"] or 0)
    trial = best["trial"]
    return [
        words.html(
            "summary.then",
            name=_name(best, report, words),
            treated=words.number(trial["treated"]),
            control=words.number(trial["control"]),
            uplift=words.percent(trial["uplift"], 0),
            worth=words.money_short(_rounded(trial["worth"] or 0)),
            days=trial["days"],
        )
    ]


def _name(row: Decision, report: ReportData, words: Words) -> str:
    return next(words.pick(segment["name"]) for segment in report["segments"] if segment["id"] == row["id"])


def _who(segment: Mapping[str, Any], row: Decision, words: Words) -> str:
    customers = words.count("customers", segment["customers"])
    if row["at_stake"] is None:
        return customers
    return words.text("decide.who", customers=customers, money=words.money_short(_rounded(row["at_stake"])))


def _worth(trial: Trial, words: Words) -> str:
    if trial["share"] is None or trial["spend"] is None:
        return words.text("decide.worth_unknown")
    share = words.percent(trial["share"], 0)
    places = {"days": trial["days"], "share": share, "spend": words.money(_rounded(trial["spend"]))}
    if trial["worth"] is None or trial["buyers"] is None:
        return words.text("decide.worth_none", **places)
    return words.text(
        "decide.worth_forecast" if trial["is_forecast"] else "decide.worth_past",
        worth=words.money_short(_rounded(trial["worth"])),
        uplift=words.percent(trial["uplift"], 0),
        buyers=words.number(trial["buyers"]),
        more=words.percent(trial["share"] * (1 + trial["uplift"]), 0),
        since=words.date(trial["since"]),
        **places,
    )


def _measure(trial: Trial, words: Words) -> str:
    places = {"control": words.number(trial["control"]), "treated": words.number(trial["treated"])}
    if not trial["control"]:
        return words.text("decide.measure_none")
    if trial["difference"] is None:
        return words.text("decide.measure_spend", days=trial["days"], **places)
    points = words.number(100 * trial["difference"], 1)
    return words.text("decide.measure", days=trial["days"], points=points, **places)


def _horizon(report: ReportData) -> HorizonData | None:
    forecast = report["forecast"]
    return horizon_of(forecast, forecast["days"]) if forecast else None


def _rounded(value: float, digits: int = 2) -> float:
    """The amount with a few significant digits: it is not known more exactly."""
    return float(f"{value:.{digits}g}")
