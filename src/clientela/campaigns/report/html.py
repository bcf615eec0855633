"""The report of a campaign's result as one HTML page, with pictures inside and without scripts or network access."""

from markupsafe import Markup

from clientela.campaigns.customer_list import ALL
from clientela.campaigns.measure import ResultRow
from clientela.campaigns.report.data import ReportData
from clientela.campaigns.report.figures import Effect, forest_plot
from clientela.campaigns.report.sentences import (
    contacts,
    group_name,
    headlines,
    next_steps,
    outcome_value,
    p_value,
    ratio_sentence,
    reason_text,
    signed,
    signed_money,
)
from clientela.reporting.environment import report_environment
from clientela.reporting.svg import render_svg
from clientela.reporting.words import Words

SECTIONS = ("summary", "sent", "check", "lift", "money", "method", "next")
MOST_ROWS = 20  # rows of a forest plot; the table has all groups


def render_report(report: ReportData, *, language: str) -> str:
    """Render the report of a campaign; the same data gives the same bytes.

    Args:
        report: report data (`build_report`).
        language: "en" or "pt-BR".

    Returns:
        One HTML page without external resources.
    """
    words = Words(language, currency=report["shop"]["currency"], book="campaigns")
    environment = report_environment(words, package="clientela.campaigns.report")
    environment.filters |= {
        "reason": lambda reason: reason_text(reason, words),
        "signed": lambda share: signed(share, words),
        "signed_money": lambda value: signed_money(value, words),
        "group": lambda group: group_name(group, words),
        "of_outcome": lambda value, outcome: outcome_value(outcome, value, words),
        "p_value": lambda value: p_value(value, words),
        "contacts": lambda number: contacts(number, words),
    }
    return environment.get_template("result.html.j2").render(
        **report,
        language=language,
        sections=[section for section in SECTIONS if section not in ("lift", "money") or report["outcomes"]],
        sizes=_sizes(report),
        pictures={name: Markup(svg) for name, svg in _pictures(report, words).items()},
        headlines=headlines(report, words),
        ratio_text=ratio_sentence(report, words),
        steps=next_steps(report, words),
    )


def _sizes(report: ReportData) -> list[ResultRow]:
    """One row per group, with its numbers of customers."""
    return next(iter(report["outcomes"].values()), [])


def _pictures(report: ReportData, words: Words) -> dict[str, str]:
    """Outcome -> forest plot as SVG, for the outcomes that have a relative lift."""
    found = {}
    for outcome, rows in report["outcomes"].items():
        effects = [effect for row in rows[:MOST_ROWS] if (effect := _effect(row, words))]
        if effects:
            key = "picture" if len(effects) > 1 else "picture_one"
            title = words.text(f"campaigns.lift.{key}", outcome=words.text(f"campaigns.outcome.{outcome}"))
            description = words.text("campaigns.lift.alt", list="; ".join(effect.tip for effect in effects))
            drawn = forest_plot(effects, words, label=words.text("campaigns.lift.axis"))
            found[outcome] = render_svg(drawn, title, description, key=outcome)
    return found


def _effect(row: ResultRow, words: Words) -> Effect | None:
    low, value, high = row["relative_low"], row["relative"], row["relative_high"]
    if low is None or value is None or high is None:
        return None
    name = group_name(row["group"], words)
    tip = words.text(
        "campaigns.lift.alt_item",
        name=name,
        lift=signed(value, words),
        low=signed(low, words),
        high=signed(high, words),
        verdict=words.text(f"campaigns.verdict.{row['verdict']}"),
    )
    return Effect(name, (low, value, high), row["verdict"], row["group"] == ALL, tip)
