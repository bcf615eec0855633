"""Customer features of a table with one row per customer."""

from datetime import date

import pandas as pd
import pytest

from clientela.contracts import CUSTOMER_FEATURES
from clientela.errors import InvalidData
from clientela.features.totals import features_of_totals, has_rfm, last_day, purchase_period

TOTALS = pd.DataFrame(
    {
        "customer_id": ["7", "8"],
        "first_purchase": pd.to_datetime(["2023-01-01", "2024-01-30"]),
        "last_purchase": pd.to_datetime(["2024-01-31", "2024-01-30"]),
        "order_count": [4.0, 1.0],
        "total_spend": [40.0, 7.0],
    }
)


def test_the_features_come_from_the_columns():
    features = features_of_totals(TOTALS, as_of=date(2024, 2, 1))
    assert tuple(features.columns) == CUSTOMER_FEATURES.names
    assert features["days_since_last_purchase"].tolist() == [1.0, 2.0]
    assert features["tenure_days"].tolist() == [396.0, 2.0]
    assert features["mean_order_value"].tolist() == [10.0, 7.0]
    assert features["mean_days_between_orders"].iloc[0] == pytest.approx(395 / 3)
    assert features["mean_days_between_orders"].isna().tolist() == [False, True]
    assert features["weekend_share"].isna().all()
    assert has_rfm(features)


def test_a_date_on_or_after_the_as_of_date_is_refused():
    with pytest.raises(InvalidData, match="later than the last purchase in a table of totals, 2024-01-31"):
        features_of_totals(TOTALS, as_of=date(2024, 1, 31))


def test_a_table_of_attributes_has_no_rfm_and_no_dates():
    totals = TOTALS[["customer_id"]]
    assert not has_rfm(features_of_totals(totals, as_of=date(2024, 2, 1)))
    assert last_day(totals) is None
    assert purchase_period(totals) is None
    assert purchase_period(TOTALS) == (date(2023, 1, 1), date(2024, 1, 31))
