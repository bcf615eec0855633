"""The registered model: customer ids in, segments out.

This file is logged as it is (models from code) and must stand alone: it imports nothing of clientela, so that two
versions can be served by one process and an installed package cannot change what a version answers.
"""

import json
import re
from collections.abc import Iterable
from typing import Any

import mlflow
import pandas as pd
import pyarrow as pa
from mlflow.exceptions import MlflowException
from mlflow.protos.databricks_pb2 import INVALID_PARAMETER_VALUE
from mlflow.pyfunc import PythonModel

INTEGRAL_FLOAT = re.compile(r"(-?[0-9]+)\.0+")
SEND = (
    'send ids in a column named customer_id, for example {"dataframe_split": {"columns": ["customer_id"], '
    '"data": [["17850"]]}} or {"inputs": ["17850"]}'
)


class RequestError(MlflowException):
    """A client's mistake, answered as 400 with one sentence.

    MLflow's server puts the whole request in front of a message; an answer should not repeat what was sent.
    """

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence, error_code=INVALID_PARAMETER_VALUE)
        self.sentence = sentence

    def serialize_as_json(self) -> str:
        """The body of the answer."""
        return json.dumps({"error_code": self.error_code, "message": self.sentence})


def canonical_id(value: Any) -> str | None:
    """An id as text: integral floats lose the `.0` (also in text), leading zeros stay, no value is None.

    Raises:
        RequestError: the value is an object, a list or a truth value.
    """
    if type(value) is str:
        text = value.strip(" \t\r\n")
        # Most ids have no dot: the expression is only for those that do.
        match = INTEGRAL_FLOAT.fullmatch(text) if "." in text else None
        return (match[1] if match else text) or None
    if value is None or value is pd.NA:
        return None
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise RequestError(f"Each customer id must be text or a number. Got {type(value).__name__} instead; {SEND}.")
    if isinstance(value, float):
        if value != value:
            return None
        return str(int(value)) if value.is_integer() and abs(value) < 1e18 else repr(value)
    return str(value)


class SegmentLookup(PythonModel):
    """Answers one dict an id, in the order of the request."""

    # MLflow advises type hints on `predict` at every load, though it would derive a signature from them and refuse
    # every request form but `inputs`. This is how its own chat models decline; without it there is only the advice.
    _skip_type_hint_validation = True

    def load_context(self, context: Any) -> None:
        """Read the version's two files: what the segments are, and who is in which."""
        with open(context.artifacts["segments"], encoding="utf-8") as file:  # noqa: PTH123
            card = json.load(file)
        self.limit = card["ids_a_request"]
        self.figures = card["figures"]
        self.as_of = card["as_of"]
        self.segments = {segment["id"]: segment for segment in card["segments"]}
        with pa.memory_map(context.artifacts["customers"]) as file:
            self.customers = pa.ipc.open_file(file).read_all()
        ids = self.customers["customer_id"].to_pylist()
        names = {id_: segment["name"]["en"] for id_, segment in self.segments.items()}
        members = [names[id_] for id_ in self.customers["segment_id"].to_pylist()]
        self.name_of: dict[str | None, str] = dict(zip(ids, members, strict=True))
        self.row_of: dict[str | None, int] | None = None

    def predict(self, context, model_input, params=None):
        """Segments of ids.

        Args:
            context: not used.
            model_input: frame with the column customer_id (text, integers or floats).
            params: `detail` adds what the segment means and the customer's own figures.

        Raises:
            RequestError: no ids, too many, or values that cannot be ids.
        """
        ids = self._ids(model_input)
        if params and params.get("detail"):
            return [self._detail(id_) for id_ in ids]
        name_of: dict[str | None, str] = self.name_of
        return [{"customer_id": id_, "segment": name_of.get(id_)} for id_ in ids]

    def _ids(self, model_input: Any) -> list[str | None]:
        if "customer_id" not in model_input:
            raise RequestError(f"The request has no customer ids: {SEND}.")
        values: Iterable[Any] = model_input["customer_id"].tolist()
        ids = [canonical_id(value) for value in values]
        if not ids:
            raise RequestError(f"The list of customer ids is empty: {SEND}.")
        if len(ids) > self.limit:
            raise RequestError(
                f"A request takes at most {self.limit:,} customer ids. Got {len(ids):,}: send them in several requests."
            )
        # MLflow turns what `inputs` holds into text, so an object arrives as its text.
        if any(id_ and id_[0] in "{[" and id_ not in self.name_of for id_ in ids):
            raise RequestError(f"Each customer id must be text or a number. Got a nested value instead; {SEND}.")
        return ids

    def _detail(self, id_: str | None) -> dict[str, Any]:
        if self.row_of is None:
            self.row_of = {known: row for row, known in enumerate(self.customers["customer_id"].to_pylist())}
        row = self.row_of.get(id_)
        if row is None:
            return {"customer_id": id_, "segment": None, "detail": None}
        customer = self.customers.slice(row, 1).to_pylist()[0]
        segment = self.segments[customer["segment_id"]]
        return {
            "customer_id": id_,
            "segment": segment["name"]["en"],
            "detail": {
                "segment_id": segment["id"],
                "name": segment["name"],
                "description": segment["description"],
                "action": segment["action"],
                "as_of": self.as_of,
                "customer": {name: customer[name] for name in self.figures},
            },
        }


mlflow.models.set_model(SegmentLookup())
