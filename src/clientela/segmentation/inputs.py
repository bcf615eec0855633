"""The matrices that candidates are fitted to and scored on, of the present and of the past customers."""

from dataclasses import dataclass
from datetime import date
from typing import Any

import duckdb
import numpy as np
import pandas as pd

from clientela.contracts import RFM
from clientela.errors import InvalidData
from clientela.features.extra import ExtraFeatures
from clientela.features.scaling import make_scaler
from clientela.features.snapshot import FEWEST_CUSTOMERS
from clientela.segmentation.clustering.evaluation import ClusteringInput
from clientela.segmentation.past_customers import PastCustomers, take_past_snapshot, usable_fit
from clientela.settings import FitFeature


@dataclass(frozen=True)
class ComparisonInputs:
    """The data on which candidates are fitted and scored.

    Attributes:
        present: customers as of the as-of date.
        past: customers one horizon earlier; None if the history is shorter than two horizons, or had too few
            customers then.
        scaler: scaler fitted to the present customers.
        columns: features of the fit.
        dropped: features of the fit that the source cannot fill -> the reason.
    """

    present: ClusteringInput
    past: PastCustomers | None
    scaler: Any
    columns: list[str]
    dropped: dict[str, str]


def prepare_inputs(
    connection: duckdb.DuckDBPyConnection | None,
    features: pd.DataFrame,
    *,
    fit: dict[str, FitFeature],
    as_of: date,
    horizon_days: int,
    extra: ExtraFeatures | None = None,
) -> ComparisonInputs:
    """Scale the customers as of `as_of`, and take the past snapshot that next-period spend is measured on.

    Args:
        connection: connection with the transactions; the table `net_lines` is recreated. None if there are none.
        features: CustomerFeatures contract as of `as_of`.
        fit: features of the fit.
        as_of: as-of date.
        horizon_days: length of the next period (days).
        extra: attributes and event features of the fit as of any date; None without any.

    Returns:
        The inputs, rows as in `features`.

    Raises:
        InvalidData: there are too few customers to segment.
    """
    if len(features) < FEWEST_CUSTOMERS:
        raise InvalidData(f"A comparison needs at least {FEWEST_CUSTOMERS} customers. Got {len(features)} instead.")
    usable, dropped = usable_fit(features, fit)
    columns, scaler = list(usable), make_scaler(usable)
    present = ClusteringInput(np.ascontiguousarray(scaler.fit_transform(features[columns])), features[RFM].to_numpy())
    if connection is None:
        return ComparisonInputs(present, None, scaler, columns, dropped)
    past = take_past_snapshot(
        connection,
        features,
        fit=usable,
        as_of=as_of,
        days_back=horizon_days,
        horizon_days=horizon_days,
        extra=extra,
    )
    return ComparisonInputs(present, past, scaler, columns, dropped)
