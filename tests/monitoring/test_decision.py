"""Every decision of a renewal: nothing, a refresh, or a refit."""

from datetime import date

import pytest

from clientela.monitoring.decision import DataState, Decision, decide_by_age, decide_segments, without_new_data

JUNE = DataState(date(2024, 6, 1), "abc")
REFIT_ON = ("shares", "unlike")


def monitored(*alarms, is_old=False):
    changes = [{"family": family, "alarm": alarm} for family, alarm in alarms]
    return {"changes": changes, "is_old": is_old, "age_days": 100, "end": "2024-06-01"}


class TestWithoutNewData:
    def test_the_same_data(self):
        decision = without_new_data(JUNE, JUNE)
        assert decision == Decision("nothing", ("The champion is of the same data, as of 2024-06-01.",))

    def test_older_data(self):
        decision = without_new_data(JUNE, DataState(date(2024, 5, 31), "other"))
        assert decision.action == "nothing"
        assert "2024-05-31 and 2024-06-01" in decision.reasons[0]

    @pytest.mark.parametrize("data", [DataState(date(2024, 6, 2), "abc"), DataState(date(2024, 6, 1), "corrected")])
    def test_a_later_date_or_other_rows_are_new_data(self, data):
        assert without_new_data(JUNE, data) is None


class TestSegments:
    def test_data_like_before_are_refreshed(self):
        decision = decide_segments(monitored(("prices", True), ("shares", False)), refit_on=REFIT_ON)
        assert decision == Decision(
            "refresh", ("The data are new until 2024-06-01, and nothing calls for new segments.",)
        )

    def test_an_alarm_of_the_settings_families_finds_segments_anew(self):
        decision = decide_segments(monitored(("unlike", True), ("shares", True), ("unlike", True)), refit_on=REFIT_ON)
        assert decision == Decision("refit", ("Changes in unlike, shares are too large to be chance.",))

    def test_an_old_champion_finds_segments_anew(self):
        decision = decide_segments(monitored(is_old=True), refit_on=REFIT_ON)
        assert decision == Decision("refit", ("The champion's date is 100 days before the end of the data.",))

    def test_all_reasons_are_given(self):
        assert len(decide_segments(monitored(("unlike", True), is_old=True), refit_on=REFIT_ON).reasons) == 2


class TestAge:
    @pytest.mark.parametrize(("days", "action"), [(30, "refit"), (31, "nothing")])
    def test_a_model_is_fitted_again_at_its_age(self, days, action):
        assert decide_by_age(JUNE, DataState(date(2024, 7, 1), "new"), days=days).action == action

    def test_the_same_data_are_nothing_new_at_any_age(self):
        assert decide_by_age(JUNE, JUNE, days=0).action == "nothing"
