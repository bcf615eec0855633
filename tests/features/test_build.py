import math
from datetime import date

import duckdb
import pandas as pd
import pyarrow as pa
import pytest

from clientela.contracts import CUSTOMER_FEATURES
from clientela.data.cleaning import Rule, clean
from clientela.errors import InvalidData, InvalidInput
from clientela.features.build import build_features, default_as_of, next_period, parse_as_of

AS_OF = date(2024, 7, 1)

# customer, invoice, date, code, quantity, price. 2024-01-06 is a Saturday; 2024-05-20 a Monday; 2024-06-10 a Monday.
LINES = [
    ("ann", "1", "2024-01-06 10:00:00", "X", 2, 10.0),
    ("ann", "1", "2024-01-06 10:00:00", "Y", 1, 20.0),
    ("ann", "2", "2024-05-20 19:30:00", "X", 4, 10.0),
    ("ann", "3", "2024-06-10 09:00:00", "Z", 3, 40.0),
    ("ann", "C4", "2024-06-15 09:00:00", "Z", -1, 40.0),
    ("ann", "C5", "2024-07-15 09:00:00", "Z", -1, 40.0),
    ("ann", "6", "2024-08-01 09:00:00", "X", 1, 10.0),
    ("bob", "7", "2023-11-15 12:00:00", "X", 1, 10.0),
    ("eve", "8", "2024-06-20 12:00:00", "Y", 1, 20.0),
    ("eve", "C9", "2024-06-21 12:00:00", "Y", -1, 20.0),
    ("new", "10", "2024-07-02 12:00:00", "Y", 1, 20.0),
]
NAMES = ("customer_id", "order_id", "ordered_at", "product_id", "quantity", "unit_price")
RULES = [
    Rule("unreadable_date"), Rule("missing_customer_id"), Rule("cancellation", prefix="C"), Rule("bad_quantity"),
    Rule("bad_price"),
]  # fmt: skip


def cleaned(lines=LINES, threads=2):
    connection = duckdb.connect(config={"threads": threads})
    columns = list(zip(*lines, strict=True))
    connection.register("source", pa.table(dict(zip(NAMES, map(list, columns), strict=True))))
    clean(connection, columns={name: name for name in NAMES}, rules=RULES)
    return connection


@pytest.fixture
def features():
    return build_features(cleaned(), as_of=AS_OF).set_index("customer_id")


ANN = {
    "days_since_last_purchase": 21,
    "order_count": 3,
    "total_spend": 160,  # 40 + 40 + 120 - 40 cancelled by then
    "mean_order_value": 160 / 3,
    "largest_order_value": 80,
    "tenure_days": 177,
    "active_months": 3,
    "mean_days_between_orders": (135 + 21) / 2,
    "sd_days_between_orders": 57 * math.sqrt(2),
    "recent_spend": 120,
    "spend_trend": 0.5,  # 120 in the last 90 days, 40 in the 90 before
    "items_per_order": 9 / 3,
    "lines_per_order": 4 / 3,
    "products_per_order": 4 / 3,
    "distinct_products": 3,
    "mean_item_price": 160 / 9,
    "return_share": 40 / 200,
    "weekend_share": 1 / 3,
    "evening_share": 1 / 3,
    "holiday_share": 0,
}


@pytest.mark.parametrize("name", CUSTOMER_FEATURES.names[1:])
def test_each_feature_as_computed_by_hand(features, name):
    assert features.loc["ann", name] == pytest.approx(ANN[name])


def test_a_customer_of_one_order_has_no_gaps(features):
    bob = features.loc["bob"]
    assert bob[["mean_days_between_orders", "sd_days_between_orders"]].isna().all()
    assert bob["spend_trend"] == 0
    assert bob["holiday_share"] == 1
    assert bob["tenure_days"] == bob["days_since_last_purchase"] == 229


def test_a_customer_who_took_everything_back_is_none(features):
    assert "eve" not in features.index


def test_a_cancellation_after_the_as_of_date_is_not_known_yet():
    before = build_features(cleaned(), as_of=date(2024, 6, 21)).set_index("customer_id")
    assert before.loc["eve", "total_spend"] == 20
    assert before.loc["ann", "return_share"] == pytest.approx(40 / 200)
    assert build_features(cleaned(), as_of=date(2024, 6, 15)).set_index("customer_id").loc["ann", "return_share"] == 0


def test_orders_from_the_as_of_date_on_are_not_seen(features):
    assert list(features.index) == ["ann", "bob"]


def test_the_columns_keep_the_contract(features):
    frame = features.reset_index()
    assert tuple(frame.columns) == CUSTOMER_FEATURES.names
    assert all(dtype == "float64" for dtype in frame.dtypes[1:])
    for column in CUSTOMER_FEATURES.columns:
        if column.required:
            assert frame[column.name].notna().all(), column.name


def test_a_source_of_dates_has_no_evening_share():
    lines = [(who, order, day[:10], *rest) for who, order, day, *rest in LINES]
    assert build_features(cleaned(lines), as_of=AS_OF)["evening_share"].isna().all()


def test_neither_the_order_of_rows_nor_the_threads_matter(features):
    for lines, threads in ((LINES[::-1], 1), (LINES, 1), (LINES[3:] + LINES[:3], 4)):
        again = build_features(cleaned(lines, threads), as_of=AS_OF).set_index("customer_id")
        pd.testing.assert_frame_equal(again, features, check_exact=True)


def test_nobody_before_the_as_of_date_is_an_error():
    with pytest.raises(InvalidData, match="after the first transaction, 2023-11-15. Got 2020-01-01 instead"):
        build_features(cleaned(), as_of=date(2020, 1, 1))


def test_the_default_as_of_date_is_the_day_after_the_last_transaction():
    assert default_as_of(cleaned()) == date(2024, 8, 2)


def test_the_next_period_is_what_was_kept_in_it():
    spend = next_period(cleaned(), start=date(2024, 6, 1), days=30)
    assert spend["next_spend"].to_dict() == {"ann": 80}
    assert spend["next_orders"].to_dict() == {"ann": 1}
    longer = next_period(cleaned(), start=date(2024, 6, 1), days=60)
    assert longer["next_spend"].to_dict() == {"ann": 40, "new": 20}


@pytest.mark.parametrize("text", ["tomorrow", "2024-13-01", "01/02/2024"])
def test_an_as_of_date_that_is_none_is_named(text):
    with pytest.raises(InvalidInput, match="must be a date like 2011-12-10. Got"):
        parse_as_of(text)
