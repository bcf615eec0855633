"""The measures of benchmarks/segmentations.py on customers whose segments are known."""

from datetime import date

import baselines
import numpy as np
import pandas as pd
import pytest
import segmentations

from clientela.contracts import RFM
from clientela.features.snapshot import Snapshot

AS_OF = date(2024, 1, 1)


def customers(spend, *, recency=None, orders=None) -> Snapshot:
    spend = np.asarray(spend, float)
    recency = np.ones_like(spend) if recency is None else recency
    orders = np.ones_like(spend) if orders is None else orders
    return Snapshot(AS_OF, pd.DataFrame(dict(zip(RFM, (recency, orders, spend), strict=True))))


@pytest.fixture
def two_kinds() -> Snapshot:
    """Forty customers of 10 to 20 and forty of 1,000 to 2,000."""
    spend = [*np.linspace(10, 20, 40), *np.linspace(1000, 2000, 40)]
    return customers(spend, recency=[*[300.0] * 40, *[5.0] * 40], orders=[*[1.0] * 40, *[9.0] * 40])


def split_at(edge: float) -> baselines.Fit:
    """A segmentation that splits spend at an edge, whatever it is fitted to."""

    def fit(customers, seed):
        def predict(frame):
            return (frame["total_spend"] > edge).astype(int).to_numpy()

        return baselines.Fitted(predict(customers.features), predict, refit=fit)

    return fit


def test_the_revenue_sort_has_five_groups_of_equal_size():
    fitted = baselines.revenue_sort(customers(range(1, 21)), 0)
    assert np.bincount(fitted.labels).tolist() == [4, 4, 4, 4, 4]
    assert fitted.labels[-1] == 4


def test_the_cells_of_the_grid_have_numbers_of_their_own():
    rng = np.random.default_rng(0)
    shop = customers(rng.gamma(1, 100, 2000), recency=rng.uniform(0, 365, 2000), orders=rng.integers(1, 30, 2000) * 1.0)
    labels = baselines.rfm_grid(shop, 0).labels
    assert len(np.unique(labels)) == 125


def test_the_tutorial_finds_two_kinds_of_customers(two_kinds):
    fitted = baselines.tutorial(two_kinds, 0)
    assert len(np.unique(fitted.labels)) == 2
    assert len(set(fitted.labels[:40])) == len(set(fitted.labels[40:])) == 1


def test_a_fixed_rule_is_stable_and_moves_nobody(two_kinds):
    fit = split_at(500)
    fitted = fit(two_kinds, 0)
    assert segmentations.stability(fitted, two_kinds, seed=0) == 1
    assert segmentations.moved(fitted, [two_kinds, two_kinds], fit, seed=0) == 0


def test_moved_is_the_share_on_the_same_figures_with_the_best_pairing(two_kinds):
    # The successor splits the upper kind in half: a quarter of the eighty customers change.
    successor = split_at(1500)
    assert segmentations.moved(split_at(500)(two_kinds, 0), [two_kinds], successor, seed=0) == 0.25


def test_a_segmentation_without_refits_has_no_stability(two_kinds):
    labels = np.zeros(80, int)
    fitted = baselines.Fitted(labels, lambda frame: np.zeros(len(frame), int))
    assert segmentations.stability(fitted, two_kinds, seed=0) is None


def test_the_table_leaves_out_what_was_not_measured():
    ceiling = segmentations.Result("demo", "ceiling", 0, 0.3, 1.0, None, None, None)
    assert segmentations.table([ceiling]).splitlines()[-1] == "| demo | ceiling |  | 0.300 | 100% |  |  |  |"


@pytest.mark.slow
def test_all_segmentations_are_measured_on_a_shop(tmp_path):
    rng = np.random.default_rng(0)
    buyers = rng.choice(300, size=6000, p=rng.dirichlet(np.full(300, 0.4)))
    days = pd.Timestamp("2022-01-01") + pd.to_timedelta(rng.integers(0, 720, 6000), unit="D")
    shop = pd.DataFrame({"customer_id": buyers, "trans_date": days.strftime("%m/%d/%Y"), "tran_amount": 10})
    shop.to_csv(tmp_path / "shop.csv", index=False)
    results = list(
        segmentations.measure("retail_transactions", str(tmp_path / "shop.csv"), dates=1, python=None, seed=0)
    )
    assert [result.method for result in results] == ["clientela", *baselines.BASELINES, segmentations.CEILING]
    by_method = {result.method: result for result in results}
    # Customers differ in how often they buy, and in nothing else: orders predict what they spend.
    assert by_method["revenue sort, 5 groups"].explained > 0.3
    assert by_method["clientela"].of_ceiling > 0.7
    assert by_method[segmentations.CEILING].explained < 1
