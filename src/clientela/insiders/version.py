"""Writes and reads a registered version of the Insiders programme: its rules, and each customer's membership."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import NotRequired, TypedDict

import pandas as pd
import pyarrow as pa
from mlflow.types import DataType

from clientela.errors import RegistryError
from clientela.insiders.model import InsiderLookup
from clientela.insiders.rules import RulesData
from clientela.lookup.customer_index import read_arrow
from clientela.lookup.index_file import write_arrow, write_index
from clientela.lookup.limits import MAX_IDS_PER_REQUEST
from clientela.lookup.opening import open_lookup as open_files
from clientela.lookup.standalone import standalone
from clientela.pseudonyms import PseudonymCard
from clientela.registry.signatures import id_signature
from clientela.registry.versions import ModelSpec

MODEL = Path(__file__).with_name("model.py")
FILES = {"customers": "customers.arrow", "index": "index.arrow", "programme": "programme.json"}
ABOUT = """For each customer id: whether the customer is a member of the Insiders programme, which rule decides, the
distance to its thresholds, and the expected revenue. Ask with `POST /invocations` and a column `customer_id`.

Aliases: `champion` is served; `challenger` is the newest other version."""
SCHEMA = pa.schema(
    [
        ("customer_id", pa.string()),
        ("member", pa.bool_()),
        ("enters", pa.bool_()),
        *((name, pa.float64()) for name in ("spend", "orders", "days", "expected", "low", "high")),
    ]
)


class ProgrammeCard(TypedDict):
    """The data of a version that is the same for all customers.

    `texts` has the rules in words: "entry" or "removal" -> language -> text. `months` and `level` are those of the
    expected revenue and its interval. `pseudonyms` is the key of the customers' ids, if they are pseudonyms.
    """

    rules: RulesData
    window_days: int
    months: int
    level: float
    currency: str
    texts: Mapping[str, Mapping[str, str]]
    pseudonyms: NotRequired[PseudonymCard | None]


@dataclass(frozen=True)
class InsidersVersion:
    """The content of a registered version.

    Attributes:
        as_of: as-of date of the figures.
        customers: one row per customer: customer_id, member, enters (meets the conditions to enter), spend (currency),
            orders and days of the window, expected, low and high (currency; NaN without value models).
        card: rules, their texts, and what the figures mean.
    """

    as_of: date
    customers: pd.DataFrame
    card: ProgrammeCard


def write_version(folder: Path, version: InsidersVersion) -> dict[str, Path]:
    """Write the files of a version into an existing folder; returns artifact name -> path."""
    paths = {name: folder / file for name, file in FILES.items()}
    table = pa.Table.from_pandas(version.customers[SCHEMA.names], schema=SCHEMA, preserve_index=False)
    write_arrow(paths["customers"], table.replace_schema_metadata(None))
    write_index(paths["index"], pa.array(version.customers["customer_id"], pa.string()))
    card = {"as_of": version.as_of.isoformat(), "ids_a_request": MAX_IDS_PER_REQUEST, **version.card}
    text = json.dumps(card, ensure_ascii=False, indent=2, allow_nan=False)
    paths["programme"].write_text(text, encoding="utf-8")
    return paths


def open_lookup(folder: Path) -> InsiderLookup:
    """The lookup that answers for the version in `folder`; no code of the version is run.

    Raises:
        Exception: of many kinds; a file is missing or has another form.
    """
    return open_files(InsiderLookup(), {name: folder / file for name, file in FILES.items()})


def version_code() -> str:
    """The code file of a version."""
    return standalone(MODEL)


def model_spec() -> ModelSpec:
    """Description, code and signature of the registered model."""
    answer = {"member": DataType.boolean, "rule": DataType.string, "expected_value": DataType.double}
    return ModelSpec(ABOUT, version_code(), id_signature(answer))


def read_version(folder: Path) -> InsidersVersion:
    """Read what `write_version` wrote.

    Raises:
        RegistryError: a file is missing or does not have the expected form.
    """
    try:
        card = json.loads((folder / FILES["programme"]).read_text(encoding="utf-8"))
        as_of = date.fromisoformat(card.pop("as_of"))
        del card["ids_a_request"]
        return InsidersVersion(as_of, _read_customers(folder, SCHEMA.names), card)
    except (OSError, KeyError, TypeError, ValueError, pa.ArrowInvalid) as error:
        raise RegistryError(f"The version of the programme must contain its customers and card ({error}).") from error


def read_members(folder: Path) -> pd.Series:
    """Read whether each customer of a version is a member, by customer_id; the other figures are not read.

    Raises:
        RegistryError: the customers are missing or do not have the expected form.
    """
    try:
        return _read_customers(folder, ["customer_id", "member"]).set_index("customer_id")["member"]
    except (OSError, KeyError, ValueError) as error:
        raise RegistryError(f"The version of the programme must contain its customers ({error}).") from error


def read_key(folder: Path) -> PseudonymCard | None:
    """Read the key of the customers' pseudonyms; None if the ids are the shop's own.

    Raises:
        RegistryError: the card is missing or does not have the expected form.
    """
    try:
        key: PseudonymCard | None = json.loads((folder / FILES["programme"]).read_text(encoding="utf-8")).get(
            "pseudonyms"
        )
        return key
    except (OSError, AttributeError, ValueError) as error:
        raise RegistryError(f"The version of the programme must contain its card ({error}).") from error


def _read_customers(folder: Path, columns: Sequence[str]) -> pd.DataFrame:
    return read_arrow(str(folder / FILES["customers"])).select(list(columns)).to_pandas()
