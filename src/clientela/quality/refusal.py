"""Findings that stop a run, as the data set's file says."""

from clientela.errors import InvalidData
from clientela.quality.columns import ColumnQuality
from clientela.quality.findings import Finding, is_warning
from clientela.quality.report import QualityReport
from clientela.quality.texts import finding_sentence
from clientela.reporting.words import Words
from clientela.settings import DatasetSettings


def refuse_findings(report: QualityReport, dataset: DatasetSettings) -> None:
    """Stop a run whose data have findings that the data set's file does not accept.

    Args:
        report: quality report of the data.
        dataset: settings of the data set, with `quality`.

    Raises:
        InvalidData: a column has more missing values than `max_missing` allows, or there is a warning of a kind in
            `fail_on`. The message names the rule and the values.
    """
    own = dataset.quality
    for column in report["columns"]:
        if (most := own.max_missing.get(column["column"])) is not None and 1 - column["filled"] > most:
            raise InvalidData(_missing(column, most))
    words = Words("en", currency=dataset.currency)
    refused = [finding for finding in report["findings"] if is_warning(finding) and finding["kind"] in own.fail_on]
    if refused:
        raise InvalidData(_refusal(refused, words))


def _missing(column: ColumnQuality, most: float) -> str:
    return (
        f"At most {most:.1%} of the rows may lack a value in the column {column['source']!r} (quality.max_missing of "
        f"{column['column']}). Got {1 - column['filled']:.1%}."
    )


def _refusal(refused: list[Finding], words: Words) -> str:
    kinds = ", ".join(sorted({finding["kind"] for finding in refused}))
    sentences = " ".join(finding_sentence(finding, words) for finding in refused)
    return f"The data must have no finding of the kinds in quality.fail_on. Got {len(refused)} ({kinds}): {sentences}"
