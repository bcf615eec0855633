"""The data of the Insiders report: plain values that texts, figures and the page read."""

from dataclasses import asdict
from typing import Any

import pandas as pd

from clientela.insiders.backtest import ends
from clientela.insiders.expected_revenue import characteristics, revenue_shares
from clientela.insiders.findings import Made
from clientela.insiders.report.summary import members_list, value_curve
from clientela.insiders.rules import MembershipRules
from clientela.loading import ShopData
from clientela.settings import Settings

SEED = 0  # of the intervals of the shares, which look back: any seed will do


def report_data(settings: Settings, data: ShopData, made: Made, members: pd.DataFrame) -> dict[str, Any]:
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
