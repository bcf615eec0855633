"""What a version of the churn model holds beside its code: card, customers with their probabilities, pipeline."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from zipfile import BadZipFile

import pandas as pd
import pyarrow as pa
import skops.io
from mlflow.types import ColSpec, DataType
from skops.io.exceptions import UntrustedTypesFoundException

from clientela.churn.model import TRUSTED, ChurnLookup, Judge, customer_rows
from clientela.errors import RegistryError
from clientela.lookup.index_file import write_arrow, write_index
from clientela.lookup.standalone import standalone
from clientela.registry.signatures import id_signature
from clientela.registry.versions import ModelSpec

MODEL = Path(__file__).with_name("model.py")
REQUIREMENTS = ("mlflow", "numpy", "pandas", "pyarrow", "scikit-learn", "scipy", "skops")
ABOUT = """Foretells which customers leave: `POST /invocations` with a column `customer_id`, or with raw features
of new customers.

Aliases: `champion` is served, `challenger` is the newest version that is not."""
# What a version learnt from, as its tag `label` says: the table of customers, or a window without a purchase.
FROM_TABLE, FROM_WINDOW = "table", "window"
FILES = {
    "churn": "churn.json",
    "customers": "customers.arrow",
    "index": "index.arrow",
    "pipeline": "pipeline.skops",
}


@dataclass(frozen=True)
class ChurnVersion:
    """A version as it was registered.

    Attributes:
        card: columns, families, calibration, bands, costs, words, as-of date: plain data (`ChurnLookup` reads it).
        pipeline: fitted on the card's columns.
        customers: one row a customer: customer_id, probability, expected_profit, reasons, the features.
    """

    card: Mapping[str, Any]
    pipeline: Any
    customers: pd.DataFrame

    def judge(self, rows: pd.DataFrame) -> pd.DataFrame:
        """What the version says of customers by their features: one row a row, as in `customers`, without the id.

        Raises:
            RegistryError: the rows lack a feature that the model was fitted on.
        """
        needed = [column["name"] for column in self.card["columns"]]
        if lacking := [name for name in needed if name not in rows]:
            raise RegistryError(
                f"The version's model needs the features {', '.join(lacking)}, which this source cannot fill."
            )
        return customer_rows(Judge(self.card, self.pipeline), self.card, rows)


def write_version(folder: Path, version: ChurnVersion) -> dict[str, Path]:
    """Write a version's files into `folder`, which exists; returns artifact -> path.

    The same version gives the same bytes of card, customers and index; a skops archive holds the time of its writing.
    """
    paths = {name: folder / file for name, file in FILES.items()}
    card = json.dumps(version.card, ensure_ascii=False, indent=2, allow_nan=False)
    paths["churn"].write_text(card, encoding="utf-8")
    table = pa.Table.from_pandas(version.customers, schema=_schema(version), preserve_index=False)
    write_arrow(paths["customers"], table.replace_schema_metadata(None))
    write_index(paths["index"], pa.array(version.customers["customer_id"], pa.string()))
    # skops runs no code when it is loaded.
    skops.io.dump(version.pipeline, paths["pipeline"])
    return paths


def version_code() -> str:
    """The text of a version's one file of code."""
    return standalone(MODEL)


def model_spec(columns: Sequence[Mapping[str, Any]]) -> ModelSpec:
    """What MLflow needs to know of the churn model: it takes an id, or the features.

    Args:
        columns: name and kind ("number" or "category") of each feature.
    """
    types = {"number": DataType.double, "category": DataType.string}
    features = [ColSpec(types[column["kind"]], column["name"], required=False) for column in columns]
    answer = {"probability": DataType.double, "band": DataType.string}
    return ModelSpec(ABOUT, version_code(), id_signature(answer, features=features), REQUIREMENTS)


def read_version(folder: Path) -> ChurnVersion:
    """Read what `write_version` wrote.

    Raises:
        RegistryError: a file is missing or has another form, or the pipeline holds types that are not ours.
    """
    try:
        card = json.loads((folder / FILES["churn"]).read_text(encoding="utf-8"))
        with pa.memory_map(str(folder / FILES["customers"])) as file:
            customers = pa.ipc.open_file(file).read_all().to_pandas()
        return ChurnVersion(card, skops.io.load(folder / FILES["pipeline"], trusted=TRUSTED), customers)
    except UntrustedTypesFoundException as error:
        raise RegistryError(f"The version's pipeline must hold known types only. {error}") from error
    except (OSError, KeyError, TypeError, ValueError, BadZipFile, pa.ArrowInvalid) as error:
        raise RegistryError(
            f"The version must hold a churn model as this release writes it ({error}). "
            "A churn run (mlflow run . -e churn) registers one that does."
        ) from error


def open_lookup(folder: Path) -> ChurnLookup:
    """The pyfunc's own answers on a version's files; nothing of what lies there is run.

    Raises:
        Exception: of many kinds; a file is missing or has another form.
    """
    lookup = ChurnLookup()
    lookup.load_context(SimpleNamespace(artifacts={name: str(folder / file) for name, file in FILES.items()}))
    if len(lookup.index):
        # The first customer must answer: files that do not fit each other show here, and not in a request.
        ids, rows, _ = lookup.find([lookup.index.customers["customer_id"][0].as_py()])
        (answer,) = lookup.answers(ids, rows, detail=True)
        if answer["probability"] is None:
            raise ValueError("the index does not find the first customer")
    return lookup


def _schema(version: ChurnVersion) -> pa.Schema:
    kinds = {column["name"]: column["kind"] for column in version.card["columns"]}

    def type_of(name: str) -> pa.DataType:
        if name == "customer_id" or kinds.get(name) == "category":
            return pa.string()
        return pa.int32() if name.startswith("reason_") else pa.float64()

    return pa.schema([(name, type_of(name)) for name in version.customers.columns])
