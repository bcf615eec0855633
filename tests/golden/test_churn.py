"""Churn on Online Retail, no purchase in 90 days: who is there at each cut-off, and how well leaving is foretold."""

import duckdb
import pytest

from clientela.churn.compare import compare
from clientela.churn.loading import build_rows, load_churn_data
from clientela.churn.profit import Costs
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


def test_customers_and_the_share_who_left_at_three_cut_offs(rows):
    told = [
        (split.cutoff.isoformat(), len(split.train), len(split.test), int(split.test["churn"].sum()))
        for split in rows.splits
    ]
    assert told == [
        ("2011-09-11", 9552, 3363, 1448),
        ("2011-08-12", 6738, 3210, 1500),
        ("2011-07-13", 4164, 3020, 1495),
    ]
    assert (len(rows.present), len(rows.columns)) == (4250, 30)


def test_every_cut_off_is_foretold_and_by_no_more_than_can_be(settings, rows):
    _, churn = settings
    comparison = compare(
        rows.splits,
        rows.columns,
        grids={
            "logistic_regression": ({"C": [0.003]}, 1),
            "gradient_boosting": ({"max_iter": [60], "learning_rate": [0.06], "max_leaf_nodes": [4]}, 1),
        },
        folds=5,
        costs=Costs(**churn.costs.model_dump()),
        interval=0.95,
        draws=100,
        most_auc=churn.leakage.model_auc,
        seed=0,
        jobs=1,
    )
    for name in ("logistic_regression", "gradient_boosting"):
        for tested, auc in zip(comparison.tested[name], (0.745, 0.761, 0.765), strict=True):
            assert tested.figures["roc_auc"] == pytest.approx(auc, abs=0.01), (name, tested.cutoff)
            assert tested.figures["calibration_error"] < 0.09
    assert all(tested.figures["roc_auc"] == 0.5 for tested in comparison.tested["dummy"])
