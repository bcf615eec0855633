"""The leak guard: what a churn model must not know, looked for in the rows, in single features and in the result.

Three independent looks, because each misses what another finds: the time stamps say when, a feature that alone tells
who left says what, a model that is too good says that there is something.
"""

from collections.abc import Sequence
from datetime import date, timedelta

import numpy as np
import pandas as pd
from sklearn.metrics import roc_auc_score

from clientela.churn.models import FEWEST_OF_A_CATEGORY
from clientela.errors import LeakageSuspected


def check_times(rows: pd.DataFrame) -> None:
    """Nothing that the figures know of happened on the cut-off or after it.

    Args:
        rows: with last_event_at and cutoff.

    Raises:
        LeakageSuspected: with the first customer's time stamp and cut-off.
    """
    late = rows["last_event_at"] >= pd.to_datetime(rows["cutoff"])
    if late.any():
        worst = rows[late].iloc[0]
        raise LeakageSuspected(
            f"The features must know nothing from the cut-off on. {late.sum():,} of {len(rows):,} rows do: one has a "
            f"transaction of {worst['last_event_at']:%Y-%m-%d}, its cut-off is {worst['cutoff']}."
        )


def check_windows(train: pd.DataFrame, test: pd.DataFrame, *, days: int) -> None:
    """Where the test lies later, the windows that the training's labels tell of are over when it begins.

    Raises:
        LeakageSuspected: with both dates.
    """
    ends, begins = max(train["cutoff"]) + timedelta(days=days), min(test["cutoff"])
    if ends > begins:
        raise LeakageSuspected(
            f"The training's labels must be known before the test's cut-off, {begins}. They reach to {ends}."
        )


def check_customers(train: pd.DataFrame, test: pd.DataFrame) -> None:
    """Where customers are held out, none of them is learnt from.

    Raises:
        LeakageSuspected: with the number of those who are.
    """
    both = set(train["customer_id"]) & set(test["customer_id"])
    if both:
        raise LeakageSuspected(f"Customers who are held out must not be learnt from. {len(both):,} are on both sides.")


def separation(rows: pd.DataFrame, columns: Sequence[str]) -> dict[str, float]:
    """How well each feature alone tells who left: ROC AUC in [0.5, 1], whichever way it points.

    A value that is missing is one too. A category counts by the share of its customers who left, small ones together.
    """
    y = rows["churn"].to_numpy()
    return {name: max(_auc(y, rows[name].isna()), _alone(rows[name], y)) for name in columns}


def check_features(rows: pd.DataFrame, columns: Sequence[str], *, most: float) -> dict[str, float]:
    """No feature alone tells who left; returns the separation of each.

    Raises:
        LeakageSuspected: with the features, the limit and the figures.
    """
    found = separation(rows, columns)
    if suspects := {name: auc for name, auc in found.items() if auc >= most}:
        told = ", ".join(f"{name} ({auc:.3f})" for name, auc in sorted(suspects.items(), key=lambda item: -item[1]))
        raise LeakageSuspected(
            f"No feature alone may tell who left (ROC AUC below {most:.2f}). These do: {told}. "
            "They know the label, or what came after the cut-off."
        )
    return found


def check_model(name: str, auc: float, *, most: float, cutoff: date) -> None:
    """A model is not too good to be true.

    Raises:
        LeakageSuspected: with the model, the limit and the figure.
    """
    if auc >= most:
        raise LeakageSuspected(
            f"A churn model must not be too good to be true (ROC AUC below {most:.2f}). {name} has {auc:.3f} at the "
            f"cut-off {cutoff}: look for a feature that knows what came after it."
        )


def _alone(column: pd.Series, y: np.ndarray) -> float:
    if not pd.api.types.is_numeric_dtype(column):
        texts = column.astype(object).where(column.notna(), "")
        # The share of a few customers who left would tell of them alone.
        texts = texts.where(texts.map(texts.value_counts()) >= FEWEST_OF_A_CATEGORY, "others")
        column = texts.map(pd.Series(y).groupby(texts.to_numpy()).mean())
    known = column.notna().to_numpy()
    return _auc(y[known], column[known])


def _auc(y: np.ndarray, score: pd.Series) -> float:
    if len(np.unique(y)) < 2 or score.nunique() < 2:
        return 0.5
    auc = float(roc_auc_score(y, score.astype("float64")))
    return max(auc, 1 - auc)
