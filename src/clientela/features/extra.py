"""Features of the fit beyond purchases: attributes and aggregates of events, categories as indicator columns.

An indicator column is named `attribute=value`: 1 for customers with that value, otherwise 0.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal, Protocol

import duckdb
import numpy as np
import pandas as pd
from scipy.stats import skew

Kind = Literal["numeric", "categorical"]
IS = "="  # between the attribute and the value of an indicator column
SMALLEST_SHARE = 0.01  # of the customers who have a value, for it to be an indicator of the fit
MOST_VALUES = 20  # of a categorical attribute in the fit; an id or a free text is none
LONG_TAIL = 1.0  # skewness from which the transform auto takes logarithms
# Share of a categorical attribute's variance in that of a numeric one: the distance between two values of a category is
# a gap, which clusterings find too easily (Hennig & Liao 2013, How to find an appropriate clustering for mixed-type
# variables, JRSS C 62(3), 309-369, section 6).
CATEGORICAL_VARIANCE = 0.5


class EventAggregates(Protocol):
    """Aggregates of one source of events."""

    @property
    def without_events(self) -> dict[str, float]:
        """Values of a customer without any event, for the features that are known then."""
        ...

    def at(self, connection: duckdb.DuckDBPyConnection, as_of: date) -> pd.DataFrame:
        """Aggregates of the events before a date: customer_id and one column per feature."""
        ...


@dataclass(frozen=True)
class ExtraFeatures:
    """What is known of the customers beyond their purchases.

    Attributes:
        attributes: customer_id and attributes, one row per customer; None without any.
        sources: sources of events.
        kinds: attribute or event feature -> "numeric" or "categorical".
        in_fit: names of those that the fit uses.
        block_of: name -> block, such as "attributes" or the name of a source.
    """

    attributes: pd.DataFrame | None = None
    sources: Sequence[EventAggregates] = ()
    kinds: Mapping[str, Kind] = field(default_factory=dict)
    in_fit: frozenset[str] = frozenset()
    block_of: Mapping[str, str] = field(default_factory=dict)

    def at(self, connection: duckdb.DuckDBPyConnection, as_of: date, customers: pd.Series) -> pd.DataFrame:
        """All attributes and event features as of a date.

        Args:
            connection: connection with the tables of events.
            as_of: as-of date; attributes have no date and are taken as they are.
            customers: ids of the customers.

        Returns:
            customer_id and one column per feature, rows as in `customers`.
        """
        frame = pd.DataFrame({"customer_id": customers.to_numpy()})
        if self.attributes is not None:
            frame = frame.merge(self.attributes, on="customer_id", how="left", validate="one_to_one")
        for source in self.sources:
            frame = frame.merge(source.at(connection, as_of), on="customer_id", how="left", validate="one_to_one")
            frame = frame.fillna(source.without_events)
        return frame

    def add(self, features: pd.DataFrame, values: pd.DataFrame) -> pd.DataFrame:
        """Customer features with the columns that the fit uses.

        Args:
            features: CustomerFeatures contract.
            values: attributes and event features (`at`), rows as in `features`.

        Returns:
            The features and one column per numeric feature, or per value of a categorical one.
        """
        columns: dict[str, pd.Series] = {}
        for name in (name for name in self.kinds if name in self.in_fit):
            column = values[name].set_axis(features.index)
            columns |= indicators(name, column) if self.kinds[name] == "categorical" else {name: column.astype(float)}
        return pd.concat([features, pd.DataFrame(columns, index=features.index)], axis="columns")


def indicators(name: str, values: pd.Series) -> dict[str, pd.Series]:
    """One column of 0 and 1 per value of a categorical attribute, the most frequent values first.

    Args:
        name: attribute.
        values: value of each customer; None if unknown, which is 0 in every column.

    Returns:
        Column name -> column. A value that fewer than 1 % have gets no column.

    Example:
        >>> {name: column.tolist() for name, column in indicators("city", pd.Series(["Rio", None, "Rio"])).items()}
        {'city=Rio': [1.0, 0.0, 1.0]}
    """
    counts = values.dropna().astype(str).value_counts()
    frequent = counts[counts >= SMALLEST_SHARE * counts.sum()]
    chosen = sorted(frequent.items(), key=lambda item: (-item[1], item[0]))[:MOST_VALUES]
    return {f"{name}{IS}{value}": (values.astype(str) == value).astype(float) for value, _ in chosen}


def with_indicators(features: pd.DataFrame, needed: Sequence[str]) -> pd.DataFrame:
    """Features with a column of zeros for each needed value that no customer has; others are left as they are."""
    attributes = {column.partition(IS)[0] for column in features if IS in column}
    missing = [name for name in needed if name not in features and name.partition(IS)[0] in attributes and IS in name]
    return features.assign(**dict.fromkeys(missing, 0.0)) if missing else features


def resolve_fit(fit: Mapping[str, Any], features: pd.DataFrame, extra: ExtraFeatures) -> dict[str, Any]:
    """The fit column by column: transforms chosen, categories as indicators, no block above the others.

    An indicator keeps its own variance, and a categorical attribute has half the variance of a numeric feature in all.
    Where the fit has several blocks (purchases, attributes, each source of events), the variance of each block is that
    of one feature, as in multiple factor analysis (Escofier & Pagès 1994, Multiple factor analysis (AFMULT package),
    CSDA 18(1), 121-140), with the total variance in place of the first eigenvalue. Weights of the settings multiply
    the result.

    Args:
        fit: feature -> how it is scaled.
        features: features with the columns that the fit uses (`ExtraFeatures.add`).
        extra: attributes and event features.

    Returns:
        Column -> how it is scaled. Features that are no columns stay as they are.
    """
    used = [name for name in fit if name in extra.kinds or _varies(features, name)]
    sizes: dict[str, int] = {}
    for name in used:
        sizes[_block(name, extra)] = sizes.get(_block(name, extra), 0) + 1
    resolved: dict[str, Any] = {}
    for name, feature in fit.items():
        balance = sizes.get(_block(name, extra), 1) ** -0.5 if len(sizes) > 1 else 1.0
        scaled = feature.model_copy(update={"weight": feature.weight * balance})
        if extra.kinds.get(name) == "categorical":
            resolved |= _resolve_indicators(name, scaled, features)
        else:
            resolved[name] = scaled.model_copy(update={"transform": _transform(scaled.transform, features, name)})
    return resolved


def _block(name: str, extra: ExtraFeatures) -> str:
    return extra.block_of.get(name, "purchases")


def _varies(features: pd.DataFrame, name: str) -> bool:
    return name in features and features[name].nunique() > 1


def _resolve_indicators(name: str, feature: Any, features: pd.DataFrame) -> dict[str, Any]:
    """The indicators of a categorical attribute, weighted by their own standard deviations."""
    columns = [column for column in features if column.startswith(f"{name}{IS}") and features[column].nunique() > 1]
    deviations = {column: float(features[column].std(ddof=0)) for column in columns}
    total = sum(deviation**2 for deviation in deviations.values())
    scale = feature.weight * (CATEGORICAL_VARIANCE / total) ** 0.5 if total else 1.0
    update = {"transform": "none", "cap": (0.0, 1.0)}
    return {
        column: feature.model_copy(update={**update, "weight": deviation * scale})
        for column, deviation in deviations.items()
    }


def _transform(transform: str, features: pd.DataFrame, name: str) -> str:
    if transform != "auto":
        return transform
    values = features[name].dropna().to_numpy(dtype=float) if name in features else np.zeros(0)
    is_long = len(values) > 2 and values.min() >= 0 and float(skew(values)) > LONG_TAIL
    return "log" if is_long else "none"
