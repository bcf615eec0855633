"""Writes and reads a registered version of the churn model: its card, pipeline and customers."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import pandas as pd
import pyarrow as pa
import skops.io
from mlflow.types import ColSpec, DataType
from skops.io.exceptions import UntrustedTypesFoundException

from clientela.churn.model import TRUSTED, ChurnLookup
from clientela.churn.scorer import ChurnScorer, customer_rows
from clientela.churn.trees import check_trees
from clientela.errors import RegistryError
from clientela.lookup.customer_index import read_arrow
from clientela.lookup.index_file import write_arrow, write_index
from clientela.lookup.opening import open_lookup as open_files
from clientela.lookup.standalone import standalone
from clientela.registry.archives import check_archive
from clientela.registry.signatures import id_signature
from clientela.registry.versions import ModelSpec

MODEL = Path(__file__).with_name("model.py")
# Modules that the model imports from this package; they become part of the version's code file.
PARTS = (MODEL.with_name("scorer.py"), MODEL.with_name("reasons.py"))
REQUIREMENTS = ("mlflow", "numpy", "pandas", "pyarrow", "scikit-learn", "scipy", "skops")
ABOUT = """Predicts which customers leave: `POST /invocations` with a column `customer_id`, or with raw features
of new customers.

Aliases: `champion` is served, `challenger` is the newest other version."""
# Where the labels of a version come from (its tag `label`): the customer table, or a window without a purchase.
FROM_TABLE, FROM_WINDOW = "table", "window"
FILES = {
    "churn": "churn.json",
    "customers": "customers.arrow",
    "index": "index.arrow",
    "pipeline": "pipeline.skops",
}


@dataclass(frozen=True)
class ChurnVersion:
    """The content of a version.

    Attributes:
        card: columns, families, calibration, bands, costs, words and as-of date as plain data (`ChurnLookup` reads it).
        pipeline: scikit-learn pipeline, fitted on the card's columns.
        customers: one row per customer: customer_id, probability, expected_profit, reasons with effects, features.
    """

    card: Mapping[str, Any]
    pipeline: Any
    customers: pd.DataFrame

    def predict(self, rows: pd.DataFrame) -> pd.DataFrame:
        """Predict customers from their features.

        The result has one row per input row and the columns of `customers` except the id.

        Raises:
            RegistryError: the rows lack a feature of the model.
        """
        needed = [column["name"] for column in self.card["columns"]]
        if lacking := [name for name in needed if name not in rows]:
            raise RegistryError(
                f"The version's model needs the features {', '.join(lacking)}, which this source cannot fill."
            )
        return customer_rows(ChurnScorer(self.card, self.pipeline), self.card, rows)


def write_version(folder: Path, version: ChurnVersion) -> dict[str, Path]:
    """Write a version's files into `folder`, which exists; returns artifact -> path.

    The same version gives the same bytes of card, customers and index; a skops archive contains the time of writing.
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


def open_lookup(folder: Path) -> ChurnLookup:
    """The lookup that answers for the version in `folder`; no code of the version is run.

    Raises:
        Exception: a file is missing or does not have the expected form; the type depends on the file.
    """
    check_archive(folder / FILES["pipeline"])
    lookup = open_files(ChurnLookup(), {name: folder / file for name, file in FILES.items()})
    check_trees(lookup.scorer.pipeline)
    # One customer with typical figures: a pipeline that does not predict fails here and not in a request.
    lookup.predict_features(pd.DataFrame([lookup.scorer.typical], dtype=object), detail=True)
    return lookup


def version_code() -> str:
    """The code file of a version."""
    return standalone(MODEL, parts=PARTS)


def model_spec(columns: Sequence[Mapping[str, Any]]) -> ModelSpec:
    """Description, code and signature of the registered model; its input is an id, or the features.

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
        RegistryError: a file is missing or has another form, or the pipeline contains an unknown type.
    """
    try:
        card = json.loads((folder / FILES["churn"]).read_text(encoding="utf-8"))
        customers = read_arrow(str(folder / FILES["customers"])).to_pandas()
        check_archive(folder / FILES["pipeline"])
        pipeline = skops.io.load(folder / FILES["pipeline"], trusted=TRUSTED)
        check_trees(pipeline)
        return ChurnVersion(card, pipeline, customers)
    except UntrustedTypesFoundException as error:
        raise RegistryError(f"The version's pipeline must hold known types only. {error}") from error
    except (OSError, KeyError, TypeError, ValueError, BadZipFile, pa.ArrowInvalid) as error:
        raise RegistryError(
            f"The version must hold a churn model as this release writes it ({error}). "
            "A churn run (mlflow run . -e churn) registers one that does."
        ) from error


def _schema(version: ChurnVersion) -> pa.Schema:
    kinds = {column["name"]: column["kind"] for column in version.card["columns"]}

    def type_of(name: str) -> pa.DataType:
        if name == "customer_id" or kinds.get(name) == "category":
            return pa.string()
        return pa.int32() if name.startswith("reason_") else pa.float64()

    return pa.schema([(name, type_of(name)) for name in version.customers.columns])
