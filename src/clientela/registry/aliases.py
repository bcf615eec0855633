"""The aliases of a registered model: `champion` is served, whatever happens while it moves."""

from mlflow.exceptions import MlflowException
from mlflow.tracking import MlflowClient

from clientela.errors import RegistryError
from clientela.registry.audit import Change, audited
from clientela.registry.lease import alone

CHAMPION, CHALLENGER, PREVIOUS = "champion", "challenger", "previous"


def read_aliases(model: str) -> dict[str, str]:
    """Alias -> version; none where there is no such model."""
    try:
        aliases: dict[str, str] = MlflowClient().get_registered_model(model).aliases
    except MlflowException as error:
        if error.error_code == "RESOURCE_DOES_NOT_EXIST":
            return {}
        raise
    return {name: str(version) for name, version in aliases.items()}


def place(model: str, version: str) -> str:
    """Give a new version its alias, champion where there is none and challenger otherwise; returns the alias."""
    with alone(model):
        aliases = read_aliases(model)
        alias = CHALLENGER if CHAMPION in aliases else CHAMPION
        with audited(model, Change("register"), alias=alias, from_version=aliases.get(alias), to_version=version):
            MlflowClient().set_registered_model_alias(model, alias, version)
    return alias


def require_promotable(model: str, version: str) -> str | None:
    """The champion's version, which `version` would replace; None where there is no champion.

    Raises:
        RegistryError: no such model or version, or it is the champion already.
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
    """The previous version, and the champion's.

    Raises:
        RegistryError: there is no previous version, or it is the champion.
    """
    aliases = read_aliases(model)
    previous, champion = aliases.get(PREVIOUS), aliases.get(CHAMPION)
    if previous is None:
        raise RegistryError(
            f"The model {model!r} must have the alias {PREVIOUS}; it does not. Nothing was promoted yet."
        )
    if previous == champion:
        raise RegistryError(
            f"The alias {PREVIOUS} must name another version than the champion; both name version {champion}: "
            "the last promotion was interrupted before the champion moved. Promote the version that is wanted."
        )
    return previous, champion


def move_champion(model: str, version: str, *, champion: str | None, change: Change) -> None:
    """Make `version` the champion in the place of `champion`, which is kept as previous.

    Args:
        model: name of the registered model.
        version: the new champion.
        champion: the old one, None where there is none: what the change was judged against.
        change: what the audit tells of it.

    Raises:
        RegistryError: another version is the champion by now, or others keep changing the aliases. Nothing moves then.
    """
    client = MlflowClient()
    with alone(model), audited(model, change, alias=CHAMPION, from_version=champion, to_version=version):
        aliases = read_aliases(model)
        if aliases.get(CHAMPION) != champion:
            raise RegistryError(
                f"The champion of {model} must be {_told(champion)}, against which the change was judged; "
                f"meanwhile it is {_told(aliases.get(CHAMPION))}. Nothing was moved: ask again."
            )
        # First, so that there is always a champion: killed in between, the old one still is.
        if champion is not None:
            client.set_registered_model_alias(model, PREVIOUS, champion)
        client.set_registered_model_alias(model, CHAMPION, version)
        # Also of a promotion that was killed before it came to this.
        if aliases.get(CHALLENGER) in (version, champion):
            client.delete_registered_model_alias(model, CHALLENGER)


def _told(version: str | None) -> str:
    return "none" if version is None else f"version {version}"
