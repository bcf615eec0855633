"""The registered churn model: it maps customer ids, or raw features of new customers, to probability, band and reasons.

A version's code is one file: the parts of `clientela.lookup`, `scorer.py`, `reasons.py` and this file
(`lookup/standalone.py`). The fitted pipeline is read with skops, which refuses types that are not listed here.
"""

import inspect
import json
import math
from collections.abc import Mapping
from typing import Any

import mlflow
import numpy as np
import pandas as pd

from clientela.churn.reasons import plain_value, reasons_of
from clientela.churn.scorer import ChurnScorer, band_of, customer_rows
from clientela.lookup.customer_index import CustomerIndex
from clientela.lookup.id_lookup import IdLookup
from clientela.lookup.ids import RequestError, canonical_ids

LARGEST = 1e15  # largest absolute value of a feature; trees work with single precision
BOTH = (
    'send ids in a column named customer_id, for example {"dataframe_split": {"columns": ["customer_id"], '
    '"data": [["17850"]]}}, or features of new customers, for example {"dataframe_records": [{"order_count": 3}]}'
)
# Types in our pipelines that skops does not trust by default. They are data; loading them runs no code.
TRUSTED = [
    "numpy.dtype",
    "sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor",
    "sklearn.tree._tree.Tree",
]


class ChurnLookup(IdLookup):
    """The pyfunc: one dict per customer, in the order of the request."""

    def load_context(self, context: Any) -> None:
        """Open the version's files: the card, the customers with their probabilities, and the pipeline."""
        # Imported here to keep the import of this module cheap.
        import skops.io

        with open(context.artifacts["churn"], encoding="utf-8") as file:  # noqa: PTH123
            self.card = json.load(file)
        self.use_pseudonyms(self.card)
        self.as_of = self.card["as_of"]
        self.limit = self.card["ids_a_request"]
        self.index = CustomerIndex(context.artifacts["customers"], context.artifacts["index"])
        self.scorer = ChurnScorer(self.card, skops.io.load(context.artifacts["pipeline"], trusted=TRUSTED))
        self.known = {column["name"]: column for column in self.card["columns"]}

    def predict(self, context, model_input, params=None):
        """Probabilities, bands and reasons of ids or of raw features.

        Args:
            context: not used.
            model_input: frame with the column customer_id, or with features of the card; a customer_id is echoed.
            params: `detail` adds the as-of date, the window, the expected profit of a call, and the features.

        Raises:
            RequestError: the request has neither ids nor features, too many rows, or invalid values.
        """
        self.freeze_once()
        detail = bool(params and params.get("detail"))
        if any(name in model_input for name in self.known):
            return self.predict_features(model_input, detail=detail)
        if "customer_id" not in model_input:
            raise RequestError(f"The request has neither customer ids nor features: {BOTH}.")
        ids, rows, _ = self.find(self.values(model_input))
        return self.answers(ids, rows, detail=detail)

    def answers(self, ids: list[str | None], rows: list[int] | np.ndarray, *, detail: bool) -> list[dict[str, Any]]:
        """One answer per id, from the index."""
        found = zip(ids, self.customers(rows), strict=True)
        return [self._answer(id_, customer, detail=detail) for id_, customer in found]

    def predict_features(self, rows: pd.DataFrame, *, detail: bool) -> list[dict[str, Any]]:
        """One answer per row of raw features, scored by the pipeline.

        Raises:
            RequestError: no rows, too many rows, or values that a feature cannot have.
        """
        self.check_rows(len(rows))
        if len(twice := rows.columns[rows.columns.duplicated()]):
            raise RequestError(f"Each feature must be given once. Got {str(twice[0])[:80]!r} twice.")
        names = [name for name in self.scorer.columns if name in rows]
        checked = pd.DataFrame({name: self._checked(name, rows[name]) for name in names}).reset_index(drop=True)
        ids = canonical_ids(rows["customer_id"].tolist()) if "customer_id" in rows else []
        scored = customer_rows(self.scorer, self.card, checked).to_dict("records")
        return [self._answer(ids[i] if ids else None, row, detail=detail) for i, row in enumerate(scored)]

    def _checked(self, name: str, column: pd.Series) -> list[Any]:
        rule = self.known[name]
        found: list[Any] = []
        for value in column.tolist():
            if value is None or value is pd.NA or (isinstance(value, float) and math.isnan(value)):
                found.append(None)
            elif rule["kind"] == "category":
                if not isinstance(value, str):
                    raise RequestError(f"The feature {name} must be text. Got {type(value).__name__} instead.")
                found.append(value)
            else:
                found.append(_number(name, value, rule["least"]))
        return found

    def check_rows(self, count: int) -> None:
        """Check the number of rows of features in a request.

        Raises:
            RequestError: there are no rows, or too many.
        """
        if not count:
            raise RequestError(f"The request is empty: {BOTH}.")
        if count > self.limit:
            raise RequestError(
                f"A request takes at most {self.limit:,} rows of features. Got {count:,}: "
                "send them in several requests."
            )

    def _answer(self, id_: str | None, row: Mapping[str, Any] | None, *, detail: bool) -> dict[str, Any]:
        if row is None:
            unknown: dict[str, Any] = {"customer_id": id_, "probability": None, "band": None, "call": None}
            return unknown | {"reasons": []} | ({"detail": None} if detail else {})
        answer = {
            "customer_id": id_,
            "probability": row["probability"],
            "band": band_of(row["probability"], self.card["bands"]),
            "call": row["expected_profit"] > 0,
            "reasons": reasons_of(row, self.card),
        }
        if not detail:
            return answer
        figures = {name: plain_value(row[name]) for name in self.scorer.columns}
        return answer | {
            "detail": {
                "as_of": self.as_of,
                "window_days": self.card["window_days"],
                "expected_profit": row["expected_profit"],
                "figures": figures,
            }
        }


def _number(name: str, value: Any, least: float | None) -> float:
    if isinstance(value, (bool, np.bool_)) or not isinstance(value, (int, float, np.number)):
        raise RequestError(f"The feature {name} must be a number. Got {type(value).__name__} instead.")
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not abs(number) <= LARGEST or (least is not None and number < least):
        lowest = -LARGEST if least is None else least
        raise RequestError(f"The feature {name} must lie between {lowest:g} and {LARGEST:g}. Got {number:g} instead.")
    return number


# MLflow reads the signature at every request, and computes it each time if it is not set.
ChurnLookup.predict.__signature__ = inspect.signature(ChurnLookup.predict)  # type: ignore[attr-defined]


mlflow.models.set_model(ChurnLookup())
