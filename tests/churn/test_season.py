"""The season of churn: counts a year earlier, and the shift of the intercept."""

from datetime import date, timedelta

import numpy as np
import pytest

from clientela.churn.panel import by_window
from clientela.churn.season import YEAR, churn_counts, season_shift

CUTOFF = date(2024, 7, 1)
PURCHASES = [
    ("back", "2024-06-01", 5), ("back", "2024-07-01", 5), ("gone", "2024-06-01", 5), ("late", "2024-06-01", 5),
    ("late", "2024-09-29", 5), ("new", "2024-07-05", 5), ("limit", "2024-03-23", 5), ("old", "2024-03-22", 5),
    ("old", "2024-08-01", 5),
]  # fmt: skip


@pytest.mark.parametrize("active_days", [None, 100])
def test_the_counts_are_those_of_the_labelled_rows(load, active_days):
    connection = load(PURCHASES)
    rows = by_window(connection, cutoff=CUTOFF, days=90, active_days=active_days, services=None)
    counted = churn_counts(connection, days=90, active_days=active_days)(CUTOFF)
    assert counted == (len(rows), int((rows["churn"] == 0).sum()))
    assert counted == ((5, 2) if active_days is None else (4, 1))


def counts_of(rates):
    return {day - YEAR: (1000, round(1000 * (1 - rate))) for day, rate in rates.items()}.__getitem__


def test_the_shift_is_what_the_rate_moved_a_year_earlier():
    quiet, before_christmas = date(2024, 7, 3), date(2024, 10, 1)
    shift = season_shift(
        counts_of({before_christmas: 0.4, quiet: 0.7}),
        cutoff=before_christmas,
        train=[quiet],
        earliest=date(2022, 1, 1),
    )
    odds = np.log(0.7 / 0.3) + shift
    assert 1 / (1 + np.exp(-odds)) == pytest.approx(0.4)


def test_training_windows_are_weighted_by_their_customers():
    counts = {CUTOFF - YEAR: (10, 5), date(2023, 1, 2): (900, 450), date(2023, 2, 6): (100, 0)}
    train = [date(2023, 1, 2) + YEAR, date(2023, 2, 6) + YEAR]
    shift = season_shift(counts.__getitem__, cutoff=CUTOFF, train=train, earliest=date(2023, 1, 1))
    assert shift == pytest.approx(np.log(1) - np.log(0.55 / 0.45))


def test_a_history_that_does_not_reach_back_a_year_has_no_season():
    train = [CUTOFF - timedelta(days=90), CUTOFF - timedelta(days=120)]
    earliest = CUTOFF - timedelta(days=120) - YEAR
    counts = counts_of({CUTOFF: 0.3, train[0]: 0.5, train[1]: 0.5})
    assert season_shift(counts, cutoff=CUTOFF, train=train, earliest=earliest) != 0
    assert season_shift(counts, cutoff=CUTOFF, train=train, earliest=earliest + timedelta(days=1)) == 0
    assert season_shift(counts, cutoff=CUTOFF, train=[], earliest=earliest) == 0


def test_nobody_active_a_year_ago_gives_no_season():
    assert season_shift(lambda day: (0, 0), cutoff=CUTOFF, train=[CUTOFF], earliest=date(2000, 1, 1)) == 0
