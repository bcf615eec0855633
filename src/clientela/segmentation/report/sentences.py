"""The report's sentences: headlines, rules and expectations of a segment, and the limits of what it can say."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from markupsafe import Markup

from clientela.reporting.conditions import describe_conditions
from clientela.reporting.phrases import capitalized, ledger_rule, times
from clientela.reporting.words import Words
from clientela.segmentation.backtest import BacktestData
from clientela.segmentation.report.data import ReportData

FEW_CUSTOMERS, TWO_YEARS = 100, 730
FEWEST_TO_CONCENTRATE = 3  # customers for each of the best ones, or their share says nothing
OUTSTANDING_LIFT = 1.2
LOW_SILHOUETTE, LOW_STABILITY, MUCH_DROPPED, LOW_FIDELITY = 0.5, 0.8, 0.1, 0.95


def headlines(report: ReportData, words: Words) -> list[Markup]:
    """The most important figures in two sentences."""
    segments = report["segments"]
    best = segments[0]
    name = words.pick(best["name"])
    return [
        _count(report, words),
        words.html("summary.single", name=name)
        if len(segments) == 1
        else words.html(
            "summary.best" if best["spend_share"] is not None else "summary.largest",
            name=name,
            customers=words.percent(best["customer_share"]),
            spend=words.percent(best["spend_share"]),
        ),
    ]


def _count(report: ReportData, words: Words) -> Markup:
    data, segments = report["data"], report["segments"]
    counts = {
        "customers": words.count("customers", data["customers"]),
        "segments": words.count("segments", len(segments)),
    }
    if data["revenue"] is None:
        return words.html("summary.count_only", **counts)
    return words.html("summary.count", **counts, revenue=words.money_short(data["revenue"]))


def next_period(report: ReportData, words: Words) -> Markup | None:
    """What customers of the best and of the weakest segment spent in the next period; None without two segments."""
    backtest = report["backtest"]
    if not backtest or len(backtest["by_segment"]) < 2:
        return None
    rows = sorted(backtest["by_segment"], key=lambda row: -row["spend"][1])
    best, weakest = rows[0]["spend"][1], rows[-1]["spend"][1]
    names = {s["id"]: words.pick(s["name"]) for s in report["segments"]}
    key = "summary.proof" if weakest > 0 else "summary.proof_zero"
    return words.html(
        key if is_predictable(report) else "summary.proof_chance",
        days=backtest["horizon_days"],
        date=words.date(backtest["cutoffs"][0]["as_of"]),
        best=names.get(rows[0]["id"], rows[0]["id"]),
        weakest=names.get(rows[-1]["id"], rows[-1]["id"]),
        best_spend=words.money(best),
        weakest_spend=words.money(weakest),
        times=times(best / weakest, words) if weakest > 0 else "",
    )


def is_predictable(report: ReportData) -> bool:
    """Whether past behaviour predicts spend; if not, a caveat says so."""
    return all(getattr(caveat, "code", "") != "caveat_unpredictable" for caveat in report["caveats"])


def explained(report: ReportData, words: Words) -> Markup | None:
    """How much of next-period spend the segments explain, beside the best prediction; None without a backtest.

    A share of the best prediction is given only if that prediction is better than chance.
    """
    if not report["backtest"]:
        return None
    mean = report["backtest"]["mean"]
    shares = {name: words.percent(mean[name], 1) for name in ("segments", "boosting", "rfm_grid", "revenue_sort")}
    if not is_predictable(report) or mean["of_ceiling"] is None:
        return words.html("proof.verdict_no_ceiling", **shares)
    return words.html("proof.verdict", of_ceiling=words.percent(mean["of_ceiling"], 0), **shares)


def rules_of(segment: Mapping[str, Any], words: Words) -> list[str]:
    """The segment's rules as sentences."""
    return [
        words.text(
            "profiles.rule",
            who=capitalized(_conditions(rule["conditions"], words)),
            customers=words.count("customers", rule["customers"]),
            precision=words.percent(rule["precision"], 0),
        )
        for rule in segment["rules"]
    ]


def card_notes(report: ReportData, segment: Mapping[str, Any], words: Words) -> list[str]:
    """What a profile adds to the description: for how many customers it holds, and a changed name.

    Args:
        report: report data.
        segment: segment of the report.
        words: words of a language.

    Returns:
        Sentences.
    """
    notes = []
    if segment["holds"] is not None:
        notes.append(words.text("summary.holds", share=words.percent(segment["holds"], 0)))
    if segment["previous_name"] and report["migration"]:
        name, version = words.pick(segment["previous_name"]), report["migration"]["from_version"]
        notes.append(words.text("summary.renamed", name=name, version=version))
    return notes


def concentration_text(segment: Mapping[str, Any], words: Words) -> str | None:
    """How much of the segment's money its best customers hold; None if they are too many of its customers."""
    held = segment["concentration"]
    if not held or held["customers"] < FEWEST_TO_CONCENTRATE * held["best"]:
        return None
    return words.text("decide.held", best=words.number(held["best"]), share=words.percent(held["share"]))


def outstanding(rows: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The products or groups that a segment buys noticeably more often than all customers do."""
    return [row for row in rows if row["lift"] >= OUTSTANDING_LIFT]


def _conditions(conditions: Sequence[Mapping[str, Any]], words: Words) -> str:
    return describe_conditions(conditions, words.language, currency=words.currency, labels=words.labels)


def expectation(report: ReportData, id_: int, words: Words) -> str | None:
    """What a segment's customers did in the next period.

    Args:
        report: report data.
        id_: segment id.
        words: words of a language.

    Returns:
        One sentence; None if there is no backtest, or where the segment did not exist then.
    """
    backtest = report["backtest"]
    row = next((row for row in backtest["by_segment"] if row["id"] == id_), None) if backtest else None
    if backtest is None or row is None:
        return None
    low, mean, high = (words.money(value) for value in row["spend"])
    again = words.percent(row["retention"][1], 0)
    days, first = backtest["horizon_days"], backtest["cutoffs"][0]["as_of"]
    last = (date.fromisoformat(first) + timedelta(days=days - 1)).isoformat()
    places = {"days": days, "date": words.date(first), "last": words.date(last)}
    return words.text("summary.expect", spend=mean, low=low, high=high, retention=again, **places)


def limits(report: ReportData, words: Words) -> list[Markup]:
    """What the report cannot say, as sentences."""
    return [
        words.html("limits.as_of", date=words.date(report["shop"]["as_of"])),
        *(
            _limits_of_backtest(report["backtest"], words)
            if report["data"]["has_transactions"]
            else [words.html("limits.no_transactions")]
        ),
        *_limits_of_clusters(report, words),
        *_limits_of_data(report, words),
        *_limits_of_rules(report, words),
        words.html("limits.causes"),
    ]


def _limits_of_clusters(report: ReportData, words: Words) -> list[Markup]:
    lines = []
    stability, silhouette = report["choice"].get("stability"), report["choice"].get("silhouette")
    if stability is not None and stability < LOW_STABILITY:
        lines.append(words.html("limits.stability", value=words.number(stability, 2)))
    if silhouette is not None and silhouette < LOW_SILHOUETTE:
        value, share = words.number(silhouette, 2), words.percent(report["points"]["negative_share"])
        is_sample = len(report["points"]["segment"]) < report["data"]["customers"]
        lines.append(
            words.html("limits.silhouette" if is_sample else "limits.silhouette_all", value=value, share=share)
        )
    small = [words.pick(s["name"]) for s in report["segments"] if s["customers"] < FEW_CUSTOMERS]
    if small:
        fewest = words.count("customers", FEW_CUSTOMERS)
        lines.append(words.html("limits.small", names=words.listed(small), fewest=fewest))
    return lines


def _limits_of_data(report: ReportData, words: Words) -> list[Markup]:
    data, lines = report["data"], []
    if data["history_days"] is not None and data["history_days"] < TWO_YEARS:
        lines.append(words.html("limits.short", days=words.number(data["history_days"])))
    if data["rows_in"] and data["kept_share"] < 1 - MUCH_DROPPED:
        worst = max(data["ledger"], key=lambda row: row["rows_out"])
        share = words.percent(1 - data["kept_share"])
        lines.append(words.html("limits.dropped", share=share, rule=ledger_rule(worst, words)))
    return lines


def _limits_of_rules(report: ReportData, words: Words) -> list[Markup]:
    fidelity = report["rules"]["fidelity"] if report["rules"] else 1.0
    return [words.html("limits.fidelity", share=words.percent(1 - fidelity))] if fidelity < LOW_FIDELITY else []


def _limits_of_backtest(backtest: BacktestData | None, words: Words) -> list[Markup]:
    if not backtest:
        return [words.html("limits.unproven")]
    mean = backtest["mean"]
    lines = [words.html("limits.average", share=words.percent(mean["segments"]))]
    name, best = max((("rfm_grid", mean["rfm_grid"]), ("revenue_sort", mean["revenue_sort"])), key=lambda pair: pair[1])
    if best >= mean["segments"]:
        shares = {"share": words.percent(best, 1), "segments": words.percent(mean["segments"], 1)}
        lines.append(words.html("limits.ceiling", baseline=words.text(f"proof.{name}"), **shares))
    return lines
