"""The report of the Insiders programme as one HTML page."""

from markupsafe import Markup

from clientela.insiders.report import actions, evidence, sentences
from clientela.insiders.report.conditions import BOOK, entry_phrases
from clientela.insiders.report.context import ReportContext
from clientela.insiders.report.pictures import draw_pictures
from clientela.insiders.report.schema import ReportData, used_ranking
from clientela.reporting.charts import COLOURS
from clientela.reporting.effect_sizes import strongest
from clientela.reporting.environment import FEATURES, report_environment
from clientela.reporting.phrases import MAIN, times
from clientela.reporting.words import Words

QUESTIONS = (
    "who", "how_many", "traits", "revenue", "expected", "entry", "removal", "guarantee", "actions",
)  # fmt: skip
SECTIONS = ("summary", *QUESTIONS, "method", "business", "performance", "limits", "next")


def render_report(report: ReportData, *, language: str) -> str:
    """Render the Insiders report; the same data gives the same bytes.

    Args:
        report: report data (`build_report`).
        language: "en" or "pt-BR".

    Returns:
        One HTML page without external resources.
    """
    words = Words(language, currency=report["shop"]["currency"], book=BOOK)
    context = ReportContext(report, words)
    environment = report_environment(words, package="clientela.insiders.report")
    environment.globals["i"] = context.html
    return environment.get_template("insiders.html.j2").render(
        **report,
        language=language,
        sections=SECTIONS,
        questions=QUESTIONS,
        colour=COLOURS[0],
        context=context,
        pictures={name: Markup(svg) for name, svg in draw_pictures(context).items()},
        features=_features(report),
        used=used_ranking(report["comparison"]),
        past_conditions=lambda rules: words.listed(entry_phrases(rules["entry"], rules["window_days"], words)),
        verdict=lambda difference: evidence.verdict(difference, context),
        times=lambda ratio: times(ratio, words),
        **_texts(context),
    )


def _texts(context: ReportContext) -> dict[str, object]:
    return {
        "headlines": sentences.headlines(context),
        "answers": sentences.answers(context),
        "usual_month": sentences.usual_month(context),
        "looseness_reason": sentences.looseness_reason(context),
        "unused_conditions": sentences.unused_conditions(context),
        "members_against_others": evidence.members_against_others(context),
        "forecast_record": evidence.forecast_record(context),
        "purchase_model": evidence.purchase_model(context),
        "concentration": sentences.revenue_concentration(context),
        "model_findings": evidence.model_findings(context),
        "model_verdict": evidence.model_verdict(context),
        "limits": evidence.limits(context),
        "actions_lead": actions.actions_lead(context),
        "action_cards": [actions.action_cells(row, context) for row in context.report["actions"]],
    }


def _features(report: ReportData) -> list[str]:
    """The features of the table: those that set the members apart most, then the main ones."""
    members = report["traits"]["members"]
    effects = dict(strongest(members["effects"]))
    others = [name for name in MAIN if name not in effects and name in members["medians"]]
    return [name for name in (*effects, *others) if name in FEATURES]
