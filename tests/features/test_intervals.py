import numpy as np
import pytest

from clientela.features.concentration import concentration
from clientela.features.intervals import MANY, interval_of_mean


def interval(values, *, level=0.9, draws=500, seed=0):
    return interval_of_mean(np.asarray(values, float), level=level, draws=draws, rng=np.random.default_rng(seed))


def test_the_interval_covers_the_true_mean_as_often_as_it_says():
    rng = np.random.default_rng(0)
    covered = 0
    for _ in range(2_000):
        low, mean, high = interval_of_mean(rng.gamma(2.0, 50.0, size=120), level=0.9, draws=300, rng=rng)
        assert low <= mean <= high
        covered += low <= 100 <= high
    assert 0.87 <= covered / 2_000 <= 0.92


def test_many_customers_have_the_normal_interval_by_hand():
    values = np.tile([0.0, 2.0], MANY // 2)
    half = 1.6448536 * np.sqrt(MANY / (MANY - 1)) / np.sqrt(MANY)
    assert interval(values) == pytest.approx((1 - half, 1, 1 + half), abs=1e-7)
    assert interval(values, seed=1) == interval(values)


def test_the_normal_interval_agrees_with_the_bootstrap_at_the_border():
    values = np.random.default_rng(4).gamma(2.0, 50.0, size=MANY)
    normal, bootstrap = interval(values), interval(values[:-1], draws=2_000)
    width = normal[2] - normal[0]
    assert bootstrap == pytest.approx(normal, abs=0.06 * width)
    assert bootstrap != normal


def test_a_higher_level_is_wider():
    values = np.random.default_rng(5).normal(size=100)
    narrow, wide = interval(values, level=0.5), interval(values, level=0.99)
    assert wide[0] < narrow[0] < narrow[1] == wide[1] < narrow[2] < wide[2]


def test_equal_customers_have_an_interval_of_width_zero():
    assert interval([3.0] * 7) == (3.0, 3.0, 3.0)
    assert interval([8.0]) == (8.0, 8.0, 8.0)


def spend_of(rng, count):
    """Spend of customers of whom 40 % buy; the mean is 0.4 exp(5 + 1.3^2 / 2)."""
    return rng.lognormal(5, 1.3, count) * (rng.random(count) < 0.4)


def test_intervals_of_skewed_spend_cover_more_often_than_percentile_and_normal_intervals():
    rng, true = np.random.default_rng(1), 0.4 * np.exp(5 + 1.3**2 / 2)
    covered = {"bootstrap-t": 0, "percentile": 0, "normal": 0}
    for _ in range(600):
        values = spend_of(rng, 100)
        low, mean, high = interval_of_mean(values, level=0.9, draws=300, rng=rng)
        covered["bootstrap-t"] += low <= true <= high
        means = values[rng.integers(100, size=(300, 100))].mean(axis=1)
        covered["percentile"] += np.quantile(means, 0.05) <= true <= np.quantile(means, 0.95)
        covered["normal"] += abs(mean - true) <= 1.645 * values.std(ddof=1) / 10
    assert covered["bootstrap-t"] > 0.83 * 600
    assert covered["bootstrap-t"] > max(covered["percentile"], covered["normal"]) + 0.03 * 600


def test_the_interval_of_skewed_values_reaches_further_up_than_down():
    low, mean, high = interval(spend_of(np.random.default_rng(2), 200))
    assert high - mean > 1.2 * (mean - low)


def test_the_closed_form_agrees_with_the_bootstrap_on_skewed_values():
    values = spend_of(np.random.default_rng(3), MANY)
    closed, bootstrap = interval(values), interval(values[:-1], draws=4_000)
    assert bootstrap == pytest.approx(closed, abs=0.08 * (closed[2] - closed[0]))
    assert closed[2] - closed[1] > closed[1] - closed[0]


def test_the_interval_stays_within_the_values():
    shares = np.array([0.0] * 30 + [1.0])
    low, mean, high = interval(shares)
    assert 0 <= low < mean < high <= 1
    low, mean, high = interval([0.0, 1.0])
    assert 0 <= low < mean < high <= 1


# Concentration


@pytest.mark.parametrize(
    ("spend", "best", "share"),
    [([1.0, 2.0, 3.0, 4.0], 2, 0.7), ([4.0, 1.0], 2, 1.0), ([4.0], 2, 1.0), ([0.0, 0.0, 0.0], 2, 0.0)],
)
def test_concentration_by_hand(spend, best, share):
    found = concentration(np.array(spend), best=best)
    assert found == {"best": min(best, len(spend)), "customers": len(spend), "share": share}


def test_ten_customers_are_counted_by_default():
    assert concentration(np.arange(1.0, 21.0))["share"] == sum(range(11, 21)) / sum(range(1, 21))
