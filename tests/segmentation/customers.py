"""Random customers, for tests of figures."""

import numpy as np
import pandas as pd

from clientela.contracts import CUSTOMER_FEATURES


def customers(count=200, seed=0):
    """Customers without the features that need times of day; half of them have one order, so no gaps."""
    rng = np.random.default_rng(seed)
    features = pd.DataFrame({"customer_id": [f"C{row}" for row in range(count)]})
    features = features.assign(
        days_since_last_purchase=rng.integers(1, 400, count).astype(float),
        order_count=rng.integers(1, 20, count).astype(float),
        total_spend=rng.gamma(2.0, 100.0, count),
        mean_days_between_orders=np.where(np.arange(count) % 2, np.nan, 9.0),
    )
    return features.reindex(columns=CUSTOMER_FEATURES.names)
