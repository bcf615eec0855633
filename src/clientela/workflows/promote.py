"""Promotion and rollback: run the checks, move the alias, and write an entry in the audit."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from clientela import registry
from clientela.errors import GateRefusal, InvalidInput
from clientela.registry import Change, CheckResult
from clientela.registry.audit import check_reason
from clientela.registry.gate_runner import check_served, run_checks
from clientela.reporting.promotion import gates_text, refusal
from clientela.request import PromotionRequest
from clientela.settings import load_promotion
from clientela.workflows.models import find_kind

# Required even with --force.
NEVER_FORCED = ("loads", "answers")


def promote(version: str, request: PromotionRequest) -> dict[str, Any]:
    """Make a version the champion if it passes the gate.

    Args:
        version: version number.
        request: model, reason, and whether failed checks are overruled (`loads` and `answers` never are).

    Returns:
        The keys model, version, replaced (the old champion) and overruled (names of the failed checks).

    Raises:
        GateRefusal: a check failed; nothing is changed.
        RegistryError: the version does not exist, is the champion, or another version became champion meanwhile;
            nothing is changed.
        InvalidInput: force without a reason, or an invalid reason.
    """
    kind, limits = find_kind(request.model, conf=request.conf), load_promotion(conf=request.conf)
    reason, force = _check_force(request), request.force
    champion = registry.require_promotable(kind.model, version)
    results = run_checks(kind, version, champion=champion, limits=limits, force=force)
    request.echo(gates_text([asdict(gate) for gate in results]))
    failed = _refuse(kind.model, version, results, force=force)
    change = Change("promote", reason, forced=bool(failed), gates=results)
    registry.move_champion(kind.model, version, champion=champion, change=change)
    return {"model": kind.model, "version": version, "replaced": champion, "overruled": failed}


def rollback(request: PromotionRequest) -> dict[str, Any]:
    """Make the previous version the champion again if it can be served.

    It was champion before, so it is not compared with the version that it replaces.

    Args:
        request: model, reason, and whether to run code that is not the project's.

    Returns:
        The same keys as `promote`.

    Raises:
        GateRefusal: the version has unknown code, does not load or does not answer; nothing is changed.
        RegistryError: there is no previous version, or another version became champion meanwhile; nothing is changed.
        InvalidInput: force without a reason, or an invalid reason.
    """
    kind, limits = find_kind(request.model, conf=request.conf), load_promotion(conf=request.conf)
    reason, force = _check_force(request), request.force
    version, champion = registry.require_previous(kind.model)
    results, _ = check_served(kind, version, limits, force=force)
    request.echo(gates_text([asdict(gate) for gate in results]))
    failed = _refuse(kind.model, version, results, force=force)
    change = Change("rollback", reason, forced=bool(failed), gates=results)
    registry.move_champion(kind.model, version, champion=champion, change=change)
    return {"model": kind.model, "version": version, "replaced": champion, "overruled": failed}


def _check_force(request: PromotionRequest) -> str | None:
    """The reason for the audit."""
    reason = check_reason(request.reason)
    if request.force and not reason:
        raise InvalidInput("The reason parameter must say why the gate is overruled if force is given. Got none.")
    return reason


def _refuse(model: str, version: str, results: Sequence[CheckResult], *, force: bool) -> list[str]:
    """The names of the failed checks that force overrules; raises if a check must not fail."""
    failed = [gate for gate in results if not gate.passed]
    can_force = all(gate.name not in NEVER_FORCED for gate in failed)
    if failed and not (force and can_force):
        raise GateRefusal(
            refusal(model, version, [asdict(gate) for gate in failed], of=len(results), can_force=can_force)
        )
    return [gate.name for gate in failed]
