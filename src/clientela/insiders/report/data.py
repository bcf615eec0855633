"""Builds the data of the Insiders report from the results of a run; computes no statistics."""

import numpy as np
import pandas as pd

from clientela.insiders.compare import RankingComparison
from clientela.insiders.programme import Programme
from clientela.insiders.replay import Month, Replay
from clientela.insiders.report.schema import (
    Assumptions,
    ComparisonSection,
    DataSection,
    ExpectedSection,
    MemberRow,
    ProgrammeSection,
    ReplayMonth,
    ReplaySection,
    ReportData,
    ShopSection,
    SizeSection,
)
from clientela.insiders.results import InsidersResult
from clientela.insiders.rules import rules_data
from clientela.loading import ShopData
from clientela.settings import DatasetSettings, Settings
from clientela.settings.insiders import InsidersSettings


def build_report(settings: Settings, data: ShopData, result: InsidersResult, members: pd.DataFrame) -> ReportData:
    """Build the data of the report.

    Args:
        settings: settings of the run.
        data: cleaned data set.
        result: results of the run.
        members: list of members, the highest expected value first (`members.list_members`).
    """
    programme, insiders = result.programme, settings.insiders
    return {
        "shop": _shop(settings.dataset, data),
        "data": _inputs(data, result),
        "size": _size(result),
        "programme": _programme(programme),
        "replay": _replay(programme.replayed),
        "listed_members": _listed(
            members.head(insiders.list_in_report), first_month=programme.replayed.months[0].as_of.isoformat()
        ),
        "pseudonyms": settings.dataset.has_pseudonyms,
        "traits": result.traits,
        "shares": result.shares,
        "expected": _expected(result),
        "backtest": result.backtest,
        "comparison": _comparison(result.comparison),
        "actions": result.actions,
        "assumptions": _assumptions(insiders),
        "model": insiders.model,
    }


def _shop(dataset: DatasetSettings, data: ShopData) -> ShopSection:
    return {
        "title": dataset.title,
        "dataset": dataset.name,
        "currency": dataset.currency,
        "as_of": data.as_of.isoformat(),
        "location": data.source.location,
        "digest": data.source.digest,
        "homepage": dataset.homepage,
        "licence": dataset.licence,
    }


def _inputs(data: ShopData, result: InsidersResult) -> DataSection:
    return {
        "rows_in": int(data.ledger["rows_left"].iloc[0]),
        "rows_kept": int(data.ledger["rows_left"].iloc[-1]),
        "customers": len(data.features),
        "revenue": float(result.comparison.today.inputs.snapshot.revenue.sum()),
        "first_order": data.period[0].isoformat(),
        "last_order": data.period[1].isoformat(),
    }


def _size(result: InsidersResult) -> SizeSection:
    size = result.size
    return {
        "target": size.customers,
        "criterion": size.criterion,
        "bounds": list(size.bounds) if size.bounds else None,
        "curve": result.curve,
    }


def _programme(programme: Programme) -> ProgrammeSection:
    return {
        "rules": rules_data(programme.rules),
        "members": int(programme.member.sum()),
        "entered": int((programme.member & ~programme.kept).sum()),
        "kept": int(programme.kept.sum()),
        "fidelity": programme.fidelity,
        "given": programme.found is None,
        "looser": programme.looser[-1].share if programme.looser else None,
    }


def _replay(replayed: Replay) -> ReplaySection:
    return {"months": [_month(month) for month in replayed.months], "flapped": replayed.flapped}


def _month(month: Month) -> ReplayMonth:
    return {
        "as_of": month.as_of.isoformat(),
        "customers": month.customers,
        "members": month.members,
        "entered": month.entered,
        "left": month.left,
        "stayed": month.stayed,
    }


def _listed(members: pd.DataFrame, *, first_month: str) -> list[MemberRow]:
    return [
        {
            "customer_id": row["customer_id"],
            "since": row["member_since"].isoformat(),
            "founding": row["member_since"].isoformat() == first_month,
            "kept": row["status"] == "stays",
            "spend": row["spend"],
            "orders": row["orders"],
            "days": row["days_since_last_purchase"],
            "expected": _or_none(row["expected"]),
            "low": _or_none(row["low"]),
            "high": _or_none(row["high"]),
        }
        for row in members.to_dict("records")
    ]


def _or_none(value: float) -> float | None:
    return None if np.isnan(value) else value


def _expected(result: InsidersResult) -> ExpectedSection:
    values = result.values
    return {
        "totals": result.expected.totals,
        "months": result.expected.months,
        "record": result.expected.record,
        "model": values.name if values.expected is not None else "",
        "models": result.set_up.purchase_models,
        "findings": [{"code": one.code, "figures": dict(one.figures)} for one in values.findings],
    }


def _comparison(comparison: RankingComparison) -> ComparisonSection:
    shares = comparison.shares
    return {
        "choice": comparison.choice,
        "chosen_share": shares[comparison.choice].share.value if shares else None,
        "shares": [{"name": name, "share": one.share.as_list()} for name, one in shares.items()],
        "scores": comparison.scores,
        "model": comparison.model,
        "size_share": comparison.size_share,
        "training_dates": [day.isoformat() for day in comparison.training_dates],
    }


def _assumptions(settings: InsidersSettings) -> Assumptions:
    actions = settings.actions
    return {
        "success": actions.success,
        "uplift": actions.uplift,
        "control": actions.control,
        "power": actions.power,
        "significance": actions.significance,
        "interval": settings.interval,
        "draws": settings.draws,
        "tie": settings.ranking.tie,
        "horizon_days": settings.ranking.horizon_days,
    }
