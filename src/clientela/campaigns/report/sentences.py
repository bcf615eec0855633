"""The sentences of a campaign's report: what the campaign changed, and what to do next."""

from collections.abc import Sequence

from markupsafe import Markup

from clientela.campaigns.customer_list import ALL
from clientela.campaigns.measure import ResultRow
from clientela.campaigns.period import BUYERS, SPEND
from clientela.campaigns.report.data import ReportData
from clientela.reporting.words import NO_BREAK, UNKNOWN, Words


def group_name(group: str, words: Words) -> str:
    """The name of a group; all customers have one in the report's language."""
    return words.text("campaigns.all") if group == ALL else group


def signed(share: float | None, words: Words) -> str:
    """A lift as a percentage with its sign; a dash if it is unknown."""
    if share is None:
        return UNKNOWN
    return f"{'+' if share > 0 else ''}{words.percent(share)}"


def outcome_value(outcome: str, value: float, words: Words) -> str:
    """A mean or a difference per customer, in the outcome's unit."""
    if outcome == BUYERS:
        return words.percent(value, 1)
    return words.money(value) if outcome == SPEND else words.number(value, 2)


def signed_money(value: float, words: Words) -> str:
    """An amount with its sign."""
    return f"{'+' if value > 0 else ''}{words.money(value)}"


def headlines(report: ReportData, words: Words) -> list[Markup]:
    """The main sentences: whether to trust the result, what changed, the money, and what to do first."""
    lines = [ratio_sentence(report, words, key="summary.check")] if report["ratio"]["is_off"] else []
    if not report["outcomes"]:
        lines.append(words.html("campaigns.summary.none"))
    else:
        lines += _spend_sentences(report["outcomes"][SPEND][0], report, words)
        lines += _others(report, words)
    advice = words.text(f"campaigns.advice.{report['advice']}")
    return [*lines, words.html("campaigns.summary.first", advice=advice)]


def ratio_sentence(report: ReportData, words: Words, *, key: str = "") -> Markup:
    """Whether the control group has the planned size.

    Args:
        report: report data.
        words: words of the report's language.
        key: key of the message; empty for that of the section.
    """
    ratio, campaign = report["ratio"], report["campaign"]
    name = key or f"check.{'unplanned' if ratio['planned'] is None else 'wrong' if ratio['is_off'] else 'fine'}"
    return words.html(
        f"campaigns.{name}",
        held=words.number(campaign["control"]),
        customers=contacts(campaign["treated"] + campaign["control"], words),
        observed=words.percent(ratio["observed"], 1),
        planned=words.percent(ratio["planned"], 1),
        p_value=p_value(ratio["p_value"], words),
    )


def contacts(number: int, words: Words) -> str:
    """A number of customers with its noun."""
    return words.text(f"campaigns.count.contacts.{'one' if number == 1 else 'other'}", n=words.number(number))


def p_value(value: float | None, words: Words) -> str:
    """A p-value; below 0.001 as a bound."""
    if value is None:
        return UNKNOWN
    return f"<{NO_BREAK}{words.number(0.001, 3)}" if value < 0.001 else words.number(value, 3 if value < 0.1 else 2)


def reason_text(reason: str, words: Words) -> str:
    """Why customers were left out, in the report's language if it is one of Clientela's reasons."""
    key = f"campaigns.reason.{reason}"
    return words.text(key) if words.has(key) else reason


def next_steps(report: ReportData, words: Words) -> list[Markup]:
    """What to do next, the most important first."""
    steps = [words.html(f"campaigns.advice.{report['advice']}")]
    first = str(steps[0])
    steps[0] = Markup(first[:1].upper() + first[1:])
    if report["advice"] != "check":
        for key, names in (("best", report["more"]), ("worst", report["less"])):
            if names:
                steps.append(words.html(f"campaigns.next.{key}", groups=words.listed(names)))
    return [*steps, *(words.html(f"campaigns.next.{key}") for key in ("longer", "plan", "hold"))]


def _spend_sentences(total: ResultRow, report: ReportData, words: Words) -> list[Markup]:
    is_relative = total["relative"] is not None
    shown = {
        "lift": words.percent(abs(total["relative"] or 0.0)) if total["verdict"] != "unclear"
        else signed(total["relative"], words),
        "difference": words.money(abs(total["difference"])) if total["verdict"] != "unclear"
        else signed_money(total["difference"], words),
        "low": signed(total["relative_low"], words) if is_relative else signed_money(total["low"], words),
        "high": signed(total["relative_high"], words) if is_relative else signed_money(total["high"], words),
        "level": words.percent(report["level"], 0),
    }  # fmt: skip
    lines = [words.html(f"campaigns.summary.{total['verdict']}{'' if is_relative else '_absolute'}", **shown)]
    if total["verdict"] == "unclear":
        if total["detectable"] is not None:
            lines.append(words.html("campaigns.summary.detectable", least=words.percent(total["detectable"])))
        return [Markup(" ").join(lines)]
    return [Markup(" ").join([*lines, _money_sentence(report, words)])]


def _money_sentence(report: ReportData, words: Words) -> Markup:
    row = report["money"][0]
    low, extra, high = (words.money_short(value) for value in row["extra"])
    net_low, net, net_high = (words.money_short(value) for value in row["net"])
    key = "money_cost" if report["cost"] else "money"
    return words.html(
        f"campaigns.summary.{key}", extra=extra, low=low, high=high, cost=words.money_short(row["cost"]), net=net,
        net_low=net_low, net_high=net_high,
    )  # fmt: skip


def _others(report: ReportData, words: Words) -> list[Markup]:
    """Outcomes beside spend with a clear difference; they often show one earlier."""
    rows: Sequence[ResultRow] = [rows[0] for outcome, rows in report["outcomes"].items() if outcome != SPEND]
    named = [
        words.text(
            "campaigns.summary.one_clear",
            outcome=words.text(f"campaigns.outcome.{row['outcome']}").lower(),
            lift=signed(row["relative"], words),
        )
        for row in rows
        if row["verdict"] != "unclear"
    ]
    return [words.html("campaigns.summary.others_clear", outcomes=words.listed(named))] if named else []
