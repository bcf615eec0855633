"""The sentences of the Insiders report about what marketing can do."""

from markupsafe import Markup

from clientela.insiders.opportunities import Action
from clientela.insiders.report.context import ReportContext

IN_MONEY = ("spend_short", "at_risk")  # actions of which `needs` is money


def action_cells(row: Action, context: ReportContext) -> dict[str, Markup | str]:
    """The cells of an action: what to do, for whom, the gain, and what may come later."""
    name, values = row["name"], _values(row, context)
    later = f"actions.{name}_later"
    has_later = context.words.has(f"insiders.{later}") and row["later"] > 0
    return {
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
    return context.text(
        "actions.short",
        gain=context.money(sum(row["gain"] for row in rows)),
        customers=context.words.count("customers", sum(row["customers"] for row in rows)),
        success=context.words.percent(context.report["assumptions"]["success"], 0),
    )


def _values(row: Action, context: ReportContext) -> dict[str, str]:
    words = context.words
    return {
        "customers": words.count("customers", row["customers"]),
        "gain": context.money(row["gain"]),
        "later": context.money(row["later"]),
        "needs": words.money(row["needs"]) if row["name"] in IN_MONEY else words.number(row["needs"]),
        "success": words.percent(context.report["assumptions"]["success"], 0),
        "months": context.months(context.report["expected"]["months"]),
    }
