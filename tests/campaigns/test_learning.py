"""What measured campaigns say of the next one: from results whose effects are known."""

import pytest

from clientela.campaigns.learning import customers_kept, extra_orders, learn_lifts, learn_rate
from clientela.campaigns.measure import ResultRow
from clientela.campaigns.measured import is_whole
from clientela.campaigns.results import CampaignResult

Z90 = 1.6448536


def result(action, *effects, is_off=False, outcome="orders", level=0.9):
    """A result with the effect and the error of all customers, and of segments A, B and so on."""
    names = ["all", *"ABCDEFGH"][: len(effects)]
    rows = [
        {
            "group": name, "outcome": outcome, "difference": effect, "low": effect - Z90 * error,
            "high": effect + Z90 * error, "control_mean": 0.6, "relative": effect, "relative_low": effect - 0.1,
            "relative_high": effect + 0.1,
        }
        for name, (effect, error) in zip(names, effects, strict=True)
    ]  # fmt: skip
    return {"campaign": "x", "action": action, "level": level, "ratio": {"is_off": is_off}, "rows": rows}


class TestRate:
    def test_no_campaign_gives_no_rate(self):
        assert learn_rate([], extra_orders, action="email") is None
        assert learn_rate([result("email", (0.2, 0.0))], extra_orders, action="email") is None

    def test_a_single_campaign_of_the_action_gives_its_own_effect_and_interval(self):
        rate = learn_rate([result("email", (0.2, 0.1))], extra_orders, action="email")
        assert rate["value"] == pytest.approx(0.2)
        assert (rate["low"], rate["high"]) == pytest.approx((0.2 - Z90 * 0.1, 0.2 + Z90 * 0.1))
        assert (rate["campaigns"], rate["is_own"], rate["level"]) == (1, True, 0.9)

    def test_campaigns_of_the_action_are_pooled_by_their_precision(self):
        results = [result("email", (0.20, 0.1)), result("email", (0.10, 0.05)), result("call", (0.5, 0.1))]
        rate = learn_rate(results, extra_orders, action="email")
        assert rate["value"] == pytest.approx((0.2 * 1 + 0.1 * 4) / 5)
        assert (rate["campaigns"], rate["is_own"]) == (2, True)

    def test_an_action_that_was_never_measured_gets_the_mean_of_the_others(self):
        results = [result("email", (0.1, 0.05)), result("call", (0.3, 0.05))]
        rate = learn_rate(results, extra_orders, action="sms")
        assert rate["value"] == pytest.approx(0.2)
        assert rate["high"] - rate["low"] > 2 * Z90 * 0.05
        assert (rate["campaigns"], rate["is_own"]) == (2, False)

    def test_a_result_with_a_control_group_of_the_wrong_size_teaches_nothing(self):
        results = [result("email", (0.9, 0.05), is_off=True), result("email", (0.1, 0.05))]
        rate = learn_rate(results, extra_orders, action="email")
        assert (rate["value"], rate["campaigns"]) == (pytest.approx(0.1), 1)
        assert learn_rate(results[:1], extra_orders, action="email") is None

    def test_customers_kept_are_relative_to_those_who_would_not_have_bought(self):
        rate = learn_rate([result("call", (0.1, 0.04), outcome="buyers")], customers_kept, action="call")
        assert rate["value"] == pytest.approx(0.1 / 0.4)
        assert rate["high"] == pytest.approx((0.1 + Z90 * 0.04) / 0.4)
        assert learn_rate([result("call", (0.1, 0.04))], customers_kept, action="call") is None


class TestWhole:
    def test_a_result_of_another_release_is_not_read(self):
        row = dict.fromkeys(ResultRow.__required_keys__)
        whole = {**dict.fromkeys(CampaignResult.__required_keys__), "ratio": {"is_off": False}, "rows": [row]}
        assert is_whole(whole)
        assert not is_whole({**whole, "rows": [{"group": "all"}]})
        assert not is_whole({key: value for key, value in whole.items() if key != "action"})
        assert not is_whole([])


class TestLifts:
    def test_lifts_of_segments_are_moved_towards_their_mean_and_totals_are_left_out(self):
        rows = learn_lifts([result("email", *([(0.2, 1.0)] * 5), (0.6, 1.0))], "orders")
        assert [row["segment"] for row in rows] == ["A", "B", "C", "D", "E"]
        high = rows[-1]
        assert high["measured"] == pytest.approx([0.5, 0.6, 0.7], abs=0.01)
        assert rows[0]["lift"][1] < high["lift"][1] < 0.59
        assert rows[0]["lift"][1] > 0.2

    def test_campaigns_of_one_segment_and_action_are_one_row(self):
        results = [result("email", (0.2, 1.0), (0.2, 1.0)), result("email", (0.2, 1.0), (0.4, 1.0))]
        (row,) = learn_lifts(results, "orders")
        assert (row["action"], row["campaigns"]) == ("email", 2)
        assert 0.2 < row["lift"][1] < 0.4

    def test_a_list_without_segments_counts_with_its_total(self):
        (row,) = learn_lifts([result(None, (0.2, 1.0))], "orders")
        assert (row["segment"], row["action"], row["lift"][1]) == ("all", "", pytest.approx(0.2))
        assert learn_lifts([result(None, (0.2, 1.0))], "spend") == []
