import numpy as np
import pytest
from scipy.stats import norm

from clientela.segmentation.report.decisions import CampaignPlan, decisions, smallest_difference

MONEY = [
    {"id": 1, "usual": 500.0, "last": 90.0, "last_buyers": 12},
    {"id": 4, "usual": 300.0, "last": 80.0, "last_buyers": 11},
    {"id": 7, "usual": 900.0, "last": 0.0, "last_buyers": 0},
]

PLAN = CampaignPlan(treatment=0.8, uplift=0.1)


def decided(report, **changes):
    given = {"forecast": report["forecast"], "backtest": report["backtest"], "plan": PLAN, **changes}
    return decisions(report["segments"], MONEY, **given)


def test_segments_are_in_order_of_the_money_at_stake(report):
    rows = decided(report)
    assert [(row["id"], row["at_stake"], row["last"], row["last_buyers"]) for row in rows] == [
        (7, 900.0, 0.0, 0),
        (1, 500.0, 90.0, 12),
        (4, 300.0, 80.0, 11),
    ]


def test_without_money_at_stake_the_order_is_by_spend_or_by_size(report):
    for segment, spend in zip(report["segments"], (10.0, 30.0, 20.0), strict=True):
        segment["spend"] = spend
    rows = decisions(report["segments"], [], forecast=None, backtest=None, plan=PLAN)
    assert [row["id"] for row in rows] == [1, 7, 4]
    assert {row["at_stake"] for row in rows} == {None}
    for segment in report["segments"]:
        segment["spend"] = None
    rows = decisions(report["segments"], [], forecast=None, backtest=None, plan=PLAN)
    assert [row["id"] for row in rows] == [1, 4, 7]  # 240, 120 and 60 customers


def test_a_seasonal_forecast_is_what_the_trial_starts_from(report):
    row = next(row for row in decided(report) if row["id"] == 4)
    group = report["forecast"]["horizons"][1]["groups"][0]
    trial = row["trial"]
    assert row["expected"] == group
    assert (trial["is_forecast"], trial["since"], trial["days"]) == (True, "2011-12-10", 90)
    assert (trial["treated"], trial["control"]) == (96, 24)
    assert trial["share"] == 0.42
    assert trial["spend"] == pytest.approx(40_000 / 120 / 0.42)
    assert trial["difference"] == pytest.approx(smallest_difference(0.42, treated=96, control=24))
    assert trial["buyers"] == pytest.approx(0.1 * 0.42 * 96)
    assert trial["worth"] == pytest.approx(trial["buyers"] * trial["spend"])


def test_without_a_season_the_trial_starts_from_what_customers_did(report):
    for horizon in report["forecast"]["horizons"]:
        horizon["is_seasonal"] = False
    row = next(row for row in decided(report) if row["id"] == 4)
    assert row["expected"]["spend"] == [32_000.0, 40_000.0, 50_000.0]
    assert not row["trial"]["is_forecast"]
    assert (row["trial"]["since"], row["trial"]["share"]) == ("2011-09-11", 0.55)
    assert row["trial"]["spend"] == pytest.approx(800 / 0.55)


def test_one_range_that_is_too_wide_means_no_forecast_for_any_segment(report):
    for horizon in report["forecast"]["horizons"]:
        horizon["is_seasonal"] = False
        horizon["groups"][2]["spend"] = [100.0, 6_000.0, 1_001.0]
    assert {row["expected"] is None for row in decided(report)} == {True}


def test_nothing_known_of_the_next_period_is_no_worth(report):
    trial = decided(report, forecast=None, backtest=None)[0]["trial"]
    assert {trial[name] for name in ("share", "spend", "difference", "buyers", "worth")} == {None}
    assert (trial["treated"], trial["control"]) == (48, 12)


def test_nearly_everybody_buys_anyway_is_no_worth(report):
    rows = report["backtest"]["by_segment"]
    rows[0]["retention"] = [0.95, 0.97, 0.99]
    trial = next(row for row in decided(report, forecast=None) if row["id"] == 4)["trial"]
    assert trial["share"] == 0.97
    assert trial["worth"] is trial["difference"] is None


@pytest.mark.parametrize(("share", "treated", "control"), [(0.1, 900, 300), (0.5, 80, 20), (0.8, 500, 500)])
def test_the_smallest_difference_is_found_with_a_power_of_80_percent(share, treated, control):
    difference = smallest_difference(share, treated=treated, control=control)
    deviation = np.sqrt(share * (1 - share) * (1 / treated + 1 / control))
    shift = difference / deviation
    assert norm.cdf(shift - norm.ppf(0.975)) == pytest.approx(0.8)


def test_an_empty_control_group_finds_nothing():
    assert smallest_difference(0.5, treated=3, control=0) == float("inf")
