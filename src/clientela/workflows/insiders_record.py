"""What a run of the Insiders programme leaves: the report's plain data, its figures in MLflow, the version."""

import tempfile
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
import yaml

from clientela import registry, tracking
from clientela.reports.insiders.conditions import rule_texts
from clientela.reports.insiders.summary import members_list, value_curve
from clientela.reports.texts import plain_table
from clientela.serving.insiders_index import InsidersVersion, insiders_code, write_insiders
from clientela.settings import LANGUAGES, Settings
from clientela.value.insiders.rules import MembershipRules
from clientela.workflows.insiders_prove import ends
from clientela.workflows.insiders_worth import characteristics, revenue_shares
from clientela.workflows.intake import Intake

if TYPE_CHECKING:
    from clientela.workflows.insiders import Made

SEED = 0  # of the intervals of the shares, which look back: any seed will do


def told(settings: Settings, data: Intake, made: "Made", members: pd.DataFrame) -> dict[str, Any]:
    """All that the report tells, as plain data."""
    ours, programme, contest = settings.insiders, made.programme, made.contest
    today, replayed = contest.today, made.programme.replayed
    valued = made.valued
    curve_of = today.moment.revenue if valued.expected is None else valued.expected
    dataset = settings.dataset
    return {
        "shop": {
            "title": dataset.title,
            "dataset": dataset.name,
            "currency": dataset.currency,
            "as_of": data.as_of.isoformat(),
            "location": data.source.location,
            "digest": data.source.digest,
            "homepage": dataset.homepage,
            "licence": dataset.licence,
        },
        "data": {
            "rows_in": int(data.ledger["rows_left"].iloc[0]),
            "rows_kept": int(data.ledger["rows_left"].iloc[-1]),
            "customers": len(data.features),
            "revenue": float(today.moment.revenue.sum()),
            "first_order": data.period[0].isoformat(),
            "last_order": data.period[1].isoformat(),
        },
        "size": {
            "target": made.size.customers,
            "criterion": made.size.criterion,
            "bounds": list(made.size.bounds) if made.size.bounds else None,
            "curve": value_curve(
                curve_of,
                chosen=made.size.customers,
                bounds=made.size.bounds,
                of="revenue" if valued.expected is None else "expected",
            ),
        },
        "programme": {
            "rules": plain_rules(programme.rules),
            "members": int(programme.member.sum()),
            "entered": int((programme.member & ~programme.kept).sum()),
            "kept": int(programme.kept.sum()),
            "fidelity": programme.fidelity,
            "given": programme.found is None,
            "looser": programme.looser[-1]["share"] if programme.looser else None,
        },
        "replay": {
            "months": [{**asdict(month), "as_of": month.as_of.isoformat()} for month in replayed.months],
            "flapped": replayed.flapped,
        },
        "people": members_list(members, most=ours.list_in_report, founded=replayed.months[0].as_of.isoformat()),
        "pseudonyms": ours.pseudonym_key is not None,
        "traits": characteristics(today, programme.member),
        "shares": revenue_shares(today, programme, ours, seed=SEED),
        "expected": {
            "totals": made.worth.totals,
            "months": made.worth.months,
            "model": type(valued.models.purchases_).__name__ if valued.models else "",
            "findings": [{"code": one.code, "figures": dict(one.figures)} for one in valued.findings],
        },
        "proof": made.proof,
        "contest": {
            "choice": contest.choice,
            "chosen_share": contest.shares[contest.choice]["share"].value if contest.shares else None,
            "shares": [{"name": name, "share": ends(row["share"])} for name, row in contest.shares.items()],
            "models": contest.models,
            "model": contest.model,
            "size_share": contest.size_share,
            "windows": [day.isoformat() for day in contest.model_windows],
        },
        "actions": made.actions,
        "assumed": {
            **ours.actions.model_dump(),
            "interval": ours.interval,
            "draws": ours.draws,
            "tie": ours.ranking.tie,
            "horizon_days": ours.ranking.horizon_days,
        },
        "model": ours.model,
    }


def plain_rules(rules: MembershipRules) -> dict[str, Any]:
    """The rules as plain data: window_days, entry, removal (what must be kept to stay)."""
    return {"window_days": rules.window_days, "entry": asdict(rules.entry), "removal": asdict(rules.removal)}


def log_insiders(
    settings: Settings,
    data: Intake,
    made: "Made",
    summary: Mapping[str, Any],
    members: pd.DataFrame,
    *,
    page: str,
    run_id: str,
) -> None:
    """The run's own figures, tables and files, and one nested run an order or model that was judged."""
    name = settings.dataset.name
    tracking.log_dataset(
        data.features, name=name, location=data.source.location, digest=data.source.digest, context="insiders"
    )
    tracking.log_candidates(run_id, _orders(summary))
    proof = summary["proof"]
    tracking.log_results(
        note=summary_note(summary),
        tags={key: summary["shop"][key] for key in ("dataset", "digest", "as_of")} | {"choice": made.contest.choice},
        metrics=_metrics(summary),
        tables={
            "ledger": data.ledger,
            "insiders": members,
            "replay": pd.DataFrame(summary["replay"]["months"]),
            "orders": pd.DataFrame(summary["contest"]["models"]),
            **({"guarantee": pd.DataFrame(_guarantee_rows(proof))} if proof else {}),
        },
        texts={
            "settings.yaml": yaml.safe_dump(settings.dump(), sort_keys=False, allow_unicode=True),
            "rules.yaml": yaml.safe_dump(summary["programme"]["rules"], sort_keys=False),
            "report.html": page,
        },
        files={},
    )


def version_of(data: Intake, made: "Made", settings: Settings) -> InsidersVersion:
    """What is registered: every customer with figures and membership, and the rules with their texts."""
    moment, programme = made.contest.today.moment, made.programme
    rules = plain_rules(programme.rules)
    figures = moment.figures[programme.rules.window_days]
    customers = pd.DataFrame(
        {
            "customer_id": moment.customers,
            "member": programme.member,
            "enters": programme.rules.entry.hold(figures),
            **{name: figures[name].to_numpy() for name in ("spend", "orders", "days")},
            **{name: made.worth.customers[name].to_numpy() for name in ("expected", "low", "high")},
        }
    )
    currency = settings.dataset.currency
    texts_of = {language: rule_texts(rules, language, currency=currency) for language in LANGUAGES}
    card = {
        "rules": rules,
        "window_days": rules["window_days"],
        "months": made.worth.months,
        "level": settings.insiders.interval,
        "currency": currency,
        "texts": {
            kind: {language: texts_of[language][kind] for language in LANGUAGES} for kind in ("entry", "removal")
        },
    }
    return InsidersVersion(data.as_of, customers, card)


def register_insiders(
    version: InsidersVersion, summary: Mapping[str, Any], *, run_id: str
) -> tuple[str, str, list[str]]:
    """Register it; returns its number, the alias that it got, and two ids to try it with: a member and another."""
    customers = version.customers
    inside, outside = (customers.loc[customers["member"] == is_in, "customer_id"] for is_in in (True, False))
    example_ids = [*inside.head(1), *outside.head(1)]
    with tempfile.TemporaryDirectory() as folder:
        code = Path(folder) / registry.CODE
        code.write_text(insiders_code(), encoding="utf-8")
        number, alias = registry.register(
            summary["model"],
            run_id=run_id,
            code=code,
            artifacts=write_insiders(Path(folder), version),
            example_ids=example_ids,
            note=summary_note(summary),
            tags=_tags(summary, run_id),
            signature=registry.INSIDERS_SIGNATURE,
            about=registry.INSIDERS_NOTE,
        )
    return number, alias, example_ids


def summary_note(summary: Mapping[str, Any]) -> str:
    """Markdown: the programme in a few lines, for the run and the version."""
    shop, programme = summary["shop"], summary["programme"]
    texts_ = rule_texts(programme["rules"], "en", currency=shop["currency"])
    lines = [
        f"### Insiders of {shop['title']}, as of {shop['as_of']}",
        "",
        f"**{programme['members']:,}** of {summary['data']['customers']:,} customers "
        f"({programme['entered']:,} enter, {programme['kept']:,} stay).",
        "",
        f"- Enter: {texts_['entry']}.",
        f"- Stay: {texts_['removal']}.",
        f"- Order: {summary['contest']['choice']}; the rules agree with it at {programme['fidelity']:.2f}.",
    ]
    proof = summary["proof"]
    if proof:
        latest = proof["dates"][0]
        low, times, high = latest["times"]
        lines.append(
            f"- Chosen so on {latest['as_of']}, members spent {times:.1f} times as much as others in the next "
            f"{proof['horizon_days']} days ({low:.1f} to {high:.1f})."
        )
    return "\n".join(lines)


def summary_text(summary: Mapping[str, Any]) -> str:
    """The programme for a terminal: rules, size, and the guarantee's table."""
    lines = [summary_note(summary).replace("**", "").replace("### ", ""), ""]
    if summary["proof"]:
        lines.append(plain_table(_guarantee_rows(summary["proof"]), ("group", "share", "ahead", "low", "high")))
    return "\n".join(lines)


def _guarantee_rows(proof: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [
        {"group": row["name"], "share": row["share"][1], "ahead": row["ahead"][1], "low": row["ahead"][0],
         "high": row["ahead"][2]}
        for row in proof["against"]
    ]  # fmt: skip


def _orders(summary: Mapping[str, Any]) -> list[dict[str, Any]]:
    contest = summary["contest"]
    used = contest["model"] if contest["choice"] == "model" else contest["choice"]
    return [
        {
            "name": f"★ {row['name']}" if row["name"] == used else row["name"],
            "params": {"order": row["name"], "kind": "model" if row["is_model"] else "order"},
            "metrics": {key: row[key] for key in ("average_precision", "precision", "share")},
            "tags": {"dataset": summary["shop"]["dataset"], "verdict": "winner" if row["name"] == used else "judged"},
            "files": {},
            "line": None,
        }
        for row in contest["models"]
    ]


def _metrics(summary: Mapping[str, Any]) -> dict[str, float]:
    programme, proof = summary["programme"], summary["proof"]
    metrics = {
        "members": programme["members"],
        "customers": summary["data"]["customers"],
        "fidelity": programme["fidelity"],
        "revenue_share": summary["shares"]["history"]["share"][1],
        **{f"expected_{row['months']}_months": row["members"][1] for row in summary["expected"]["totals"]},
    }
    if summary["replay"]["flapped"] is not None:
        metrics["flapped"] = summary["replay"]["flapped"]
    if proof:
        metrics |= {
            "times_the_rest": proof["dates"][0]["times"][1],
            "permutation_p": proof["chance"]["probability"],
            **{f"next_share_{row['name']}": row["share"][1] for row in proof["against"]},
        }
    return {name: float(value) for name, value in metrics.items()}


def _tags(summary: Mapping[str, Any], run_id: str) -> dict[str, str]:
    shop = summary["shop"]
    return {
        **{key: str(shop[key]) for key in ("dataset", "digest", "as_of")},
        "customers": str(summary["data"]["customers"]),
        "members": str(summary["programme"]["members"]),
        "order": summary["contest"]["choice"],
        "parent_run": run_id,
    }
