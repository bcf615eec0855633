"""What the report says in sentences: the headline, a segment in words, and what it cannot say."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from markupsafe import Markup

from clientela.reporting.conditions import describe_conditions
from clientela.reporting.phrases import _capital, ledger_rule, times
from clientela.reporting.words import Words

FEW, TWO_YEARS = 100, 730
SOFT_SILHOUETTE, SHAKY_STABILITY, MUCH_DROPPED, ROUGH_RULES = 0.5, 0.8, 0.1, 0.95


def headlines(report: Mapping[str, Any], words: Words) -> list[Markup]:
    """The most important figures in three or four sentences."""
    segments, data = report["segments"], report["data"]
    best = segments[0]
    name = words.pick(best["name"])
    lines = [
        words.html(
            "summary.count",
            customers=words.count("customers", data["customers"]),
            segments=words.count("segments", len(segments)),
            revenue=words.money_short(data["revenue"]),
        ),
        words.html("summary.single", name=name)
        if len(segments) == 1
        else words.html(
            "summary.best",
            name=name,
            customers=words.percent(best["customer_share"]),
            spend=words.percent(best["spend_share"]),
        ),
    ]
    if report["proof"] and len(report["proof"]["by_segment"]) > 1:
        lines.append(_proof_line(report, words))
    return [*lines, words.html("summary.first", name=name, action=words.pick(best["action"]))]


def _proof_line(report: Mapping[str, Any], words: Words) -> Markup:
    proof = report["proof"]
    rows = sorted(proof["by_segment"], key=lambda row: -row["spend"][1])
    best, weakest = rows[0]["spend"][1], rows[-1]["spend"][1]
    names = {s["id"]: words.pick(s["name"]) for s in report["segments"]}
    return words.html(
        "summary.proof" if weakest > 0 else "summary.proof_zero",
        days=proof["horizon_days"],
        date=words.date(proof["cutoffs"][0]["as_of"]),
        best=names.get(rows[0]["id"], rows[0]["id"]),
        weakest=names.get(rows[-1]["id"], rows[-1]["id"]),
        best_spend=words.money(best),
        weakest_spend=words.money(weakest),
        times=times(best / weakest, words) if weakest > 0 else "",
    )


def rules_of(segment: Mapping[str, Any], words: Words) -> list[str]:
    """The segment's rules as sentences."""
    return [
        words.text(
            "profiles.rule",
            who=_capital(describe_conditions(rule["conditions"], words.language, currency=words.currency)),
            customers=words.count("customers", rule["customers"]),
            precision=words.percent(rule["precision"], 0),
        )
        for rule in segment["rules"]
    ]


def expectation(report: Mapping[str, Any], id_: int, words: Words) -> str | None:
    """What a segment's customers did in the next period, if it is known."""
    proof = report["proof"]
    row = next((row for row in proof["by_segment"] if row["id"] == id_), None) if proof else None
    if row is None:
        return None
    low, mean, high = (words.money(value) for value in row["spend"])
    again = words.percent(row["retention"][1], 0)
    date_ = words.date(proof["cutoffs"][0]["as_of"])
    return words.text(
        "summary.expect", spend=mean, low=low, high=high, retention=again, days=proof["horizon_days"], date=date_
    )


def limits(report: Mapping[str, Any], words: Words) -> list[Markup]:
    """What the report cannot say, from its figures."""
    data, choice = report["data"], report["choice"]
    lines = [words.html("limits.as_of", date=words.date(report["shop"]["as_of"])), *_limits_of_proof(report, words)]
    stability, silhouette = choice.get("stability"), choice.get("silhouette")
    if stability is not None and stability < SHAKY_STABILITY:
        lines.append(words.html("limits.stability", value=words.number(stability, 2)))
    if silhouette is not None and silhouette < SOFT_SILHOUETTE:
        value, share = words.number(silhouette, 2), words.percent(report["points"]["negative_share"])
        lines.append(words.html("limits.silhouette", value=value, share=share))
    small = [words.pick(s["name"]) for s in report["segments"] if s["customers"] < FEW]
    if small:
        fewest = words.count("customers", FEW)
        lines.append(words.html("limits.small", names=words.listed(small), fewest=fewest))
    days = (date.fromisoformat(data["last_order"][:10]) - date.fromisoformat(data["first_order"][:10])).days + 1
    if days < TWO_YEARS:
        lines.append(words.html("limits.short", days=words.number(days)))
    if data["rows_kept"] < (1 - MUCH_DROPPED) * data["rows_in"]:
        worst = max(data["ledger"], key=lambda row: row["rows_out"])
        share = words.percent(1 - data["rows_kept"] / data["rows_in"])
        lines.append(words.html("limits.dropped", share=share, rule=ledger_rule(worst, words)))
    rules = report["rules"]
    if rules and rules["fidelity"] < ROUGH_RULES:
        lines.append(words.html("limits.fidelity", share=words.percent(1 - rules["fidelity"])))
    return [*lines, words.html("limits.causes")]


def _limits_of_proof(report: Mapping[str, Any], words: Words) -> list[Markup]:
    if not report["proof"]:
        return [words.html("limits.unproven")]
    mean = report["proof"]["mean"]
    lines = [words.html("limits.average", share=words.percent(mean["segments"]))]
    yardstick = max(("rfm_grid", "revenue_sort"), key=lambda name: mean[name])
    if mean[yardstick] >= mean["segments"]:
        shares = {"share": words.percent(mean[yardstick], 1), "segments": words.percent(mean["segments"], 1)}
        lines.append(words.html("limits.ceiling", yardstick=words.text(f"proof.{yardstick}"), **shares))
    return lines
