"""The aliases of a registered model. There is a champion at all times, also while it moves."""

from mlflow.exceptions import MlflowException
from mlflow.tracking import MlflowClient

from clientela.errors import RegistryError
from clientela.registry.audit import Change, audited
from clientela.registry.lease import hold_lease

CHAMPION, CHALLENGER, PREVIOUS = "champion", "challenger", "previous"


def read_aliases(model: str) -> dict[str, str]:
    """The aliases of a model as alias -> version; empty if the model does not exist."""
    try:
        aliases: dict[str, str] = MlflowClient().get_registered_model(model).aliases
    except MlflowException as error:
        if error.error_code == "RESOURCE_DOES_NOT_EXIST":
            return {}
        raise
    return {name: str(version) for name, version in aliases.items()}


def assign_alias(model: str, version: str) -> str:
    """Give a new version its alias: champion if there is none, challenger otherwise; returns the alias."""
    with hold_lease(model) as lease:
        aliases = read_aliases(model)
        alias = CHALLENGER if CHAMPION in aliases else CHAMPION
        with audited(model, Change("register"), alias=alias, from_version=aliases.get(alias), to_version=version):
            lease.require()
            MlflowClient().set_registered_model_alias(model, alias, version)
    return alias


def require_promotable(model: str, version: str) -> str | None:
    """Check that a version can be promoted.

    Returns:
        The champion, which `version` would replace; None if there is no champion.

    Raises:
        RegistryError: the model or version does not exist, or the version is the champion already.
    """
    client = MlflowClient()
    try:
        client.get_registered_model(model)
    except MlflowException as error:
        if error.error_code != "RESOURCE_DOES_NOT_EXIST":
            raise
        raise RegistryError(
            f"The registry must hold the model {model!r}; it does not. Run a comparison first."
        ) from error
    versions = sorted((str(v.version) for v in client.search_model_versions(f"name = '{model}'")), key=int)
    if version not in versions:
        raise RegistryError(
            f"The version parameter must be one of {', '.join(versions)} of {model}. Got {version!r} instead."
        )
    champion = read_aliases(model).get(CHAMPION)
    if champion == version:
        raise RegistryError(f"Version {version} of {model} is the champion already.")
    return champion


def require_previous(model: str) -> tuple[str, str | None]:
    """Check that there is a version to roll back to.

    Returns:
        The previous version, and the champion.

    Raises:
        RegistryError: there is no previous version, or it is the champion.
    """
    aliases = read_aliases(model)
    previous, champion = aliases.get(PREVIOUS), aliases.get(CHAMPION)
    if previous is None:
        raise RegistryError(
            f"The model {model!r} must have the alias {PREVIOUS}; it does not. No version has been promoted yet."
        )
    if previous == champion:
        raise RegistryError(
            f"The alias {PREVIOUS} must name another version than the champion; both name version {champion}: "
            "the last promotion was interrupted before the champion moved. Promote the version that you want."
        )
    return previous, champion


def move_champion(model: str, version: str, *, champion: str | None, change: Change) -> None:
    """Make `version` the champion; the old champion gets the alias `previous`.

    Args:
        model: name of the registered model.
        version: version of the new champion.
        champion: version of the old champion, with which the new one was compared; None if there is none.
        change: description of the change for the audit.

    Raises:
        RegistryError: another version has become champion, or other processes keep changing the aliases. Nothing is
            changed then.
    """
    client = MlflowClient()
    with (
        hold_lease(model) as lease,
        audited(model, change, alias=CHAMPION, from_version=champion, to_version=version),
    ):
        aliases = read_aliases(model)
        if aliases.get(CHAMPION) != champion:
            raise RegistryError(
                f"The champion of {model} must still be {_version_text(champion)}, with which the new version was "
                f"compared. It is {_version_text(aliases.get(CHAMPION))} now. Nothing was changed; try again."
            )
        # Set before the champion moves: if the process is killed in between, the old champion stays.
        lease.require()
        if champion is not None:
            client.set_registered_model_alias(model, PREVIOUS, champion)
        lease.require()
        client.set_registered_model_alias(model, CHAMPION, version)
        # Also removes the alias that a killed promotion left behind.
        if aliases.get(CHALLENGER) in (version, champion):
            client.delete_registered_model_alias(model, CHALLENGER)


def _version_text(version: str | None) -> str:
    return "none" if version is None else f"version {version}"
