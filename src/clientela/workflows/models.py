"""The registered models by the names that the settings give them."""

from pathlib import Path

from clientela.churn import gate as churn_gate
from clientela.errors import InvalidInput
from clientela.insiders import gate as insiders_gate
from clientela.registry.model_kind import ModelKind
from clientela.segmentation import gate as segments_gate
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


def model_kinds(conf: Path) -> list[ModelKind]:
    """The kinds of all registered models."""
    return [gate.model_kind(conf) for gate in (segments_gate, insiders_gate, churn_gate)]


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
