"""What is printed of a plan and of a result is true of their figures."""

from clientela.campaigns.measure import measure_campaign
from clientela.campaigns.plan import plan_campaign
from clientela.campaigns.texts import plan_text, result_text

from .test_campaigns import SETTINGS, row_of, shop


def result(lift: float, *, cost: float = 0.0, warnings=()):
    period, groups, treated = shop(lift=lift)
    rows = measure_campaign(period, groups, treated, SETTINGS, cost=cost)
    return {
        "dataset": "shop", "campaign": "spring", "action": "coupon", "start": "2024-01-01", "end": "2024-03-30",
        "days": 90, "treated": int(treated.sum()), "control": int((~treated).sum()), "cost": cost, "rows": rows,
        "warnings": list(warnings),
    }  # fmt: skip


def test_a_gain_is_more_and_a_loss_is_less():
    gain, loss = result(0.3), result(-0.3)
    extra = row_of(loss["rows"], "all", "spend")["extra"]
    assert "customers spent" in result_text(gain)
    assert " more than without the campaign" in result_text(gain)
    assert f"spent {-extra:,.0f} less than without the campaign (interval of the difference: -" in result_text(loss)


def test_a_result_without_a_clear_difference_says_which_lift_it_would_show():
    found = result(0.0)
    least = row_of(found["rows"], "all", "spend")["detectable"]
    assert f"too small to tell whether it changed what customers spend. The test detects lifts from {least:.1%} on" in (
        result_text(found)
    )


def test_a_result_names_its_campaign_where_there_is_one():
    found = result(0.3)
    assert result_text(found).startswith("Campaign spring, 2024-01-01 to 2024-03-30 (90 days): ")
    assert result_text({**found, "campaign": None}).startswith("2024-01-01 to")


def test_cost_is_subtracted_and_warnings_come_last():
    text = result_text(result(0.3, cost=0.5, warnings=["Warning: look."]))
    assert "The contacts cost" in text
    assert text.splitlines()[-1] == "Warning: look."
    assert "The contacts cost" not in result_text(result(0.3))


def test_a_plan_names_the_group_that_is_too_small():
    period, groups, _ = shop()
    rows = plan_campaign({90: period}, groups, SETTINGS, control=0.1, uplift=0.01)
    plan = {"dataset": "shop", "as_of": "2024-04-01", "control": 0.1, "uplift": 0.01, "days": 90, "rows": rows}
    text = plan_text(plan)
    assert "Too small for a lift of 1.0% in 90 days, whatever is held out: B." in text
    assert "To show a lift of 1.0% in spend of all customers in 90 days, hold out" in text
    assert "To show a lift of 1.0% in orders of all customers in 90 days is not possible" in text
