"""The batch score: every customer of a source with its segment by a registered version, as one table."""

from typing import Any

from clientela.data.database import open_database
from clientela.dataset_privacy import note_written
from clientela.exports import check_destination, write_table
from clientela.request import RunRequest
from clientela.segmentation.registered import require_version
from clientela.segmentation.score import score_table
from clientela.settings import load_settings
from clientela.shop import load_shop


def score(
    request: RunRequest, *, output: str, version: str | None = None, treatment: float | None = None
) -> dict[str, Any]:
    """Write one row per customer: segment, as-of date, model version, key figures.

    Args:
        request: data set, source, as-of date, seed of the treatment's draw, and the language of the segments' names.
        output: path of a file or URL of a database (`clientela.exports`).
        version: number in the registry; None means the champion.
        treatment: share of each segment to treat, in (0, 1); None adds no such column.

    Returns:
        Model, version, number of rows, output and table.

    Raises:
        ClientelaError: of the kinds in `clientela.errors`; nothing is written then.
    """
    settings = load_settings(request.dataset, conf=request.conf)
    check_destination(output)
    model = require_version(settings.tracking.model, dataset=settings.dataset.name, number=version)
    with open_database(settings.dataset.memory_limit) as connection:
        data = load_shop(connection, settings, request)
    table = score_table(data, model, language=request.language, treatment=treatment, seed=request.seed)
    written = write_table(table, output)
    note_written(settings.dataset, written)
    return {
        "model": settings.tracking.model,
        "version": model.number,
        "rows": len(table),
        "output": written,
        "table": table,
    }
