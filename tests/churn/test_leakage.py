"""The leakage checks find planted leakage of each kind, and pass clean rows."""

from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest

from clientela.churn import features as features_module
from clientela.churn import leakage
from clientela.churn.features import churn_features
from clientela.churn.panel import by_window
from clientela.errors import LeakageSuspected
from clientela.features.build import make_net_lines

COLUMNS = ["signal", "noise", "region"]


def test_clean_rows_pass(panel_rows):
    leakage.check_times(panel_rows)
    found = leakage.check_features(panel_rows, COLUMNS, most=0.95)
    assert found["signal"] > 0.7
    assert found["noise"] < 0.6


def test_a_transaction_on_the_cut_off_is_found(panel_rows):
    late = panel_rows.assign(
        last_event_at=panel_rows["last_event_at"].mask(panel_rows.index == 7, pd.Timestamp("2024-10-03"))
    )
    with pytest.raises(LeakageSuspected, match="1 of 600 rows do: one has a transaction of 2024-10-03"):
        leakage.check_times(late)


def test_features_built_after_the_cutoff_are_found(load, monkeypatch):
    """A planted bug: features use all transactions up to the end of the window instead of its beginning."""
    cutoff, purchases = date(2024, 7, 1), [("a", "2024-06-01", 5), ("b", "2024-06-02", 5), ("a", "2024-08-01", 5)]
    rows = by_window(load(purchases), cutoff=cutoff, days=90, active_days=None, services=None)
    leakage.check_times(rows)

    def too_late(connection, *, as_of):
        frame = honest(connection, as_of=as_of)
        make_net_lines(connection, as_of=as_of + timedelta(days=90))
        return frame

    honest = features_module.build_features
    monkeypatch.setattr(features_module, "build_features", too_late)
    leaking = churn_features(load(purchases), as_of=cutoff).assign(cutoff=cutoff)
    with pytest.raises(LeakageSuspected, match="must use no data from the cut-off on"):
        leakage.check_times(leaking)


@pytest.mark.parametrize(
    "plant",
    [
        lambda churn, rng: churn + rng.normal(0, 0.05, len(churn)),
        lambda churn, rng: -churn + rng.normal(0, 0.05, len(churn)),  # whichever way it points
        lambda churn, rng: np.where(churn == 1, np.nan, 1.0),  # that it is missing tells it
        lambda churn, rng: np.where(churn == 1, "cancelled", "active").astype(object),
        lambda churn, rng: np.where(churn == 1, 1e9, rng.random(len(churn))),
    ],
    ids=["number", "turned", "missing", "category", "far"],
)
def test_a_feature_that_separates_the_classes_is_found(panel_rows, plant):
    leaking = panel_rows.assign(status=plant(panel_rows["churn"].to_numpy(), np.random.default_rng(1)))
    with pytest.raises(LeakageSuspected, match=r"Higher are: status \((1\.000|0\.9\d\d)\)"):
        leakage.check_features(leaking, [*COLUMNS, "status"], most=0.95)


def test_an_identifier_is_not_reported_as_leakage(panel_rows):
    assert leakage.separation(panel_rows, ["customer_id"])["customer_id"] == pytest.approx(0.5)


@pytest.mark.parametrize("size", [2, 10, 19])
def test_small_regions_with_random_labels_are_not_reported_as_leakage(panel_rows, size):
    rng = np.random.default_rng(2)
    rows = panel_rows.assign(
        churn=(rng.random(600) < 0.05).astype(float), town=[f"town {row // size}" for row in range(600)]
    )
    assert leakage.check_features(rows, ["town"], most=0.95)["town"] < 0.6


def test_training_windows_that_overlap_the_test_are_found(panel_rows):
    train = panel_rows.assign(cutoff=date(2024, 7, 6))
    with pytest.raises(LeakageSuspected, match="2024-10-03. Their windows end on 2024-10-04"):
        leakage.check_windows(train, panel_rows, days=90)
    leakage.check_windows(train.assign(cutoff=date(2024, 7, 5)), panel_rows, days=90)


def test_customers_in_both_training_and_test_are_found(panel_rows):
    with pytest.raises(LeakageSuspected, match="100 customers are in both"):
        leakage.check_customers(panel_rows[:200], panel_rows[100:])
    leakage.check_customers(panel_rows[:200], panel_rows[200:])


def test_a_model_that_is_too_good_is_found():
    with pytest.raises(LeakageSuspected, match=r"forest has 0\.980 at the cut-off 2024-10-03"):
        leakage.check_model("forest", 0.98, most=0.97, cutoff=date(2024, 10, 3))
    leakage.check_model("forest", 0.96, most=0.97, cutoff=date(2024, 10, 3))


def test_a_figure_that_reaches_the_limit_is_refused(panel_rows):
    limit = leakage.separation(panel_rows, ["signal"])["signal"]
    with pytest.raises(LeakageSuspected, match="signal"):
        leakage.check_features(panel_rows, ["signal"], most=limit)
    with pytest.raises(LeakageSuspected, match="forest"):
        leakage.check_model("forest", 0.97, most=0.97, cutoff=date(2024, 10, 3))
