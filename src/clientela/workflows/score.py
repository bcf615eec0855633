"""The batch score: every customer of a source with the segment that a registered version gives, as one table."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd

from clientela.errors import InvalidInput
from clientela.exports import check_destination, write_table
from clientela.exports.treatment import assign_treatment
from clientela.intake import Intake, take_in_customers
from clientela.segmentation.build_version import Registered, require_version
from clientela.segmentation.version import FIGURES
from clientela.settings import load_settings


def score(
    *,
    dataset: str,
    source: str | None,
    as_of: str | None,
    output: str,
    version: str | None,
    treatment: float | None,
    language: str,
    seed: int,
    conf: Path,
    echo: Callable[[str], None],
) -> dict[str, Any]:
    """Write one row a customer: segment, as-of date, model version, key figures; returns what was written where.

    Args:
        dataset: a name in conf/datasets, or the path of a YAML file; the version's.
        source: path of the data; the data set's own where None.
        as_of: ISO date; the day after the last transaction where None.
        output: a file or a database (`clientela.exports`).
        version: number in the registry; the champion where None.
        treatment: share of each segment that is to be treated, in (0, 1); no such column where None.
        language: of the segments' names.
        seed: of the demo shop and of the treatment's draw.
        conf: folder of the settings.
        echo: takes the text of each finished step.

    Raises:
        ClientelaError: of the kinds in `clientela.errors`; nothing is written then.
    """
    settings = load_settings(dataset, conf=conf)
    check_destination(output)
    model = require_version(settings.tracking.model, dataset=settings.dataset.name, number=version)
    with duckdb.connect() as connection:
        data = take_in_customers(connection, settings.dataset, source=source, as_of=as_of, seed=seed, echo=echo)
    table = score_table(data, model, language=language, treatment=treatment, seed=seed)
    written = write_table(table, output)
    return {
        "model": settings.tracking.model,
        "version": model.number,
        "rows": len(table),
        "output": written,
        "table": table,
    }


def parse_share(text: str) -> float:
    """The treatment parameter.

    Raises:
        InvalidInput: `text` is no number between 0 and 1.
    """
    try:
        share = float(text)
    except ValueError:
        share = float("nan")
    if not 0 < share < 1:
        raise InvalidInput(f"The treatment parameter must be a share between 0 and 1. Got {text!r} instead.")
    return share


def score_table(data: Intake, model: Registered, *, language: str, treatment: float | None, seed: int) -> pd.DataFrame:
    """One row a customer, ordered by customer_id, as it is written."""
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
