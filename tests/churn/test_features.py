"""Features as of a cut-off: worked examples, and no data from the cut-off on."""

import math
from datetime import date

import pytest

from clientela.churn.features import churn_features, families_of, service_columns, usable
from clientela.contracts import CHURN_FEATURES, CUSTOMER_FEATURES

CUTOFF = date(2024, 7, 1)
PURCHASES = [
    ("a", "2024-01-03 10:00", 10, "tv"),
    ("a", "2024-02-02 10:00", 10, "tv"),
    ("a", "2024-03-03 10:00", 10, "extras"),
    ("a", "2024-06-10 10:00", 40, "extras"),
    ("b", "2024-06-20 10:00", 5, "tv"),
]


def test_worked_example(load):
    rows = churn_features(load(PURCHASES, [("a", "2023-07-02", 0)]), as_of=CUTOFF).set_index("customer_id")
    a = rows.loc["a"]
    assert a["subscription_days"] == 365
    assert (a["orders_last_30"], a["orders_last_90"], a["orders_90_before"]) == (1, 1, 3)
    assert a["order_trend"] == pytest.approx(-1 / 2)
    # 21 days since the last of four order days that span 159 days
    assert a["overdue"] == pytest.approx(21 / (159 / 3))
    assert a["order_value_change"] == pytest.approx(1.3863, abs=1e-4)  # ln 4
    assert (a["services_used"], a["services_last_90"]) == (2, 1)
    assert a["service_shift"] == pytest.approx(2 / 3)
    assert a["spend_per_month"] == pytest.approx(70 * 30.4 / 180)
    assert (a["recent_orders_extras"], a["earlier_orders_extras"], a["recent_orders_tv"]) == (1, 1, 0)
    assert a["spend_share_tv"] == pytest.approx(20 / 70)
    # A customer without a row in the table: days since the first purchase.
    assert rows.loc["b", "subscription_days"] == 11


def test_later_transactions_do_not_change_the_features(load):
    before = churn_features(load(PURCHASES), as_of=CUTOFF)
    later = [("a", "2024-07-01 00:00", 999, "tv"), ("b", "2024-08-01 00:00", 999, "new"), ("c", "2024-07-02", 1, "tv")]
    after = churn_features(load([*PURCHASES, *later]), as_of=CUTOFF)
    assert before.equals(after)
    assert (after["last_event_at"] < "2024-07-01").all()


def test_customers_who_sign_up_later_are_left_out(load):
    rows = churn_features(load(PURCHASES, [("b", "2024-07-01", None)]), as_of=CUTOFF)
    assert rows["customer_id"].tolist() == ["a"]


def test_columns_follow_the_contract_with_four_per_service(load):
    rows = churn_features(load(PURCHASES), as_of=CUTOFF)
    own = [name for name in CHURN_FEATURES.names if name != "customer_id"]
    assert list(rows.columns[: len(CUSTOMER_FEATURES.names) + len(own)]) == [*CUSTOMER_FEATURES.names, *own]
    assert rows.attrs["services"] == ["tv", "extras"]
    assert len(rows.columns) == len(CUSTOMER_FEATURES.names) + len(own) + 8


def test_services_with_similar_names_have_separate_columns(load):
    spelt = [("b", "2024-06-21 10:00", 20, "TV"), ("b", "2024-06-22 10:00", 25, "电视")]
    rows = churn_features(load([*PURCHASES, *spelt]), as_of=CUTOFF).set_index("customer_id")
    assert rows.attrs["services"] == ["tv", "TV", "extras", "电视"]
    b = rows.loc["b"]
    assert (b["recent_orders_tv"], b["recent_orders_tv_2"], b["recent_orders_other"]) == (1, 1, 1)
    assert b["spend_share_tv"] + b["spend_share_tv_2"] + b["spend_share_other"] == pytest.approx(1)


def test_given_services_always_have_columns(load):
    rows = churn_features(load(PURCHASES), as_of=CUTOFF, services=["phone"])
    assert rows["recent_orders_phone"].tolist() == [0.0, 0.0]
    assert "recent_orders_tv" not in rows


def test_a_source_without_services_has_no_service_columns(load):
    rows = churn_features(load([(who, day, amount) for who, day, amount, _ in PURCHASES]), as_of=CUTOFF)
    assert rows.attrs["services"] == []
    assert rows["service_shift"].isna().all()
    assert "service_shift" not in usable(rows)


def test_constant_columns_are_not_features(panel_rows):
    assert usable(panel_rows.assign(same=1.0)) == ["signal", "noise", "region", "spend_per_month"]


def test_columns_with_few_known_values_are_not_features(panel_rows):
    few = panel_rows["signal"].where(panel_rows.index < 19)
    assert "few" not in usable(panel_rows.assign(few=few))
    assert "few" in usable(panel_rows.assign(few=panel_rows["noise"].where(panel_rows.index < 20)))


def test_correlated_features_form_a_family():
    families = families_of(["overdue", "age", "recent_orders_tv", "days_since_last_purchase", "spend_share_tv"])
    assert families == {
        "recency": ["overdue", "days_since_last_purchase"], "age": ["age"],
        "service:tv": ["recent_orders_tv", "spend_share_tv"],
    }  # fmt: skip


def test_services_in_column_names():
    assert service_columns(["Café & Chá", "TV", "???", "tv", "!", "TV."]) == {
        "Café & Chá": "cafe_cha", "TV": "tv", "???": "other", "tv": "tv_2", "!": "other_2", "TV.": "tv_3",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("moment", "last_30", "last_90", "before_90"),
    [
        ("2024-06-01 00:00", 1, 1, 0),  # 30 days before the cut-off
        ("2024-05-31 23:59", 0, 1, 0),
        ("2024-05-31 00:00", 0, 1, 0),  # 31 days
        ("2024-04-02 00:00", 0, 1, 0),  # 90 days
        ("2024-04-01 23:59", 0, 0, 1),
        ("2024-01-03 00:00", 0, 0, 1),  # 180 days
        ("2024-01-02 23:59", 0, 0, 0),
    ],
)
def test_windows_of_orders_begin_at_midnight(load, moment, last_30, last_90, before_90):
    row = churn_features(load([("a", moment, 10, "tv")]), as_of=CUTOFF).iloc[0]
    assert (row["orders_last_30"], row["orders_last_90"], row["orders_90_before"]) == (last_30, last_90, before_90)
    assert row["services_last_90"] == last_90
    assert row["recent_orders_tv"] == last_90


def test_the_eight_services_with_the_most_customers_have_columns(load):
    names = [f"service {number}" for number in range(9)]
    purchases = [
        (f"c{customer}", "2024-06-20 10:00", 5, name)
        for place, name in enumerate(names)
        for customer in range(1 + place)
    ]
    rows = churn_features(load(purchases), as_of=CUTOFF)
    assert rows.attrs["services"] == names[:0:-1]
    assert "recent_orders_service_0" not in rows


@pytest.mark.parametrize("more", [[], [("a", "2024-06-11 15:00", 10, "tv")]], ids=["one", "two"])
def test_orders_on_one_day_are_one_order_day(load, more):
    purchases = [("a", "2024-06-01 10:00", 10, "tv"), ("a", "2024-06-11 10:00", 10, "tv"), *more]
    # 20 days since the last of two order days that span 10 days.
    assert churn_features(load(purchases), as_of=CUTOFF)["overdue"].tolist() == [2.0]


@pytest.mark.parametrize(
    ("moment", "services", "is_recent"), [("2024-04-02 00:00", 2, True), ("2024-04-01 23:59", 1, False)]
)
def test_windows_of_services_and_of_values_begin_at_midnight(load, moment, services, is_recent):
    """The first moment of the 90 days before the cut-off counts as recent, and the last one before does not."""
    rows = churn_features(
        load([("a", "2024-01-03", 10, "tv"), ("a", moment, 20, "tv"), ("a", "2024-06-10", 40, "x")]), as_of=CUTOFF
    )
    a = rows.set_index("customer_id").loc["a"]
    assert a["services_last_90"] == services
    ratio = ((20 + 40) / 2) / 10 if is_recent else 40 / ((10 + 20) / 2)
    assert a["order_value_change"] == pytest.approx(math.log(ratio))
