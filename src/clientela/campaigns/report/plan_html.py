"""The report of a campaign's plan as one HTML page: which lift a test can show, by share held out and length."""

from markupsafe import Markup

from clientela.campaigns.customer_list import ALL
from clientela.campaigns.period import OUTCOMES
from clientela.campaigns.plan import PlanRow, groups_too_small
from clientela.campaigns.report.figures import power_curves
from clientela.campaigns.report.sentences import contacts, group_name, outcome_value
from clientela.campaigns.results import PlanResult
from clientela.reporting.environment import report_environment
from clientela.reporting.svg import render_svg
from clientela.reporting.words import Words

SECTIONS = ("summary", "curves", "groups", "next")


def render_plan(plan: PlanResult, *, language: str) -> str:
    """Render the report of a plan; the same plan gives the same bytes.

    Args:
        plan: plan of a campaign.
        language: "en" or "pt-BR".

    Returns:
        One HTML page without external resources.
    """
    words = Words(language, currency=plan["currency"], book="campaigns")
    environment = report_environment(words, package="clientela.campaigns.report")
    environment.filters |= {
        "group": lambda group: group_name(group, words),
        "of_outcome": lambda value, outcome: outcome_value(outcome, value, words),
    }
    return environment.get_template("plan.html.j2").render(
        plan=plan,
        language=language,
        sections=SECTIONS,
        total={row["outcome"]: row for row in _of_all(plan) if row["days"] == plan["days"]},
        lengths=sorted({row["days"] for row in plan["rows"]}),
        table=_table(plan),
        pictures={name: Markup(svg) for name, svg in _pictures(plan, words).items()},
        headlines=_headlines(plan, words),
    )


def _headlines(plan: PlanResult, words: Words) -> list[Markup]:
    """What the test shows as planned, what is missing for the wanted lift, and which groups are too small."""
    rows = {row["outcome"]: row for row in _of_all(plan) if row["days"] == plan["days"]}
    uplift, days = words.percent(plan["uplift"]), words.number(plan["days"])
    shown = {name: _lift(row["detectable"], words) for name, row in rows.items()}
    customers = contacts(rows["spend"]["customers"], words)
    control = words.percent(plan["control"])
    lines = [words.html("campaigns.plan.can", control=control, customers=customers, days=days, **shown)]
    enough = [name for name, row in rows.items() if row["detectable"] and row["detectable"] <= plan["uplift"]]
    if enough:
        names = words.listed([_outcome(name, words) for name in enough])
        lines.append(words.html("campaigns.plan.enough", uplift=uplift, outcomes=names))
    else:
        lines.append(words.html("campaigns.plan.not_enough", uplift=uplift))
    for name, row in rows.items():
        key = "never" if row["control"] is None else "hold"
        if name not in enough:
            share = words.percent(row["control"])
            outcome = _outcome(name, words)
            lines.append(words.html(f"campaigns.plan.{key}", uplift=uplift, outcome=outcome, control=share, days=days))
    if small := groups_too_small(plan["rows"], days=plan["days"]):
        lines.append(words.html("campaigns.plan.small", uplift=uplift, days=days, groups=words.listed(small)))
    return lines


def _lift(value: float | None, words: Words) -> str:
    return words.text("campaigns.plan.impossible") if value is None else words.percent(value)


def _outcome(name: str, words: Words) -> str:
    return words.text(f"campaigns.outcome.{name}").lower()


def _of_all(plan: PlanResult) -> list[PlanRow]:
    return [row for row in plan["rows"] if row["group"] == ALL]


def _table(plan: PlanResult) -> list[dict[int, PlanRow]]:
    """The rows by group and outcome: length of the period -> row."""
    found: dict[tuple[str, str], dict[int, PlanRow]] = {}
    for row in plan["rows"]:
        found.setdefault((row["group"], row["outcome"]), {})[row["days"]] = row
    return list(found.values())


def _pictures(plan: PlanResult, words: Words) -> dict[str, str]:
    """Outcome -> power curves as SVG, for the outcomes of which a lift can be shown."""
    found = {}
    for outcome in OUTCOMES:
        lifts = {
            words.text("campaigns.plan.days", days=words.number(row["days"])): row["detectable"]
            for row in sorted(_of_all(plan), key=lambda row: row["days"])
            if row["outcome"] == outcome and row["detectable"] is not None
        }
        if lifts:
            found[outcome] = _curve(outcome, lifts, plan, words)
    return found


def _curve(outcome: str, lifts: dict[str, float], plan: PlanResult, words: Words) -> str:
    labels = words.text("campaigns.plan.x"), words.text("campaigns.plan.y")
    figure = power_curves(lifts, words, control=plan["control"], uplift=plan["uplift"], labels=labels)
    items = [words.text("campaigns.plan.alt_item", name=name, lift=words.percent(lift)) for name, lift in lifts.items()]
    title = words.text("campaigns.plan.curve", outcome=words.text(f"campaigns.outcome.{outcome}"))
    return render_svg(figure, title, words.text("campaigns.plan.alt", list="; ".join(items)), key=f"curve-{outcome}")
