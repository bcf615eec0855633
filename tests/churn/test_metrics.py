"""Metrics of probabilities on worked examples."""

import numpy as np
import pytest

from clientela.churn import metrics

Y = np.array([1.0] * 10 + [0.0] * 30)
PERFECT = np.where(Y == 1, 0.9, 0.1)


def test_a_perfect_ranking():
    figures = metrics.score(Y, PERFECT, PERFECT > 0.5)
    assert (figures["average_precision"], figures["roc_auc"], figures["f1"]) == (1.0, 1.0, 1.0)
    assert figures["brier_score"] == pytest.approx(0.01)
    assert figures["lift_top_decile"] == pytest.approx(4.0)
    assert (figures["call_share"], figures["churn_rate"]) == (0.25, 0.25)


def test_no_calls_give_zero_precision_without_an_error():
    figures = metrics.score(Y, np.full(40, 0.25), np.zeros(40, bool))
    assert (figures["precision"], figures["recall"], figures["roc_auc"]) == (0.0, 0.0, 0.5)
    assert figures["lift_top_decile"] == pytest.approx(1.0)


def test_lift_does_not_depend_on_the_order_of_rows():
    rng = np.random.default_rng(0)
    probability = np.round(rng.random(200), 1)  # many are alike
    y = (rng.random(200) < probability).astype(float)
    rows = metrics.lift_by_decile(y, probability)
    assert rows[-1]["caught"] == pytest.approx(1.0)
    caught = [row["caught"] for row in rows]
    assert caught == sorted(caught)
    shuffled = rng.permutation(200)
    again = metrics.lift_by_decile(y[shuffled], probability[shuffled])
    assert [row["caught"] for row in again] == pytest.approx(caught)


def test_calibration_bins_contain_all_customers():
    rng = np.random.default_rng(0)
    probability = rng.random(1003)
    rows = metrics.calibration_bins((rng.random(1003) < probability).astype(float), probability)
    assert sum(row["customers"] for row in rows) == 1003
    expected = [row["expected"] for row in rows]
    assert expected == sorted(expected)
    assert metrics.calibration_error(Y, np.full(40, 0.25)) == pytest.approx(0.0)
    assert metrics.calibration_error(Y, np.full(40, 0.35)) == pytest.approx(0.1)


def test_curves_start_and_end_in_the_corners():
    found = metrics.curves(Y, PERFECT)
    assert found["roc"][0] == [0.0, 0.0]
    assert found["roc"][-1] == [1.0, 1.0]
    assert found["precision_recall"][-1][0] == 1.0


def test_errors_of_calibration_do_not_cancel_out():
    probability, y = np.repeat([0.2, 0.8], 5), np.repeat([1.0, 0.0], 5)
    assert metrics.calibration_error(y, probability) == pytest.approx(0.8)
