"""Changes of indicators: what is found, what is left out, and how often nothing is found to be something."""

import numpy as np
import pandas as pd
import pytest

from clientela.monitoring.changes import find_changes


def table(values, *, family="activity", name="orders", segment=1, error=0.1):
    """Indicators of one kind over the periods."""
    return pd.DataFrame(
        {
            "period": range(len(values)),
            "family": family,
            "name": name,
            "segment": segment,
            "value": values,
            "error": error,
        }
    )


def chance(seed, *, periods=20, indicators=6, spread=0.1, family="activity"):
    rng = np.random.default_rng(seed)
    return pd.concat(
        table(rng.normal(0, spread, periods), segment=number, family=family) for number in range(indicators)
    )


def changes(rows, *, level=0.05):
    return find_changes(rows, level=level, season=12)


class TestFound:
    def test_a_jump_of_the_last_period_is_found(self):
        (change,) = changes(table([0.0, 0.1, -0.1, 0.05, -0.05, 0.1, -0.1, 1.5]))
        assert (change.family, change.segment, change.periods) == ("activity", 1, 1)
        assert change.p_value < 0.01
        assert change.deviation == pytest.approx(1.5, abs=0.15)

    def test_a_small_change_that_lasts_is_found_in_two_periods_together(self):
        (change,) = changes(table([0.0, 0.1, -0.1, 0.05, -0.05, 0.1, -0.1, 0.0, 0.1, -0.1, 0.55, 0.55]))
        assert (change.periods, change.p_value < 0.05) == (2, True)

    def test_what_always_varied_as_much_is_no_change(self):
        (change,) = changes(table([0.0, 1.0, -1.0, 1.2, -0.8, 0.9, -1.1, 1.5]))
        assert change.p_value > 0.2

    def test_a_trend_is_normal_where_the_base_of_customers_ages(self):
        (change,) = changes(table(np.arange(12) * 0.5, family="unlike"))
        assert change.p_value == 1.0
        assert change.normal == pytest.approx(5.5)

    def test_prices_are_compared_with_their_mean(self):
        values = np.arange(12) * 0.5
        (change,) = changes(table(values, family="prices", error=0.01))
        assert change.normal == pytest.approx(values[: -change.periods].mean())

    def test_the_season_is_taken_away(self):
        year = np.array([0, 0, 0, 0, 0, 0, 0, 0, 0, 1.0, 2.0, 4.0])
        (december,) = changes(table(np.tile(year, 3), family="level"))
        assert (december.value, december.p_value) == (0.0, 1.0)
        (may,) = changes(table(np.append(np.tile(year, 3), 2.0), family="level"))
        assert may.p_value < 0.001

    def test_the_smallest_p_value_comes_first(self):
        rows = pd.concat([chance(0), table([0.0] * 19 + [2.0], segment=9)])
        assert changes(rows)[0].segment == 9


class TestLeftOut:
    def test_a_past_of_four_periods(self):
        assert changes(table([0.0, 0.1, -0.1, 0.0, 9.0])) == []

    def test_seasonal_families_until_they_have_a_year_more(self):
        assert changes(table([0.0] * 17, family="level")) == []
        assert len(changes(table([0.0] * 18, family="level"))) == 1

    def test_an_indicator_that_the_last_period_lacks(self):
        rows = pd.concat([table([0.0] * 8), table([0.0] * 7, segment=2)])
        assert [change.segment for change in changes(rows)] == [1]

    def test_no_indicators(self):
        assert changes(table([])) == []


@pytest.mark.parametrize("spread", [0.1, 0.3])
def test_at_most_one_period_in_twenty_without_a_change_raises_an_alarm(spread):
    """The share of 100 histories, at most that of the level and twice its sampling error."""
    alarms = [changes(chance(seed, spread=spread))[0].p_value < 0.05 for seed in range(100)]
    assert np.mean(alarms) <= 0.05 + 2 * np.sqrt(0.05 * 0.95 / 100)


def test_the_margin_is_the_deviation_at_which_the_alarm_begins():
    past = [0.0, 0.1, -0.1, 0.05, -0.05, 0.1, -0.1]
    margin = changes(table([*past, 0.0]))[0].margin

    def p_value(deviation):
        normal = changes(table([*past, 0.0]))[0].normal
        return next(one.p_value for one in changes(table([*past, normal + deviation])) if one.periods == 1)

    assert p_value(margin * 1.01) < 0.05
