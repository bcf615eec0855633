"""Tuning, fitting and calibration: reproducible, out of fold, and monotone."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score

from clientela.churn import panel
from clientela.churn.models import SIMPLICITY, make_model, matrix
from clientela.churn.tuning import Search, _calibrated_out_of_fold, calibrate, calibrated, fit, log_odds, tune
from clientela.errors import InvalidInput

COLUMNS = ["signal", "noise", "region"]
GRIDS = {
    "dummy": {},
    "logistic_regression": {"C": [0.01, 1.0]},
    "decision_tree": {"max_leaf_nodes": [4, 8]},
    "random_forest": {"n_estimators": [20], "min_samples_leaf": [5, 20]},
    "gradient_boosting": {"max_iter": [10], "learning_rate": [0.1, 0.3]},
}


@pytest.fixture(scope="module")
def folds(panel_rows):
    return panel.folds_of(panel_rows, folds=3, seed=0)


@pytest.fixture(params=SIMPLICITY)
def fitted(request, panel_rows, folds):
    tuned = tune(request.param, panel_rows, COLUMNS, folds=folds, search=Search(GRIDS[request.param], draws=9))
    return tuned, fit(tuned, panel_rows, COLUMNS, folds=folds, seed=0, jobs=1)


def test_every_model_takes_raw_features_with_missing_values(fitted, panel_rows):
    tuned, model = fitted
    odd = panel_rows.head(2).assign(signal=np.nan, region=["never seen", None])
    assert model.probability(odd).shape == (2,)
    assert set(tuned.params) == set(GRIDS[model.name])
    assert len(tuned.tried) == np.prod([len(values) for values in GRIDS[model.name].values()]) * bool(tuned.params)
    scores = [row["average_precision"] for row in tuned.tried]
    assert scores == sorted(scores, reverse=True)
    expected = 0.5 if model.name == "dummy" else 0.65
    assert roc_auc_score(panel_rows["churn"], model.out_of_fold) >= expected - 0.1
    assert model.out_of_fold.mean() == pytest.approx(panel_rows["churn"].mean(), abs=0.02)


def test_the_same_seed_gives_the_same_probabilities(fitted, panel_rows, folds):
    tuned, model = fitted
    again = fit(tuned, panel_rows, COLUMNS, folds=folds, seed=0, jobs=1)
    assert np.array_equal(again.out_of_fold, model.out_of_fold)
    assert np.array_equal(again.probability(panel_rows), model.probability(panel_rows))


def test_another_name_is_refused():
    with pytest.raises(InvalidInput, match=r"must be one of dummy, .*Got 'xgboost' instead"):
        make_model("xgboost", COLUMNS, seed=0)


def test_the_matrix_has_the_columns_in_order_and_unknown_for_no_category(panel_rows):
    taken = matrix(panel_rows, COLUMNS[::-1])
    assert list(taken.columns) == COLUMNS[::-1]
    assert "unknown" in set(taken["region"])
    assert panel_rows["region"].isna().any(), "the input is not changed"


def test_calibration_corrects_inflated_probabilities():
    rng = np.random.default_rng(0)
    true = rng.uniform(0.02, 0.6, 20_000)
    y = (rng.random(20_000) < true).astype(float)
    inflated = np.sqrt(true)
    corrected = calibrated(inflated, calibrate(inflated, y))
    assert corrected.mean() == pytest.approx(y.mean(), abs=0.005)
    high = corrected > 0.5
    assert y[high].mean() == pytest.approx(corrected[high].mean(), abs=0.06)


@given(st.lists(st.floats(0, 1), min_size=6, max_size=40), st.randoms(use_true_random=False))
def test_calibration_is_monotone(values, random):
    probability = np.array(values)
    y = np.array([float(random.random() < 0.5) for _ in values])
    y[:2] = 0.0, 1.0
    found = calibrated(np.sort(probability), calibrate(probability, y))
    assert (np.diff(found) >= -1e-12).all()
    assert ((found >= 0) & (found <= 1)).all()


def test_a_fold_is_calibrated_without_its_own_labels(panel_rows, folds):
    raw = np.random.default_rng(1).random(len(panel_rows))
    y = panel_rows["churn"].to_numpy()
    test = folds[0][1]
    flipped = y.copy()
    flipped[test] = 1 - flipped[test]
    before, after = (_calibrated_out_of_fold(raw, labels, folds) for labels in (y, flipped))
    assert np.array_equal(before[test], after[test])
    assert not np.array_equal(before, after)


def test_log_odds_are_cut_off_at_a_ten_thousandth():
    assert log_odds(np.array([0.001, 0.999])) == pytest.approx(np.log([1 / 999, 999]))
    assert log_odds(np.array([0.0, 1.0])) == pytest.approx(np.log([1 / 9_999, 9_999]))


def test_a_shift_moves_the_log_odds_of_all_customers_and_not_the_out_of_fold_figures(fitted, panel_rows):
    _, model = fitted
    moved = model.shifted(0.5)
    before, after = (log_odds(one.probability(panel_rows)) for one in (model, moved))
    assert after - before == pytest.approx(np.full(len(panel_rows), 0.5))
    assert np.array_equal(moved.out_of_fold, model.out_of_fold)
