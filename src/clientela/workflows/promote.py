"""Promotion and rollback: the gate, then the alias, with an entry in the audit."""

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
INDISPENSABLE = ("loads", "answers")


def promote(version: str, request: PromotionRequest) -> dict[str, Any]:
    """Make a version the champion, if it passes the gate; returns model, version, the replaced one, what was forced.

    Args:
        version: number in the registry.
        request: model, reason, and whether failed checks are overruled (except that it loads and answers).

    Raises:
        GateRefusal: a check failed; nothing is changed.
        RegistryError: no such version, it is the champion, or another became champion meanwhile; nothing is changed.
        InvalidInput: force without a reason, or a reason that cannot be kept.
    """
    kind, limits = which_kind(request.model, conf=request.conf), load_promotion(conf=request.conf)
    reason, force = _check_force(request), request.force
    champion = registry.require_promotable(kind.model, version)
    results = judge(kind, version, champion=champion, limits=limits, force=force)
    request.echo(gates_text([asdict(gate) for gate in results]))
    failed = _refuse(kind.model, version, results, force=force)
    change = Change("promote", reason, forced=bool(failed), gates=results)
    registry.move_champion(kind.model, version, champion=champion, change=change)
    return {"model": kind.model, "version": version, "replaced": champion, "overruled": failed}


def rollback(request: PromotionRequest) -> dict[str, Any]:
    """Make the previous version champion again, if it can be served; returns what `promote` does.

    It was champion before, so it is not compared with the one that it replaces. With force, code that is not the
    project's is run, too.

    Raises:
        GateRefusal: it holds other code, does not load or does not answer; nothing is changed.
        RegistryError: there is no previous version, or another became champion meanwhile; nothing is changed.
        InvalidInput: force without a reason, or a reason that cannot be kept.
    """
    kind, limits = which_kind(request.model, conf=request.conf), load_promotion(conf=request.conf)
    reason, force = _check_force(request), request.force
    version, champion = registry.require_previous(kind.model)
    results, _ = _served(kind, version, limits, force=force)
    request.echo(gates_text([asdict(gate) for gate in results]))
    failed = _refuse(kind.model, version, results, force=force)
    change = Change("rollback", reason, forced=bool(failed), gates=results)
    registry.move_champion(kind.model, version, champion=champion, change=change)
    return {"model": kind.model, "version": version, "replaced": champion, "overruled": failed}


def judge(
    kind: ModelKind, version: str, *, champion: str | None, limits: PromotionSettings, force: bool
) -> list[CheckResult]:
    """The results of all checks of a version.

    Those against the champion are left out where nothing can be compared, and all that would run the version's code
    where that is not the project's and `force` does not say to run it.
    """
    served, challenger = _served(kind, version, limits, force=force)
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


def which_kind(model: str | None, *, conf: Path) -> ModelKind:
    """The kind of a registered model by its name; the segments' where it is None or empty.

    Raises:
        InvalidInput: there is none of this name.
    """
    known: list[str] = []
    # One after the other: a mistake in the settings of one model is no reason not to promote another.
    for gate in (segments_gate, insiders_gate, churn_gate):
        kind = gate.model_kind(conf)
        if not model or model == kind.model:
            return kind
        known.append(kind.model)
    raise InvalidInput(f"The model parameter must be {', '.join(known[:-1])} or {known[-1]}. Got {model!r} instead.")


def _served(
    kind: ModelKind, version: str, limits: PromotionSettings, *, force: bool
) -> tuple[list[CheckResult], LoadedVersion | None]:
    """Whether the version holds what it may, loads and answers, and the version; None where it cannot even be read."""
    try:
        with registry.copied(kind.model, version) as found:
            contents = check_contents(found.files, code=kind.code)
            if not (contents.passed or force):
                # To load it would run it.
                return [contents], None
            loaded = kind.load(found, found.files / "artifacts")
            return [contents, *probe(found.files, loaded.golden, seconds=limits.seconds_to_load)], loaded
    except RegistryError as error:
        return [CheckResult("loads", False, f"It must be readable; it is not. {error}")], None


def _champion(kind: ModelKind, version: str) -> LoadedVersion:
    found = registry.fetch(kind.model, version=version)
    if found is None:
        raise RegistryError(f"The registry must hold version {version} of {kind.model}; it does not any more.")
    return kind.load(found, found.files)


def _check_force(request: PromotionRequest) -> str | None:
    """The reason, as it is kept in the audit."""
    reason = check_reason(request.reason)
    if request.force and not reason:
        raise InvalidInput("The reason parameter must say why the gate is overruled, where force is given. Got none.")
    return reason


def _refuse(model: str, version: str, results: Sequence[CheckResult], *, force: bool) -> list[str]:
    """The names of the failed checks that force overrules."""
    failed = [gate for gate in results if not gate.passed]
    hopeless = any(gate.name in INDISPENSABLE for gate in failed)
    if failed and (hopeless or not force):
        raise GateRefusal(
            refusal(model, version, [asdict(gate) for gate in failed], of=len(results), hopeless=hopeless)
        )
    return [gate.name for gate in failed]
