"""Sudden changes of level, and the season that is none."""

from datetime import date, timedelta

import numpy as np
import pytest

from clientela.quality.levels import LevelRule, Weeks, find_level_changes, level_findings, weekly_series

from .shop import line, shop_of

MONDAY = date(2023, 1, 2)
RULE = LevelRule(
    weeks=8, noise=4, ratio={"orders": 1.5, "revenue": 1.5, "customers": 1.5, "price": 1.2}, season_ratio=4
)


def weeks_of(values, measure="orders", first=MONDAY):
    return Weeks([first + timedelta(7 * i) for i in range(len(values))], {measure: np.array(values, dtype=float)})


def noisy(level, *, seed=0, spread=0.08):
    rng = np.random.default_rng(seed)
    return np.array(level, dtype=float) * np.exp(rng.normal(0, spread, size=len(level)))


def found_in(values, **options):
    return [(change.week, change.explained) for change in find_level_changes(weeks_of(values, **options), RULE)]


@pytest.mark.parametrize(("before", "after"), [(400, 900), (400, 180)])
def test_a_step_is_found_in_its_week(before, after):
    (change,) = find_level_changes(weeks_of(noisy([before] * 20 + [after] * 20)), RULE)
    assert change.week == MONDAY + timedelta(7 * 20)
    assert change.before == pytest.approx(before, rel=0.1)
    assert change.after == pytest.approx(after, rel=0.1)
    assert not change.explained


def test_a_steady_rise_is_no_step():
    assert found_in(noisy(100 * 1.05 ** np.arange(60))) == []


def test_noise_alone_is_no_step():
    for seed in range(30):
        assert found_in(noisy([300] * 104, seed=seed, spread=0.25)) == []


def test_few_orders_per_week_vary_without_a_step():
    rng = np.random.default_rng(1)
    for _ in range(20):
        assert found_in(rng.poisson(4, size=104)) == []


def test_one_busy_week_is_no_step():
    values = noisy([300] * 40)
    values[20] *= 6
    assert found_in(values) == []


def test_a_season_that_returns_is_explained():
    year = [100] * 44 + [220] * 8
    changes = found_in(noisy(year * 3))
    assert changes
    assert {explained for _, explained in changes} == {"season"}


def test_a_step_in_december_of_one_year_of_three_is_a_warning():
    year = [100] * 52
    changes = found_in(noisy([*year, *([100] * 47 + [250] * 5), *([250] * 52)]))
    assert [explained for _, explained in changes] == [""]


@pytest.mark.parametrize(("first", "explained"), [(date(2023, 5, 1), "season"), (date(2023, 1, 2), "")])
def test_a_rise_before_the_first_year_end_is_the_season_and_one_in_spring_is_not(first, explained):
    # With a first Monday in May, week 26 is at the end of October; with one in January, in July.
    assert [change[1] for change in found_in(noisy([100] * 26 + [210] * 12), first=first)] == [explained]


def test_a_rise_before_the_first_year_end_beyond_any_season_is_a_warning():
    assert [c[1] for c in found_in(noisy([100] * 26 + [900] * 12), first=date(2023, 5, 1))] == [""]


def test_prices_have_no_season():
    values = [1.0] * 26 + [1.6] * 12
    assert [c[1] for c in found_in(values, first=date(2023, 5, 1), measure="price")] == [""]


def test_a_short_history_has_no_changes():
    assert found_in(noisy([100] * 7 + [500] * 7)) == []


def test_weeks_without_sales_are_left_out():
    values = noisy([100] * 40)
    values[15:18] = np.nan
    assert found_in(values) == []


def test_weeks_have_orders_revenue_customers_and_prices():
    rows = [
        line("ann", "1", "2024-01-01", "A", items=2, price=3),
        line("ann", "1", "2024-01-01", "B", items=1, price=1),
        line("bob", "2", "2024-01-07", "A", items=1, price=3),
        line("bob", "3", "2024-01-10", "A", items=1, price=6),
        line("bob", "4", "2024-01-14", "B", items=4, price=1),
        line("bob", "5", "2024-01-15", "B", items=4, price=1),
    ]
    weeks = weekly_series(shop_of(rows))
    assert weeks.starts == [date(2024, 1, 1), date(2024, 1, 8)]  # the week of 15 January is not complete
    assert weeks.values["orders"].tolist() == [2, 2]
    assert weeks.values["revenue"].tolist() == [10, 10]
    assert weeks.values["customers"].tolist() == [2, 1]
    assert weeks.values["price"].tolist() == [1, 1.5]  # medians of 1, 1, 1 and of 2, 1


def test_prices_in_cents_from_a_week_on_are_found():
    rows = [
        line(
            f"c{i % 7}",
            f"{week}-{i}",
            str(MONDAY + timedelta(7 * week + i)),
            f"P{i % 3}",
            price=(2 + i % 3) * (100 if week >= 12 else 1),
        )
        for week in range(25)
        for i in range(7)
    ]
    changes = {change.measure: change for change in find_level_changes(weekly_series(shop_of(rows)), RULE)}
    assert set(changes) == {"revenue", "price"}
    assert changes["price"].week == MONDAY + timedelta(7 * 12)
    assert changes["price"].after / changes["price"].before == pytest.approx(100)


def test_findings_say_rise_or_fall_with_the_ratio():
    rise, fall = (
        next(level_findings(find_level_changes(weeks_of(noisy([before] * 20 + [after] * 20)), RULE)))
        for before, after in ((100, 400), (400, 100))
    )
    assert (rise["rule"], fall["rule"]) == ("rise", "fall")
    assert rise["values"]["ratio"] == pytest.approx(fall["values"]["ratio"], rel=0.2) == pytest.approx(4, rel=0.2)
