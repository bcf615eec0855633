import numpy as np
import pandas as pd
import pytest

from clientela.segmentation.segments.claims import (
    Claim,
    ShopFigures,
    absolute_claims,
    figures_of,
    share_holding,
    shop_figures,
    typical_gap,
    with_ranks,
)
from clientela.settings.naming import TypicalGap

GAP = TypicalGap(least_days=7, fewest_customers=3, otherwise_days=60)
SHOP = ShopFigures(
    55, {"days_since_last_purchase": 51.0, "order_count": 2.0, "mean_item_price": 2.95, "return_share": 0}
)


def customers(**columns):
    return pd.DataFrame(columns)


# The share of customers who meet claims


@pytest.mark.parametrize(
    ("claim", "met"),
    [
        (Claim("days", None, 20), [True, True, False, False]),
        (Claim("days", 20, None), [False, True, True, False]),
        (Claim("days", 20, 20), [False, True, False, False]),
    ],
)
def test_both_ends_are_included_and_an_unknown_figure_meets_no_claim(claim, met):
    assert claim.holds(customers(days=[19.0, 20.0, 20.5, np.nan])).tolist() == met


def test_a_customer_counts_if_all_claims_are_met():
    table = customers(days=[1.0, 1.0, 9.0, 9.0], orders=[1.0, 5.0, 5.0, 1.0])
    recent, several = Claim("days", None, 5), Claim("orders", 2, None)
    assert share_holding([recent], table) == 0.5
    assert share_holding([several], table) == 0.5
    assert share_holding([recent, several], table) == 0.25
    assert share_holding([], table) == 1


# The typical gap


def gaps(*values):
    return customers(mean_days_between_orders=[float(value) for value in values])


def test_the_typical_gap_is_the_median_over_customers_who_came_back():
    assert typical_gap(gaps(10, 40, 90, "nan", "nan", "nan"), GAP) == 40


def test_orders_of_one_day_are_one_purchase():
    assert typical_gap(gaps(0, 0.5, 0.99, 1, 40, 90), GAP) == 40


def test_a_frequent_customer_counts_once():
    # 30 orders a day apart, and two customers with two orders each.
    assert typical_gap(gaps(1, 100, 120), GAP) == 100


@pytest.mark.parametrize(("values", "days"), [((2, 3, 4), 7), ((6, 7.6, 9), 8), ((50, 50), 60), ((), 60)])
def test_the_gap_has_a_floor_and_is_not_computed_from_few_customers(values, days):
    assert typical_gap(gaps(*values), GAP) == days


def test_figures_of_a_shop_leave_out_what_is_not_known():
    features = gaps(10, 40, 90).assign(customer_id=["a", "b", "c"], order_count=[1.0, 2, 9], evening_share=np.nan)
    assert shop_figures(features, GAP) == ShopFigures(40, {"mean_days_between_orders": 40.0, "order_count": 2.0})


# Claims in units


def test_claims_in_gaps_are_whole_days_and_claims_in_medians_have_two_digits():
    claims = {"days_since_last_purchase_in_gaps": (1.5, None), "mean_item_price_in_medians": (None, 0.67)}
    assert absolute_claims(claims, SHOP) == (
        Claim("days_since_last_purchase", 82, None),
        Claim("mean_item_price", None, 2.0),
    )
    assert absolute_claims({"order_count": (3, None), "rank_of_order_count": (0.5, None)}, SHOP) == (
        Claim("order_count", 3, None),
        Claim("rank_of_order_count", 0.5, None),
    )


def test_the_stricter_of_two_claims_on_a_feature_counts():
    claims = {"days_since_last_purchase_in_gaps": (None, 2), "days_since_last_purchase": (None, 90)}
    assert absolute_claims(claims, SHOP) == (Claim("days_since_last_purchase", None, 90),)
    claims["days_since_last_purchase"] = (None, 200)
    assert absolute_claims(claims, SHOP) == (Claim("days_since_last_purchase", None, 110),)


def test_claims_on_unknown_features_and_in_medians_of_nothing_are_not_made():
    assert absolute_claims({"evening_share": (0.5, None)}, SHOP) is None
    assert absolute_claims({"return_share_in_medians": (2, None)}, SHOP) is None
    assert absolute_claims({"return_share": (0.1, None)}, SHOP) == (Claim("return_share", 0.1, None),)


def test_ranks_are_the_share_of_all_customers_with_a_lower_value():
    table = with_ranks(customers(total_spend=[5.0, 1.0, 5.0, np.nan, 9.0]), ["rank_of_total_spend", "total_spend"])
    assert list(table) == ["total_spend", "rank_of_total_spend"]
    assert table["rank_of_total_spend"].tolist()[:3] == [0.25, 0.0, 0.25]
    assert np.isnan(table["rank_of_total_spend"][3])
    assert table["rank_of_total_spend"][4] == 0.75


def test_all_figures_of_claims():
    assert figures_of([(Claim("a", 1, None), Claim("b", 1, None)), (), (Claim("a", None, 1),)]) == {"a", "b"}
