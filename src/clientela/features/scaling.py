"""From features to the matrix that clusterings are fitted to: impute, transform, cap, standardise, weight."""

from collections.abc import Mapping
from typing import Any, Self

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, OneToOneFeatureMixin, TransformerMixin
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import FunctionTransformer, PowerTransformer, StandardScaler
from sklearn.utils.validation import check_is_fitted, validate_data

from clientela.errors import InvalidData, InvalidInput


class Winsorizer(OneToOneFeatureMixin, TransformerMixin, BaseEstimator):
    """Cap each column at two quantiles of the fitted data, to limit the influence of outliers (winsorizing).

    Parameters:
        lower, upper: quantiles in [0, 1], lower < upper.

    Attributes:
        caps_: array (2, n_features), the lower and upper caps.
    """

    def __init__(self, lower: float = 0.01, upper: float = 0.99) -> None:
        self.lower = lower
        self.upper = upper

    def fit(self, X: Any, y: None = None) -> Self:
        """Compute the caps."""
        if not 0 <= self.lower < self.upper <= 1:
            raise InvalidInput(
                "The lower and upper parameters of Winsorizer must be rising quantiles in [0, 1]. "
                f"Got {self.lower} and {self.upper} instead."
            )
        X = validate_data(self, X, dtype="float64")
        self.caps_ = np.quantile(X, [self.lower, self.upper], axis=0)
        return self

    def transform(self, X: Any) -> np.ndarray:
        """Clip every value of X to the caps of its column."""
        check_is_fitted(self)
        return np.clip(validate_data(self, X, dtype="float64", reset=False), *self.caps_)


def capped_customers(features: pd.DataFrame, fit: Mapping[str, Any]) -> dict[str, int]:
    """How many customers have a value beyond the caps of each feature of the fit.

    Args:
        features: one row per customer.
        fit: feature -> how it is scaled, with `cap`, two quantiles.

    Returns:
        Feature -> customers, without features that cap nobody.

    Example:
        >>> from clientela.settings import FitFeature
        >>> features = pd.DataFrame({"order_count": [*range(1, 100), 900]})
        >>> capped_customers(features, {"order_count": FitFeature(cap=(0, 0.99))})
        {'order_count': 1}
    """
    found = {}
    for name in (name for name in fit if name in features):
        values = features[name].dropna().to_numpy(dtype=float)
        if len(values):
            low, high = np.quantile(values, fit[name].cap)
            found[name] = int(((values < low) | (values > high)).sum())
    return {name: customers for name, customers in found.items() if customers}


def usable_features(features: pd.DataFrame, fit: Mapping[str, Any]) -> tuple[list[str], dict[str, str]]:
    """Select the features of the fit that this data set can provide.

    A source without products or times leaves columns empty, and a constant column does not separate customers.

    Args:
        features: CustomerFeatures contract, one row per customer.
        fit: feature -> how it is scaled.

    Returns:
        Names of the usable features, and the reason for each of the others.

    Raises:
        InvalidData: no feature is usable.
    """
    dropped = {}
    for name in fit:
        if name not in features or features[name].isna().all():
            dropped[name] = "the source does not have it"
        elif features[name].nunique() == 1 and features[name].notna().all():
            dropped[name] = "it is the same for every customer"
    usable = [name for name in fit if name not in dropped]
    if not usable:
        raise InvalidData(f"At least one feature of the fit must differ between customers. Got {dropped} instead.")
    return usable, dropped


def make_scaler(fit: Mapping[str, Any]) -> ColumnTransformer:
    """Make an unfitted transformer from features to a matrix with one column per feature, in the order of `fit`.

    Missing values (a customer with one order has no gap between orders) become the median. Weights multiply the
    standardised column, so a squared distance counts a feature weight**2 times.

    Args:
        fit: feature -> transform ("none", "log" for log1p, "yeo-johnson"), cap (two quantiles), standardise, weight.
    """
    # scikit-learn refuses two underscores in a name, which a value of an attribute may contain.
    names = {name: name if "__" not in name else f"column {position}" for position, name in enumerate(fit)}
    return ColumnTransformer(
        [(names[name], _steps(feature), [name]) for name, feature in fit.items()],
        transformer_weights={names[name]: feature.weight for name, feature in fit.items()},
        verbose_feature_names_out=False,
    )


def _steps(feature: Any) -> Pipeline:
    reshape = {
        "none": [],
        "log": [FunctionTransformer(np.log1p, feature_names_out="one-to-one")],
        "yeo-johnson": [PowerTransformer("yeo-johnson", standardize=False)],
    }[feature.transform]
    standard = [StandardScaler()] if feature.standardise else []
    return make_pipeline(SimpleImputer(strategy="median"), *reshape, Winsorizer(*feature.cap), *standard)
