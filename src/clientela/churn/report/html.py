"""The churn report as one HTML page, with pictures inside and without scripts or network access."""

from collections.abc import Mapping
from typing import Any

from markupsafe import Markup
from matplotlib.figure import Figure

from clientela.churn.report import figures
from clientela.churn.report.data import ReportData
from clientela.churn.report.values import value_name
from clientela.holdout.texts import rate_text
from clientela.reporting.environment import report_environment
from clientela.reporting.phrases import times
from clientela.reporting.svg import render_svg
from clientela.reporting.words import Words

SECTIONS = ("summary", "calls", "risk", "drivers", "profit", "models", "tuning", "data", "limits")
METRICS = {
    "average_precision": 3, "roc_auc": 3, "brier_score": 3, "calibration_error": 3, "lift_top_decile": 1, "accuracy": 2,
    "precision": 2, "recall": 2, "f1": 2, "profit": 0,
}  # fmt: skip
EXPLAINED = ("average_precision", "roc_auc", "brier_score", "calibration_error", "lift_top_decile")
FEW_CHURNERS = 300


def render_report(report: ReportData, *, language: str) -> str:
    """Render the churn report as HTML; the same data gives the same bytes.

    Args:
        report: data of the report.
        language: "en" or "pt-BR".
    """
    words = Words(language, currency=report["shop"]["currency"], book="churn")
    page = report_environment(words, package="clientela.churn.report").get_template("churn.html.j2")
    labels = {column["name"]: words.pick(column["label"]) for column in report["columns"]}
    return page.render(
        **report,
        language=language,
        sections=SECTIONS,
        metrics=METRICS,
        explained=EXPLAINED,
        pictures={name: Markup(svg) for name, svg in draw(report, words).items()},
        band_colours=figures.BAND_COLOURS,
        labels=labels,
        headlines=headlines(report, words),
        limits=limits(report, words),
        threshold=threshold(report, words),
        success_text=success_text(report, words),
        measured=_measured(report),
        why=lambda row: why(row, report, words),
        rows=lambda key, n: words.text(f"churn.count.{key}.{'one' if n == 1 else 'other'}", n=words.number(n)),
        ledger_text=lambda row: words.text(f"churn.customer_ledger.{row['rule']}"),
    )


def headlines(report: Mapping[str, Any], words: Words) -> list[Markup]:
    """The main sentences: expected churn, its definition, the quality of the ranking, and whom to call."""
    label, risk = report["label"], report["risk"]
    days = words.number(label["days"])
    if label["labelled"]:
        what = words.html("churn.summary.table", days=days, date=words.date(label["cutoff"]))
    elif label["auto"]:
        what = words.html("churn.summary.window_auto", days=days, share=words.percent(label["gap_quantile"], 0))
    else:
        what = words.html("churn.summary.window", days=days)
    customers = _count("customers", report["data"]["scored"], words)
    called = _count("customers", risk["customers_to_call"], words)
    first = words.html(
        f"churn.summary.first{_measured(report)}",
        customers=called,
        profit=_profit(report, words),
        success=success_text(report, words),
    )
    share = words.html("churn.summary.risk", customers=customers, share=words.percent(risk["mean"], 0), days=days)
    return [
        Markup(" ").join([share, *_largest_difference(report, words)]),
        what,
        words.html("churn.summary.lift", times=times(report["winner"]["lift_top_decile"], words)),
        first if risk["customers_to_call"] else words.html("churn.summary.none"),
    ]


def _largest_difference(report: Mapping[str, Any], words: Words) -> list[Markup]:
    """How far the expected share was off at the worst past date; empty with fewer than two past dates."""
    name, dates = report["winner"]["name"], report["cutoffs"]
    if len(dates) < 2:
        return []
    worst = max(dates, key=lambda row: abs(row["models"][name]["predicted_rate"] - row["churn_rate"]))
    return [
        words.html(
            "churn.summary.risk_dates",
            dates=words.number(len(dates)),
            date=words.date(worst["date"]),
            expected=words.percent(worst["models"][name]["predicted_rate"], 0),
            left=words.percent(worst["churn_rate"], 0),
        )
    ]


def _profit(report: Mapping[str, Any], words: Words) -> str:
    """The expected profit, as a range if several past dates show how far it is off."""
    profit, ratios = report["risk"]["profit"], report["profit_ratios"]
    if len(ratios) < 2:
        return words.money(profit)
    low, high = (words.money(profit * ratio) for ratio in (min(ratios), max(ratios)))
    return words.text("churn.summary.range", low=low, high=high, dates=words.number(len(ratios)))


def why(row: Mapping[str, Any], report: Mapping[str, Any], words: Words) -> str:
    """Why a model was chosen or not, in the language of the report; `churn.choice` gives the English reason.

    Args:
        row: row of the leaderboard.
        report: data of the report.
        words: words of the language.

    Returns:
        One sentence.
    """
    best = max(report["board"], key=lambda other: other["chosen_by"])
    kind = "highest" if row["verdict"] == "winner" and row["name"] == best["name"] else row["verdict"]
    low, high = (f"{'+' if bound > 0 else ''}{words.number(bound, 3)}" for bound in row["behind"])
    return words.text(
        f"churn.why.{kind}",
        own=words.number(row["chosen_by"], 3),
        best=words.text(f"churn.model.{best['name']}"),
        of_best=words.number(best["chosen_by"], 3),
        chosen=words.text(f"churn.model.{report['winner']['name']}"),
        low=low,
        high=high,
        level=words.percent(report["choice"]["interval"], 0),
    )


def limits(report: Mapping[str, Any], words: Words) -> list[Markup]:
    """The limits of the results, and what could improve the model."""
    label, costs, data = report["label"], report["costs"], report["data"]
    lines = [words.html("churn.limits.causes")]
    lines.append(words.html(f"churn.limits.success{_measured(report)}", success=success_text(report, words)))
    lines.append(words.html(f"churn.limits.value_{'fixed' if costs['value_saved'] is not None else 'spend'}"))
    if label["by_time"]:
        lines.append(
            words.html("churn.limits.dates", dates=words.listed([words.date(row["date"]) for row in report["cutoffs"]]))
        )
    else:
        lines.append(words.html("churn.limits.held"))
    if not label["labelled"]:
        lines.append(words.html("churn.limits.window", days=words.number(label["days"])))
    if report["outcome"]["churners"] < FEW_CHURNERS:
        lines.append(words.html("churn.limits.size", churners=words.number(report["outcome"]["churners"])))
    if data["age_missing"]:
        lines.append(words.html("churn.limits.missing", share=words.percent(data["age_missing"])))
    return [*lines, words.html("churn.limits.drift"), words.html("churn.limits.improve")]


def success_text(report: Mapping[str, Any], words: Words) -> str:
    """The share of the leaving customers whom a call keeps; a measured one with its interval."""
    rate = report["success"]
    return rate_text(rate, words) if rate["campaigns"] else words.percent(rate["value"], 0)


def _measured(report: Mapping[str, Any]) -> str:
    """Ending of the messages about a measured success rate; empty if it is assumed."""
    return "_measured" if report["success"]["campaigns"] else ""


def threshold(report: Mapping[str, Any], words: Words) -> str:
    """The lowest probability at which a call to the median customer pays."""
    share = report["costs"]["break_even"]
    return words.text("churn.profit.never") if share is None or share > 1 else words.percent(share, 0)


def draw(report: Mapping[str, Any], words: Words) -> dict[str, str]:
    """Name -> SVG of every picture, with a title and a text alternative."""
    board, outcome, risk = report["board"], report["outcome"], report["risk"]
    winner, rate = report["winner"]["name"], report["winner"]["churn_rate"]
    found = {
        "judged": _svg(figures.judged(board, words), "judged", "models.judged", _judged_alt(board, words), words),
        "profit": _svg(figures.profit(outcome, words), "profit", "profit.curve", _profit_alt(outcome, words), words),
        "lift": _svg(
            figures.lift(outcome["lift"], words), "lift", "profit.lift",
            [_item(str(row["decile"]), words.number(row["lift"], 1), words) for row in outcome["lift"]], words,
        ),
        "calibration": _svg(
            figures.calibration(outcome["calibration"], words), "calibration", "profit.calibration",
            [
                words.text(
                    "churn.charts.alt.calibration", expected=words.percent(row["expected"]),
                    observed=words.percent(row["observed"]),
                )
                for row in outcome["calibration"]
            ], words,
        ),
        "histogram": _svg(
            figures.histogram(risk, words), "histogram", "risk.histogram",
            [_item(words.text(f"churn.band.{b['band']}"), words.number(b["customers"]), words) for b in risk["bands"]],
            words,
        ),
    }  # fmt: skip
    for kind, key, metric in (("precision_recall", "models.pr", "average_precision"), ("roc", "models.roc", "roc_auc")):
        drawn = figures.curves(report["curves"], kind, words, winner=winner, rate=rate)
        alt = [_item(words.text(f"churn.model.{row['name']}"), words.number(row[metric], 3), words) for row in board]
        found[kind] = _svg(drawn, kind, key, alt, words)
    return found | _drivers(report, words) | _segments(report, words)


def _drivers(report: Mapping[str, Any], words: Words) -> dict[str, str]:
    labels = {column["name"]: words.pick(column["label"]) for column in report["columns"]}
    top = [row for row in report["importances"] if row["loss"] > 0][: figures.MOST_BARS]
    families = [row for row in report["families"] if row["effect"] > 0][: figures.MOST_BARS]
    found = {}
    if top:
        names, values = [labels[row["feature"]] for row in top], [row["loss"] for row in top]
        drawn = figures.bars(
            names, values, words.text("churn.charts.loss"), words, errors=[row["standard_deviation"] for row in top]
        )
        found["importances"] = _svg(drawn, "importances", "drivers.importances", _items(names, values, words), words)
    if families:
        names, values = (
            [family_label(row["family"], report["services"], words) for row in families],
            [row["effect"] for row in families],
        )
        drawn = figures.bars(names, values, words.text("churn.charts.effect"), words)
        found["families"] = _svg(drawn, "families", "drivers.families", _items(names, values, words), words)
    return found


def _segments(report: Mapping[str, Any], words: Words) -> dict[str, str]:
    if not report["segments"] or not report["segments"]["rows"]:
        return {}
    rows = report["segments"]["rows"]
    names = [words.text("charts.number", id=row["id"], name=words.pick(row["name"])) for row in rows]
    values = [row["mean"] for row in rows]
    drawn = figures.bars(names, values, words.text("churn.charts.probability"), words, percent=True)
    alt = [_item(name, words.percent(value), words) for name, value in zip(names, values, strict=True)]
    return {"segments": _svg(drawn, "segments", "risk.segments", alt, words)}


def family_label(family: str, services: Mapping[str, str], words: Words) -> str:
    """Plain name of a family of features; a family of one feature has its name.

    Args:
        family: name of the family, from `churn.features.families_of`.
        services: part of a column's name -> name of the service.
        words: words of the language.
    """
    kind, _, service = family.partition(":")
    if not words.has(f"churn.family.{kind}"):
        label = words.label(kind)
        return label[:1].upper() + label[1:]
    return words.text(f"churn.family.{kind}", service=value_name(services.get(service, service), words))


def _svg(figure: Figure, key: str, title: str, items: list[str], words: Words) -> str:
    return render_svg(
        figure, words.text(f"churn.{title}"), words.text("churn.charts.alt.list", list="; ".join(items)), key=key
    )


def _judged_alt(board: Any, words: Words) -> list[str]:
    return [
        words.text(
            "churn.charts.alt.interval", name=words.text(f"churn.model.{row['name']}"),
            value=words.number(row["chosen_by"], 3), low=words.number(row["interval"][0], 3),
            high=words.number(row["interval"][1], 3),
        )
        for row in board
    ]  # fmt: skip


def _profit_alt(outcome: Mapping[str, Any], words: Words) -> list[str]:
    best = outcome["best"]
    return [
        words.text("churn.charts.alt.profit", most=words.money(best["profit"]), share=words.percent(best["share"], 0))
    ]


def _items(names: list[str], values: list[float], words: Words) -> list[str]:
    return [_item(name, words.number(value, 3), words) for name, value in zip(names, values, strict=True)]


def _item(name: str, value: str, words: Words) -> str:
    return words.text("churn.charts.alt.bar", name=name, value=value)


def _count(key: str, number: int, words: Words) -> str:
    return words.text(f"churn.count.{key}.{'one' if number == 1 else 'other'}", n=words.number(number))
