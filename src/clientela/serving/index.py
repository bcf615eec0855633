"""What a model version holds beside its code: who is in which segment, and what the segments are."""

import json
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import skops.io

from clientela.contracts import SEGMENTS

PYFUNC = Path(__file__).with_name("pyfunc.py")
IDS_A_REQUEST = 100_000  # about 4 MB of JSON; a larger batch belongs into a batch job
FIGURES = SEGMENTS.names[2:]


def write_version(
    folder: Path,
    *,
    customers: pd.DataFrame,
    segments: Sequence[Mapping[str, Any]],
    clustering: Mapping[str, Any],
    as_of: date,
) -> dict[str, Path]:
    """Write a version's files into `folder`; returns artifact -> path.

    The same input gives the same bytes of customers and segments; a skops archive holds the time of its writing.

    Args:
        folder: an existing folder.
        customers: the Segments contract.
        segments: what the segments are, in order of value, with their texts and shares.
        clustering: the fitted scaler and predictor, and the segment id of each label, for refreshes; kept as skops,
            which runs no code when it is loaded.
        as_of: of the features.
    """
    paths = {
        "customers": folder / "customers.arrow",
        "segments": folder / "segments.json",
        "clustering": folder / "clustering.skops",
    }
    _write_customers(paths["customers"], customers)
    _write_card(paths["segments"], segments=segments, as_of=as_of)
    skops.io.dump(dict(clustering), paths["clustering"])
    return paths


def _write_customers(path: Path, customers: pd.DataFrame) -> None:
    # Uncompressed, so that it opens in place.
    schema = pa.schema(
        [("customer_id", pa.string()), ("segment_id", pa.int32()), *((name, pa.float64()) for name in FIGURES)]
    )
    table = pa.Table.from_pandas(customers[list(SEGMENTS.names)], schema=schema, preserve_index=False)
    with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, schema) as writer:
        writer.write_table(table)


def _write_card(path: Path, *, segments: Sequence[Mapping[str, Any]], as_of: date) -> None:
    card = {
        "as_of": as_of.isoformat(),
        "ids_a_request": IDS_A_REQUEST,
        "figures": FIGURES,
        "segments": list(segments),
    }
    path.write_text(json.dumps(card, ensure_ascii=False, indent=2), encoding="utf-8")
