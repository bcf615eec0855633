"""What the customers of each segment have spent: usually, and in the last quarter."""

from typing import TypedDict

import numpy as np
import pandas as pd

QUARTER = 90  # days, as in the feature recent_spend


class SegmentMoney(TypedDict):
    """What the customers of a segment have spent in 90 days (currency); None where the source does not know it.

    `usual` is their spend per 90 days since their first orders, `last` their spend in the last 90 days, and
    `last_buyers` the number of them who bought in these days.
    """

    id: int
    usual: float | None
    last: float | None
    last_buyers: int | None


def segment_money(features: pd.DataFrame, segment_ids: np.ndarray) -> list[SegmentMoney]:
    """The usual spend and that of the last quarter.

    The usual spend of a customer is the total spend, divided by the days since the first order and multiplied by 90.
    First orders of less than 90 days ago count as 90 days ago.

    Args:
        features: CustomerFeatures contract, one row per customer.
        segment_ids: segment id of each row (customers,).

    Returns:
        One dict per segment, in order of the ids.
    """
    figures = pd.DataFrame(
        {
            "usual": features["total_spend"] / features["tenure_days"].clip(lower=QUARTER) * QUARTER
            if _known(features, "total_spend", "tenure_days")
            else np.nan,
            "last": features["recent_spend"] if _known(features, "recent_spend") else np.nan,
            "last_buyers": (features["days_since_last_purchase"] <= QUARTER).astype(float)
            if _known(features, "days_since_last_purchase")
            else np.nan,
        },
        index=features.index,
    )
    sums = figures.groupby(segment_ids).sum(min_count=1)
    return [_money(int(id_), row) for id_, row in sums.iterrows()]


def _known(features: pd.DataFrame, *columns: str) -> bool:
    return all(column in features and features[column].notna().any() for column in columns)


def _money(id_: int, row: pd.Series) -> SegmentMoney:
    usual, last, buyers = (None if pd.isna(value) else float(value) for value in row)
    return {"id": id_, "usual": usual, "last": last, "last_buyers": None if buyers is None else int(buyers)}
