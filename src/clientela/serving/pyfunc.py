"""The registered model: customer ids in, segments out.

This file is logged as it is (models from code) and must stand alone: it imports nothing of clientela, so that two
versions can be served by one process and an installed package cannot change what a version answers.
"""

import gc
import inspect
import json
import math
import os
import re
from bisect import bisect_left
from collections.abc import Iterable
from decimal import Decimal
from numbers import Integral, Real
from typing import Any
from zlib import crc32

import mlflow
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
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
MANY = 16  # ids from which on arrays are faster than a loop
MOST_DETAILS = 10_000  # ids of a request with details: each is half a kilobyte of answer
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


def canonical_ids(values: list[Any]) -> list[str | None]:
    """The canonical ids of a request's values.

    Raises:
        RequestError: one is an object, a list or a truth value.
    """
    # Text without spaces and dots is canonical as it is, which can be told of all at once.
    if set(map(type, values)) == {str} and all(values):
        text = "".join(values)
        if not any(character in text for character in ". \t\r\n"):
            return values
    return [canonical_id(value) for value in values]


class CustomerIndex:
    """Customer ids -> rows of a version's customers, on files that are mapped and not read.

    However many customers there are, it opens at once, and all workers of a machine share one copy. `index.arrow` holds
    the CRC-32 of every id in rising order, and its row: a sum finds the few rows that an id may be in, the id itself
    decides.

    Attributes:
        customers: the table, one row a customer.
    """

    def __init__(self, customers: str, index: str) -> None:
        self.customers = _mapped(customers)
        index_ = _mapped(index)
        self._ids = _in_place(self.customers["customer_id"])
        self._sums, self._rows = (_in_place(index_[name]).to_numpy() for name in ("sum", "row"))
        # A single id is quicker in plain Python than in arrays of one.
        self._few_sums, self._few_rows = self._sums.data, self._rows.data

    def __len__(self) -> int:
        return len(self._ids)

    def row(self, id_: str | None) -> int:
        """The row of one canonical id; -1 where it is not known."""
        if id_ is None:
            return -1
        text = id_.encode("utf-8", "surrogatepass")
        wanted = crc32(text)
        at = bisect_left(self._few_sums, wanted)
        while at < len(self._few_sums) and self._few_sums[at] == wanted:
            row = self._few_rows[at]
            if self._ids[row].as_buffer() == text:
                return row
            at += 1
        return -1

    def rows(self, ids: list[str | None]) -> np.ndarray:
        """The rows (int64) of many canonical ids at once, one an id; -1 where an id is not known."""
        if not len(self):
            return np.full(len(ids), -1)
        try:
            texts = list(map(str.encode, ids))  # type: ignore[arg-type]
        except (TypeError, UnicodeEncodeError):
            texts = [(id_ or "").encode("utf-8", "surrogatepass") for id_ in ids]
        sums = np.fromiter(map(crc32, texts), np.uint32, len(texts))
        at = np.minimum(np.searchsorted(self._sums, sums), len(self) - 1)
        rows = self._rows[at].astype(np.int64)
        there = pc.equal(self._ids.take(rows).cast(pa.binary()), pa.array(texts, pa.binary())).to_numpy(
            zero_copy_only=False
        )
        if there.all():
            return rows
        rows[~there] = -1
        # Another id may have the same sum and stand first: rare, and looked at one by one.
        for position in np.flatnonzero(~there & (self._sums[at] == sums)).tolist():
            rows[position] = self.row(ids[position])
        return rows


def _mapped(path: str) -> pa.Table:
    with pa.memory_map(path) as file:
        return pa.ipc.open_file(file).read_all()


def _in_place(column: pa.ChunkedArray) -> pa.Array:
    """A column without a copy: `write_version` writes it in one piece."""
    if column.num_chunks == 0:
        return pa.array([], column.type)
    (piece,) = column.chunks
    return piece


class SegmentLookup(PythonModel):
    """Answers one dict an id, in the order of the request."""

    # MLflow advises type hints on `predict` at every load, though it would derive a signature from them and refuse
    # every request form but `inputs`. This is how its own chat models decline; without it there is only the advice.
    _skip_type_hint_validation = True

    def load_context(self, context: Any) -> None:
        """Open the version's files: what the segments are, and who is in which."""
        with open(context.artifacts["segments"], encoding="utf-8") as file:  # noqa: PTH123
            card = json.load(file)
        self.limit = card["ids_a_request"]
        self.figures = card["figures"]
        self.as_of = card["as_of"]
        self.segments = {segment["id"]: segment for segment in card["segments"]}
        self.rules = card["rules"]
        self.index = CustomerIndex(context.artifacts["customers"], context.artifacts["index"])
        self.segment_ids = _in_place(self.index.customers["segment_id"]).to_numpy()
        self._few_segment_ids = self.segment_ids.data
        # By segment id; 0 is nobody's.
        self.names = np.full(max(self.segments) + 1, None, object)
        for id_, segment in self.segments.items():
            self.names[id_] = segment["name"]["en"]
        self.settled = False

    def predict(self, context, model_input, params=None):
        """Segments of ids.

        Args:
            context: not used.
            model_input: frame with the column customer_id (text, integers or floats).
            params: `detail` adds what the segment means and the customer's own figures.

        Raises:
            RequestError: no ids, too many, or values that cannot be ids.
        """
        self._settle()
        ids, rows, _ = self.find(self._values(model_input))
        return self.answers(ids, rows, detail=bool(params and params.get("detail")))

    def find(self, values: list[Any]) -> tuple[list[str | None], list[int] | np.ndarray, int]:
        """Canonical ids of a request's values, their rows, -1 where an id is not known, and how many are not.

        The rows are a list where there are few, and an array where that is faster.

        Raises:
            RequestError: no ids, too many, or values that cannot be ids.
        """
        if not values:
            raise RequestError(f"The list of customer ids is empty: {SEND}.")
        if len(values) > self.limit:
            raise RequestError(
                f"A request takes at most {self.limit:,} customer ids. Got {len(values):,}: "
                "send them in several requests."
            )
        ids = canonical_ids(values)
        rows: list[int] | np.ndarray
        if len(ids) < MANY:
            rows = [self.index.row(id_) for id_ in ids]
            unknown = rows.count(-1)
        else:
            rows = self.index.rows(ids)
            unknown = int(np.count_nonzero(rows < 0))
        if unknown:
            _refuse_nested(id_ for id_, row in zip(ids, rows, strict=True) if row < 0)
        return ids, rows, unknown

    def answers(self, ids: list[str | None], rows: list[int] | np.ndarray, *, detail: bool) -> list[dict[str, Any]]:
        """One answer an id; with `detail`, what the segment means and the customer's own figures.

        Raises:
            RequestError: too many ids for details.
        """
        if detail:
            if len(ids) > MOST_DETAILS:
                raise RequestError(
                    f"A request with details takes at most {MOST_DETAILS:,} customer ids. Got {len(ids):,}: "
                    "send them in several requests."
                )
            return self._details(ids, rows)
        if len(ids) < MANY:
            return [
                {"customer_id": id_, "segment": None if row < 0 else self.names[self._few_segment_ids[row]]}
                for id_, row in zip(ids, rows, strict=True)
            ]
        rows = np.asarray(rows)
        # Row -1 is the last customer's: whoever is not known has segment 0.
        segment_ids = np.where(rows < 0, 0, self.segment_ids[rows]) if len(self.index) else np.zeros(len(ids), int)
        names = self.names[segment_ids].tolist()
        return [{"customer_id": id_, "segment": name} for id_, name in zip(ids, names, strict=True)]

    def _settle(self) -> None:
        """Tell the collector of a serving process, once, that what is there stays.

        The dicts of a large answer make it run; it would walk all that MLflow and pandas have loaded, at every batch.
        """
        if not self.settled and os.environ.get("_MLFLOW_IS_IN_SERVING_ENVIRONMENT"):
            gc.collect()
            gc.freeze()
        self.settled = True

    def _values(self, model_input: Any) -> list[Any]:
        if "customer_id" not in model_input:
            raise RequestError(f"The request has no customer ids: {SEND}.")
        # A frame of this one column, the rule, gives its values faster than its column does.
        if model_input.shape[1] == 1:
            return list(model_input.to_numpy().ravel().tolist())
        return list(model_input["customer_id"].tolist())

    def _details(self, ids: list[str | None], rows: list[int] | np.ndarray) -> list[dict[str, Any]]:
        known = [row for row in rows if row >= 0]
        customers = iter(self.index.customers.take(pa.array(known, pa.int64())).to_pylist())
        return [self._detail(id_, None if row < 0 else next(customers)) for id_, row in zip(ids, rows, strict=True)]

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


def _refuse_nested(unknown: Iterable[str | None]) -> None:
    # MLflow turns what `inputs` holds into text, so an object arrives as its text. A GUID in braces is an id.
    for id_ in unknown:
        if id_ and (
            (id_[0] == "[" and id_[-1] == "]") or (id_[0] == "{" and id_[-1] == "}" and (":" in id_ or id_ == "{}"))
        ):
            raise RequestError(f"Each customer id must be text or a number. Got a nested value instead; {SEND}.")


# MLflow asks for it at every request, and makes it anew where it is not there.
SegmentLookup.predict.__signature__ = inspect.signature(SegmentLookup.predict)  # type: ignore[attr-defined]


mlflow.models.set_model(SegmentLookup())
