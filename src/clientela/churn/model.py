"""The registered churn model: customer ids, or raw features of new customers, in; probability, band and reasons out.

A version's file of code is this one behind those of `clientela.lookup` that it imports (`lookup/standalone.py`). The
fitted pipeline is skops, read with the list of types that may be in it.
"""

import inspect
import json
import math
from collections.abc import Mapping, Sequence
from typing import Any

import mlflow
import numpy as np
import pandas as pd

from clientela.lookup.customer_index import CustomerIndex
from clientela.lookup.id_lookup import IdLookup
from clientela.lookup.ids import RequestError, canonical_ids

EDGE = 1e-4  # probabilities of the pipeline are kept this far from 0 and 1, where the log-odds end
ROWS_A_CALL = 2_000  # judged at once, once for each family of features
LARGEST = 1e15  # of a feature; trees work with single precision
LEAST_EFFECT = 0.05  # log-odds, below which something is no reason
BOTH = (
    'send ids in a column named customer_id, for example {"dataframe_split": {"columns": ["customer_id"], '
    '"data": [["17850"]]}}, or features of new customers, for example {"dataframe_records": [{"order_count": 3}]}'
)
# All that a pipeline of ours holds beyond what skops trusts by itself: data, and no function that runs on load.
TRUSTED = [
    "numpy.dtype",
    "sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor",
    "sklearn.tree._tree.Tree",
]


class Judge:
    """The fitted pipeline with what the card says of it: probabilities, and what they come from.

    Args:
        card: columns, families, calibration, bands, costs: plain data.
        pipeline: fitted on the card's columns.
    """

    def __init__(self, card: Mapping[str, Any], pipeline: Any) -> None:
        self.columns = [column["name"] for column in card["columns"]]
        self.numbers = [column["name"] for column in card["columns"] if column["kind"] == "number"]
        self.typical = {column["name"]: column["typical"] for column in card["columns"]}
        self.families = card["families"]
        self.calibration = card["calibration"]
        self.most = card["reasons"]
        self.pipeline = pipeline

    def matrix(self, rows: pd.DataFrame) -> pd.DataFrame:
        """The pipeline's columns in order: numbers as float64, texts as objects, "unknown" where there is none.

        A column that is not there at all is what is typical: nothing is said of it, so nothing follows from it.
        """
        found = {}
        for name in self.columns:
            column = rows[name] if name in rows else pd.Series([self.typical[name]] * len(rows), index=rows.index)
            if name in self.numbers:
                found[name] = pd.to_numeric(column).astype("float64")
            else:
                found[name] = column.astype(object).where(column.notna(), "unknown")
        return pd.DataFrame(found, index=rows.index)

    def odds(self, matrix: pd.DataFrame) -> np.ndarray:
        """Calibrated log-odds to leave, one a row of the matrix."""
        slope, intercept = self.calibration
        raw = np.clip(self.pipeline.predict_proba(matrix)[:, 1], EDGE, 1 - EDGE)
        return np.asarray(slope * (np.log(raw) - np.log1p(-raw)) + intercept)

    def effects(self, matrix: pd.DataFrame, odds: np.ndarray) -> np.ndarray:
        """What each family of features adds to the log-odds, against a customer typical in it (rows, families)."""
        found = np.empty((len(matrix), len(self.families)))
        if not found.size:
            return found
        # All families in one call: a pipeline's calls cost more than its rows, where these are few.
        for start in range(0, len(matrix), ROWS_A_CALL):
            rows = matrix.iloc[start : start + ROWS_A_CALL]
            changed = [
                rows.assign(**{name: self.typical[name] for name in family["columns"]}) for family in self.families
            ]
            without = self.odds(pd.concat(changed, ignore_index=True)).reshape(len(self.families), len(rows))
            found[start : start + len(rows)] = odds[start : start + len(rows), None] - without.T
        return found

    def top(self, effects: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The strongest families of each row, and their effects; -1 where nothing more is a reason."""
        order = np.argsort(-np.abs(effects), axis=1, kind="stable")[:, : self.most]
        strength = np.take_along_axis(effects, order, axis=1)
        weak = np.abs(strength) < LEAST_EFFECT
        return np.where(weak, -1, order).astype(np.int32), np.where(weak, 0.0, strength)


class ChurnLookup(IdLookup):
    """Answers one dict a customer, in the order of the request."""

    def load_context(self, context: Any) -> None:
        """Open the version's files: the card, who is known with which probability, and the pipeline."""
        # Only here, so that importing the module stays cheap.
        import skops.io

        with open(context.artifacts["churn"], encoding="utf-8") as file:  # noqa: PTH123
            self.card = json.load(file)
        self.as_of = self.card["as_of"]
        self.limit = self.card["ids_a_request"]
        self.index = CustomerIndex(context.artifacts["customers"], context.artifacts["index"])
        self.judge = Judge(self.card, skops.io.load(context.artifacts["pipeline"], trusted=TRUSTED))
        self.known = {column["name"]: column for column in self.card["columns"]}

    def predict(self, context, model_input, params=None):
        """Probabilities, bands and reasons of ids or of raw features.

        Args:
            context: not used.
            model_input: frame with the column customer_id, or with features of the card (an id beside them is echoed).
            params: `detail` adds the date, the window, what a call is expected to bring, and the figures.

        Raises:
            RequestError: neither ids nor features, too many, or values that cannot be such.
        """
        self.freeze_once()
        detail = bool(params and params.get("detail"))
        if any(name in model_input for name in self.known):
            return self.judged(model_input, detail=detail)
        if "customer_id" not in model_input:
            raise RequestError(f"The request has neither customer ids nor features: {BOTH}.")
        ids, rows, _ = self.find(self.values(model_input))
        return self.answers(ids, rows, detail=detail)

    def answers(self, ids: list[str | None], rows: list[int] | np.ndarray, *, detail: bool) -> list[dict[str, Any]]:
        """One answer an id, from the index."""
        found = zip(ids, self.customers(rows), strict=True)
        return [self._answer(id_, customer, detail=detail) for id_, customer in found]

    def judged(self, rows: pd.DataFrame, *, detail: bool) -> list[dict[str, Any]]:
        """One answer a row of raw features, judged now by the pipeline.

        Raises:
            RequestError: no rows, too many, or values that a feature cannot have.
        """
        self.check_rows(len(rows))
        if len(twice := rows.columns[rows.columns.duplicated()]):
            raise RequestError(f"Each feature must be given once. Got {str(twice[0])[:80]!r} twice.")
        names = [name for name in self.judge.columns if name in rows]
        checked = pd.DataFrame({name: self._checked(name, rows[name]) for name in names}).reset_index(drop=True)
        ids = canonical_ids(rows["customer_id"].tolist()) if "customer_id" in rows else []
        told = customer_rows(self.judge, self.card, checked).to_dict("records")
        return [self._answer(ids[i] if ids else None, row, detail=detail) for i, row in enumerate(told)]

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
        """Refuse more or fewer rows of features than a request may have.

        Raises:
            RequestError: there are too many, or none.
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
        figures = {name: _plain(row[name]) for name in self.judge.columns}
        return answer | {
            "detail": {
                "as_of": self.as_of,
                "window_days": self.card["window_days"],
                "expected_profit": row["expected_profit"],
                "figures": figures,
            }
        }


def reasons_of(row: Mapping[str, Any], card: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The strongest reasons of one customer's probability, strongest first, each in a sentence.

    Args:
        row: as in the index: reasons, effects, features.
        card: the version's.
    """
    known = {column["name"]: column for column in card["columns"]}
    found = []
    for place in range(1, card["reasons"] + 1):
        at, effect = row[f"reason_{place}"], row[f"effect_{place}"]
        if at < 0:
            break
        family = card["families"][at]
        column = known[_spokesman(family["columns"], row, known)]
        value = _plain(row[column["name"]])
        found.append(
            {
                "family": family["name"],
                "feature": column["name"],
                "value": value,
                "typical": column["typical"],
                "effect": effect,
                "text": {
                    language: words["raises" if effect > 0 else "lowers"].format(
                        label=column["label"][language],
                        value=_told(value, column["unit"], words),
                        typical=_told(column["typical"], column["unit"], words),
                    )
                    for language, words in card["words"].items()
                },
            }
        )
    return found


def customer_rows(judge: Judge, card: Mapping[str, Any], rows: pd.DataFrame) -> pd.DataFrame:
    """What the index holds of customers: probability, expected_profit, reasons with their effects, and the features."""
    matrix = judge.matrix(rows)
    odds = judge.odds(matrix)
    reasons, effects = judge.top(judge.effects(matrix, odds))
    probability = 1 / (1 + np.exp(-odds))
    numbered = {
        f"{kind}_{place + 1}": values[:, place]
        for kind, values in (("reason", reasons), ("effect", effects))
        for place in range(values.shape[1])
    }
    profit = expected_profit(probability, matrix, card["costs"])
    return pd.DataFrame({"probability": probability, "expected_profit": profit, **numbered}, index=rows.index).join(
        matrix
    )


def expected_profit(probability: np.ndarray, rows: pd.DataFrame, costs: Mapping[str, Any]) -> np.ndarray:
    """Of a call, in money; by spend it is -contact_cost where the spend is not known."""
    value: Any = costs["value_saved"]
    if value is None:
        spend = rows["spend_per_month"] if "spend_per_month" in rows else pd.Series(0.0, index=rows.index)
        value = costs["share_of_yearly_spend"] * 12 * spend.fillna(0.0).to_numpy()
    return np.asarray(probability * costs["success_rate"] * value - costs["contact_cost"])


def band_of(probability: float, bands: Mapping[str, float]) -> str:
    """The band of a probability: "high", "medium" or "low"."""
    return "high" if probability >= bands["high"] else "medium" if probability >= bands["medium"] else "low"


def _spokesman(names: Sequence[str], row: Mapping[str, Any], known: Mapping[str, Mapping[str, Any]]) -> str:
    """The feature of a family that is furthest from what is typical, by the spread of the customers."""

    def distance(name: str) -> float:
        value, column = _plain(row[name]), known[name]
        if column["kind"] == "category":
            return 1.0 if value != column["typical"] else 0.0
        if value is None or column["typical"] is None:
            return 0.5 if value is None and column["typical"] is not None else 0.0
        return abs(value - column["typical"]) / column["spread"]

    # A logarithm of something else in the family is for the model, not for people.
    return max([name for name in names if not known[name].get("hidden")] or names, key=distance)


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


def _plain(value: Any) -> Any:
    """A value as JSON has it: None for what is not known."""
    return None if value is None or (isinstance(value, float) and math.isnan(value)) else value


def _told(value: Any, unit: str, words: Mapping[str, str]) -> str:
    if value is None or isinstance(value, str):
        return words["missing"] if value in (None, "unknown") else value
    number = 100 * value if unit == "share" else value
    small = abs(number) < 10 and not float(number).is_integer()
    written = (f"{number:,.2f}" if abs(number) < 1 else f"{number:,.1f}") if small else f"{number:,.0f}"
    if not float(written.replace(",", "")):
        written = written.removeprefix("-")
    written = written.replace("-", "−").translate(str.maketrans(",.", words["signs"]))
    return f"{written}%" if unit == "share" else words["money"].format(written) if unit == "money" else written


# MLflow asks for it at every request, and makes it anew where it is not there.
ChurnLookup.predict.__signature__ = inspect.signature(ChurnLookup.predict)  # type: ignore[attr-defined]


mlflow.models.set_model(ChurnLookup())
