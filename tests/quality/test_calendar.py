"""Gaps: days without a sale that the weekly rhythm does not explain."""

from datetime import date, timedelta

import numpy as np

from clientela.quality.calendar import find_gaps, gap_findings, orders_by_day

from .shop import line, shop_of

MONDAY = date(2023, 1, 2)


def days_of(weeks, *, closed=(), out=(), orders=20):
    """Days with sales, without weekdays `closed` and without the days of `out` (numbers from the first Monday)."""
    return [
        (MONDAY + timedelta(i), orders) for i in range(7 * weeks) if i % 7 not in closed and i not in set(out)
    ]  # fmt: skip


def found_in(days, chance=0.1):
    return [(gap.first, gap.last, gap.open_days, gap.explained) for gap in find_gaps(days, chance=chance)]


def test_a_shop_closed_on_sundays_has_no_gap():
    assert found_in(days_of(40, closed=(6,))) == []


def test_a_shop_closed_from_saturday_to_monday_has_no_gap():
    assert found_in(days_of(40, closed=(5, 6, 0))) == []


def test_a_missing_week_of_a_shop_closed_on_sundays_counts_six_days():
    days = days_of(40, closed=(6,), out=range(140, 147))
    # The Sunday before the missing Monday belongs to the run, too.
    assert found_in(days) == [(MONDAY + timedelta(139), MONDAY + timedelta(146), 6, "")]


def test_one_missing_day_of_a_busy_shop_is_a_gap_and_of_a_slow_one_is_none():
    assert found_in(days_of(40, out=[100], orders=50)) == [(date(2023, 4, 12), date(2023, 4, 12), 1, "")]
    assert found_in(days_of(40, out=[100], orders=2)) == []


def test_single_bank_holidays_on_mondays_are_no_gaps():
    assert found_in(days_of(52, closed=(6,), out=[98, 119, 147, 238])) == []


def test_a_shop_with_a_few_orders_a_week_has_no_gaps_by_chance():
    rng = np.random.default_rng(3)
    for _ in range(20):
        counts = rng.poisson(0.4, size=700)
        days = [(MONDAY + timedelta(i), int(n)) for i, n in enumerate(counts) if n]
        assert len(found_in(days)) <= 1


def test_a_long_silence_of_a_slow_shop_is_a_gap_without_open_days():
    rng = np.random.default_rng(3)
    counts = rng.poisson(0.4, size=700)
    counts[300:360] = 0
    days = [(MONDAY + timedelta(i), int(n)) for i, n in enumerate(counts) if n]
    ((first, last, open_days, explained),) = found_in(days)
    assert first <= MONDAY + timedelta(300)
    assert last >= MONDAY + timedelta(359)
    assert (open_days, explained) == (0, "")


def test_days_closed_at_the_turn_of_the_year_are_explained():
    start = (date(2023, 12, 24) - MONDAY).days
    ((first, last, _, explained),) = found_in(days_of(70, out=range(start, start + 9)))
    assert (first, last, explained) == (date(2023, 12, 24), date(2024, 1, 1), "year_end")


def test_days_closed_every_year_are_explained():
    first, second = (date(2023, 8, 7) - MONDAY).days, (date(2024, 8, 5) - MONDAY).days
    gaps = found_in(days_of(104, out=[*range(first, first + 14), *range(second, second + 14)]))
    assert [gap[-1] for gap in gaps] == ["every_year", "every_year"]


def test_a_growing_shop_is_compared_with_the_days_around_a_gap():
    sparse = [(MONDAY + timedelta(i), 1) for i in range(0, 400, 3)]
    dense = [(MONDAY + timedelta(i), 60) for i in range(400, 900) if i not in (700, 701)]
    assert [gap[:2] for gap in found_in([*sparse, *dense])] == [(MONDAY + timedelta(700), MONDAY + timedelta(701))]


def test_days_with_rejected_sales_are_no_gaps():
    days = [MONDAY + timedelta(i) for i in range(60)]
    rows = [
        line(client=None if i == 30 else "ann", invoice=f"{i}-{n}", day=str(day))
        for i, day in enumerate(days)
        for n in range(9)
    ]
    connection = shop_of(rows)
    assert len(orders_by_day(connection)) == 60
    assert find_gaps(orders_by_day(connection), chance=0.1) == []


def test_findings_have_the_dates_and_the_reason():
    gap, explained = (
        next(gap_findings(find_gaps(days_of(70, out=out), chance=0.1)))
        for out in (range(100, 105), range((date(2023, 12, 24) - MONDAY).days, (date(2024, 1, 2) - MONDAY).days))
    )
    assert gap["values"] == {"first": "2023-04-12", "last": "2023-04-16", "days": 5, "open_days": 5}
    assert "explained" not in gap
    assert explained["explained"] == "year_end"


def test_no_days_have_no_gaps():
    assert find_gaps([], chance=0.1) == []
