"""The sentences of the Insiders report: the headline, the answers to the nine questions, the rules."""

from statistics import median

from markupsafe import Markup

from clientela.insiders.report.actions import actions_answer, first_action
from clientela.insiders.report.conditions import either
from clientela.insiders.report.context import ReportContext
from clientela.insiders.report.evidence import backtest_answer, backtest_lines
from clientela.reporting.effect_sizes import size_of

MOST_TRAITS = 3
# Features that readers understand without explanation.
EASY = ("total_spend", "order_count", "days_since_last_purchase", "mean_order_value", "active_months")


def headlines(context: ReportContext) -> list[Markup]:
    """The programme in a few sentences; the last one says what to do first."""
    lines = [_eligible(context), _rule(context), *backtest_lines(context)]
    total = context.headline_total
    if total:
        low, value, high = (context.money(one) for one in total["members"])
        months = context.months(total["months"])
        lines.append(context.html(f"summary.expected{context.recent}", months=months, value=value, low=low, high=high))
    if context.report["actions"]:
        lines.append(context.html("summary.first", action=first_action(context)))
    return lines


def answers(context: ReportContext) -> dict[str, str]:
    """Section -> its answer in one sentence."""
    words, share = context.words, context.words.percent(context.share)
    shown = words.number(len(context.report["listed_members"]))
    members, customers = context.members, context.customers
    return {
        "who": context.text("who.short", members=members, shown=shown),
        "how_many": context.text("how_many.short", members=members, customers=customers, share=share),
        "traits": context.text("traits.short", traits="; ".join(_traits(context)[:MOST_TRAITS])),
        "revenue": _revenue(context),
        "expected": _expected(context),
        "entry": context.text("entry.short", entry=words.listed(context.entry)),
        "removal": context.text("removal.short", removal=either(context.removal, words)),
        "guarantee": backtest_answer(context),
        "actions": actions_answer(context),
    }


def revenue_concentration(context: ReportContext) -> Markup | None:
    """How much of the members' revenue a few of them hold; None if the members are few themselves."""
    held, words = context.report["shares"]["concentration"], context.words
    if held["customers"] <= held["best"]:
        return None
    share = words.percent(held["share"], 0)
    return context.html("revenue.concentration", best=words.number(held["best"]), members=context.members, share=share)


def usual_month(context: ReportContext) -> Markup | None:
    """How many customers enter and leave in a usual month; the first month, in which all are new, is left out."""
    months = context.report["replay"]["months"][1:]
    if not months:
        return None
    return context.html(
        "removal.lead_replay",
        entered=context.words.number(round(median(month["entered"] for month in months))),
        left=context.words.number(round(median(month["left"] for month in months))),
        months=context.months(len(months)),
    )


def looseness_reason(context: ReportContext) -> Markup:
    """Why the conditions to stay are looser than those to enter."""
    programme, flapped = context.report["programme"], context.report["replay"]["flapped"]
    back = context.words.percent(flapped, 0)
    if programme["given"]:
        return context.html("removal.why_given", flapped=back)
    share = context.words.percent(programme["looser"], 0)
    if flapped is None:
        return context.html("removal.why_unseen", share=share)
    return context.html("removal.why", share=share, flapped=back)


def unused_conditions(context: ReportContext) -> str | None:
    """The kinds of conditions that the rules to enter do not use."""
    rules = context.report["programme"]["rules"]
    unused = {
        "orders": rules["entry"]["orders"] <= 1,
        "days": rules["entry"]["days"] >= rules["window_days"],
    }
    names = [context.text(f"entry.{name}") for name, is_unused in unused.items() if is_unused]
    return context.text("entry.not_asked", list=context.words.listed(names)) if names else None


def _eligible(context: ReportContext) -> Markup:
    words = context.words
    low, share, high = (words.percent(one, 0) for one in context.report["shares"]["history"]["share"])
    return context.html(
        "summary.eligible",
        members=context.members,
        share=words.percent(context.share),
        customers=context.customers,
        revenue=share,
        low=low,
        high=high,
        level=context.level,
    )


def _rule(context: ReportContext) -> Markup:
    words = context.words
    return context.html("summary.rule", entry=words.listed(context.entry), removal=either(context.removal, words))


def _traits(context: ReportContext) -> list[str]:
    """The features that set the members apart most, each with both medians."""
    words = context.words
    members, rest = context.report["traits"]["members"], context.report["traits"]["rest"]
    return [
        context.text(
            "traits.more",
            feature=words.label(name),
            member=words.value(name, members["medians"].get(name), unit=False),
            rest=words.value(name, rest["medians"].get(name), unit=False),
        )
        for name in sorted(EASY, key=lambda name: -abs(members["effects"].get(name, 0.0)))
        if name in members["effects"] and size_of(members["effects"][name]) != "trace"
    ]


def _revenue(context: ReportContext) -> str:
    words, backtest = context.words, context.report["backtest"]
    low, share, high = (words.percent(value, 0) for value in context.report["shares"]["history"]["share"])
    if not backtest:
        return context.text("revenue.short_alone", history=share, low=low, high=high)
    latest = backtest["dates"][0]
    return context.text(
        "revenue.short",
        history=share,
        low=low,
        high=high,
        next=words.percent(latest["share"][1], 0),
        days=backtest["horizon_days"],
        date=words.date(latest["as_of"]),
    )


def _expected(context: ReportContext) -> str:
    total = context.headline_total
    if not total:
        return context.text("expected.none")
    low, value, high = (context.money(one) for one in total["members"])
    return context.text(
        f"expected.short{context.recent}", value=value, low=low, high=high, months=context.months(total["months"])
    )
