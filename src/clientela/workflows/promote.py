"""Promotion and rollback: the gate, then the alias, with an entry in the audit."""

from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from clientela import registry
from clientela.errors import GateRefusal, InvalidInput, RegistryError
from clientela.registry import Change, Gate, Side, gates
from clientela.registry.audit import check_reason
from clientela.registry.probe import golden_request, probe
from clientela.reports.promotion import gates_text, refusal
from clientela.serving.index import Version, read_version
from clientela.settings import PromotionSettings, load_promotion
from clientela.workflows.churn_promote import judge_churn, served_churn
from clientela.workflows.models import which_model

# Whoever serves a version that fails these serves nobody: no force helps.
INDISPENSABLE = ("loads", "answers")


def promote(
    *, version: str, force: bool, reason: str | None, conf: Path, echo: Callable[[str], None], model: str | None = None
) -> dict[str, Any]:
    """Make a version the champion, if it passes the gate; returns model, version, the replaced one, what was forced.

    Args:
        version: number in the registry.
        force: overrule failed checks, except that it loads and answers; needs a reason.
        reason: for the audit.
        conf: folder of the settings.
        echo: takes the results of the checks.
        model: name of the registered model; the segments' where None.

    Raises:
        GateRefusal: a check failed; nothing is changed.
        RegistryError: no such version, it is the champion, or another became champion meanwhile; nothing is changed.
        InvalidInput: force without a reason, or a reason that cannot be kept.
    """
    (model, is_churn), limits = which_model(model, conf=conf), load_promotion(conf=conf)
    reason = check_reason(reason)
    if force and not reason:
        raise InvalidInput("The reason parameter must say why the gate is overruled, where force is given. Got none.")
    champion = registry.require_promotable(model, version)
    results = (judge_churn if is_churn else judge)(model, version, champion=champion, limits=limits)
    echo(gates_text([asdict(gate) for gate in results]))
    failed = _refuse(model, version, results, force=force)
    change = Change("promote", reason, forced=bool(failed), gates=results)
    registry.move_champion(model, version, champion=champion, change=change)
    return {"model": model, "version": version, "replaced": champion, "overruled": failed}


def rollback(
    *, reason: str | None, conf: Path, echo: Callable[[str], None], model: str | None = None
) -> dict[str, Any]:
    """Make the previous version champion again, if it can be served; returns model, version and the replaced one.

    It was champion before, so it is not compared with the one that it replaces.

    Args:
        reason: for the audit.
        conf: folder of the settings.
        echo: takes the results of the checks.
        model: name of the registered model; the segments' where None.

    Raises:
        GateRefusal: it does not load or does not answer; nothing is changed.
        RegistryError: there is no previous version, or another became champion meanwhile; nothing is changed.
        InvalidInput: a reason that cannot be kept.
    """
    (model, is_churn), limits = which_model(model, conf=conf), load_promotion(conf=conf)
    reason = check_reason(reason)
    version, champion = registry.require_previous(model)
    results, _ = served_churn(model, version, limits) if is_churn else _served(model, version, limits)
    echo(gates_text([asdict(gate) for gate in results]))
    _refuse(model, version, results, force=False)
    registry.move_champion(model, version, champion=champion, change=Change("rollback", reason, gates=results))
    return {"model": model, "version": version, "replaced": champion}


def judge(model: str, version: str, *, champion: str | None, limits: PromotionSettings) -> list[Gate]:
    """The results of all checks of a version; those against the champion are left out where nothing can be compared."""
    served, challenger = _served(model, version, limits)
    if challenger is None:
        return served
    if champion is None:
        return served + gates.no_champion()
    try:
        against = _side(*_read(model, champion))
    except RegistryError as error:
        sentence = f"The champion (version {champion}) cannot be read, so nothing can be compared. {error}"
        return [*served, Gate("comparable", False, sentence)]
    return served + gates.compare(
        challenger,
        against,
        covers=limits.covers,
        worse_by=limits.worse_by.model_dump(),
        continued=limits.continued,
        least_overlap=limits.least_overlap,
        moved=limits.moved,
        redrawn=_redrawn(challenger, against),
    )


def _served(model: str, version: str, limits: PromotionSettings) -> tuple[list[Gate], Side | None]:
    """Whether the version loads and answers, and the version; None where it cannot even be read."""
    try:
        found, content = _read(model, version)
    except RegistryError as error:
        return [Gate("loads", False, f"It must be readable; it is not. {error}")], None
    side = _side(found, content)
    names = {segment["id"]: segment["name"]["en"] for segment in content.segments}
    golden = golden_request(side.segment_of, names)
    return probe(model, version, golden, seconds=limits.seconds_to_load), side


def _read(model: str, version: str) -> tuple[registry.Registered, Version]:
    found = registry.fetch(model, version=version)
    if found is None:
        raise RegistryError(f"The registry must hold version {version} of {model}; it does not any more.")
    return found, read_version(found.files)


def _side(found: registry.Registered, content: Version) -> Side:
    segment_of = content.customers.set_index("customer_id")["segment_id"]
    return Side(found.number, found.tags, content.as_of, segment_of)


def _redrawn(challenger: Side, champion: Side) -> float | None:
    if gates.have_same_clusters(challenger, champion):
        return 0.0
    if not gates.continues(challenger, champion):
        return None
    # Of all that a version's run has seen, its files keep only some figures: the run alone knows.
    return registry.run_metrics(challenger.tags.get("parent_run", "")).get("redrawn_share")


def _refuse(model: str, version: str, results: Sequence[Gate], *, force: bool) -> list[str]:
    """The names of the failed checks that force overrules."""
    failed = [gate for gate in results if not gate.passed]
    hopeless = any(gate.name in INDISPENSABLE for gate in failed)
    if failed and (hopeless or not force):
        raise GateRefusal(
            refusal(model, version, [asdict(gate) for gate in failed], of=len(results), hopeless=hopeless)
        )
    return [gate.name for gate in failed]
