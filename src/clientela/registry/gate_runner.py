"""Runs the checks of a version before it becomes champion: its files, a probe in a process, then the product's own."""

from clientela import registry
from clientela.errors import RegistryError
from clientela.registry import CheckResult
from clientela.registry.child import open_in_child
from clientela.registry.contents import check_contents
from clientela.registry.model_kind import LoadedVersion, ModelKind
from clientela.registry.probe import model_code_is_allowed, probe, probe_installed
from clientela.settings import PromotionSettings


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
    served, challenger = check_served(kind, version, limits, force=force)
    if challenger is None:
        return served
    if champion is None:
        return [*served, *kind.first_version_checks]
    try:
        against = _load_champion(kind, champion)
    except RegistryError as error:
        sentence = f"The champion (version {champion}) cannot be read, so nothing can be compared. {error}"
        return [*served, CheckResult("comparable", False, sentence)]
    return served + kind.gate_checks(challenger.summary, against.summary, limits)


def check_served(
    kind: ModelKind, version: str, limits: PromotionSettings, *, force: bool
) -> tuple[list[CheckResult], LoadedVersion | None]:
    """Check that a version holds only known code, loads and answers.

    Args:
        kind: kind of the registered model.
        version: version number.
        limits: limits of the checks.
        force: whether to run code that is not the project's.

    Returns:
        The results of the checks, and the version; None if it cannot be read.
    """
    try:
        with registry.copied(kind.model, version) as found:
            contents = check_contents(found.files, code=kind.code)
            if not (contents.passed or force):
                # Loading the version would run its code.
                return [contents], None
            artifacts, seconds = found.files / "artifacts", limits.seconds_to_load
            if not contents.passed:
                # Files that were not found to be safe cost a process of their own, not this one.
                open_in_child(kind.open, artifacts, read=True, seconds=seconds)
            loaded = kind.load(found, artifacts)
            if model_code_is_allowed():
                return [contents, *probe(found.files, loaded.golden, seconds=seconds)], loaded
            return [contents, *probe_installed(kind.open, artifacts, loaded.golden, seconds=seconds)], loaded
    except RegistryError as error:
        return [CheckResult("loads", False, f"The version must be readable; it is not. {error}")], None


def _load_champion(kind: ModelKind, version: str) -> LoadedVersion:
    found = registry.fetch(kind.model, version=version)
    if found is None:
        raise RegistryError(f"The registry must hold version {version} of {kind.model}; it no longer does.")
    return kind.load(found, found.files)
