"""The report of the Insiders programme as one HTML page, in the look of the segments' report."""

from collections.abc import Mapping
from typing import Any

from markupsafe import Markup

from clientela.insiders.report.conditions import BOOK
from clientela.insiders.report.evidence import MODELS
from clientela.insiders.report.pictures import draw_pictures
from clientela.insiders.report.story import Story
from clientela.reporting.charts import COLOURS
from clientela.reporting.effect_sizes import strongest
from clientela.reporting.environment import FEATURES, report_environment
from clientela.reporting.phrases import MAIN, times
from clientela.reporting.words import Words

QUESTIONS = (
    "who", "how_many", "traits", "revenue", "expected", "entry", "removal", "guarantee", "actions",
)  # fmt: skip
SECTIONS = ("summary", *QUESTIONS, "method", "business", "performance", "limits", "next")


def render_insiders(report: Mapping[str, Any], *, language: str) -> str:
    """The Insiders report as HTML; the same report gives the same bytes.

    Args:
        report: plain data: shop, data, size (with its curve), programme (rules, members), replay, people, pseudonyms,
            traits, shares, expected, proof, contest, actions, assumed, model (`workflows.insiders_record.told`).
        language: "en" or "pt-BR".
    """
    words = Words(language, currency=report["shop"]["currency"], book=BOOK)
    story = Story(report, words)
    environment = report_environment(words, package="clientela.insiders.report")
    environment.globals["i"] = story.html
    effects = dict(strongest(report["traits"]["members"]["effects"]))
    others = [name for name in MAIN if name not in effects and name in report["traits"]["members"]["medians"]]
    return environment.get_template("insiders.html.j2").render(
        **report,
        language=language,
        sections=SECTIONS,
        questions=QUESTIONS,
        colour=COLOURS[0],
        story=story,
        answers=story.answers(),
        pictures={name: Markup(svg) for name, svg in draw_pictures(report, story).items()},
        features=[name for name in (*effects, *others) if name in FEATURES],
        factors=story.factors(),
        purchase_model=MODELS.get(report["expected"]["model"], report["expected"]["model"]),
        times=lambda ratio: times(ratio, words),
    )
