"""The report as one HTML page without network access or scripts; the figures are part of the page."""

from markupsafe import Markup

from clientela.features.extra import IS
from clientela.forecast.texts import coverage_sentence, ends_text, group_sentences, range_text
from clientela.reporting.environment import FEATURES, report_environment
from clientela.reporting.figure import ink_on
from clientela.reporting.phrases import MAIN
from clientela.reporting.words import Words
from clientela.segmentation.report import sentences
from clientela.segmentation.report.data import ReportData
from clientela.segmentation.report.figures import colours_of
from clientela.segmentation.report.pictures import draw_pictures, outcomes
from clientela.segmentation.report.reasons import reason_text

BOARD_ROWS = 15
SECTIONS = ("summary", "maps", "profiles", "forecast", "moves", "proof", "data", "method", "limits")
METRICS = {
    "silhouette": 3, "davies_bouldin": 3, "calinski_harabasz": 0, "separation": 3, "stability": 2, "explained_spend": 3,
}  # fmt: skip


def render_report(report: ReportData, *, language: str) -> str:
    """Render the segments' report; the same report gives the same bytes.

    Args:
        report: report data (`build_report`).
        language: "en" or "pt-BR".

    Returns:
        The page.

    Raises:
        InvalidInput: there is no such language.
    """
    words = Words(language, currency=report["shop"]["currency"], book="segmentation", labels=report["labels"])
    pictures = {name: Markup(svg) for name, svg in draw_pictures(report, words).items()}
    colours = colours_of(report["segments"])
    environment = report_environment(words, package="clientela.segmentation.report")
    environment.filters["reason"] = lambda reason: reason_text(reason, words)
    environment.filters["money_range"] = lambda values: range_text(values, words)
    environment.filters["ends"] = lambda values: ends_text(values, words)
    environment.globals["preferences_of"] = lambda rows, kind: sentences.preferences(rows, kind, words)
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
        headlines=sentences.headlines(report, words),
        limits=sentences.limits(report, words),
        expectations={s["id"]: sentences.expectation(report, s["id"], words) for s in report["segments"]},
        forecasts={s["id"]: group_sentences(report["forecast"], s["id"], words) for s in report["segments"]},
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
