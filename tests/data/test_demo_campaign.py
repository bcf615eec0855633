"""The demo shop with a campaign of known effect."""

from datetime import date

import pandas as pd
import pytest

from clientela.data.demo import generate_demo
from clientela.data.demo_campaign import simulate_campaign

START = date(2024, 9, 1)


@pytest.fixture(scope="module")
def shop():
    return generate_demo(seed=1, customers=200).transactions


@pytest.fixture(scope="module")
def treated(shop):
    ids = shop["customer_id"].drop_null().unique().to_pylist()
    return [str(int(id_)) for id_ in sorted(ids)[:120]]


def test_each_responder_repeats_the_latest_order_once_in_the_period(shop, treated):
    found = simulate_campaign(shop, treated, start=START, days=90, response=1.0, seed=3)
    rows = found.transactions.to_pandas()
    added = rows[rows["invoice"].str.startswith("9")]
    assert found.treated == 120
    assert found.orders == added["invoice"].nunique() == added["customer_id"].nunique()
    assert set(added["customer_id"].astype(int).astype(str)) <= set(treated)
    assert added["invoice_date"].between("2024-09-01", "2024-11-29 23:59:59").all()
    known = shop.to_pandas()
    purchases = known[(known["invoice_date"] < "2024-09-01") & (known["quantity"] > 0) & (known["unit_price"] > 0)]
    purchases = purchases[purchases["invoice"].str.match(r"\d")]
    customer = added["customer_id"].iloc[0]
    own = purchases[purchases["customer_id"] == customer].sort_values("invoice_date", kind="stable")
    latest = own[own["invoice"] == own["invoice"].iloc[-1]]
    copied = added[added["customer_id"] == customer]
    assert sorted(copied["stock_code"]) == sorted(latest["stock_code"])
    goods = added[~added["stock_code"].isin(["POST", "D"])]
    assert found.value == pytest.approx((goods["quantity"] * goods["unit_price"]).sum())


def test_only_the_added_orders_are_new_and_the_same_seed_gives_the_same(shop, treated):
    found = simulate_campaign(shop, treated, start=START, days=90, response=0.3, seed=3)
    again = simulate_campaign(shop, treated[::-1], start=START, days=90, response=0.3, seed=3)
    assert found.transactions.equals(again.transactions)
    kept = found.transactions.to_pandas()
    kept = kept[~kept["invoice"].str.startswith("9")].reset_index(drop=True)
    pd.testing.assert_frame_equal(kept, shop.to_pandas())
    assert 0.15 < found.orders / found.treated < 0.4
    assert found.transactions.schema.equals(shop.schema)


def test_without_treated_customers_nothing_is_added(shop):
    found = simulate_campaign(shop, [], start=START, days=90, response=0.5, seed=3)
    assert (found.orders, found.value) == (0, 0.0)
    assert found.transactions.equals(shop)
