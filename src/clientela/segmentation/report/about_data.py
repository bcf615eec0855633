"""What the report says about the data: their quality, and what they look like."""

from collections.abc import Callable, Mapping
from typing import Any

from markupsafe import Markup

from clientela.exploration.pictures import exploration_pictures
from clientela.exploration.texts import cohort_name, exploration_sentences
from clientela.quality.pictures import weeks_picture
from clientela.quality.texts import notes_of, warnings_of
from clientela.reporting.words import Words
from clientela.segmentation.report.data import ReportData


def about_data(report: ReportData, words: Words) -> dict[str, Any]:
    """What the templates about the data need beside the report data itself.

    Args:
        report: report data (`build_report`).
        words: words of a language.

    Returns:
        Sentences and pictures; nothing for what was not checked.
    """
    found: dict[str, Any] = {}
    if quality := report["quality"]:
        warnings, weeks = warnings_of(quality, words), weeks_picture(quality, words)
        found |= {
            "quality_headline": _headline(quality["scores"]["completeness"], len(warnings), words),
            "quality_warnings": warnings,
            "quality_notes": notes_of(quality, words),
            "quality_weeks": Markup(weeks) if weeks else None,
            "quality_capped": _capped(report["capped"], words),
        }
    if exploration := report["exploration"]:
        pictures = exploration_pictures(exploration, words)
        found |= {
            "exploration_lines": exploration_sentences(exploration, words),
            "exploration_pictures": {name: Markup(svg) for name, svg in pictures.items()},
        }
    return found


def data_filters(report: ReportData, words: Words) -> dict[str, Callable[..., str]]:
    """Filters of the templates about the data: names of columns and cohorts, and values of outliers."""
    found = report["exploration"]["cohorts"] if report["exploration"] else None
    own = {name: words.label(name) for name in report["labels"]}
    return {
        "quality_column": lambda name: own.get(name) or _column_name(name, words),
        "cohort": lambda start: cohort_name(start, found["unit"] if found else "", words),
        "outlier": lambda value, measure: _outlier(value, measure, words),
        "short_label": words.short_label,
    }


def _headline(filled: float, warnings: int, words: Words) -> str:
    share = words.percent(filled, 1)
    if not warnings:
        return words.text("quality.headline_none", filled=share)
    form = "one" if warnings == 1 else "other"
    return words.text(
        "quality.headline", filled=share, findings=words.text(f"quality.findings.{form}", n=words.number(warnings))
    )


def _capped(capped: Mapping[str, int], words: Words) -> str:
    if not capped:
        return words.text("quality.not_capped")
    parts = [
        words.text("quality.capped_item", feature=words.label(name), customers=words.count("customers", customers))
        for name, customers in capped.items()
    ]
    return words.text("quality.capped", list=words.listed(parts))


def _column_name(name: str, words: Words) -> str:
    return words.text(f"quality.columns.{name}") if words.has(f"quality.columns.{name}") else words.label(name)


def _outlier(value: float, measure: str, words: Words) -> str:
    if measure == "order_value":
        return words.money(value)
    return words.text("quality.price_times", value=words.number(value)) if measure == "price" else words.number(value)
