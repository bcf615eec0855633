"""A first table of the customers by the RFM rules: recency, frequency and monetary value in ten named cells."""

import numpy as np
import pandas as pd

from clientela.features.rfm import RfmRules

# In the order of the cells of the segment map in `features.rfm`.
CELLS = (
    "hibernating", "at risk", "cannot lose", "about to sleep", "need attention", "loyal", "promising", "new",
    "potential loyal", "champions",
)  # fmt: skip
RFM = ("days_since_last_purchase", "order_count", "total_spend")


def rfm_table(features: pd.DataFrame) -> pd.DataFrame:
    """Customers and spend in each cell of the RFM segment map, the highest spend first.

    Args:
        features: customer features with the columns of `RFM`, one row per customer.

    Returns:
        One row per cell with customers: `customers`, `share of customers`, `spend`, `share of spend`, and the medians
        of `days since last purchase`, `orders` and `spend each`.

    >>> columns = {"days_since_last_purchase": [1, 90, 40], "order_count": [9, 1, 3], "total_spend": [900.0, 10, 90]}
    >>> rfm_table(pd.DataFrame(columns))["customers"].sum()
    np.int64(3)
    """
    rfm = features[list(RFM)].to_numpy(dtype=np.float64)
    cell = np.asarray(CELLS)[RfmRules().fit(rfm).predict(rfm)]
    days, orders, spend = RFM
    groups = features.groupby(cell)
    table = pd.DataFrame(
        {
            "customers": groups.size(),
            "share of customers": groups.size() / len(features),
            "spend": groups[spend].sum(),
            "share of spend": groups[spend].sum() / features[spend].sum(),
            "days since last purchase": groups[days].median(),
            "orders": groups[orders].median(),
            "spend each": groups[spend].median(),
        }
    )
    return table.sort_values("spend", ascending=False).rename_axis("cell").reset_index()
