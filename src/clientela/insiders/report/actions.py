"""The sentences of the Insiders report about what marketing can do."""

from markupsafe import Markup

from clientela.holdout.rates import Rate
from clientela.holdout.texts import rate_text
from clientela.insiders.opportunities import Action
from clientela.insiders.report.context import ReportContext
from clientela.reporting.words import Words

IN_MONEY = ("spend_short", "at_risk")  # actions of which `needs` is money


def action_cells(row: Action, context: ReportContext) -> dict[str, Markup | str]:
    """The cells of an action: what to do, for whom, how many respond, the gain, and what may come later."""
    name, values = row["name"], _values(row, context)
    later = f"actions.{name}_later"
    has_later = context.words.has(f"insiders.{later}") and row["later"] > 0
    return {
        "success": rate_text(row["success"], context.words),
        "what": context.html(f"actions.{name}", needs=values["needs"]),
        "who": values["customers"],
        "gain": context.html(f"actions.{name}_gain", gain=values["gain"], months=values["months"]),
        "later": context.text(later, later=values["later"], months=values["months"]) if has_later else "",
    }


def first_action(context: ReportContext) -> str:
    """The action with the largest gain, in one line."""
    best = max(context.report["actions"], key=lambda row: row["gain"])
    return context.text(f"actions.{best['name']}_first", **_values(best, context))


def actions_answer(context: ReportContext) -> str:
    """All actions together, in one sentence."""
    rows = context.report["actions"]
    if not rows:
        return context.text("actions.short_none")
    campaigns = most_campaigns(context)
    return context.text(
        "actions.short_measured" if campaigns else "actions.short",
        gain=context.money(sum(row["gain"] for row in rows)),
        customers=context.words.count("customers", sum(row["customers"] for row in rows)),
        success=context.words.percent(context.report["assumptions"]["success"], 0),
        campaigns=context.words.count("campaigns", campaigns),
    )


def most_campaigns(context: ReportContext) -> int:
    """The number of campaigns behind the rates of success; 0 if they are assumed."""
    return max((row["success"]["campaigns"] for row in context.report["actions"]), default=0)


def actions_lead(context: ReportContext) -> Markup:
    """Where the rates of success are from."""
    success = context.words.percent(context.report["assumptions"]["success"], 0)
    campaigns = most_campaigns(context)
    measured = context.words.count("campaigns", campaigns)
    return context.html(f"actions.lead{'_measured' if campaigns else ''}", success=success, campaigns=measured)


def _values(row: Action, context: ReportContext) -> dict[str, str]:
    words = context.words
    return {
        "customers": words.count("customers", row["customers"]),
        "gain": context.money(row["gain"]),
        "later": context.money(row["later"]),
        "needs": words.money(row["needs"]) if row["name"] in IN_MONEY else words.number(row["needs"]),
        "success": _success(row["success"], words),
        "months": context.months(context.report["expected"]["months"]),
    }


def _success(rate: Rate, words: Words) -> str:
    """The rate in a sentence; the lead says of an assumption that it is one."""
    return rate_text(rate, words) if rate["campaigns"] else words.percent(rate["value"], 0)
