import math
from datetime import date
from importlib.resources import files

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clientela.contracts import CUSTOMER_FEATURES
from clientela.data.cleaning import clean
from clientela.data.rules import Rule
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
    # 40 + 40 + 80 and 1 + 1 + 1, halved every 125 days
    "fading_spend": 40 * 0.5 ** (177 / 125) + 40 * 0.5 ** (42 / 125) + 80 * 0.5 ** (21 / 125),
    "fading_orders": 0.5 ** (177 / 125) + 0.5 ** (42 / 125) + 0.5 ** (21 / 125),
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


# Orders at the edges of what counts as evening, weekend and holiday season.
EDGES = [
    ("kim", "1", "2024-10-27 17:59:59", "X", 1, 10.0),  # a Sunday in October, a second before six
    ("kim", "2", "2024-11-01 18:00:00", "X", 2, 10.0),  # a Friday in November, at six
    ("kim", "2", "2024-11-01 18:05:00", "X", 3, 10.0),  # the same product again in one order
    ("kim", "3", "2024-11-01 23:59:00", "Y", 1, 30.0),  # the same day
    ("kim", "4", "2024-12-31 00:00:00", "Z", 1, 40.0),  # a Tuesday, midnight
]
KIM = {
    "days_since_last_purchase": 1,
    "order_count": 4,
    "total_spend": 130,
    "mean_order_value": 32.5,
    "largest_order_value": 50,
    "tenure_days": 66,
    "active_months": 3,
    "mean_days_between_orders": (5 + 0 + 60) / 3,
    "sd_days_between_orders": np.std([5, 0, 60], ddof=1),
    "recent_spend": 130,
    "fading_spend": 10 * 0.5 ** (66 / 125) + 80 * 0.5 ** (61 / 125) + 40 * 0.5 ** (1 / 125),
    "fading_orders": 0.5 ** (66 / 125) + 2 * 0.5 ** (61 / 125) + 0.5 ** (1 / 125),
    "spend_trend": 1,
    "items_per_order": 8 / 4,
    "lines_per_order": 5 / 4,
    "products_per_order": 1,
    "distinct_products": 3,
    "mean_item_price": 130 / 8,
    "return_share": 0,
    "weekend_share": 1 / 4,
    "evening_share": 2 / 4,
    "holiday_share": 120 / 130,
}


@pytest.mark.parametrize("name", CUSTOMER_FEATURES.names[1:])
def test_each_feature_at_its_edges(name):
    features = build_features(cleaned(EDGES), as_of=date(2025, 1, 1)).set_index("customer_id")
    assert features.loc["kim", name] == pytest.approx(KIM[name])


def one_order(moment):
    return [("ann", "1", moment, "X", 1, 10.0), ("other", "2", "2020-01-01 12:00:00", "X", 1, 10.0)]


@pytest.mark.parametrize(
    ("moment", "recent_spend", "spend_trend"),
    [
        ("2024-06-30 23:59:59", 10, 1),
        ("2024-04-02 00:00:00", 10, 1),  # 90 days before the as-of date
        ("2024-04-01 23:59:59", 0, -1),
        ("2024-01-03 00:00:00", 0, -1),  # 180 days
        ("2024-01-02 23:59:59", 0, 0),
    ],
)
def test_recent_is_90_days_and_earlier_the_90_before(moment, recent_spend, spend_trend):
    ann = build_features(cleaned(one_order(moment)), as_of=AS_OF).set_index("customer_id").loc["ann"]
    assert (ann["recent_spend"], ann["spend_trend"]) == (recent_spend, spend_trend)


@pytest.mark.parametrize(
    ("moment", "days"), [("2024-06-30 23:59:59", 1), ("2024-06-30 00:00:00", 1), ("2024-06-29 23:59:59", 2)]
)
def test_days_are_counted_from_midnight_to_midnight(moment, days):
    ann = build_features(cleaned(one_order(moment)), as_of=AS_OF).set_index("customer_id").loc["ann"]
    assert ann["days_since_last_purchase"] == ann["tenure_days"] == days


def test_an_order_at_midnight_of_the_as_of_date_is_not_seen():
    assert "ann" not in build_features(cleaned(one_order("2024-07-01 00:00:00")), as_of=AS_OF)["customer_id"].tolist()


@pytest.mark.parametrize(
    ("moment", "weekend"),
    [("2024-06-07 23:59:59", 0), ("2024-06-08 00:00:00", 1), ("2024-06-09 23:59:59", 1), ("2024-06-10 00:00:00", 0)],
)
def test_the_weekend_is_saturday_and_sunday(moment, weekend):
    ann = build_features(cleaned(one_order(moment)), as_of=AS_OF).set_index("customer_id").loc["ann"]
    assert ann["weekend_share"] == weekend


def test_two_orders_have_a_mean_gap_but_no_spread():
    lines = [*one_order("2024-06-01 10:00:00"), ("ann", "3", "2024-06-11 09:00:00", "X", 1, 10.0)]
    ann = build_features(cleaned(lines), as_of=AS_OF).set_index("customer_id").loc["ann"]
    assert ann["mean_days_between_orders"] == 10
    assert np.isnan(ann["sd_days_between_orders"])


def test_the_same_invoice_number_of_two_customers_is_two_orders():
    lines = [("ann", "1", "2024-06-01", "X", 1, 10.0), ("bob", "1", "2024-06-01", "X", 1, 30.0)]
    assert build_features(cleaned(lines), as_of=AS_OF)["mean_order_value"].tolist() == [10, 30]


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


def test_features_as_of_a_date_do_not_know_what_came_after():
    as_of = date(2024, 6, 21)
    until_then = [line for line in LINES if line[2] < as_of.isoformat()]
    then, later = (build_features(cleaned(lines), as_of=as_of) for lines in (until_then, LINES))
    pd.testing.assert_frame_equal(then, later, check_exact=True)


def test_a_connection_answers_several_as_of_dates(features):
    connection = cleaned()
    assert len(build_features(connection, as_of=date(2024, 8, 2))) == 3
    again = build_features(connection, as_of=AS_OF).set_index("customer_id")
    pd.testing.assert_frame_equal(again, features, check_exact=True)


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


def test_the_contract_is_kept_by_a_source_of_dates_and_amounts():
    connection = duckdb.connect()
    source = {"who": ["1", "1", "2"], "on": ["2024-06-01", "2024-06-01", "2024-06-03"], "money": ["5", "5", "7.5"]}
    connection.register("source", pa.table(source))
    columns = {"customer_id": "who", "ordered_at": "on", "amount": "money"}
    clean(connection, columns=columns, rules=[Rule("unreadable_date"), Rule("missing_customer_id"), Rule("bad_amount")])
    frame = build_features(connection, as_of=AS_OF)
    assert tuple(frame.columns) == CUSTOMER_FEATURES.names
    assert frame["order_count"].tolist() == [2, 1]  # without an invoice number a row is an order
    assert frame["total_spend"].tolist() == [10, 7.5]
    missing = {name for name in frame if frame[name].isna().all()}
    assert missing == {
        "items_per_order", "products_per_order", "distinct_products", "mean_item_price", "evening_share",
        "sd_days_between_orders",
    }  # fmt: skip
    assert all(not CUSTOMER_FEATURES[name].required for name in missing)


def test_the_query_gives_the_types_of_the_contract():
    connection = cleaned()
    build_features(connection, as_of=AS_OF)
    sql = files("clientela.features").joinpath("sql", "customer_features.sql").read_text(encoding="utf-8")
    described = connection.execute(f"describe {sql.replace('$as_of', repr(AS_OF.isoformat()))}").fetchall()
    assert [(name, type_) for name, type_, *_ in described] == [
        (column.name, column.type) for column in CUSTOMER_FEATURES.columns
    ]


@st.composite
def shuffled_lines(draw):
    bought = st.tuples(
        st.sampled_from(["ann", "bob"]),
        st.sampled_from(["1", "2", "3"]),
        st.sampled_from(["2024-01-05 10:00:00", "2024-04-05 19:00:00", "2024-04-06 11:00:00"]),
        st.sampled_from(["X", "Y"]),
        st.sampled_from([0.1, 0.2, 0.7, 1.0, 2.0, 6.0]),
        st.sampled_from([1.1, 3.0]),
    )
    purchases = draw(st.lists(bought, min_size=1, max_size=12))
    # No two cancellations at one moment: these are taken in the order of the source.
    cancellations = [
        (who, f"C{minute}", f"2024-05-05 10:{minute:02}:00", code, -quantity, price)
        for minute, (who, _, _, code, quantity, price) in enumerate(draw(st.lists(bought, max_size=4)))
    ]
    lines = [("always", "9", "2024-01-01 10:00:00", "Z", 1.0, 1.0), *purchases, *cancellations]
    return lines, draw(st.permutations(lines))


@given(shuffled_lines())
@settings(max_examples=40)
def test_the_order_of_the_sources_rows_does_not_matter(both):
    frames = [build_features(cleaned(lines), as_of=AS_OF) for lines in both]
    pd.testing.assert_frame_equal(*frames, check_exact=True)


def test_the_number_of_threads_does_not_matter_even_to_weighed_goods():
    rng, n = np.random.default_rng(0), 300_000  # enough that DuckDB shares the rows among its threads
    source = pa.table(
        {
            "customer_id": rng.integers(0, 5, n),
            "order_id": rng.integers(0, 40, n),
            "ordered_at": np.datetime64("2024-01-01", "s") + rng.integers(0, 180 * 86_400, n).astype("timedelta64[s]"),
            "product_id": rng.integers(0, 40, n),
            "quantity": np.round(rng.random(n) * 3, 3),
            "unit_price": np.round(rng.random(n) * 9, 2),
        }
    )
    frames = []
    for threads in (1, 4):
        with duckdb.connect(config={"threads": threads}) as connection:
            connection.register("source", source)
            clean(connection, columns={name: name for name in NAMES}, rules=RULES)
            frames.append(build_features(connection, as_of=AS_OF))
    pd.testing.assert_frame_equal(*frames, check_exact=True)


def test_neither_the_order_of_rows_nor_the_threads_matter(features):
    for lines, threads in ((LINES[::-1], 1), (LINES, 1), (LINES[3:] + LINES[:3], 4)):
        again = build_features(cleaned(lines, threads), as_of=AS_OF).set_index("customer_id")
        pd.testing.assert_frame_equal(again, features, check_exact=True)


def test_nobody_before_the_as_of_date_is_an_error():
    with pytest.raises(InvalidData, match="later than the first transaction, 2023-11-15. Got 2020-01-01 instead"):
        build_features(cleaned(), as_of=date(2020, 1, 1))


def test_the_default_as_of_date_is_the_day_after_the_last_transaction():
    assert default_as_of(cleaned()) == date(2024, 8, 2)


def test_the_next_period_is_what_was_kept_in_it():
    spend = next_period(cleaned(), start=date(2024, 6, 1), days=30)
    assert spend["next_spend"].to_dict() == {"ann": 80}
    assert spend["next_orders"].to_dict() == {"ann": 1}
    longer = next_period(cleaned(), start=date(2024, 6, 1), days=60)
    assert longer["next_spend"].to_dict() == {"ann": 40, "new": 20}


def test_the_next_period_has_its_first_day_and_not_the_day_after_its_last():
    lines = [
        ("ann", "1", "2024-06-01 00:00:00", "X", 1, 10.0),
        ("bob", "2", "2024-06-30 23:59:59", "X", 1, 20.0),
        ("eve", "3", "2024-05-31 23:59:59", "X", 1, 40.0),
        ("new", "4", "2024-07-01 00:00:00", "X", 1, 80.0),
    ]
    assert next_period(cleaned(lines), start=date(2024, 6, 1), days=30)["next_spend"].to_dict() == {
        "ann": 10,
        "bob": 20,
    }


def test_the_next_period_counts_orders_not_lines():
    lines = [("ann", order, "2024-06-05", code, 1, 10.0) for order, code in (("1", "X"), ("1", "Y"), ("2", "X"))]
    period = next_period(cleaned(lines), start=date(2024, 6, 1), days=30)
    assert period.loc["ann"].to_dict() == {"next_spend": 30, "next_orders": 2}


def test_a_period_in_which_nobody_ordered_is_empty():
    assert next_period(cleaned(), start=date(2030, 1, 1), days=30).empty


def test_a_date_is_read_from_its_iso_form():
    assert parse_as_of("2011-12-10") == date(2011, 12, 10)


@pytest.mark.parametrize("text", ["tomorrow", "2024-13-01", "01/02/2024"])
def test_an_as_of_date_that_is_none_is_named(text):
    with pytest.raises(InvalidInput, match="must be a date like 2011-12-10. Got"):
        parse_as_of(text)


def test_a_cancellation_at_midnight_of_the_as_of_date_is_not_known_yet():
    lines = [*one_order("2024-06-20 10:00:00"), ("ann", "C2", "2024-07-01 00:00:00", "X", -1, 10.0)]
    ann = build_features(cleaned(lines), as_of=AS_OF).set_index("customer_id").loc["ann"]
    assert (ann["total_spend"], ann["return_share"]) == (10, 0)


def test_the_same_month_of_two_years_is_two_active_months():
    lines = [("ann", "1", "2023-06-05", "X", 1, 10.0), ("ann", "2", "2024-06-05", "X", 1, 10.0)]
    assert build_features(cleaned(lines), as_of=AS_OF)["active_months"].tolist() == [2]
