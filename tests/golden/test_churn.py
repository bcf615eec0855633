"""Churn on Online Retail, no purchase in 90 days: customers at each cut-off, and the quality of the predictions."""

import duckdb
import pytest

from clientela.churn.compare import ComparisonOptions, compare
from clientela.churn.loading import load_churn_data
from clientela.churn.profit import Costs
from clientela.churn.rows import build_rows
from clientela.request import RunRequest
from clientela.settings import load_churn

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def settings(root):
    return load_churn("online_retail", conf=root / "conf")


@pytest.fixture(scope="module")
def rows(settings, shared_data, root):
    dataset, churn = settings
    request = RunRequest(dataset="online_retail", source=str(shared_data / "online_retail.parquet"), conf=root / "conf")
    with duckdb.connect() as connection:
        data = load_churn_data(connection, dataset, churn, request)
        return build_rows(connection, data, churn, seed=0)


def test_customers_and_churners_at_three_cutoffs(rows):
    counts = [
        (split.cutoff.isoformat(), len(split.train), len(split.test), int(split.test["churn"].sum()))
        for split in rows.splits
    ]
    assert counts == [
        ("2011-09-11", 9552, 3363, 1448),
        ("2011-08-12", 6738, 3210, 1500),
        ("2011-07-13", 4164, 3020, 1495),
    ]
    assert (len(rows.current), len(rows.columns)) == (4250, 30)


def test_models_reach_the_expected_auc_at_every_cutoff(settings, rows):
    _, churn = settings
    options = ComparisonOptions(
        grids={
            "logistic_regression": ({"C": [0.003]}, 1),
            "gradient_boosting": ({"max_iter": [60], "learning_rate": [0.06], "max_leaf_nodes": [4]}, 1),
        },
        folds=5,
        interval=0.95,
        draws=100,
        most_auc=churn.leakage.model_auc,
    )
    comparison = compare(rows.splits, rows.columns, options, costs=Costs(**churn.costs.model_dump()), seed=0)
    for name in ("logistic_regression", "gradient_boosting"):
        for result, auc in zip(comparison.results[name], (0.745, 0.761, 0.765), strict=True):
            assert result.figures["roc_auc"] == pytest.approx(auc, abs=0.01), (name, result.cutoff)
            assert result.figures["calibration_error"] < 0.09
    assert all(result.figures["roc_auc"] == 0.5 for result in comparison.results["dummy"])
