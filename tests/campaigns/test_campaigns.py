"""Plan and result of campaigns on customers with known effects."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from clientela.campaigns.measure import groups_without_result, measure_campaign
from clientela.campaigns.period import Period
from clientela.campaigns.plan import plan_campaign
from clientela.settings import CampaignSettings, HoldoutSettings

SETTINGS = CampaignSettings(
    control=0.1, days=90, durations_days=(90,), uplift=0.1, power=0.8, significance=0.1, sample_ratio=0.001,
    holdout=HoldoutSettings(share=0.05, key="key"), exclude_running=True, days_between_contacts=14,
)  # fmt: skip


def shop(size: int = 6000, *, lift: float = 0.0, seed: int = 1) -> tuple[Period, np.ndarray, np.ndarray]:
    """A period of customers in the groups A and B; those of A spend `lift` more if they are treated."""
    rng = np.random.default_rng(seed)
    customers = pd.Index([str(number) for number in range(size)])
    groups = np.where(np.arange(size) % 3 == 0, "B", "A").astype(object)
    treated = rng.random(size) < 0.5
    expected = rng.gamma(2, 20, size)
    spend = expected + rng.normal(0, 5, size) + lift * expected.mean() * (treated & (groups == "A"))
    orders = rng.poisson(1, size).astype(float)
    frame = pd.DataFrame({"spend": spend, "orders": orders, "buyers": (orders > 0) * 1.0}, index=customers)
    guesses = pd.DataFrame({"spend": expected, "orders": rng.random(size), "buyers": rng.random(size)}, index=customers)
    return Period(date(2024, 1, 1), 90, frame, guesses), groups, treated


def row_of(rows, group, outcome):
    (row,) = [row for row in rows if (row["group"], row["outcome"]) == (group, outcome)]
    return row


class TestMeasure:
    def test_a_lift_of_one_group_is_found_there_and_in_the_total(self):
        period, groups, treated = shop(lift=0.1)
        rows = measure_campaign(period, groups, treated, SETTINGS, cost=0.5)
        one, other, total = (row_of(rows, group, "spend") for group in ("A", "B", "all"))
        assert (one["verdict"], other["verdict"], total["verdict"]) == ("more", "unclear", "more")
        assert one["low"] < 0.1 * period.expected["spend"].mean() < one["high"]
        assert total["difference"] == pytest.approx((4000 * one["difference"] + 2000 * other["difference"]) / 6000)

    def test_money_is_counted_for_all_treated_customers_less_their_cost(self):
        period, groups, treated = shop(lift=0.1)
        total = row_of(measure_campaign(period, groups, treated, SETTINGS, cost=0.5), "all", "spend")
        assert total["extra"] == pytest.approx(total["difference"] * treated.sum())
        assert total["net"] == pytest.approx(total["extra"] - 0.5 * treated.sum())
        assert row_of(measure_campaign(period, groups, treated, SETTINGS, cost=0.5), "all", "orders")["extra"] is None

    def test_p_values_of_groups_are_corrected_for_their_number(self):
        period, groups, treated = shop()
        many = np.array([f"{number % 20:02}" for number in range(len(groups))], dtype=object)
        rows = measure_campaign(period, many, treated, SETTINGS, cost=0)
        smallest = min(row["p_value"] for row in rows if row["outcome"] == "orders" and row["group"] != "all")
        raw = [measure_campaign(period, np.where(many == name, "x", "y").astype(object), treated, SETTINGS, cost=0)
               for name in np.unique(many)]  # fmt: skip
        alone = min(row_of(rows, "x", "orders")["p_value"] for rows in raw)
        assert smallest >= min(1.0, 10 * alone)

    def test_a_group_without_control_customers_is_left_out_and_named(self):
        period, groups, treated = shop()
        treated = treated | (groups == "B")
        apart = np.where(treated, "A", "B").astype(object)
        assert measure_campaign(period, apart, treated, SETTINGS, cost=0) == []
        both = np.where(np.arange(len(groups)) % 2 == 0, "A", "D").astype(object)
        both[groups == "B"] = "B"
        rows = measure_campaign(period, both, treated, SETTINGS, cost=0)
        assert groups_without_result(both, rows) == ["B"]
        assert row_of(rows, "all", "spend")["treated"] == int(treated[groups == "A"].sum())

    def test_a_group_below_the_smallest_one_has_no_result(self):
        period, groups, treated = shop()
        smaller = int((~treated & (groups == "B")).sum())
        for smallest, counted in ((smaller, treated), (smaller + 1, treated & (groups == "A"))):
            rows = measure_campaign(period, groups, treated, SETTINGS, cost=0, smallest_group=smallest)
            assert row_of(rows, "all", "spend")["treated"] == int(counted.sum())


class TestPlan:
    def test_the_lift_that_a_plan_calls_detectable_is_detected_as_often_as_its_power(self):
        period, groups, _ = shop(2000)
        rows = plan_campaign({90: period}, groups, SETTINGS, control=0.2, uplift=0.1)
        lift = row_of(rows, "all", "spend")["detectable"]
        rng, one_group, found = np.random.default_rng(1), np.full(2000, "all", dtype=object), []
        for _ in range(300):
            treated = rng.random(2000) >= 0.2
            raised = period.outcomes.assign(spend=period.outcomes["spend"] * np.where(treated, 1 + lift, 1))
            now = Period(period.start, 90, raised, period.expected)
            found.append(row_of(measure_campaign(now, one_group, treated, SETTINGS, cost=0), "all", "spend")["verdict"])
        assert 0.73 <= np.mean([verdict == "more" for verdict in found]) <= 0.87

    def test_more_buyers_than_customers_are_impossible(self):
        period, groups, _ = shop(60)
        everybody = Period(period.start, 90, period.outcomes.assign(buyers=1.0), period.expected)
        row = row_of(plan_campaign({90: everybody}, groups, SETTINGS, control=0.1, uplift=0.1), "all", "buyers")
        assert (row["detectable"], row["control"]) == (None, None)

    def test_groups_follow_by_size_and_one_group_is_the_total_only(self):
        period, groups, _ = shop()
        names = [row["group"] for row in plan_campaign({90: period}, groups, SETTINGS, control=0.1, uplift=0.1)]
        assert list(dict.fromkeys(names)) == ["all", "A", "B"]
        alone = plan_campaign({90: period}, np.full(6000, "A", dtype=object), SETTINGS, control=0.1, uplift=0.1)
        assert {row["group"] for row in alone} == {"all"}
