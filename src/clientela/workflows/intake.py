"""The way in: a source read and cleaned on a DuckDB connection, with its ledger."""

from pathlib import Path

import duckdb
import pandas as pd

from clientela.data.cleaning import Rule, clean
from clientela.data.readers import Source, read_source
from clientela.errors import InvalidInput
from clientela.settings import DatasetSettings


def take_in(
    connection: duckdb.DuckDBPyConnection,
    dataset: DatasetSettings,
    *,
    source: str | None,
    seed: int,
    rejected: Path | None = None,
) -> tuple[Source, pd.DataFrame]:
    """Fill the tables `transactions` and `cancellations`; returns what was read and the ledger.

    Args:
        connection: where the tables are made.
        dataset: its settings.
        source: path of the data; the data set's own where None.
        seed: of the demo shop.
        rejected: where the rejected rows are written (Parquet), if anywhere.

    Raises:
        InvalidInput: neither the parameter nor the settings name a source.
        InvalidData: the source cannot be read, lacks a column, or nothing is left of it.
    """
    location = source or dataset.source
    if not location:
        raise InvalidInput(f"The source parameter must be the path of {dataset.title} ({dataset.homepage}). Got none.")
    read = read_source(connection, location, seed=seed)
    clean(
        connection,
        columns=dataset.columns,
        rules=[Rule(rule.rule, rule.codes, rule.prefix) for rule in dataset.cleaning],
        timestamp_format=dataset.timestamp_format,
    )
    if rejected:
        connection.sql("select * from rejected").write_parquet(str(rejected))
    ledger = connection.execute("select * from ledger order by step").df()
    return read, ledger.astype({"money_out": "float64", "money_left": "float64"})
