"""The pictures of the Insiders report as SVG, each with a title and a description of what it shows."""

from collections.abc import Sequence

from matplotlib.figure import Figure

from clientela.insiders.backtest import PROGRAMME, BacktestData
from clientela.insiders.report import figures
from clientela.insiders.report.context import ReportContext
from clientela.insiders.report.figures import Bar
from clientela.insiders.report.schema import used_ranking
from clientela.reporting.charts import COLOURS
from clientela.reporting.effect_sizes import effect_bars, size_of, strongest
from clientela.reporting.svg import render_svg

MOST_SCORES = 9


def draw_pictures(context: ReportContext) -> dict[str, str]:
    """Name -> SVG of every picture for which the report has data."""
    backtest = context.report["backtest"]
    return {
        **_curve(context),
        **_traits(context),
        **_shares(context),
        **_expected(context),
        **_replay(context),
        **(_groups(backtest, context) if backtest else {}),
        **_models(context),
    }


def _svg(figure: Figure, key: str, title: str, description: str) -> dict[str, str]:
    return {key: render_svg(figure, title, description, key=key)}


def _curve(context: ReportContext) -> dict[str, str]:
    curve, words = context.report["size"]["curve"], context.words
    at = min(range(len(curve["customers"])), key=lambda i: abs(curve["customers"][i] - curve["chosen"]))
    part = words.percent(curve["share"][at], 0)
    description = context.text("alt.curve", share=words.percent(curve["chosen"]), part=part)
    return _svg(figures.value_curve(curve, words), "curve", context.text("how_many.curve"), description)


def _traits(context: ReportContext) -> dict[str, str]:
    effects, words = context.report["traits"]["members"]["effects"], context.words
    shown = strongest(effects)
    if not shown:
        return {}
    items = [
        words.text(
            "charts.alt.effect",
            feature=words.label(feature),
            size=words.text(f"charts.{size_of(value)}"),
            side=words.text(f"charts.alt.side_{'high' if value > 0 else 'low'}"),
        )
        for feature, value in shown
    ]
    description = words.text("charts.alt.effects", list="; ".join(items), name=context.members)
    figure = effect_bars(effects, colour=COLOURS[0], words=words)
    return _svg(figure, "traits", context.text("traits.picture"), description)


def _shares(context: ReportContext) -> dict[str, str]:
    shares, words = context.report["shares"], context.words
    spend = {key: words.money_short(shares[key]["spend"]) for key in ("history", "window")}
    days = words.number(shares["window_days"])
    bars = [
        Bar("customers", context.text("revenue.customers", members=context.members), context.share),
        Bar.of("history", context.text("revenue.history", spend=spend["history"]), shares["history"]["share"]),
        Bar.of("window", context.text("revenue.window", spend=spend["window"], days=days), shares["window"]["share"]),
    ]
    backtest = context.report["backtest"]
    if backtest:
        latest = backtest["dates"][0]
        name = context.text("revenue.next", days=backtest["horizon_days"], date=words.date(latest["as_of"]))
        bars.append(Bar.of("next", name, latest["share"]))
    figure = figures.bars_with_intervals(bars, words, label=context.text("revenue.axis"), highlight="next")
    description = context.text("alt.shares", list=_bars_text(bars, context))
    return _svg(figure, "shares", context.text("revenue.picture"), description)


def _expected(context: ReportContext) -> dict[str, str]:
    totals = context.report["expected"]["totals"]
    if not totals:
        return {}
    items = []
    for row in totals:
        low, value, high = (context.money(one) for one in row["members"])
        months = context.months(row["months"])
        items.append(context.text("alt.expected_item", months=months, low=low, value=value, high=high))
    figure = figures.expected_revenue(totals, months=context.months, money=context.money)
    description = context.text("alt.expected", list="; ".join(items))
    return _svg(figure, "expected", context.text("expected.picture"), description)


def _replay(context: ReportContext) -> dict[str, str]:
    months, words = context.report["replay"]["months"], context.words
    names = {key: context.text(f"removal.{key}") for key in ("stayed", "entered", "left")}
    description = context.text(
        "alt.replay",
        first=words.number(months[0]["members"]),
        first_month=words.date(months[0]["as_of"]),
        last=words.number(months[-1]["members"]),
        last_month=words.date(months[-1]["as_of"]),
    )
    figure = figures.replay_bars(months, words, names=names)
    return _svg(figure, "replay", context.text("removal.replay"), description)


def _groups(backtest: BacktestData, context: ReportContext) -> dict[str, str]:
    groups = sorted(backtest["groups"], key=lambda row: -row["share"][1])
    bars = [Bar.of(row["name"], context.group(row["name"], short=True), row["share"]) for row in groups]
    figure = figures.bars_with_intervals(
        bars, context.words, label=context.text("guarantee.axis"), highlight=PROGRAMME, decimals=1
    )
    description = context.text("alt.against", list=_bars_text(bars, context))
    return _svg(figure, "against", context.text("guarantee.against"), description)


def _models(context: ReportContext) -> dict[str, str]:
    comparison, words = context.report["comparison"], context.words
    if not any(row["is_model"] for row in comparison["scores"]):
        return {}
    shown = comparison["scores"][:MOST_SCORES]
    bars = [Bar(row["name"], context.group(row["name"]), row["average_precision"]) for row in shown]
    figure = figures.bars_with_intervals(
        bars, words, label=context.text("performance.axis"), highlight=used_ranking(comparison)
    )
    items = [context.text("alt.model_item", name=bar.name, value=words.percent(bar.value, 0)) for bar in bars]
    description = context.text("alt.models", list="; ".join(items))
    return _svg(figure, "models", context.text("performance.picture"), description)


def _bars_text(bars: Sequence[Bar], context: ReportContext) -> str:
    return "; ".join(_bar_text(bar, context) for bar in bars)


def _bar_text(bar: Bar, context: ReportContext) -> str:
    ends = bar.interval or (bar.value, bar.value)
    low, value, high = (context.words.percent(one) for one in (ends[0], bar.value, ends[1]))
    return context.text("alt.share_item", name=bar.name, low=low, value=value, high=high)
