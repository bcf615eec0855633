"""The models that are compared: pipelines from raw features to the probability of churn."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from sklearn.compose import ColumnTransformer
from sklearn.dummy import DummyClassifier
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, StandardScaler
from sklearn.tree import DecisionTreeClassifier

from clientela.churn.features import CATEGORIES
from clientela.errors import InvalidInput

# The simplest first: among models without a significant difference, the first is chosen.
SIMPLICITY = ("dummy", "logistic_regression", "decision_tree", "random_forest", "gradient_boosting")
SIGNED = ("spend_trend", "order_trend", "order_value_change")
UNKNOWN = "unknown"
FEWEST_OF_A_CATEGORY = 20


def make_model(name: str, columns: Sequence[str], *, seed: int) -> Pipeline:
    """An unfitted pipeline with the steps `prepare` and `model`; its input is the raw features.

    Args:
        name: one of SIMPLICITY.
        columns: names of the features, in order.
        seed: random seed of the model.

    Returns:
        The pipeline.

    Raises:
        InvalidInput: the name is unknown.
    """
    if name == "dummy":
        return Pipeline([("prepare", "passthrough"), ("model", DummyClassifier(strategy="prior"))])
    if name == "logistic_regression":
        # Days, counts and money have long tails.
        numbers: Any = make_pipeline(_filled(), _logs(columns), StandardScaler())
        model: Any = LogisticRegression(max_iter=1_000)
    elif name == "decision_tree":
        numbers, model = make_pipeline(_filled()), DecisionTreeClassifier(random_state=seed)
    elif name == "random_forest":
        numbers, model = make_pipeline(_filled()), RandomForestClassifier(random_state=seed)
    elif name == "gradient_boosting":
        # It supports missing values: each split learns which side they belong to.
        numbers, model = "passthrough", HistGradientBoostingClassifier(early_stopping=False, random_state=seed)
    else:
        raise InvalidInput(f"The name of a churn model must be one of {', '.join(SIMPLICITY)}. Got {name!r} instead.")
    return Pipeline([("prepare", _prepare(numbers, columns, linear=name == "logistic_regression")), ("model", model)])


def matrix(rows: pd.DataFrame, columns: Sequence[str]) -> pd.DataFrame:
    """The input of the pipelines: numbers as float64, categories as text, "unknown" for missing categories."""
    taken = rows[list(columns)].copy()
    for name in columns:
        if name in CATEGORIES:
            taken[name] = taken[name].astype(object).where(taken[name].notna(), UNKNOWN)
        else:
            taken[name] = taken[name].astype("float64")
    return taken


def is_signed(name: str) -> bool:
    """Whether a feature can be negative; all others are days, counts, money and shares."""
    return name in SIGNED or name.startswith("orders_lost_")


def _filled() -> SimpleImputer:
    """Imputation by the median; 0 for features without any value in the training rows, which stay as columns."""
    return SimpleImputer(strategy="median", keep_empty_features=True)


def _logs(columns: Sequence[str]) -> ColumnTransformer:
    """log1p of the features that cannot be negative, by position among the numbers."""
    numbers = [name for name in columns if name not in CATEGORIES]
    logged = [place for place, name in enumerate(numbers) if not is_signed(name)]
    return ColumnTransformer([("log", FunctionTransformer(np.log1p), logged)], remainder="passthrough")


def _prepare(numbers: Any, columns: Sequence[str], *, linear: bool) -> ColumnTransformer:
    categories = [name for name in columns if name in CATEGORIES]
    encoder: Any = OneHotEncoder(
        handle_unknown="infrequent_if_exist", min_frequency=FEWEST_OF_A_CATEGORY, sparse_output=False
    )
    steps = [("numbers", numbers, [name for name in columns if name not in CATEGORIES])]
    if categories:
        steps.append(("categories", make_pipeline(encoder, StandardScaler()) if linear else encoder, categories))
    return ColumnTransformer(steps, verbose_feature_names_out=False)
