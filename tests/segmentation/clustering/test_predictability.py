import numpy as np
import pytest

from clientela.segmentation.clustering.candidates import Candidate
from clientela.segmentation.clustering.evaluation import Evaluation
from clientela.segmentation.clustering.predictability import SHUFFLES, Predictability, measure_predictability
from clientela.segmentation.clustering.scores import explained_share

CUSTOMERS = 600


def evaluation(labels, next_spend):
    metrics = {"explained_spend": explained_share(labels, np.log1p(next_spend), folds=5, seed=0)}
    return Evaluation(Candidate("kmeans", {"k": 4}), labels, None, metrics, np.zeros(1), labels)


def measure(labels, next_spend, *, ceiling=0.0, seed=0):
    """The predictability, and how often gradient boosting was asked."""
    asked = []

    def boost():
        asked.append(1)
        return ceiling

    evaluations = [evaluation(one, next_spend) for one in labels]
    return measure_predictability(evaluations, next_spend, ceiling=boost, folds=5, seed=seed), len(asked)


@pytest.fixture
def labels():
    """Segments of ten candidates that know nothing of spend."""
    rng = np.random.default_rng(1)
    return [rng.integers(k, size=CUSTOMERS) for k in range(3, 13)]


@pytest.fixture
def noise():
    rng = np.random.default_rng(2)
    return np.where(rng.random(CUSTOMERS) < 0.4, rng.lognormal(4, 1, CUSTOMERS), 0.0)


def test_segments_that_explain_nothing_but_noise_predict_nothing(labels, noise):
    found, asked = measure(labels, noise)
    assert not found.is_predictable
    assert (found.best <= found.noise < 0.05, found.ceiling, asked) == (True, 0.0, 1)


def test_gradient_boosting_above_the_noise_makes_spend_predictable(labels, noise):
    found, _ = measure(labels, noise, ceiling=0.06)
    assert found.is_predictable


def test_one_candidate_above_the_noise_is_enough_and_boosting_is_not_needed(labels, noise):
    # The first segment spends a little more: 0.02 of the variance.
    spend = noise * np.where(labels[0] == 0, 3.0, 1.0) + np.where(labels[0] == 0, 3.0, 0.0)
    found, asked = measure(labels, spend)
    assert found.is_predictable
    assert (found.noise < found.best < 0.1, asked) == (True, 0)


def test_a_large_share_needs_no_shuffles(labels):
    found, asked = measure(labels, np.where(labels[0] == 0, 100.0, 1.0))
    assert (found.is_predictable, found.noise, asked) == (True, None, 0)


def test_where_nobody_buys_again_nothing_can_be_predicted(labels):
    found, _ = measure(labels, np.zeros(CUSTOMERS))
    assert (found.best, found.noise, found.is_predictable) == (0.0, 0.0, False)


def test_the_same_seed_gives_the_same_noise(labels, noise):
    assert measure(labels, noise)[0] == measure(labels, noise)[0]
    assert measure(labels, noise)[0].noise != measure(labels, noise, seed=1)[0].noise


def test_shares_within_the_noise_of_few_customers_are_not_predictable(noise):
    # With 50 customers the best of ten candidates explains more than 0.02 of shuffled spend.
    rng = np.random.default_rng(3)
    few = [rng.integers(k, size=50) for k in range(3, 13)]
    found, _ = measure(few, noise[:50])
    assert found.noise > 0.02


@pytest.mark.parametrize("ceiling, expected", [(None, False), (0.01, False), (0.011, True)])
def test_the_limits_are_exceeded_and_not_just_reached(ceiling, expected):
    assert Predictability(best=0.01, noise=0.01, ceiling=ceiling).is_predictable is expected


def test_the_noise_is_that_of_the_logarithm_of_spend(labels, noise):
    rng = np.random.default_rng(0)
    shuffled = [explained_share(labels[0], rng.permutation(np.log1p(noise)), folds=5, seed=0) for _ in range(SHUFFLES)]
    assert measure(labels[:1], noise)[0].noise == pytest.approx(np.quantile(shuffled, 0.95), abs=1e-12)


@pytest.mark.parametrize("customers, is_shuffled", [(499, True), (500, False)])
def test_a_large_share_of_few_customers_is_compared_with_the_noise(labels, customers, is_shuffled):
    segments = labels[0][:customers]
    found, _ = measure([segments], np.where(segments == 0, 100.0, 1.0))
    assert (found.noise is not None) is is_shuffled
