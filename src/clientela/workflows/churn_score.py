"""The batch score of churn: every customer of a source with what a registered version foretells, as one table."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd

from clientela.churn.build_version import RegisteredChurn, require_churn_version
from clientela.churn.intake import present_customers, take_in_churn
from clientela.churn.model import band_of, reasons_of
from clientela.churn.version import FROM_TABLE
from clientela.errors import InvalidInput
from clientela.exports import check_destination, write_table
from clientela.settings import LANGUAGES, load_churn

TABLE = "customer_churn"


def score_churn(
    *,
    dataset: str,
    source: str | None,
    customers: str | None,
    as_of: str | None,
    output: str,
    version: str | None,
    language: str,
    seed: int,
    conf: Path,
    echo: Callable[[str], None],
) -> dict[str, Any]:
    """Write one row a customer who may leave: probability, band, whether a call pays, reasons; returns what and where.

    Args:
        dataset: a name in conf/datasets, or the path of a YAML file; the version's.
        source: path of the transactions; the data set's own where None.
        customers: path of the table of customers; the data set's own where None.
        as_of: ISO date; the day after the last transaction where None.
        output: a file or a database (`clientela.exports`).
        version: number in the registry; the champion where None.
        language: of the reasons.
        seed: of what is generated.
        conf: folder of the settings.
        echo: takes the text of each finished step.

    Raises:
        ClientelaError: of the kinds in `clientela.errors`; nothing is written then.
    """
    if language not in LANGUAGES:
        raise InvalidInput(f"The language parameter must be one of {', '.join(LANGUAGES)}. Got {language!r} instead.")
    described, settings = load_churn(dataset, conf=conf)
    check_destination(output, table=TABLE)
    model = require_churn_version(settings.model, dataset=described.name, number=version)
    with duckdb.connect() as connection:
        data = take_in_churn(
            connection, described, settings, source=source, customers=customers, as_of=as_of, seed=seed, echo=echo
        )
        if data.customers_source is None and model.tags.get("label") == FROM_TABLE:
            raise InvalidInput(
                f"The customers parameter must be given: version {model.number} of {settings.model} knows "
                "customers by their table too, and who of them has left. Got none."
            )
        services = model.version.card["services"]
        present, _ = present_customers(connection, data, services=services, active_days=settings.label.active_days)
    table = churn_table(present, model, as_of=data.as_of.isoformat(), language=language)
    written = write_table(table, output, table=TABLE)
    return {"model": settings.model, "version": model.number, "rows": len(table), "output": written, "table": table}


def churn_table(present: pd.DataFrame, model: RegisteredChurn, *, as_of: str, language: str) -> pd.DataFrame:
    """One row a customer, ordered by customer_id, as it is written."""
    card = model.version.card
    judged = model.version.judge(present)
    reasons = ["; ".join(one["text"][language] for one in reasons_of(row, card)) for row in judged.to_dict("records")]
    return pd.DataFrame(
        {
            "customer_id": present["customer_id"],
            "probability": judged["probability"],
            "band": [band_of(value, card["bands"]) for value in judged["probability"].tolist()],
            "call": judged["expected_profit"] > 0,
            "expected_profit": judged["expected_profit"],
            "reasons": reasons,
            "window_days": card["window_days"],
            "as_of": pd.Timestamp(as_of).date(),
            "model_version": int(model.number),
        }
    )
