"""The findings of the quality report as sentences; their texts are in reporting/wording."""

from collections.abc import Callable, Mapping

from clientela.quality.findings import Finding, is_warning
from clientela.quality.report import QualityReport
from clientela.reporting.words import Words


def finding_sentence(finding: Finding, words: Words) -> str:
    """A finding in one sentence; one that is explained says why."""
    values, subject = finding["values"], finding["subject"]
    written = {name: _written(name, value, subject, words) for name, value in values.items()}
    written.setdefault("column", subject)
    if finding["kind"] == "level_change":
        written |= {"measure": words.text(f"quality.measures.{subject}")} if subject != "price" else {}
        written["share"] = words.percent(1 / float(values["ratio"]), 0)
    text = words.text(f"quality.found.{_key(finding)}", **written)
    return words.text(f"quality.why.{finding['explained']}", text=text) if "explained" in finding else text


def warnings_of(report: QualityReport, words: Words) -> list[str]:
    """The findings that a reader should act on, as sentences."""
    return [finding_sentence(finding, words) for finding in report["findings"] if is_warning(finding)]


def notes_of(report: QualityReport, words: Words) -> list[str]:
    """The findings that are explained, as sentences; changes of the season are counted in one."""
    explained = [finding for finding in report["findings"] if not is_warning(finding)]
    seasonal = [finding for finding in explained if finding["explained"] == "season"]
    sentences = [finding_sentence(finding, words) for finding in explained if finding not in seasonal]
    if seasonal:
        form = "one" if len(seasonal) == 1 else "other"
        sentences.append(words.text(f"quality.seasonal.{form}", n=words.number(len(seasonal))))
    return sentences


def quality_text(report: QualityReport, words: Words) -> str:
    """The report for a terminal: a line of scores, and the findings."""
    scores = ", ".join(f"{name} {words.percent(share, 1)}" for name, share in report["scores"].items())
    lines = [f"Quality of the data: {scores}."]
    lines += [f"warning: {sentence}" for sentence in warnings_of(report, words)]
    lines += [f"info:    {sentence}" for sentence in notes_of(report, words)]
    return "\n".join(lines)


def _key(finding: Finding) -> str:
    """The key of the finding's sentence."""
    kind, values = finding["kind"], finding["values"]
    if kind == "outliers":
        return f"outliers_{finding['subject']}"
    if kind == "level_change":
        return f"{finding['rule']}_price" if finding["subject"] == "price" else finding["rule"]
    if kind == "gap":
        return "gap_sparse" if not values["open_days"] else "gap_one" if values["days"] == 1 else "gap"
    return finding["rule"]


def _written(name: str, value: str | float, subject: str, words: Words) -> str:
    """A value of a finding as text."""
    if isinstance(value, str):
        return words.date(value) if name in ("first", "last", "week") else value
    known: Mapping[str, Callable[[float], str]] = {
        **dict.fromkeys(("share", "recent", "filled", "money_share"), words.percent),
        **dict.fromkeys(("lines", "totals"), words.money),
        "ratio": lambda ratio: words.number(ratio, 1),
    }
    is_money = subject in ("revenue", "order_value")
    if name in ("before", "after", "limit", "largest") and is_money:
        return words.money(value)
    if name == "limit" and 0 <= value <= 1:
        return words.percent(value)
    return known.get(name, words.number)(value)
