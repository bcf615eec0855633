"""Promotion of the Insiders programme: its own checks, the same alias, lock and audit as the segments' model."""

from collections.abc import Callable
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd

from clientela import registry
from clientela.errors import GateRefusal, InvalidInput, RegistryError
from clientela.registry import Change, Gate, Side, gates
from clientela.registry.audit import check_reason
from clientela.registry.probe import GoldenMembers, probe
from clientela.reports.promotion import gates_text, refusal
from clientela.serving.insiders_index import read_members
from clientela.settings import load_insiders, load_promotion, load_tracking
from clientela.workflows.promote import INDISPENSABLE

ASKED = 20  # members, and as many others, whose answers are checked


def promote_insiders(
    *, version: str, force: bool, reason: str | None, conf: Path, echo: Callable[[str], None]
) -> dict[str, Any]:
    """Make a version of the programme the champion, if it passes the gate; returns what `promote` returns.

    Checked are that it loads and answers in a clean process, is of the champion's data set, knows its customers, is as
    recent. That members enter and leave is what the programme is for: how many did is told, and stops nothing.

    Args:
        version: number in the registry.
        force: overrule failed checks, except that it loads and answers; needs a reason.
        reason: for the audit.
        conf: folder of the settings.
        echo: takes the results of the checks.

    Raises:
        GateRefusal: a check failed; nothing is changed.
        RegistryError: no such version, it is the champion, or another became champion meanwhile; nothing is changed.
        InvalidInput: force without a reason, or a reason that cannot be kept.
    """
    model, limits, reason = load_insiders(conf=conf).model, load_promotion(conf=conf), check_reason(reason)
    if force and not reason:
        raise InvalidInput("The reason parameter must say why the gate is overruled, where force is given. Got none.")
    champion = registry.require_promotable(model, version)
    challenger = _side(model, version)
    results = probe(model, version, golden_members(challenger.segment_of), seconds=limits.seconds_to_load)
    if champion is not None:
        against = _side(model, champion)
        results += [
            gates.compares(challenger, against),
            gates.knows_the_customers(challenger, against, least=limits.covers),
            gates.is_fresh(challenger, against),
        ]
        echo(_moves(challenger.segment_of, against.segment_of))
    echo(gates_text([asdict(gate) for gate in results]))
    failed = [gate for gate in results if not gate.passed]
    _refuse(model, version, failed, of=len(results), force=force)
    change = Change("promote", reason, forced=bool(failed), gates=results)
    registry.move_champion(model, version, champion=champion, change=change)
    overruled = [gate.name for gate in failed]
    return {"model": model, "version": version, "replaced": champion, "overruled": overruled}


def is_programme(model: str, *, conf: Path) -> bool:
    """Whether a registered model is the programme's; the segments' where it is empty.

    Raises:
        InvalidInput: it is none of the two.
    """
    segments, programme = load_tracking(conf=conf).model, load_insiders(conf=conf).model
    if model not in ("", segments, programme):
        raise InvalidInput(f"The model parameter must be {segments} or {programme}. Got {model!r} instead.")
    return model == programme


def golden_members(member_of: pd.Series) -> GoldenMembers:
    """The first members and the first others of a version's table, and an id that nobody has."""
    chosen = pd.concat([member_of[member_of].head(ASKED), member_of[~member_of].head(ASKED)])
    unknown = "nobody"
    while unknown in member_of.index:
        unknown += "-"
    return GoldenMembers({str(id_): bool(member) for id_, member in chosen.items()}, unknown)


def _side(model: str, version: str) -> Side:
    found = registry.fetch(model, version=version)
    if found is None:
        raise RegistryError(f"The registry must hold version {version} of {model}; it does not any more.")
    return Side(found.number, found.tags, date.fromisoformat(found.tags["as_of"]), read_members(found.files))


def _moves(now: pd.Series, before: pd.Series) -> str:
    was = before.reindex(now.index, fill_value=False)
    entered, left = int((now & ~was).sum()), int((was & ~now).sum())
    return f"{int(now.sum()):,} members: {entered:,} enter and {left:,} leave against the champion."


def _refuse(model: str, version: str, failed: list[Gate], *, of: int, force: bool) -> None:
    hopeless = any(gate.name in INDISPENSABLE for gate in failed)
    if failed and (hopeless or not force):
        raise GateRefusal(refusal(model, version, [asdict(gate) for gate in failed], of=of, hopeless=hopeless))
