"""Supervised models of eligibility: who will be in the next period's top group, predicted from today's features.

Models are trained on windows whose next period was over at the date that they are scored at, so nothing leaks.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from sklearn.ensemble import ExtraTreesClassifier, HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import average_precision_score
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import QuantileTransformer
from threadpoolctl import threadpool_limits

TREES = {"n_estimators": 200, "min_samples_leaf": 10, "max_features": "sqrt", "n_jobs": -1}
# Few leaves and a low learning rate: a few thousand customers are easily overfitted.
BOOSTING = {"learning_rate": 0.03, "max_iter": 150, "max_leaf_nodes": 8, "min_samples_leaf": 30, "l2_regularization": 5}
NEIGHBOURS = 50
MODELS = ("nearest_neighbours", "logistic_regression", "extra_trees", "random_forest", "gradient_boosting")


@dataclass(frozen=True)
class TrainingWindow:
    """Customers as of a date, and whether each was in the top group of the period that followed.

    Attributes:
        features: CustomerFeatures contract.
        in_top: boolean target, one per row of `features`.
    """

    features: pd.DataFrame
    in_top: np.ndarray


def top_spenders(next_spend: np.ndarray, share: float) -> np.ndarray:
    """Whether each customer is in the top group by next-period spend; customers who spent nothing are never in it.

    Args:
        next_spend: spend of each customer; (customers,), currency.
        share: the group's share of the customers, in (0, 1).
    """
    size = max(1, round(share * len(next_spend)))
    mask = np.zeros(len(next_spend), dtype=bool)
    mask[np.argsort(-next_spend, kind="stable")[:size]] = True
    return mask & (next_spend > 0)


def predict_top(name: str, windows: Sequence[TrainingWindow], features: pd.DataFrame, *, seed: int) -> np.ndarray:
    """Train a model and predict each customer's probability to be in the next period's top group.

    A feature that is empty in any window, or in `features`, is left out.

    Args:
        name: one of MODELS.
        windows: training windows, at least one.
        features: CustomerFeatures contract of the customers to predict.
        seed: random seed of the model.

    Returns:
        Probabilities; (customers,). All are equal where the training target has one class.
    """
    known = [c for c in features.columns if c != "customer_id" and not features[c].isna().all()]
    known = [c for c in known if not any(window.features[c].isna().all() for window in windows)]
    X = pd.concat([window.features[known] for window in windows]).to_numpy()
    y = np.concatenate([window.in_top for window in windows])
    if len(np.unique(y)) < 2:
        return np.full(len(features), float(y.mean()))
    # One thread: beside another busy process the threads of boosting wait for each other.
    with threadpool_limits(1):
        model = _make_model(name, len(y), seed=seed).fit(X, y)
    if name in ("extra_trees", "random_forest"):
        # Several threads would add up the trees in a varying order, which changes the last digit.
        model[-1].set_params(n_jobs=1)
    probabilities: np.ndarray = model.predict_proba(features[known].to_numpy())[:, 1]
    return probabilities


def average_precision(scores: np.ndarray, in_top: np.ndarray) -> float:
    """Average precision of a ranking: 1 where the whole top group comes first, about its share for a random ranking.

    NaN where nobody is in the top group.
    """
    return float(average_precision_score(in_top, scores)) if in_top.any() else float("nan")


def _make_model(name: str, rows: int, *, seed: int) -> Pipeline:
    fill = SimpleImputer(strategy="median")
    # Distances and linear weights need features of similar distributions; amounts and counts have long tails.
    shaped = make_pipeline(fill, QuantileTransformer(n_quantiles=min(200, rows), output_distribution="normal"))
    if name == "nearest_neighbours":
        return make_pipeline(shaped, KNeighborsClassifier(min(NEIGHBOURS, rows)))
    if name == "logistic_regression":
        return make_pipeline(shaped, LogisticRegression(C=0.1, max_iter=1000))
    if name == "extra_trees":
        return make_pipeline(fill, ExtraTreesClassifier(random_state=seed, **TREES))
    if name == "random_forest":
        return make_pipeline(fill, RandomForestClassifier(random_state=seed, **TREES))
    return make_pipeline(HistGradientBoostingClassifier(random_state=seed, **BOOSTING))
