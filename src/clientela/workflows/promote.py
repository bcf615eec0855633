"""Promotion and rollback: run the checks, move the alias, and write an entry in the audit."""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from clientela import registry
from clientela.churn import gate as churn_gate
from clientela.errors import GateRefusal, InvalidInput, RegistryError
from clientela.insiders import gate as insiders_gate
from clientela.registry import Change, CheckResult
from clientela.registry.audit import check_reason
from clientela.registry.contents import check_contents
from clientela.registry.model_kind import LoadedVersion, ModelKind
from clientela.registry.probe import probe
from clientela.reporting.promotion import gates_text, refusal
from clientela.request import PromotionRequest
from clientela.segmentation import gate as segments_gate
from clientela.settings import PromotionSettings, load_promotion

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
    results, _ = _check_served(kind, version, limits, force=force)
    request.echo(gates_text([asdict(gate) for gate in results]))
    failed = _refuse(kind.model, version, results, force=force)
    change = Change("rollback", reason, forced=bool(failed), gates=results)
    registry.move_champion(kind.model, version, champion=champion, change=change)
    return {"model": kind.model, "version": version, "replaced": champion, "overruled": failed}


def run_checks(
    kind: ModelKind, version: str, *, champion: str | None, limits: PromotionSettings, force: bool
) -> list[CheckResult]:
    """Run the checks of a version.

    Checks against the champion are left out if there is nothing to compare with. Checks that run the version's code are
    left out if the code is not the project's, unless `force` is set.

    Args:
        kind: kind of the registered model.
        version: version number.
        champion: version number of the champion; None if there is none.
        limits: limits of the checks.
        force: whether to run code that is not the project's.

    Returns:
        The result of each check.
    """
    served, challenger = _check_served(kind, version, limits, force=force)
    if challenger is None:
        return served
    if champion is None:
        return [*served, *kind.first_version_checks]
    try:
        against = _champion(kind, champion)
    except RegistryError as error:
        sentence = f"The champion (version {champion}) cannot be read, so nothing can be compared. {error}"
        return [*served, CheckResult("comparable", False, sentence)]
    return served + kind.gate_checks(challenger.summary, against.summary, limits)


def find_kind(model: str | None, *, conf: Path) -> ModelKind:
    """The kind of a registered model by its name; the segments if the name is None or empty.

    Raises:
        InvalidInput: no model has this name.
    """
    known: list[str] = []
    # One after the other: an invalid setting of one model must not prevent the promotion of another.
    for gate in (segments_gate, insiders_gate, churn_gate):
        kind = gate.model_kind(conf)
        if not model or model == kind.model:
            return kind
        known.append(kind.model)
    raise InvalidInput(f"The model parameter must be {', '.join(known[:-1])} or {known[-1]}. Got {model!r} instead.")


def _check_served(
    kind: ModelKind, version: str, limits: PromotionSettings, *, force: bool
) -> tuple[list[CheckResult], LoadedVersion | None]:
    """The results of the checks of contents, loading and answering; and the version, None if it cannot be read."""
    try:
        with registry.copied(kind.model, version) as found:
            contents = check_contents(found.files, code=kind.code)
            if not (contents.passed or force):
                # Loading the version would run its code.
                return [contents], None
            loaded = kind.load(found, found.files / "artifacts")
            return [contents, *probe(found.files, loaded.golden, seconds=limits.seconds_to_load)], loaded
    except RegistryError as error:
        return [CheckResult("loads", False, f"The version must be readable; it is not. {error}")], None


def _champion(kind: ModelKind, version: str) -> LoadedVersion:
    found = registry.fetch(kind.model, version=version)
    if found is None:
        raise RegistryError(f"The registry must hold version {version} of {kind.model}; it no longer does.")
    return kind.load(found, found.files)


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
