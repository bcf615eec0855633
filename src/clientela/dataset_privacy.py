"""What the privacy settings of a data set mean for its customer ids and for the files that hold them."""

from pathlib import Path

from clientela.data.privacy import Privacy, Suppression
from clientela.errors import InvalidInput
from clientela.exports.records import Records
from clientela.pseudonyms import PseudonymCard, PseudonymKeyError, Pseudonyms
from clientela.settings import DatasetSettings


def privacy_of(dataset: DatasetSettings) -> Privacy:
    """What becomes of the customer ids of a data set, from its settings, the key, and the list of the forgotten.

    Raises:
        InvalidInput: the key is needed, and missing or another one.
    """
    settings = dataset.privacy
    if settings is None:
        return Privacy()
    fingerprint, forgotten = Records(Path(settings.records)).suppressed()
    if not (settings.pseudonyms or forgotten):
        return Privacy(retention_months=settings.retention_months)
    try:
        keyed = Pseudonyms.from_environment(settings.key)
    except PseudonymKeyError as error:
        reason = "" if settings.pseudonyms else f" {settings.records} lists forgotten customers, who must stay out."
        raise InvalidInput(f"{error}{reason}") from error
    if forgotten and fingerprint != keyed.card["fingerprint"]:
        raise InvalidInput(
            f"The environment variable {settings.key} must hold the key of the list of forgotten customers, with the "
            f"fingerprint {fingerprint}. Got a key with the fingerprint {keyed.card['fingerprint']} instead."
        )
    suppression = Suppression(keyed, frozenset(forgotten)) if forgotten else None
    return Privacy(keyed if settings.pseudonyms else None, suppression, settings.retention_months)


def note_written(dataset: DatasetSettings, *destinations: object) -> None:
    """Note files and tables that hold customers of a data set, so that `forget` finds them; None is left out."""
    if dataset.privacy is not None:
        paths = [one.resolve() if isinstance(one, Path) else one for one in destinations]
        Records(Path(dataset.privacy.records)).note_written(*paths)


def card_of(dataset: DatasetSettings) -> PseudonymCard | None:
    """What a version says about its pseudonyms; None if the data set has none."""
    pseudonyms = privacy_of(dataset).pseudonyms
    return None if pseudonyms is None else pseudonyms.card
