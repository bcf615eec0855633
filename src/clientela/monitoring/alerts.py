"""The alerts of a result of monitoring."""

from datetime import date

from clientela.alerting.alert import Alert
from clientela.monitoring.report.sentences import BOOK, change_sentence, segment_name
from clientela.monitoring.results import ChangeRow, MonitoringResult, alarms_of, unknown_share
from clientela.reporting.words import Words
from clientela.settings.alerts import AlertRules


def alerts_of(result: MonitoringResult, rules: AlertRules, *, link: str) -> list[Alert]:
    """The findings that are alerts.

    Args:
        result: result of monitoring.
        rules: which findings are alerts.
        link: address of the run.

    Returns:
        The alerts. A change that goes on in the same direction has the same key.
    """
    words = Words("en", currency=result["currency"], book=BOOK)
    found = [_change_alert(change, result, words, link) for change in alarms_of(result) if rules.change]
    version = f"version {result['version']} of {result['model']}"
    if rules.old_version and result["is_old"]:
        text = f"{version.capitalize()} is as of {result['version_as_of']}, {result['age_days']} days before."
        found.append(_alert(result, f"age of {version}", f"{result['title']}: the segments are old", text, link))
    if unknown_share(result) > rules.unknown_share:
        text = f"{version.capitalize()} does not know {result['unknown']:,} of {result['known_customers']:,} customers."
        found.append(_alert(result, f"unknown to {version}", f"{result['title']}: refresh the segments", text, link))
    return found


def _change_alert(change: ChangeRow, result: MonitoringResult, words: Words, link: str) -> Alert:
    side = "up" if change["deviation"] > 0 else "down"
    key = f"{change['family']}/{change['name']}/{change['segment']}/{side}"
    family = words.text(f"{BOOK}.names.family.{change['family']}")
    title = f"{result['title']}: {family}, {segment_name(change['segment'], result, words)}"
    return _alert(result, key, title, change_sentence(change, result, words), link)


def _alert(result: MonitoringResult, key: str, title: str, text: str, link: str) -> Alert:
    return Alert(f"{result['dataset']}: {key}", title, text, date.fromisoformat(result["end"]), link)
