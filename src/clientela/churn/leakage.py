"""Leakage checks: does a churn model use data from after the cut-off?

Three independent checks complement each other: time stamps of the rows, single features that separate the classes too
well, and models whose metrics are too good (Kaufman et al. 2012, "Leakage in data mining").
"""

from collections.abc import Sequence
from datetime import date, timedelta

import numpy as np
import pandas as pd
from sklearn.metrics import roc_auc_score

from clientela.churn.models import FEWEST_OF_A_CATEGORY
from clientela.errors import LeakageSuspected


def check_times(rows: pd.DataFrame) -> None:
    """Check that no feature uses a transaction from the cut-off on.

    Args:
        rows: rows with last_event_at and cutoff.

    Raises:
        LeakageSuspected: a row has a later transaction; the message gives one with its cut-off.
    """
    late = rows["last_event_at"] >= pd.to_datetime(rows["cutoff"])
    if late.any():
        worst = rows[late].iloc[0]
        raise LeakageSuspected(
            f"Features must use no data from the cut-off on. {late.sum():,} of {len(rows):,} rows do: one has a "
            f"transaction of {worst['last_event_at']:%Y-%m-%d}, its cut-off is {worst['cutoff']}."
        )


def check_windows(train: pd.DataFrame, test: pd.DataFrame, *, days: int) -> None:
    """Check that the windows of the training labels end before the test's cut-off.

    Args:
        train: training rows with cutoff.
        test: test rows with cutoff.
        days: length of the churn window in days.

    Raises:
        LeakageSuspected: a window ends later; the message gives both dates.
    """
    ends, begins = max(train["cutoff"]) + timedelta(days=days), min(test["cutoff"])
    if ends > begins:
        raise LeakageSuspected(
            f"The training labels must be known at the test's cut-off, {begins}. Their windows end on {ends}."
        )


def check_customers(train: pd.DataFrame, test: pd.DataFrame) -> None:
    """Check that no held-out customer is in the training rows.

    Raises:
        LeakageSuspected: customers are in both; the message gives their number.
    """
    both = set(train["customer_id"]) & set(test["customer_id"])
    if both:
        raise LeakageSuspected(
            f"Held-out customers must not be in the training rows. {len(both):,} customers are in both."
        )


def separation(rows: pd.DataFrame, columns: Sequence[str]) -> dict[str, float]:
    """ROC AUC of each feature alone, in [0.5, 1] whatever its direction.

    Missing values are tested as a feature of their own. Categories are replaced by their churn rates, and rare
    categories are merged.
    """
    y = rows["churn"].to_numpy()
    return {name: max(_auc(y, rows[name].isna()), _alone(rows[name], y)) for name in columns}


def check_features(rows: pd.DataFrame, columns: Sequence[str], *, most: float) -> dict[str, float]:
    """Check that no feature alone separates the classes too well.

    Args:
        rows: rows with the features and churn.
        columns: names of the features.
        most: ROC AUC from which on leakage is suspected.

    Returns:
        Feature -> its ROC AUC alone.

    Raises:
        LeakageSuspected: a feature reaches the limit; the message gives the features and their ROC AUC.
    """
    found = separation(rows, columns)
    if suspects := {name: auc for name, auc in found.items() if auc >= most}:
        listed = ", ".join(f"{name} ({auc:.3f})" for name, auc in sorted(suspects.items(), key=lambda item: -item[1]))
        raise LeakageSuspected(
            f"The ROC AUC of a feature alone must be below {most:.2f}. Higher are: {listed}. "
            "They seem to use the label, or data from after the cut-off."
        )
    return found


def check_model(name: str, auc: float, *, most: float, cutoff: date) -> None:
    """Check that a model's ROC AUC is plausible.

    Args:
        name: name of the model.
        auc: its ROC AUC on test customers.
        most: ROC AUC from which on leakage is suspected.
        cutoff: cut-off of the test.

    Raises:
        LeakageSuspected: the ROC AUC reaches the limit.
    """
    if auc >= most:
        raise LeakageSuspected(
            f"The ROC AUC of a churn model must be below {most:.2f}; higher values suggest leakage. {name} has "
            f"{auc:.3f} at the cut-off {cutoff}: look for a feature that uses later data."
        )


def _alone(column: pd.Series, y: np.ndarray) -> float:
    if not pd.api.types.is_numeric_dtype(column):
        texts = column.astype(object).where(column.notna(), "")
        # The churn rate of a rare category would reveal the labels of its few customers.
        texts = texts.where(texts.map(texts.value_counts()) >= FEWEST_OF_A_CATEGORY, "others")
        column = texts.map(pd.Series(y).groupby(texts.to_numpy()).mean())
    known = column.notna().to_numpy()
    return _auc(y[known], column[known])


def _auc(y: np.ndarray, score: pd.Series) -> float:
    if len(np.unique(y)) < 2 or score.nunique() < 2:
        return 0.5
    auc = float(roc_auc_score(y, score.astype("float64")))
    return max(auc, 1 - auc)
