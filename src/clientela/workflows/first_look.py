"""The first useful answer about an inspected export: the ledger, the quality, and the customers by the RFM rules."""

from dataclasses import replace
from pathlib import Path
from typing import Any

from clientela.data.database import open_database
from clientela.data.inspection.result import Inspection
from clientela.dataset_reading import reading_of
from clientela.features.build import build_features, default_as_of
from clientela.features.rfm_table import rfm_table
from clientela.loading import read_transactions
from clientela.quality.report import quality_report
from clientela.quality.texts import quality_text
from clientela.reporting.inspection import rfm_text
from clientela.reporting.tables import ledger_text
from clientela.reporting.words import Words
from clientela.settings import DatasetSettings, load_reading_defaults, with_quality_limits


def first_look(inspection: Inspection, *, conf: Path) -> str:
    """The ledger, quality and RFM table of an export of transactions that is ready; empty for other ones.

    Args:
        inspection: the inspection.
        conf: settings folder.

    Returns:
        Lines for a terminal.

    Raises:
        InvalidData: cleaning leaves no row.
    """
    if inspection.settings is None:
        return ""
    dataset = _dataset_of(inspection.settings, conf)
    if dataset.kind != "transactions":
        return ""
    with open_database() as connection:
        connection.execute("set enable_progress_bar = false")  # it would be drawn between the printed lines
        source, ledger = read_transactions(connection, dataset, source=None, seed=0)
        day = default_as_of(connection)
        table = rfm_table(build_features(connection, as_of=day))
        reading = replace(reading_of(dataset), from_cells=source.has_cells)
        quality = quality_report(connection, dataset, as_of=day, reading=reading)
    ledger_lines = ledger_text(ledger, title=dataset.title, location=source.location, notes=source.notes)
    quality_lines = quality_text(quality, Words("en", currency=dataset.currency))
    return f"{ledger_lines}\n{quality_lines}\n\n{rfm_text(table, day)}"


def _dataset_of(settings: Any, conf: Path) -> DatasetSettings:
    dataset = DatasetSettings.model_validate(settings).with_defaults(load_reading_defaults(conf=conf))
    return with_quality_limits(dataset, conf=conf)
