"""The report as one HTML page without network access; the figures and the script are part of the page."""

from typing import Any

from markupsafe import Markup

from clientela.features.extra import IS
from clientela.forecast.texts import coverage_sentence, ends_text, group_sentences, period_sentence, range_text
from clientela.reporting.environment import FEATURES, report_environment
from clientela.reporting.figure import ink_on
from clientela.reporting.phrases import MAIN
from clientela.reporting.words import Words
from clientela.segmentation.report import first_page, sentences
from clientela.segmentation.report.about_data import about_data, data_filters
from clientela.segmentation.report.data import ReportData
from clientela.segmentation.report.figures import colours_of
from clientela.segmentation.report.pictures import draw_pictures, outcomes
from clientela.segmentation.report.reasons import reason_text

BOARD_ROWS = 15
SECTIONS = ("summary", "maps", "profiles", "forecast", "moves", "proof", "data", "method", "limits")
SCRIPT_TEXTS = ("unknown", "copied", "download", "filter", "open", "close", "none")
METRICS = {
    "silhouette": 3, "davies_bouldin": 3, "calinski_harabasz": 0, "separation": 3, "stability": 2, "explained_spend": 3,
}  # fmt: skip


def render_report(report: ReportData, *, language: str, jobs: int = 1) -> str:
    """Render the segments' report; the same report gives the same bytes.

    Args:
        report: report data (`build_report`).
        language: "en" or "pt-BR".
        jobs: parallel workers that draw the figures; -1 means one per core.

    Returns:
        The page.

    Raises:
        InvalidInput: there is no such language.
    """
    words = Words(language, currency=report["shop"]["currency"], book="segmentation", labels=report["labels"])
    pictures = {name: Markup(svg) for name, svg in draw_pictures(report, words, jobs=jobs).items()}
    colours = colours_of(report["segments"])
    environment = report_environment(words, package="clientela.segmentation.report")
    environment.filters["reason"] = lambda reason: reason_text(reason, words)
    environment.filters["money_range"] = lambda values: range_text(values, words)
    environment.filters["ends"] = lambda values: ends_text(values, words)
    environment.filters |= data_filters(report, words)
    environment.globals["outstanding"] = sentences.outstanding
    environment.globals["new_days"] = report["new_customers"]["days"]
    environment.globals["rules_of"] = lambda segment: sentences.rules_of(segment, words)
    return environment.get_template("segments.html.j2").render(
        **report,
        language=language,
        sections=SECTIONS,
        pictures=pictures,
        colours=colours,
        inks={id_: ink_on(colour) for id_, colour in colours.items()},
        names={s["id"]: words.pick(s["name"]) for s in report["segments"]},
        headlines=[*sentences.headlines(report, words), *first_page.first_step(report, words)],
        limits=sentences.limits(report, words),
        **_first_page(report, words),
        **about_data(report, words),
        outcome=sentences.next_period(report, words),
        explained=sentences.explained(report, words),
        page_data=_page_data(report, words),
        expectations={s["id"]: sentences.expectation(report, s["id"], words) for s in report["segments"]},
        forecasts={s["id"]: _forecast(report, s["id"], words) for s in report["segments"]},
        coverages={
            horizon["days"]: coverage_sentence(report["forecast"], horizon["days"], words)
            for horizon in (report["forecast"]["horizons"] if report["forecast"] else [])
        },
        notes={s["id"]: sentences.card_notes(report, s, words) for s in report["segments"]},
        outcomes=outcomes(words),
        metrics=METRICS,
        features=FEATURES,
        main_features=MAIN,
        own_features=[name for name in report["data"]["features_fit"] if name not in FEATURES and IS not in name],
        board_rows=BOARD_ROWS,
        by_size=report["data"]["revenue"] is None,
    )


def _first_page(report: ReportData, words: Words) -> dict[str, Any]:
    """What the first page shows: texts of the segments, the quarter, and the actions."""
    is_expected = any(row["expected"] for row in report["decisions"])
    return {
        "by_id": {segment["id"]: segment for segment in report["segments"]},
        "who": first_page.texts_of(report["segments"], words),
        "held": {segment["id"]: sentences.concentration_text(segment, words) for segment in report["segments"]},
        "quarter": first_page.quarter_heading(report, words),
        "quarters": {row["id"]: first_page.quarter_text(row, report, words) for row in report["decisions"]},
        "busy": None if is_expected else period_sentence(report["forecast"], words),
        "actions": first_page.actions(report, words),
        "newcomers": {s["id"]: first_page.newcomers_text(s, words) for s in report["segments"]},
    }


def _forecast(report: ReportData, id_: int, words: Words) -> list[str]:
    """The forecast of a segment, if there is one to quote; the section of the forecast says why there is none."""
    if not any(row["id"] == id_ and row["expected"] for row in report["decisions"]):
        return []
    return group_sentences(report["forecast"], id_, words)


def _page_data(report: ReportData, words: Words) -> dict[str, Any]:
    """What the script reads: its texts, and the customers of each segment if the report shows them."""
    names = {segment["id"]: words.pick(segment["name"]) for segment in report["segments"]}
    lists = [
        {
            **one,
            "name": names[one["id"]],
            "copy": words.text("find.copy", customers=words.number(len(one["customer_ids"]))),
        }
        for one in report["customers"]["segments"]
    ]
    texts = {name: words.text(f"find.{name}") for name in SCRIPT_TEXTS}
    texts |= {"find": words.text("find.label"), "sort": words.text("find.sort", column="{column}")}
    return {"texts": texts, "segments": lists}
