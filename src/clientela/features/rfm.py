"""The baseline of the comparison: rules on RFM quintiles, as used in marketing.

Scores 1 to 5 by quintile (Hughes, *Strategic Database Marketing*, 1994), recency against the mean of frequency and
monetary, in the ten cells of the widely used RFM segment map.
"""

from typing import Self

import numpy as np

# Rows: recency score 1..5; columns: mean of the frequency and monetary scores 1..5, rounded half up.
HIBERNATING, AT_RISK, CANNOT_LOSE, ABOUT_TO_SLEEP, NEED_ATTENTION = range(5)
LOYAL, PROMISING, NEW, POTENTIAL, CHAMPIONS = range(5, 10)
SEGMENT_MAP = np.array(
    [
        [HIBERNATING, HIBERNATING, AT_RISK, AT_RISK, CANNOT_LOSE],
        [HIBERNATING, HIBERNATING, AT_RISK, AT_RISK, CANNOT_LOSE],
        [ABOUT_TO_SLEEP, ABOUT_TO_SLEEP, NEED_ATTENTION, LOYAL, LOYAL],
        [PROMISING, POTENTIAL, POTENTIAL, LOYAL, LOYAL],
        [NEW, POTENTIAL, POTENTIAL, CHAMPIONS, CHAMPIONS],
    ]
)
QUINTILES = (0.2, 0.4, 0.6, 0.8)


class RfmRules:
    """Rules on the quintiles of the fitted customers.

    Attributes:
        edges_: array (4, 3), the quintiles of recency, frequency and monetary.
        classes_: array (10,), the cells of the segment map.
    """

    edges_: np.ndarray
    classes_ = np.arange(10)

    def fit(self, rfm: np.ndarray) -> Self:
        """Compute the quintiles.

        Args:
            rfm: days since the last purchase, orders and spend, shape (customers, 3).
        """
        self.edges_ = np.quantile(rfm, QUINTILES, axis=0)
        return self

    def scores(self, rfm: np.ndarray) -> np.ndarray:
        """Scores from 1 to 5, shape (customers, 3); 5 is best. Equal values get equal scores."""
        recency, frequency, monetary = (
            np.searchsorted(self.edges_[:, column], rfm[:, column], side="left") for column in range(3)
        )
        return np.column_stack([5 - recency, 1 + frequency, 1 + monetary])

    def predict(self, rfm: np.ndarray) -> np.ndarray:
        """The cell of the segment map of each customer, 0 to 9, shape (customers,)."""
        recency, frequency, monetary = self.scores(rfm).T
        return SEGMENT_MAP[recency - 1, (frequency + monetary + 1) // 2 - 1]
