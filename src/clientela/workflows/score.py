"""The batch score: every customer of a source with its segment by a registered version, as one table."""

from typing import Any

import duckdb
import pandas as pd

from clientela.errors import InvalidInput
from clientela.exports import check_destination, write_table
from clientela.exports.treatment import assign_treatment
from clientela.loading import ShopData, load_transactions
from clientela.request import RunRequest
from clientela.segmentation.build_version import Registered, require_version
from clientela.segmentation.version import FIGURES
from clientela.settings import load_settings


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
    with duckdb.connect() as connection:
        data = load_transactions(connection, settings.dataset, request)
    table = score_table(data, model, language=request.language, treatment=treatment, seed=request.seed)
    written = write_table(table, output)
    return {
        "model": settings.tracking.model,
        "version": model.number,
        "rows": len(table),
        "output": written,
        "table": table,
    }


def parse_share(text: str) -> float:
    """Parse the treatment parameter.

    Raises:
        InvalidInput: `text` is not a number between 0 and 1.
    """
    try:
        share = float(text)
    except ValueError:
        share = float("nan")
    if not 0 < share < 1:
        raise InvalidInput(f"The treatment parameter must be a share between 0 and 1. Got {text!r} instead.")
    return share


def score_table(
    data: ShopData, model: Registered, *, language: str, treatment: float | None, seed: int
) -> pd.DataFrame:
    """The table that is written: one row per customer, ordered by customer_id.

    Args:
        data: customer features as of one date.
        model: registered segmentation version.
        language: language of the segments' names.
        treatment: share of each segment to treat, in (0, 1); None adds no column.
        seed: random seed of the treatment's draw.
    """
    ids = model.version.assign(data.features)
    name_of = {segment["id"]: segment["name"][language] for segment in model.version.segments}
    table = pd.DataFrame(
        {
            "customer_id": data.features["customer_id"],
            "segment_id": ids,
            "segment": [name_of[id_] for id_ in ids.tolist()],
            "as_of": pd.Timestamp(data.as_of).date(),
            "model_version": int(model.number),
            **{name: data.features[name] for name in FIGURES},
        }
    )
    if treatment is not None:
        table["arm"] = assign_treatment(table["customer_id"].tolist(), ids.tolist(), share=treatment, seed=seed)
    return table
