"""The measures of benchmarks/segmentations.py on customers whose segments are known."""

from dataclasses import asdict, replace
from datetime import date

import baselines
import figures
import numpy as np
import pandas as pd
import pytest
import segmentations
import tables
from shops import chosen_shops

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
    assert figures.stability(fitted, two_kinds, seed=0) == 1
    assert figures.monthly_changes(fitted, [two_kinds, two_kinds], fit, seed=0) == (0, None)


def test_moved_is_the_share_on_the_same_figures_with_the_best_pairing(two_kinds):
    # The successor splits the upper kind in half: a quarter of the eighty customers change.
    successor = split_at(1500)
    assert figures.monthly_changes(split_at(500)(two_kinds, 0), [two_kinds], successor, seed=0) == (0.25, None)


def test_a_segmentation_without_refits_has_no_stability(two_kinds):
    labels = np.zeros(80, int)
    fitted = baselines.Fitted(labels, lambda frame: np.zeros(len(frame), int))
    assert figures.stability(fitted, two_kinds, seed=0) is None


def test_renamed_is_the_mean_of_the_months_whose_segments_have_names(two_kinds):
    def named(share):
        def follow(customers, seed):
            return replace(split_at(500)(customers, seed), renamed=share, follow=named(share + 0.2))

        return follow

    first = replace(split_at(500)(two_kinds, 0), follow=named(0.1))
    moved, renamed = figures.monthly_changes(first, [two_kinds, two_kinds], split_at(500), seed=0)
    assert (moved, renamed) == (0, pytest.approx(0.2))


def row(**known) -> dict:
    return asdict(figures.Result("demo", "clientela", 5, **known))


def test_the_tables_leave_out_what_was_not_measured():
    assert tables.shop_table([row(explained=0.3, ceiling=0.4)]).splitlines()[-1] == (
        "| demo | clientela | 5 | 0.300 | 75% |  |  |  |  |"
    )


def test_there_is_no_share_of_a_ceiling_that_explains_nothing():
    assert "| -0.001 |  |" in tables.shop_table([row(explained=-0.001, ceiling=0.002)])


def test_tables_of_customers_have_a_table_of_their_own():
    rows = [row(silhouette=0.5, stability=0.9, seconds=1.0), row(explained=0.1, ceiling=0.2)]
    assert len(tables.customer_table(rows).splitlines()) == len(tables.shop_table(rows).splitlines()) == 3


def test_the_page_shows_the_figures_that_were_measured(root):
    page, measured = (root / "docs" / "benchmark.md").read_text(encoding="utf-8"), tables.load_measured()
    for table in tables.page_tables(measured):
        assert table in page
    for one in measured.values():
        assert one["date"] in page
        assert one["machine"] in page


def test_every_data_set_of_the_command_was_measured(tmp_path):
    assert set(tables.load_measured()) == set(chosen_shops(tmp_path, []))


def test_data_sets_are_chosen_by_name(tmp_path):
    shops = chosen_shops(tmp_path, ["mine.yaml=mine.csv"], only=["mine.yaml", "groceries"])
    assert shops == {"groceries": str(tmp_path / "field/groceries.csv"), "mine.yaml": "mine.csv"}
    assert chosen_shops(None, []) == {"demo": "demo"}


@pytest.mark.slow
def test_all_segmentations_are_measured_on_a_shop(tmp_path):
    rng = np.random.default_rng(0)
    buyers = rng.choice(300, size=6000, p=rng.dirichlet(np.full(300, 0.4)))
    days = pd.Timestamp("2022-01-01") + pd.to_timedelta(rng.integers(0, 720, 6000), unit="D")
    shop = pd.DataFrame({"customer_id": buyers, "trans_date": days.strftime("%m/%d/%Y"), "tran_amount": 10})
    shop.to_csv(tmp_path / "shop.csv", index=False)
    measured = segmentations.measure("retail_transactions", str(tmp_path / "shop.csv"), dates=1, python=None, seed=0)
    by_method = {row["method"]: row for row in measured["segmentations"]}
    assert list(by_method) == ["clientela", *baselines.BASELINES, segmentations.CEILING]
    # Customers differ in how often they buy, and in nothing else: orders predict what they spend.
    assert by_method["revenue sort, 5 groups"]["explained"] > 0.3
    product = by_method["clientela"]
    assert 0.7 * product["ceiling"] < product["explained"] < 1
    assert product["moved"] <= 0.05
    assert product["renamed"] <= 0.05
    whole = [row for row in measured["coverage"] if row["groups"] == "all"]
    assert {row["season"] for row in whole} == {False, True}
    assert all(row["covered"] > 0.5 for row in whole)
