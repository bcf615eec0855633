"""What a version of the Insiders programme holds: its rules, and of every customer whether they are in and why."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
from mlflow.types import DataType

from clientela.errors import RegistryError
from clientela.lookup.index_file import IDS_A_REQUEST, write_arrow, write_index
from clientela.lookup.standalone import standalone
from clientela.registry.signatures import id_signature
from clientela.registry.versions import ModelSpec

MODEL = Path(__file__).with_name("model.py")
ABOUT = """Says of customer ids whether they are members of the Insiders programme, which rule decides, how far
they are from it, and what to expect of them: `POST /invocations` with a column `customer_id`.

Aliases: `champion` is served, `challenger` is the newest version that is not."""
SCHEMA = pa.schema(
    [
        ("customer_id", pa.string()),
        ("member", pa.bool_()),
        ("enters", pa.bool_()),
        *((name, pa.float64()) for name in ("spend", "orders", "days", "expected", "low", "high")),
    ]
)


@dataclass(frozen=True)
class InsidersVersion:
    """A version as it is registered.

    Attributes:
        as_of: of its figures.
        customers: one row a customer: customer_id, member, enters (keeps the conditions to enter), spend, orders and
            days of the window, expected, low and high (currency; NaN where nothing can be expected).
        card: rules, their texts, window_days, months, level, currency.
    """

    as_of: date
    customers: pd.DataFrame
    card: Mapping[str, Any]


def write_version(folder: Path, version: InsidersVersion) -> dict[str, Path]:
    """Write a version's files into `folder`, which exists; returns artifact -> path."""
    paths = {
        "customers": folder / "customers.arrow",
        "index": folder / "index.arrow",
        "programme": folder / "programme.json",
    }
    table = pa.Table.from_pandas(version.customers[SCHEMA.names], schema=SCHEMA, preserve_index=False)
    write_arrow(paths["customers"], table.replace_schema_metadata(None))
    write_index(paths["index"], pa.array(version.customers["customer_id"], pa.string()))
    card = {"as_of": version.as_of.isoformat(), "ids_a_request": IDS_A_REQUEST, **version.card}
    text = json.dumps(card, ensure_ascii=False, indent=2, allow_nan=False)
    paths["programme"].write_text(text, encoding="utf-8")
    return paths


def version_code() -> str:
    """The text of a version's one file of code."""
    return standalone(MODEL)


def model_spec() -> ModelSpec:
    """What MLflow needs to know of the programme's model."""
    answer = {"member": DataType.boolean, "rule": DataType.string, "expected_value": DataType.double}
    return ModelSpec(ABOUT, version_code(), id_signature(answer))


def read_members(folder: Path) -> pd.Series:
    """Whether each customer of a version is a member, by customer_id.

    Raises:
        RegistryError: a file is missing or has another form.
    """
    try:
        with pa.memory_map(str(folder / "customers.arrow")) as file:
            table = pa.ipc.open_file(file).read_all().select(["customer_id", "member"]).to_pandas()
    except (OSError, KeyError, pa.ArrowInvalid) as error:
        raise RegistryError(f"The version of the programme must hold its customers ({error}).") from error
    return table.set_index("customer_id")["member"]
