"""The report of monitoring as one HTML page."""

from datetime import date, timedelta

from markupsafe import Markup

from clientela.monitoring.report import sentences
from clientela.monitoring.report.pictures import draw_pictures
from clientela.monitoring.report.sentences import BOOK
from clientela.monitoring.results import MonitoringResult, alarms_of
from clientela.reporting.environment import report_environment
from clientela.reporting.words import Words

SECTIONS = ("summary", "indicators", "history", "limits")


def render_report(result: MonitoringResult, *, language: str) -> str:
    """Render the report; the same result gives the same bytes.

    Args:
        result: result of monitoring.
        language: "en" or "pt-BR".

    Returns:
        One HTML page without external resources.
    """
    words = Words(language, currency=result["currency"], book=BOOK)
    environment = report_environment(words, package="clientela.monitoring.report")
    environment.globals["i"] = lambda key, **values: words.html(f"{BOOK}.{key}", **values)
    return environment.get_template("monitoring.html.j2").render(
        **result,
        language=language,
        sections=SECTIONS if result["changes"] else ("summary", "limits"),
        last_day=(date.fromisoformat(result["end"]) - timedelta(days=1)).isoformat(),
        alarms=[sentences.change_sentence(change, result, words) for change in alarms_of(result)],
        headlines=sentences.headlines(result, words),
        actions=sentences.actions(result, words),
        rows=_rows(result, words),
        untested_text=sentences.untested_text(result, words),
        pictures=[{**one, "svg": Markup(one["svg"])} for one in draw_pictures(result, words)],
        lines=sentences.limits(result, words),
    )


def _rows(result: MonitoringResult, words: Words) -> list[dict[str, object]]:
    return [
        {
            "family": words.text(f"{BOOK}.names.family.{change['family']}"),
            "indicator": sentences.indicator_name(change, words),
            "segment": sentences.segment_name(change["segment"], result, words),
            "deviation": sentences.signed(change["family"], change["deviation"], words),
            "expected": sentences.expected_text(change, words),
            "p_value": sentences.p_text(change["p_value"], words),
            "periods": change["periods"],
            "alarm": change["alarm"],
        }
        for change in result["changes"]
    ]
