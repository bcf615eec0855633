"""The registered models whose answers can be written as a table, by the names that the settings give them."""

from pathlib import Path

from clientela.errors import InvalidInput
from clientela.settings import load_churn_model, load_tracking


def which_model(model: str | None, *, conf: Path) -> tuple[str, bool]:
    """The name of the registered model, and whether it is the churn model; None means the segmentation model.

    Raises:
        InvalidInput: another name.
    """
    segments = load_tracking(conf=conf).model
    if model in (None, segments):
        return segments, False
    churn = load_churn_model(conf=conf)
    if model == churn:
        return churn, True
    raise InvalidInput(f"The model parameter must be {segments} or {churn}. Got {model!r} instead.")
