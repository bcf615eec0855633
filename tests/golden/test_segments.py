"""What the segments of the public data sets explain of the next period, and how stable their names are.

For orientation, on Online Retail as of 2011-09-10 (spend of the next 90 days, 10-fold): RFM grid of 125 cells 0.229,
revenue sort in eight groups 0.222, K-means on log RFM 0.241 to 0.245, boosting 0.270.
"""

import runpy

import pytest

from clientela.features.build import build_features, default_as_of
from clientela.segmentation.backtest import BacktestedModel, backtest_segments, past_snapshots
from clientela.segmentation.clustering.candidates import make_families
from clientela.segmentation.inputs import prepare_inputs

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def benchmark(root):
    """What the benchmark of refits defines."""
    return runpy.run_path(str(root / "benchmarks" / "refits.py"))


@pytest.fixture(scope="module")
def refit(benchmark):
    """K-means from scratch, continued where there is a version before."""
    return benchmark["new_clusters"]


@pytest.fixture
def shop(request, open_shop, settings_of):
    """A data set's settings and a connection to its clean transactions."""
    with open_shop(request.param) as connection:
        yield settings_of(request.param), connection


def backtest_of(settings, connection, refit, *, k):
    as_of = default_as_of(connection)
    features = build_features(connection, as_of=as_of)
    inputs = prepare_inputs(connection, features, fit=settings.fit, as_of=as_of, horizon_days=90)
    assert not inputs.dropped
    family = make_families({"kmeans": {"k": [k], "n_init": 5}})[1]
    version, _ = refit(features, settings, as_of, k=k, seed=0, previous=None)
    days_back = settings.segments.backtest.days_back
    return backtest_segments(
        past_snapshots(connection, features, fit=settings.fit, as_of=as_of, horizon_days=90, days_back=days_back),
        BacktestedModel(version.assign, family),
        evaluation=settings.evaluation,
        settings=settings.segments.backtest,
        seed=0,
    )


@pytest.mark.parametrize("shop", ["online_retail"], indirect=True)
def test_six_segments_explain_a_quarter_of_online_retails_next_quarter_and_most_of_what_boosting_does(shop, refit):
    backtest = backtest_of(*shop, refit, k=6)
    latest, mean = backtest["cutoffs"][0], backtest["mean"]
    assert latest["as_of"] == "2011-09-11"
    assert latest["segments"] >= 0.255
    assert latest["rfm_grid"] == pytest.approx(0.229, abs=0.005)
    assert latest["boosting"] == pytest.approx(0.275, abs=0.01)
    assert mean["of_ceiling"] >= 0.95
    assert mean["segments"] > mean["rfm_grid"] + 0.01 > mean["revenue_sort"]


@pytest.mark.parametrize("shop", ["retail_transactions"], indirect=True)
def test_five_segments_of_retail_transaction_data_explain_as_much_as_boosting(shop, refit):
    mean = backtest_of(*shop, refit, k=5)["mean"]
    assert mean["segments"] == pytest.approx(0.046, abs=0.003)
    assert mean["of_ceiling"] >= 0.95
    assert mean["segments"] > 1.5 * max(mean["rfm_grid"], 0.02)


@pytest.mark.parametrize("shop, k, most", [("online_retail", 6, 0.05), ("demo", 7, 0.02)], indirect=["shop"])
def test_another_seed_renames_few_customers(shop, refit, benchmark, k, most):
    settings, connection = shop
    as_of = default_as_of(connection)
    features = build_features(connection, as_of=as_of)
    first, _ = refit(features, settings, as_of, k=k, seed=0, previous=None)
    others = (refit(features, settings, as_of, k=k, seed=seed, previous=first)[0] for seed in range(1, 20))
    assert max(benchmark["renamed"](first, other) for other in others) < most


@pytest.mark.parametrize("shop, k", [("online_retail", 6), ("demo", 7)], indirect=["shop"])
def test_refits_that_continue_rename_few_customers_and_explain_as_much(shop, benchmark, k):
    settings, connection = shop
    end = default_as_of(connection)
    snapshots = benchmark["monthly_snapshots"](connection, months=5)
    found = {
        way: list(benchmark["refits"](snapshots, settings, benchmark[way], k=k, end=end, seed=0))
        for way in ("new_clusters", "continued")
    }
    assert max(max(refit.moved, refit.renamed) for refit in found["continued"]) <= 0.05
    explained = {way: [refit.explained for refit in refits][:2] for way, refits in found.items()}
    assert sum(explained["continued"]) > sum(explained["new_clusters"]) - 0.04
