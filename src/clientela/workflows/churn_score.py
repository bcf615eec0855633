"""Batch scoring of churn: a table with a registered version's predictions for every current customer of a source."""

from typing import Any

from clientela.churn.loading import load_churn_data
from clientela.churn.registered import require_version
from clientela.churn.rows import current_customers
from clientela.churn.score import score_table
from clientela.churn.version import FROM_TABLE
from clientela.contracts import LANGUAGES
from clientela.data.database import open_database
from clientela.dataset_privacy import note_written
from clientela.errors import InvalidInput
from clientela.exports import check_destination, write_table
from clientela.request import RunRequest
from clientela.settings import load_churn

TABLE = "customer_churn"


def score_churn(request: RunRequest, *, output: str, version: str | None = None) -> dict[str, Any]:
    """Write one row per current customer: probability, band, whether a call pays, reasons.

    Args:
        request: data set, sources, as-of date, and the language of the reasons.
        output: path of a file or URL of a database (`clientela.exports`).
        version: number in the registry; None means the champion.

    Returns:
        Model, version, number of rows, output and table.

    Raises:
        ClientelaError: of the kinds in `clientela.errors`; nothing is written then.
    """
    if request.language not in LANGUAGES:
        raise InvalidInput(
            f"The language parameter must be one of {', '.join(LANGUAGES)}. Got {request.language!r} instead."
        )
    dataset, settings = load_churn(request.dataset, conf=request.conf)
    check_destination(output, table=TABLE)
    model = require_version(settings.model, dataset=dataset.name, number=version)
    with open_database(dataset.memory_limit) as connection:
        data = load_churn_data(connection, dataset, settings, request)
        if data.customers_source is None and model.tags.get("label") == FROM_TABLE:
            raise InvalidInput(
                f"The customers parameter must be given: version {model.number} of {settings.model} uses "
                "features and labels of the customer table. Got none."
            )
        services = model.version.card["services"]
        current, _ = current_customers(connection, data, services=services, active_days=settings.label.active_days)
    table = score_table(current, model, as_of=data.as_of.isoformat(), language=request.language)
    written = write_table(table, output, table=TABLE)
    note_written(dataset, written)
    return {"model": settings.model, "version": model.number, "rows": len(table), "output": written, "table": table}
