"""Why a candidate was chosen or rejected, in the language of the report."""

from clientela.reporting.words import Words
from clientela.segmentation.clustering.reason import Reason


def reason_text(reason: str, words: Words) -> str:
    """The reason in the language of the words; a plain text, such as one read from a file, stays as it is."""
    if not isinstance(reason, Reason):
        return reason
    values = {name: _written(value, spec, words) for name, (value, spec) in reason.values.items()}
    return words.text(f"reasons.{reason.code}", **values)


def _written(value: float | str, spec: str, words: Words) -> str:
    """A value in the language of the words, with as many decimals as its format specification asks for."""
    if isinstance(value, str):
        return value
    digits = int(spec.strip(".f%") or 0)
    return words.percent(value, digits) if spec.endswith("%") else words.number(value, digits)
