"""The sentences of the Insiders report about its evidence: the backtest, the fit of the models, the limits."""

from collections.abc import Sequence
from datetime import date

from markupsafe import Markup

from clientela.insiders.backtest import PROGRAMME, RANDOM, BacktestData
from clientela.insiders.customer_values import DAYS_PER_MONTH
from clientela.insiders.report.context import ReportContext
from clientela.reporting.phrases import times

FEW_MEMBERS, TWO_YEARS = 100, 730
MODELS = {"BetaGeometricNBD": "BG/NBD", "ModifiedBetaGeometricNBD": "MBG/NBD", "ParetoNBD": "Pareto/NBD"}
SHORT_NAMES = {"bg_nbd": "BG/NBD", "mbg_nbd": "MBG/NBD", "pareto_nbd": "Pareto/NBD"}
PLAIN = "revenue_sort"
TWO_DECIMALS = ("correlation", "q", "alive", "error")


def backtest_lines(context: ReportContext) -> list[Markup]:
    """The backtest in the headline: the members against other customers, and against a sort by past revenue."""
    backtest = context.report["backtest"]
    if not backtest:
        return [context.html("summary.no_proof")]
    lines = [_against_others(backtest, context)]
    shares = {row["name"]: row for row in backtest["groups"]}
    if PLAIN in shares:
        lines.append(
            context.html(
                "summary.plain",
                plain=context.words.percent(shares[PLAIN]["share"][1], 1),
                programme=context.words.percent(shares[PROGRAMME]["share"][1], 1),
                verdict=verdict(shares[PLAIN]["difference"], context),
            )
        )
    return lines


def members_against_others(context: ReportContext) -> Markup | None:
    """The result of the backtest at the latest past date; None without a backtest."""
    backtest, words = context.report["backtest"], context.words
    if not backtest:
        return None
    latest = backtest["dates"][0]
    low, value, high = (times(one, words) for one in latest["ratio"])
    key = "guarantee.better" if latest["ratio"][0] > 1 else "guarantee.better_not"
    return context.html(
        key,
        date=words.date(latest["as_of"]),
        each=words.money(latest["member_spend"][1]),
        rest=words.money(latest["other_spend"][1]),
        times=value,
        low=low,
        high=high,
        size=context.trait_size(latest["effect"]),
        # Cliff's delta is the share of pairs in which the member spends more, minus the share in which the other does.
        # So the member spends more in (1 + delta) / 2 of all pairs, ties counted half.
        chance=words.percent((1 + latest["effect"]) / 2, 0),
        again=words.percent(latest["bought_again"][0], 0),
        again_rest=words.percent(latest["bought_again"][1], 0),
    )


def backtest_answer(context: ReportContext) -> str:
    """The backtest in one sentence."""
    backtest = context.report["backtest"]
    if not backtest:
        return context.text("guarantee.none")
    ratio = backtest["dates"][0]["ratio"]
    low, value, high = (times(one, context.words) for one in ratio)
    return context.text("guarantee.short" if ratio[0] > 1 else "guarantee.short_not", times=value, low=low, high=high)


def verdict(difference: Sequence[float], context: ReportContext) -> str:
    """Whether the programme is better than another group, from the interval of the difference."""
    key = "surely" if difference[0] > 0 else "worse" if difference[2] < 0 else "unsure"
    return context.text(f"guarantee.{key}")


def forecast_record(context: ReportContext) -> Markup | None:
    """How often the intervals of the same forecast covered what happened at past dates; None without a forecast."""
    record, words = context.report["expected"]["record"], context.words
    if not record or not context.headline_total:
        return None
    if not record["dates"]:
        return context.html("expected.record_none")
    return context.html(
        "expected.record",
        **{name: words.number(record[name]) for name in ("dates", "covered", "tenths", "tenths_covered")},
        periods=words.number(round(record["periods"])),
        days=DAYS_PER_MONTH * context.report["expected"]["months"],
        level=context.level,
        error=words.percent(record["error"], 0) if record["error"] is not None else "–",
    )


def purchase_model(context: ReportContext) -> Markup | None:
    """Which purchase model gives the expected values, and how far each was off at past dates; None without one."""
    expected = context.report["expected"]
    if not expected["model"]:
        return None
    errors = [
        context.text(
            "method.model_error", model=_model(row["name"], context), error=context.words.percent(row["error"], 0)
        )
        for row in expected["models"]
        if row["error"] is not None
    ]
    return context.html("method.value", model=_model(expected["model"], context), errors="; ".join(errors) or "–")


def model_findings(context: ReportContext) -> list[str]:
    """Where the value models do not fit the shop, one sentence per finding."""
    return [
        context.text(
            f"findings.{one['code']}",
            **{name: _figure(name, value, context) for name, value in one["figures"].items()},
        )
        for one in context.report["expected"]["findings"]
    ]


def model_verdict(context: ReportContext) -> Markup | None:
    """Whether the supervised model is used, and why; None without one."""
    comparison = context.report["comparison"]
    shares = {row["name"]: context.words.percent(row["share"][1], 1) for row in comparison["shares"]}
    if "model" not in shares:
        return None
    values = {
        "model": context.group(comparison["model"] or ""),
        "share": shares["model"],
        "value": shares.get("expected_value", "–"),
    }
    choice = comparison["choice"]
    if choice == "model":
        return context.html("performance.won", **values)
    return context.html(
        "performance.lost",
        order=context.ranking(choice),
        value_order=context.ranking("expected_value"),
        chosen=shares[choice],
        **values,
    )


def limits(context: ReportContext) -> list[Markup]:
    """What the report cannot say."""
    words, report = context.words, context.report
    lines = [context.html("limits.as_of", date=words.date(report["shop"]["as_of"]))]
    lines += _backtest_limits(report["backtest"], context) if report["backtest"] else [context.html("limits.unproven")]
    lines.append(context.html("limits.hindsight"))
    record = report["expected"]["record"]
    if record and not record["seasonal"]:
        lines.append(context.html("limits.season"))
    days = _days_between(report["data"]["first_order"], report["data"]["last_order"]) + 1
    if days < TWO_YEARS:
        lines.append(context.html("limits.short", days=words.number(days)))
    if report["programme"]["members"] < FEW_MEMBERS:
        lines.append(context.html("limits.few", members=context.members))
    return [*lines, context.html("limits.causes")]


def _backtest_limits(backtest: BacktestData, context: ReportContext) -> list[Markup]:
    dates = backtest["dates"]
    span = _days_between(dates[-1]["as_of"], dates[0]["as_of"]) + backtest["horizon_days"]
    lines = [context.html("limits.overlap", dates=len(dates), days=context.words.number(span))]
    shares = {row["name"]: row["share"][1] for row in backtest["groups"]}
    rivals = [share for name, share in shares.items() if name not in (PROGRAMME, PLAIN, RANDOM)]
    if not any(share > shares.get(PLAIN, 0.0) for share in rivals):
        lines.append(context.html("limits.plain"))
    return lines


def _against_others(backtest: BacktestData, context: ReportContext) -> Markup:
    words, latest = context.words, backtest["dates"][0]
    low, value, high = (times(one, words) for one in latest["ratio"])
    return context.html(
        "summary.proof",
        date=words.date(latest["as_of"]),
        days=backtest["horizon_days"],
        each=words.money(latest["member_spend"][1]),
        times=value,
        low=low,
        high=high,
    )


def _model(name: str, context: ReportContext) -> str:
    return SHORT_NAMES.get(name) or context.text("method.plain_rule")


def _figure(name: str, value: float | str, context: ReportContext) -> str:
    if isinstance(value, str):
        return MODELS.get(value, value)
    return context.words.number(value, 2 if name in TWO_DECIMALS else 0)


def _days_between(first: str, last: str) -> int:
    return (date.fromisoformat(last) - date.fromisoformat(first)).days
