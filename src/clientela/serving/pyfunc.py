"""The registered model: customer ids in, segments out.

This file is logged as it is (models from code) and must stand alone: it imports nothing of clientela, so that two
versions can be served by one process and an installed package cannot change what a version answers.
"""

import json
import math
import re
from decimal import Decimal
from numbers import Integral, Real
from typing import Any

import mlflow
import pandas as pd
import pyarrow as pa
from mlflow.exceptions import MlflowException
from mlflow.protos.databricks_pb2 import INVALID_PARAMETER_VALUE
from mlflow.pyfunc import PythonModel

INTEGRAL_FLOAT = re.compile(r"(-?[0-9]+)\.0+")
# What a customer can do to keep a condition: buy again, buy more. Nobody gets younger or has ordered less.
WITHIN_REACH = {
    ("days_since_last_purchase", "<="),
    ("order_count", ">"),
    ("total_spend", ">"),
    ("mean_order_value", ">"),
    ("largest_order_value", ">"),
    ("active_months", ">"),
    ("recent_spend", ">"),
    ("fading_spend", ">"),
    ("fading_orders", ">"),
    ("spend_trend", ">"),
    ("distinct_products", ">"),
    ("items_per_order", ">"),
    ("lines_per_order", ">"),
    ("products_per_order", ">"),
}
LEAST_PRECISION = 0.5  # below it, most who keep a rule's conditions are in another segment
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
    if value is None or value is pd.NA or value is pd.NaT:
        return None
    # Columns of objects keep numpy's scalars, and those of a Parquet file decimals.
    if isinstance(value, str):
        return canonical_id(str(value))
    if isinstance(value, bool) or not isinstance(value, (int, float, Real, Decimal)):
        raise RequestError(f"Each customer id must be text or a number. Got {type(value).__name__} instead; {SEND}.")
    if not isinstance(value, float) and isinstance(value, (int, Integral)):
        return str(int(value))
    if not math.isfinite(value):
        return None
    if isinstance(value, Decimal):
        return canonical_id(f"{value:f}")
    number = float(value)
    return str(int(number)) if number.is_integer() and abs(number) < 1e18 else repr(number)


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
        self.rules = card["rules"]
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
            return self._details(ids)
        name_of: dict[str | None, str] = self.name_of
        return [{"customer_id": id_, "segment": name_of.get(id_)} for id_ in ids]

    def _ids(self, model_input: Any) -> list[str | None]:
        if "customer_id" not in model_input:
            raise RequestError(f"The request has no customer ids: {SEND}.")
        values = model_input["customer_id"].tolist()
        if not values:
            raise RequestError(f"The list of customer ids is empty: {SEND}.")
        if len(values) > self.limit:
            raise RequestError(
                f"A request takes at most {self.limit:,} customer ids. Got {len(values):,}: "
                "send them in several requests."
            )
        ids = [canonical_id(value) for value in values]
        if any(id_ and id_[0] in "{[" and id_ not in self.name_of and _is_nested(id_) for id_ in ids):
            raise RequestError(f"Each customer id must be text or a number. Got a nested value instead; {SEND}.")
        return ids

    def _details(self, ids: list[str | None]) -> list[dict[str, Any]]:
        if self.row_of is None:
            self.row_of = {known: row for row, known in enumerate(self.customers["customer_id"].to_pylist())}
        rows = [self.row_of.get(id_) for id_ in ids]
        known = pa.array([row for row in rows if row is not None], pa.int64())
        customers = iter(self.customers.take(known).to_pylist())
        return [self._detail(id_, None if row is None else next(customers)) for id_, row in zip(ids, rows, strict=True)]

    def _detail(self, id_: str | None, customer: dict[str, Any] | None) -> dict[str, Any]:
        if customer is None:
            return {"customer_id": id_, "segment": None, "detail": None}
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
                "why": self._why(customer),
                "next": self._next(customer),
            },
        }

    def _why(self, customer: dict[str, Any]) -> dict[str, Any]:
        # The rules explain the clusters and agree with them for most customers: for the others, they say so.
        rule = self.rules[customer["rule"]]
        return {"agrees": rule["segment_id"] == customer["segment_id"], "rule": rule["text"]}

    def _next(self, customer: dict[str, Any]) -> dict[str, Any] | None:
        """The better segment that the fewest changes lead to, of those that a customer can make; the nearest first."""
        rank = self.segments[customer["segment_id"]]["rank"]
        ways = []
        for rule in self.rules:
            segment = self.segments[rule["segment_id"]]
            missing = [condition for condition in rule["conditions"] if not _holds(condition, customer)]
            within_reach = _can_be_reached(rule) and all(_can_change(condition) for condition in missing)
            if segment["rank"] < rank and missing and within_reach:
                ways.append((len(missing), -segment["rank"], segment, missing))
        if not ways:
            return None
        _, _, segment, missing = min(ways, key=lambda way: way[:2])
        return {
            "segment": segment["name"],
            "conditions": [
                {
                    "feature": c["feature"],
                    "now": customer[c["feature"]],
                    "op": c["op"],
                    "value": c["value"],
                    "text": c["text"],
                }
                for c in missing
            ],
        }


def _holds(condition: dict[str, Any], customer: dict[str, Any]) -> bool:
    value = customer[condition["feature"]]
    return value <= condition["value"] if condition["op"] == "<=" else value > condition["value"]


def _can_be_reached(rule: dict[str, Any]) -> bool:
    # Every change is a purchase, which ends a pause: a rule that asks for one no longer holds then.
    asks_for_a_pause = any(c["feature"] == "days_since_last_purchase" and c["op"] == ">" for c in rule["conditions"])
    return rule["precision"] >= LEAST_PRECISION and not asks_for_a_pause


def _can_change(condition: dict[str, Any]) -> bool:
    return (condition["feature"], condition["op"]) in WITHIN_REACH


def _is_nested(text: str) -> bool:
    # MLflow turns what `inputs` holds into text, so an object arrives as its text. A GUID in braces is an id.
    return text[-1] == "]" if text[0] == "[" else text[-1] == "}" and (":" in text or text == "{}")


mlflow.models.set_model(SegmentLookup())
